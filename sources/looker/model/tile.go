// Package model holds what Looker's API returns of tiles and explores: their queries, fields and
// joins. It fetches nothing: package client does.
package model

import (
	"cmp"
	"encoding/json"
)

// A Tile is a dashboard element that shows data.
type Tile struct {
	ID           Text    `json:"id"`
	Dashboard    Text    `json:"dashboard"`
	Title        Text    `json:"title"`
	Queries      []Query `json:"queries,omitempty"` // several if the tile merges results
	RunnerID     Text    `json:"runner,omitempty"`  // id of a SQL Runner query; "" if none
	MergeID      Text    `json:"merge,omitempty"`   // id of its merged results; "" if none
	QueryUnknown bool    `json:"unseen,omitempty"`  // true if it shows data but its query is not known
}

// A Query is a query of a tile: an explore, and the fields and filters that it uses.
type Query struct {
	ID      Text            `json:"id,omitempty"`
	Model   Text            `json:"model"`
	Explore Text            `json:"view"` // called view in Looker's API
	Fields  []string        `json:"fields,omitempty"`
	Filters json.RawMessage `json:"filters,omitempty"`
	Pivots  []string        `json:"pivots,omitempty"`
	Sorts   []string        `json:"sorts,omitempty"`
	Dynamic Text            `json:"dynamic_fields,omitempty"`
	Partial bool            `json:"partial,omitempty"` // true if its fields or filters are not known in full
}

// ExploreKey returns the explore of the query as MODEL::NAME.
func (q Query) ExploreKey() string { return string(q.Model) + "::" + string(q.Explore) }

// RunnerKey returns the key in cache.SQL for the SQL Runner query of the tile.
func (t *Tile) RunnerKey() string { return "runner:" + string(t.RunnerID) }

// DatalessTypes holds the types of dashboard elements that show no data.
var DatalessTypes = map[string]bool{"text": true, "button": true, "filter": true, "extension": true}

// An Element is a dashboard element, as the API returns it.
type Element struct {
	ID        Text   `json:"id"`
	Dashboard Text   `json:"dashboard_id"`
	Title     Text   `json:"title"`
	TitleText Text   `json:"title_text"`
	Type      Text   `json:"type"`
	MergeID   Text   `json:"merge_result_id"`
	Query     *Query `json:"query"`
	Look      *struct {
		Title Text   `json:"title"`
		Query *Query `json:"query"`
	} `json:"look"`
	ResultMaker *struct {
		Query       *Query  `json:"query"`
		Merged      Text    `json:"merge_result_id"`
		Runner      Text    `json:"sql_query_id"`
		Filterables []Query `json:"filterables"`
	} `json:"result_maker"`
}

// QueryFields lists the fields to request for a complete query.
const QueryFields = "id,model,view,fields,filters,pivots,sorts,dynamic_fields"

// ElementFields lists the fields to request for a dashboard element.
const ElementFields = "id,dashboard_id,title,title_text,type,merge_result_id," +
	"query(" + QueryFields + "),look(id,title,query(" + QueryFields + "))," +
	"result_maker(id,merge_result_id,sql_query_id,query(" + QueryFields + "),filterables(model,view))"

// ToTile returns e as a tile, or nil if it shows no data. The query is that of the element, of
// its look or of its result maker; merged results have several queries, without fields and
// filters.
func (e Element) ToTile() *Tile {
	t := &Tile{ID: e.ID, Dashboard: e.Dashboard, Title: cmp.Or(e.Title, e.TitleText)}
	switch {
	case DatalessTypes[string(e.Type)]:
		return nil
	case e.Query != nil && e.Query.Model != "":
		t.Queries = []Query{*e.Query}
	case e.Look != nil && e.Look.Query != nil:
		t.Title = cmp.Or(t.Title, e.Look.Title)
		t.Queries = []Query{*e.Look.Query}
	case e.ResultMaker != nil && e.ResultMaker.Query != nil && e.ResultMaker.Query.Model != "":
		t.Queries = []Query{*e.ResultMaker.Query}
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
