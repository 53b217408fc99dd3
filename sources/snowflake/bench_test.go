package snowflake_test

import (
	"context"
	"fmt"
	"runtime"
	"testing"

	"github.com/freshet-status/freshet/sources"
	"github.com/freshet-status/freshet/sources/snowflake/standin"
)

// wide is an account of so many tables, each with a word of TABLE_DML_HISTORY.
func wide(b testing.TB, tables_ int) sources.Source {
	b.Helper()
	rows, moved := make([][]any, tables_), make([][]any, tables_)
	for i := range rows {
		schema, name := fmt.Sprint("S", i%100), fmt.Sprintf("TABLE_NUMBER_%06d", i)
		rows[i] = table("RAW", schema, name, "BASE TABLE", ago(9000), ago(float64(i%50)), ago(9000))
		moved[i] = []any{"RAW", schema, name, ago(float64(10 + i%50)), ago(7)}
	}
	return open(b, newAccount(b, views(map[string]standin.Answer{"ACCOUNT_USAGE.TABLES": tables(rows...), "TABLE_DML_HISTORY": dml(moved...)})), nil)
}

// BenchmarkVisit100000Tables reads both over the wire, in Snowflake's JSON. The
// memory is that of the server in this process too, whose rows are made before.
func BenchmarkVisit100000Tables(b *testing.B) {
	src := wide(b, 100_000)
	b.ReportAllocs()
	for b.Loop() {
		answer, err := src.Observe(context.Background())
		if err != nil || len(answer.Observations) != 100_000 {
			b.Fatal(len(answer.Observations), err)
		}
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		b.ReportMetric(float64(m.HeapAlloc)/(1<<20), "MiB-kept-with-the-server")
		runtime.KeepAlive(answer)
	}
}
