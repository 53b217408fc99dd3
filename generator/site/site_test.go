package site_test

import (
	"encoding/json"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/freshet-status/freshet/generator/expect"
	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/generator/site"
	"github.com/freshet-status/freshet/sources"
)

// evil is a text that would run a script if a page printed it unescaped.
const evil = `"><script>alert(1)</script>'&`

// hostileReport returns a report in which every text that people write is evil.
func hostileReport() *freshness.Report {
	p := &sources.Past{
		Checks: map[string]*sources.CheckTimes{},
		Visits: []sources.Visit{{Source: "dbt", Type: "dbt", At: now, Error: evil, Notes: []string{evil}}},
	}
	add := func(a sources.Asset, readings ...sources.Reading) *sources.Track {
		a.Name = a.Name + evil
		a.Owner = evil
		a.Description = evil + "\n\n[x](javascript:alert(1)) <img src=x onerror=alert(1)>"
		a.Tags = []string{evil}
		a.Aliases = []string{evil}
		a.Materialized = evil
		a.URL = "javascript:alert(1)"
		t := &sources.Track{Source: evil, Asset: a, Listings: []sources.Listing{{Came: now.AddDate(0, 0, -1)}}}
		for _, r := range readings {
			t.AddReading(r)
		}
		p.Tracks = append(p.Tracks, t)
		return t
	}
	add(sources.Asset{ID: "folder:" + evil, Kind: sources.Folder, Virtual: true})
	add(sources.Asset{ID: "dashboard:" + evil, Kind: sources.Dashboard, Virtual: true, Parent: "folder:" + evil})
	add(
		sources.Asset{
			ID:       "tile:" + evil,
			Kind:     sources.Tile,
			Virtual:  true,
			Parent:   "dashboard:" + evil,
			Upstream: []sources.ID{"table:" + evil},
		},
	)
	add(
		sources.Asset{ID: "table:" + evil, Kind: sources.Kind(evil)},
		sources.Reading{Clock: sources.Loaded, At: now.AddDate(-1, 0, 0), CheckedAt: now},
	).AddAttempt(sources.Attempt{At: now, Outcome: sources.Failed, Says: evil})
	add(
		sources.Asset{ID: "tile:gone", Kind: sources.Tile, Virtual: true, Parent: "dashboard:" + evil},
	).SetMissing(sources.MissingRef{At: now, Says: evil})
	return freshness.Derive(p, defaultRules(), now)
}

// defaultRules returns the rules of a site.toml without rules, in UTC.
func defaultRules() freshness.Rules {
	today, _ := expect.ParseLimit("today")
	hundred, _ := expect.ParseLimit("100d")
	return freshness.Rules{
		Zone:    time.UTC,
		Default: expect.Expectation{FreshWithin: today, StaleAfter: hundred, SetBy: "default"},
	}
}

func TestNothingThatPeopleWriteRuns(t *testing.T) {
	for name, data := range renderSite(t, hostileReport()) {
		if path.Ext(name) != ".html" {
			continue
		}
		page := string(data)
		for _, bad := range []string{"<script>", "javascript:", "onerror=alert(1)>", "<img src=x", `style="`, "'&<"} {
			if strings.Contains(page, bad) {
				t.Errorf("%s: got %s in it, want it escaped", name, bad)
			}
		}
		if !strings.Contains(
			page,
			"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; base-uri 'none'; "+
				"form-action 'none'\"",
		) {
			t.Errorf("policy of %s: got another, want the strict one", name)
		}
	}
}

var hrefs = regexp.MustCompile(`(?:href|src)="([^"]*)"`)

func TestEveryLinkNamesAFileThatIsThere(t *testing.T) {
	files := renderSite(t, dashboardsReport(40))
	links := 0
	for name, data := range files {
		if path.Ext(name) != ".html" {
			continue
		}
		for _, m := range hrefs.FindAllStringSubmatch(string(data), -1) {
			links++
			file, anchor, _ := strings.Cut(m[1], "#")
			target := name
			if file != "" {
				target = path.Join(path.Dir(name), file)
			}
			to, there := files[target]
			if !there {
				t.Errorf("%s: got a link to %s, want a link to a file of the site", name, m[1])
			} else if anchor != "" && !strings.Contains(string(to), `id="`+anchor+`"`) {
				t.Errorf("%s: got a link to %s, want an id of that page", name, m[1])
			}
		}
	}
	if links < 1000 {
		t.Errorf("links in the site: got %d, want at least 1,000", links)
	}
}

func TestTheSameReportMakesTheSameBytes(t *testing.T) {
	a := renderSite(t, dashboardsReport(30))
	b := renderSite(t, dashboardsReport(30))
	for _, name := range slices.Sorted(maps.Keys(a)) {
		if string(a[name]) != string(b[name]) {
			t.Errorf("%s by the same report: got other bytes, want the same", name)
		}
	}
}

func TestOnlyWhatChangedIsWritten(t *testing.T) {
	dir := t.TempDir()
	first, err := site.Write(dir, info, dashboardsReport(3))
	if err != nil || first.Changed != first.Files {
		t.Fatalf("first write: got %+v, error %v, want all files changed and no error", first, err)
	}
	again, err := site.Write(dir, info, dashboardsReport(3))
	if err != nil || again.Changed != 0 {
		t.Errorf("second write: got %+v, error %v, want no file changed and no error", again, err)
	}
	fewer, err := site.Write(dir, info, dashboardsReport(2))
	if err != nil || fewer.Removed != 2 {
		t.Errorf("write without one dashboard: got %+v, error %v, want its page and its JSON removed", fewer, err)
	}
	mine := filepath.Join(dir, "robots.txt")
	if err := os.WriteFile(mine, []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := site.Write(dir, info, dashboardsReport(2)); err != nil {
		t.Fatalf("write beside a file of another: got error %v, want none", err)
	}
	if _, err := os.Stat(mine); err != nil {
		t.Errorf("robots.txt after a write: got error %v, want the file kept", err)
	}
}

// TestPagesSayNothingThatChangesWithEveryRun proves that a run an hour later,
// in which nothing moved, rewrites the home page and what is for machines, and
// no other page.
func TestPagesSayNothingThatChangesWithEveryRun(t *testing.T) {
	p := &sources.Past{Checks: map[string]*sources.CheckTimes{}, Visits: []sources.Visit{{Source: "dbt", At: now}}}
	t1 := &sources.Track{
		Source:   "dbt",
		Asset:    sources.Asset{ID: "table:T", Kind: sources.Table, Name: "T"},
		Listings: []sources.Listing{{Came: now}},
	}
	t1.AddReading(sources.Reading{Clock: sources.Loaded, At: now.Add(-time.Hour), CheckedAt: now})
	p.Tracks = []*sources.Track{
		t1,
		{
			Source:   "dbt",
			Asset:    sources.Asset{ID: "dashboard:D", Kind: sources.Dashboard, Name: "D", Virtual: true},
			Listings: t1.Listings,
		},
	}
	early := renderSite(t, freshness.Derive(p, defaultRules(), now))
	late := renderSite(t, freshness.Derive(p, defaultRules(), now.Add(time.Hour)))
	var changed []string
	for _, name := range slices.Sorted(maps.Keys(early)) {
		if string(early[name]) != string(late[name]) {
			changed = append(changed, name)
		}
	}
	if want := []string{"api/v1/summary.json", "index.html", "now.js"}; !slices.Equal(changed, want) {
		t.Errorf("files that differ an hour later: got %v, want %v", changed, want)
	}
}

func TestTheHomePageOfVeryManyDashboardsOpensAtOnce(t *testing.T) {
	page := renderSite(t, dashboardsReport(2000))["index.html"]
	if len(page) > 600_000 || !strings.Contains(string(page), "are on the folder and dashboard pages") {
		t.Errorf("home page of 2,000 dashboards: got %d bytes, want at most 600,000 and a note of those not listed",
			len(page))
	}
}

func TestAPI(t *testing.T) {
	files := renderSite(t, dashboardsReport(3))
	var summary struct {
		Tiles, Tables map[string]int
		Attention     []struct {
			Cause, Says string
			Page        *string
		}
	}
	if err := json.Unmarshal(files["api/v1/summary.json"], &summary); err != nil {
		t.Fatalf("api/v1/summary.json: got error %v, want JSON", err)
	}
	sum := 0
	for _, status := range []string{"fresh", "aging", "stale", "broken", "unknown"} {
		sum += summary.Tiles[status]
	}
	if sum != 30 {
		t.Errorf("tiles in the five statuses: got %d in %v, want 30", sum, summary.Tiles)
	}
	for _, a := range summary.Attention {
		if a.Page == nil || files[*a.Page] == nil || a.Says == "" {
			t.Errorf("row under attention: got %+v, want a page of the site and a sentence", a)
		}
	}
	lines := 0
	for line := range strings.Lines(string(files["api/v1/assets.jsonl"])) {
		var asset map[string]any
		if err := json.Unmarshal([]byte(line), &asset); err != nil {
			t.Fatalf("line of api/v1/assets.jsonl: got error %v, want JSON", err)
		}
		if len(asset) != 31 || len(asset["strip"].(string)) != 90 {
			t.Errorf("keys of an asset: got %d in %s, want 31 and a strip of 90 days", len(asset), line)
		}
		lines++
	}
	if lines != 100+3+30+1 {
		t.Errorf("lines of api/v1/assets.jsonl: got %d, want %d", lines, 100+3+30+1)
	}
}
