package looker_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/freshet-status/freshet/sources"
	"github.com/freshet-status/freshet/sources/looker"
	"github.com/freshet-status/freshet/sources/looker/standin"
	"github.com/freshet-status/freshet/sources/sourcetest"
	"github.com/freshet-status/freshet/sources/sqlrefs"
)

// recorded are the texts of files in the corpus of Looker, each of which is what
// a Looker answered once.
func recorded(t *testing.T, pattern string) (all []string) {
	t.Helper()
	files, _ := filepath.Glob(sourcetest.CorpusPath(t, "looker", pattern))
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, string(data))
	}
	if len(all) == 0 {
		t.Fatalf("corpus files %s: got none, want at least one", pattern)
	}
	return all
}

// connection says where names without a database are: the shop's tables have
// theirs.
func connection(c *looker.Config) {
	c.Connections = map[string]string{"snowlooker": "DB.HERE", "snow": "DB.HERE"}
}

// asks is a shop whose tile 1 of the dashboard 42 asks an explore.
func asks(model, explore string, fields ...string) *standin.Looker {
	l := board("42", "1")
	l.Dashboards[0].Tiles[0].Query = &standin.Query{ID: "5", Model: model, Explore: explore, Fields: fields}
	return l
}

// TestCorpusDashboard serves one recorded dashboard, whose tiles have queries of
// their own and of looks, in the two ways in which tiles are listed.
func TestCorpusDashboard(t *testing.T) {
	whole := recorded(t, "Dashboard_17_FAA_KPIs.json")[0]
	var d struct {
		Elements json.RawMessage `json:"dashboard_elements"`
	}
	if err := json.Unmarshal([]byte(whole), &d); err != nil {
		t.Fatal(err)
	}
	for name, before := range map[string]hook{
		"by a search": func(w http.ResponseWriter, r *http.Request) bool {
			return at("queries/run/json", "[]")(w, r) || at("dashboards", "["+whole+"]")(w, r) ||
				at("dashboard_elements/search", string(d.Elements))(w, r)
		},
		"by the dashboard": func(w http.ResponseWriter, r *http.Request) bool {
			unseen := `[{"dashboard.id":17,"dashboard_element.id":58,"dashboard_element.type":"vis"}]` // so that all of it is asked for
			return at("queries/run/json", unseen)(w, r) || at("dashboards", "["+whole+"]")(w, r) || at("dashboards/17", whole)(w, r)
		},
	} {
		t.Run(name, func(t *testing.T) {
			l := shop()
			l.Explores["aviation::airports"] = standin.Explore{
				View:       "airports",
				Table:      "FAA.PUBLIC.AIRPORTS AS airports",
				Connection: "c",
				Joins:      []standin.Join{{Name: "states", Table: "FAA.PUBLIC.STATES"}},
			}
			seen, answer, err := observeHostile(t, l, before, 20*time.Second)
			if err != nil || seen["dashboard:looker/17"].Name != "FAA KPIs" {
				t.Fatalf("Observe: got %v, notes %q; want no error and dashboard 17 as FAA KPIs", err, answer.Notes)
			}
			tiles := []string{"58", "59", "60", "61", "68", "70"} // the last two are of looks, and have no title of their own
			if name == "by the dashboard" {
				tiles = tiles[:1]
			}
			for _, id := range tiles {
				o := seen[sources.ID("tile:looker/17/"+id)]
				if fmt.Sprint(o.Upstream) != "[explore:looker/aviation::airports table:FAA.PUBLIC.AIRPORTS]" ||
					o.Traced != "explore" || o.Name == "" ||
					o.Name == "airports" ||
					o.Parent != "dashboard:looker/17" {
					t.Errorf(
						"tile %s: got %+v, want its own name, and by explore table:FAA.PUBLIC.AIRPORTS and the explore",
						id,
						o,
					)
				}
			}
			if look := seen["tile:looker/17/68"]; name == "by a search" && look.Name != "Average Elevation" {
				t.Errorf("name of tile 68: got %q, want that of its look, Average Elevation", look.Name)
			}
		})
	}
}

func TestCorpusFolders(t *testing.T) {
	for _, text := range recorded(t, "spectacles_api31/*GET_folders_200*") {
		l := board("42", "1")
		dashboards := `[{"id":42,"title":"In one that is shared","folder":{"id":26}},{"id":43,"title":"In one ` +
			`of a ` +
			`person","folder":{"id":25}},{"id":"a::b","title":"LookML","folder":{"id":"lookml"}}]`
		seen, _, err := observeHostile(t, l, func(w http.ResponseWriter, r *http.Request) bool {
			return at("folders", text)(w, r) || at("dashboards", dashboards)(w, r)
		}, 20*time.Second)
		if err != nil {
			t.Fatal(err)
		}
		if seen["folder:looker/26"].Parent != "folder:looker/1" || seen["dashboard:looker/42"].Parent != "folder:looker/26" ||
			seen["folder:looker/lookml"].Name == "" {
			t.Errorf("folders: got %v, want 26 in 1, dashboard 42 in 26, and the folder lookml", seen)
		}
		for _, id := range []sources.ID{"folder:looker/8", "folder:looker/25", "dashboard:looker/43"} {
			if _, ok := seen[id]; ok {
				t.Errorf("%s, which is personal: got it listed, want it left out", id)
			}
		}
	}
}

// TestCorpusExplores serves each recorded explore among each recorded list of
// models.
func TestCorpusExplores(t *testing.T) {
	for _, models := range slices.Concat(
		recorded(t, "spectacles_api31/*GET_lookml_models_200*"),
		recorded(t, "spectacles_fixtures/response_models.json"),
	) {
		for _, text := range recorded(t, "spectacles_api31/*explores_users*_200*") {
			var e struct {
				Name  string `json:"name"`
				Table string `json:"sql_table_name"`
			}
			if err := json.Unmarshal([]byte(text), &e); err != nil {
				t.Fatal(err)
			}
			want := "[table:DB.PUBLIC.USERS]"
			if e.Table == e.Name { // two of them have no table of their own
				want = "[table:DB.HERE." + strings.ToUpper(e.Name) + "]"
			}
			l := asks("eye_exam", e.Name, e.Name+".id", e.Name+".email")
			l.DeniesSQL = true
			seen, answer, err := observeHostile(t, l, func(w http.ResponseWriter, r *http.Request) bool {
				return at("lookml_models", models)(w, r) || at("lookml_models/eye_exam/explores/"+e.Name, text)(w, r)
			}, 20*time.Second, connection)
			if o := seen["tile:looker/42/1"]; err != nil || fmt.Sprint(o.Upstream) != want || o.Traced != "explore" ||
				o.MissingRef != "" ||
				len(answer.Notes) > 0 {
				t.Errorf(
					"explore %s: got %v by %q, want %s by explore; notes %q, error %v",
					e.Name,
					o.Upstream,
					o.Traced,
					want,
					answer.Notes,
					err,
				)
			}
		}
	}
}

// TestCorpusSQL serves the SQL of each recorded query as that of a tile, whose
// explore tells of no table.
func TestCorpusSQL(t *testing.T) {
	met := make(map[string]bool)
	for _, text := range recorded(t, "spectacles_api31/*query_tasks_multi_results_200*") {
		var tasks map[string]struct {
			Data json.RawMessage `json:"data"`
		}
		if err := json.Unmarshal([]byte(text), &tasks); err != nil {
			t.Fatal(err)
		}
		for _, task := range tasks {
			var data struct {
				SQL string `json:"sql"`
			}
			_ = json.Unmarshal(task.Data, &data)
			if data.SQL == "" || met[data.SQL] {
				continue
			}
			met[data.SQL] = true
			tile, answer, err := sqlOf(t, data.SQL, connection)
			if err != nil || fmt.Sprint(tile.Upstream) != "[table:DB.PUBLIC.USERS]" || tile.Traced != "sql" ||
				len(answer.Notes) > 0 {
				t.Errorf(
					"tile: got %v by %q, notes %q, error %v; want table:DB.PUBLIC.USERS by sql from %.200q",
					tile.Upstream,
					tile.Traced,
					answer.Notes,
					err,
					data.SQL,
				)
			}
		}
	}
	if len(met) != 12 {
		t.Errorf("recorded queries: got %d, want 12", len(met))
	}
}

// TestCorpusRefusals serves what a Looker says of content that refers to what is
// not there, and what it says where it refuses.
func TestCorpusRefusals(t *testing.T) {
	met := make(map[string]bool)
	for _, text := range recorded(t, "spectacles_api31/*content_validation_200*") {
		var v struct {
			Content []struct {
				Errors []struct {
					Message string `json:"message"`
				} `json:"errors"`
			} `json:"content_with_errors"`
		}
		if err := json.Unmarshal([]byte(text), &v); err != nil {
			t.Fatal(err)
		}
		for _, c := range v.Content {
			for _, e := range c.Errors {
				if met[e.Message] {
					continue
				}
				met[e.Message] = true
				seen, _, err := observeHostile(
					t,
					shop(),
					only("queries/8/run/sql", func(w http.ResponseWriter, _ *http.Request) bool {
						standin.WriteError(w, http.StatusBadRequest, e.Message)
						return true
					}),
					20*time.Second,
				)
				if o := seen["tile:looker/42/106"]; err != nil ||
					o.MissingRef != "Looker cannot run the query of this tile: “"+strings.TrimSuffix(e.Message, ".")+"”" {
					t.Errorf("missing reference of tile 106: got %q, want %q; error %v", o.MissingRef, e.Message, err)
				}
			}
		}
	}
	refuse := func(pattern string, status int) hook {
		text := recorded(t, pattern)[0]
		return only("lookml_models", func(w http.ResponseWriter, _ *http.Request) bool {
			w.WriteHeader(status)
			_, _ = io.WriteString(w, text)
			return true
		})
	}
	for want, before := range map[string]hook{
		"401 Unauthorized (Requires authentication.)":        refuse("spectacles_api31/*_401_*", http.StatusUnauthorized),
		"500 Internal Server Error (An error has occurred.)": refuse("spectacles_api31/*_500_*", http.StatusInternalServerError),
	} {
		seen, answer, err := observeHostile(t, shop(), before, 20*time.Second)
		has(t, seen, rest...)
		if !strings.Contains(refusalText(answer, err), "list of explores: could not be read: lookml_models: "+want) {
			t.Errorf(
				"Observe: got notes %q, error %v; want one that explores are not known: %s",
				answer.Notes,
				err,
				want,
			)
		}
	}
	for pattern, where := range map[string]string{
		"spectacles_api31/*_204_*":            "folders",
		"spectacles_api31/*GET_versions_200*": "folders",
	} {
		if _, answer, err := observeHostile(t, shop(), at(where, recorded(t, pattern)[0]), 20*time.Second); err == nil ||
			!strings.HasPrefix(err.Error(), "folders: invalid response: ") {
			t.Errorf(
				"Observe: got %v, notes %q; want an error that the answer of folders does not read",
				err,
				answer.Notes,
			)
		}
	}
}

// usage is what is written down of a block of LookML: the table of each of its
// views, in one schema.
var usage = map[string]string{
	"columns": "COLUMNS", "databases": "DATABASES", "file_formats": "FILE_FORMATS", "functions": "FUNCTIONS",
	"load_history": "LOAD_HISTORY", "login_history": "LOGIN_HISTORY",
	"query_history": "QUERY_HISTORY", "referential_constraints": "REFERENTIAL_CONSTRAINTS", "schemata": "SCHEMATA",
	"sequences": "SEQUENCES", "stages": "STAGES",
	"storage_usage": "DATABASE_STORAGE_USAGE_HISTORY", "table_constraints": "TABLE_CONSTRAINTS",
	"table_storage_metrics": "TABLE_STORAGE_METRICS",
	"tables":                "TABLES", "views": "VIEWS",
	"warehouse_metering_history": "WAREHOUSE_METERING_HISTORY",
}

var (
	tableOf   = regexp.MustCompile(`(?s)sql_table_name:\s*(.*?)\s*;;`)
	derivedOf = regexp.MustCompile(`(?s)derived_table:\s*\{.*?sql:\s*(.*?);;`)
	// scratchView returns the view that is part of a scratch name, or "" if name is no scratch name
	// or has no view.
	scratchView = regexp.MustCompile(`view:\s*(\w+)`)
)

// lookml are the tables of the views of the block, as LookML writes them, with
// its constant filled in as Looker does.
func lookml(t *testing.T) map[string]string {
	t.Helper()
	all := make(map[string]string)
	for _, text := range recorded(t, "block-snowflake-usage/views/*.view.lkml") {
		view := scratchView.FindStringSubmatch(text)[1]
		for _, m := range slices.Concat(tableOf.FindAllStringSubmatch(text, -1), derivedOf.FindAllStringSubmatch(text, -1)) {
			all[view] = strings.ReplaceAll(m[1], "@{DATABASE_NAME}", "SNOWFLAKE")
			if strings.Contains(m[1], "@{") && !strings.Contains(m[1], "{%") &&
				len(sqlrefs.FindRelations("select * from "+m[1])) > 0 {
				t.Errorf(
					"view %s with a constant: got tables %q, want none",
					view,
					sqlrefs.FindRelations("select * from "+m[1]),
				)
			}
		}
	}
	return all
}

// TestCorpusLookML reads the table of each view by its text alone, and as that of
// an explore of which a tile asks.
func TestCorpusLookML(t *testing.T) {
	found := lookml(t)
	if len(found) != len(usage) {
		t.Errorf("views with a table: got %d, want %d", len(found), len(usage))
	}
	for view, text := range found {
		table := "SNOWFLAKE.ACCOUNT_USAGE." + usage[view]
		if got := sqlrefs.FindRelations("select * from " + text); !slices.Equal(got, []string{table}) {
			t.Errorf("tables of view %s: got %q, want %s from %q", view, got, table, text)
		}
		want := "[table:" + table + "]"
		if strings.Contains(text, "{%") { // which of two tables it is depends on what is asked
			want = "[]"
		}
		l := asks("usage", view, view+".count")
		l.DeniesSQL = true
		l.Explores["usage::"+view] = standin.Explore{View: view, Table: text, Connection: "c"}
		if seen, answer, err := observeHostile(t, l, nil, 20*time.Second); err != nil ||
			fmt.Sprint(seen["tile:looker/42/1"].Upstream) != want {
			t.Errorf(
				"tile of view %s: got %v, want %s; notes %q, error %v",
				view,
				seen["tile:looker/42/1"].Upstream,
				want,
				answer.Notes,
				err,
			)
		}
	}
}

// TestCorpusLookMLJoins asks an explore of the block with and without its joins.
func TestCorpusLookMLJoins(t *testing.T) {
	found := lookml(t)
	for fields, want := range map[string]string{
		"query_history.query_count":                         "[explore:looker/usage::query_history QUERY_HISTORY]",
		"query_history.query_count databases.database_name": "[explore:looker/usage::query_history DATABASES QUERY_HISTORY]",
		"warehouse_metering_history.warehouse_name databases.database_name": "[DATABASES QUERY_HISTORY " +
			"WAREHOUSE_METERING_HISTORY]",
	} {
		l := asks("usage", "query_history", strings.Fields(fields)...)
		l.DeniesSQL = true
		l.Explores["usage::query_history"] = standin.Explore{
			View:       "query_history",
			Table:      found["query_history"],
			Connection: "c",
			Joins: []standin.Join{
				{Name: "databases", Table: found["databases"], DependentFields: []string{"query_history.database_name"}},
				{
					Name:            "warehouse_metering_history",
					Table:           found["warehouse_metering_history"],
					DependentFields: []string{"query_history.warehouse_name", "query_history.start_raw"},
				},
			},
		}
		seen, answer, err := observeHostile(t, l, nil, 20*time.Second)
		if got := strings.ReplaceAll(fmt.Sprint(seen["tile:looker/42/1"].Upstream), "table:SNOWFLAKE.ACCOUNT_USAGE.", ""); err != nil ||
			got != want {
			t.Errorf(
				"tile with the fields %s: got %s, want %s; notes %q, error %v",
				fields,
				got,
				want,
				answer.Notes,
				err,
			)
		}
	}
}
