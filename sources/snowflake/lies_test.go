package snowflake_test

import (
	"cmp"
	"context"
	"slices"
	"testing"
	"time"

	"github.com/freshet-status/freshet/generator/expect"
	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/generator/history"
	"github.com/freshet-status/freshet/sources"
	"github.com/freshet-status/freshet/sources/snowflake/standin"
)

// A tableRow is what the account tells of the table RAW.ERP.GL in one visit. The zero value of a time
// is not told.
type tableRow struct {
	id      string // of the table; "" is that of its name
	rows    int
	created time.Time
	altered time.Time
	moved   time.Time // the hour in which rows were last added or updated
	origin  string    // id of the table that it was cloned from
}

// newLyingAccount returns an account that tells row of GL, and of ORIGIN that its rows last moved 200
// days ago. Its history of row changes is known until six hours before at.
func newLyingAccount(t *testing.T, row tableRow, at time.Time, others ...[]any) *standin.Account {
	t.Helper()
	gl := table("RAW", "ERP", "GL", "BASE TABLE", row.created, row.altered, row.created)
	gl[4] = itoa(row.rows) + "/" + itoa(10*row.rows)
	last := len(gl) - 1
	gl[last] = cmp.Or(row.id, gl[last].(string))
	old := at.AddDate(0, 0, -200)
	origin := table("RAW", "ERP", "ORIGIN", "BASE TABLE", old, old, old)
	origin[last] = "77"
	changes := standin.Answer{Columns: standin.DMLColumns, Rows: others}
	if !row.moved.IsZero() {
		changes.Rows = append(changes.Rows, []any{gl[last], row.moved, at.Add(-6 * time.Hour)})
	}
	clones := standin.Answer{Columns: standin.CloneColumns}
	if row.origin != "" {
		clones.Rows = [][]any{{gl[last], row.origin}}
	}
	a := newAccount(t, views(map[string]standin.Answer{
		"ACCOUNT_USAGE.TABLES":  tables(gl, origin),
		"TABLE_DML_HISTORY":     changes,
		"TABLE_STORAGE_METRICS": clones,
	}))
	a.Now = func() time.Time { return at }
	return a
}

// judgeVisits returns the verdict on GL after a visit every day at nine, the last one today. rowAt
// returns what the account tells so many days before today.
func judgeVisits(t *testing.T, days int, rowAt func(ago int, at time.Time) tableRow) *freshness.Node {
	t.Helper()
	past := new(sources.Past)
	today := time.Date(2026, 8, 22, 9, 0, 0, 0, time.UTC)
	for ago := days - 1; ago >= 0; ago-- {
		at := today.AddDate(0, 0, -ago)
		answer, err := open(t, newLyingAccount(t, rowAt(ago, at), at), nil).Observe(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		past, err = history.Fold(past, []sources.Scrape{{Source: "snowflake", Type: "snowflake", At: at, Answer: answer}})
		if err != nil {
			t.Fatal(err)
		}
	}
	limit := func(text string) expect.Limit {
		l, err := expect.ParseLimit(text)
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	rules := freshness.Rules{
		Zone:       time.UTC,
		Default:    expect.Expectation{FreshWithin: limit("today"), StaleAfter: limit("100d"), SetBy: "default"},
		Warehouses: map[string]bool{"snowflake": true},
	}
	return freshness.Derive(past, rules, today).Node("table:RAW.ERP.GL")
}

// TestTheLiesOfSnowflake has what the account can tell wrongly of a table, and what must come out.
func TestTheLiesOfSnowflake(t *testing.T) {
	long := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	for name, tt := range map[string]struct {
		days  int
		rowAt func(ago int, at time.Time) tableRow
		want  freshness.Status
		strip string // its last days
	}{
		"a MERGE of 0 rows touches a dead table every day": {
			days: 5,
			rowAt: func(_ int, at time.Time) tableRow {
				return tableRow{rows: 10, created: long, altered: at.Add(-4 * time.Hour)}
			},
			want:  freshness.Stale,
			strip: "sssss",
		},
		"a nightly purge deletes rows, and none come": {
			days: 5,
			rowAt: func(ago int, at time.Time) tableRow {
				return tableRow{rows: 100 + ago, created: long, altered: at.Add(-7 * time.Hour), moved: at.AddDate(0, 0, ago-9)}
			},
			want:  freshness.Aging,
			strip: "aaaaa",
		},
		"a table of constant size that is replaced every day": {
			days: 5,
			rowAt: func(ago int, at time.Time) tableRow {
				made := at.Add(-4 * time.Hour)
				return tableRow{id: itoa(100 + ago), rows: 10, created: made, altered: made}
			},
			want:  freshness.Fresh,
			strip: "uffff", // what the first visit finds is not confirmed
		},
		"a table that grows every day, asked before the history has it": {
			days: 5,
			rowAt: func(ago int, at time.Time) tableRow {
				loaded := at.Add(-4 * time.Hour).Truncate(time.Hour)
				return tableRow{rows: 100 - ago, created: long, altered: loaded, moved: loaded.AddDate(0, 0, -1)}
			},
			want:  freshness.Fresh,
			strip: "fffff",
		},
		"a table that was truncated today": {
			days: 5,
			rowAt: func(ago int, at time.Time) tableRow {
				loaded := at.Add(-4 * time.Hour).Truncate(time.Hour)
				row := tableRow{rows: 100 - ago, created: long, altered: loaded, moved: loaded.AddDate(0, 0, -1)}
				if ago == 0 {
					row.rows = 0
				}
				return row
			},
			want:  freshness.Stale,
			strip: "ffffs",
		},
		"a table that was swapped today with a backup of thirty days ago": {
			days: 5,
			rowAt: func(ago int, at time.Time) tableRow {
				loaded := at.Add(-4 * time.Hour).Truncate(time.Hour)
				if ago > 0 {
					return tableRow{id: "1", rows: 100 - ago, created: long, altered: loaded, moved: loaded.AddDate(0, 0, -1)}
				}
				return tableRow{id: "2", rows: 70, created: long, altered: loaded, moved: loaded.AddDate(0, 0, -30)}
			},
			want:  freshness.Aging,
			strip: "ffffa",
		},
		"a daily clone of a dead table": {
			days: 5,
			rowAt: func(ago int, at time.Time) tableRow {
				made := at.Add(-4 * time.Hour)
				return tableRow{id: itoa(100 + ago), rows: 10, created: made, altered: made, origin: "77"}
			},
			want:  freshness.Stale,
			strip: "sssss",
		},
	} {
		t.Run(name, func(t *testing.T) {
			n := judgeVisits(t, tt.days, tt.rowAt)
			if got := n.Strip[len(n.Strip)-tt.days:]; n.Status != tt.want || got != tt.strip {
				t.Errorf("GL: got %v, strip %s, by %+v; want %v, strip %s", n.Status, got, n.Clocks, tt.want, tt.strip)
			}
		})
	}
}

func TestAnAlterationThatNothingConfirmsIsAPossibleUpdate(t *testing.T) {
	long := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	n := judgeVisits(t, 3, func(ago int, at time.Time) tableRow {
		row := tableRow{rows: 10, created: long, altered: at.Add(-30 * time.Hour), moved: at.AddDate(0, 0, ago-3).Truncate(time.Hour)}
		if ago == 0 {
			row.altered = at.Add(-4 * time.Hour)
		}
		return row
	})
	today := time.Date(2026, 8, 22, 5, 0, 0, 0, time.UTC)
	if n.Status != freshness.Aging || !n.PossibleUpdate.Equal(today) || !n.Waiting || n.Attention {
		t.Errorf("GL: got %v, possible update %v, waiting %t, attention %t; want aging, %v, true, false",
			n.Status, n.PossibleUpdate, n.Waiting, n.Attention, today)
	}
	if len(n.Causes) == 0 || slices.ContainsFunc(n.Causes, func(c *freshness.Cause) bool { return c.Attention || !c.Waiting }) {
		t.Errorf("causes of GL: got %v, want one that is waiting and needs no attention", n.Causes)
	}
}

// TestADroppedDatabaseIsOneRow has a database that the account no longer has, and what reads it.
func TestADroppedDatabaseIsOneRow(t *testing.T) {
	long := ago(9000)
	visit := func(at time.Time, rows ...[]any) sources.Scrape {
		rows = append(rows, table("RAW", "ERP", "V", "VIEW", long, long, long))
		a := newAccount(t, views(map[string]standin.Answer{
			"ACCOUNT_USAGE.TABLES": tables(rows...),
			"OBJECT_DEPENDENCIES":  depends([]any{"RAW", "ERP", "V", "CRM", "S", "A"}, []any{"RAW", "ERP", "V", "CRM", "S", "B"}),
		}))
		a.Now = func() time.Time { return at }
		answer, err := open(t, a, nil).Observe(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		return sources.Scrape{Source: "snowflake", Type: "snowflake", At: at, Answer: answer}
	}
	past := new(sources.Past)
	for _, s := range []sources.Scrape{
		visit(ago(24), table("CRM", "S", "A", "BASE TABLE", long, long, long), table("CRM", "S", "B", "BASE TABLE", long, long, long)),
		visit(ago(1)),
	} {
		folded, err := history.Fold(past, []sources.Scrape{s})
		if err != nil {
			t.Fatal(err)
		}
		past = folded
	}
	rules := freshness.Rules{Zone: time.UTC, Warehouses: map[string]bool{"snowflake": true}}
	n := freshness.Derive(past, rules, now).Node("table:RAW.ERP.V")
	if n.Status != freshness.Broken || len(n.Causes) != 1 || n.Causes[0].ID != "scope:snowflake/CRM" {
		t.Errorf("view of a dropped database: got %v by %v, want broken by scope:snowflake/CRM alone", n.Status, n.Causes)
	}
}
