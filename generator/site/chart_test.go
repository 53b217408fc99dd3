package site_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/freshet-status/freshet/generator/expect"
	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/sources"
)

// A load says that a check, so many hours before now, returned rows of so many hours before
// now.
type load struct{ at, checked float64 }

// loadsEvery returns one load per given number of hours over the given number of days, each
// checked an hour later.
func loadsEvery(hours, days float64) (all []load) {
	for at := 24 * days; at >= 2; at -= hours {
		all = append(all, load{at: at, checked: at - 1})
	}
	return all
}

// renderChart returns the HTML of the age chart of a table with these loads; "" if its page has
// none.
func renderChart(t *testing.T, e expect.Expectation, loads []load) string {
	t.Helper()
	ago := func(hours float64) time.Time { return now.Add(-time.Duration(hours * float64(time.Hour))) }
	track := &sources.Track{
		Source:   "dbt",
		Asset:    sources.Asset{ID: "table:T", Kind: sources.Table, Name: "T"},
		Listings: []sources.Listing{{Came: ago(2200)}},
	}
	for _, l := range loads {
		track.AddReading(sources.Reading{Clock: sources.Loaded, At: ago(l.at), CheckedAt: ago(l.checked)})
	}
	rules := defaultRules()
	rules.Rules = []expect.Rule{{Match: "table:T", Expect: e}}
	p := &sources.Past{
		Checks: map[string]*sources.CheckTimes{},
		Visits: []sources.Visit{{Source: "dbt", At: now}},
		Tracks: []*sources.Track{track},
	}
	for name, data := range renderSite(t, freshness.Derive(p, rules, now)) {
		if strings.HasPrefix(name, "t/t-") {
			_, chart, _ := strings.Cut(string(data), `<section aria-labelledby="age">`)
			chart, _, _ = strings.Cut(chart, "</section>")
			return chart
		}
	}
	t.Fatal("page of table:T: got none, want one")
	return ""
}

var (
	says  = regexp.MustCompile(`aria-label="([^"]*)"`)
	paths = regexp.MustCompile(`<path class="([las])" d="([^"]*)"`)
)

func TestTheChartOfAges(t *testing.T) {
	day := expect.Expectation{
		FreshWithin: expect.ElapsedLimit(24 * time.Hour),
		StaleAfter:  expect.ElapsedLimit(48 * time.Hour),
		SetBy:       "rule",
	}
	for name, tt := range map[string]struct {
		expect expect.Expectation
		loads  []load
		says   string
		scale  string
		line   string // how the line of ages ends
		limits string
		known  bool
	}{
		"a load each day is a tooth": {day, loadsEvery(24, 100), "oldest: 24 hours, on 21 Aug. Expected: " +
			"updated within 24 hours; stale after 48 hours (rule).", "48 h 24 h 0",
			"v60l8-60v60l8-60v60l6-45", "a M0 60H720 s M0 0H720", true},
		"where nobody looked there is no line": {day, append(loadsEvery(24, 100)[:95], load{
			at:      26,
			checked: 25,
		}, load{
			at:      2,
			checked: 1,
		}), "oldest: 37 hours, on 17 Aug. Expected: updated within 24 hours; stale after 48 hours (rule).", "48 h 24 h 0",
			"v60l12-93M705 120l8-60v60l1-3", "a M0 60H720 s M0 0H720", false},
		"by default a day counts, and a hundred are far": {
			expect: expect.Expectation{},
			loads:  loadsEvery(6, 100),
			says:   "oldest: 6 hours, today. Expected: updated every day; stale after 100 days (default).",
			scale:  "24 h 12 h 0",
			line:   "",
			limits: "a M0 0H720",
			known:  true,
		},
		"of the very old the hundred days are near": {
			expect: expect.Expectation{},
			loads:  []load{{at: 2400, checked: 1}},
			says:   "oldest: 99 days, today. Expected: updated every day; stale after 100 days (default).",
			scale:  "120 d 60 d 0",
			line:   "M0 109l714-89",
			limits: "s M0 19H720",
			known:  true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			chart := renderChart(t, tt.expect, tt.loads)
			if got := says.FindStringSubmatch(chart)[1]; got != "Age of the data over 90 days, "+tt.says {
				t.Errorf("label of the chart:\ngot  %s\nwant ...%s", got, tt.says)
			}
			_, got, _ := strings.Cut(chart, `<div class="scale" aria-hidden="true"><span>`)
			got, _, _ = strings.Cut(got, "</span></div>")
			got = strings.ReplaceAll(got, "</span><span>", " ")
			if got != tt.scale {
				t.Errorf("scale of the chart: got %s, want %s", got, tt.scale)
			}
			var limits []string
			for _, m := range paths.FindAllStringSubmatch(strings.Split(chart, `<ul`)[0], -1) {
				if m[1] != "l" {
					limits = append(limits, m[1]+" "+m[2])
				} else if !strings.HasSuffix(m[2], tt.line) {
					t.Errorf("line of the chart: got %s, want ...%s", m[2], tt.line)
				}
			}
			if got := strings.Join(limits, " "); got != tt.limits {
				t.Errorf("limits of the chart: got %s, want %s", got, tt.limits)
			}
			if known := !strings.Contains(chart, "gap: unknown"); known != tt.known {
				t.Errorf("all of the line is known: got %v, want %v", known, tt.known)
			}
		})
	}
}

func TestNoChartWithoutAnAge(t *testing.T) {
	if chart := renderChart(t, expect.Expectation{Static: true, SetBy: "rule"}, loadsEvery(24, 10)); chart != "" {
		t.Errorf("chart of a static table: got %s, want none", chart)
	}
	if chart := renderChart(t, expect.Expectation{}, nil); chart != "" {
		t.Errorf("chart of a table that is not checked: got %s, want none", chart)
	}
}

func TestAChartIsSmall(t *testing.T) {
	for _, hours := range []float64{1, 5, 12.1, 24, 200} {
		if n := len(renderChart(t, expect.Expectation{}, loadsEvery(hours, 100))); n > 3000 {
			t.Errorf("chart of a load each %g hours: got %d bytes, want at most 3,000", hours, n)
		} else {
			t.Logf("a load each %g h: %d bytes", hours, n)
		}
	}
}
