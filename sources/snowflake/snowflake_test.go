package snowflake_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/freshet-status/freshet/sources"
	"github.com/freshet-status/freshet/sources/snowflake"
	"github.com/freshet-status/freshet/sources/snowflake/standin"
	"github.com/freshet-status/freshet/sources/sourcetest"
)

var now = time.Date(2026, 8, 22, 12, 0, 0, 0, time.UTC)

func ago(hours float64) time.Time { return now.Add(-time.Duration(hours * float64(time.Hour))) }

// views are those of an account in which little happens.
func views(more map[string]standin.Answer) map[string]standin.Answer {
	all := map[string]standin.Answer{
		"ACCOUNT_USAGE.TABLES":          tables(table("RAW", "ERP", "GL", "BASE TABLE", ago(9000), ago(5), ago(9000))),
		"TABLE_DML_HISTORY":             dml(),
		"DYNAMIC_TABLE_REFRESH_HISTORY": refreshes(),
		"OBJECT_DEPENDENCIES":           depends(),
		"TABLE_STORAGE_METRICS":         {Columns: standin.CloneColumns},
	}
	for k, v := range more {
		all[k] = v
	}
	return all
}

// open returns the source of an account, signed in by a password, on a machine whose clock says now.
func open(t testing.TB, a *standin.Account, change func(*snowflake.Config)) sources.Source {
	t.Helper()
	return openOn(t, a, now, change)
}

// openOn returns the source of an account, on a machine whose clock says at.
func openOn(t testing.TB, a *standin.Account, at time.Time, change func(*snowflake.Config)) sources.Source {
	t.Helper()
	c := new(snowflake.Config)
	c.Account = "acme-prod"
	c.User = "FRESHET"
	c.PasswordEnv = "PASSWORD"
	c.Host = "127.0.0.1"
	c.Port = a.Port()
	c.Protocol = "http"
	if change != nil {
		change(c)
	}
	if faults := c.Faults(); len(faults) > 0 {
		t.Fatalf("Faults: got %v, want none", faults)
	}
	return c.Open(sources.Setting{Name: "snowflake", Dir: t.TempDir(), Env: func(name string) string {
		return map[string]string{"PASSWORD": canary}[name]
	}, Now: func() time.Time { return at }})
}

// canary is a secret that must not come out anywhere.
const canary = "canary-5f0a"

func observe(
	t testing.TB,
	a *standin.Account,
	change func(*snowflake.Config),
) (map[sources.ID]sources.Observation, sources.Answer) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	answer, err := open(t, a, change).Observe(ctx)
	if err != nil {
		t.Fatal(err)
	}
	all := make(map[sources.ID]sources.Observation)
	for _, o := range answer.Observations {
		all[o.ID] = o
	}
	return all, answer
}

func told(o sources.Observation, c sources.Clock) (sources.Reading, bool) {
	for _, r := range o.Readings {
		if r.Clock == c {
			return r, true
		}
	}
	return sources.Reading{}, false
}

func TestPromisesOfEverySource(t *testing.T) {
	account := newAccount(t, views(map[string]standin.Answer{
		"ACCOUNT_USAGE.TABLES": tables(
			table("RAW", "ERP", "GL", "BASE TABLE", ago(9000), ago(5), ago(9000)),
			table("RAW", "ERP", "V", "VIEW", ago(9000), ago(5), ago(9000)),
			table("RAW", "ERP", "D", "DYNAMIC TABLE", ago(9000), ago(5), ago(9000)),
		),
		"TABLE_DML_HISTORY":             dml([]any{"RAW", "ERP", "GL", ago(30), ago(7)}),
		"DYNAMIC_TABLE_REFRESH_HISTORY": refreshes([]any{"RAW", "ERP", "D", ago(1), ago(1), "SUCCEEDED", nil, ago(1)}),
		"OBJECT_DEPENDENCIES":           depends([]any{"RAW", "ERP", "V", "RAW", "ERP", "GL"}),
	}))
	sourcetest.RunSuite(t, func(string) sources.Source { return open(t, account, nil) })
}

// TestWhatEachKindOfTableTells has a sentence for every kind, and every way in
// which a name or a time can be odd.
func TestWhatEachKindOfTableTells(t *testing.T) {
	for name, tt := range map[string]struct {
		row     []any
		id      sources.ID
		kind    sources.Kind
		virtual bool
		altered time.Time // zero: told nothing of data
		looked  bool      // by the clock altered
	}{
		"rows of a base table moved": {
			row:     table("RAW", "ERP", "GL", "BASE TABLE", ago(9000), ago(5), ago(9000)),
			id:      "table:RAW.ERP.GL",
			kind:    "table",
			virtual: false,
			altered: ago(5),
			looked:  true,
		},
		"a definition that looks like data": {
			row:     table("RAW", "ERP", "GL", "BASE TABLE", ago(9000), ago(5), ago(5)),
			id:      "table:RAW.ERP.GL",
			kind:    "table",
			virtual: false,
			altered: time.Time{},
			looked:  false,
		},
		"a table that was made anew is data": {
			row:     table("RAW", "ERP", "GL", "BASE TABLE", ago(5), ago(5), ago(5)),
			id:      "table:RAW.ERP.GL",
			kind:    "table",
			virtual: false,
			altered: ago(5),
			looked:  true,
		},
		"a view is defined, and holds nothing": {
			row:     table("RAW", "ERP", "V", "VIEW", ago(9000), ago(5), ago(5)),
			id:      "table:RAW.ERP.V",
			kind:    "view",
			virtual: true,
			altered: time.Time{},
			looked:  false,
		},
		"a materialized view is as fresh as what it reads": {
			row:     table("RAW", "ERP", "V", "MATERIALIZED VIEW", ago(9000), ago(5), ago(9)),
			id:      "table:RAW.ERP.V",
			kind:    "materialized view",
			virtual: true,
			altered: time.Time{},
			looked:  false,
		},
		"an external table": {
			row:     table("RAW", "ERP", "E", "EXTERNAL TABLE", ago(9000), ago(5), ago(9000)),
			id:      "table:RAW.ERP.E",
			kind:    "external table",
			virtual: false,
			altered: ago(5),
			looked:  true,
		},
		"an event table": {
			row:     table("RAW", "ERP", "E", "EVENT TABLE", ago(9000), ago(5), ago(9000)),
			id:      "table:RAW.ERP.E",
			kind:    "event table",
			virtual: false,
			altered: ago(5),
			looked:  true,
		},
		"an Iceberg table": {
			row:     table("RAW", "ERP", "I", "ICEBERG TABLE", ago(9000), ago(5), ago(9000)),
			id:      "table:RAW.ERP.I",
			kind:    "iceberg table",
			virtual: false,
			altered: ago(5),
			looked:  true,
		},
		"a hybrid table leaves its rows out": {
			row:     table("RAW", "ERP", "H", "HYBRID TABLE", ago(9000), ago(5), ago(9000)),
			id:      "table:RAW.ERP.H",
			kind:    "hybrid table",
			virtual: false,
			altered: time.Time{},
			looked:  false,
		},
		"a dynamic table has a data time of its own": {
			row:     table("RAW", "ERP", "D", "DYNAMIC TABLE", ago(9000), ago(5), ago(9000)),
			id:      "table:RAW.ERP.D",
			kind:    "dynamic table",
			virtual: false,
			altered: time.Time{},
			looked:  false,
		},
		"a quoted lower-case name": {
			row:     table("sandbox", "jdoe", "orders", "BASE TABLE", ago(9000), ago(5), ago(9000)),
			id:      `table:"sandbox"."jdoe"."orders"`,
			kind:    "table",
			virtual: false,
			altered: ago(5),
			looked:  true,
		},
		"a name with a dot and a quote": {
			row:     table("RAW", "ERP", `A."B`, "BASE TABLE", ago(9000), ago(5), ago(9000)),
			id:      `table:RAW.ERP."A.""B"`,
			kind:    "table",
			virtual: false,
			altered: ago(5),
			looked:  true,
		},
		"a name of other letters": {
			row:     table("RAW", "ERP", "Größe 表", "BASE TABLE", ago(9000), ago(5), ago(9000)),
			id:      `table:RAW.ERP."Größe 表"`,
			kind:    "table",
			virtual: false,
			altered: ago(5),
			looked:  true,
		},
		"no time at all": {
			row:     table("RAW", "ERP", "N", "BASE TABLE", nil, nil, nil),
			id:      "table:RAW.ERP.N",
			kind:    "table",
			virtual: false,
			altered: time.Time{},
			looked:  false,
		},
	} {
		t.Run(name, func(t *testing.T) {
			seen, _ := observe(t, newAccount(t, views(map[string]standin.Answer{"ACCOUNT_USAGE.TABLES": tables(tt.row)})), nil)
			o, there := seen[tt.id]
			if !there || o.Kind != tt.kind || o.Virtual != tt.virtual {
				t.Fatalf("observations: got %+v, want %s of kind %s, virtual: %t", seen, tt.id, tt.kind, tt.virtual)
			}
			r, looked := told(o, sources.Altered)
			if looked != tt.looked || !r.At.Equal(tt.altered) {
				t.Errorf("readings: got %v, want altered at %v, present: %t", o.Readings, tt.altered, tt.looked)
			}
		})
	}
}

func TestATransientTableIsATableWithATag(t *testing.T) {
	seen, _ := observe(
		t,
		newAccount(
			t,
			views(
				map[string]standin.Answer{
					"ACCOUNT_USAGE.TABLES": tables(
						table("RAW", "ERP", "T", "BASE TABLE TRANSIENT", ago(9000), ago(5), ago(9000)),
					),
				},
			),
		),
		nil,
	)
	if o := seen["table:RAW.ERP.T"]; o.Kind != "table" || len(o.Tags) != 1 || o.Tags[0] != "transient" {
		t.Errorf("transient table T: got %+v, want a table with the tag transient", o)
	}
}

// TestATableOfAShareIsToldByItsOwnDatabase has a database that somebody else
// shares: ACCOUNT_USAGE does not list it, its INFORMATION_SCHEMA does, without
// the times that only its owner knows.
func TestATableOfAShareIsToldByItsOwnDatabase(t *testing.T) {
	views := map[string]standin.Answer{
		"INFORMATION_SCHEMA.TABLES": tables(table("SHARED", "PUBLIC", "RATES", "BASE TABLE", nil, ago(5), nil)),
	}
	seen, answer := observe(t, newAccount(t, views), func(c *snowflake.Config) {
		c.Mode = "information_schema"
		c.Databases = []string{"SHARED"}
	})
	if r, _ := told(seen["table:SHARED.PUBLIC.RATES"], sources.Altered); !r.At.Equal(ago(5)) || len(answer.Scopes) != 0 {
		t.Errorf("table of a share: got altered %v, scopes %v; want 5 hours ago and no scopes", r, answer.Scopes)
	}
}

// TestADatabaseThatCannotBeReadIsUnlisted reads two databases of site.toml, one of which the role may not see.
func TestADatabaseThatCannotBeReadIsUnlisted(t *testing.T) {
	views := map[string]standin.Answer{
		`"SHARED".INFORMATION_SCHEMA.TABLES`: tables(table("SHARED", "PUBLIC", "RATES", "BASE TABLE", nil, ago(5), nil)),
		`"OLD".INFORMATION_SCHEMA.TABLES`:    {Code: "002003", Says: "Database 'OLD' does not exist or not authorized."},
	}
	_, answer := observe(t, newAccount(t, views), func(c *snowflake.Config) {
		c.Mode = "information_schema"
		c.Databases = []string{"SHARED", "old"}
		c.Exclude = []string{"SHARED.TMP"}
	})
	if len(answer.Unlisted) != 1 || answer.Unlisted[0].Name != "database:OLD" || !strings.Contains(answer.Unlisted[0].Says, "002003") {
		t.Errorf("unlisted databases: got %+v, want OLD with the error of Snowflake", answer.Unlisted)
	}
	for scope, want := range map[sources.ScopeName]bool{
		"schema:SHARED.PUBLIC": true,
		"schema:SHARED.TMP":    false,
		"schema:OTHER.PUBLIC":  false,
		"project:shop":         false,
	} {
		if got := answer.Covers(scope); got != want {
			t.Errorf("scope %s is covered: got %v, want %v", scope, got, want)
		}
	}
}

func TestTemporaryTablesAreOfASessionAndNotListed(t *testing.T) {
	seen, _ := observe(t, newAccount(t, views(map[string]standin.Answer{"ACCOUNT_USAGE.TABLES": tables(
		table("RAW", "ERP", "GL", "BASE TABLE", ago(9000), ago(5), ago(9000)),
		table("RAW", "ERP", "T", "TEMPORARY TABLE", ago(1), ago(1), ago(1)),
	)})), nil)
	if len(seen) != 1 {
		t.Errorf("observations: got %v, want only GL", seen)
	}
}

func TestTheHorizonOfTheDMLHistory(t *testing.T) {
	rows := tables(
		table("RAW", "ERP", "MOVED", "BASE TABLE", ago(9000), ago(30), ago(9000)),
		table("RAW", "ERP", "STILL", "BASE TABLE", ago(9000), ago(4), ago(9000)),
	)
	seen, _ := observe(
		t,
		newAccount(
			t,
			views(
				map[string]standin.Answer{
					"ACCOUNT_USAGE.TABLES": rows,
					"TABLE_DML_HISTORY":    dml([]any{"RAW", "ERP", "MOVED", ago(30), ago(5)}),
				},
			),
		),
		nil,
	)
	if r, _ := told(seen["table:RAW.ERP.MOVED"], sources.DML); !r.At.Equal(ago(30)) || !r.CheckedAt.Equal(ago(5)) {
		t.Errorf("rows changed of MOVED: got %v, want 30 hours ago, checked 5 hours ago", r)
	}
	if r, _ := told(seen["table:RAW.ERP.STILL"], sources.DML); !r.Bound || !r.At.Equal(now.AddDate(0, 0, -101)) {
		t.Errorf("rows changed of STILL: got %v, want no change since 101 days ago", r)
	}
	if r, _ := told(seen["table:RAW.ERP.STILL"], sources.Altered); !r.Unconfirmed {
		t.Errorf("altered of STILL, after the last DML hour: got %v, want it unconfirmed", r)
	}
	if r, _ := told(seen["table:RAW.ERP.MOVED"], sources.Altered); r.Unconfirmed {
		t.Errorf("altered of MOVED, before the last DML hour: got %v, want it confirmed", r)
	}
}

func TestAnOldDMLHistoryIsKnownUntilSixHoursAgo(t *testing.T) {
	seen, _ := observe(
		t,
		newAccount(
			t,
			views(map[string]standin.Answer{"TABLE_DML_HISTORY": dml([]any{"RAW", "ERP", "GL", ago(300), ago(299)})}),
		),
		nil,
	)
	if r, _ := told(seen["table:RAW.ERP.GL"], sources.DML); !r.CheckedAt.Equal(ago(6)) {
		t.Errorf("rows changed of GL: got %v, want it checked 6 hours ago", r)
	}
}

func TestARefreshThatFailedIsAnAttempt(t *testing.T) {
	seen, _ := observe(t, newAccount(t, views(map[string]standin.Answer{
		"ACCOUNT_USAGE.TABLES": tables(table("RAW", "ERP", "D", "DYNAMIC TABLE", ago(9000), ago(1), ago(9000))),
		"DYNAMIC_TABLE_REFRESH_HISTORY": refreshes(
			[]any{"RAW", "ERP", "D", ago(30), ago(1), "FAILED", "invalid identifier 'X'", ago(2)},
		),
	})), nil)
	o := seen["table:RAW.ERP.D"]
	if r, _ := told(o, sources.Refreshed); !r.At.Equal(ago(30)) || !r.CheckedAt.Equal(ago(1)) {
		t.Errorf("refreshed of D: got %v, want data of 30 hours ago, checked 1 hour ago", r)
	}
	if o.Attempt.Outcome != sources.Failed || !o.Attempt.At.Equal(ago(2)) || o.Attempt.Says != "invalid identifier 'X'" {
		t.Errorf("attempt of D: got %+v, want a failure 2 hours ago, with its message", o.Attempt)
	}
}

func TestLineageThatSnowflakeKnows(t *testing.T) {
	seen, _ := observe(t, newAccount(t, views(map[string]standin.Answer{
		"ACCOUNT_USAGE.TABLES": tables(table("RAW", "ERP", "V", "VIEW", ago(9000), ago(1), ago(9000))),
		"OBJECT_DEPENDENCIES": depends(
			[]any{"RAW", "ERP", "V", "RAW", "ERP", "GL"},
			[]any{"RAW", "ERP", "V", "RAW", "crm", "x"},
			[]any{"RAW", "ERP", "UNKNOWN", "RAW", "ERP", "GL"},
		),
	})), nil)
	if up := seen["table:RAW.ERP.V"].Upstream; len(up) != 2 || up[0] != `table:RAW."crm"."x"` || up[1] != "table:RAW.ERP.GL" {
		t.Errorf(`upstream of V: got %v, want [table:RAW."crm"."x" table:RAW.ERP.GL]`, up)
	}
}

func TestACompleteLookNamesItsDatabases(t *testing.T) {
	_, answer := observe(t, newAccount(t, views(nil)), nil)
	var names []string
	for _, scope := range answer.Scopes {
		names = append(names, string(scope.Name)+" "+scope.CheckedAt.Format("15:04"))
	}
	slices.Sort(names)
	if want := []string{"account:snowflake 09:00", "database:RAW 09:00"}; !slices.Equal(names, want) {
		t.Errorf("scopes: got %v, want %v", names, want)
	}
}

func TestALookThatLeavesSchemasOutNamesThoseThatItSaw(t *testing.T) {
	_, answer := observe(t, newAccount(t, views(nil)), func(c *snowflake.Config) { c.Exclude = []string{"*.tmp"} })
	if len(answer.Scopes) != 1 || answer.Scopes[0].Name != "schema:RAW.ERP" {
		t.Errorf("scopes: got %v, want only schema:RAW.ERP", answer.Scopes)
	}
}

func TestOneStatementAView(t *testing.T) {
	a := newAccount(t, views(nil))
	_, answer := observe(t, a, nil)
	if len(a.Statements()) != 5 || answer.Requests != 5 {
		t.Errorf("statements: got %q, %d requests; want 5 of both", a.Statements(), answer.Requests)
	}
}

func TestWithoutTheRightsForAViewTheRestIsRead(t *testing.T) {
	_, answer := observe(
		t,
		newAccount(
			t,
			views(
				map[string]standin.Answer{
					"TABLE_DML_HISTORY": {
						Code: "002003",
						Says: "SQL compilation error:\nObject 'X' does not exist or not authorized.",
					},
				},
			),
		),
		nil,
	)
	if len(answer.Notes) != 1 ||
		answer.Notes[0] != "could not read TABLE_DML_HISTORY: 002003 (42S02): SQL compilation "+
			"error: Object 'X' does not exist or not authorized.; GRANT DATABASE ROLE "+
			"SNOWFLAKE.USAGE_VIEWER TO ROLE <role>" {
		t.Errorf("notes: got %q, want one with the grant for TABLE_DML_HISTORY", answer.Notes)
	}
}

func TestAutoTakesInformationSchemaAndSaysWhy(t *testing.T) {
	views := map[string]standin.Answer{
		"INFORMATION_SCHEMA.TABLES": tables(table("RAW", "ERP", "GL", "BASE TABLE", ago(9000), ago(5), ago(9000))),
	}
	views["ACCOUNT_USAGE.TABLES"] = standin.Answer{Code: "002003", Says: "does not exist or not authorized"}
	_, answer := observe(t, newAccount(t, views), func(c *snowflake.Config) { c.Databases = []string{"RAW"} })
	if len(answer.Observations) != 1 || len(answer.Scopes) != 0 || len(answer.Notes) != 1 {
		t.Errorf("Observe: got %+v, want 1 observation, no scopes and 1 note", answer)
	}
	if want := "ACCOUNT_USAGE: permission denied, so INFORMATION_SCHEMA of RAW was read; GRANT DATABASE " +
		"ROLE SNOWFLAKE.OBJECT_VIEWER TO ROLE <role>"; answer.Notes[0] != want {
		t.Errorf("note: got %q, want %q", answer.Notes[0], want)
	}
}

func TestAnAccountWithoutTheFlagsIsReadWithoutThem(t *testing.T) {
	views := views(nil)
	views["WHEN is_dynamic"] = standin.Answer{Code: "000904", Says: "invalid identifier 'IS_DYNAMIC'"}
	delete(views, "ACCOUNT_USAGE.TABLES")
	views["  table_type ||"] = tables(table("RAW", "ERP", "GL", "BASE TABLE", ago(9000), ago(5), ago(9000)))
	seen, _ := observe(t, newAccount(t, views), nil)
	if len(seen) != 1 {
		t.Errorf("observations: got %v, want 1", seen)
	}
}

func TestAClockThatIsOffIsTold(t *testing.T) {
	a := newAccount(t, views(nil))
	a.Now = func() time.Time { return ago(-0.1) }
	_, answer := observe(t, a, nil)
	if len(answer.Notes) != 1 ||
		answer.Notes[0] != "clock of this machine is -6m0s off Snowflake's; ages are counted by the clock of this machine" {
		t.Errorf("notes: got %q, want one that the clock is off by -6m0s", answer.Notes)
	}
}

func TestSchemasCanBeLeftOut(t *testing.T) {
	a := newAccount(t, views(map[string]standin.Answer{"ACCOUNT_USAGE.TABLES": tables(
		table("RAW", "ERP", "GL", "BASE TABLE", ago(9000), ago(5), ago(9000)),
		table("RAW", "TMP_1", "GL", "BASE TABLE", ago(9000), ago(5), ago(9000)),
	)}))
	seen, _ := observe(t, a, func(c *snowflake.Config) { c.Exclude = []string{"raw.tmp_*"}; c.Databases = []string{"raw*"} })
	if len(seen) != 1 {
		t.Errorf("observations: got %v, want only that of the schema that is not excluded", seen)
	}
	if !strings.Contains(a.Statements()[1], "table_catalog ILIKE ? ESCAPE '^'") {
		t.Errorf("statement: got %s, want a filter by database", a.Statements()[1])
	}
}
