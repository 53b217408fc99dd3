package dbt

import (
	"cmp"
	"strings"

	"github.com/freshet-status/freshet/sources"
)

// A catalogEntry holds the facts about one relation in catalog.json.
//
// Its stats.last_modified is not read: docs are generated seldom, and an old time at which a
// table was altered would outrank a newer build.
type catalogEntry struct {
	Metadata struct {
		Type    Text `json:"type"`
		Comment Text `json:"comment"`
	} `json:"metadata"`
}

// readCatalog adds the facts of catalog.json to projects: whether a source is a view in the
// warehouse, and the warehouse's comment on a relation without a description.
func (v *Reader) readCatalog(projects []*project, f artifactFile) {
	entries := make(map[string]catalogEntry)
	err := v.readMembers(f, func(s *stream, key string) error {
		if key != "nodes" && key != "sources" {
			return s.skipValue()
		}
		return s.readObject(func(id string) error { return decodeEntry(s, entries, id) })
	})
	if err != nil {
		v.AddError(err)
		return
	}
	for _, p := range projects {
		for id, e := range entries {
			p.addCatalogEntry(id, e)
		}
	}
}

// addCatalogEntry adds one entry of catalog.json to the asset with the unique id. An unknown id
// is ignored.
func (p *project) addCatalogEntry(id string, e catalogEntry) {
	o := p.observations[id]
	if o == nil {
		return
	}
	o.Description = cmp.Or(o.Description, sources.ClipText(string(e.Metadata.Comment), 4000))
	if o.Kind == sources.DBTSource {
		o.Materialized = strings.ToLower(string(e.Metadata.Type))
		o.Virtual = o.Materialized == "view"
	}
}
