package platform

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/freshet-status/freshet/sources"
	"github.com/freshet-status/freshet/sources/dbt"
	"github.com/freshet-status/freshet/sources/httpclient"
)

// Limits of the Admin API.
const (
	cooldown = 5 * time.Minute // the wait after a 429 that the API documents
	pageSize = 100
)

// An apiClient is a client of the Admin API v2 of the dbt platform, for one visit.
type apiClient struct {
	httpclient.Client
	answer *sources.Answer // where its requests and bytes are counted
	now    time.Time
}

// statusHints holds the hint for each HTTP status with which the API refuses a call.
var statusHints = map[int]string{
	http.StatusUnauthorized: "check that the token is valid and that url is in the region of the account",
	http.StatusForbidden:    "give the token the permission set Job Viewer for this account",
	http.StatusNotFound:     "check account, and that url is in the region of the account",
	http.StatusTooManyRequests: "wait for the next run: the account made too many requests and is blocked for " +
		"five minutes",
}

// isNotFound reports whether err is an answer with status 404.
func isNotFound(err error) bool { return httpclient.StatusOf(err) == http.StatusNotFound }

// refusalText returns status.user_message of an answer that refuses, clipped to 200 bytes;
// empty if there is none.
func refusalText(body []byte) string {
	var e struct {
		Status struct {
			UserMessage dbt.Text `json:"user_message"`
		}
	}
	_ = json.Unmarshal(body, &e)
	return sources.ClipText(string(e.Status.UserMessage), 200)
}

// fetchJSON makes a GET request, decodes its JSON answer and counts the bytes.
func (a *apiClient) fetchJSON(ctx context.Context, path string, query url.Values, into any) error {
	n, err := a.FetchJSON(ctx, httpclient.Call{Path: path, Query: query}, into)
	a.answer.Bytes += n
	return err
}

// A page is one page of a list that the API returns.
type page[T any] struct {
	Data  []*T `json:"data"`
	Extra struct {
		Pagination struct {
			Total int `json:"total_count"`
		} `json:"pagination"`
	} `json:"extra"`
}

// maxPages is the largest number of pages of one list.
const maxPages = 1000

// fetchList fetches a list in pages of size until all elements are read, or until enough, if
// not nil, returns true for the elements so far. Elements that are null are left out. total is the number of
// elements by the last page; if there are fewer in all, the list ended early. After an error it returns the
// pages before it too.
func fetchList[T any](
	ctx context.Context,
	a *apiClient,
	path string,
	query url.Values,
	size int,
	enough func([]*T) bool,
) (all []*T, total int, err error) {
	read := 0
	for range maxPages {
		var p page[T]
		query.Set("limit", strconv.Itoa(size))
		query.Set("offset", strconv.Itoa(read))
		if err := a.fetchJSON(ctx, path, query, &p); err != nil {
			return all, total, err
		}
		read += len(p.Data)
		all = append(all, slices.DeleteFunc(p.Data, func(e *T) bool { return e == nil })...)
		total = p.Extra.Pagination.Total
		if len(p.Data) == 0 || read >= total || enough != nil && enough(all) {
			return all, total, nil
		}
	}
	return all, total, fmt.Errorf("%s: more than %s", path, sources.FormatCount(maxPages, "page"))
}

// downloadArtifact downloads an artifact into the file to, which is complete or unchanged.
// found is false, without an error, if the API has no such artifact.
func (a *apiClient) downloadArtifact(ctx context.Context, path string, query url.Values, to string) (found bool, err error) {
	resp, err := a.SendWithRetry(ctx, httpclient.Call{Path: path, Query: query})
	if isNotFound(err) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer resp.Body.Close()
	n, err := dbt.SaveArtifact(resp.Body, to)
	a.answer.Bytes += n
	return err == nil, err
}
