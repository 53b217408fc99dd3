package freshness_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/sources"
)

// dashboards is the past of tiles over tables: a table in twenty is loaded, one
// of fifty of these stopped days ago; every other table reads two, and every tile
// three. It returns how many edges there are.
func dashboards(tiles, tables int) (p *sources.Past, edges int) {
	r := rand.New(rand.NewPCG(3, 4))
	p = &sources.Past{
		Checks: map[string]*sources.CheckTimes{"dbt": new(sources.CheckTimes)},
		Visits: []sources.Visit{{Source: "dbt", At: now, Scopes: []sources.Scope{{Name: "project:p", CheckedAt: now}}}},
	}
	p.Checks["dbt"][sources.Loaded] = []int64{now.Unix()}
	id := func(i int) sources.ID { return sources.ID(fmt.Sprintf("table:DB.S.T%06d", i)) }
	add := func(a sources.Asset, hours float64) {
		edges += len(a.Upstream)
		t := &sources.Track{Source: "dbt", Asset: a, Listings: []sources.Listing{{Came: now.AddDate(0, 0, -90)}}}
		if hours > 0 {
			t.AddReading(sources.Reading{Clock: sources.Loaded, At: ago(hours), CheckedAt: now})
		}
		p.Tracks = append(p.Tracks, t)
	}
	for i := range tables {
		a := sources.Asset{ID: id(i), Kind: sources.Model, Name: fmt.Sprint("t", i)}
		hours := 2.0
		switch {
		case i%1000 == 0:
			hours = 200
		case i%20 != 0:
			a.Upstream = []sources.ID{id(i / 20 * 20), id(r.IntN(i))}
			hours = 1
		}
		add(a, hours)
	}
	for i := range tiles {
		up := []sources.ID{id(r.IntN(tables)), id(r.IntN(tables)), id(r.IntN(tables))}
		add(
			sources.Asset{
				ID:       sources.ID(fmt.Sprint("tile:looker/", i/10, "/", i)),
				Kind:     sources.Tile,
				Name:     fmt.Sprint("tile ", i),
				Virtual:  true,
				Upstream: up,
				Parent:   sources.ID(fmt.Sprint("dashboard:looker/", i/10)),
				Traced:   "sql",
			},
			0,
		)
	}
	for i := range tiles / 10 {
		add(
			sources.Asset{
				ID:      sources.ID(fmt.Sprint("dashboard:looker/", i)),
				Kind:    sources.Dashboard,
				Name:    fmt.Sprint("board ", i),
				Virtual: true,
			},
			0,
		)
	}
	return p, edges
}

// BenchmarkRadius judges tiles over tables, and finds every cause and what it
// holds back: the time an edge must not grow with the company.
func BenchmarkRadius(b *testing.B) {
	for _, size := range []struct{ tiles, tables int }{{12_500, 2_500}, {25_000, 5_000}, {50_000, 10_000}, {100_000, 20_000}} {
		b.Run(fmt.Sprintf("%d tiles over %d tables", size.tiles, size.tables), func(b *testing.B) {
			p, edges := dashboards(size.tiles, size.tables)
			b.ReportAllocs()
			held := 0
			for b.Loop() {
				r := freshness.Derive(p, rules(), now)
				held = 0
				for _, c := range r.Causes {
					held += len(c.Affected)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(edges), "ns/edge")
			b.ReportMetric(float64(held)/float64(edges), "held/edge")
		})
	}
}
