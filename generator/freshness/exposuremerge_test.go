package freshness_test

import (
	"slices"
	"testing"

	"github.com/freshet-status/freshet/generator/exposures"
	"github.com/freshet-status/freshet/sources"
)

func TestADashboardThatDBTDescribesIsTheOneThatWasSeen(t *testing.T) {
	wrote := asset("dashboard:dbt/shop.revenue", sources.Dashboard, true)
	wrote.Name = "Revenue (exposure)"
	wrote.Owner = "Finance"
	wrote.URL = "https://bi.example/dashboards-next/42?filter=x"
	wrote.Aliases = []string{"exposure.shop.revenue"}
	noted := tile("tile:dbt/shop.revenue/RAW.M", "table:RAW.M")
	noted.Parent = wrote.ID
	board := asset("dashboard:looker/42", sources.Dashboard, true)
	board.Name = "Revenue"
	board.URL = "https://bi.example/dashboards/42"
	x := tile("tile:looker/42/1", "table:RAW.M")
	x.Parent = board.ID
	x.Traced = "sql"
	other := wrote
	other.ID = "dashboard:dbt/shop.other"
	other.URL = "https://bi.example/dashboards/43"

	r := derive(
		rules(),
		visitOf("dbt", ago(1), wrote, noted, other, built("table:RAW.M", 2)),
		visitOf("looker", ago(1), board, x),
	)
	n := r.Node("dashboard:looker/42")
	if n == nil || n.Name != "Revenue" || n.Owner != "Finance" ||
		!slices.Equal(n.Aliases, []string{"dashboard:dbt/shop.revenue", "exposure.shop.revenue"}) {
		t.Fatalf("dashboard:looker/42: got %+v, want name Revenue, owner Finance and the exposure as aliases", n)
	}
	if r.Node(wrote.ID) != nil || r.Node(noted.ID) != nil || r.Node(other.ID) == nil {
		t.Errorf("exposure, its tile and the other exposure in the report: got %v, %v, %v, want false, false, true",
			r.Node(wrote.ID) != nil, r.Node(noted.ID) != nil, r.Node(other.ID) != nil)
	}
	if r.Tiles.Total() != 1 {
		t.Errorf("tiles in the report: got %d, want 1", r.Tiles.Total())
	}
}

func TestWhatAnExposureSaysIsHeldAgainstTheSQL(t *testing.T) {
	wrote := asset("dashboard:dbt/shop.revenue", sources.Dashboard, true)
	wrote.URL = "https://bi.example/dashboards/42"
	noted := tile("tile:dbt/shop.revenue/RAW.M", "table:RAW.S.M")
	also := tile("tile:dbt/shop.revenue/RAW.S.OLD", "table:RAW.S.OLD")
	noted.Parent = wrote.ID
	also.Parent = wrote.ID
	board := asset("dashboard:looker/42", sources.Dashboard, true)
	board.URL = wrote.URL
	x := tile("tile:looker/42/1", "table:RAW.S.M", "table:RAW.S.NEW")
	y := tile("tile:looker/42/2")
	x.Parent = board.ID
	x.Traced = "sql"
	y.Parent = board.ID

	drift := func(tiles ...sources.Observation) exposures.Drift {
		all := []sources.Observation{board}
		r := derive(
			rules(),
			visitOf("dbt", ago(1), wrote, noted, also, built("table:RAW.S.M", 2)),
			visitOf("looker", ago(1), append(all, tiles...)...),
		)
		if d := exposures.DriftsOf(r, r.Node(board.ID)); len(d) == 1 {
			return d[0]
		}
		return exposures.Drift{}
	}
	if d := drift(x); d.Exposure != wrote.ID || !slices.Equal(d.Unread, []sources.ID{"table:RAW.S.OLD"}) ||
		!slices.Equal(d.Undeclared, []sources.ID{"table:RAW.S.NEW"}) {
		t.Errorf("drift of dashboard:looker/42: got %+v, want RAW.S.OLD only in the exposure, RAW.S.NEW only in tiles",
			d)
	}
	if d := drift(x, y); d.Unread != nil || !slices.Equal(d.Undeclared, []sources.ID{"table:RAW.S.NEW"}) {
		t.Errorf("drift with an untraced tile: got %+v, want RAW.S.NEW only in tiles, none only in the exposure", d)
	}
}

func TestWhatNobodyOpensSortsLast(t *testing.T) {
	folder := asset("folder:looker/1", sources.Folder, true)
	board := func(id sources.ID, days float64) sources.Observation {
		o := tells(asset(id, sources.Dashboard, true), sources.Queried, days*24, 1)
		o.Parent = folder.ID
		return o
	}
	silent := asset("dashboard:looker/c", sources.Dashboard, true)
	silent.Parent = folder.ID
	r := derive(
		rules(),
		visitOf("looker", ago(1), folder, board("dashboard:looker/a", 91), board("dashboard:looker/b", 2), silent),
	)
	var order []sources.ID
	for _, n := range r.Node(folder.ID).Shown {
		order = append(order, n.ID)
	}
	if !slices.Equal(order, []sources.ID{"dashboard:looker/b", "dashboard:looker/c", "dashboard:looker/a"}) ||
		r.Node(folder.ID).Unused {
		t.Errorf("dashboards of the folder: got %v, folder unused %v, want b, c, a, false",
			order, r.Node(folder.ID).Unused)
	}
}
