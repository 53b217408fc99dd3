package looker

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/freshet-status/freshet/sources/httpclient"
	"github.com/freshet-status/freshet/sources/looker/model"
	"github.com/freshet-status/freshet/sources/looker/quota"
)

// A probe is the cheapest call that succeeds only with a certain permission.
type probe struct {
	permission string // name of the permission in Looker, such as see_looks
	shows      string // what the permission makes visible, for messages
	kind       string
	httpclient.Call
	optional bool // true if a visit works without the permission
}

// selectOne returns the query parameters that limit a response to one element with the listed
// fields.
func selectOne(list string) url.Values {
	q := selectFields(list)
	q.Set("limit", "1")
	return q
}

// permissionProbes returns the probes that Connect tries in this order. The probe for see_sql
// is not included, because it needs the id of a query.
func permissionProbes() []probe {
	one := `{"model":"system__activity","view":"dashboard","fields":["dashboard.id"],"limit":"1"}`
	return []probe{
		{
			permission: "see_user_dashboards",
			shows:      "dashboards",
			kind:       quota.AdminCalls,
			Call:       httpclient.Call{Path: "dashboards/search", Query: selectOne("id")},
			optional:   false,
		},
		{
			permission: "see_lookml",
			shows:      "models and explores",
			kind:       quota.AdminCalls,
			Call:       httpclient.Call{Path: "lookml_models", Query: selectOne("name")},
			optional:   false,
		},
		{
			permission: "see_looks",
			shows:      "tiles and looks",
			kind:       quota.AdminCalls,
			Call:       httpclient.Call{Path: "dashboard_elements/search", Query: selectFields("id,query(id)")},
			optional:   false,
		},
		{
			permission: "see_system_activity",
			shows:      "usage, builds of derived tables, and all tiles in one call",
			kind:       quota.QueryCalls,
			Call: httpclient.Call{
				Method:      http.MethodPost,
				Path:        "queries/run/json",
				ContentType: "application/json",
				Body:        one,
			},
			optional: true,
		},
	}
}

// Connect signs in, fetches the name of the API user and tries each permission that a visit
// needs. It costs at most four non_query and two db_query calls.
func (s *source) Connect(ctx context.Context) (works []string, missing []error) {
	v, err := s.startVisit(ctx)
	if err != nil {
		return nil, []error{err}
	}
	defer v.endVisit()
	var me struct {
		Name string `json:"display_name"`
	}
	if err := v.fetchAdmin("user", selectFields("id,display_name"), &me); err != nil {
		return nil, []error{err}
	}
	works = []string{"signed in: user " + me.Name}
	var queryID model.Text
	for _, p := range permissionProbes() {
		line, err := v.tryPermission(p, &queryID)
		works, missing = appendResult(works, missing, line, err)
	}
	if queryID != "" {
		line, err := v.tryPermission(
			probe{
				permission: "see_sql",
				shows:      "SQL of tiles",
				kind:       quota.QueryCalls,
				Call:       httpclient.Call{Path: "queries/" + url.PathEscape(string(queryID)) + "/run/sql"},
				optional:   true,
			},
			nil,
		)
		works, missing = appendResult(works, missing, line, err)
	}
	return works, missing
}

// appendResult appends err to missing if there is one, otherwise line to works.
func appendResult(works []string, missing []error, line string, err error) ([]string, []error) {
	if err != nil {
		return works, append(missing, err)
	}
	return append(works, line), missing
}

// tryPermission makes the call of p. A missing permission is an error, unless it is optional:
// then the returned line says so. An error that says nothing about permissions is returned as
// it is. If queryID is not nil, it receives the first query id found.
func (v *visit) tryPermission(p probe, queryID *model.Text) (line string, err error) {
	resp, err := v.client.Send(v.ctx, p.kind, p.Call)
	if err == nil {
		defer resp.Body.Close()
		seen := v.hasElements(resp, queryID)
		if seen {
			return fmt.Sprintf("%s: granted (%s)", p.permission, p.shows), nil
		}
		err = fmt.Errorf("%s: empty response", p.Path)
	}
	if status := httpclient.StatusOf(err); err != nil && isTransient(status) {
		return "", err
	}
	if p.optional {
		return fmt.Sprintf("%s: not granted (optional; affects %s): %s", p.permission, p.shows, trimHint(err)), nil
	}
	return "", fmt.Errorf(
		"%s: not granted (affects %s): %s\n"+
			"hint: add %s to the permission set of the API user's role, and View access to the folders: Admin, "+
			"Roles",
		p.permission,
		p.shows,
		trimHint(err),
		p.permission,
	)
}

// isTransient reports whether an HTTP status says nothing about permissions: 429 and 5xx.
func isTransient(status int) bool { return status == http.StatusTooManyRequests || status >= 500 }

// trimHint returns the text of err without its hint line.
func trimHint(err error) string {
	says, _, _ := strings.Cut(err.Error(), "\nhint: ")
	return says
}

// hasElements reports whether the response is a list with at least one element and no error. It
// sets *queryID, if empty, to the first query id in it. With a nil queryID, the body is not
// read and the result is true.
func (v *visit) hasElements(resp *http.Response, queryID *model.Text) bool {
	if queryID == nil {
		return true
	}
	var all []struct {
		Query *model.Query `json:"query"`
		Error model.Text   `json:"looker_error"`
	}
	if json.NewDecoder(io.LimitReader(resp.Body, maxSQLBytes)).Decode(&all) != nil || len(all) == 0 || all[0].Error != "" {
		return false
	}
	for _, e := range all {
		if e.Query != nil && e.Query.ID != "" && *queryID == "" {
			*queryID = e.Query.ID
		}
	}
	return true
}
