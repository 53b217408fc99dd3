package snowflake_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/freshet-status/freshet/sources"
	"github.com/freshet-status/freshet/sources/snowflake"
	"github.com/freshet-status/freshet/sources/snowflake/standin"
	"github.com/freshet-status/freshet/sources/sourcetest"
)

// remember reads what an account remembers of so many days.
func remember(t testing.TB, src sources.Source, days int) (told []sources.Scrape, err error) {
	t.Helper()
	err = src.(sources.Recaller).Recall(
		context.Background(),
		sources.Archive{Since: now.AddDate(0, 0, -days)},
		func(s sources.Scrape) error {
			told = append(told, s)
			return nil
		},
	)
	return told, err
}

func moves(rows ...[]any) standin.Answer {
	all := standin.Answer{Columns: []standin.Column{{Name: "TABLE_ID", Type: "fixed"}, {Name: "MOVED", Type: "timestamp_ltz"}}}
	for _, r := range rows {
		all.Rows = append(all.Rows, []any{standin.TableID(r[0].(string), r[1].(string), r[2].(string)), r[3]})
	}
	return all
}

func pastRefreshes(rows ...[]any) standin.Answer {
	return standin.Answer{
		Columns: []standin.Column{
			{Name: "DATABASE_NAME", Type: "text"},
			{Name: "SCHEMA_NAME", Type: "text"},
			{Name: "NAME", Type: "text"},
			{Name: "DATA_TIME", Type: "timestamp_ltz"},
			{Name: "KNOWN", Type: "timestamp_ltz"},
		},
		Rows: rows,
	}
}

func TestWhatSnowflakeRemembersOfEachDay(t *testing.T) {
	a := newAccount(t, views(map[string]standin.Answer{
		"ACCOUNT_USAGE.TABLES": tables(
			table("RAW", "ERP", "GL", "BASE TABLE", ago(9000), ago(5), ago(9000)),
			table("RAW", "ERP", "V", "VIEW", ago(9000), ago(5), ago(9000)),
			table("RAW", "ERP", "NEW", "VIEW", ago(60), ago(5), ago(60)),
			table("RAW", "ERP", "D", "DYNAMIC TABLE", ago(9000), ago(1), ago(9000))),
		"TABLE_DML_HISTORY": moves(
			[]any{"RAW", "ERP", "GL", ago(9)},
			[]any{"RAW", "ERP", "GL", ago(9 * 24)},
			[]any{"RAW", "ERP", "GL", ago(8 * 24)},
			[]any{"RAW", "ERP", "DROPPED", ago(30)},
			[]any{"RAW", "ERP", "D", ago(9)},
		),
		"DYNAMIC_TABLE_REFRESH_HISTORY": pastRefreshes(
			[]any{"RAW", "ERP", "D", ago(49), ago(48)},
			[]any{"RAW", "ERP", "D", ago(73), ago(72)},
		),
	}))
	src := open(t, a, nil)
	told, err := remember(t, src, 10)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range told {
		line := s.At.Format("2 15:04")
		for _, o := range s.Observations {
			line += " " + o.Name
			for _, r := range o.Readings {
				line += fmt.Sprintf(" %s %s as of %s", r.Clock, r.At.Format("2 15:04"), r.CheckedAt.Format("2 15:04"))
			}
		}
		got = append(got, line)
	}
	want := []string{
		"12 23:59 D GL V",
		"13 23:59 GL dml 13 12:00 as of 13 23:59",
		"14 23:59 GL dml 14 12:00 as of 14 23:59",
		"19 23:59 D refreshed 19 11:00 as of 19 12:00",
		"20 23:59 D refreshed 20 11:00 as of 20 12:00 NEW",
		"21 23:59 GL dml 14 12:00 as of 21 23:59",
		"22 06:00 GL dml 22 03:00 as of 22 06:00",
	}
	if !slices.Equal(got, want) {
		t.Errorf("moments: got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if asked := len(a.Statements()); asked != 4 { // who, tables, DML, refreshes
		t.Errorf("statements: got %d, want 4", asked)
	}
	sourcetest.RunRecallSuite(t, src, sources.Archive{Since: now.AddDate(0, 0, -10)})
}

func TestWithoutDMLTheRefreshesOfAllDaysAreTold(t *testing.T) {
	a := newAccount(t, views(map[string]standin.Answer{
		"ACCOUNT_USAGE.TABLES": tables(table("RAW", "ERP", "D", "DYNAMIC TABLE", ago(9000), ago(1), ago(9000))),
		"DYNAMIC_TABLE_REFRESH_HISTORY": pastRefreshes(
			[]any{"RAW", "ERP", "D", ago(49), ago(48)},
			[]any{"RAW", "ERP", "D", ago(2), ago(1)},
		),
	}))
	no := false
	told, err := remember(t, open(t, a, func(c *snowflake.Config) { c.DML = &no }), 10)
	if err != nil || len(told) != 3 { // that it is there, and two refreshes
		t.Errorf("Recall: got %v and %d moments, want no error and 3", err, len(told))
	}
}

func TestWithoutTheRightsForTheMemoryItIsSaid(t *testing.T) {
	a := newAccount(
		t,
		views(map[string]standin.Answer{"TABLE_DML_HISTORY": {Code: "002003", Says: "does not exist or not authorized"}}),
	)
	told, err := remember(t, open(t, a, nil), 10)
	if len(told) != 0 || err == nil ||
		err.Error() != "could not read TABLE_DML_HISTORY: 002003 (42S02): does not exist or "+
			"not authorized; GRANT DATABASE ROLE SNOWFLAKE.USAGE_VIEWER TO ROLE <role>" {
		t.Errorf("Recall: got %v and %v, want no moments and an error with the grant", told, err)
	}
}

// TestPeerRemembers imports 60 days of the peer's views, and compares what is
// known at the end of each with how they were made.
func TestPeerRemembers(t *testing.T) {
	db, src := peer(t, "PEER")
	const tables, days = 100, 60
	day := time.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, -1)
	seed(t, db, tables, day)
	tracks := make(map[sources.ID]*sources.Track)
	moments := 0
	err := src.(sources.Recaller).Recall(
		context.Background(),
		sources.Archive{Since: day.AddDate(0, 0, -days)},
		func(s sources.Scrape) error {
			moments++
			for _, o := range s.Observations {
				if tracks[o.ID] == nil {
					tracks[o.ID] = new(sources.Track)
				}
				for _, r := range o.Readings {
					tracks[o.ID].AddReading(r)
				}
			}
			return nil
		},
	)
	if err != nil || moments < days {
		t.Fatalf("Recall: got %v and %d moments, want no error and at least %d", err, moments, days)
	}
	compared := 0
	for i := range tables {
		id := sources.ID(fmt.Sprintf("table:PEER.S%d.T_%d", i%7, i))
		if i%10 == 9 {
			if len(tracks[id].Clocks[sources.Refreshed]) < days-1 {
				t.Errorf(
					"refreshes of %s: got %d, want at least %d",
					id,
					len(tracks[id].Clocks[sources.Refreshed]),
					days-1,
				)
			}
			continue
		}
		for ago := 0; ago < days-10; ago++ { // the first days may know of nothing yet
			end := day.AddDate(0, 0, 1-ago).Unix() - 1
			moved := ago
			if (i+moved)%5 == 0 {
				moved++ // the row of that day tells of no row
			}
			want := day.AddDate(0, 0, -moved).Add(time.Duration(i%20) * time.Hour).Unix()
			if got := toldAt(tracks[id].Clocks[sources.DML], end); got != want {
				t.Errorf("rows changed of %s, %d days ago: got %d, want %d", id, ago, got, want)
			}
			compared++
		}
	}
	t.Logf("%d moments, %d days of %d tables compared", moments, compared, tables)
}

// toldAt is what a series knows of a moment; 0 if no look speaks of it.
func toldAt(s sources.Series, moment int64) int64 {
	for _, span := range s {
		if span.First <= moment && moment <= span.Last {
			return span.At
		}
	}
	return 0
}

func TestSnowflakeHasNoArtifacts(t *testing.T) {
	c := new(snowflake.Config)
	err := c.Open(sources.Setting{Name: "snowflake"}).(sources.Recaller).Recall(
		context.Background(),
		sources.Archive{Git: "."},
		nil,
	)
	if err == nil || err.Error() != "snowflake: not a source of dbt artifacts\nhint: choose one with --source" {
		t.Errorf("Recall: got %v, want an error that snowflake has no artifacts, with a hint", err)
	}
}
