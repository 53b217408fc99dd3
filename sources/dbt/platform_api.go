package dbt

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/freshet-status/freshet/sources"
	"github.com/freshet-status/freshet/sources/calls"
)

// Bounds of the Admin API.
const (
	cooldown     = 5 * time.Minute // after a 429, as the API documents it
	mostArtifact = 1 << 30         // bytes of an artifact
	pageSize     = 100
)

// An api is the Admin API v2 of the dbt platform, as one visit calls it.
type api struct {
	calls.Client
	answer *sources.Answer // counts what it costs
	now    time.Time
}

var refusals = map[int]string{
	http.StatusUnauthorized:    "the token is wrong or expired, or url names another region than the account's",
	http.StatusForbidden:       "the token may not read jobs and runs of this account: give it the permission set Job Viewer",
	http.StatusNotFound:        "is account right, and does url name the region of the account?",
	http.StatusTooManyRequests: "the account made too many requests, and is let in again after five minutes: the next run tries",
}

// missing reports whether a thing is not there.
func missing(err error) bool { return calls.Status(err) == http.StatusNotFound }

// reason is what the API says to people.
func reason(body []byte) string {
	var e struct {
		Status struct {
			UserMessage text `json:"user_message"`
		}
	}
	_ = json.Unmarshal(body, &e)
	return sources.Clip(string(e.Status.UserMessage), 200)
}

// get reads an answer of JSON.
func (a *api) get(ctx context.Context, path string, query url.Values, into any) error {
	n, err := a.JSON(ctx, calls.Call{Path: path, Query: query}, into)
	a.answer.Bytes += n
	return err
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
	resp, err := a.Do(ctx, calls.Call{Path: path, Query: query})
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
