// Package generator runs the one path that data takes through freshet:
//
//	observe -> append -> derive -> render
//
// The path has two halves. [Generator.Scrape] reads the sources and only adds to the history.
// [Generator.Build] writes the site of a report that was derived from the history; it needs no
// network, so a site can be built again from any commit, on any machine.
//
// The package connects the parts and decides nothing: a source goes into sources, a status or a
// sentence into freshness, a page into site. It knows neither site.toml nor the command line,
// and its time is an argument.
package generator

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/freshet-status/freshet/generator/changes"
	"github.com/freshet-status/freshet/generator/exposures"
	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/generator/history"
	"github.com/freshet-status/freshet/generator/site"
	"github.com/freshet-status/freshet/generator/words"
	"github.com/freshet-status/freshet/sources"
)

// ErrPartial is wrapped by the error of a run or an import in which a source could not be read,
// or only in part. Everything that could be read is in the history nevertheless, and so is a
// visit that failed.
var ErrPartial = errors.New("could not read")

// A Generator holds what Scrape and Build need. Its fields are set once, by cmd.
type Generator struct {
	// The sources that Scrape visits. Sources that are in the history only are left out of reports.
	Targets []sources.VisitTarget
	// The record that Scrape and the imports add to, and reports are derived from.
	History *history.Log
	// Today's rules, by which reports of the past are judged too.
	Rules freshness.Rules
	// The wall clock: it returns the time of day, in any zone.
	Clock    func() time.Time
	Secrets  *sources.Secrets   // hidden in everything that the sources return; may be nil
	Progress func(phase string) // called with one line per phase of the work; may be nil
}

// LogProgress formats one line about the work and passes it to g.Progress, if that is set.
func (g *Generator) LogProgress(format string, args ...any) {
	if g.Progress != nil {
		g.Progress(fmt.Sprintf(format, args...))
	}
}

// WithLock calls do while no other run of freshet reads the sources, adds to the history or writes a site
// from it. It errs if another run is at work.
func (g *Generator) WithLock(do func() error) error {
	unlock, err := g.History.Lock()
	if err != nil {
		return err
	}
	defer unlock()
	return do()
}

// Scrape visits all sources, appends their scrapes to the history and records what changed. It
// returns the report of this moment, in UTC, to the second. The error wraps [ErrPartial] if a
// source could not be read; the report is complete then. If ctx ends during the visits, no
// scrape is recorded. The caller holds the lock, see [Generator.WithLock].
func (g *Generator) Scrape(ctx context.Context) (*freshness.Report, error) {
	at := g.Clock().UTC().Truncate(time.Second)
	if err := g.History.Repair(at); err != nil {
		return nil, err
	}
	past, err := g.loadWindow(at)
	if err != nil {
		return nil, err
	}
	if err := g.completeLastRun(past); err != nil {
		return nil, err
	}
	before, err := g.previousReport(past, at)
	if err != nil {
		return nil, err
	}
	g.reportUsage(past, at)
	scrapes := sources.VisitAll(ctx, at, g.Clock, g.Targets, g.logVisit)
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("interrupted: the history was not changed")
	}
	for i, s := range scrapes {
		scrapes[i] = s.Cleaned(g.Secrets)
	}
	extended, _, err := g.History.Append(past, scrapes)
	if err != nil {
		return nil, err
	}
	after, err := g.deriveReport(extended, at)
	if err != nil {
		return nil, err
	}
	if err := g.writeChanges(before, after, visitsAt(extended, at)); err != nil {
		return after, errors.Join(err, partialError(scrapes))
	}
	return after, errors.Join(g.History.Seal(at), partialError(scrapes))
}

// completeLastRun writes the changes and the seal of the last visit of past, if its run died before it wrote
// them.
func (g *Generator) completeLastRun(past *sources.Past) error {
	if len(past.Visits) == 0 {
		return nil
	}
	at := past.Visits[len(past.Visits)-1].At
	written, err := g.History.HasChanges(at)
	if err != nil {
		return err
	}
	if written {
		return g.History.Seal(at)
	}
	after, err := g.deriveReport(past, at)
	if err != nil {
		return err
	}
	before, err := g.reportBefore(past, at)
	if err != nil {
		return err
	}
	if err := g.writeChanges(before, after, visitsAt(past, at)); err != nil {
		return err
	}
	return g.History.Seal(at)
}

// visitsAt returns the visits of one moment.
func visitsAt(past *sources.Past, at time.Time) (visits []sources.Visit) {
	for _, v := range past.Visits {
		if v.At.Equal(at) {
			visits = append(visits, v)
		}
	}
	return visits
}

// reportBefore returns the report of the last visit before at, which is a moment of past; nil if there was
// none.
func (g *Generator) reportBefore(past *sources.Past, at time.Time) (*freshness.Report, error) {
	for _, v := range slices.Backward(past.Visits) {
		if v.At.Before(at) {
			return g.ReportAt(v.At)
		}
	}
	return nil, nil
}

// previousReport returns the report of the last visit before at, nil if there was none. past is
// what loadWindow returned for at.
func (g *Generator) previousReport(past *sources.Past, at time.Time) (*freshness.Report, error) {
	if n := len(past.Visits); n > 0 && past.Visits[n-1].At.Before(at) { // past need not be loaded again
		return g.deriveReport(past, past.Visits[n-1].At)
	}
	return g.reportBefore(past, at)
}

// reportUsage passes to each metered source the calls that its visits made in the month of at,
// in UTC, so that it can stay within its budget.
func (g *Generator) reportUsage(past *sources.Past, at time.Time) {
	for _, target := range g.Targets {
		if m, ok := target.Source.(sources.MeteredSource); ok {
			m.SetCallsInMonth(past.CallsInMonth(target.Name(), at))
		}
	}
}

// logVisit logs the result of one visit: how much was read, or the first line of the error.
func (g *Generator) logVisit(s sources.Scrape) {
	if s.Error != "" {
		first, _, _ := strings.Cut(s.Error, "\n")
		g.LogProgress("could not read %s: %s", s.Source, first)
		return
	}
	g.LogProgress("read %s: %s (%s)", s.Source, sources.FormatCount(len(s.Observations), "asset"), describeCost(s))
}

// describeCost returns what a visit took, such as "3 requests, 120 rows, 7.1 kB". Numbers that
// the source does not know are left out, and so are the ids of queries, which the history has.
func describeCost(s sources.Scrape) string {
	words := sources.FormatCount(s.Requests, "request")
	if s.Rows > 0 {
		words += ", " + sources.FormatCount(int(s.Rows), "row")
	}
	if s.Bytes > 0 {
		words += ", " + sources.FormatSize(s.Bytes)
	}
	return words
}

// writeChanges appends the differences between two reports to the changes record, and one line
// for the run itself. before is nil on the first run.
func (g *Generator) writeChanges(before, after *freshness.Report, visits []sources.Visit) error {
	var lines []history.ChangeLine
	for _, c := range changes.Compare(before, after) {
		lines = append(lines, history.ChangeLine{What: c.What, ID: c.ID, Says: c.Says})
	}
	lines = append(lines, history.ChangeLine{What: "run", Says: summarizeRun(after, visits)})
	return g.History.AppendChanges(after.At, lines)
}

// summarizeRun returns the line of a run in the changes record: how many sources were read, the
// number of assets and the headline.
func summarizeRun(r *freshness.Report, visits []sources.Visit) string {
	read := 0
	for _, v := range visits {
		if v.Error == "" {
			read++
		}
	}
	return fmt.Sprintf(
		"%d of %s read, %s. %s",
		read,
		words.Count(len(visits), "source"),
		words.Count(len(r.Nodes), "asset"),
		words.ForRecord(r).Headline(),
	)
}

// partialError returns an error that names each source that could not be read and wraps
// [ErrPartial]; nil if all were read.
func partialError(scrapes []sources.Scrape) error {
	var errs []error
	for _, s := range scrapes {
		if s.Error != "" {
			errs = append(errs, fmt.Errorf("%w %s: %s", ErrPartial, s.Source, s.Error))
		}
	}
	return errors.Join(errs...)
}

// Build writes the site of r into dir and returns how many files were written and changed.
func (g *Generator) Build(dir string, r *freshness.Report, info site.Info) (site.WriteStats, error) {
	w, err := site.Write(dir, info, r)
	if err == nil {
		g.LogProgress("wrote %s to %s (%d in total)", sources.FormatCount(w.Changed, "changed file"), dir, w.Files)
	}
	return w, err
}

// ReportAt derives the report of the moment at from what was recorded until then.
func (g *Generator) ReportAt(at time.Time) (*freshness.Report, error) {
	past, err := g.loadWindow(at)
	if err != nil {
		return nil, err
	}
	return g.deriveReport(past, at)
}

// FirstReport derives the report of the first recorded day, as of its last visit; nil if
// nothing was visited yet.
func (g *Generator) FirstReport() (*freshness.Report, error) {
	first, err := g.History.EndOfFirstDay()
	if err != nil || first.IsZero() {
		return nil, err
	}
	return g.ReportAt(first)
}

// deriveReport judges past together with what was imported for the same window. past is what
// loadWindow returned for at.
func (g *Generator) deriveReport(past *sources.Past, at time.Time) (*freshness.Report, error) {
	all, err := g.History.MergeImports(past, windowStart(at), at)
	if err != nil {
		return nil, err
	}
	g.dropRemovedSources(all)
	all = exposures.Merge(g.Rules.Moves.Apply(all), g.Rules.CanonicalLink)
	return freshness.Derive(all, g.Rules, at), nil
}

// loadWindow returns what the visits of the window that ends at the moment at recorded, without
// removed sources.
func (g *Generator) loadWindow(at time.Time) (*sources.Past, error) {
	past, err := g.History.Load(windowStart(at), at)
	if err == nil {
		g.dropRemovedSources(past)
	}
	return past, err
}

// windowStart returns the start of the window that ends at the moment at: [freshness.StripDays]
// days earlier.
func windowStart(at time.Time) time.Time { return at.AddDate(0, 0, -freshness.StripDays) }

// dropRemovedSources deletes from past everything recorded by sources that site.toml does not
// name any more. A source that was renamed by [[moved]] stays.
func (g *Generator) dropRemovedSources(past *sources.Past) {
	configured := make(map[string]bool)
	for _, s := range g.Targets {
		configured[s.Name()] = true
	}
	for _, m := range g.Rules.Moves { // a renamed source keeps its history under the old name
		if from, to := m.From.Place(), m.To.Place(); configured[to] && g.Rules.Moves.HasMovedSource(from) {
			configured[from] = true
		}
	}
	past.Tracks = slices.DeleteFunc(past.Tracks, func(t *sources.Track) bool { return !configured[t.Source] })
	isRemoved := func(v sources.Visit) bool { return !configured[v.Source] }
	past.Visits = slices.DeleteFunc(past.Visits, isRemoved)
	past.Imports = slices.DeleteFunc(past.Imports, isRemoved)
}
