package site

import (
	"fmt"
	"html/template"
	"strings"

	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/sources"
)

// manyTables is how many tables the list of tables shows in full.
const manyTables = 3000

type tablesPage struct {
	frame
	Lead, Note string
	Schemas    []schema
}

// A schema is the tables of one place.
type schema struct {
	Name, Note string
	Rows       template.HTML

	rows       []byte
	all, fresh int
}

// tableIndex writes the list of all tables.
func (w *writer) tableIndex() error {
	all := w.r.Tables.All()
	p := tablesPage{frame: w.frame("../", "tables", "Tables · "+w.info.Title), Lead: count(all, "table")}
	p.Note = fmt.Sprintf("%s fresh, %s aging, %s stale, %s broken, %s unknown.", thousands(w.r.Tables[freshness.Fresh]), thousands(w.r.Tables[freshness.Aging]), thousands(w.r.Tables[freshness.Stale]), thousands(w.r.Tables[freshness.Broken]), thousands(w.r.Tables[freshness.Unknown]))
	if all > manyTables {
		p.Note += " Of so many, those are listed that are not fresh; api/v1/assets.jsonl has all."
	}
	places := make(map[string]int)
	for _, n := range w.r.Nodes {
		if n.Kind.Shows() || n.Kind == sources.Tile {
			continue
		}
		name := place(n)
		if _, there := places[name]; !there {
			places[name] = len(p.Schemas)
			p.Schemas = append(p.Schemas, schema{Name: name})
		}
		s := &p.Schemas[places[name]]
		s.all++
		if n.Status == freshness.Fresh {
			s.fresh++
		}
		if all <= manyTables || n.Status != freshness.Fresh {
			s.rows = append(s.rows, w.line(n)...)
		}
	}
	for i := range p.Schemas {
		s := &p.Schemas[i]
		s.Note, s.Rows = fmt.Sprintf("%d of %d fresh", s.fresh, s.all), template.HTML(s.rows)
	}
	return w.page("t/index.html", "tables.html", p)
}

// teller is who tells of what is no table.
func teller(n *freshness.Node) string {
	if len(n.Sources) > 0 {
		return n.Sources[0]
	}
	source, _, _ := strings.Cut(n.ID.Place(), "/")
	return source
}

// place is the database and schema of a table, or the kind of what is none.
func place(n *freshness.Node) string {
	if !strings.HasPrefix(string(n.ID), "table:") {
		return string(n.Kind) + "s of " + teller(n)
	}
	label := n.Label()
	end, quoted := -1, false
	for i, c := range label {
		switch {
		case c == '"':
			quoted = !quoted
		case c == '.' && !quoted:
			end = i
		}
	}
	if end < 0 {
		return "no schema"
	}
	return label[:end]
}
