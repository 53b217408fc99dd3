package freshness_test

import (
	"strings"
	"testing"
	"time"

	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/sources"
)

func TestOwnStatusByTheClocks(t *testing.T) {
	one := func(c sources.Clock, at, look float64) sources.Observation {
		return tells(table("table:T"), c, at, look)
	}
	for name, tt := range map[string]struct {
		seen  sources.Observation
		clock string
		own   freshness.Status
	}{
		"earlier today is fresh":           {one(sources.DML, 5, 1), "dml", freshness.Fresh},
		"an hour before midnight is aging": {one(sources.DML, 7, 1), "dml", freshness.Aging},
		"100 days ago is aging":            {one(sources.DML, 2400, 1), "dml", freshness.Aging},
		"101 days ago is stale":            {one(sources.DML, 2424, 1), "dml", freshness.Stale},
		"never loaded is stale": {
			seen:  tells(table("table:T"), sources.Loaded, now.Sub(sources.Never).Hours(), 1),
			clock: "loaded",
			own:   freshness.Stale,
		},
		"the most honest clock decides": {
			seen:  tells(one(sources.Altered, 2, 1), sources.Loaded, 30, 3),
			clock: "loaded",
			own:   freshness.Aging,
		},
		"unless rows changed after it looked": {
			seen:  tells(one(sources.DML, 2, 1), sources.Loaded, 30, 3),
			clock: "dml",
			own:   freshness.Fresh,
		},
		"or a dynamic table was refreshed": {
			seen:  tells(one(sources.Refreshed, 2, 1), sources.Loaded, 30, 3),
			clock: "refreshed",
			own:   freshness.Fresh,
		},
		"or it was built after it looked": {
			seen:  tells(one(sources.Built, 2, 1), sources.Loaded, 30, 3),
			clock: "built",
			own:   freshness.Fresh,
		},
		"a better clock looked too long ago": {
			seen:  tells(one(sources.Altered, 2, 1), sources.Loaded, 50, 37),
			clock: "altered",
			own:   freshness.Fresh,
		},
		"every look is too long ago":             {one(sources.Loaded, 50, 37), "", freshness.Unknown},
		"36 hours are not too long":              {one(sources.Loaded, 50, 36), "loaded", freshness.Aging},
		"a definition is no data":                {one(sources.DDL, 2, 1), "", freshness.Unknown},
		"a little ahead of its look is its look": {one(sources.DML, 0.9, 1), "dml", freshness.Fresh},
		"a time yet to come is a fault":          {one(sources.DML, -9, 1), "", freshness.Unknown},
		"a fault leaves the other clocks": {
			seen:  tells(one(sources.DML, -9, 1), sources.Built, 2, 1),
			clock: "built",
			own:   freshness.Fresh,
		},
		"of what no clock ever told nothing is known": {table("table:T"), "", freshness.Unknown},
		"a view holds no data of its own":             {tells(view("table:T"), sources.DDL, 2, 1), "", freshness.None},
		"a view on which rows were read is judged by it": {
			seen:  tells(view("table:T"), sources.Loaded, 30, 1),
			clock: "loaded",
			own:   freshness.Aging,
		},
	} {
		t.Run(name, func(t *testing.T) {
			n := see(tt.seen).Node("table:T")
			clock := ""
			if n.Clock != nil {
				clock = n.Clock.Clock.String()
			}
			if clock != tt.clock || n.OwnStatus != tt.own {
				t.Errorf("clock and own status of table:T: got %q, %v, want %q, %v",
					clock, n.OwnStatus, tt.clock, tt.own)
			}
			if clock == "" && !n.Updated.IsZero() {
				t.Errorf("updated time of table:T without a clock: got %v, want none", n.Updated)
			}
		})
	}
}

func TestNeverLoadedHasNoUpdated(t *testing.T) {
	o := tells(table("table:T"), sources.Loaded, now.Sub(sources.Never).Hours(), 1)
	if n := see(o).Node("table:T"); !n.Never || !n.Updated.IsZero() {
		t.Errorf("table:T, never loaded: got never %v, updated %v, want true and no time", n.Never, n.Updated)
	}
}

func TestALookMayFindNothingNewer(t *testing.T) {
	first := built("table:T", 50)
	first.Readings[0].CheckedAt = ago(50)
	later := table("table:T")
	later.Readings = []sources.Reading{{Clock: sources.Built, CheckedAt: ago(1)}}
	r := derive(rules(), visit(ago(49), first), visit(ago(1), later))
	if n := r.Node("table:T"); n.OwnStatus != freshness.Aging || !n.Updated.Equal(ago(50)) || !n.Clock.CheckedAt.Equal(ago(1)) {
		t.Errorf("table:T after an empty check: got %v of %v by %+v, want aging of %v, checked %v",
			n.OwnStatus, n.Updated, n.Clock, ago(50), ago(1))
	}
}

func TestARowThatIsMissingErasesNoLook(t *testing.T) {
	first := loaded("table:T", 3)
	missed := table("table:T")
	missed.Missed = ago(1)
	r := derive(rules(), visit(ago(2), first), visit(ago(1), missed))
	if n := r.Node("table:T"); n.OwnStatus != freshness.Fresh || !n.Updated.Equal(ago(3)) || !n.Missed.Equal(ago(1)) {
		t.Errorf("table:T after a check without it: got %v of %v, missed %v, want fresh of %v, missed %v",
			n.OwnStatus, n.Updated, n.Missed, ago(3), ago(1))
	}
}

func TestEarlierReadingsStandWhenAClockIsAtFault(t *testing.T) {
	good := loaded("table:T", 20)
	wrong := tells(table("table:T"), sources.Loaded, -30, 1)
	good.Readings[0].CheckedAt = ago(19)
	r := derive(rules(), visit(ago(19), good), visit(ago(1), wrong))
	n := r.Node("table:T")
	if n.OwnStatus != freshness.Aging || !n.Updated.Equal(ago(20)) || n.Clocks[0].FutureAt.IsZero() {
		t.Errorf("table:T after a time in the future: got %v of %v, future %v, want aging of %v, and the future time",
			n.OwnStatus, n.Updated, n.Clocks[0].FutureAt, ago(20))
	}
	r = deriveAt(
		past(now.Add(20*time.Hour), visit(ago(19), good), visit(ago(1), wrong)),
		rules(),
		now.Add(20*time.Hour),
	)
	if n := r.Node("table:T"); n.OwnStatus != freshness.Unknown {
		t.Errorf("own status of table:T past checked_within: got %v, want unknown", n.OwnStatus)
	}
}

func TestAFaultyTimeIsSkippedForGood(t *testing.T) {
	wrong := tells(table("table:T"), sources.Loaded, -9, 1)
	later := now.Add(12 * time.Hour) // when its moment has come
	r := deriveAt(past(later, visit(ago(1), wrong)), rules(), later)
	if n := r.Node("table:T"); n.OwnStatus != freshness.Unknown {
		t.Errorf("own status of table:T, whose only time was in the future: got %v, want unknown", n.OwnStatus)
	}
}

func TestHowLongALookStands(t *testing.T) {
	weekly := func(weeks int) (scrapes []sources.Scrape) {
		for w := weeks; w >= 0; w-- {
			hours := float64(w*168 + 120)
			o := loaded("table:T", hours+2)
			o.Readings[0].CheckedAt = ago(hours)
			scrapes = append(scrapes, visit(ago(hours), o))
		}
		return scrapes
	}
	for name, tt := range map[string]struct {
		looks int
		rules freshness.Rules
		want  freshness.Status
	}{
		"36 hours below three looks":        {1, rules(), freshness.Unknown},
		"twice the usual gap from three on": {2, rules(), freshness.Aging},
		"or what site.toml says": {
			looks: 2,
			rules: freshness.Rules{
				Zone:          time.UTC,
				Default:       rules().Default,
				CheckedWithin: map[string]time.Duration{"dbt": 100 * time.Hour},
			},
			want: freshness.Unknown,
		},
		"a source of another name is not meant": {
			looks: 2,
			rules: freshness.Rules{
				Zone:          time.UTC,
				Default:       rules().Default,
				CheckedWithin: map[string]time.Duration{"looker": 100 * time.Hour},
			},
			want: freshness.Aging,
		},
	} {
		t.Run(name, func(t *testing.T) {
			if n := derive(tt.rules, weekly(tt.looks)...).Node("table:T"); n.OwnStatus != tt.want {
				t.Errorf("own status of table:T: got %v, want %v", n.OwnStatus, tt.want)
			}
		})
	}
}

// TestMidnight moves data over midnight in three zones, in both nights of the
// change to and from summer time.
func TestMidnight(t *testing.T) {
	for name, tt := range map[string]struct {
		zone, data, report string
		want               freshness.Status
	}{
		"a second before midnight in New York": {
			zone:   "America/New_York",
			data:   "2026-08-22T03:59:59Z",
			report: "2026-08-22T04:00:00Z",
			want:   freshness.Aging,
		},
		"midnight in New York": {
			zone:   "America/New_York",
			data:   "2026-08-22T04:00:00Z",
			report: "2026-08-23T03:59:59Z",
			want:   freshness.Fresh,
		},
		"the same moments in Tokyo, where it is one day": {
			zone:   "Asia/Tokyo",
			data:   "2026-08-22T03:59:59Z",
			report: "2026-08-22T04:00:00Z",
			want:   freshness.Fresh,
		},
		"midnight in Tokyo": {
			zone:   "Asia/Tokyo",
			data:   "2026-08-22T14:59:59Z",
			report: "2026-08-22T15:00:00Z",
			want:   freshness.Aging,
		},
		"the day of 23 hours in New York": {
			zone:   "America/New_York",
			data:   "2026-03-08T05:00:00Z",
			report: "2026-03-09T03:59:59Z",
			want:   freshness.Fresh,
		},
		"its midnight comes an hour earlier": {
			zone:   "America/New_York",
			data:   "2026-03-08T05:00:00Z",
			report: "2026-03-09T04:00:00Z",
			want:   freshness.Aging,
		},
		"the day of 25 hours in New York": {
			zone:   "America/New_York",
			data:   "2026-11-01T04:00:00Z",
			report: "2026-11-02T04:59:59Z",
			want:   freshness.Fresh,
		},
		"its midnight comes an hour later": {
			zone:   "America/New_York",
			data:   "2026-11-01T04:00:00Z",
			report: "2026-11-02T05:00:00Z",
			want:   freshness.Aging,
		},
		"the day of 23 hours in Berlin": {
			zone:   "Europe/Berlin",
			data:   "2026-03-28T23:00:00Z",
			report: "2026-03-29T21:59:59Z",
			want:   freshness.Fresh,
		},
		"after it in Berlin": {
			zone:   "Europe/Berlin",
			data:   "2026-03-28T23:00:00Z",
			report: "2026-03-29T22:00:00Z",
			want:   freshness.Aging,
		},
		"the day of 25 hours in Berlin": {
			zone:   "Europe/Berlin",
			data:   "2026-10-24T22:00:00Z",
			report: "2026-10-25T22:59:59Z",
			want:   freshness.Fresh,
		},
		"after the day of 25 hours in Berlin": {
			zone:   "Europe/Berlin",
			data:   "2026-10-24T22:00:00Z",
			report: "2026-10-25T23:00:00Z",
			want:   freshness.Aging,
		},
		"a zone without a midnight that night": {
			zone:   "America/Santiago",
			data:   "2026-09-06T03:59:59Z",
			report: "2026-09-06T04:00:00Z",
			want:   freshness.Aging,
		},
	} {
		t.Run(name, func(t *testing.T) {
			zone, err := time.LoadLocation(tt.zone)
			if err != nil {
				t.Fatal(err)
			}
			data, _ := time.Parse(time.RFC3339, tt.data)
			report, _ := time.Parse(time.RFC3339, tt.report)
			o := table("table:T")
			o.Readings = []sources.Reading{{Clock: sources.Loaded, At: data, CheckedAt: report}}
			r := rules()
			r.Zone = zone
			n := deriveAt(past(report, visit(report, o)), r, report).Node("table:T")
			if n.OwnStatus != tt.want || !strings.HasSuffix(n.Strip, string(tt.want.Letter())) {
				t.Errorf("own status and strip of table:T: got %v, ...%s, want %v in both",
					n.OwnStatus, n.Strip[80:], tt.want)
			}
		})
	}
}

func TestStripOver90Days(t *testing.T) {
	// at is a visit so many hours ago that saw rows loaded so many hours ago.
	at := func(visited, rows float64) sources.Scrape {
		o := loaded("table:T", rows)
		o.Readings[0].CheckedAt = ago(visited)
		return visit(ago(visited), o)
	}
	other := func(visited float64) sources.Scrape {
		return sources.Scrape{Source: "erp", Type: "dbt", At: ago(visited)}
	}
	never := now.Sub(sources.Never).Hours()
	gone := visit(ago(0))
	reader := func(s sources.Scrape) sources.Scrape {
		s.Observations = append(s.Observations, tile("tile:R", "table:T"))
		return s
	}
	for name, tt := range map[string]struct {
		scrapes []sources.Scrape
		want    string // how the strip ends
	}{
		"loaded every day":                            {[]sources.Scrape{at(48, 49), at(24, 25), at(0, 1)}, ".fff"},
		"loaded once, looked at every day":            {[]sources.Scrape{at(48, 49), at(24, 49), at(0, 49)}, ".faa"},
		"a day without a run is no data":              {[]sources.Scrape{at(48, 49), at(0, 49)}, ".f.a"},
		"nobody looked, and a later look says it":     {[]sources.Scrape{at(96, 97), other(48), at(0, 97)}, ".f.a.a"},
		"nobody looked, and a later look cannot know": {[]sources.Scrape{at(96, 97), other(48), at(0, 1)}, ".f.u.f"},
		"nobody has looked since":                     {[]sources.Scrape{at(96, 97), other(48), other(0)}, ".f.u.u"},
		"a day ends before its midnight":              {[]sources.Scrape{at(6.5, 6.6), at(0, 6.6)}, ".fa"},
		"not yet listed is no data":                   {[]sources.Scrape{other(72), other(48), at(0, 49)}, "...a"},
		"gone is as told by that day": {
			scrapes: []sources.Scrape{reader(at(48, 49)), reader(at(24, 25)), reader(gone)},
			want:    ".ffb",
		},
		"nobody looked, and what a later look found came after it was empty": {
			scrapes: []sources.Scrape{at(96, never), other(48), at(0, 97)},
			want:    ".s.s.a",
		},
		"what came after it was empty for the second time was not there before": {
			scrapes: []sources.Scrape{at(95, never), at(70, 96), at(48, never), at(0, 80)},
			want:    ".sas.a",
		},
		"a table emptied today was loaded before": {
			scrapes: []sources.Scrape{at(48, 49), at(0, never)},
			want:    ".f.s",
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := derive(rules(), tt.scrapes...).Node("table:T").Strip
			if len(got) != freshness.StripDays || !strings.HasSuffix(got, tt.want) {
				t.Errorf("strip of table:T: got %d letters, ...%s, want %d, ...%s",
					len(got), got[80:], freshness.StripDays, tt.want)
			}
		})
	}
}

// TestADayBeforeAViewWasListedIsThatOfATable proves that of a view whose rows are read, nobody knows what
// it held before it was listed, whatever it reads.
func TestADayBeforeAViewWasListedIsThatOfATable(t *testing.T) {
	for name, seen := range map[string]sources.Observation{
		"a table": table("table:V", "table:R"),
		"a view":  view("table:V", "table:R"),
	} {
		t.Run(name, func(t *testing.T) {
			source := loaded("table:R", 49)
			source.Readings[0].CheckedAt = ago(48)
			x := tile("tile:X", "table:V")
			seen = tells(seen, sources.Loaded, 1, 1)
			n := derive(rules(), visit(ago(48), source, x), visit(ago(0), loaded("table:R", 2), seen, x)).Node("tile:X")
			if want := ".u.f"; !strings.HasSuffix(n.Strip, want) {
				t.Errorf("strip of tile:X over %s that was listed today: got ...%s, want ...%s", name, n.Strip[80:], want)
			}
		})
	}
}

func TestDaysFreshAreCountedOfDaysWithData(t *testing.T) {
	o := loaded("table:T", 49)
	o.Readings[0].CheckedAt = ago(48)
	r := derive(rules(), visit(ago(48), o), sources.Scrape{Source: "erp", At: ago(0)})
	if fresh, of := r.Node("table:T").CountFreshDays(); fresh != 1 || of != 2 {
		t.Errorf("fresh days of table:T: got %d of %d, want 1 of 2: unknown days count, days without a run do not",
			fresh, of)
	}
}
