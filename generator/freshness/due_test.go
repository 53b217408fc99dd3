package freshness_test

import (
	"strings"
	"testing"
	"time"

	"github.com/freshet-status/freshet/generator/expect"
	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/generator/words"
	"github.com/freshet-status/freshet/sources"
)

// mornings are visits at noon of so many days, of a table that is loaded at five, on
// the days for which on is true; the visit of today at now is the last.
func mornings(days int, id sources.ID, on func(time.Time) bool, more ...sources.Observation) (all []sources.Scrape) {
	for d := days; d >= 0; d-- {
		at := now.AddDate(0, 0, -d)
		o := table(id)
		if load := time.Date(at.Year(), at.Month(), at.Day(), 5, 0, 0, 0, time.UTC); on(load) {
			o.Readings = []sources.Reading{{Clock: sources.Loaded, At: load, CheckedAt: at}}
		} else {
			o.Readings = []sources.Reading{{Clock: sources.Loaded, CheckedAt: at}}
		}
		all = append(all, visit(at, append(more, o)...))
	}
	return all
}

func daily(time.Time) bool { return true }

func TestWaitingAndLate(t *testing.T) {
	gl := sources.ID("table:RAW.S.GL")
	stopped := func(day int) func(time.Time) bool {
		return func(t time.Time) bool { return t.Before(now.AddDate(0, 0, -day)) }
	}
	weekdays := func(t time.Time) bool { return t.Weekday() != time.Saturday && t.Weekday() != time.Sunday }
	for name, tt := range map[string]struct {
		on            func(time.Time) bool
		at            time.Time
		rule          string
		waiting, late bool
		status        freshness.Status
		attention     int
		says          string
	}{
		"what moved today is neither": {daily, now, "", false, false, freshness.Fresh, 0, ""},
		"before its hour it waits": {
			on:        daily,
			at:        now.Add(22 * time.Hour),
			rule:      "",
			waiting:   true,
			late:      false,
			status:    freshness.Aging,
			attention: 0,
			says: "Last checked yesterday 06:00; its data was from yesterday 05:00 then. " +
				"Usually loads daily by 05:00 (31 of 31 times). Due today 05:00.",
		},
		"after its hour nobody has looked": {
			on:        daily,
			at:        now.Add(24 * time.Hour),
			rule:      "",
			waiting:   true,
			late:      false,
			status:    freshness.Aging,
			attention: 0,
			says: "Last checked yesterday 06:00; its data was from yesterday 05:00 then. " +
				"Usually loads daily by 05:00 (31 of 31 times). Due today 05:00; not checked since yesterday 06:00.",
		},
		"a look after its hour did not find it": {
			on:        stopped(1),
			at:        now,
			rule:      "",
			waiting:   false,
			late:      true,
			status:    freshness.Aging,
			attention: 1,
			says: "Not loaded since yesterday 05:00 (last checked today 06:00). " +
				"Usually loads daily by 05:00 (30 of 30 times). Late: due today 05:00.",
		},
		"on a Saturday a table of weekdays waits": {
			on:        weekdays,
			at:        now,
			rule:      "",
			waiting:   true,
			late:      false,
			status:    freshness.Aging,
			attention: 0,
			says: "Not loaded since yesterday 05:00 (last checked today 06:00). " +
				"Usually loads Mon–Fri by 05:00 (22 of 22 times). Due 24 Aug 05:00.",
		},
		"by a rule of weekdays it is fresh on a Saturday": {weekdays, now, "weekdays", false, false, freshness.Fresh, 0, ""},
		"by a rule of days it is aging after the first":   {stopped(2), now, "day", false, true, freshness.Aging, 1, ""},
		"by a rule of days it is stale after the second":  {stopped(3), now, "day", false, true, freshness.Stale, 1, ""},
		"as learned, a Saturday is no day":                {weekdays, now, "learned", false, false, freshness.Fresh, 0, ""},
		"by cron it is late before the day is over": {
			on:        stopped(1),
			at:        now,
			rule:      "cron 30 4 * * *",
			waiting:   false,
			late:      true,
			status:    freshness.Fresh,
			attention: 1,
			says:      "",
		},
		"by cron of Mondays it is fresh on a Saturday": {
			on:        daily,
			at:        now,
			rule:      "cron 0 6 * * 1",
			waiting:   false,
			late:      false,
			status:    freshness.Fresh,
			attention: 0,
			says:      "",
		},
		"less than eight loads teach nothing, on day two": {
			on:        func(t time.Time) bool { return t.Day() == 20 },
			at:        now,
			rule:      "",
			waiting:   false,
			late:      false,
			status:    freshness.Aging,
			attention: 0,
			says:      "Not loaded since 20 Aug 05:00 (last checked today 06:00).",
		},
		"less than eight loads teach nothing, on day three": {
			on:        func(t time.Time) bool { return t.Day() == 19 },
			at:        now,
			rule:      "",
			waiting:   false,
			late:      false,
			status:    freshness.Aging,
			attention: 1,
			says:      "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := deriveAt(past(tt.at, mornings(30, gl, tt.on)...), rules(ruled(t, gl, tt.rule)...), tt.at)
			n := r.Node(gl)
			attention := 0
			for _, c := range r.Causes {
				attention += map[bool]int{true: 1}[c.Attention]
			}
			if n.Waiting != tt.waiting || n.Late != tt.late || n.Status != tt.status || attention != tt.attention {
				t.Errorf("%s: got waiting %v, late %v, %s, %d rows, want %v, %v, %s, %d; due %s, %s",
					gl, n.Waiting, n.Late, n.Status, attention, tt.waiting, tt.late, tt.status, tt.attention,
					n.Due, words.Expectation(n.Expect))
			}
			if tt.says != "" && firstSentence(r) != tt.says {
				t.Errorf("sentence of %s:\ngot  %s\nwant %s", gl, firstSentence(r), tt.says)
			}
		})
	}
}

// ruled is a rule by its word: every, "cron ..." or "learned".
func ruled(t *testing.T, id sources.ID, word string) []expect.Rule {
	t.Helper()
	e := expect.Expectation{SetBy: "rule"}
	err := error(nil)
	switch {
	case word == "":
		return nil
	case word == "learned":
		e.Learned = true
	case len(word) > 5 && word[:5] == "cron ":
		e.Cadence, err = expect.ParseCron(word[5:])
	default:
		e.Cadence, err = expect.ParseEvery(word)
	}
	if err != nil {
		t.Fatal(err)
	}
	return []expect.Rule{{Match: string(id), Expect: e}}
}

// TestWhatIsLateAndFreshIsARow: an hourly table that stopped this morning is green
// until midnight, and late within hours; what reads it is told to wait for it.
func TestWhatIsLateAndFreshIsARow(t *testing.T) {
	var all []sources.Scrape
	for h := 24 * 14; h >= 0; h-- {
		at := ago(float64(h)).Add(-5 * time.Minute)
		o := table("table:RAW.S.E")
		o.Readings = []sources.Reading{{Clock: sources.Loaded, At: at, CheckedAt: at}}
		if h < 4 {
			o.Readings[0].At = time.Time{}
		}
		x := tile("tile:looker/1/2", "table:RAW.S.E")
		all = append(all, visit(at, o, x))
	}
	r := deriveAt(past(now, all...), rules(), now)
	e := r.Node("table:RAW.S.E")
	x := r.Node("tile:looker/1/2")
	if e.Status != freshness.Fresh || !e.Late || x.Status != freshness.Fresh || x.Late || len(x.Causes) != 0 {
		t.Errorf("table and tile: got %s, late %v, and %s, late %v by %v, want fresh, true, and fresh, false; due %s",
			e.Status, e.Late, x.Status, x.Late, causes(x), e.Due)
	}
	if len(r.Causes) != 1 || !r.Causes[0].Attention || r.Causes[0].Tiles != 1 || r.Causes[0].Status != freshness.Fresh {
		t.Fatalf("root causes: got %d, those of the table %v, want 1 that is fresh, with attention and 1 tile",
			len(r.Causes), causes(e))
	}
	if want := "Late: due today 02:55, not loaded by the check of today 05:55. Last loaded today 01:55. " +
		"Usually loads every hour ("; !strings.HasPrefix(firstSentence(r), want) {
		t.Errorf("sentence of table:RAW.S.E: got %q, want it to begin with %q", firstSentence(r), want)
	}
}

func TestOthersWaitWhenAllTheirCausesDo(t *testing.T) {
	x := tile("tile:looker/1/2", "table:RAW.S.GL")
	at := now.Add(22 * time.Hour)
	r := deriveAt(past(at, mornings(30, "table:RAW.S.GL", daily, x)...), rules(), at)
	if n := r.Node(x.ID); !n.Waiting || n.Late || n.Status != freshness.Aging || r.TilesPending.Waiting != 1 {
		t.Errorf("%s: got %s, waiting %v, late %v, %d tiles waiting, want aging, true, false, 1",
			x.ID, n.Status, n.Waiting, n.Late, r.TilesPending.Waiting)
	}
}

func TestEveryAndCronAreRead(t *testing.T) {
	for text, want := range map[string]string{
		"day": "every day", "weekdays": "every weekday", "month": "every month",
		"monday": "every Monday", "Monday, thursday": "every Monday and Thursday",
		"noon": `must be "day", "weekdays", "month" or days such as "monday" and "monday, thursday" (got "noon")`,
		"mon,": `must be "day", "weekdays", "month" or days such as "monday" and "monday, thursday" (got "mon,")`,
	} {
		c, err := expect.ParseEvery(text)
		if got := says(c, err); got != want {
			t.Errorf("every %q: got %s, want %s", text, got, want)
		}
	}
	for text, want := range map[string]string{
		"10 6 * * *": `by cron "10 6 * * *"`, "@daily": `must be five cron fields such as "10 6 * * *" (got ` +
			`"@daily")`, "61 * * * *": `must be five cron fields such as "10 6 * * *" (got "61 * * * *")`,
	} {
		c, err := expect.ParseCron(text)
		if got := says(c, err); got != want {
			t.Errorf("cron %q: got %s, want %s", text, got, want)
		}
	}
}

func says(c *expect.Cadence, err error) string {
	if err != nil {
		return err.Error()
	}
	return words.Cadence(c)
}

func TestAChangeOfRhythmIsSaid(t *testing.T) {
	var all []sources.Scrape
	for d := 80; d >= 0; d-- {
		day := now.AddDate(0, 0, -d)
		o := table("table:RAW.S.C")
		load := day.Add(-2 * time.Hour) // at four
		if d < 32 {
			load = day.Add(-9 * time.Hour) // the evening before, at nine
		}
		o.Readings = []sources.Reading{{Clock: sources.Loaded, At: load, CheckedAt: day}}
		all = append(all, visit(day, o))
	}
	r := derive(rules(), all...)
	n := r.Node("table:RAW.S.C")
	if n.Rhythm == nil || n.Rhythm.ScheduleText() != "daily by 21:00" || r.PreviousSchedule(n) != "daily by 04:00" {
		t.Errorf("schedule of table:RAW.S.C: got %v, before %q, want daily by 21:00, before by 04:00",
			n.Rhythm, r.PreviousSchedule(n))
	}
	calm := derive(rules(), mornings(80, "table:RAW.S.C", daily)...)
	if before := calm.PreviousSchedule(calm.Node("table:RAW.S.C")); before != "" {
		t.Errorf("previous schedule of an unchanged table: got %q, want none", before)
	}
}
