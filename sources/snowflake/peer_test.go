package snowflake_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	sf "github.com/snowflakedb/gosnowflake/v2"

	"github.com/freshet-status/freshet/sources"
	"github.com/freshet-status/freshet/sources/snowflake"
)

// TestPeer visits a server that nobody here wrote, over the wire and with SQL
// that is really run. FRESHET_SNOWFLAKE names its port on this machine, and
// FRESHET_SNOWFLAKE_TABLES how many tables to make there: each with one row a
// day in TABLE_DML_HISTORY over 90 days, of which every fifth tells of no row.
// Every tenth is a dynamic table that reads the one before it, of which every
// second failed to refresh last.
func TestPeer(t *testing.T) {
	db, src := peer(t, "PEER")
	tables, _ := strconv.Atoi(os.Getenv("FRESHET_SNOWFLAKE_TABLES"))
	tables = max(tables, 100)
	day := time.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, -1)
	seed(t, db, tables, day)
	began := time.Now()
	answer, err := src.Observe(context.Background())
	if err != nil || len(answer.Notes) != 0 {
		t.Fatalf("Observe: got %v, notes %q; want no error and no notes", err, answer.Notes)
	}
	took := time.Since(began)
	most := mostMemory()
	t.Logf(
		"%d tables in %s by %d statements, %d MiB of memory at most",
		len(answer.Observations),
		took.Round(time.Millisecond),
		answer.Requests,
		most,
	)
	if tables <= 100_000 && most > 200 {
		t.Errorf("memory: got %d MiB, want at most 200", most)
	}
	if len(answer.Observations) != tables || answer.Requests != 6 { // who, tables, DML, refreshes, lineage, clones
		t.Errorf(
			"Observe: got %d tables by %d statements, want %d by 6",
			len(answer.Observations),
			answer.Requests,
			tables,
		)
	}
	for _, o := range answer.Observations {
		compare(t, o, day)
	}
}

// mostMemory is the most that this process had in memory at once, in MiB; 0 is
// not known.
func mostMemory() int {
	status, _ := os.ReadFile("/proc/self/status")
	_, after, _ := strings.Cut(string(status), "VmHWM:")
	var kB int
	_, _ = fmt.Sscan(after, &kB)
	return kB >> 10
}

// compare holds what was observed of a table against how it was made.
func compare(t *testing.T, o sources.Observation, day time.Time) {
	t.Helper()
	var i int
	if _, err := fmt.Sscanf(o.Name, "T_%d", &i); err != nil {
		t.Fatalf("name %s: got %v, want T_ and a number", o.Name, err)
	}
	ago := 0
	if i%5 == 0 {
		ago = 1 // the row of this day tells of no row
	}
	if want := fmt.Sprintf("table:PEER.S%d.T_%d", i%7, i); string(o.ID) != want {
		t.Errorf("id: got %s, want %s", o.ID, want)
	}
	if i%10 == 9 {
		compareDynamic(t, o, i, day)
		return
	}
	moved := day.AddDate(0, 0, -ago).Add(time.Duration(i%20) * time.Hour)
	if r, _ := told(o, sources.DML); !r.At.Equal(moved) {
		t.Errorf("rows changed of %s: got %v, want %v", o.ID, r.At, moved)
	}
	altered := day.Add(time.Duration(i%20)*time.Hour + 30*time.Minute)
	switch {
	case i == 0:
		altered = sources.Never // its row count is 0
	case i%5 == 0:
		altered = time.Time{} // the row of this day disproves LAST_ALTERED
	}
	if r, _ := told(o, sources.Altered); !r.At.Equal(altered) {
		t.Errorf("altered of %s: got %v, want %v", o.ID, r.At, altered)
	}
}

func compareDynamic(t *testing.T, o sources.Observation, i int, day time.Time) {
	t.Helper()
	data := day.Add(time.Duration(i%20) * time.Hour)
	failed := i%20 == 19
	if failed {
		data = data.AddDate(0, 0, -1)
	}
	if r, _ := told(o, sources.Refreshed); !r.At.Equal(data) {
		t.Errorf("refreshed of %s: got data of %v, want %v", o.ID, r.At, data)
	}
	if (o.Attempt.Outcome == sources.Failed) != failed || failed && o.Attempt.Says != "column X is gone" {
		t.Errorf("last refresh of %s: got %+v, want it failed: %t", o.ID, o.Attempt, failed)
	}
	if want := fmt.Sprintf("table:PEER.S%d.T_%d", (i-1)%7, i-1); len(o.Upstream) != 1 || string(o.Upstream[0]) != want {
		t.Errorf("upstream of %s: got %v, want [%s]", o.ID, o.Upstream, want)
	}
}

// peer is the server by a client of its own, to make and to read what is there,
// and as the source that is tested.
func peer(t *testing.T, databases ...string) (*sql.DB, sources.Source) {
	t.Helper()
	port, err := strconv.Atoi(os.Getenv("FRESHET_SNOWFLAKE"))
	if err != nil {
		t.Skip("FRESHET_SNOWFLAKE is not set: it is the port of a server that speaks Snowflake's protocol")
	}
	db := sql.OpenDB(
		sf.NewConnector(
			sf.SnowflakeDriver{},
			sf.Config{Account: "acme", User: "U", Password: "p", Host: "127.0.0.1", Port: port, Protocol: "http"},
		),
	)
	t.Cleanup(func() { _ = db.Close() })
	c := new(snowflake.Config)
	c.Account = "acme"
	c.User = "FRESHET"
	c.PasswordEnv = "PW"
	c.Host = "127.0.0.1"
	c.Port = port
	c.Protocol = "http"
	c.Warehouse = "W"
	c.Databases = databases
	if faults := c.Faults(); len(faults) > 0 {
		t.Fatalf("Faults: got %v, want none", faults)
	}
	return db, c.Open(sources.Setting{Name: "snowflake", Env: func(string) string { return canary }, Now: time.Now})
}

// seed makes tables in the views of the server, of a database of their own.
func seed(t *testing.T, db *sql.DB, tables int, day time.Time) {
	t.Helper()
	iso := day.Format("2006-01-02T15:04:05+00:00")
	for _, statement := range []string{
		`CREATE TABLE IF NOT EXISTS SNOWFLAKE.ACCOUNT_USAGE.TABLE_STORAGE_METRICS (ID NUMBER, TABLE_CATALOG VARCHAR,
  CLONE_GROUP_ID NUMBER, DELETED BOOLEAN)`,
		`DELETE FROM SNOWFLAKE.ACCOUNT_USAGE.TABLES WHERE TABLE_CATALOG = 'PEER'`,
		`DELETE FROM SNOWFLAKE.ACCOUNT_USAGE.TABLE_DML_HISTORY WHERE DATABASE_NAME = 'PEER'`,
		`DELETE FROM SNOWFLAKE.ACCOUNT_USAGE.DYNAMIC_TABLE_REFRESH_HISTORY WHERE DATABASE_NAME = 'PEER'`,
		`DELETE FROM SNOWFLAKE.ACCOUNT_USAGE.OBJECT_DEPENDENCIES WHERE REFERENCING_DATABASE = 'PEER'`,
		fmt.Sprintf(`INSERT INTO SNOWFLAKE.ACCOUNT_USAGE.TABLES (TABLE_ID, TABLE_NAME, TABLE_SCHEMA, TABLE_CATALOG,
  TABLE_TYPE, IS_TRANSIENT, ROW_COUNT, BYTES, CREATED, LAST_ALTERED, LAST_DDL, IS_ICEBERG, IS_DYNAMIC, IS_HYBRID)
SELECT i, 'T_' || i, 'S' || (i %% 7), 'PEER', 'BASE TABLE', 'NO', i, i * 100, DATEADD(day, -400,
  '%[1]s'::timestamp_ltz), DATEADD(minute, 30 + 60 * (i %% 20), '%[1]s'::timestamp_ltz), DATEADD(day, -400,
  '%[1]s'::timestamp_ltz), 'NO', IFF(i %% 10 = 9, 'YES', 'NO'), 'NO'
  FROM (SELECT SEQ4() AS i FROM TABLE(GENERATOR(ROWCOUNT => %[2]d)))`, iso, tables),
		fmt.Sprintf(`INSERT INTO SNOWFLAKE.ACCOUNT_USAGE.TABLE_DML_HISTORY (START_TIME, END_TIME, TABLE_ID, TABLE_NAME, SCHEMA_NAME,
  DATABASE_NAME, ROWS_ADDED, ROWS_REMOVED, ROWS_UPDATED)
SELECT DATEADD(hour, (i %% 20) - 24 * d, '%[1]s'::timestamp_ltz), DATEADD(hour, (i %% 20) - 24 * d + 1,
  '%[1]s'::timestamp_ltz), i, 'T_' || i, 'S' || (i %% 7), 'PEER', (i + d) %% 5, 0, 0
  FROM (SELECT SEQ4() AS i FROM TABLE(GENERATOR(ROWCOUNT => %[2]d))),
  (SELECT SEQ4() AS d FROM TABLE(GENERATOR(ROWCOUNT => 90)))`, iso, tables),
		fmt.Sprintf(`INSERT INTO SNOWFLAKE.ACCOUNT_USAGE.DYNAMIC_TABLE_REFRESH_HISTORY (NAME, SCHEMA_NAME, DATABASE_NAME,
  STATE, STATE_MESSAGE, DATA_TIMESTAMP, REFRESH_START_TIME, REFRESH_END_TIME)
SELECT 'T_' || i, 'S' || (i %% 7), 'PEER', IFF(d = 0 AND i %% 20 = 19, 'FAILED', 'SUCCEEDED'),
  IFF(d = 0 AND i %% 20 = 19, 'column X is gone', NULL), DATEADD(hour, (i %% 20) - 24 * d, '%[1]s'::timestamp_ltz),
  DATEADD(minute, 60 * (i %% 20) - 1440 * d + 1, '%[1]s'::timestamp_ltz), DATEADD(minute, 60 * (i %% 20) - 1440 * d + 3,
  '%[1]s'::timestamp_ltz)
  FROM (SELECT SEQ4() AS i FROM TABLE(GENERATOR(ROWCOUNT => %[2]d))),
  (SELECT SEQ4() AS d FROM TABLE(GENERATOR(ROWCOUNT => 90))) WHERE i %% 10 = 9`, iso, tables),
		fmt.Sprintf(`INSERT INTO SNOWFLAKE.ACCOUNT_USAGE.OBJECT_DEPENDENCIES (REFERENCING_DATABASE, REFERENCING_SCHEMA,
  REFERENCING_OBJECT_NAME, REFERENCING_OBJECT_DOMAIN, REFERENCED_DATABASE, REFERENCED_SCHEMA, REFERENCED_OBJECT_NAME,
  REFERENCED_OBJECT_DOMAIN)
SELECT 'PEER', 'S' || (i %% 7), 'T_' || i, 'DYNAMIC TABLE', 'PEER', 'S' || ((i - 1) %% 7), 'T_' || (i - 1), 'TABLE'
  FROM (SELECT SEQ4() AS i FROM TABLE(GENERATOR(ROWCOUNT => %d))) WHERE i %% 10 = 9`, tables),
	} {
		if _, err := db.Exec(statement); err != nil {
			t.Fatalf("%s: got %v, want no error", statement, err)
		}
	}
}

// written is how many rows a write-back has.
const written = 10_000

// TestPeerKeepsWhatIsWrittenBack writes statuses, and reads them by another
// client.
func TestPeerKeepsWhatIsWrittenBack(t *testing.T) {
	db, src := peer(t)
	for _, statement := range []string{
		"CREATE DATABASE IF NOT EXISTS KEEP",
		"CREATE SCHEMA IF NOT EXISTS KEEP.S",
		"DROP TABLE IF EXISTS KEEP.S.APPENDED",
		"DROP TABLE IF EXISTS KEEP.S.MERGED",
	} {
		if _, err := db.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	w := src.(sources.StatusWriter)
	for table, want := range map[string]string{
		"keep.s.appended":    "schema KEEP.S of the write-back table: found",
		"keep.nowhere.table": "write back: no schema KEEP.NOWHERE that the role may use\nhint: GRANT USAGE ON DATABASE KEEP",
		"nowhere.s.table":    "write back: ",
	} {
		says, err := w.ConnectTable(context.Background(), table)
		if err != nil {
			says = err.Error()
		}
		if !strings.HasPrefix(says, want) {
			t.Errorf("%s: got %q, want it to begin with %q", table, says, want)
		}
	}
	lines := make([]sources.StatusLine, written)
	says := "It's “old”, \\ and\nsaid so."
	for i := range lines {
		at := now.Add(-time.Duration(i) * time.Second)
		lines[i] = sources.StatusLine{
			ID:      sources.ID(fmt.Sprintf("table:RAW.ERP.T%d", i)),
			Kind:    "table",
			Name:    "Größe",
			Status:  "aging",
			Updated: &at,
			Says:    &says,
		}
	}
	for i, tt := range []struct {
		table string
		merge bool
		rows  int // after two runs, the second of them twice
	}{{"KEEP.S.APPENDED", false, 20_000}, {"keep.s.merged", true, 10_000}} {
		began := time.Now()
		for _, at := range []time.Time{now, now.Add(time.Hour), now.Add(time.Hour)} {
			if err := w.WriteBack(context.Background(), tt.table, tt.merge, at, lines); err != nil {
				t.Fatal(err)
			}
		}
		t.Logf("three times 10,000 rows in %s", time.Since(began).Round(time.Millisecond))
		var rows, ids int
		var newest, updated time.Time
		var said string
		query := `SELECT COUNT(*) AS n, COUNT(DISTINCT id) AS ids, MAX(as_of) AS newest, MAX(updated) AS ` +
			`updated, MAX(says) AS says FROM ` + tt.table
		if err := db.QueryRow(query).Scan(&rows, &ids, &newest, &updated, &said); err != nil {
			t.Fatal(err)
		}
		if rows != tt.rows || ids != 10_000 || !newest.Equal(now.Add(time.Hour)) || !updated.Equal(now) || said != says {
			t.Errorf(
				"write-back %d: got %d rows of %d assets, newest %v, updated %v, says %q; want %d of 10000, %v, %v, %q",
				i,
				rows,
				ids,
				newest,
				updated,
				said,
				tt.rows,
				now.Add(time.Hour),
				now,
				says,
			)
		}
	}
}
