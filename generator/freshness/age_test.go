package freshness_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/freshet-status/freshet/generator/expect"
	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/generator/timeline"
	"github.com/freshet-status/freshet/sources"
)

// stretches are ages in hours before now: from to to, of data of at.
func stretches(r *freshness.Report, n *freshness.Node) (words string) {
	for _, s := range r.AgeSegments(n) {
		words += fmt.Sprintf(" %g>%g of %g", now.Sub(s.From).Hours(), now.Sub(s.To).Hours(), now.Sub(s.Data).Hours())
	}
	return strings.TrimSpace(words)
}

func TestAgesOver90Days(t *testing.T) {
	// at is a visit so many hours ago that saw rows loaded so many hours ago.
	at := func(visited, rows float64) sources.Scrape {
		o := loaded("table:T", rows)
		o.Readings[0].CheckedAt = ago(visited)
		return visit(ago(visited), o)
	}
	never := now.Sub(sources.Never).Hours()
	for name, tt := range map[string]struct {
		rules   []expect.Rule
		scrapes []sources.Scrape
		want    string
	}{
		"every load begins anew": {
			rules:   nil,
			scrapes: []sources.Scrape{at(50, 51), at(26, 27), at(2, 3)},
			want:    "51>27 of 51 27>3 of 27 3>2 of 3",
		},
		"a look that finds nothing newer tells more": {nil, []sources.Scrape{at(50, 51), at(2, 51)}, "51>2 of 51"},
		"the window cuts what is older":              {nil, []sources.Scrape{at(1, 3000)}, "2142>1 of 3000"},
		"nothing is drawn past checked_within": {
			rules:   nil,
			scrapes: []sources.Scrape{at(96, 97), at(2, 3)},
			want:    fmt.Sprintf("97>%g of 97 3>2 of 3", 60-1/3600.),
		},
		"nor after the last look, but for midnight": {nil, []sources.Scrape{at(20, 21)}, "21>6 of 21"},
		"nor past checked_within before today": {
			rules:   nil,
			scrapes: []sources.Scrape{at(96, 97)},
			want:    fmt.Sprintf("97>%g of 97", 60-1/3600.),
		},
		"what is loaded at the look has no age": {nil, []sources.Scrape{at(26, 27), at(2, 2)}, "27>2 of 27 2>2 of 2"},
		"what was never loaded has none":        {nil, []sources.Scrape{at(2, never)}, ""},
		"nor before its first load":             {nil, []sources.Scrape{at(26, never), at(2, 3)}, "3>2 of 3"},
		"nor what is static": {
			rules:   []expect.Rule{{Match: "table:T", Expect: expect.Expectation{Static: true}}},
			scrapes: []sources.Scrape{at(2, 3)},
			want:    "",
		},
		"nor what nobody can watch": {nil, []sources.Scrape{visit(ago(2), table("table:T"))}, ""},
		"nor a view": {
			rules:   nil,
			scrapes: []sources.Scrape{visit(ago(2), tells(view("table:T"), sources.DDL, 3, 2))},
			want:    "",
		},
		"what is gone has none any more": {
			rules:   nil,
			scrapes: []sources.Scrape{readBy(at(50, 51)), readBy(visit(ago(20)))},
			want:    "51>20 of 51",
		},
		"rows that changed decide over an older look": {nil, []sources.Scrape{
			visit(ago(20), tells(tells(table("table:T"), sources.Loaded, 25, 20), sources.DML, 22, 20)),
			visit(ago(2), tells(tells(table("table:T"), sources.Loaded, 25, 20), sources.DML, 5, 2))}, "25>5 of 25 5>2 of 5"},
	} {
		t.Run(name, func(t *testing.T) {
			r := derive(rules(tt.rules...), tt.scrapes...)
			if got := stretches(r, r.Node("table:T")); got != tt.want {
				t.Errorf("age segments of table:T:\ngot  %s\nwant %s", got, tt.want)
			}
		})
	}
}

// readBy adds a tile that reads the table, so that it is missed.
func readBy(s sources.Scrape) sources.Scrape {
	s.Observations = append(s.Observations, tile("tile:R", "table:T"))
	return s
}

// TestAgesAgreeWithTheStrip proves that the chart and the strip of a page tell
// the same: at the end of each day on which somebody looked.
func TestAgesAgreeWithTheStrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := &sources.Past{
			Checks: map[string]*sources.CheckTimes{"dbt": new(sources.CheckTimes), "snowflake": new(sources.CheckTimes)},
		}
		for day := range 20 {
			p.Visits = append(p.Visits, sources.Visit{Source: "dbt", Type: "dbt", At: ago(float64(24*(19-day)) + 1)})
		}
		for _, source := range []string{"dbt", "snowflake"} {
			track := &sources.Track{
				Source:   source,
				Asset:    table("table:T").Asset,
				Listings: []sources.Listing{{Came: ago(1000)}},
			}
			for range rapid.IntRange(0, 20).Draw(t, "looks") {
				look := rapid.Float64Range(0.5, 470).Draw(t, "look")
				track.AddReading(sources.Reading{
					Clock:     rapid.SampledFrom([]sources.Clock{sources.Loaded, sources.DML, sources.Built}).Draw(t, "clock"),
					At:        ago(look + rapid.Float64Range(0, 90).Draw(t, "age")).Truncate(time.Second),
					CheckedAt: ago(look).Truncate(time.Second),
				})
			}
			p.Tracks = append(p.Tracks, track)
		}
		r := deriveAt(p, rules(), now)
		n := r.Node("table:T")
		all := r.AgeSegments(n)
		strip := []byte(n.Strip)
		for i, s := range all {
			if s.To.Before(s.From) || s.Data.After(s.From) || i > 0 && s.From.Before(all[i-1].To) {
				t.Fatalf("age segment %d: got %v, want one after the last, with data older than its start, in %v",
					i, s, all)
			}
		}
		for ago := 1; ago < 20; ago++ {
			end := now.Truncate(24*time.Hour).AddDate(0, 0, 1-ago).Add(-time.Second)
			i := slices.IndexFunc(all, func(s timeline.AgeSegment) bool { return !s.From.After(end) && s.To.After(end) })
			want := byte('u')
			if i >= 0 && all[i].Data.Before(end.Truncate(24*time.Hour)) {
				want = 'a'
			} else if i >= 0 {
				want = 'f'
			}
			if got := strip[len(strip)-1-ago]; got != want {
				t.Fatalf("strip %d days ago: got %c, want %c as in the age segments %v", ago, got, want, all)
			}
		}
	})
}

func TestTheLongestThatALimitAllows(t *testing.T) {
	for words, want := range map[string]time.Duration{
		"today": 24 * time.Hour,
		"100d":  101 * 24 * time.Hour,
		"26h":   26 * time.Hour,
	} {
		if got, said := limit(words).LongestAge(); got != want || !said {
			t.Errorf("longest age within %q: got %v, %v, want %v, true", words, got, said, want)
		}
	}
	if _, said := limit("").LongestAge(); said {
		t.Error("longest age without a limit: got one, want none")
	}
}
