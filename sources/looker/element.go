package looker

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"

	"github.com/freshet-status/freshet/sources/calls"
)

// A tile is an element of a dashboard that holds data.
type tile struct {
	ID        text    `json:"id"`
	Dashboard text    `json:"dashboard"`
	Title     text    `json:"title"`
	Queries   []asked `json:"queries,omitempty"` // more than one where results are merged
	Runner    text    `json:"runner,omitempty"`  // a query of SQL Runner
	Merge     text    `json:"merge,omitempty"`   // the results that are merged
	Unseen    bool    `json:"unseen,omitempty"`  // it holds data, and nothing tells which
}

// activityQuery asks for every element that holds data. The limit is a text.
const activityQuery = `{"model":"system__activity","view":"dashboard",

"fields":["dashboard.id","dashboard_element.id","dashboard_element.type","dashboard_element.title","dashboard_element.result_source","query.id","query.model","query.view","query.formatted_fields","look.id"],
"filters":{"dashboard_element.type":"-text","dashboard.deleted_date":"NULL"},"limit":"50000"}`

// An activityRow is an element as System Activity tells of it; what went wrong
// comes as a row too.
type activityRow struct {
	Dashboard text `json:"dashboard.id"`
	ID        text `json:"dashboard_element.id"`
	Title     text `json:"dashboard_element.title"`
	Type      text `json:"dashboard_element.type"`
	Query     text `json:"query.id"`
	Model     text `json:"query.model"`
	Explore   text `json:"query.view"`
	Fields    text `json:"query.formatted_fields"`
	Error     text `json:"looker_error"`
}

// activity lists tiles by System Activity. Merged results and SQL Runner have no
// query there: details tell.
func (v *visit) activity(c *catalogue) error {
	if v.SystemActive != nil && !*v.SystemActive {
		return fmt.Errorf("site.toml leaves it out")
	}
	if v.left(query) < 1 {
		return fmt.Errorf("the month's calls of kind %s are used up", query)
	}
	var rows []*activityRow
	if err := v.call(query, calls.Call{Method: http.MethodPost, Path: "queries/run/json", Type: "application/json", Body: activityQuery}, &rows); err != nil {
		return err
	}
	for _, r := range there(rows) {
		if r.Error != "" {
			return fmt.Errorf("it says: %s", v.firstLine(string(r.Error)))
		}
	}
	if !slices.ContainsFunc(rows, func(r *activityRow) bool { return r != nil && r.ID != "" }) {
		return fmt.Errorf("it tells of no element")
	}
	if len(rows) >= 50000 {
		v.note("System Activity tells of 50,000 elements at most: some tiles are missing")
		c.Cut = true
	}
	at := make(map[text]*tile)
	for _, r := range there(rows) {
		if r.ID == "" || dataless[string(r.Type)] {
			continue
		}
		t := at[r.ID]
		if t == nil {
			t = &tile{ID: r.ID, Dashboard: r.Dashboard, Title: r.Title}
			at[r.ID] = t
			c.Tiles = append(c.Tiles, t)
		}
		if r.Model == "" || r.Explore == "" {
			t.Unseen = len(t.Queries) == 0
			continue
		}
		q := asked{ID: r.Query, Model: r.Model, Explore: r.Explore, Partial: true}
		_ = json.Unmarshal([]byte(r.Fields), &q.Fields)
		t.Queries, t.Unseen = append(t.Queries, q), false
	}
	return nil
}

// dataless are types of elements that hold no data.
var dataless = map[string]bool{"text": true, "button": true, "filter": true, "extension": true}

// An element is one of a dashboard, as the API has it.
type element struct {
	ID        text   `json:"id"`
	Dashboard text   `json:"dashboard_id"`
	Title     text   `json:"title"`
	TitleText text   `json:"title_text"`
	Type      text   `json:"type"`
	Merged    text   `json:"merge_result_id"`
	Query     *asked `json:"query"`
	Look      *struct {
		Title text   `json:"title"`
		Query *asked `json:"query"`
	} `json:"look"`
	Maker *struct {
		Query       *asked  `json:"query"`
		Merged      text    `json:"merge_result_id"`
		Runner      text    `json:"sql_query_id"`
		Filterables []asked `json:"filterables"`
	} `json:"result_maker"`
}

// queryFields are what is known of a query in full.
const queryFields = "id,model,view,fields,filters,pivots,sorts,dynamic_fields"

const elementFields = "id,dashboard_id,title,title_text,type,merge_result_id,query(" + queryFields + "),look(id,title,query(" + queryFields + ")),result_maker(id,merge_result_id,sql_query_id,query(" + queryFields + "),filterables(model,view))"

// tile is the tile that an element is, nil if it holds no data. Its query is its
// own, or that of its look, or of its maker; merged results have many.
func (e element) tile() *tile {
	t := &tile{ID: e.ID, Dashboard: e.Dashboard, Title: cmp.Or(e.Title, e.TitleText)}
	switch {
	case dataless[string(e.Type)]:
		return nil
	case e.Query != nil && e.Query.Model != "":
		t.Queries = []asked{*e.Query}
	case e.Look != nil && e.Look.Query != nil:
		t.Title = cmp.Or(t.Title, e.Look.Title)
		t.Queries = []asked{*e.Look.Query}
	case e.Maker != nil && e.Maker.Query != nil && e.Maker.Query.Model != "":
		t.Queries = []asked{*e.Maker.Query}
	case e.Maker != nil && len(e.Maker.Filterables) > 0:
		t.Queries, t.Merge = e.Maker.Filterables, cmp.Or(e.Merged, e.Maker.Merged)
		for i := range t.Queries {
			t.Queries[i].Partial = true // neither fields nor filters are told
		}
	case e.Maker != nil && e.Maker.Runner != "":
		t.Runner = e.Maker.Runner
	default:
		t.Unseen = true // a look that was deleted, or is not ours to see
	}
	return t
}

// search lists tiles by one search of all elements.
func (v *visit) search(c *catalogue) error {
	if v.left(admin) < 1 {
		return fmt.Errorf("the month's calls of kind %s are used up", admin)
	}
	var all []*element
	if err := v.get("dashboard_elements/search", fields(elementFields), &all); err != nil {
		return err
	}
	for _, e := range there(all) {
		if t := e.tile(); t != nil {
			c.Tiles = append(c.Tiles, t)
		}
	}
	return nil
}
