package sources

import "strings"

// An ID names an asset for as long as the asset exists: it does not depend on titles, and all
// sources use the same ID for the same asset. It has the form "kind:place", such as
// "table:RAW.ERP.GL", "tile:looker/42/123" or "folder:looker/7". Relations of a warehouse begin
// with "table:", whatever their [Kind].
type ID string

// tablePrefix begins the ids of relations of a warehouse.
const tablePrefix = "table"

// NewID returns the id of something in a source, such as NewID("tile", "looker", "42/123").
func NewID(kind, source, place string) ID { return ID(kind + ":" + source + "/" + place) }

// Kind returns the part of id before the first colon.
func (id ID) Kind() string {
	kind, _, _ := strings.Cut(string(id), ":")
	return kind
}

// Place returns the part of id after the first colon, "" if there is none.
func (id ID) Place() string {
	_, place, _ := strings.Cut(string(id), ":")
	return place
}

// IsTable reports whether id is that of a relation of a warehouse.
func (id ID) IsTable() bool { return id.Kind() == tablePrefix }

// Schema returns the database and schema of a relation, as its id writes them; "" if it has none
// or if id is not that of a relation.
func (id ID) Schema() string {
	if !id.IsTable() {
		return ""
	}
	schema, _ := splitRelation(id.Place())
	return schema
}

// RelationName returns the name of a relation without its database and schema; of other ids the
// place.
func (id ID) RelationName() string {
	if !id.IsTable() {
		return id.Place()
	}
	_, name := splitRelation(id.Place())
	return name
}

// splitRelation splits the printed name of a relation at its last dot. Dots in double quotes do
// not separate.
func splitRelation(place string) (schema, name string) {
	end := -1
	quoted := false
	for i, c := range place {
		switch {
		case c == '"':
			quoted = !quoted
		case c == '.' && !quoted:
			end = i
		}
	}
	if end < 0 {
		return "", place
	}
	return place[:end], place[end+1:]
}

// declaredSource stands in the place of a source's name in the ids of dashboards, tiles and
// folders that a dbt exposure declares.
const declaredSource = "dbt/"

// IsDeclared reports whether id is that of a dashboard, tile or folder that a dbt exposure
// declares, and that no BI tool listed.
func (id ID) IsDeclared() bool {
	kind := Kind(id.Kind())
	return (kind == Dashboard || kind == Tile || kind == Folder) && strings.HasPrefix(id.Place(), declaredSource)
}
