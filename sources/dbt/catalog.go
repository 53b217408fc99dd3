package dbt

import (
	"cmp"
	"slices"
	"strings"

	"github.com/freshet-status/freshet/sources"
)

// A catalogEntry holds the facts about one relation in catalog.json.
//
// Its stats.last_modified is not read: docs are generated seldom, and an old time at which a
// table was altered would outrank a newer build.
type catalogEntry struct {
	Metadata struct {
		Database Text `json:"database"`
		Schema   Text `json:"schema"`
		Name     Text `json:"name"`
		Type     Text `json:"type"`
		Comment  Text `json:"comment"`
	} `json:"metadata"`
}

// A catalog holds the entries of catalog.json by unique id: the stored name of each relation, whether a
// source is a view in the warehouse, and the warehouse's comment.
type catalog map[string]catalogEntry

// readCatalogs returns the entries of all catalogs. Of two of one node that of the later file counts.
func (v *Reader) readCatalogs(files []artifactFile) catalog {
	entries := make(catalog)
	for _, f := range files {
		err := v.readMembers(f, func(s *stream, key string) error {
			if key != "nodes" && key != "sources" {
				return s.skipValue()
			}
			return s.readObject(func(id string) error { return decodeEntry(s, entries, id) })
		})
		if err != nil {
			v.AddError(err)
		}
	}
	return entries
}

// storedNames returns the database, schema and name of a relation as the warehouse stores them; nil if the
// entry does not have them.
func (e catalogEntry) storedNames() []string {
	names := []string{string(e.Metadata.Database), string(e.Metadata.Schema), string(e.Metadata.Name)}
	names = slices.DeleteFunc(names, func(s string) bool { return s == "" })
	if e.Metadata.Name == "" || len(names) < 2 {
		return nil
	}
	return names
}

// addCatalogEntry adds an entry of catalog.json to the asset of the same node.
func addCatalogEntry(a *sources.Asset, e catalogEntry) {
	a.Description = cmp.Or(a.Description, sources.ClipText(string(e.Metadata.Comment), 4000))
	if a.Kind == sources.DBTSource {
		a.Materialized = strings.ToLower(string(e.Metadata.Type))
		a.Virtual = a.Materialized == "view"
	}
}
