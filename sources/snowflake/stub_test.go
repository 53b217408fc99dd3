package snowflake_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/freshet-status/freshet/sources/snowflake/standin"
)

func newAccount(t testing.TB, views map[string]standin.Answer) *standin.Account {
	t.Helper()
	a, err := standin.Start(views)
	if err != nil {
		t.Fatal(err)
	}
	a.Now = func() time.Time { return now }
	t.Cleanup(a.Close)
	return a
}

func itoa(n int) string { return strconv.Itoa(n) }

// table returns a row of the view TABLES.
func table(db, schema, name, kind string, created, altered, ddl any) []any {
	return standin.TableRow(db, schema, name, kind, 100, created, altered, ddl)
}

func tables(rows ...[]any) standin.Answer {
	return standin.Answer{Columns: standin.TableColumns, Rows: rows}
}

// dml returns rows of TABLE_DML_HISTORY. Each has the names of a table, when its rows moved, and the
// end of its newest hour.
func dml(rows ...[]any) standin.Answer {
	all := standin.Answer{Columns: standin.DMLColumns}
	for _, r := range rows {
		all.Rows = append(all.Rows, append([]any{standin.TableID(r[0].(string), r[1].(string), r[2].(string))}, r[3:]...))
	}
	return all
}

func refreshes(rows ...[]any) standin.Answer {
	return standin.Answer{Columns: standin.RefreshColumns, Rows: rows}
}

func depends(rows ...[]any) standin.Answer {
	return standin.Answer{Columns: standin.DependencyColumns, Rows: rows}
}
