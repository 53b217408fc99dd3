package looker

import (
	"fmt"
	"net/http"
	"time"

	"github.com/freshet-status/freshet/sources"
	"github.com/freshet-status/freshet/sources/httpclient"
	"github.com/freshet-status/freshet/sources/looker/model"
	"github.com/freshet-status/freshet/sources/looker/quota"
)

// buildsQuery is the System Activity query for builds of derived tables, newest first. Its
// parameter is the window, such as "3 days".
const buildsQuery = `{"model":"system__activity","view":"pdt_builds",
"fields":["pdt_builds.model_name","pdt_builds.view_name","pdt_builds.connection","pdt_builds.status","pdt_builds.end_time"],
"filters":{"pdt_builds.workspace":"prod","pdt_builds.end_date":"%s"},"sorts":["pdt_builds.end_time desc"],
  "limit":"5000","query_timezone":"UTC"}`

// fetchBuilds fetches from System Activity when the derived tables that tiles read were built.
// It makes no call if no tile reads one, if System Activity is turned off, if no calls are
// left, or if the lists are cached ones. The window reaches back to the last check, at least 3
// and at most 90 days.
func (v *lineageFetcher) fetchBuilds(c *catalogue) {
	wanted := v.tracer.ListDerived(c.Tiles)
	if len(wanted) == 0 || v.SystemActive != nil && !*v.SystemActive || v.quota.IsStopped() ||
		v.quota.Left(quota.QueryCalls) < 1 ||
		!c.FetchedAt.Equal(v.quota.Now) {
		return
	}
	var rows []*buildRow
	if err := v.fetchJSON(quota.QueryCalls, httpclient.Call{
		Method:      http.MethodPost,
		Path:        "queries/run/json",
		ContentType: "application/json",
		Body:        fmt.Sprintf(buildsQuery, v.buildsWindow(wanted)),
	}, &rows); err != nil {
		v.addNote("builds of derived tables: could not be read: %s", sources.FormatError(err))
		return
	}
	for _, r := range dropNil(rows) {
		if r.Error != "" {
			v.addNote("builds of derived tables: could not be read: %s", v.cleanError(string(r.Error)))
			return
		}
	}
	for _, key := range wanted {
		v.cache.EnsureDerived(key).CheckedAt = v.quota.Now
	}
	for _, r := range dropNil(rows) {
		at, err := time.ParseInLocation(time.DateTime, string(r.End), time.UTC)
		if d := v.cache.Derived[string(r.Model)+"::"+string(r.View)]; d != nil && err == nil && !at.After(v.quota.Now) {
			d.RecordBuild(at, string(r.Status))
		}
	}
}

// A buildRow is one build of a derived table in System Activity, or an error in its place.
type buildRow struct {
	Model  model.Text `json:"pdt_builds.model_name"`
	View   model.Text `json:"pdt_builds.view_name"`
	Status model.Text `json:"pdt_builds.status"`
	End    model.Text `json:"pdt_builds.end_time"`
	Error  model.Text `json:"looker_error"`
}

// buildsWindow returns how far back to ask for builds of the derived tables wanted, as a filter of
// Looker: since the oldest of their last checks, and 90 days if no build of one is known.
func (v *lineageFetcher) buildsWindow(wanted []string) string {
	since := v.quota.Now
	for _, key := range wanted {
		d := v.cache.EnsureDerived(key)
		if d.BuiltAt.IsZero() {
			return "90 days"
		}
		if d.CheckedAt.Before(since) {
			since = d.CheckedAt
		}
	}
	days := int(v.quota.Now.Sub(since).Hours()/24) + 2
	return fmt.Sprintf("%d days", min(max(days, 3), 90))
}
