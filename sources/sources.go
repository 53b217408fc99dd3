// Package sources is the vocabulary: what freshet can visit, and what it saw.
//
// A [Source] is a system that holds data or shows it: a warehouse, dbt, a
// dashboard tool. Visiting it once yields a [Scrape]: observations, each about
// one [Asset] and what its clocks told, and what the visit could not see. All
// scrapes until a moment, folded, are a [Past].
//
// The package holds facts and never a verdict: nothing in here is fresh or
// stale. It imports the standard library only, and every package may import it.
package sources

import (
	"context"
	"path/filepath"
	"time"
)

// A Source is a system whose assets can be observed.
type Source interface {
	// Name is the word for this source in site.toml, in the history and on
	// the page. It is never empty and never changes once history exists.
	Name() string

	// Observe looks at all assets of the source, once, in as few requests as
	// the source allows. No asset is observed twice.
	//
	// Observe may return an answer and an error together: what was seen
	// before the error is true and is kept.
	Observe(ctx context.Context) (Answer, error)
}

// An Answer is what one visit saw, and how far it could see.
type Answer struct {
	Observations []Observation
	Scopes       []Scope        // looked at completely
	Notes        []string       // what could not be read, or reads otherwise than people expect; a sentence each
	Requests     int            // files opened, statements or calls made
	Bytes        int64          // read; 0 is not known
	Rows         int            // that came back; 0 is not known
	Queries      []string       // the ids by which the system knows its statements
	Calls        map[string]int // by kind, where calls of a kind are paid for
}

// A Config is what one [[source]] of site.toml says beside the keys that every
// source has.
type Config interface {
	// Faults lists everything that is wrong with it; none is good.
	Faults() []Fault

	// Open returns the source. It connects to nothing: the first request is
	// made by Observe.
	Open(Setting) Source
}

// A Metered is a source whose calls are paid for by the month.
type Metered interface {
	// Spent tells, before a visit, what the visits of this month cost until
	// now, by kind of call.
	Spent(calls map[string]int)
}

// A Fault is something wrong with one key of site.toml.
type Fault struct{ Key, Says string }

// A Setting is what a source may know of its surroundings.
type Setting struct {
	Name      string                   // the name of the source
	Dir       string                   // where relative paths begin: the folder of site.toml
	State     string                   // a folder for what need not be asked again, and may be lost; "" is none
	Env       func(name string) string // where secrets are; they are never in site.toml
	Namespace string                   // before the place of a table's id, where two accounts hold the same names
	Zone      *time.Location           // of times that are written without a zone; nil is UTC
	Clock     func() time.Time         // tells the time; nil where nobody asks
}

// Path resolves a path of site.toml.
func (s Setting) Path(file string) string {
	if filepath.IsAbs(file) {
		return file
	}
	return filepath.Join(s.Dir, file)
}
