package freshness_test

import (
	"slices"
	"testing"

	"github.com/freshet-status/freshet/generator/expect"
	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/sources"
)

// TestWhatIsStaticMakesNothingElseKnown proves that a static asset says nothing of what it is read
// together with: of its status only broken reaches downstream.
func TestWhatIsStaticMakesNothingElseKnown(t *testing.T) {
	static := expect.Rule{Match: "table:CODES*", Expect: expect.Expectation{Static: true, SetBy: "rule"}}
	codes := table("table:CODES")
	for name, tt := range map[string]struct {
		seen []sources.Observation
		want freshness.Status
	}{
		"static assets alone": {
			seen: []sources.Observation{codes, table("table:CODES2"), view("table:V", "table:CODES", "table:CODES2")},
			want: freshness.Fresh,
		},
		"a view of static assets alone": {
			seen: []sources.Observation{codes, view("table:W", "table:CODES"), view("table:V", "table:W")},
			want: freshness.Fresh,
		},
		"a static asset and a table that nobody watches": {
			seen: []sources.Observation{codes, table("table:T"), view("table:V", "table:CODES", "table:T")},
			want: freshness.Unknown,
		},
		"a view of a static asset, and a table that nobody watches": {
			seen: []sources.Observation{codes, table("table:T"), view("table:W", "table:CODES"), view("table:V", "table:W", "table:T")},
			want: freshness.Unknown,
		},
		"a static asset, behind a table that nobody watches": {
			seen: []sources.Observation{codes, table("table:T", "table:CODES"), view("table:V", "table:T")},
			want: freshness.Unknown,
		},
		"a static asset, behind a table that nobody watches in a cycle with a view": {
			seen: []sources.Observation{codes, table("table:T", "table:CODES", "table:V"), view("table:V", "table:T")},
			want: freshness.Unknown,
		},
		"a static asset and a fresh table": {
			seen: []sources.Observation{codes, loaded("table:T", 1), view("table:V", "table:CODES", "table:T")},
			want: freshness.Fresh,
		},
		"a static asset and an old table": {
			seen: []sources.Observation{codes, loaded("table:T", 72), view("table:V", "table:CODES", "table:T")},
			want: freshness.Aging,
		},
	} {
		t.Run(name, func(t *testing.T) {
			n := derive(rules(static), visit(ago(1), tt.seen...)).Node("table:V")
			if n.Status != tt.want || n.Strip[freshness.StripDays-1] != tt.want.Letter() {
				t.Errorf("table:V over %s: got %v and today's cell %c, want %v", name, n.Status, n.Strip[freshness.StripDays-1], tt.want)
			}
			if n.Status == freshness.Unknown && len(n.Causes) > 0 {
				t.Errorf("causes of table:V over %s: got %v, want none", name, causes(n))
			}
		})
	}
}

func TestAStaticAssetThatIsGoneBreaksWhatReadsIt(t *testing.T) {
	static := expect.Rule{Match: "table:CODES", Expect: expect.Expectation{Static: true, SetBy: "rule"}}
	reader := view("table:V", "table:CODES")
	r := derive(rules(static), visit(ago(2), table("table:CODES"), reader), visit(ago(1), reader))
	if n := r.Node("table:V"); n.Status != freshness.Broken {
		t.Errorf("table:V over a static table that is gone: got %v, want broken", n.Status)
	}
}

func TestWhatIsStaticNeedsNotToBeTakenOver(t *testing.T) {
	static := expect.Rule{Match: "table:CODES", Expect: expect.Expectation{Static: true, SetBy: "rule"}}
	model := built("table:M", 80, "table:CODES", "table:R")
	r := derive(rules(static), visit(ago(1), model, loaded("table:CODES", 2), loaded("table:R", 90)))
	if got := causes(r.Node("table:M")); !slices.Equal(got, []sources.ID{"table:R"}) {
		t.Errorf("root causes of table:M, built before its static table changed: got %v, want table:R alone", got)
	}
}
