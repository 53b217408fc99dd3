package looker_test

import (
	"testing"

	"github.com/freshet-status/freshet/sources/looker"
)

func TestMergedResultsAreTracedByTheirQueries(t *testing.T) {
	l := shop()
	src := open(t, l, func(c *looker.Config) { c.Connections = map[string]string{"snow": "RAW.SHOP"} })
	seen, first := observeSource(t, src)
	if got := describeReads(seen["tile:looker/42/104"]); got != "explore table:RAW.SHOP.ORDERS table:RAW.SHOP.RETURNS" {
		t.Errorf(
			"tile 104: got %s, notes %q; want explore table:RAW.SHOP.ORDERS table:RAW.SHOP.RETURNS",
			got,
			first.Notes,
		)
	}
	if _, again := observeSource(t, src); again.Calls["db_query"] != 0 || first.Calls["db_query"] != 1+4+3 {
		t.Errorf("calls: got %v, then %v; want 8 db_query, then none", first.Calls, again.Calls)
	}
}
