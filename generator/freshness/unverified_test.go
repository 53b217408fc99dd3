package freshness_test

import (
	"testing"

	"github.com/freshet-status/freshet/generator/expect"
	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/sources"
)

// source returns a source of dbt of which nothing is told yet.
func source(id sources.ID) sources.Observation { return asset(id, sources.DBTSource, false) }

func TestWhatIsBuiltFromSourcesThatNobodyChecksIsUnverified(t *testing.T) {
	static := expect.Rule{Match: "table:CODES", Expect: expect.Expectation{Static: true, SetBy: "rule"}}
	derived := tells(asset("table:PDT", sources.Derived, false), sources.Built, 1, 1)
	checked := tells(source("table:C"), sources.Loaded, 2, 1)
	for name, tt := range map[string]struct {
		seen  []sources.Observation
		want  freshness.Status
		roots freshness.RootCount
	}{
		"a model of a source that nobody checks": {
			seen:  []sources.Observation{source("table:S"), built("table:M", 1, "table:S")},
			want:  freshness.Unverified,
			roots: freshness.RootCount{Unchecked: 1},
		},
		"a model behind a view of it": {
			seen:  []sources.Observation{source("table:S"), view("table:V", "table:S"), built("table:M", 1, "table:V")},
			want:  freshness.Unverified,
			roots: freshness.RootCount{Unchecked: 1},
		},
		"a model of it, and of a source that is checked": {
			seen:  []sources.Observation{source("table:S"), checked, built("table:M", 1, "table:S", "table:C")},
			want:  freshness.Fresh,
			roots: freshness.RootCount{Checked: 1, Unchecked: 1},
		},
		"a model of it, built too long ago": {
			seen:  []sources.Observation{source("table:S"), built("table:M", 80, "table:S")},
			want:  freshness.Aging,
			roots: freshness.RootCount{Unchecked: 1},
		},
		"a model that dbt builds from nothing": {
			seen:  []sources.Observation{built("table:M", 1)},
			want:  freshness.Fresh,
			roots: freshness.RootCount{Checked: 1},
		},
		"a model of static assets alone": {
			seen: []sources.Observation{table("table:CODES"), built("table:M", 1, "table:CODES")},
			want: freshness.Fresh,
		},
		"a derived table of which nothing tells what it is built from": {
			seen:  []sources.Observation{derived, view("table:M", "table:PDT")},
			want:  freshness.Unverified,
			roots: freshness.RootCount{Unchecked: 1},
		},
		"a model that nobody has listed the source of": {
			seen:  []sources.Observation{built("table:M", 1, "table:ELSEWHERE")},
			want:  freshness.Unverified,
			roots: freshness.RootCount{Unchecked: 1},
		},
	} {
		t.Run(name, func(t *testing.T) {
			seen := append(tt.seen, tile("tile:T", "table:M"))
			r := derive(rules(static), visit(ago(1), seen...))
			for _, id := range []sources.ID{"table:M", "tile:T"} {
				n := r.Node(id)
				if n.Status != tt.want || n.Strip[freshness.StripDays-1] != tt.want.Letter() {
					t.Errorf("%s: got %v and today's cell %c, want %v", id, n.Status, n.Strip[freshness.StripDays-1], tt.want)
				}
				if got := n.CountRoots(); got != tt.roots {
					t.Errorf("roots of %s: got %+v, want %+v", id, got, tt.roots)
				}
				if n.Status == freshness.Unverified && (len(n.Causes) > 0 || n.Attention) {
					t.Errorf("causes of %s: got %v, want none for what is unverified", id, causes(n))
				}
			}
		})
	}
}

func TestAWarehouseThatWatchesASourceVerifiesWhatIsBuiltFromIt(t *testing.T) {
	model := built("table:M", 1, "table:S")
	stored := tells(asset("table:S", sources.Table, false), sources.DML, 3, 2)
	r := derive(rules(), visit(ago(1), source("table:S"), model), visitOf("snowflake", ago(1), stored))
	if n := r.Node("table:M"); n.Status != freshness.Fresh {
		t.Errorf("table:M: got %v, want fresh", n.Status)
	}
}
