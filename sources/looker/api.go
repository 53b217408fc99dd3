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
	"github.com/freshet-status/freshet/sources/calls"
)

// The kinds of calls that are counted, by Looker's words for them
// (x-looker-activity-type): each has a quota of its own.
const (
	admin = "non_query"
	query = "db_query"
)

// An api is Looker's API 4.0, signed in.
type api struct {
	calls.Client
	secret, token string
}

var hints = map[int]string{
	http.StatusUnauthorized:    "are the client id and the secret right? They are of an API user: Admin, Users, Edit keys",
	http.StatusForbidden:       "the API user's role lacks a permission",
	http.StatusNotFound:        "does url name the API, whose port may be 19999?",
	http.StatusTooManyRequests: "Looker is busy: the next run tries again",
}

// signIn begins a session: with the credentials in the body, which is in no log.
func (v *visit) signIn(id, secret string) (*api, error) {
	a := &api{secret: secret}
	a.Base = strings.TrimRight(v.address, "/") + "/api/4.0/"
	a.Hints, a.Cooldown, a.Says = hints, 30*time.Second, a.says
	a.Header = func(r *http.Request) {
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
		_, err := once.JSON(ctx, calls.Call{Method: http.MethodPost, Path: "login", Type: "application/x-www-form-urlencoded", Body: url.Values{"client_id": {id}, "client_secret": {secret}}.Encode()}, &session)
		if a.token = session.Token; err == nil && a.token == "" {
			return errors.New("login: the answer holds no token")
		}
		return err
	}
	a.Called = func() { v.called() }
	err := login(v.ctx)
	if err == nil {
		a.Hints = maps.Clone(hints)
		delete(a.Hints, http.StatusNotFound) // url is right
	}
	a.Renew = func(ctx context.Context) bool { return login(ctx) == nil }
	return a, err
}

// signOut ends the session; that it did not is no trouble.
func (a *api) signOut(ctx context.Context) {
	if ctx.Err() != nil {
		return // the visit must end
	}
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	a.Renew = nil
	if resp, err := a.Do(ctx, calls.Call{Method: http.MethodDelete, Path: "logout"}); err == nil {
		resp.Body.Close()
	}
}

// says is what Looker says to people. Its documentation_url is none of it.
func (a *api) says(body []byte) string {
	var e struct{ Message string }
	_ = json.Unmarshal(body, &e)
	return a.first(e.Message)
}

// first is the first line of what Looker says, without what was sent to sign in:
// some repeat it.
func (a *api) first(says string) string {
	says, _, _ = strings.Cut(strings.ToValidUTF8(says, ""), "\n")
	for _, hidden := range []string{a.secret, a.token} {
		if hidden != "" {
			says = strings.ReplaceAll(says, hidden, "***")
		}
	}
	return sources.Clip(strings.TrimSpace(says), 200)
}

// called counts a call, also one that is made again.
func (v *visit) called() {
	v.answer.Requests++
	if v.kind != "" {
		v.answer.Calls[v.kind]++
		v.kept.Spent[v.kind]++
	}
}

// get asks for something that is counted as administrative.
func (v *visit) get(path string, q url.Values, into any) error {
	return v.call(admin, calls.Call{Path: path, Query: q}, into)
}

// lists are answers of which a part is as good as it is. Of what tells tables it
// is not: a join that does not read would be none.
var lists = map[string]bool{"folders": true, "dashboards": true}

// call makes a call of a kind, and counts it.
func (v *visit) call(kind string, c calls.Call, into any) error {
	v.kind = kind
	n, err := v.api.JSON(v.ctx, c, into)
	v.kind = ""
	v.answer.Bytes += n
	var lie *json.UnmarshalTypeError
	if errors.As(err, &lie) && lists[c.Path] && lie.Type != reflect.TypeOf(into).Elem() { // the rest of it was read
		v.note("%s: some of the answer is left out: %s is a %s", c.Path, cmp.Or(lie.Field, "one in the list"), lie.Value)
		return nil
	}
	return err
}
