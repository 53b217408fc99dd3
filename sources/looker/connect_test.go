package looker_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/freshet-status/freshet/sources"
	"github.com/freshet-status/freshet/sources/looker/standin"
)

func TestConnectNamesTheRightThatIsMissing(t *testing.T) {
	for name, tt := range map[string]struct {
		change        func(*standin.Looker)
		works, misses string
	}{
		"all are there": {func(*standin.Looker) {}, "see_sql: granted (SQL of tiles)", ""},
		"no SQL": {
			change: func(l *standin.Looker) { l.DeniesSQL = true },
			works: "see_sql: not granted (optional; affects SQL of tiles): queries/5/run/sql: 403 " +
				"Forbidden (You do not have permission to see SQL)",
			misses: "",
		},
		"no activity": {
			change: func(l *standin.Looker) { l.HasActivity = false },
			works: "see_system_activity: not granted (optional; affects usage, builds of derived " +
				"tables, and all tiles in one call): queries/run/json: 404 Not Found (Not found)",
			misses: "",
		},
		"no models": {func(l *standin.Looker) {
			l.Intercept = refusing("/lookml_models")
		}, "see_user_dashboards: granted (dashboards)",
			"see_lookml: not granted (affects models and explores): lookml_models: 403 Forbidden (no)\n" +
				"hint: add see_lookml to the permission set of the API user's role, and View access to the " +
				"folders: Admin, Roles"},
		"no dashboards": {
			change: func(l *standin.Looker) { l.Dashboards = nil },
			works:  "see_lookml: granted (models and explores)",
			misses: "see_user_dashboards: not granted (affects dashboards): dashboards/search: empty response\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			l := shop()
			l.SQL["5"] = "SELECT 1 FROM RAW.SHOP.ORDERS"
			src := open(t, l, nil)
			tt.change(l)
			works, missing := src.(sources.Connector).Connect(t.Context())
			if all := strings.Join(works, "\n"); !strings.Contains(all, tt.works) || works[0] != "signed in: user Freshet" {
				t.Errorf("works: got %q, want the sign-in first, and %q", works, tt.works)
			}
			if tt.misses == "" && len(missing) > 0 ||
				tt.misses != "" && (len(missing) == 0 || !strings.HasPrefix(missing[0].Error(), tt.misses)) {
				t.Errorf("missing: got %q, want %q first (none if empty)", missing, tt.misses)
			}
		})
	}
}

func refusing(paths ...string) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, r *http.Request) bool {
		hit := slices.ContainsFunc(paths, func(path string) bool { return strings.HasSuffix(r.URL.Path, path) })
		if hit {
			standin.WriteError(w, http.StatusForbidden, "no")
		}
		return hit
	}
}

func TestAFaultOfSystemActivityIsNoEmptyLooker(t *testing.T) {
	t.Setenv("FRESHET_LOOKER_OPENAPI", "")
	l := shop()
	src := open(t, l, nil)
	l.Intercept = func(w http.ResponseWriter, r *http.Request) bool {
		hit := strings.HasSuffix(r.URL.Path, "/queries/run/json")
		if hit {
			_, _ = w.Write([]byte(`[{"looker_error":"Unknown field \"query.id\"\nmore"}]`))
		}
		return hit
	}
	seen, answer := observeSource(t, src)
	if len(seen["tile:looker/42/101"].Upstream) != 1 ||
		!hasNote(
			answer,
			`System Activity: could not be read, so dashboard elements were searched instead: query failed: Unknown field "query.id"`,
		) {
		t.Errorf("notes: got %q, want one that System Activity is not read, and one table of tile 101", answer.Notes)
	}
}
