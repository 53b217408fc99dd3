package generator

import (
	"context"

	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/generator/words"
	"github.com/freshet-status/freshet/sources"
)

// A WriteBackTarget is the table of a source into which the status of all assets is written.
type WriteBackTarget struct {
	// The source that has the table.
	Writer sources.StatusWriter
	// DATABASE.SCHEMA.TABLE, as in site.toml.
	Table string
	Merge bool // one row per asset; else one per asset and run
}

// WriteBack writes the status of every asset of r to target, as of the moment of r.
func (g *Generator) WriteBack(ctx context.Context, target WriteBackTarget, r *freshness.Report) error {
	says := make(map[*freshness.Cause]string, len(r.Causes)) // many assets share a cause
	for _, c := range r.Causes {
		says[c] = words.ForRecord(r).DescribeCause(c)
	}
	lines := make([]sources.StatusLine, len(r.Nodes))
	for i, n := range r.Nodes {
		lines[i] = buildStatusLine(n, says)
	}
	if err := target.Writer.WriteBack(ctx, target.Table, target.Merge, r.At, lines); err != nil {
		return err
	}
	g.LogProgress("wrote %s to %s", sources.FormatCount(len(lines), "row"), target.Table)
	return nil
}

// buildStatusLine returns the write-back line of n. Unknown values are null, and the cause is
// the worst one of n. says holds the sentence of each cause.
func buildStatusLine(n *freshness.Node, says map[*freshness.Cause]string) sources.StatusLine {
	l := sources.StatusLine{
		ID:       n.ID,
		Kind:     n.Kind,
		Name:     n.Name,
		Status:   n.Status.String(),
		Updated:  sources.NullTime(n.Updated),
		DataAsOf: sources.NullTime(n.DataAsOf),
		Owner:    sources.NullText(n.Owner),
	}
	if n.Clock != nil {
		l.Clock = sources.NullText(n.Clock.Clock.String())
	}
	if len(n.Causes) > 0 {
		l.Cause = &n.Causes[0].ID
		l.Says = sources.NullText(says[n.Causes[0]])
	}
	return l
}
