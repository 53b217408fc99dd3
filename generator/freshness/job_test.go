package freshness_test

import (
	"slices"
	"testing"

	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/sources"
)

// jobOf is a job as the last visit saw it.
func jobOf(attempt sources.Attempt) sources.Observation {
	o := asset("job:dbt/42", sources.Job, false)
	o.Name = "nightly"
	o.Attempt = attempt
	return o
}

// wellAgo is an attempt that ended well so many hours ago.
func wellAgo(hours float64) sources.Attempt {
	return sources.Attempt{At: ago(hours), Outcome: sources.Succeeded}
}

// lastLooked is an asset of which the last look was so many hours ago.
func lastLooked(o sources.Observation, hours float64) sources.Observation {
	o.Readings[0].CheckedAt = ago(hours)
	return o
}

// by says that the job builds an asset.
func by(o sources.Observation) sources.Observation {
	o.Job = "job:dbt/42"
	return o
}

func TestAJobIsTheCauseOfWhatItDidNotBuild(t *testing.T) {
	x := tile("tile:X", "table:M")
	down := sources.Attempt{At: ago(3), Outcome: sources.Failed, Says: "failed at step 4, dbt deps: no such package"}
	for name, tt := range map[string]struct {
		seen   []sources.Observation
		status freshness.Status
		causes []sources.ID
		says   string
	}{
		"it failed before it built it": {
			[]sources.Observation{x, by(built("table:M", 49)), jobOf(down)},
			freshness.Aging, []sources.ID{"job:dbt/42"}, "Job failed today 03:00 at step 4 (dbt deps): “no such package”. " +
				"Last successful run 20 Aug 05:00."},
		"it was due, and nobody began it": {
			[]sources.Observation{x, by(built("table:M", 49)), jobOf(sources.Attempt{At: ago(4), Outcome: sources.NotRun})},
			freshness.Aging, []sources.ID{"job:dbt/42"}, "Job did not run: scheduled for today 02:00. " +
				"Last successful run 20 Aug 05:00."},
		"one job is one cause, of all that it did not build": {
			[]sources.Observation{
				tile("tile:X", "table:M", "table:N"),
				by(built("table:M", 49)),
				by(built("table:N", 50)),
				jobOf(down),
			},
			freshness.Aging, []sources.ID{"job:dbt/42"}, ""},
		"a build that failed is its own cause": {
			[]sources.Observation{x, by(failed(built("table:M", 49), 3)), jobOf(down)},
			freshness.Aging, []sources.ID{"table:M"}, ""},
		"what is old upstream explains what the job did not build": {
			[]sources.Observation{x, by(built("table:M", 49, "table:R")), loaded("table:R", 50), jobOf(down)},
			freshness.Aging, []sources.ID{"table:R"}, ""},
		"the run that failed in the end had built it before": {
			[]sources.Observation{
				x,
				by(built("table:M", 49)),
				jobOf(sources.Attempt{
					At:      ago(48.5),
					Began:   ago(49.5),
					Outcome: sources.Failed,
					Says:    "failed at step 4, dbt test",
				}),
			},
			freshness.Aging, []sources.ID{"table:M"}, ""},
		"it failed after it built it": {
			[]sources.Observation{x, by(built("table:M", 2)), jobOf(down)},
			freshness.Fresh, nil, ""},
		"it runs well, and builds this no more": {
			[]sources.Observation{x, by(built("table:M", 49)), jobOf(wellAgo(3))},
			freshness.Aging, []sources.ID{"table:M"}, ""},
		"it failed, and has run well since": {
			[]sources.Observation{x, by(built("table:M", 49)), jobOf(wellAgo(2))},
			freshness.Aging, []sources.ID{"table:M"}, ""},
		"nothing was built for so long that it cannot be judged: the job says why": {
			[]sources.Observation{x, by(lastLooked(built("table:M", 90), 89)), jobOf(down)},
			freshness.Unknown, []sources.ID{"job:dbt/42"}, ""},
		"another job builds it": {
			[]sources.Observation{x, built("table:M", 49), jobOf(down)},
			freshness.Aging, []sources.ID{"table:M"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			before := visit(ago(48), jobOf(wellAgo(49)))
			before.Scopes = nil
			r := derive(rules(), before, visit(ago(1), tt.seen...))
			n := r.Node("tile:X")
			if n.Status != tt.status || !slices.Equal(causes(n), append([]sources.ID{}, tt.causes...)) {
				t.Errorf("status and root causes of tile:X: got %v by %v, want %v by %v",
					n.Status, causes(n), tt.status, tt.causes)
			}
			if tt.says != "" &&
				(firstSentence(r) != tt.says || r.Causes[0].Label() != "nightly" ||
					r.Causes[0].Status != freshness.Aging || !r.Causes[0].Attention) {
				t.Errorf("root cause: got %q, %s, %s, attention %v, want %q, nightly, aging, true",
					firstSentence(r), r.Causes[0].Label(), r.Causes[0].Status, r.Causes[0].Attention, tt.says)
			}
			if r.Node("job:dbt/42") != nil || r.Tables.Total() > 2 {
				t.Errorf("job in the report, tables by status: got %v, %v, want false, at most 2",
					r.Node("job:dbt/42") != nil, r.Tables)
			}
		})
	}
}
