package generator

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/freshet-status/freshet/generator/history"
	"github.com/freshet-status/freshet/sources"
)

// An ImportResult counts what an import brought into the history.
type ImportResult struct {
	Source  string `json:"source"`  // name of the source, or folder of the other history
	Moments int    `json:"moments"` // moments that were read
	Added   int    `json:"new"`     // moments that the history did not have yet
	// The oldest and the newest moment that was read; zero if none was.
	First time.Time `json:"first,omitzero"`
	Last  time.Time `json:"last,omitzero"`
}

// Import adds the past of source, as memory holds it, to the history, moment by moment.
// progress, if not nil, is called with the totals so far after each. It errs if source cannot
// recall its past. If recalling fails after a first moment, the error wraps [ErrPartial] and
// what was added stays.
func (g *Generator) Import(
	ctx context.Context,
	source sources.Source,
	memory sources.Archive,
	progress func(ImportResult),
) (ImportResult, error) {
	r, ok := source.(sources.Recaller)
	if !ok {
		return ImportResult{}, fmt.Errorf("source %q: keeps no history that can be imported", source.Name())
	}
	return g.importEntries(
		source.Name(),
		progress,
		func(add func(sources.Scrape) error) error { return r.Recall(ctx, memory, add) },
	)
}

// ImportHistory adds the history in dir to this one, but only the scrapes of sources that
// site.toml names. progress and the error are as in Import.
func (g *Generator) ImportHistory(ctx context.Context, dir string, progress func(ImportResult)) (ImportResult, error) {
	configured := make(map[string]bool)
	for _, s := range g.Targets {
		configured[s.Name()] = true
	}
	return g.importEntries(dir, progress, func(add func(sources.Scrape) error) error {
		return history.Open(dir).EachScrape(ctx, func(s sources.Scrape) error {
			if !configured[s.Source] {
				return nil
			}
			return add(s)
		})
	})
}

// importEntries locks the history and adds each scrape that recall passes on. name is the
// Source of the result. The error wraps [ErrPartial] if recall failed after at least one
// moment, unless the history could not be written or the import was cancelled.
func (g *Generator) importEntries(
	name string,
	progress func(ImportResult),
	recall func(add func(sources.Scrape) error) error,
) (ImportResult, error) {
	total := ImportResult{Source: name}
	unlock, err := g.History.Lock()
	if err != nil {
		return total, err
	}
	defer unlock()
	importer := g.History.StartImport()
	var addErr error // from writing the history, not from recall
	err = recall(func(s sources.Scrape) error {
		added, err := importer.Add(s.Cleaned(g.Secrets))
		addErr = err
		if err != nil {
			return err
		}
		total.addMoment(s.At, added)
		if progress != nil {
			progress(total)
		}
		return nil
	})
	switch {
	case err == nil || addErr != nil || total.Moments == 0 || errors.Is(err, context.Canceled):
		return total, err
	default:
		return total, wrapPartial(name, err)
	}
}

// wrapPartial returns err, or each of the errors joined in it, as an [ErrPartial] of the source name.
func wrapPartial(name string, err error) error {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return fmt.Errorf("%w part of %s: %s", ErrPartial, name, err)
	}
	var all []error
	for _, one := range joined.Unwrap() {
		all = append(all, wrapPartial(name, one))
	}
	return errors.Join(all...)
}

// addMoment counts the moment at and widens First and Last to it. added says that the history
// did not have it.
func (m *ImportResult) addMoment(at time.Time, added bool) {
	m.Moments++
	if added {
		m.Added++
	}
	if m.First.IsZero() || at.Before(m.First) {
		m.First = at
	}
	if at.After(m.Last) {
		m.Last = at
	}
}
