package looker

import (
	"fmt"
	"net/http"
	"slices"
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
	v.setChecked(wanted, v.recordBuilds(dropNil(rows)))
}

// setChecked records that the builds of the derived tables wanted were fetched. Of those with a build in
// the future, no more is known than before, or than their newest build; they become a note.
func (v *lineageFetcher) setChecked(wanted, future []string) {
	for _, key := range wanted {
		d := v.cache.EnsureDerived(key)
		switch {
		case !slices.Contains(future, key):
			d.CheckedAt = v.quota.Now
		case d.BuiltAt.After(d.CheckedAt):
			d.CheckedAt = d.BuiltAt
		}
	}
	if len(future) > 0 {
		v.addNote(
			"builds of %s ended later than this run and are ignored; check the clocks of this machine and of Looker",
			abbreviate(future),
		)
	}
}

// recordBuilds keeps the builds of derived tables that tiles read. It returns, sorted, the tables with a
// build that ended more than sources.Skew after now, which cannot be true and is not kept. A build
// without an end, or with 1970 as its end, is none.
func (v *lineageFetcher) recordBuilds(rows []*buildRow) (future []string) {
	for _, r := range rows {
		key := string(r.Model) + "::" + string(r.View)
		d := v.cache.Derived[key]
		at, err := time.ParseInLocation(time.DateTime, string(r.End), time.UTC)
		switch {
		case d == nil || err != nil || !at.After(sources.Never):
		case at.After(v.quota.Now.Add(sources.Skew)):
			future = append(future, key)
		default:
			d.RecordBuild(at, string(r.Status))
		}
	}
	slices.Sort(future)
	return slices.Compact(future)
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
