package looker

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"time"

	"github.com/freshet-status/freshet/sources"
	"github.com/freshet-status/freshet/sources/httpclient"
)

// Kinds of calls that count against a quota, by the values of Looker's header
// x-looker-activity-type. Each kind has a quota of its own.
const (
	adminCalls = "non_query"
	queryCalls = "db_query"
)

// An apiClient is a signed-in client of Looker's API 4.0.
type apiClient struct {
	httpclient.Client
	secret, token string
}

// hints holds what a person can do about an HTTP status of the API.
var hints = map[int]string{
	http.StatusUnauthorized:    "check the client id and secret of the API user (Admin, Users, Edit keys)",
	http.StatusForbidden:       "add the missing permission to the API user's role",
	http.StatusNotFound:        "check that url is the address of the API, whose port may be 19999",
	http.StatusTooManyRequests: "wait for the next run: Looker is busy",
}

// signIn logs in and returns a client that logs in again after a 401. The credentials are sent
// in the body, because bodies are not logged. Once a login has worked, 404 has no hint about
// the address any more.
func (v *visit) signIn(id, secret string) (*apiClient, error) {
	a := &apiClient{secret: secret}
	a.BaseURL = strings.TrimRight(v.address, "/") + "/api/4.0/"
	a.Hints = hints
	a.Cooldown = 30 * time.Second
	a.ErrorText = a.errorMessage
	a.SetHeader = func(r *http.Request) {
		r.Header.Set("x-looker-appid", "freshet")
		if a.token != "" {
			r.Header.Set("Authorization", "token "+a.token)
		}
	}
	login := func(ctx context.Context) error {
		a.token = ""
		var session struct {
			Token string `json:"access_token"`
		}
		once := a.Client
		once.Renew = nil
		_, err := once.FetchJSON(
			ctx,
			httpclient.Call{
				Method:      http.MethodPost,
				Path:        "login",
				ContentType: "application/x-www-form-urlencoded",
				Body:        url.Values{"client_id": {id}, "client_secret": {secret}}.Encode(),
			},
			&session,
		)
		a.token = session.Token
		if err == nil && a.token == "" {
			return errors.New("login: no token in the response")
		}
		return err
	}
	a.OnCall = func() { v.countCall() }
	err := login(v.ctx)
	if err == nil {
		a.Hints = maps.Clone(hints)
		delete(a.Hints, http.StatusNotFound) // url is right
	}
	a.Renew = func(ctx context.Context) bool { return login(ctx) == nil }
	return a, err
}

// signOut ends the session within a second. Errors are ignored, and nothing is sent once ctx
// has ended.
func (a *apiClient) signOut(ctx context.Context) {
	if ctx.Err() != nil {
		return // the visit must end
	}
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	a.Renew = nil
	if resp, err := a.SendWithRetry(ctx, httpclient.Call{Method: http.MethodDelete, Path: "logout"}); err == nil {
		resp.Body.Close()
	}
}

// errorMessage returns the first line of the message in an error response, without its
// documentation_url.
func (a *apiClient) errorMessage(body []byte) string {
	var e struct{ Message string }
	_ = json.Unmarshal(body, &e)
	return a.redactLine(e.Message)
}

// redactLine returns the first line of message, at most 200 bytes, with the client secret and
// the token replaced by ***, because some servers repeat them.
func (a *apiClient) redactLine(message string) string {
	message, _, _ = strings.Cut(strings.ToValidUTF8(message, ""), "\n")
	for _, hidden := range []string{a.secret, a.token} {
		if hidden != "" {
			message = strings.ReplaceAll(message, hidden, "***")
		}
	}
	return sources.ClipText(strings.TrimSpace(message), 200)
}

// countCall counts one HTTP request in the answer and, if a kind is set, against the quota of
// the month. It runs once for each attempt, so retries count too.
func (v *visit) countCall() {
	v.answer.Requests++
	if v.callKind != "" {
		v.answer.Calls[v.callKind]++
		v.cache.Spent[v.callKind]++
	}
}

// fetchAdmin sends a GET that counts as adminCalls and decodes the JSON response into the given
// pointer.
func (v *visit) fetchAdmin(path string, q url.Values, into any) error {
	return v.fetchJSON(adminCalls, httpclient.Call{Path: path, Query: q}, into)
}

// lenientPaths holds the paths of lists in which a value of an unexpected type is skipped.
// Endpoints that show lineage are not included: a skipped join would hide an upstream table.
var lenientPaths = map[string]bool{"folders": true, "dashboards": true}

// fetchJSON makes a call of the given kind and decodes the JSON response into the given
// pointer. In lenientPaths, a value of the wrong type below the top level becomes a note, not
// an error.
func (v *visit) fetchJSON(kind string, c httpclient.Call, into any) error {
	v.callKind = kind
	n, err := v.api.FetchJSON(v.ctx, c, into)
	v.callKind = ""
	v.answer.Bytes += n
	var typeErr *json.UnmarshalTypeError
	if errors.As(err, &typeErr) && lenientPaths[c.Path] &&
		typeErr.Type != reflect.TypeOf(into).Elem() { // encoding/json has decoded the rest
		v.addNote(
			"%s: part of the response skipped: %s is a %s",
			c.Path,
			cmp.Or(typeErr.Field, "an element"),
			typeErr.Value,
		)
		return nil
	}
	return err
}
