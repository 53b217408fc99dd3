package sqlrefs_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/freshet-status/freshet/sources/sqlrefs"
)

// TestWhatAQueryReads is every construct in which a relation can stand, and
// every one in which what looks like one is none.
func TestWhatAQueryReads(t *testing.T) {
	for name, tt := range map[string]struct {
		sql  string
		want string // separated by spaces
	}{
		"one table": {"select a from raw.erp.gl", "raw.erp.gl"},
		"nothing":   {"select 1", ""},
		"names keep their quotes and case": {
			sql:  `SELECT * FROM RAW."Erp".gl g JOIN "a.b"."c""d" ON 1=1`,
			want: `RAW."Erp".gl "a.b"."c""d"`,
		},
		"backticks":          {"select * from `p-1`.d.t", "`p-1`.d.t"},
		"two dots":           {"select * from raw..gl", "raw..gl"},
		"spaces around dots": {"select * from raw . erp . gl", "raw.erp.gl"},
		"joins of every kind": {
			sql: "select * from a.b left outer join c.d using (x) cross join e.f natural join g.h asof join " +
				"i.j match_condition (t1 >= t2)",
			want: "a.b c.d e.f g.h i.j",
		},
		"a comma is a join":          {"select * from a.b x, c.d as y, e.f where x.i in (1, 2)", "a.b c.d e.f"},
		"a comma behind a condition": {"select * from a.b join c.d on a.x = c.x, e.f", "a.b c.d e.f"},
		"each once":                  {"select * from a.b union all select * from a.b", "a.b"},
		"unions": {
			sql:  "(select * from a.b) union (select * from c.d) except select * from e.f minus select * from g.h",
			want: "a.b c.d e.f g.h",
		},
		"subqueries": {
			sql:  "select (select max(x) from a.b) from (select * from c.d where x in (select y from e.f)) q",
			want: "a.b c.d e.f",
		},
		"joins in brackets": {
			sql:  "select * from (a.b join c.d on true) left join ((e.f)) on true",
			want: "a.b c.d e.f",
		},
		"exists": {
			sql:  "select 1 from a.b where exists (select 1 from c.d where c.d.x = a.b.x)",
			want: "a.b c.d",
		},
		"common tables": {
			sql:  "with x as (select * from a.b), y (p, q) as (select * from x join c.d on true) select * from y, X",
			want: "a.b c.d",
		},
		"a common table in a subquery": {
			sql:  "select * from (with x as (select * from a.b) select * from x) join x on true",
			want: "a.b x",
		},
		"a common table with its source's name": {"with orders as (select * from orders) select * from orders", "orders"},
		"a recursive one": {
			sql:  "with recursive t as (select * from a.b union all select * from t) select * from t",
			want: "a.b",
		},
		"a recursive one without the word": {
			sql:  "with t as (select * from a.b union all select * from t join c.d on true) select * from t",
			want: "a.b c.d",
		},
		"materialized":                        {"with x as materialized (select * from a.b) select * from x", "a.b"},
		"a schema called like a common table": {"with raw as (select 1) select * from raw.gl", "raw.gl"},
		"extract": {
			sql:  "select extract(year from o.d), extract(epoch FROM (a - b)) from a.b o",
			want: "a.b",
		},
		"trim, substring, overlay, position": {
			sql: "select trim(both ' ' from o.name), trim(leading from x), substring(a from 2 for 3), " +
				"overlay(a placing b from 1) from a.b",
			want: "a.b",
		},
		"is distinct from": {
			sql:  "select * from a.b where x is distinct from y and z is not distinct from (select q from c.d)",
			want: "a.b c.d",
		},
		"a column called from": {`select t."from", "from" from a.b t`, "a.b"},
		"lateral flatten": {
			sql:  "select f.value from a.b t, lateral flatten(input => t.items, path => 'x') f, c.d",
			want: "a.b c.d",
		},
		"table functions": {
			sql: "select * from table(generator(rowcount => 10)), table(flatten(input => (select x from " +
				"a.b))), read_csv('x.csv'), db.s.fn(1) as q",
			want: "a.b",
		},
		"elements beside their table": {"select * from a.orders o, o.items i, unnest(o.tags)", "a.orders"},
		"an alias that is a word of SQL": {
			sql: "select * from raw.app.settings as settings left join raw.app.users on settings.x = users.x " +
				"and start.y = 1, c.d",
			want: "raw.app.settings raw.app.users c.d",
		},
		"with offset": {"select * from a.b, unnest(x) with offset join p.d.u on true", "a.b p.d.u"},
		"a table called like its schema": {
			sql:  "select * from sales.sales as sales left join sales.customers on true",
			want: "sales.sales sales.customers",
		},
		"a table called like a database": {
			sql:  "select * from prod.public.raw as raw join raw.erp.gl on true, raw.erp.ap",
			want: "prod.public.raw raw.erp.gl raw.erp.ap",
		},
		"made of common tables": {"create table x.y as with a as (select * from b.c) select * from a", "b.c"},
		"values":                {"select * from (values (1, 2), (3, 4)) as v (a, b) join a.b on true", "a.b"},
		"values bare":           {"select * from values (1), (2)", ""},
		"a stage":               {"select $1 from @raw.stage/file.csv (file_format => 'csv')", ""},
		"identifier":            {"select * from identifier('raw.erp.gl') g", "raw.erp.gl"},
		"time travel and samples": {
			sql:  "select * from a.b at (timestamp => 'x'::timestamp) t tablesample (10) join c.d before (statement => 'y')",
			want: "a.b c.d",
		},
		"pivot": {
			sql:  "select * from a.b pivot (sum(x) for m in ('JAN', 'FEB')) as p (i, j) unpivot (v for c in (x, y))",
			want: "a.b",
		},
		"match_recognize": {
			sql: "select * from a.b match_recognize (partition by x order by y measures first(z) as f pattern " +
				"(a b+) define b as b.x > 1) m, c.d",
			want: "a.b c.d",
		},
		"qualify, window, connect by": {
			sql:  "select * from a.b qualify row_number() over (partition by x order by y) = 1",
			want: "a.b",
		},
		"connect by": {"select * from a.b start with x = 1 connect by prior y = x", "a.b"},
		"comments": {
			sql:  "select 1 -- from x.y\n from a.b /* join /* deep */ c.d */ // from e.f\n join g.h on true",
			want: "a.b g.h",
		},
		"strings": {
			sql:  `select 'from x.y', 'it''s from z.z', 'a\' from q.q', $$ from w.w $$ from a.b`,
			want: "a.b",
		},
		"templates that were not filled in": {
			sql:  "select * from {{ ref('x') }} join a.b on {% if true %} 1 {% else %} 2 {% endif %} = 1",
			want: "a.b",
		},
		"dual":             {"select 1 from dual", ""},
		"from comes first": {"from a.b select x", "a.b"},
		"made of a query":  {"create table x.y as select * from a.b", "a.b"},
		"two statements":   {"select * from a.b; select * from c.d", "a.b c.d"},
		"a derived table of Looker": {
			sql: "WITH v AS (SELECT * FROM raw.erp.gl) SELECT v.x AS \"v.x\" FROM " +
				"LOOKER_SCRATCH.LR$ABC123_daily AS d INNER JOIN v ON d.x = v.x GROUP BY 1 FETCH NEXT 500 " +
				"ROWS ONLY",
			want: "raw.erp.gl LOOKER_SCRATCH.LR$ABC123_daily",
		},
		"a case that reads": {"select case when x then (select y from a.b) end from c.d", "a.b c.d"},
		"a function called from": {
			sql:  "select left(x, 2), right(y, 1) from a.b left join c.d on left(a, 1) = b",
			want: "a.b c.d",
		},
		"letters of other scripts":      {"select * from größe.表", "größe.表"},
		"no SQL at all":                 {"<html><body>from here</body>", ""},
		"brackets that do not close":    {"select * from ((((a.b", "a.b"},
		"brackets that were not opened": {"select * from a.b) ) from c.d", "a.b c.d"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := strings.Join(sqlrefs.FindRelations(tt.sql), " "); got != tt.want {
				t.Errorf("%s\ngot  %s\nwant %s", tt.sql, got, tt.want)
			}
		})
	}
}

// FuzzOf reads anything in time, and tells of nothing that is not in the text.
func FuzzOf(f *testing.F) {
	for _, s := range []string{
		"select * from a.b",
		"with x as (select 1) select * from x, \"y\"",
		"select extract(a from b) from (c",
		"'\\",
		"/*",
		"$$",
		"{%",
		"((((",
		"from from from",
		"select * from identifier('x",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, sql string) {
		found := sqlrefs.FindRelations(sql)
		for i, name := range found {
			if slices.Contains(found[:i], name) {
				t.Errorf("relation %q: got it twice, want it once", name)
			}
			for _, part := range strings.Split(name, ".") {
				if !strings.Contains(sql, part) {
					t.Errorf("relations: got the part %q, want only parts of the SQL", part)
				}
			}
		}
	})
}

func TestWhatIsLargeOrDeepEndsInTime(t *testing.T) {
	for name, sql := range map[string]string{
		"2 MB of a list":   "select * from a.b where x in (" + strings.Repeat("'value', ", 220_000) + "1)",
		"100,000 brackets": "select * from " + strings.Repeat("(", 100_000) + "a.b",
		"10,000 unions":    strings.Repeat("select * from a.b union all ", 10_000) + "select 1",
		"300 common tables nested": strings.Repeat("with t as (", 300) + "select * from t union all select 1" +
			strings.Repeat(") select * from t union all select 1", 300),
		"1,000 common tables": "with t0 as (select * from a.b)" +
			strings.Repeat(", t as (select * from t union all select 1)", 1000) + " select * from t",
	} {
		t.Run(name, func(t *testing.T) { sqlrefs.FindRelations(sql) })
	}
}

// repeatNames returns SQL of a size, which begins with head and goes on with numbered names.
func repeatNames(size int, head, name string) string {
	var sql strings.Builder
	sql.WriteString(head)
	for i := 0; sql.Len() < size; i++ {
		sql.WriteString(strings.ReplaceAll(name, "#", strconv.Itoa(i)))
	}
	return sql.String()
}

// TestTheWorkGrowsWithTheLengthOfTheSQL compares two sizes in one run: what grows with the square of
// the number of names takes 64 times as long for 8 times the names.
func TestTheWorkGrowsWithTheLengthOfTheSQL(t *testing.T) {
	for name, text := range map[string][2]string{
		"tables":        {"SELECT * FROM t", ",t#"},
		"common tables": {"WITH c AS (SELECT 1)", ",c# AS (SELECT * FROM c)"},
		"aliases":       {"SELECT * FROM a AS x", ",y.z# x#"},
	} {
		t.Run(name, func(t *testing.T) {
			measure := func(size int) time.Duration {
				sql := repeatNames(size, text[0], text[1])
				best := time.Hour
				for range 3 {
					began := time.Now()
					sqlrefs.FindRelations(sql)
					best = min(best, time.Since(began))
				}
				return best
			}
			small := measure(1 << 17)
			if large := measure(1 << 20); large > 32*small {
				t.Errorf("time for 8 times the names: got %s after %s, want at most 32 times as much", large, small)
			}
		})
	}
}

// BenchmarkAQueryOf10kB reads a query such as Looker makes: 10 kB, twenty joins.
func BenchmarkAQueryOf10kB(b *testing.B) {
	sql := "with d as (select * from raw.erp.gl) select " + strings.Repeat(
		"coalesce(t.some_column, 'nothing') as \"view.some_column\", ",
		170,
	) + "1 from d"
	for i := range 20 {
		sql += " left join analytics.marts.fct_" + string(rune('a'+i)) + " as t on d.id = t.id"
	}
	b.SetBytes(int64(len(sql)))
	b.ReportAllocs()
	for b.Loop() {
		if len(sqlrefs.FindRelations(sql)) != 21 {
			b.Fatalf("relations: got %q, want 21", sqlrefs.FindRelations(sql))
		}
	}
}
