package looker

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/freshet-status/freshet/sources/calls"
)

// A probe is the cheapest call that needs a right.
type probe struct {
	right string // as Looker calls the permission
	tells string // what it lets be seen
	kind  string
	calls.Call
	may bool // it can be done without
}

func limited(list string) url.Values {
	q := fields(list)
	q.Set("limit", "1")
	return q
}

// probes are tried one by one. The SQL of a query is asked for if one is seen.
func probes() []probe {
	one := `{"model":"system__activity","view":"dashboard","fields":["dashboard.id"],"limit":"1"}`
	return []probe{
		{"see_user_dashboards", "dashboards", admin, calls.Call{Path: "dashboards/search", Query: limited("id")}, false},
		{"see_lookml", "models and explores", admin, calls.Call{Path: "lookml_models", Query: limited("name")}, false},
		{"see_looks", "tiles and looks", admin, calls.Call{Path: "dashboard_elements/search", Query: fields("id,query(id)")}, false},
		{"see_system_activity", "usage, builds of derived tables, and all tiles in one call", query, calls.Call{Method: http.MethodPost, Path: "queries/run/json", Type: "application/json", Body: one}, true},
	}
}

// Connect signs in, asks who that is, and tries each right that a visit needs: it
// costs four calls of the kind non_query and two of db_query at most.
func (s *source) Connect(ctx context.Context) (works []string, missing []error) {
	v, err := s.visit(ctx)
	if err != nil {
		return nil, []error{err}
	}
	defer v.close()
	var me struct {
		Name string `json:"display_name"`
	}
	if err := v.get("user", fields("id,display_name"), &me); err != nil {
		return nil, []error{err}
	}
	works = []string{"signed in as " + me.Name}
	var sql text
	for _, p := range probes() {
		said, err := v.probe(p, &sql)
		works, missing = appendSaid(works, missing, said, err)
	}
	if sql != "" {
		said, err := v.probe(probe{"see_sql", "the SQL of tiles", query, calls.Call{Path: "queries/" + url.PathEscape(string(sql)) + "/run/sql"}, true}, nil)
		works, missing = appendSaid(works, missing, said, err)
	}
	return works, missing
}

func appendSaid(works []string, missing []error, said string, err error) ([]string, []error) {
	if err != nil {
		return works, append(missing, err)
	}
	return append(works, said), missing
}

// probe tries a right. A right that can be done without is told of, and its lack
// is no fault.
func (v *visit) probe(p probe, sql *text) (said string, err error) {
	v.kind = p.kind
	resp, err := v.api.Do(v.ctx, p.Call)
	v.kind = ""
	if err == nil {
		defer resp.Body.Close()
		seen := v.first(resp, sql)
		if seen {
			return fmt.Sprintf("%s: sees %s", p.right, p.tells), nil
		}
		err = fmt.Errorf("%s: nothing is there to see", p.Path)
	}
	if status := calls.Status(err); err != nil && seenless(status) {
		return "", err
	}
	if p.may {
		return fmt.Sprintf("%s is missing, and can be: less is seen of %s (%s)", p.right, p.tells, cause(err)), nil
	}
	return "", fmt.Errorf("%s is missing: no %s can be seen: %s\nhint: add %s to the permission set of the API user's role, and View access to the folders: Admin, Roles", p.right, p.tells, cause(err), p.right)
}

// seenless reports whether a status tells nothing of rights.
func seenless(status int) bool { return status == http.StatusTooManyRequests || status >= 500 }

// cause is an error without its hint.
func cause(err error) string {
	says, _, _ := strings.Cut(err.Error(), "\nhint: ")
	return says
}

// first reports whether an answer has anything in it, and takes the first query
// whose SQL can be asked for.
func (v *visit) first(resp *http.Response, sql *text) bool {
	if sql == nil {
		return true
	}
	var all []struct {
		Query *asked `json:"query"`
		Error text   `json:"looker_error"`
	}
	if json.NewDecoder(io.LimitReader(resp.Body, mostSQL)).Decode(&all) != nil || len(all) == 0 || all[0].Error != "" {
		return false
	}
	for _, e := range all {
		if e.Query != nil && e.Query.ID != "" && *sql == "" {
			*sql = e.Query.ID
		}
	}
	return true
}
