package sqlrefs_test

import (
	"strings"
	"testing"
	"time"

	"github.com/freshet-status/freshet/sources/sqlrefs"
)

// TestTheCostOfAQueryGrowsWithItsLength reads queries of one shape, four times as long as another. The ratio of the two
// times, each the shortest of several, is compared in one run.
func TestTheCostOfAQueryGrowsWithItsLength(t *testing.T) {
	const length = 100_000
	for name, part := range map[string]string{
		"a name of very many parts":    "b.",
		"many relations":               "a b, ",
		"many brackets":                "(",
		"many common tables":           "a as (select 1), ",
		"one quoted name":              `"`,
		"many comments":                "/* x */ ",
		"many unions":                  "(select 1 from x) union ",
		"many functions":               "f(x), ",
		"many words that begin a WITH": "with ",
	} {
		t.Run(name, func(t *testing.T) {
			short := timeQuery("select * from "+strings.Repeat(part, length/len(part)), 5)
			long := timeQuery("select * from "+strings.Repeat(part, 4*length/len(part)), 3)
			if ratio := float64(long) / float64(short); ratio > 12 {
				t.Errorf("four times the length: got %.1f times the cost (%v, %v), want about 4", ratio, short, long)
			}
		})
	}
}

// timeQuery returns the shortest of the times that reading a query took.
func timeQuery(sql string, times int) time.Duration {
	shortest := time.Hour
	for range times {
		begin := time.Now()
		sqlrefs.FindRelations(sql)
		shortest = min(shortest, time.Since(begin))
	}
	return shortest
}
