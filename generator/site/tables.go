package site

import (
	"fmt"
	"html/template"
	"strings"

	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/generator/words"
	"github.com/freshet-status/freshet/sources"
)

// maxTables is the number of tables up to which the list of tables is complete. Beyond it only
// tables that are not fresh are listed.
const maxTables = 3000

// A tablesPage holds the content of t/index.html, the list of tables by schema.
type tablesPage struct {
	frame
	Lead, Note string
	Schemas    []schemaGroup
}

// A schemaGroup holds the tables of one schema, or the other assets of one kind and source.
type schemaGroup struct {
	Name, Note string
	Rows       template.HTML

	rows       []byte
	all, fresh int
}

// writeTableIndex writes t/index.html, which lists all assets except dashboards, folders and
// tiles.
func (w *writer) writeTableIndex() error {
	all := w.report.Tables.Total()
	p := tablesPage{frame: w.newFrame("../", "tables", "Tables · "+w.info.Title), Lead: words.Count(all, "table")}
	p.Note = fmt.Sprintf(
		"%s fresh, %s aging, %s stale, %s broken, %s unverified, %s unknown.",
		words.Number(w.report.Tables[freshness.Fresh]),
		words.Number(w.report.Tables[freshness.Aging]),
		words.Number(w.report.Tables[freshness.Stale]),
		words.Number(w.report.Tables[freshness.Broken]),
		words.Number(w.report.Tables[freshness.Unverified]),
		words.Number(w.report.Tables[freshness.Unknown]),
	)
	if all > maxTables {
		p.Note += " Only tables that are not fresh are listed; see api/v1/assets.jsonl for all."
	}
	positions := make(map[string]int)
	for _, n := range w.report.Nodes {
		if n.Kind.IsContainer() || n.Kind == sources.Tile {
			continue
		}
		name := groupName(n)
		if _, there := positions[name]; !there {
			positions[name] = len(p.Schemas)
			p.Schemas = append(p.Schemas, schemaGroup{Name: name})
		}
		s := &p.Schemas[positions[name]]
		s.all++
		if n.Status == freshness.Fresh {
			s.fresh++
		}
		if all <= maxTables || n.Status != freshness.Fresh {
			s.rows = append(s.rows, w.renderAssetRow(n)...)
		}
	}
	for i := range p.Schemas {
		s := &p.Schemas[i]
		s.Note = fmt.Sprintf("%s of %s fresh", words.Number(s.fresh), words.Number(s.all))
		s.Rows = template.HTML(s.rows)
	}
	return w.writePage("t/index.html", "tables.html", p)
}

// sourceName returns the first source that lists n, or the part of n's id before the slash if
// none does.
func sourceName(n *freshness.Node) string {
	if len(n.Sources) > 0 {
		return n.Sources[0]
	}
	source, _, _ := strings.Cut(n.ID.Place(), "/")
	return source
}

// groupName returns the database and schema of a table, "no schema" if its id has none, or the
// source and kind of another asset, such as "looker explores". A dot within quotes is part of a
// name.
func groupName(n *freshness.Node) string {
	if !strings.HasPrefix(string(n.ID), "table:") {
		return sourceName(n) + " " + string(n.Kind) + "s"
	}
	label := n.Label()
	end := -1
	quoted := false
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
