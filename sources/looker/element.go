package looker

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"

	"github.com/freshet-status/freshet/sources/httpclient"
)

// A tile is a dashboard element that shows data.
type tile struct {
	ID           lenientText `json:"id"`
	Dashboard    lenientText `json:"dashboard"`
	Title        lenientText `json:"title"`
	Queries      []tileQuery `json:"queries,omitempty"` // several if the tile merges results
	RunnerID     lenientText `json:"runner,omitempty"`  // id of a SQL Runner query; "" if none
	MergeID      lenientText `json:"merge,omitempty"`   // id of its merged results; "" if none
	QueryUnknown bool        `json:"unseen,omitempty"`  // true if it shows data but its query is not known
}

// activityQuery is the System Activity query for all elements that show data. Looker expects
// its limit as a string.
const activityQuery = `{"model":"system__activity","view":"dashboard",

"fields":["dashboard.id","dashboard_element.id","dashboard_element.type","dashboard_element.title","dashboard_element.result_source","query.id","query.model","query.view","query.formatted_fields","look.id"],
"filters":{"dashboard_element.type":"-text","dashboard.deleted_date":"NULL"},"limit":"50000"}`

// An activityRow is one dashboard element in the result of activityQuery. An error of the query
// comes as a row too, with Error set.
type activityRow struct {
	Dashboard lenientText `json:"dashboard.id"`
	ID        lenientText `json:"dashboard_element.id"`
	Title     lenientText `json:"dashboard_element.title"`
	Type      lenientText `json:"dashboard_element.type"`
	Query     lenientText `json:"query.id"`
	Model     lenientText `json:"query.model"`
	Explore   lenientText `json:"query.view"`
	Fields    lenientText `json:"query.formatted_fields"`
	Error     lenientText `json:"looker_error"`
}

// fetchActivity adds the tiles that System Activity lists to c. Tiles of merged results and of
// SQL Runner have no query there and are marked QueryUnknown. It is an error if System Activity
// is turned off, not affordable, or returns no element.
func (v *visit) fetchActivity(c *catalogue) error {
	if v.SystemActive != nil && !*v.SystemActive {
		return fmt.Errorf("turned off in site.toml")
	}
	if v.callsLeft(queryCalls) < 1 {
		return fmt.Errorf("no calls of kind %s left this month", queryCalls)
	}
	var rows []*activityRow
	if err := v.fetchJSON(queryCalls, httpclient.Call{
		Method:      http.MethodPost,
		Path:        "queries/run/json",
		ContentType: "application/json",
		Body:        activityQuery,
	}, &rows); err != nil {
		return err
	}
	for _, r := range dropNil(rows) {
		if r.Error != "" {
			return fmt.Errorf("query failed: %s", v.cleanError(string(r.Error)))
		}
	}
	if !slices.ContainsFunc(rows, func(r *activityRow) bool { return r != nil && r.ID != "" }) {
		return fmt.Errorf("no dashboard element returned")
	}
	if len(rows) >= 50000 {
		v.addNote("System Activity: 50,000 elements returned, which is the limit; some tiles are missing")
		c.Incomplete = true
	}
	at := make(map[lenientText]*tile)
	for _, r := range dropNil(rows) {
		if r.ID == "" || datalessTypes[string(r.Type)] {
			continue
		}
		t := at[r.ID]
		if t == nil {
			t = &tile{ID: r.ID, Dashboard: r.Dashboard, Title: r.Title}
			at[r.ID] = t
			c.Tiles = append(c.Tiles, t)
		}
		if r.Model == "" || r.Explore == "" {
			t.QueryUnknown = len(t.Queries) == 0
			continue
		}
		q := tileQuery{ID: r.Query, Model: r.Model, Explore: r.Explore, Partial: true}
		_ = json.Unmarshal([]byte(r.Fields), &q.Fields)
		t.Queries = append(t.Queries, q)
		t.QueryUnknown = false
	}
	return nil
}

// datalessTypes holds the types of dashboard elements that show no data.
var datalessTypes = map[string]bool{"text": true, "button": true, "filter": true, "extension": true}

// An element is a dashboard element, as the API returns it.
type element struct {
	ID        lenientText `json:"id"`
	Dashboard lenientText `json:"dashboard_id"`
	Title     lenientText `json:"title"`
	TitleText lenientText `json:"title_text"`
	Type      lenientText `json:"type"`
	MergeID   lenientText `json:"merge_result_id"`
	Query     *tileQuery  `json:"query"`
	Look      *struct {
		Title lenientText `json:"title"`
		Query *tileQuery  `json:"query"`
	} `json:"look"`
	ResultMaker *struct {
		Query       *tileQuery  `json:"query"`
		Merged      lenientText `json:"merge_result_id"`
		Runner      lenientText `json:"sql_query_id"`
		Filterables []tileQuery `json:"filterables"`
	} `json:"result_maker"`
}

// queryFields lists the fields to request for a complete query.
const queryFields = "id,model,view,fields,filters,pivots,sorts,dynamic_fields"

// elementFields lists the fields to request for a dashboard element.
const elementFields = "id,dashboard_id,title,title_text,type,merge_result_id,query(" + queryFields + "),look(id,title,query(" + queryFields + ")),result_maker(id,merge_result_id,sql_query_id,query(" + queryFields + "),filterables(model,view))"

// toTile returns e as a tile, or nil if it shows no data. The query is that of the element, of
// its look or of its result maker; merged results have several queries, without fields and
// filters.
func (e element) toTile() *tile {
	t := &tile{ID: e.ID, Dashboard: e.Dashboard, Title: cmp.Or(e.Title, e.TitleText)}
	switch {
	case datalessTypes[string(e.Type)]:
		return nil
	case e.Query != nil && e.Query.Model != "":
		t.Queries = []tileQuery{*e.Query}
	case e.Look != nil && e.Look.Query != nil:
		t.Title = cmp.Or(t.Title, e.Look.Title)
		t.Queries = []tileQuery{*e.Look.Query}
	case e.ResultMaker != nil && e.ResultMaker.Query != nil && e.ResultMaker.Query.Model != "":
		t.Queries = []tileQuery{*e.ResultMaker.Query}
	case e.ResultMaker != nil && len(e.ResultMaker.Filterables) > 0:
		t.Queries = e.ResultMaker.Filterables
		t.MergeID = cmp.Or(e.MergeID, e.ResultMaker.Merged)
		for i := range t.Queries {
			t.Queries[i].Partial = true // filterables have neither fields nor filters
		}
	case e.ResultMaker != nil && e.ResultMaker.Runner != "":
		t.RunnerID = e.ResultMaker.Runner
	default:
		t.QueryUnknown = true // its look was deleted, or the permission to see it is missing
	}
	return t
}

// fetchElements adds the tiles of all dashboards to c, by one search of dashboard elements.
func (v *visit) fetchElements(c *catalogue) error {
	if v.callsLeft(adminCalls) < 1 {
		return fmt.Errorf("no calls of kind %s left this month", adminCalls)
	}
	var all []*element
	if err := v.fetchAdmin("dashboard_elements/search", selectFields(elementFields), &all); err != nil {
		return err
	}
	for _, e := range dropNil(all) {
		if t := e.toTile(); t != nil {
			c.Tiles = append(c.Tiles, t)
		}
	}
	return nil
}
