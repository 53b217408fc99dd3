// Package standin is a Looker in this process. It answers the part of the API 4.0 that a visit
// uses, so that tests and the demo can run the real source. It runs no query: callers set the
// folders, dashboards, explores and the SQL of each query.
package standin

import (
	"github.com/freshet-status/freshet/sources/standin"

	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// A Looker holds dashboards and what they are made of, and answers calls about them. Its fields
// may be set before the first call, and later inside a function that is passed to Change.
type Looker struct {
	ID, Secret  string
	Folders     []Folder
	Dashboards  []Dashboard
	Explores    map[string]Explore                                // by "MODEL::NAME"
	SQL         map[string]string                                 // by id of the query, or by slug of SQL Runner
	Trash       []Dashboard                                       // deleted dashboards: Updated is when they were deleted
	Builds      []Build                                           // builds of derived tables
	SQLErrors   map[string]string                                 // why there is no SQL, by id of the query
	HasActivity bool                                              // whether System Activity may be queried
	DeniesSQL   bool                                              // whether the permission see_sql is missing
	Intercept   func(w http.ResponseWriter, r *http.Request) bool // called first; true if it has answered itself; may be nil

	mu     sync.Mutex
	calls  []string
	tokens int
}

// A Folder holds dashboards. Parent is the id of the folder around it, "" at the top.
type Folder struct {
	ID, Name, Parent string
	Personal         bool
}

// A Dashboard shows tiles. It is written in LookML if its ID contains "::". Folder is an id.
type Dashboard struct {
	ID, Title, Folder string
	Owner             string // display name of the user who made it; "" if not known
	Description       string
	Hidden            bool
	Updated, Viewed   time.Time
	Views             int
	Tiles             []Tile
}

// A Tile is an element of a dashboard. At most one of its queries is set.
type Tile struct {
	ID, Title   string
	Type        string  // "" is "vis"
	Query       *Query  // query of the tile itself
	Look        *Query  // query of a saved look
	ResultMaker *Query  // query of a result maker, as LookML dashboards have it
	Merged      []Query // queries whose results are merged
	RunnerSlug  string  // slug of a query of SQL Runner
}

// A Build is one build of a persistent derived table.
type Build struct {
	Model, View string
	At          time.Time // end of the build
	Status      string    // "" is "done"
}

// A Query selects fields of an explore.
type Query struct {
	ID, Model, Explore string
	Fields             []string
	Filters            map[string]string
}

// An Explore is a view with the views joined to it.
type Explore struct {
	View, Table, Connection string
	Joins                   []Join
}

// A Join is a view that an explore joins.
type Join struct {
	Name, Table     string
	DependentFields []string // fields of other views that the join condition uses
}

// Change calls change while no call is answered, so that it may set fields.
func (l *Looker) Change(change func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	change()
}

// RecordedCalls returns method and path of every call until now, oldest first, without
// /api/4.0/ and the query.
func (l *Looker) RecordedCalls() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.calls)
}

// Start serves the Looker on a free port of this machine until the process ends, and returns
// its address.
func (l *Looker) Start() (address string, err error) { return standin.StartURL(l) }

// A jsonObject is an object of an answer.
type jsonObject = map[string]any

// ServeHTTP records and answers one call.
func (l *Looker) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	path := strings.TrimPrefix(r.URL.Path, "/api/4.0/")
	l.calls = append(l.calls, r.Method+" "+path)
	if l.Intercept != nil && l.Intercept(w, r) {
		return
	}
	parts := strings.Split(path, "/")
	switch {
	case path == "login":
		l.writeLogin(w, r)
	case !l.isSignedIn(r.Header.Get("Authorization")):
		WriteError(w, http.StatusUnauthorized, "Requires authentication.")
	case path == "logout":
		w.WriteHeader(http.StatusNoContent)
	case path == "user":
		writeFields(w, r, jsonObject{"id": "1", "display_name": "Freshet"})
	case path == "folders":
		writeFields(w, r, l.listFolders())
	case path == "dashboards":
		writeFields(w, r, l.listDashboards())
	case path == "dashboards/search" && r.URL.Query().Get("deleted") == "true":
		writeFields(w, r, l.listTrash())
	case path == "dashboards/search":
		writeFields(w, r, l.listUsage())
	case len(parts) == 2 && parts[0] == "sql_queries":
		l.writeRunnerSQL(w, r, parts[1])
	case path == "dashboard_elements/search":
		writeFields(w, r, l.listElements(func(d Dashboard) bool { return true }))
	case path == "queries/run/json":
		l.writeActivity(w, r)
	case path == "lookml_models":
		writeFields(w, r, l.listModels())
	case len(parts) == 2 && parts[0] == "dashboards":
		l.writeDashboard(w, r, parts[1])
	case len(parts) == 4 && parts[0] == "lookml_models":
		l.writeExplore(w, r, parts[1]+"::"+parts[3])
	case len(parts) == 2 && parts[0] == "merge_queries":
		l.writeMergedQueries(w, r, parts[1])
	case len(parts) == 2 && parts[0] == "queries":
		l.writeMergedQuery(w, r, parts[1])
	case len(parts) == 4 && parts[0] == "queries":
		l.writeSQL(w, parts[1])
	default:
		WriteError(w, http.StatusNotFound, "Not found")
	}
}

// writeLogin answers with a new token if ID and Secret are in the body, and nothing is in the
// query. It ends earlier sessions.
func (l *Looker) writeLogin(w http.ResponseWriter, r *http.Request) {
	if r.PostFormValue("client_id") != l.ID || r.PostFormValue("client_secret") != l.Secret || r.URL.RawQuery != "" {
		WriteError(w, http.StatusNotFound, "Not found")
		return
	}
	l.tokens++
	writeFields(w, r, jsonObject{"access_token": fmt.Sprintf("t%d", l.tokens), "token_type": "Bearer", "expires_in": 3600})
}

// isSignedIn reports whether a call has the token of the last sign-in, behind the word of
// Looker ("token") or of its SDKs ("Bearer").
func (l *Looker) isSignedIn(authorization string) bool {
	word, token, _ := strings.Cut(authorization, " ")
	return (word == "token" || word == "Bearer") && token == fmt.Sprint("t", l.tokens)
}

// EndSessions makes all tokens invalid. It takes no lock: call it while no call is answered.
func (l *Looker) EndSessions() { l.tokens++ }

// WriteError answers with a status and a message, in the form of the API 4.0.
func WriteError(w http.ResponseWriter, status int, says string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(jsonObject{"message": says, "documentation_url": "https://docs.example/looker"})
}

// writeFields answers with v, an object or a list of them, reduced to the fields that the call
// asks for.
func writeFields(w http.ResponseWriter, r *http.Request, v any) {
	w.Header().Set("Content-Type", "application/json")
	wanted := topLevelFields(r.URL.Query().Get("fields"))
	switch v := v.(type) {
	case jsonObject:
		_ = json.NewEncoder(w).Encode(selectFields(v, wanted))
	case []jsonObject:
		out := make([]jsonObject, 0, len(v))
		for _, o := range v {
			out = append(out, selectFields(o, wanted))
		}
		_ = json.NewEncoder(w).Encode(out)
	}
}

// topLevelFields returns the names outside of brackets in a list of fields such as
// "id,folder(id,name)".
func topLevelFields(fields string) (names []string) {
	deep := 0
	name := ""
	for _, c := range fields + "," {
		switch {
		case c == '(':
			deep++
		case c == ')':
			deep--
		case c == ',' && deep == 0:
			names = append(names, name)
			name = ""
		case deep == 0:
			name += string(c)
		}
	}
	return names
}

// selectFields returns o with these fields alone; o itself for the one name "".
func selectFields(o jsonObject, names []string) jsonObject {
	if len(names) == 1 && names[0] == "" {
		return o
	}
	out := jsonObject{}
	for _, name := range names {
		if v, ok := o[name]; ok {
			out[name] = v
		}
	}
	return out
}

// listFolders returns the folders as the API lists them.
func (l *Looker) listFolders() (all []jsonObject) {
	for _, f := range l.Folders {
		o := jsonObject{"id": f.ID, "name": f.Name, "is_personal": f.Personal, "is_personal_descendant": false}
		if f.Parent != "" {
			o["parent_id"] = f.Parent
		}
		all = append(all, o)
	}
	return all
}

// isLookML reports whether the dashboard is written in LookML: its id contains "::".
func (d Dashboard) isLookML() bool { return strings.Contains(d.ID, "::") }

// folderOf returns the folder of a dashboard, or that of LookML dashboards if it has none.
func (l *Looker) folderOf(d Dashboard) jsonObject {
	for _, f := range l.Folders {
		if f.ID == d.Folder {
			return jsonObject{"id": f.ID, "name": f.Name}
		}
	}
	return jsonObject{"id": "lookml", "name": "LookML Dashboards"}
}

// listDashboards returns all dashboards as the API lists them.
func (l *Looker) listDashboards() (all []jsonObject) {
	for _, d := range l.Dashboards {
		all = append(all, l.summarize(d))
	}
	return all
}

// summarize returns a dashboard as the list of all dashboards has it, without tiles.
func (l *Looker) summarize(d Dashboard) jsonObject {
	return jsonObject{"id": d.ID, "title": d.Title, "description": d.Description, "hidden": d.Hidden, "folder": l.folderOf(d)}
}

// listUsage returns the dashboards as dashboards/search does: with views, owner and times, and
// without those of LookML.
func (l *Looker) listUsage() (all []jsonObject) {
	for _, d := range l.Dashboards {
		if d.isLookML() {
			continue
		}
		o := l.summarize(d)
		o["view_count"] = d.Views
		if d.Owner != "" {
			o["user_name"] = d.Owner
		}
		for key, at := range map[string]time.Time{"updated_at": d.Updated, "last_viewed_at": d.Viewed} {
			if !at.IsZero() {
				o[key] = at.Format(time.RFC3339)
			}
		}
		all = append(all, o)
	}
	return all
}

// listElements returns the tiles of the dashboards for which include is true.
func (l *Looker) listElements(include func(Dashboard) bool) (all []jsonObject) {
	for _, d := range l.Dashboards {
		for _, t := range d.Tiles {
			if include(d) {
				all = append(all, t.toJSON(d))
			}
		}
	}
	return all
}

// elementType returns the type of the tile, "vis" if none is set.
func (t Tile) elementType() string {
	if t.Type == "" {
		return "vis"
	}
	return t.Type
}

// toJSON returns the tile as an element of dashboard d.
func (t Tile) toJSON(d Dashboard) jsonObject {
	o := jsonObject{"id": t.ID, "dashboard_id": d.ID, "title": nil, "type": t.elementType()}
	if t.Title != "" {
		o["title"] = t.Title
	}
	switch {
	case t.Query != nil:
		o["query"] = t.Query.toJSON()
	case t.Look != nil:
		o["look"] = jsonObject{"id": "1", "title": "A look", "query": t.Look.toJSON()}
	case t.ResultMaker != nil:
		o["result_maker"] = jsonObject{"id": "1", "query": t.ResultMaker.toJSON()}
	case t.RunnerSlug != "":
		o["result_maker"] = jsonObject{"id": "1", "sql_query_id": t.RunnerSlug}
	case t.Merged != nil:
		var filterables []jsonObject
		for _, q := range t.Merged {
			filterables = append(filterables, jsonObject{"model": q.Model, "view": q.Explore})
		}
		o["merge_result_id"] = "m" + t.ID
		o["result_maker"] = jsonObject{"id": "1", "merge_result_id": "m" + t.ID, "filterables": filterables}
	}
	return o
}

// toJSON returns the query as the API has it.
func (q Query) toJSON() jsonObject {
	o := jsonObject{"id": q.ID, "model": q.Model, "view": q.Explore, "fields": append([]string{}, q.Fields...)}
	if q.Filters != nil {
		o["filters"] = q.Filters
	}
	return o
}

// writeMergedQueries answers with the ids of the queries of a merged result; not found if the
// first one has none.
func (l *Looker) writeMergedQueries(w http.ResponseWriter, r *http.Request, id string) {
	for _, d := range l.Dashboards {
		for _, t := range d.Tiles {
			if "m"+t.ID != id || t.Merged == nil || t.Merged[0].ID == "" {
				continue
			}
			var queries []jsonObject
			for _, q := range t.Merged {
				queries = append(queries, jsonObject{"query_id": q.ID})
			}
			writeFields(w, r, jsonObject{"id": id, "source_queries": queries})
			return
		}
	}
	WriteError(w, http.StatusNotFound, "Not found")
}

// writeMergedQuery answers with one query of a merged result, by its id.
func (l *Looker) writeMergedQuery(w http.ResponseWriter, r *http.Request, id string) {
	for _, d := range l.Dashboards {
		for _, t := range d.Tiles {
			for _, q := range t.Merged {
				if q.ID == id {
					writeFields(w, r, q.toJSON())
					return
				}
			}
		}
	}
	WriteError(w, http.StatusNotFound, "Not found")
}

// listTrash returns the deleted dashboards.
func (l *Looker) listTrash() []jsonObject {
	all := []jsonObject{}
	for _, d := range l.Trash {
		all = append(all, jsonObject{"id": d.ID, "deleted": true, "deleted_at": d.Updated.Format(time.RFC3339)})
	}
	return all
}

// writeRunnerSQL answers with the SQL of a query of SQL Runner; not found without see_sql.
func (l *Looker) writeRunnerSQL(w http.ResponseWriter, r *http.Request, slug string) {
	sql, ok := l.SQL[slug]
	if !ok || l.DeniesSQL {
		WriteError(w, http.StatusNotFound, "Not found")
		return
	}
	writeFields(w, r, jsonObject{"slug": slug, "sql": sql, "connection": jsonObject{"name": "snow"}})
}

// writeActivity answers one of the two queries of System Activity that a visit makes: builds of
// derived tables, else tiles.
func (l *Looker) writeActivity(w http.ResponseWriter, r *http.Request) {
	var asked struct{ View string }
	_ = json.NewDecoder(r.Body).Decode(&asked)
	switch {
	case !l.HasActivity:
		WriteError(w, http.StatusNotFound, "Not found")
	case asked.View == "pdt_builds":
		l.writeBuilds(w)
	default:
		l.writeTiles(w)
	}
}

// writeBuilds answers with the builds of derived tables, as rows of pdt_builds.
func (l *Looker) writeBuilds(w http.ResponseWriter) {
	rows := []jsonObject{}
	for _, b := range l.Builds {
		rows = append(
			rows,
			jsonObject{"pdt_builds.model_name": b.Model, "pdt_builds.view_name": b.View, "pdt_builds.connection": "snow",
				"pdt_builds.status": cmp.Or(b.Status, "done"), "pdt_builds.end_time": b.At.Format(time.DateTime)},
		)
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(rows)
}

// writeTiles answers with the tiles as rows of System Activity, which has no text tiles and no
// LookML dashboards.
func (l *Looker) writeTiles(w http.ResponseWriter) {
	rows := []jsonObject{}
	for _, d := range l.Dashboards {
		for _, t := range d.Tiles {
			if d.isLookML() || t.elementType() == "text" {
				continue
			}
			row := jsonObject{
				"dashboard.id":            d.ID,
				"dashboard_element.id":    t.ID,
				"dashboard_element.type":  t.elementType(),
				"dashboard_element.title": t.Title,
				"query.id":                nil,
				"query.model":             nil,
				"query.view":              nil,
				"query.formatted_fields":  nil,
				"look.id":                 nil,
			}
			q := t.Query
			row["dashboard_element.result_source"] = "Lookless"
			if t.Look != nil {
				q = t.Look
				row["look.id"] = 1
				row["dashboard_element.result_source"] = "Saved Look"
			}
			if t.Merged != nil {
				row["dashboard_element.result_source"] = "Merge Query"
			}
			if q != nil {
				fields, _ := json.Marshal(q.Fields)
				row["query.id"] = q.ID
				row["query.model"] = q.Model
				row["query.view"] = q.Explore
				row["query.formatted_fields"] = string(fields)
			}
			rows = append(rows, row)
		}
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(rows)
}

// writeDashboard answers with a dashboard and its tiles.
func (l *Looker) writeDashboard(w http.ResponseWriter, r *http.Request, id string) {
	i := slices.IndexFunc(l.Dashboards, func(d Dashboard) bool { return d.ID == id })
	if i < 0 {
		WriteError(w, http.StatusNotFound, "Not found")
		return
	}
	elements := l.listElements(func(d Dashboard) bool { return d.ID == id })
	o := l.summarize(l.Dashboards[i])
	o["dashboard_elements"] = append([]jsonObject{}, elements...)
	writeFields(w, r, o)
}

// listModels returns the models with the names of their explores.
func (l *Looker) listModels() (all []jsonObject) {
	exploresByModel := make(map[string][]jsonObject)
	for id := range l.Explores {
		model, name, _ := strings.Cut(id, "::")
		exploresByModel[model] = append(exploresByModel[model], jsonObject{"name": name, "hidden": false})
	}
	for model, explores := range exploresByModel {
		all = append(all, jsonObject{"name": model, "explores": explores})
	}
	return all
}

// writeExplore answers with an explore and its joins.
func (l *Looker) writeExplore(w http.ResponseWriter, r *http.Request, id string) {
	e, ok := l.Explores[id]
	if !ok {
		WriteError(w, http.StatusNotFound, "Not found")
		return
	}
	_, name, _ := strings.Cut(id, "::")
	o := jsonObject{"id": id, "name": name, "view_name": e.View, "connection_name": e.Connection}
	if e.Table != "" {
		o["sql_table_name"] = e.Table
	}
	joins := []jsonObject{}
	for _, j := range e.Joins {
		join := jsonObject{"name": j.Name, "dependent_fields": append([]string{}, j.DependentFields...)}
		if j.Table != "" {
			join["sql_table_name"] = j.Table
		}
		joins = append(joins, join)
	}
	o["joins"] = joins
	writeFields(w, r, o)
}

// writeSQL answers with the SQL of a query; with an error if see_sql is missing or SQLErrors
// has one.
func (l *Looker) writeSQL(w http.ResponseWriter, id string) {
	switch {
	case l.DeniesSQL:
		WriteError(w, http.StatusForbidden, "You do not have permission to see SQL")
	case l.SQLErrors[id] != "":
		WriteError(w, http.StatusBadRequest, l.SQLErrors[id])
	case l.SQL[id] == "":
		WriteError(w, http.StatusNotFound, "Not found")
	default:
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = w.Write([]byte(l.SQL[id]))
	}
}
