package dbt

import (
	"cmp"
	"strings"

	"github.com/freshet-status/freshet/sources"
)

// An entry of catalog.json is what the warehouse says of one relation.
//
// Its stats.last_modified is not read: docs are generated seldom, and an old
// word of when a table was altered would outrank a newer build of it.
type entry struct {
	Metadata struct {
		Type    text `json:"type"`
		Comment text `json:"comment"`
	} `json:"metadata"`
}

// catalog takes from catalog.json which sources are views in the warehouse,
// and what the warehouse says of a relation that dbt does not describe.
func (v *visit) catalog(projects []*project, f file) {
	entries := make(map[string]entry)
	err := v.read(f, func(s *stream, key string) error {
		if key != "nodes" && key != "sources" {
			return s.skip()
		}
		return s.object(func(id string) error { return member(s, entries, id) })
	})
	if err != nil {
		v.fail(err)
		return
	}
	for _, p := range projects {
		for id, e := range entries {
			p.addEntry(id, e)
		}
	}
}

func (p *project) addEntry(id string, e entry) {
	o := p.seen[id]
	if o == nil {
		return
	}
	o.Description = cmp.Or(o.Description, sources.Clip(string(e.Metadata.Comment), 4000))
	if o.Kind == sources.DBTSource {
		o.Materialized = strings.ToLower(string(e.Metadata.Type))
		o.Virtual = o.Materialized == "view"
	}
}
