package site_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/freshet-status/freshet/generator/expect"
	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/generator/site"
	"github.com/freshet-status/freshet/generator/site/outputdir"
	"github.com/freshet-status/freshet/sources"
)

var now = time.Date(2026, 8, 22, 6, 0, 0, 0, time.UTC)

// dashboardsReport returns the report of the given number of dashboards with ten tiles each, in
// folders of twenty, over a hundred tables, some of them old.
func dashboardsReport(dashboards int) *freshness.Report {
	p := &sources.Past{Checks: map[string]*sources.CheckTimes{"dbt": new(sources.CheckTimes)}}
	for day := freshness.StripDays - 1; day >= 0; day-- {
		at := now.AddDate(0, 0, -day)
		p.Visits = append(
			p.Visits,
			sources.Visit{Source: "dbt", Type: "dbt", At: at, Scopes: []sources.Scope{{Name: "project:p", CheckedAt: at}}},
		)
	}
	add := func(a sources.Asset) *sources.Track {
		a.Scope = "project:p"
		t := &sources.Track{Source: "dbt", Asset: a, Listings: []sources.Listing{{Came: now.AddDate(0, 0, -91)}}}
		p.Tracks = append(p.Tracks, t)
		return t
	}
	for i := range 100 {
		t := add(sources.Asset{ID: tableID(i), Kind: sources.Model, Name: fmt.Sprint("fct_", i)})
		for day := freshness.StripDays - 1; day >= 0; day-- {
			look := now.AddDate(0, 0, -day)
			if at := look.Add(-time.Hour); i%9 != 0 || day > i/4 {
				t.AddReading(sources.Reading{Clock: sources.Loaded, At: at, CheckedAt: look})
			} else {
				t.AddReading(sources.Reading{Clock: sources.Loaded, CheckedAt: look})
			}
		}
	}
	for d := range dashboards {
		board := sources.ID(fmt.Sprintf("dashboard:looker/%d", d))
		folder := sources.ID(fmt.Sprintf("folder:looker/%d", d/20))
		if d%20 == 0 {
			add(sources.Asset{ID: folder, Kind: sources.Folder, Name: fmt.Sprint("Folder ", d/20), Virtual: true})
		}
		add(
			sources.Asset{
				ID:      board,
				Kind:    sources.Dashboard,
				Name:    fmt.Sprint("Dashboard ", d),
				Virtual: true,
				Parent:  folder,
				Owner:   "sales-ops",
			},
		)
		for i := range 10 {
			add(
				sources.Asset{
					ID:       sources.ID(fmt.Sprintf("tile:looker/%d/%d", d, i)),
					Kind:     sources.Tile,
					Name:     fmt.Sprintf("Tile %d of %d", i, d),
					Virtual:  true,
					Parent:   board,
					Upstream: []sources.ID{tableID((d + 7*i) % 100)},
				},
			)
		}
	}
	today, _ := expect.ParseLimit("today")
	hundred, _ := expect.ParseLimit("100d")
	return freshness.Derive(
		p,
		freshness.Rules{
			Zone:    time.UTC,
			Default: expect.Expectation{FreshWithin: today, StaleAfter: hundred, SetBy: "default"},
		},
		now,
	)
}

func tableID(i int) sources.ID { return sources.ID(fmt.Sprintf("table:PROD.MART.FCT_%03d", i)) }

var info = site.Info{Title: "Bench", BuiltBy: "test"}

// BenchmarkRender10000Dashboards writes 10,000 dashboard pages of 10 tiles, and
// what belongs to them, into a fresh folder.
func BenchmarkRender10000Dashboards(b *testing.B) {
	r := dashboardsReport(10_000)
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		dir := b.TempDir()
		b.StartTimer()
		w, err := site.Write(dir, info, r)
		if err != nil {
			b.Fatalf("write of a new site: got error %v, want none", err)
		}
		b.SetBytes(w.Bytes)
		b.ReportMetric(float64(w.Files), "files")
	}
}

// BenchmarkTheSameBytesByHand is what the operating system alone asks for: a
// loop that writes the same files with the same bytes.
func BenchmarkTheSameBytesByHand(b *testing.B) {
	files := renderSite(b, dashboardsReport(10_000))
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		dir := b.TempDir()
		b.StartTimer()
		for name, data := range files {
			file := filepath.Join(dir, name)
			if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
				b.Fatal(err)
			}
			if err := os.WriteFile(file, data, 0o644); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// BenchmarkRenderAgain writes the same site over itself: nothing changes.
func BenchmarkRenderAgain(b *testing.B) {
	r := dashboardsReport(10_000)
	dir := b.TempDir()
	if _, err := site.Write(dir, info, r); err != nil {
		b.Fatalf("first write of the site: got error %v, want none", err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if w, err := site.Write(dir, info, r); err != nil || w.Changed != 0 {
			b.Fatalf("second write of the site: got %+v, error %v, want no file changed and no error", w, err)
		}
	}
}

// renderSite writes a site for r and returns its files by name.
func renderSite(t testing.TB, r *freshness.Report) map[string][]byte {
	t.Helper()
	dir := t.TempDir()
	if _, err := site.Write(dir, info, r); err != nil {
		t.Fatalf("write of the site: got error %v, want none", err)
	}
	return readSite(t, dir)
}

// readSite returns the files of a site, by name, without the record of them.
func readSite(t testing.TB, dir string) map[string][]byte {
	t.Helper()
	files := make(map[string][]byte)
	err := filepath.Walk(dir, func(path string, f os.FileInfo, err error) error {
		if err != nil || f.IsDir() || f.Name() == outputdir.RecordName {
			return err
		}
		name, _ := filepath.Rel(dir, path)
		files[name], err = os.ReadFile(path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}
