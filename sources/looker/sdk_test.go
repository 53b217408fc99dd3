package looker_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/freshet-status/freshet/sources/looker/standin"
)

// TestPeerOfLookerSDK lets Looker's own SDK visit the stand-in: what its decoders
// do not take is not what a Looker answers. FRESHET_LOOKER_SDK is a Python that
// has it.
func TestPeerOfLookerSDK(t *testing.T) {
	python := os.Getenv("FRESHET_LOOKER_SDK")
	if python == "" {
		t.Skip("FRESHET_LOOKER_SDK is not set: it is a Python that has Looker's own SDK")
	}
	l := rich()
	said := decoded(t, python, l)
	if want := strings.TrimPrefix(readBySDK, "\n"); said != want {
		t.Errorf("answers as the SDK decodes them: got\n%s\nwant\n%s", said, want)
	}
	t.Logf("%d lines of %d calls", strings.Count(said, "\n"), len(l.RecordedCalls()))
}

// rich is the shop, and what is seldom there: a tile without a title and without a
// query, one with filters whose SQL is refused, an explore without a table, and a
// dashboard without tiles.
func rich() *standin.Looker {
	l := shop()
	filtered := orders("9", "orders.count")
	filtered.Filters = map[string]string{"customers.name": "Ü <b>"}
	l.Dashboards = append(
		l.Dashboards,
		standin.Dashboard{
			ID:     "60",
			Title:  "Hidden",
			Hidden: true,
			Folder: "7",
			Tiles:  []standin.Tile{{ID: "401"}, {ID: "402", Query: filtered}},
		},
		standin.Dashboard{ID: "61", Title: "Empty", Folder: "1"},
	)
	l.Explores["other::bare"] = standin.Explore{View: "bare", Connection: "snow"}
	l.SQLErrors = map[string]string{"9": `View Not Found: "gone"`}
	return l
}

// decoded is what the SDK reads of all that a Looker answers.
func decoded(t *testing.T, python string, l *standin.Looker) string {
	t.Helper()
	l.ID = "id"
	l.Secret = secret
	address, err := l.Start()
	if err != nil {
		t.Fatal(err)
	}
	var wrong strings.Builder
	cmd := exec.CommandContext(t.Context(), python, "../../.ci/looker.py", address)
	cmd.Env = append(
		os.Environ(),
		"LOOKERSDK_CLIENT_ID=id",
		"LOOKERSDK_CLIENT_SECRET="+secret,
		"PYTHONUTF8=1",
		"NO_PROXY=127.0.0.1",
	)
	cmd.Stderr = &wrong
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("SDK: got %v, want no error\n%s%s", err, out, wrong.String())
	}
	return string(out)
}

// readBySDK is what it must read: a line an object, with ids, titles and types.
const readBySDK = `
me | 1 Freshet
all_folders | 1 Shared None False False
all_folders | 7 Finance 1 False False
all_folders | 9 Robin None True False
all_dashboards | 42 Revenue False - 7 Finance
all_dashboards | shop::board From LookML False - lookml LookML Dashboards
all_dashboards | 50 Mine False - 9 Robin
all_dashboards | 60 Hidden True - 7 Finance
all_dashboards | 61 Empty False - 1 Shared
search_dashboards | 42 Revenue 1234 2026-08-13T12:00:00+00:00 2026-08-22T11:00:00+00:00
search_dashboards | 50 Mine 0 None None
search_dashboards | 60 Hidden 0 None None
search_dashboards | 61 Empty 0 None None
search_dashboard_elements | 42 101 vis Orders - 5=shop::orders['orders.count']
search_dashboard_elements | 42 102 vis By customer - 6=shop::orders['orders.count', 'customers.name']
search_dashboard_elements | 42 103 vis A look - look 5=shop::orders['orders.count']
search_dashboard_elements | 42 104 vis Merged - m104 shop::orders shop::returns
search_dashboard_elements | 42 105 text Words - None
search_dashboard_elements | 42 106 vis Derived - 8=shop::daily['daily.total']
search_dashboard_elements | shop::board 201 vis L - maker 5=shop::orders['orders.count']
search_dashboard_elements | 50 301 vis M - 5=shop::orders['orders.count']
search_dashboard_elements | 60 401 vis None - None
search_dashboard_elements | 60 402 vis None - 9=shop::orders['orders.count']{'customers.name': 'Ü <b>'}
dashboard | 42 Revenue Finance
dashboard | 42 101 vis Orders - 5=shop::orders['orders.count']
dashboard | 42 102 vis By customer - 6=shop::orders['orders.count', 'customers.name']
dashboard | 42 103 vis A look - look 5=shop::orders['orders.count']
dashboard | 42 104 vis Merged - m104 shop::orders shop::returns
dashboard | 42 105 text Words - None
dashboard | 42 106 vis Derived - 8=shop::daily['daily.total']
dashboard | shop::board From LookML LookML Dashboards
dashboard | shop::board 201 vis L - maker 5=shop::orders['orders.count']
dashboard | 60 Hidden Finance
dashboard | 60 401 vis None - None
dashboard | 60 402 vis None - 9=shop::orders['orders.count']{'customers.name': 'Ü <b>'}
dashboard | 61 Empty Shared
all_lookml_models | other ['bare']
lookml_model_explore | other::bare bare snow None
all_lookml_models | shop ['daily', 'orders', 'returns']
lookml_model_explore | shop::daily daily snow None
lookml_model_explore | shop::orders orders snow RAW.SHOP.ORDERS AS orders
join | customers raw.shop.customers ['orders.customer_id', 'regions.id']
join | regions RAW."Geo".regions []
join | stock RAW.SHOP.STOCK []
lookml_model_explore | shop::returns returns snow returns
run_query | SELECT * FROM RAW.SHOP.ORDERS AS orders LEFT JOIN raw.shop.customers ON true
run_inline_query | 101 vis Lookless 5 None
run_inline_query | 102 vis Lookless 6 None
run_inline_query | 103 vis Saved Look 5 1
run_inline_query | 104 vis Merge Query None None
run_inline_query | 106 vis Lookless 8 None
run_inline_query | 301 vis Lookless 5 None
run_inline_query | 401 vis Lookless None None
run_inline_query | 402 vis Lookless 9 None
refused | Not found
refused | Not found
refused | View Not Found: "gone"
me | again Freshet
`
