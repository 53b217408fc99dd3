package freshness_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/sources"
)

// large is the past of so many assets over 90 days: of ten, one is a source
// table, four are tables, three views and two tiles; each reads two that come
// before it; tables move on 85 of 100 days.
func large(assets int) *sources.Past {
	r := rand.New(rand.NewPCG(1, 2))
	p := &sources.Past{Checks: map[string]*sources.CheckTimes{"dbt": new(sources.CheckTimes)}}
	for day := freshness.StripDays - 1; day >= 0; day-- {
		at := now.AddDate(0, 0, -day)
		p.Visits = append(
			p.Visits,
			sources.Visit{Source: "dbt", At: at, Scopes: []sources.Scope{{Name: "project:p", CheckedAt: at}}},
		)
		for _, c := range []sources.Clock{sources.Loaded, sources.Built} {
			p.Checks["dbt"][c] = append(p.Checks["dbt"][c], at.Unix())
		}
	}
	id := func(i int) sources.ID { return sources.ID(fmt.Sprintf("table:DB.S.T%06d", i)) }
	for i := range assets {
		a := sources.Asset{ID: id(i), Kind: sources.Model, Name: fmt.Sprint("t", i), Scope: "project:p", Virtual: i%10 >= 5}
		if i%10 >= 8 {
			a.Kind = sources.Tile
		}
		if i%10 != 0 {
			a.Upstream = []sources.ID{id(r.IntN(i)), id(i / 10 * 10)}
		}
		t := &sources.Track{Source: "dbt", Asset: a, Listings: []sources.Listing{{Came: now.AddDate(0, 0, -90)}}}
		for day := freshness.StripDays - 1; day >= 0 && !a.Virtual; day-- {
			if look := now.AddDate(0, 0, -day); r.IntN(100) < 85 || day == freshness.StripDays-1 {
				t.AddReading(sources.Reading{Clock: sources.Built, At: look.Add(-time.Hour), CheckedAt: look})
			} else {
				t.AddReading(sources.Reading{Clock: sources.Built, CheckedAt: look})
			}
		}
		p.Tracks = append(p.Tracks, t)
	}
	return p
}

func BenchmarkJudge100000Assets90Days(b *testing.B) {
	p := large(100_000)
	b.ReportAllocs()
	for b.Loop() {
		if r := freshness.Derive(p, rules(), now); len(r.Nodes) != 100_000 {
			b.Fatalf("assets in the report: got %d, want 100,000", len(r.Nodes))
		}
	}
}

// BenchmarkJoin100000TablesWithAManifestOf10000 judges what a warehouse tells
// of 100,000 tables, a tenth of which a dbt project tells of too.
func BenchmarkJoin100000TablesWithAManifestOf10000(b *testing.B) {
	p := large(10_000)
	look := now.Add(-time.Hour)
	p.Visits = append(
		p.Visits,
		sources.Visit{Source: "snowflake", At: now, Scopes: []sources.Scope{{Name: "schema:DB.S", CheckedAt: look}}},
	)
	p.Checks["snowflake"] = new(sources.CheckTimes)
	for _, c := range []sources.Clock{sources.DML, sources.Altered} {
		p.Checks["snowflake"][c] = []int64{look.Unix()}
	}
	for i := range 100_000 {
		id := sources.ID(fmt.Sprintf("table:DB.S.T%06d", i))
		t := &sources.Track{
			Source:   "snowflake",
			Asset:    sources.Asset{ID: id, Kind: "table", Name: fmt.Sprint("T", i), Scope: "schema:DB.S"},
			Listings: []sources.Listing{{Came: look}},
		}
		t.AddReading(sources.Reading{Clock: sources.DML, At: look.Add(-time.Hour), CheckedAt: look})
		t.AddReading(sources.Reading{Clock: sources.Altered, At: look.Add(-time.Minute), CheckedAt: look})
		p.Tracks = append(p.Tracks, t)
	}
	b.ReportAllocs()
	for b.Loop() {
		if r := freshness.Derive(p, rules(), now); len(r.Nodes) != 100_000 {
			b.Fatalf("joined assets in the report: got %d, want 100,000", len(r.Nodes))
		}
	}
}
