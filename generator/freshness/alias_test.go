package freshness_test

import (
	"slices"
	"testing"

	"github.com/freshet-status/freshet/sources"
)

func TestADashboardThatDBTDescribesIsTheOneThatWasSeen(t *testing.T) {
	wrote := asset("dashboard:dbt/shop.revenue", sources.Dashboard, true)
	wrote.Name, wrote.Owner, wrote.URL, wrote.Aliases = "Revenue (exposure)", "Finance", "https://bi.example/dashboards-next/42?filter=x", []string{"exposure.shop.revenue"}
	noted := tile("tile:dbt/shop.revenue/RAW.M", "table:RAW.M")
	noted.Parent = wrote.ID
	board := asset("dashboard:looker/42", sources.Dashboard, true)
	board.Name, board.URL = "Revenue", "https://bi.example/dashboards/42"
	x := tile("tile:looker/42/1", "table:RAW.M")
	x.Parent, x.Traced = board.ID, "sql"
	other := wrote
	other.ID, other.URL = "dashboard:dbt/shop.other", "https://bi.example/dashboards/43"

	r := derive(rules(), visitOf("dbt", ago(1), wrote, noted, other, built("table:RAW.M", 2)), visitOf("looker", ago(1), board, x))
	n := r.Node("dashboard:looker/42")
	if n == nil || n.Name != "Revenue" || n.Owner != "Finance" || !slices.Equal(n.Aliases, []string{"dashboard:dbt/shop.revenue", "exposure.shop.revenue"}) {
		t.Fatalf("got %+v", n)
	}
	if r.Node(wrote.ID) != nil || r.Node(noted.ID) != nil || r.Node(other.ID) == nil {
		t.Error("what was seen stands for what was written down, and nothing else does")
	}
	if r.Tiles.All() != 1 {
		t.Errorf("%d tiles", r.Tiles.All())
	}
}
