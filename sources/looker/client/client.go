// Package client speaks Looker's API 4.0: it signs in, sends calls and signs out. What the answers
// mean is in package model, and whether a call may be made in package quota.
package client

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"time"

	"github.com/freshet-status/freshet/sources"
	"github.com/freshet-status/freshet/sources/httpclient"
)

// A Client is a signed-in client of one visit.
type Client struct {
	http    httpclient.Client
	secrets *sources.Secrets
	token   string
	kind    string // kind of the current call; "" counts against no quota
}

// hints holds what a person can do about an HTTP status of the API.
var hints = map[int]string{
	http.StatusUnauthorized:    "check the client id and secret of the API user (Admin, Users, Edit keys)",
	http.StatusForbidden:       "add the missing permission to the API user's role",
	http.StatusNotFound:        "check that url is the address of the API, whose port may be 19999",
	http.StatusTooManyRequests: "wait for the next run: Looker is busy",
}

// Credentials are the client id and the client secret of an API user.
type Credentials struct {
	ID, Secret string
	Secrets    *sources.Secrets // takes the tokens of the sessions, and hides them and the secret in messages
}

// SignIn logs in at address and returns a client that logs in again after a 401. onCall is called
// for each attempt of a call, with its kind. Once a login has worked, 404 has no hint about the
// address any more.
func SignIn(ctx context.Context, address string, user Credentials, onCall func(kind string)) (*Client, error) {
	c := &Client{secrets: user.Secrets}
	c.http.BaseURL = strings.TrimRight(address, "/") + "/api/4.0/"
	c.http.Hints = hints
	c.http.Cooldown = 30 * time.Second
	c.http.ErrorText = c.errorMessage
	c.http.SetHeader = c.setHeader
	c.http.OnCall = func() { onCall(c.kind) }
	err := c.logIn(ctx, user)
	if err == nil {
		c.http.Hints = maps.Clone(hints)
		delete(c.http.Hints, http.StatusNotFound) // url is right
	}
	c.http.Renew = func(ctx context.Context) bool { return c.logIn(ctx, user) == nil }
	return c, err
}

// setHeader sets the headers of every call.
func (c *Client) setHeader(r *http.Request) {
	r.Header.Set("x-looker-appid", "freshet")
	if c.token != "" {
		r.Header.Set("Authorization", "token "+c.token)
	}
}

// logIn fetches a token by POST login. The credentials are sent in the body, because bodies are not
// logged.
func (c *Client) logIn(ctx context.Context, user Credentials) error {
	c.token = ""
	var session struct {
		Token string `json:"access_token"`
	}
	once := c.http
	once.Renew = nil
	_, err := once.FetchJSON(
		ctx,
		httpclient.Call{
			Method:      http.MethodPost,
			Path:        "login",
			ContentType: "application/x-www-form-urlencoded",
			Body:        url.Values{"client_id": {user.ID}, "client_secret": {user.Secret}}.Encode(),
		},
		&session,
	)
	c.token = c.secrets.Keep(session.Token)
	if err == nil && c.token == "" {
		return errors.New("login: no token in the response")
	}
	return err
}

// SignOut ends the session within a second. Errors are ignored, and nothing is sent once ctx
// has ended.
func (c *Client) SignOut(ctx context.Context) {
	if ctx.Err() != nil {
		return // the visit must end
	}
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	c.http.Renew = nil
	resp, err := c.http.SendWithRetry(ctx, httpclient.Call{Method: http.MethodDelete, Path: "logout"})
	if err == nil {
		resp.Body.Close()
	}
}

// Send makes a call of the given kind. The caller closes the body of the response.
func (c *Client) Send(ctx context.Context, kind string, call httpclient.Call) (*http.Response, error) {
	c.kind = kind
	defer func() { c.kind = "" }()
	return c.http.SendWithRetry(ctx, call)
}

// lenientPaths holds the paths of lists in which a value of an unexpected type is skipped.
// Endpoints that show lineage are not included: a skipped join would hide an upstream table.
var lenientPaths = map[string]bool{"folders": true, "dashboards": true}

// FetchJSON makes a call of the given kind and decodes the JSON response into the given pointer. It
// returns the size of the response. In lenientPaths, a value of the wrong type below the top level
// is no error: skipped says what was left out.
func (c *Client) FetchJSON(ctx context.Context, kind string, call httpclient.Call, into any) (size int64, skipped string, err error) {
	c.kind = kind
	size, err = c.http.FetchJSON(ctx, call, into)
	c.kind = ""
	var typeErr *json.UnmarshalTypeError
	isPart := errors.As(err, &typeErr) && typeErr.Type != reflect.TypeOf(into).Elem() // the rest was decoded
	if isPart && lenientPaths[call.Path] {
		skipped = fmt.Sprintf("%s: part of the response skipped: %s is a %s",
			call.Path, cmp.Or(typeErr.Field, "an element"), typeErr.Value)
		return size, skipped, nil
	}
	return size, "", err
}

// errorMessage returns the first line of the message in an error response, without its
// documentation_url.
func (c *Client) errorMessage(body []byte) string {
	var e struct{ Message string }
	_ = json.Unmarshal(body, &e)
	return c.RedactLine(e.Message)
}

// RedactLine returns the first line of message, at most 200 bytes, without the client secret and the
// token, because some servers repeat them.
func (c *Client) RedactLine(message string) string {
	message, _, _ = strings.Cut(c.secrets.Hide(strings.ToValidUTF8(message, "")), "\n")
	return sources.ClipText(strings.TrimSpace(message), 200)
}
