package generator

import (
	"context"

	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/sources"
)

// A Keep is a table in which a source keeps the status of all assets.
type Keep struct {
	Writer sources.Writer
	Table  string
	Merge  bool // one row an asset; else one an asset and run
}

// WriteBack keeps a report.
func (g *Generator) WriteBack(ctx context.Context, k Keep, r *freshness.Report) error {
	lines := make([]sources.Line, len(r.Nodes))
	for i, n := range r.Nodes {
		lines[i] = line(n)
	}
	if err := k.Writer.WriteBack(ctx, k.Table, k.Merge, r.At, lines); err != nil {
		return err
	}
	g.Say("wrote %d rows to %s", len(lines), k.Table)
	return nil
}

func line(n *freshness.Node) sources.Line {
	l := sources.Line{ID: n.ID, Kind: n.Kind, Name: n.Name, Status: n.Status.String(), Updated: sources.NullTime(n.Updated), DataAsOf: sources.NullTime(n.DataAsOf), Owner: sources.NullText(n.Owner)}
	if n.Clock != nil {
		l.Clock = sources.NullText(n.Clock.Clock.String())
	}
	if len(n.Causes) > 0 {
		l.Cause, l.Says = &n.Causes[0].ID, sources.NullText(n.Causes[0].Says)
	}
	return l
}
