// Package generator runs the one path that data takes through freshet:
//
//	observe -> append -> derive -> render
//
// The path has two halves. Scrape talks to the sources and only adds to the
// history. Build reads the history and only writes the site; it needs no
// network, so a site can be built again from any commit, on any machine.
package generator

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/freshet-status/freshet/generator/alert"
	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/generator/history"
	"github.com/freshet-status/freshet/generator/site"
	"github.com/freshet-status/freshet/sources"
)

// ErrPartial says that some source could not be seen. What the others said is
// in the history, and that this one failed is too.
var ErrPartial = errors.New("a partial run")

// A Generator holds what both halves need. Its fields are set once, by cmd.
type Generator struct {
	Stops    []sources.Stop
	History  *history.Log
	Rules    freshness.Rules
	Clock    func() time.Time
	Progress func(phase string) // is told what is done, a line a phase; may be nil
}

// Say tells of a phase of the work.
func (g *Generator) Say(format string, args ...any) {
	if g.Progress != nil {
		g.Progress(fmt.Sprintf(format, args...))
	}
}

// Scrape visits every source and appends what they said to the history, with
// the changes that it makes. It returns the report of this moment. The error
// is [ErrPartial] if some source could not be seen.
func (g *Generator) Scrape(ctx context.Context) (*freshness.Report, error) {
	unlock, err := g.History.Lock()
	if err != nil {
		return nil, err
	}
	defer unlock()
	at := g.Clock().UTC().Truncate(time.Second)
	past, err := g.observed(at)
	if err != nil {
		return nil, err
	}
	before, err := g.before(past, at)
	if err != nil {
		return nil, err
	}
	g.spent(past, at)
	scrapes := sources.VisitAll(ctx, at, g.Clock, g.Stops, g.visited)
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("interrupted: the history is as it was")
	}
	if _, err := g.History.Append(past, scrapes); err != nil {
		return nil, err
	}
	after, err := g.Report(at)
	if err != nil {
		return nil, err
	}
	return after, errors.Join(g.note(before, after, scrapes), partial(scrapes))
}

// before is how things stood at the last run before this moment; no report if
// there was none. past is what was observed until now.
func (g *Generator) before(past *sources.Past, at time.Time) (*freshness.Report, error) {
	for _, v := range slices.Backward(past.Visits) {
		if !v.At.Before(at) {
			continue
		}
		if v.At.Equal(past.Visits[len(past.Visits)-1].At) { // nothing was observed since
			return g.derive(past, v.At)
		}
		return g.Report(v.At)
	}
	return nil, nil
}

// spent tells the sources whose calls are paid for what this month has cost.
func (g *Generator) spent(past *sources.Past, at time.Time) {
	for _, stop := range g.Stops {
		if m, ok := stop.Source.(sources.Metered); ok {
			m.Spent(past.Spent(stop.Name(), at))
		}
	}
}

func (g *Generator) visited(s sources.Scrape) {
	if s.Error != "" {
		first, _, _ := strings.Cut(s.Error, "\n")
		g.Say("%s could not be seen: %s", s.Source, first)
		return
	}
	g.Say("visited %s: %d assets, %s", s.Source, len(s.Observations), cost(s))
}

// cost is what a visit took, as far as its source tells.
func cost(s sources.Scrape) string {
	words := fmt.Sprintf("%d requests", s.Requests)
	if s.Rows > 0 {
		words += fmt.Sprintf(", %d rows", s.Rows)
	}
	if s.Bytes > 0 {
		words += ", " + sources.Size(s.Bytes)
	}
	if len(s.Queries) > 0 {
		words += ", queries " + strings.Join(s.Queries, " ")
	}
	return words
}

// note writes what changed, and a line for the run itself.
func (g *Generator) note(before, after *freshness.Report, scrapes []sources.Scrape) error {
	var notes []history.Note
	for _, c := range alert.Changes(before, after) {
		notes = append(notes, history.Note{What: c.What, ID: c.ID, Says: c.Says})
	}
	notes = append(notes, history.Note{What: "run", Says: summary(after, scrapes)})
	return g.History.Note(after.At, notes)
}

// summary is a run in a line.
func summary(r *freshness.Report, scrapes []sources.Scrape) string {
	seen := 0
	for _, s := range scrapes {
		if s.Error == "" {
			seen++
		}
	}
	return fmt.Sprintf("%d of %d sources seen, %d assets. %s", seen, len(scrapes), len(r.Nodes), r.Headline())
}

// partial names the sources that could not be seen.
func partial(scrapes []sources.Scrape) error {
	var errs []error
	for _, s := range scrapes {
		if s.Error != "" {
			errs = append(errs, fmt.Errorf("%w: %s: %s", ErrPartial, s.Source, s.Error))
		}
	}
	return errors.Join(errs...)
}

// Build writes the site into dir, as a report says it.
func (g *Generator) Build(dir string, r *freshness.Report, info site.Info) (site.Written, error) {
	w, err := site.Write(dir, info, r)
	if err == nil {
		g.Say("wrote %d of %d files to %s", w.Changed, w.Files, dir)
	}
	return w, err
}

// Report derives the report of a moment from what was recorded until then.
func (g *Generator) Report(at time.Time) (*freshness.Report, error) {
	past, err := g.observed(at)
	if err != nil {
		return nil, err
	}
	return g.derive(past, at)
}

// AtFirst derives the report of the first day that was recorded, nil if there was
// none.
func (g *Generator) AtFirst() (*freshness.Report, error) {
	first, err := g.History.First()
	if err != nil || first.IsZero() {
		return nil, err
	}
	return g.Report(first)
}

// derive judges what was observed until a moment, and what was imported of the
// same time.
func (g *Generator) derive(past *sources.Past, at time.Time) (*freshness.Report, error) {
	all, err := g.History.Recall(past, window(at), at)
	if err != nil {
		return nil, err
	}
	g.only(all)
	return freshness.Derive(all, g.Rules, at), nil
}

// observed folds what visits told in the window that ends at a moment.
func (g *Generator) observed(at time.Time) (*sources.Past, error) {
	past, err := g.History.Load(window(at), at)
	if err == nil {
		g.only(past)
	}
	return past, err
}

// window is where the window that ends at a moment begins.
func window(at time.Time) time.Time { return at.AddDate(0, 0, -freshness.StripDays) }

// only leaves in a past what today's sources told: what was taken out of
// site.toml is not watched any more.
func (g *Generator) only(past *sources.Past) {
	named := make(map[string]bool)
	for _, s := range g.Stops {
		named[s.Name()] = true
	}
	for _, m := range g.Rules.Moves { // a source that lives on under another name
		if from, to := m.From.Place(), m.To.Place(); named[to] && g.Rules.Moved(from) {
			named[from] = true
		}
	}
	past.Tracks = slices.DeleteFunc(past.Tracks, func(t *sources.Track) bool { return !named[t.Source] })
	other := func(v sources.Visit) bool { return !named[v.Source] }
	past.Visits, past.Imports = slices.DeleteFunc(past.Visits, other), slices.DeleteFunc(past.Imports, other)
}
