package snowflake_test

import (
	"context"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/freshet-status/freshet/sources"
	"github.com/freshet-status/freshet/sources/snowflake/standin"
)

// wide is an account of so many tables, each with a word of TABLE_DML_HISTORY.
func wide(b testing.TB, tables_ int) sources.Source {
	b.Helper()
	rows := make([][]any, tables_)
	moved := make([][]any, tables_)
	for i := range rows {
		schema := fmt.Sprint("S", i%100)
		name := fmt.Sprintf("TABLE_NUMBER_%06d", i)
		rows[i] = table("RAW", schema, name, "BASE TABLE", ago(9000), ago(float64(i%50)), ago(9000))
		moved[i] = []any{"RAW", schema, name, ago(float64(10 + i%50)), ago(7)}
	}
	return open(
		b,
		newAccount(
			b,
			views(map[string]standin.Answer{"ACCOUNT_USAGE.TABLES": tables(rows...), "TABLE_DML_HISTORY": dml(moved...)}),
		),
		nil,
	)
}

// BenchmarkVisit100000Tables reads both over the wire, in Snowflake's JSON. The
// memory is that of the server in this process too, whose rows are made before.
func BenchmarkVisit100000Tables(b *testing.B) {
	src := wide(b, 100_000)
	b.ReportAllocs()
	for b.Loop() {
		answer, err := src.Observe(context.Background())
		if err != nil || len(answer.Observations) != 100_000 {
			b.Fatalf("Observe: got %d observations and %v, want 100000 and no error", len(answer.Observations), err)
		}
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		b.ReportMetric(float64(m.HeapAlloc)/(1<<20), "MiB-kept-with-the-server")
		runtime.KeepAlive(answer)
	}
}

// BenchmarkWriteBackOf10000Assets is the cost on this side: the server runs no
// SQL.
func BenchmarkWriteBackOf10000Assets(b *testing.B) {
	done := standin.Answer{Columns: []standin.Column{{Name: "status", Type: "text"}}, Rows: [][]any{{"done"}}}
	a := newAccount(
		b,
		map[string]standin.Answer{
			"CREATE TABLE": done,
			"BEGIN":        done,
			"INSERT INTO":  done,
			"DELETE FROM":  done,
			"COMMIT":       done,
		},
	)
	w := open(b, a, nil).(sources.StatusWriter)
	lines := make([]sources.StatusLine, 10_000)
	says := "not loaded since Aug 12, 06:05; the owner is Finance. Holds back 3."
	for i := range lines {
		at := now.Add(-time.Duration(i) * time.Second)
		lines[i] = sources.StatusLine{
			ID:      sources.ID(fmt.Sprintf("table:RAW.ERP.T%d", i)),
			Kind:    "table",
			Name:    fmt.Sprint("T", i),
			Status:  "aging",
			Updated: &at,
			Says:    &says,
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := w.WriteBack(context.Background(), "ANALYTICS.FRESHET.STATUS", true, now, lines); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(a.Statements()))/float64(b.N), "statements/op")
}
