// Package httpclient calls HTTP APIs for a visit: it repeats calls where that may help, keeps
// within the deadline of the visit, and returns errors that say what to do and hold no secret.
// It knows no API: addresses, headers and hints come from the caller.
package httpclient

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
	BaseURL   string                     // prefix of every path; ends in a slash
	SetHeader func(*http.Request)        // sets the headers that every call needs, such as the token
	ErrorText func(body []byte) string   // returns the API's message from the body of a refusal; "" if there is none
	Hints     map[int]string             // what to do about a refusal, by HTTP status
	Cooldown  time.Duration              // wait after status 429 without a Retry-After header
	OnCall    func()                     // called before every request, also a repeated one; may be nil
	Renew     func(context.Context) bool // called once after status 401: signs in anew, and reports whether to repeat the call; may be nil
}

// Limits of a call.
const (
	callTimeout    = 5 * time.Minute
	maxAnswerBytes = 256 << 20 // of an answer in JSON
	maxTries       = 3
)

// httpClient follows up to five redirects of GET requests, never from https to http, because
// headers and bodies hold secrets. Another host or port gets no Authorization header, though
// net/http would keep it for another port and a subdomain.
var httpClient = &http.Client{Timeout: callTimeout, CheckRedirect: func(r *http.Request, via []*http.Request) error {
	if r.Method != http.MethodGet || len(via) > 5 || r.URL.Scheme == "http" && via[0].URL.Scheme == "https" {
		return http.ErrUseLastResponse
	}
	if r.URL.Host != via[0].URL.Host { // net/http takes another port, and a subdomain, for the same
		r.Header.Del("Authorization")
	}
	return nil
}}

// A Call is one request to an API.
type Call struct {
	Method string // "" is GET
	// Path is relative to the BaseURL of the Client, without a slash before it.
	Path        string
	Query       url.Values
	ContentType string // of the body; "" if there is none
	Body        string
}

// A Refusal is the error for an answer with another status than 2xx.
type Refusal struct {
	Status int
	Path   string
	// Says is the API's own message; "" if there is none.
	Says string
	Hint string
}

// Error returns path, status and the API's message, and the hint in a second line.
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

// StatusOf returns the HTTP status of the [Refusal] that err is or wraps, 0 for any other
// error.
func StatusOf(err error) int {
	var r *Refusal
	if errors.As(err, &r) {
		return r.Status
	}
	return 0
}

// SendWithRetry sends call and returns the answer; the caller closes its body. After a network
// error, a 5xx or a 429 it tries again, three times in all, if the wait ends before the
// deadline of ctx. After a 401 it tries once more if Renew says so. An answer with another
// status than 2xx is a [Refusal].
func (c *Client) SendWithRetry(ctx context.Context, call Call) (*http.Response, error) {
	renewed := false
	for try := 1; ; try++ {
		resp, err := c.sendOnce(ctx, call)
		status := StatusOf(err)
		wait := time.Duration((1 + rand.Float64()) * float64(time.Second) * float64(try))
		switch {
		case err == nil || ctx.Err() != nil:
			return resp, err
		case status == http.StatusUnauthorized && c.Renew != nil && !renewed:
			renewed = true
			if !c.Renew(ctx) {
				return nil, err
			}
			continue
		case try >= maxTries || status != 0 && status < 500 && status != http.StatusTooManyRequests:
			return nil, err
		case status == http.StatusTooManyRequests:
			wait = c.retryDelay(resp)
		}
		if waitInTime(ctx, wait) != nil {
			return nil, err
		}
	}
}

// retryDelay returns the wait that a server asks for with Retry-After in seconds, else
// Cooldown.
func (c *Client) retryDelay(resp *http.Response) time.Duration {
	if s, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil && s > 0 {
		return time.Duration(s) * time.Second
	}
	return c.Cooldown
}

// waitInTime waits for d. If ctx would end before, it returns an error at once, so that the
// visit can report the last error instead of a timeout.
func waitInTime(ctx context.Context, d time.Duration) error {
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

// sendOnce sends call without repeating it. With a [Refusal] it also returns the response, for
// its headers; the body is closed.
func (c *Client) sendOnce(ctx context.Context, call Call) (*http.Response, error) {
	address := c.BaseURL + call.Path
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
	if call.ContentType != "" {
		req.Header.Set("Content-Type", call.ContentType)
	}
	req.Header.Set("User-Agent", "freshet")
	c.SetHeader(req)
	if c.OnCall != nil {
		c.OnCall()
	}
	resp, err := httpClient.Do(req)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", call.Path, RedactError(err, networkHint))
	}
	if resp.StatusCode/100 == 2 {
		return resp, nil
	}
	body, _ := io.ReadAll(io.LimitReader(resp.Body, 1<<16))
	resp.Body.Close()
	return resp, &Refusal{Status: resp.StatusCode, Path: call.Path, Says: c.ErrorText(body), Hint: c.Hints[resp.StatusCode]}
}

// queryPattern matches the query of a URL, which may hold a signature.
var queryPattern = regexp.MustCompile(`\?[^\s"']*`)

// networkHint says what to do about an error of the network.
const networkHint = "check the address and the outbound firewall"

// RedactError returns an error of the network without its address and any query, which a
// redirect may have signed, and with hint in a second line. The end of a context is returned
// without hint.
func RedactError(err error, hint string) error {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return err
	}
	return fmt.Errorf("%s\nhint: %s", queryPattern.ReplaceAllString(err.Error(), ""), hint)
}

// FetchJSON sends call, decodes the JSON of its answer into target, and returns the number of
// bytes read. It errs for more than 256 MiB, for a page of HTML, and for JSON of another shape.
func (c *Client) FetchJSON(ctx context.Context, call Call, target any) (n int64, err error) {
	resp, err := c.SendWithRetry(ctx, call)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswerBytes+1))
	switch n = int64(len(body)); {
	case err != nil:
		return n, fmt.Errorf("%s: response was cut off: %w", call.Path, RedactError(err, networkHint))
	case n > maxAnswerBytes:
		return n, fmt.Errorf("%s: response is larger than %s", call.Path, sources.FormatSize(maxAnswerBytes))
	case bytes.HasPrefix(bytes.TrimSpace(body), []byte("<")):
		return n, fmt.Errorf("%s: response is HTML, not JSON\nhint: check for a proxy or sign-in page", call.Path)
	}
	if err := json.Unmarshal(body, target); err != nil {
		return n, fmt.Errorf("%s: invalid response: %w", call.Path, explainShape(err))
	}
	return n, nil
}

// explainShape returns an error about the shape of JSON in JSON's words instead of Go's. Any
// other error is returned as it is.
func explainShape(err error) error {
	var wrong *json.UnmarshalTypeError
	if !errors.As(err, &wrong) {
		return err
	}
	want := map[reflect.Kind]string{
		reflect.Slice:  "array",
		reflect.Struct: "object",
		reflect.Map:    "object",
		reflect.String: "string",
		reflect.Bool:   "bool",
	}[wrong.Type.Kind()]
	if want == "" {
		want = "number"
	}
	return &shapeError{
		says:     fmt.Sprintf("byte %d: expected %s, got %s", wrong.Offset, want, wrong.Value),
		original: wrong,
	}
}

// A shapeError says in people's words that JSON has another shape than expected. It wraps the
// error of encoding/json.
type shapeError struct {
	says     string
	original error
}

// Error returns the sentence.
func (m *shapeError) Error() string { return m.says }

// Unwrap returns the error of encoding/json, in which callers find field and type.
func (m *shapeError) Unwrap() error { return m.original }
