package site_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/generator/site"
	"github.com/freshet-status/freshet/generator/site/outputdir"
	"github.com/freshet-status/freshet/sources"
)

// smallReport returns the report of a dashboard, as of a moment, that reads a table with rows of that moment.
func smallReport(at time.Time) *freshness.Report {
	listing := []sources.Listing{{Came: now.AddDate(0, 0, -1)}}
	table := &sources.Track{
		Source:   "dbt",
		Asset:    sources.Asset{ID: "table:A.B.C", Kind: sources.Table, Name: "C", Owner: "Finance"},
		Listings: listing,
	}
	table.AddReading(sources.Reading{Clock: sources.Loaded, At: at.Add(-time.Minute), CheckedAt: at})
	board := sources.Asset{ID: "dashboard:looker/1", Kind: sources.Dashboard, Name: "D", Virtual: true}
	tile := sources.Asset{ID: "tile:looker/1/2", Kind: sources.Tile, Name: "T", Virtual: true, Parent: board.ID}
	tile.Upstream = []sources.ID{table.Asset.ID}
	p := &sources.Past{
		Checks: map[string]*sources.CheckTimes{},
		Visits: []sources.Visit{{Source: "dbt", At: at}},
		Tracks: []*sources.Track{
			{Source: "dbt", Asset: board, Listings: listing},
			table,
			{Source: "dbt", Asset: tile, Listings: listing},
		},
	}
	return freshness.Derive(p, defaultRules(), at)
}

// TestASiteThatIsNotWholeClaimsNoNewerMoment lets the write of each file of a site fail, one after the
// other, over the site of an earlier run.
func TestASiteThatIsNotWholeClaimsNoNewerMoment(t *testing.T) {
	later := now.AddDate(0, 0, 1)
	before := renderSite(t, smallReport(now))
	after := renderSite(t, smallReport(later))
	for failing := 1; ; failing++ {
		dir := t.TempDir()
		if _, err := site.Write(dir, info, smallReport(now)); err != nil {
			t.Fatal(err)
		}
		if !writeFailing(t, dir, smallReport(later), failing) {
			if failing < 8 {
				t.Errorf("files that a later run writes: got %d, want at least 8", failing-1)
			}
			return
		}
		up := readSite(t, dir)
		for _, last := range []string{"index.html", "api/v1/summary.json", "now.js"} {
			if string(up[last]) == string(before[last]) {
				continue
			}
			for name := range after {
				isLast := slices.Contains([]string{"index.html", "api/v1/summary.json", "now.js"}, name)
				if !isLast && string(up[name]) != string(after[name]) {
					t.Errorf("after a failure at file %d: got a new %s beside an old %s, want it old", failing, last, name)
				}
			}
		}
	}
}

// writeFailing writes a site whose n-th change of a file fails. It returns false if there are fewer.
func writeFailing(t *testing.T, dir string, r *freshness.Report, n int) bool {
	t.Helper()
	out, err := outputdir.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	replace := out.Replace
	changes := 0
	out.Replace = func(path string, data []byte) error {
		changes++
		if changes == n {
			return errors.New("no space left on device")
		}
		return replace(path, data)
	}
	err = errors.Join(site.WriteTo(out, info, r), out.Close())
	if (err != nil) != (changes >= n) {
		t.Fatalf("write with a failure at file %d of %d: got error %v", n, changes, err)
	}
	return err != nil
}

// TestTheFilesOfOthersStay writes sites into a folder in which others keep files.
func TestTheFilesOfOthersStay(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		file := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	write("index.html", "mine")
	_, err := site.Write(dir, info, smallReport(now))
	if err == nil || !strings.HasSuffix(err.Error(), "hint: set output in site.toml to an empty folder") {
		t.Errorf("write into the folder of another site: got error %v, want it refused", err)
	}
	if files := readSite(t, dir); len(files) != 1 || string(files["index.html"]) != "mine" {
		t.Errorf("files: got %d, index.html %q; want that one, as it was", len(files), files["index.html"])
	}
	if err := os.Remove(filepath.Join(dir, "index.html")); err != nil {
		t.Fatal(err)
	}
	write("d/report-deadbeef.html", "mine too")
	write("robots.txt", "mine too")
	if _, err := site.Write(dir, info, smallReport(now)); err != nil {
		t.Fatal(err)
	}
	files := readSite(t, dir)
	for _, name := range []string{"d/report-deadbeef.html", "robots.txt"} {
		if string(files[name]) != "mine too" {
			t.Errorf("%s: got %q, want it as it was", name, files[name])
		}
	}
}

// TestARecordThatLeadsOutOfTheFolderRemovesNothing writes a site over a record that somebody changed.
func TestARecordThatLeadsOutOfTheFolderRemovesNothing(t *testing.T) {
	top := t.TempDir()
	dir := filepath.Join(top, "public")
	outside := filepath.Join(top, "precious.txt")
	if err := os.WriteFile(outside, []byte("precious"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := site.Write(dir, info, smallReport(now)); err != nil {
		t.Fatal(err)
	}
	record, err := os.OpenFile(filepath.Join(dir, outputdir.RecordName), os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	_, err = record.WriteString("../precious.txt\n" + outside + "\nd/../../precious.txt\n")
	if err := errors.Join(err, record.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := site.Write(dir, info, smallReport(now)); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(outside); err != nil {
		t.Errorf("%s: got error %v, want the file kept", outside, err)
	}
}

// TestWhatAKillLeftIsRemoved writes a site in a folder in which a kill left an incomplete file, and a record whose
// last line is torn.
func TestWhatAKillLeftIsRemoved(t *testing.T) {
	dir := t.TempDir()
	if _, err := site.Write(dir, info, smallReport(now)); err != nil {
		t.Fatal(err)
	}
	want := readSite(t, dir)
	incomplete := filepath.Join(dir, "how.html.next")
	record := filepath.Join(dir, outputdir.RecordName)
	text, err := os.ReadFile(record)
	err = errors.Join(
		err,
		os.WriteFile(incomplete, []byte("half"), 0o644),
		os.WriteFile(record+".next", []byte("half"), 0o644),
		os.WriteFile(record, append(text, "now."...), 0o644),
	)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := site.Write(dir, info, smallReport(now)); err != nil {
		t.Fatal(err)
	}
	got := readSite(t, dir)
	if len(got) != len(want) || got["how.html.next"] != nil || got[outputdir.RecordName+".next"] != nil {
		t.Errorf("files: got %d, with %q left; want %d and nothing left", len(got), got["how.html.next"], len(want))
	}
}
