// Package standin is a Looker in this process: it answers as much of the API 4.0
// as a visit asks for, and remembers what is changed in it. Tests and the demo
// let the real source visit it.
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

// A Looker is a running one. Its fields may be set before the first call, and
// changed under Change.
type Looker struct {
	ID, Secret string
	Folders    []Folder
	Dashboards []Dashboard
	Explores   map[string]Explore                                // by MODEL::NAME
	SQL        map[string]string                                 // by query, also of SQL Runner
	Trash      []Dashboard                                       // that were deleted, when they were updated last
	Builds     []Build                                           // of derived tables
	Refused    map[string]string                                 // by query: why there is no SQL
	Activity   bool                                              // whether System Activity may be asked
	NoSQL      bool                                              // whether see_sql is missing
	Before     func(w http.ResponseWriter, r *http.Request) bool // true if it has answered a call itself

	mu     sync.Mutex
	calls  []string
	tokens int
}

// A Folder holds dashboards.
type Folder struct {
	ID, Name, Parent string
	Personal         bool
}

// A Dashboard shows tiles. One whose id has "::" is written in LookML.
type Dashboard struct {
	ID, Title, Folder string
	Owner             string // who made it
	Description       string
	Hidden            bool
	Updated, Viewed   time.Time
	Views             int
	Tiles             []Tile
}

// A Tile is an element.
type Tile struct {
	ID, Title string
	Type      string  // "" is "vis"
	Query     *Query  // its own
	Look      *Query  // of a look
	Maker     *Query  // of a result maker, as LookML has it
	Merged    []Query // the queries that are merged
	Runner    string  // the query of SQL Runner
}

// A Build is one of a persistent derived table.
type Build struct {
	Model, View string
	At          time.Time // when it ended
	Status      string    // "" is "done"
}

// A Query asks an explore.
type Query struct {
	ID, Model, Explore string
	Fields             []string
	Filters            map[string]string
}

// An Explore joins views.
type Explore struct {
	View, Table, Connection string
	Joins                   []Join
}

// A Join is a view of an explore.
type Join struct {
	Name, Table string
	Needs       []string // fields of other views that it is joined by
}

// Change changes what there is.
func (l *Looker) Change(change func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	change()
}

// Calls are the methods and paths that were asked for until now.
func (l *Looker) Calls() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.calls)
}

// Start listens on a free port of this machine, until this process ends.
func (l *Looker) Start() (address string, err error) {
	server, err := standin.Start(l)
	if err != nil {
		return "", err
	}
	return server.URL(), nil
}

type object = map[string]any

// ServeHTTP answers a call.
func (l *Looker) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	path := strings.TrimPrefix(r.URL.Path, "/api/4.0/")
	l.calls = append(l.calls, r.Method+" "+path)
	if l.Before != nil && l.Before(w, r) {
		return
	}
	parts := strings.Split(path, "/")
	switch {
	case path == "login":
		l.login(w, r)
	case !l.known(r.Header.Get("Authorization")):
		Refuse(w, http.StatusUnauthorized, "Requires authentication.")
	case path == "logout":
		w.WriteHeader(http.StatusNoContent)
	case path == "user":
		answer(w, r, object{"id": "1", "display_name": "Freshet"})
	case path == "folders":
		answer(w, r, l.folders())
	case path == "dashboards":
		answer(w, r, l.dashboards())
	case path == "dashboards/search" && r.URL.Query().Get("deleted") == "true":
		answer(w, r, l.trash())
	case path == "dashboards/search":
		answer(w, r, l.usage())
	case len(parts) == 2 && parts[0] == "sql_queries":
		l.runner(w, r, parts[1])
	case path == "dashboard_elements/search":
		answer(w, r, l.elements(func(d Dashboard) bool { return true }))
	case path == "queries/run/json":
		l.activity(w, r)
	case path == "lookml_models":
		answer(w, r, l.models())
	case len(parts) == 2 && parts[0] == "dashboards":
		l.dashboard(w, r, parts[1])
	case len(parts) == 4 && parts[0] == "lookml_models":
		l.explore(w, r, parts[1]+"::"+parts[3])
	case len(parts) == 2 && parts[0] == "merge_queries":
		l.merge(w, r, parts[1])
	case len(parts) == 2 && parts[0] == "queries":
		l.query(w, r, parts[1])
	case len(parts) == 4 && parts[0] == "queries":
		l.sql(w, parts[1])
	default:
		Refuse(w, http.StatusNotFound, "Not found")
	}
}

func (l *Looker) login(w http.ResponseWriter, r *http.Request) {
	if r.PostFormValue("client_id") != l.ID || r.PostFormValue("client_secret") != l.Secret || r.URL.RawQuery != "" {
		Refuse(w, http.StatusNotFound, "Not found")
		return
	}
	l.tokens++
	answer(w, r, object{"access_token": fmt.Sprintf("t%d", l.tokens), "token_type": "Bearer", "expires_in": 3600})
}

// known reports whether a call is of the session that began last. Looker takes
// both words: its own, and that of its SDKs.
func (l *Looker) known(authorization string) bool {
	word, token, _ := strings.Cut(authorization, " ")
	return (word == "token" || word == "Bearer") && token == fmt.Sprint("t", l.tokens)
}

// Forget ends every session.
func (l *Looker) Forget() { l.tokens++ }

// Refuse answers that something is wrong.
func Refuse(w http.ResponseWriter, status int, says string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(object{"message": says, "documentation_url": "https://docs.example/looker"})
}

// answer answers with the fields that were asked for.
func answer(w http.ResponseWriter, r *http.Request, v any) {
	w.Header().Set("Content-Type", "application/json")
	wanted := top(r.URL.Query().Get("fields"))
	switch v := v.(type) {
	case object:
		_ = json.NewEncoder(w).Encode(only(v, wanted))
	case []object:
		out := make([]object, 0, len(v))
		for _, o := range v {
			out = append(out, only(o, wanted))
		}
		_ = json.NewEncoder(w).Encode(out)
	}
}

// top are the names outside of brackets in a list of fields.
func top(fields string) (names []string) {
	deep, name := 0, ""
	for _, c := range fields + "," {
		switch {
		case c == '(':
			deep++
		case c == ')':
			deep--
		case c == ',' && deep == 0:
			names, name = append(names, name), ""
		case deep == 0:
			name += string(c)
		}
	}
	return names
}

func only(o object, names []string) object {
	if len(names) == 1 && names[0] == "" {
		return o
	}
	out := object{}
	for _, name := range names {
		if v, ok := o[name]; ok {
			out[name] = v
		}
	}
	return out
}

func (l *Looker) folders() (all []object) {
	for _, f := range l.Folders {
		o := object{"id": f.ID, "name": f.Name, "is_personal": f.Personal, "is_personal_descendant": false}
		if f.Parent != "" {
			o["parent_id"] = f.Parent
		}
		all = append(all, o)
	}
	return all
}

func (d Dashboard) lookml() bool { return strings.Contains(d.ID, "::") }

func (l *Looker) folder(d Dashboard) object {
	for _, f := range l.Folders {
		if f.ID == d.Folder {
			return object{"id": f.ID, "name": f.Name}
		}
	}
	return object{"id": "lookml", "name": "LookML Dashboards"}
}

func (l *Looker) dashboards() (all []object) {
	for _, d := range l.Dashboards {
		all = append(all, l.abbreviated(d))
	}
	return all
}

// abbreviated is a dashboard as the list of all has it.
func (l *Looker) abbreviated(d Dashboard) object {
	return object{"id": d.ID, "title": d.Title, "description": d.Description, "hidden": d.Hidden, "folder": l.folder(d)}
}

func (l *Looker) usage() (all []object) {
	for _, d := range l.Dashboards {
		if d.lookml() {
			continue
		}
		o := l.abbreviated(d)
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

func (l *Looker) elements(of func(Dashboard) bool) (all []object) {
	for _, d := range l.Dashboards {
		for _, t := range d.Tiles {
			if of(d) {
				all = append(all, t.element(d))
			}
		}
	}
	return all
}

func (t Tile) kind() string {
	if t.Type == "" {
		return "vis"
	}
	return t.Type
}

func (t Tile) element(d Dashboard) object {
	o := object{"id": t.ID, "dashboard_id": d.ID, "title": nil, "type": t.kind()}
	if t.Title != "" {
		o["title"] = t.Title
	}
	switch {
	case t.Query != nil:
		o["query"] = t.Query.object()
	case t.Look != nil:
		o["look"] = object{"id": "1", "title": "A look", "query": t.Look.object()}
	case t.Maker != nil:
		o["result_maker"] = object{"id": "1", "query": t.Maker.object()}
	case t.Runner != "":
		o["result_maker"] = object{"id": "1", "sql_query_id": t.Runner}
	case t.Merged != nil:
		var filterables []object
		for _, q := range t.Merged {
			filterables = append(filterables, object{"model": q.Model, "view": q.Explore})
		}
		o["merge_result_id"], o["result_maker"] = "m"+t.ID, object{"id": "1", "merge_result_id": "m" + t.ID, "filterables": filterables}
	}
	return o
}

func (q Query) object() object {
	o := object{"id": q.ID, "model": q.Model, "view": q.Explore, "fields": append([]string{}, q.Fields...)}
	if q.Filters != nil {
		o["filters"] = q.Filters
	}
	return o
}

// merge tells the queries of merged results, and query one of them.
func (l *Looker) merge(w http.ResponseWriter, r *http.Request, id string) {
	for _, d := range l.Dashboards {
		for _, t := range d.Tiles {
			if "m"+t.ID != id || t.Merged == nil || t.Merged[0].ID == "" {
				continue
			}
			var queries []object
			for _, q := range t.Merged {
				queries = append(queries, object{"query_id": q.ID})
			}
			answer(w, r, object{"id": id, "source_queries": queries})
			return
		}
	}
	Refuse(w, http.StatusNotFound, "Not found")
}

func (l *Looker) query(w http.ResponseWriter, r *http.Request, id string) {
	for _, d := range l.Dashboards {
		for _, t := range d.Tiles {
			for _, q := range t.Merged {
				if q.ID == id {
					answer(w, r, q.object())
					return
				}
			}
		}
	}
	Refuse(w, http.StatusNotFound, "Not found")
}

func (l *Looker) trash() []object {
	all := []object{}
	for _, d := range l.Trash {
		all = append(all, object{"id": d.ID, "deleted": true, "deleted_at": d.Updated.Format(time.RFC3339)})
	}
	return all
}

func (l *Looker) runner(w http.ResponseWriter, r *http.Request, slug string) {
	sql, ok := l.SQL[slug]
	if !ok || l.NoSQL {
		Refuse(w, http.StatusNotFound, "Not found")
		return
	}
	answer(w, r, object{"slug": slug, "sql": sql, "connection": object{"name": "snow"}})
}

// activity answers the queries of System Activity that a visit asks.
func (l *Looker) activity(w http.ResponseWriter, r *http.Request) {
	var asked struct{ View string }
	_ = json.NewDecoder(r.Body).Decode(&asked)
	switch {
	case !l.Activity:
		Refuse(w, http.StatusNotFound, "Not found")
	case asked.View == "pdt_builds":
		l.builds(w)
	default:
		l.tiles(w)
	}
}

func (l *Looker) builds(w http.ResponseWriter) {
	rows := []object{}
	for _, b := range l.Builds {
		rows = append(rows, object{"pdt_builds.model_name": b.Model, "pdt_builds.view_name": b.View, "pdt_builds.connection": "snow",
			"pdt_builds.status": cmp.Or(b.Status, "done"), "pdt_builds.end_time": b.At.Format(time.DateTime)})
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(rows)
}

func (l *Looker) tiles(w http.ResponseWriter) {
	rows := []object{}
	for _, d := range l.Dashboards {
		for _, t := range d.Tiles {
			if d.lookml() || t.kind() == "text" {
				continue
			}
			row := object{"dashboard.id": d.ID, "dashboard_element.id": t.ID, "dashboard_element.type": t.kind(), "dashboard_element.title": t.Title, "query.id": nil, "query.model": nil, "query.view": nil, "query.formatted_fields": nil, "look.id": nil}
			q := t.Query
			if row["dashboard_element.result_source"] = "Lookless"; t.Look != nil {
				q, row["look.id"], row["dashboard_element.result_source"] = t.Look, 1, "Saved Look"
			}
			if t.Merged != nil {
				row["dashboard_element.result_source"] = "Merge Query"
			}
			if q != nil {
				fields, _ := json.Marshal(q.Fields)
				row["query.id"], row["query.model"], row["query.view"], row["query.formatted_fields"] = q.ID, q.Model, q.Explore, string(fields)
			}
			rows = append(rows, row)
		}
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(rows)
}

func (l *Looker) dashboard(w http.ResponseWriter, r *http.Request, id string) {
	i := slices.IndexFunc(l.Dashboards, func(d Dashboard) bool { return d.ID == id })
	if i < 0 {
		Refuse(w, http.StatusNotFound, "Not found")
		return
	}
	elements := l.elements(func(d Dashboard) bool { return d.ID == id })
	o := l.abbreviated(l.Dashboards[i])
	o["dashboard_elements"] = append([]object{}, elements...)
	answer(w, r, o)
}

func (l *Looker) models() (all []object) {
	of := make(map[string][]object)
	for id := range l.Explores {
		model, name, _ := strings.Cut(id, "::")
		of[model] = append(of[model], object{"name": name, "hidden": false})
	}
	for model, explores := range of {
		all = append(all, object{"name": model, "explores": explores})
	}
	return all
}

func (l *Looker) explore(w http.ResponseWriter, r *http.Request, id string) {
	e, ok := l.Explores[id]
	if !ok {
		Refuse(w, http.StatusNotFound, "Not found")
		return
	}
	_, name, _ := strings.Cut(id, "::")
	o := object{"id": id, "name": name, "view_name": e.View, "connection_name": e.Connection}
	if e.Table != "" {
		o["sql_table_name"] = e.Table
	}
	joins := []object{}
	for _, j := range e.Joins {
		join := object{"name": j.Name, "dependent_fields": append([]string{}, j.Needs...)}
		if j.Table != "" {
			join["sql_table_name"] = j.Table
		}
		joins = append(joins, join)
	}
	o["joins"] = joins
	answer(w, r, o)
}

func (l *Looker) sql(w http.ResponseWriter, id string) {
	switch {
	case l.NoSQL:
		Refuse(w, http.StatusForbidden, "You do not have permission to see SQL")
	case l.Refused[id] != "":
		Refuse(w, http.StatusBadRequest, l.Refused[id])
	case l.SQL[id] == "":
		Refuse(w, http.StatusNotFound, "Not found")
	default:
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = w.Write([]byte(l.SQL[id]))
	}
}
