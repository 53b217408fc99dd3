package generator

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/freshet-status/freshet/generator/history"
	"github.com/freshet-status/freshet/sources"
)

// An Imported is what an import brought into the history.
type Imported struct {
	Source  string    `json:"source"`  // or the folder of another history
	Moments int       `json:"moments"` // that the memory told of
	New     int       `json:"new"`     // that the history did not have
	First   time.Time `json:"first,omitzero"`
	Last    time.Time `json:"last,omitzero"`
}

// Import brings what is remembered of a source into the history, moment by
// moment; said, if not nil, is told after each. What could not be read is
// [ErrPartial], and takes nothing from the rest.
func (g *Generator) Import(ctx context.Context, source sources.Source, from sources.Memory, said func(Imported)) (Imported, error) {
	r, ok := source.(sources.Recaller)
	if !ok {
		return Imported{}, fmt.Errorf("the source %q has no past that could be read", source.Name())
	}
	return g.take(source.Name(), said, func(tell func(sources.Scrape) error) error { return r.Recall(ctx, from, tell) })
}

// ImportHistory brings what another history holds into this one: that of
// sources which this one has too.
func (g *Generator) ImportHistory(ctx context.Context, dir string, said func(Imported)) (Imported, error) {
	named := make(map[string]bool)
	for _, s := range g.Stops {
		named[s.Name()] = true
	}
	return g.take(dir, said, func(tell func(sources.Scrape) error) error {
		return history.Open(dir).Tell(ctx, func(s sources.Scrape) error {
			if !named[s.Source] {
				return nil
			}
			return tell(s)
		})
	})
}

// take adds the moments that recall tells of.
func (g *Generator) take(name string, said func(Imported), recall func(tell func(sources.Scrape) error) error) (Imported, error) {
	done := Imported{Source: name}
	unlock, err := g.History.Lock()
	if err != nil {
		return done, err
	}
	defer unlock()
	into := g.History.Importer()
	var broken error // of the history
	err = recall(func(s sources.Scrape) error {
		added, err := into.Add(s)
		if broken = err; err != nil {
			return err
		}
		done.count(s.At, added)
		if said != nil {
			said(done)
		}
		return nil
	})
	switch {
	case err == nil || broken != nil || done.Moments == 0 || errors.Is(err, context.Canceled):
		return done, err
	default:
		return done, fmt.Errorf("%w: %w", ErrPartial, err)
	}
}

func (m *Imported) count(at time.Time, added bool) {
	if m.Moments++; added {
		m.New++
	}
	if m.First.IsZero() || at.Before(m.First) {
		m.First = at
	}
	if at.After(m.Last) {
		m.Last = at
	}
}
