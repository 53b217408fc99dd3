package dbt

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"time"

	"github.com/freshet-status/freshet/sources"
)

// Bounds of a call of the Admin API.
const (
	callTimeout  = 5 * time.Minute
	cooldown     = 5 * time.Minute // after a 429, as the API documents it
	mostAnswer   = 64 << 20        // bytes of a list
	mostArtifact = 1 << 30         // bytes of an artifact
	pageSize     = 100
	tries        = 3
)

// An api is the Admin API v2 of the dbt platform, as one visit calls it.
type api struct {
	base   string
	token  string
	client *http.Client
	answer *sources.Answer // counts what it costs
	now    time.Time
	pause  func(context.Context, time.Duration) error
	jitter func() float64
}

// pause waits, unless the visit would end before: then its deadline is that of
// the wait too.
func pause(ctx context.Context, d time.Duration) error {
	wait, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	first, _ := wait.Deadline()
	if end, ok := ctx.Deadline(); ok && first.Equal(end) {
		return context.DeadlineExceeded
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// A refusal is an answer other than 200.
type refusal struct {
	status int
	call   string
	says   string
}

func (r *refusal) Error() string {
	s := fmt.Sprintf("%s: %d %s", r.call, r.status, http.StatusText(r.status))
	if r.says != "" {
		s += " (" + r.says + ")"
	}
	if hint := refusals[r.status]; hint != "" {
		s += "\nhint: " + hint
	}
	return s
}

var refusals = map[int]string{
	http.StatusUnauthorized:    "the token is wrong or expired, or url names another region than the account's",
	http.StatusForbidden:       "the token may not read jobs and runs of this account: give it the permission set Job Viewer",
	http.StatusNotFound:        "is account right, and does url name the region of the account?",
	http.StatusTooManyRequests: "the account made too many requests, and is let in again after five minutes: the next run tries",
}

// missing reports whether a thing is not there.
func missing(err error) bool {
	var r *refusal
	return errors.As(err, &r) && r.status == http.StatusNotFound
}

// do makes a call, again where it may help: a busy server, a network that broke,
// a cooldown that ends before the visit must.
func (a *api) do(ctx context.Context, path string, query url.Values) (*http.Response, error) {
	for try := 1; ; try++ {
		resp, err := a.once(ctx, path, query)
		wait := time.Duration((1 + a.jitter()) * float64(time.Second) * float64(try))
		var refused *refusal
		switch {
		case err == nil || try == tries || ctx.Err() != nil:
			return resp, err
		case errors.As(err, &refused) && refused.status == http.StatusTooManyRequests:
			wait = after(resp)
		case refused != nil && refused.status < 500:
			return nil, err
		}
		if a.pause(ctx, wait) != nil {
			return nil, err
		}
	}
}

// after is how long a server asks to wait.
func after(resp *http.Response) time.Duration {
	if s, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil && s > 0 {
		return time.Duration(s) * time.Second
	}
	return cooldown
}

func (a *api) once(ctx context.Context, path string, query url.Values) (*http.Response, error) {
	address := a.base + path
	if len(query) > 0 {
		address += "?" + query.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+a.token)
	req.Header.Set("User-Agent", "freshet")
	a.answer.Requests++
	resp, err := a.client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, plainly(err))
	}
	if resp.StatusCode == http.StatusOK {
		return resp, nil
	}
	body, _ := io.ReadAll(io.LimitReader(resp.Body, 1<<16))
	resp.Body.Close()
	return resp, &refusal{resp.StatusCode, path, reason(body)}
}

// reason is what the API says to people.
func reason(body []byte) string {
	var e struct {
		Status struct {
			UserMessage text `json:"user_message"`
		}
	}
	_ = json.Unmarshal(body, &e)
	return clip(string(e.Status.UserMessage), 200)
}

var queryOf = regexp.MustCompile(`\?[^\s"']*`)

// plainly is an error of the network without the address, which a redirect may
// have signed.
func plainly(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return err
	}
	return fmt.Errorf("%s\nhint: is url right, and is it let out of this network?", queryOf.ReplaceAllString(err.Error(), ""))
}

// get reads an answer of JSON.
func (a *api) get(ctx context.Context, path string, query url.Values, into any) error {
	resp, err := a.do(ctx, path, query)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, mostAnswer+1))
	a.answer.Bytes += int64(len(body))
	switch {
	case err != nil:
		return fmt.Errorf("%s: the answer was cut: %w", path, plainly(err))
	case len(body) > mostAnswer:
		return fmt.Errorf("%s: the answer is larger than %s", path, sources.Size(mostAnswer))
	case bytes.HasPrefix(bytes.TrimSpace(body), []byte("<")):
		return fmt.Errorf("%s: the answer is no JSON but, it seems, a page of HTML\nhint: a proxy or a sign-in page answers for the dbt platform", path)
	}
	if err := json.Unmarshal(body, into); err != nil {
		return fmt.Errorf("%s: the answer does not read: %w", path, err)
	}
	return nil
}

// A page is one of a list.
type page[T any] struct {
	Data  []T `json:"data"`
	Extra struct {
		Pagination struct {
			Total int `json:"total_count"`
		} `json:"pagination"`
	} `json:"extra"`
}

// list reads a list page by page, until enough says that it is.
func list[T any](ctx context.Context, a *api, path string, query url.Values, size int, enough func([]T) bool) (all []T, err error) {
	for {
		var p page[T]
		query.Set("limit", strconv.Itoa(size))
		query.Set("offset", strconv.Itoa(len(all)))
		if err := a.get(ctx, path, query, &p); err != nil {
			return all, err
		}
		all = append(all, p.Data...)
		if len(p.Data) == 0 || len(all) >= p.Extra.Pagination.Total || enough != nil && enough(all) {
			return all, nil
		}
	}
}

// download brings an artifact to a file, whole or not at all. It is false if
// there is no such artifact.
func (a *api) download(ctx context.Context, path string, query url.Values, to string) (found bool, err error) {
	resp, err := a.do(ctx, path, query)
	if missing(err) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer resp.Body.Close()
	n, err := store(resp.Body, to)
	a.answer.Bytes += n
	return err == nil, err
}
