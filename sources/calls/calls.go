// Package calls makes calls of an API over HTTP: again where it may help, within
// the deadline of a visit, and with errors that say what to do and hold no secret.
package calls

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/freshet-status/freshet/sources"
)

// A Client is an API as one visit calls it.
type Client struct {
	Base     string                     // before every path; it ends in a slash
	Header   func(*http.Request)        // adds what every call needs, such as the token
	Says     func(body []byte) string   // what the API says to people, of an answer that refuses
	Hints    map[int]string             // what to do about a status
	Cooldown time.Duration              // after 429, where the API does not say how long
	Called   func()                     // is told of every call
	Renew    func(context.Context) bool // after 401, whether the call can be made once more; may be nil
}

// Bounds of a call.
const (
	timeout    = 5 * time.Minute
	mostAnswer = 256 << 20 // bytes of an answer in JSON
	tries      = 3
)

// client follows no redirect of what holds a secret in its body, and none to
// where everybody could read it.
var client = &http.Client{Timeout: timeout, CheckRedirect: func(r *http.Request, via []*http.Request) error {
	if r.Method != http.MethodGet || len(via) > 5 || r.URL.Scheme == "http" && via[0].URL.Scheme == "https" {
		return http.ErrUseLastResponse
	}
	if r.URL.Host != via[0].URL.Host { // net/http takes another port, and a subdomain, for the same
		r.Header.Del("Authorization")
	}
	return nil
}}

// A Call is what is asked for.
type Call struct {
	Method string // "" is GET
	Path   string
	Query  url.Values
	Type   string // of the body
	Body   string
}

// A Refusal is an answer other than 2xx.
type Refusal struct {
	Status int
	Path   string
	Says   string
	Hint   string
}

func (r *Refusal) Error() string {
	s := fmt.Sprintf("%s: %d %s", r.Path, r.Status, http.StatusText(r.Status))
	if r.Says != "" {
		s += " (" + r.Says + ")"
	}
	if r.Hint != "" {
		s += "\nhint: " + r.Hint
	}
	return s
}

// Status is that of a refusal, 0 for another error.
func Status(err error) int {
	var r *Refusal
	if errors.As(err, &r) {
		return r.Status
	}
	return 0
}

// Do makes a call, again where it may help: a busy server, a network that broke,
// a cooldown that ends before the visit must. The body of the answer must be
// closed.
func (c *Client) Do(ctx context.Context, call Call) (*http.Response, error) {
	renewed := false
	for try := 1; ; try++ {
		resp, err := c.once(ctx, call)
		status := Status(err)
		wait := time.Duration((1 + rand.Float64()) * float64(time.Second) * float64(try))
		switch {
		case err == nil || ctx.Err() != nil:
			return resp, err
		case status == http.StatusUnauthorized && c.Renew != nil && !renewed:
			if renewed = true; !c.Renew(ctx) {
				return nil, err
			}
			continue
		case try >= tries || status != 0 && status < 500 && status != http.StatusTooManyRequests:
			return nil, err
		case status == http.StatusTooManyRequests:
			wait = c.after(resp)
		}
		if pause(ctx, wait) != nil {
			return nil, err
		}
	}
}

// after is how long a server asks to wait.
func (c *Client) after(resp *http.Response) time.Duration {
	if s, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil && s > 0 {
		return time.Duration(s) * time.Second
	}
	return c.Cooldown
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

func (c *Client) once(ctx context.Context, call Call) (*http.Response, error) {
	address := c.Base + call.Path
	if len(call.Query) > 0 {
		address += "?" + call.Query.Encode()
	}
	method := call.Method
	if method == "" {
		method = http.MethodGet
	}
	req, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(call.Body))
	if err != nil {
		return nil, err
	}
	if call.Type != "" {
		req.Header.Set("Content-Type", call.Type)
	}
	req.Header.Set("User-Agent", "freshet")
	c.Header(req)
	if c.Called != nil {
		c.Called()
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", call.Path, Plain(err, hint))
	}
	if resp.StatusCode/100 == 2 {
		return resp, nil
	}
	body, _ := io.ReadAll(io.LimitReader(resp.Body, 1<<16))
	resp.Body.Close()
	return resp, &Refusal{resp.StatusCode, call.Path, c.Says(body), c.Hints[resp.StatusCode]}
}

var queryOf = regexp.MustCompile(`\?[^\s"']*`)

// hint is what to do about an error of the network.
const hint = "is url right, and is it let out of this network?"

// Plain is an error of the network without the address, which a redirect may
// have signed, and with what to do about it.
func Plain(err error, hint string) error {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return err
	}
	return fmt.Errorf("%s\nhint: %s", queryOf.ReplaceAllString(err.Error(), ""), hint)
}

// JSON makes a call and reads its answer. It returns how many bytes it had.
func (c *Client) JSON(ctx context.Context, call Call, into any) (n int64, err error) {
	resp, err := c.Do(ctx, call)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, mostAnswer+1))
	switch n = int64(len(body)); {
	case err != nil:
		return n, fmt.Errorf("%s: the answer was cut: %w", call.Path, Plain(err, hint))
	case n > mostAnswer:
		return n, fmt.Errorf("%s: the answer is larger than %s", call.Path, sources.Size(mostAnswer))
	case bytes.HasPrefix(bytes.TrimSpace(body), []byte("<")):
		return n, fmt.Errorf("%s: the answer is no JSON but, it seems, a page of HTML\nhint: a proxy or a sign-in page answers in its place", call.Path)
	}
	if err := json.Unmarshal(body, into); err != nil {
		return n, fmt.Errorf("%s: the answer does not read: %w", call.Path, shape(err))
	}
	return n, nil
}

// shape is an error about the shape of an answer, in the words of JSON.
func shape(err error) error {
	var wrong *json.UnmarshalTypeError
	if !errors.As(err, &wrong) {
		return err
	}
	want := map[reflect.Kind]string{reflect.Slice: "a list", reflect.Struct: "an object", reflect.Map: "an object", reflect.String: "a text", reflect.Bool: "true or false"}[wrong.Type.Kind()]
	if want == "" {
		want = "a number"
	}
	return &misshapen{fmt.Sprintf("at byte %d stands %s where %s was expected", wrong.Offset, wrong.Value, want), wrong}
}

// misshapen says what is wrong with an answer, without Go's words for it.
type misshapen struct {
	says  string
	wrong error
}

func (m *misshapen) Error() string { return m.says }
func (m *misshapen) Unwrap() error { return m.wrong }
