package snowflake_test

import (
	"cmp"
	"context"
	"maps"
	"testing"
	"time"

	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/generator/freshness/freshnesstest"
	"github.com/freshet-status/freshet/sources"
	"github.com/freshet-status/freshet/sources/snowflake"
	"github.com/freshet-status/freshet/sources/snowflake/standin"
	"github.com/freshet-status/freshet/sources/sourcetest"
)

// gl is the table that lies.
const gl = sources.ID("table:RAW.ERP.GL")

// An accountDay is what the account tells in one visit: of one table, and of ORIGIN that its rows last
// moved 200 days ago. The zero value of a time is not told.
type accountDay struct {
	name    string // of the table in RAW.ERP; "" is GL
	id      string // of the table; "" is that of its name
	rows    int
	created time.Time
	altered time.Time
	defined time.Time // when it was last defined; zero is when it was created
	moved   time.Time // the hour in which rows were last added or updated
	origin  string    // id of the table that it was cloned from

	isAbsent bool                      // the table is not listed
	others   [][]any                   // more rows of TABLES
	views    map[string]standin.Answer // answers in place of those
	change   func(*snowflake.Config)   // changes how the account is read; may be nil
}

// old is when the tables were created that are not new.
var old = time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)

// visitAccount returns a visit of an account. Its history of row changes is known until six hours
// before.
func visitAccount(t *testing.T) sourcetest.Visit[accountDay] {
	return func(day accountDay, at time.Time) []sources.VisitTarget {
		a := newAccount(t, day.answers(at))
		a.Now = func() time.Time { return at }
		src := openOn(t, a, at, day.change)
		return []sources.VisitTarget{{Source: src, Type: "snowflake", Deadline: time.Hour}}
	}
}

// answers returns what the views of the account have at a moment.
func (day accountDay) answers(at time.Time) map[string]standin.Answer {
	row := day.row()
	id := row[len(row)-1]
	changes := standin.Answer{Columns: standin.DMLColumns}
	if !day.moved.IsZero() {
		changes.Rows = [][]any{{id, day.moved, at.Add(-6 * time.Hour)}}
	}
	clones := standin.Answer{Columns: standin.CloneColumns}
	if day.origin != "" {
		clones.Rows = [][]any{{id, day.origin}}
	}
	answers := views(map[string]standin.Answer{
		"ACCOUNT_USAGE.TABLES":  day.listTables(at, row),
		"TABLE_DML_HISTORY":     changes,
		"TABLE_STORAGE_METRICS": clones,
	})
	maps.Copy(answers, day.views)
	return answers
}

// listTables returns the view TABLES with the row of the table.
func (day accountDay) listTables(at time.Time, row []any) standin.Answer {
	before := at.AddDate(0, 0, -200)
	origin := table("RAW", "ERP", "ORIGIN", "BASE TABLE", before, before, before)
	origin[len(origin)-1] = "77"
	listed := append([][]any{origin}, day.others...)
	if !day.isAbsent {
		listed = append(listed, row)
	}
	return tables(listed...)
}

// row returns the row of the table in TABLES.
func (day accountDay) row() []any {
	var altered any = day.altered
	if day.altered.IsZero() {
		altered = nil
	}
	defined := day.defined
	if defined.IsZero() {
		defined = day.created
	}
	row := table("RAW", "ERP", cmp.Or(day.name, "GL"), "BASE TABLE", day.created, altered, defined)
	row[4] = itoa(day.rows) + "/" + itoa(10*day.rows)
	row[len(row)-1] = cmp.Or(day.id, row[len(row)-1].(string))
	return row
}

// growingTable returns a table to which rows came four hours ago, before the history of row changes has
// them.
func growingTable(ago int, at time.Time) accountDay {
	loaded := at.Add(-4 * time.Hour).Truncate(time.Hour)
	return accountDay{rows: 100 - ago, created: old, altered: loaded, moved: loaded.AddDate(0, 0, -1)}
}

// deadTable returns a table to which no rows came for 200 days.
func deadTable(at time.Time) accountDay {
	return accountDay{rows: 10, created: old, altered: at.AddDate(0, 0, -200)}
}

// wholeAccount names what a visit of the account lists.
var wholeAccount = []string{"account:snowflake", "database:RAW"}

// TestTheLiesOfSnowflake has what the account can tell wrongly of a table, and what must come out.
func TestTheLiesOfSnowflake(t *testing.T) {
	sourcetest.RunLies(t, sourcetest.LieTable[accountDay]{
		Open:  visitAccount,
		Judge: freshnesstest.NewJudge(freshnesstest.DefaultRules("snowflake")),
		Rows:  snowflakeLies,
		Untold: map[sourcetest.Lie]string{
			sourcetest.WrongZone: "every time is a TIMESTAMP_LTZ, which the driver gets as seconds since 1970",
		},
	})
}

// snowflakeLies holds the rows of the table.
var snowflakeLies = []sourcetest.LieRow[accountDay]{
	{
		Lie:   sourcetest.EmptyCommit,
		Name:  "a MERGE of 0 rows touches a dead table every day",
		Asset: gl,
		Answers: sourcetest.DailyAnswers(5, func(_ int, at time.Time) accountDay {
			return accountDay{rows: 10, created: old, altered: at.Add(-4 * time.Hour)}
		}),
		Want: sourcetest.Outcome{
			Readings: []string{
				"dml at most 13 May 09:00, checked 22 Aug 03:00",
				"altered possibly 22 Aug 05:00, checked 22 Aug 06:00",
			},
			Scopes: wholeAccount,
			Status: "stale, waiting, possibly updated 22 Aug 05:00",
			Strip:  "sssss",
			Causes: []sources.ID{gl},
		},
	},
	{
		Lie:   sourcetest.EmptyCommit,
		Name:  "a table was altered today, and nothing confirms yet that rows came",
		Asset: gl,
		Answers: sourcetest.DailyAnswers(3, func(ago int, at time.Time) accountDay {
			day := accountDay{rows: 10, created: old, altered: at.Add(-30 * time.Hour), moved: at.AddDate(0, 0, ago-3).Truncate(time.Hour)}
			if ago == 0 {
				day.altered = at.Add(-4 * time.Hour)
			}
			return day
		}),
		Want: sourcetest.Outcome{
			Readings: []string{
				"dml 19 Aug 09:00, checked 22 Aug 03:00",
				"altered possibly 22 Aug 05:00, checked 22 Aug 06:00",
			},
			Scopes: wholeAccount,
			Status: "aging, waiting, possibly updated 22 Aug 05:00",
			Strip:  "aaa",
			Causes: []sources.ID{gl},
		},
	},
	{
		Lie:   sourcetest.NoRows,
		Name:  "a table that grew every day was truncated today",
		Asset: gl,
		Answers: sourcetest.DailyAnswers(5, func(ago int, at time.Time) accountDay {
			day := growingTable(ago, at)
			if ago == 0 {
				day.rows = 0
			}
			return day
		}),
		Want: sourcetest.Outcome{
			Readings: []string{
				"dml 21 Aug 05:00, checked 22 Aug 03:00",
				"altered no row, checked 22 Aug 06:00",
			},
			Scopes: wholeAccount,
			Status: "stale, emptied, needs attention",
			Strip:  "ffffs",
			Causes: []sources.ID{gl},
		},
	},
	{
		Lie:   sourcetest.Maintenance,
		Name:  "a comment is set on a dead table every day",
		Asset: gl,
		Answers: sourcetest.DailyAnswers(5, func(_ int, at time.Time) accountDay {
			day := deadTable(at)
			day.altered = at.Add(-4 * time.Hour)
			day.defined = day.altered
			return day
		}),
		Want: sourcetest.Outcome{
			Readings: []string{"dml at most 13 May 09:00, checked 22 Aug 03:00"},
			Scopes:   wholeAccount,
			Status:   "stale, needs attention",
			Strip:    "sssss",
			Causes:   []sources.ID{gl},
		},
	},
	{
		Lie:   sourcetest.DeletedRows,
		Name:  "a nightly purge deletes rows, and none come",
		Asset: gl,
		Answers: sourcetest.DailyAnswers(5, func(ago int, at time.Time) accountDay {
			return accountDay{rows: 100 + ago, created: old, altered: at.Add(-7 * time.Hour), moved: at.AddDate(0, 0, ago-9)}
		}),
		Want: sourcetest.Outcome{
			Readings: []string{"dml 13 Aug 09:00, checked 22 Aug 03:00"},
			Scopes:   wholeAccount,
			Status:   "aging, needs attention",
			Strip:    "aaaaa",
			Causes:   []sources.ID{gl},
		},
	},
	{
		Lie:   sourcetest.PartialList,
		Name:  "INFORMATION_SCHEMA lists only what the role may see today",
		Asset: gl,
		Answers: sourcetest.DailyAnswers(3, func(ago int, at time.Time) accountDay {
			day := growingTable(ago, at)
			day.isAbsent = ago == 0
			return readBySchema(day, at)
		}),
		Want: sourcetest.Outcome{
			Status: "aging, waiting",
			Strip:  "ffa",
			Causes: []sources.ID{gl},
		},
	},
	{
		Lie:   sourcetest.PartialList,
		Name:  "the answer of today has no table at all",
		Asset: gl,
		Answers: sourcetest.DailyAnswers(3, func(ago int, at time.Time) accountDay {
			day := growingTable(ago, at)
			if ago == 0 {
				day.views = map[string]standin.Answer{"ACCOUNT_USAGE.TABLES": tables()}
			}
			return day
		}),
		Want: sourcetest.Outcome{
			Error: "no tables visible: permission missing\n" +
				"hint: GRANT DATABASE ROLE SNOWFLAKE.OBJECT_VIEWER TO ROLE <role>",
			Status: "aging, waiting",
			Strip:  "ffa",
			Causes: []sources.ID{gl},
		},
	},
	{
		Lie:   sourcetest.LostGrant,
		Name:  "the role may not read the list of tables any more",
		Asset: gl,
		Answers: sourcetest.DailyAnswers(3, func(ago int, at time.Time) accountDay {
			day := growingTable(ago, at)
			if ago == 0 {
				day.views = map[string]standin.Answer{"ACCOUNT_USAGE.TABLES": denied}
			}
			return day
		}),
		Want: sourcetest.Outcome{
			Error: "TABLES: 002003 (42S02): SQL compilation error: Object 'X' does not exist or not authorized.\n" +
				"hint: GRANT DATABASE ROLE SNOWFLAKE.OBJECT_VIEWER TO ROLE <role>",
			Status: "aging, waiting",
			Strip:  "ffa",
			Causes: []sources.ID{gl},
		},
	},
	{
		Lie:   sourcetest.LostGrant,
		Name:  "the role may not read the history of row changes any more, and a dead table is touched",
		Asset: gl,
		Answers: sourcetest.DailyAnswers(3, func(ago int, at time.Time) accountDay {
			day := deadTable(at)
			if ago == 0 {
				day.altered = at.Add(-4 * time.Hour)
				day.views = map[string]standin.Answer{"TABLE_DML_HISTORY": denied}
			}
			return day
		}),
		Want: sourcetest.Outcome{
			Readings: []string{"altered 22 Aug 05:00, checked 22 Aug 06:00"},
			Scopes:   wholeAccount,
			Notes: []string{
				"could not read TABLE_DML_HISTORY: 002003 (42S02): SQL compilation error: " +
					"Object 'X' does not exist or not authorized.; GRANT DATABASE ROLE SNOWFLAKE.USAGE_VIEWER TO ROLE <role>",
			},
			Status: "fresh",
			Strip:  "ssf",
		},
	},
	{
		Lie:   sourcetest.Renamed,
		Name:  "a dead table has another name today, and its rows did not move",
		Asset: "table:RAW.ERP.GL_ENTRIES",
		Answers: sourcetest.DailyAnswers(3, func(ago int, at time.Time) accountDay {
			day := accountDay{id: "1", rows: 10, created: old, altered: at.Add(-4 * time.Hour), moved: at.AddDate(0, 0, ago-90)}
			if ago == 0 {
				day.name = "GL_ENTRIES"
				day.defined = day.altered
			}
			return day
		}),
		Want: sourcetest.Outcome{
			Readings: []string{"dml 24 May 09:00, checked 22 Aug 03:00"},
			Scopes:   wholeAccount,
			Status:   "aging, needs attention",
			Strip:    "..a",
			Causes:   []sources.ID{"table:RAW.ERP.GL_ENTRIES"},
		},
	},
	{
		Lie:   sourcetest.Renamed,
		Name:  "nothing reads the old name of a table any more",
		Asset: gl,
		Answers: sourcetest.DailyAnswers(3, func(ago int, at time.Time) accountDay {
			day := growingTable(ago, at)
			if ago == 0 {
				day.name = "GL_ENTRIES"
			}
			return day
		}),
		Want: sourcetest.Outcome{
			Scopes: wholeAccount,
			Status: "not in the report",
		},
	},
	{
		Lie:   sourcetest.Swapped,
		Name:  "a table was swapped today with a backup of thirty days ago",
		Asset: gl,
		Answers: sourcetest.DailyAnswers(5, func(ago int, at time.Time) accountDay {
			day := growingTable(ago, at)
			day.id = "1"
			if ago == 0 {
				day.id = "2"
				day.rows = 70
				day.moved = at.AddDate(0, 0, -30)
			}
			return day
		}),
		Want: sourcetest.Outcome{
			Readings: []string{
				"dml 23 Jul 09:00, checked 22 Aug 03:00",
				"altered possibly 22 Aug 05:00, checked 22 Aug 06:00",
			},
			Scopes: wholeAccount,
			Status: "aging, waiting, possibly updated 22 Aug 05:00",
			Strip:  "ffffa",
			Causes: []sources.ID{gl},
		},
	},
	{
		Lie:   sourcetest.Swapped,
		Name:  "a table of constant size is replaced every day, and is no lie",
		Asset: gl,
		Answers: sourcetest.DailyAnswers(5, func(ago int, at time.Time) accountDay {
			made := at.Add(-4 * time.Hour)
			return accountDay{id: itoa(100 + ago), rows: 10, created: made, altered: made}
		}),
		Want: sourcetest.Outcome{
			Readings: []string{"altered possibly 22 Aug 05:00, checked 22 Aug 06:00"},
			Scopes:   wholeAccount,
			Status:   "fresh",
			Strip:    "uffff",
		},
	},
	{
		Lie:   sourcetest.Cloned,
		Name:  "a dead table is cloned every day",
		Asset: gl,
		Answers: sourcetest.DailyAnswers(5, func(ago int, at time.Time) accountDay {
			made := at.Add(-4 * time.Hour)
			return accountDay{id: itoa(100 + ago), rows: 10, created: made, altered: made, origin: "77"}
		}),
		Want: sourcetest.Outcome{
			Readings: []string{"altered possibly 22 Aug 05:00, checked 22 Aug 06:00"},
			Scopes:   wholeAccount,
			Status:   "stale, needs attention",
			Strip:    "sssss",
			Causes:   []sources.ID{"table:RAW.ERP.ORIGIN"},
		},
	},
	{
		Lie:   sourcetest.FutureTime,
		Name:  "rows came today to a table that was altered tomorrow",
		Asset: gl,
		Answers: sourcetest.DailyAnswers(3, func(ago int, at time.Time) accountDay {
			day := growingTable(ago, at)
			if ago == 0 {
				day.altered = at.AddDate(0, 0, 1)
			}
			return day
		}),
		Want: sourcetest.Outcome{
			Readings: []string{
				"dml 21 Aug 05:00, checked 22 Aug 03:00",
				"altered possibly 23 Aug 09:00, checked 22 Aug 06:00",
			},
			Scopes: wholeAccount,
			Notes:  []string{"ignored timestamps in the future, of RAW.ERP.GL; check the clock and time zone of what writes them"},
			Status: "aging, future time ignored",
			Strip:  "ffa",
			Causes: []sources.ID{gl},
		},
	},
	{
		Lie:   sourcetest.Epoch,
		Name:  "a table has no times at all",
		Asset: gl,
		Answers: sourcetest.DailyAnswers(3, func(_ int, at time.Time) accountDay {
			return readBySchema(accountDay{rows: 10}, at)
		}),
		Want: sourcetest.Outcome{
			Readings: []string{"altered nothing newer, checked 22 Aug 09:00"},
			Status:   "unknown",
			Strip:    "uuu",
		},
	},
	{
		Lie:   sourcetest.OtherCase,
		Name:  "a table that only differs in case grows, beside a dead one",
		Asset: gl,
		Answers: sourcetest.DailyAnswers(3, func(ago int, at time.Time) accountDay {
			day := deadTable(at)
			loaded := at.Add(-4 * time.Hour)
			day.others = [][]any{table("RAW", "ERP", "gl", "BASE TABLE", loaded, loaded, loaded)}
			return day
		}),
		Want: sourcetest.Outcome{
			Readings: []string{"dml at most 3 Feb 09:00, checked 22 Aug 03:00"},
			Scopes:   wholeAccount,
			Status:   "stale, needs attention",
			Strip:    "sss",
			Causes:   []sources.ID{gl},
		},
	},
}

// denied is the answer of a view that the role may not read.
var denied = standin.Answer{Code: "002003", Says: "SQL compilation error:\nObject 'X' does not exist or not authorized."}

// readBySchema returns a day on which the account is read by the INFORMATION_SCHEMA of RAW.
func readBySchema(day accountDay, at time.Time) accountDay {
	day.views = map[string]standin.Answer{"INFORMATION_SCHEMA.TABLES": day.answers(at)["ACCOUNT_USAGE.TABLES"]}
	day.change = func(c *snowflake.Config) {
		c.Mode = "information_schema"
		c.Databases = []string{"RAW"}
	}
	return day
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
	past, err := freshnesstest.FoldScrapes(
		visit(ago(24), table("CRM", "S", "A", "BASE TABLE", long, long, long), table("CRM", "S", "B", "BASE TABLE", long, long, long)),
		visit(ago(1)),
	)
	if err != nil {
		t.Fatal(err)
	}
	rules := freshnesstest.DefaultRules("snowflake")
	n := freshness.Derive(past, rules, now).Node("table:RAW.ERP.V")
	if n.Status != freshness.Broken || len(n.Causes) != 1 || n.Causes[0].ID != "scope:snowflake/CRM" {
		t.Errorf("view of a dropped database: got %v by %v, want broken by scope:snowflake/CRM alone", n.Status, n.Causes)
	}
}
