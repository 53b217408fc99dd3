// Package sources defines the facts that freshet reads from the systems of a company, and the
// interfaces that those systems implement.
//
// A [Source] is a system that holds or shows data: a warehouse, dbt, a dashboard tool.
// [VisitAll] reads every source once and returns one [Scrape] per source: an [Observation] per
// [Asset] with the [Reading] of each [Clock], each [Scope] that was listed completely, and the
// error if the visit failed. All scrapes until a moment, folded, are a [Past].
//
// The package holds facts and never judges them: nothing in here is fresh or stale. It imports
// the standard library only, and every package may import it.
//
// To add a source, write a package below this one with a [Config] whose Open returns a
// [Source], call sourcetest.RunSuite and sourcetest.RunLies from its tests, and add its type to the
// sources that cmd/freshet knows. Further abilities are optional interfaces: [Connector], [GrantScripter],
// [MeteredSource], [Recaller] and [StatusWriter].
package sources

import (
	"context"
	"path/filepath"
	"time"
)

// A Source is a system whose assets can be observed.
type Source interface {
	// Name returns the name of the source in site.toml, in the history and on pages. It is never
	// empty and never changes once history exists.
	Name() string

	// Observe reads all assets of the source once, in as few requests as the source allows. It
	// returns no asset twice.
	//
	// Observe may return an answer and an error together: what was read before the error is true
	// and is kept.
	Observe(ctx context.Context) (Answer, error)
}

// An Answer is what one visit read, and how completely.
type Answer struct {
	Observations []Observation
	Scopes       []Scope         // scopes that were listed completely
	Unlisted     []UnlistedScope // scopes that site.toml names and that could not be listed
	Notes        []string        // one sentence for each thing that could not be read, or differs from what people expect
	Requests     int             // number of files opened, statements run or calls made
	Bytes        int64           // bytes read; 0 if not known
	Rows         int             // rows returned; 0 if not known
	Queries      []string        // ids that the system gave to the statements
	Calls        map[string]int  // number of calls by kind, if the source has a budget of calls

	// Covers reports whether site.toml lets the source list what is in a scope: an asset of it that was
	// listed before and is not observed now is lost. nil if nothing is ever lost so.
	Covers func(ScopeName) bool `json:"-"`
}

// A Config holds the keys of one [[source]] of site.toml beyond the keys that every source has.
type Config interface {
	// Faults returns everything that is wrong with the keys; none if they are valid.
	Faults() []Fault

	// Open returns the source. It connects to nothing: the first request is made by Observe.
	Open(Setting) Source
}

// A MeteredSource is a source with a monthly budget of calls.
type MeteredSource interface {
	// SetCallsInMonth sets, before a visit, how many calls of each kind the visits of this UTC
	// month have made so far.
	SetCallsInMonth(calls map[string]int)
}

// A Warehouse is a [Config] of sources that contain relations: their listings decide which
// relations exist.
type Warehouse interface {
	Config

	// DecidesWhatExists reports whether the listings of the source decide which relations exist.
	DecidesWhatExists() bool
}

// A Linker is a [Config] of sources whose assets have web addresses in several forms.
type Linker interface {
	Config

	// CanonicalLink returns the same text for every link to one asset; "" if link is not one of
	// the source.
	CanonicalLink(link string) string
}

// A Fault is one thing that is wrong with a key of site.toml. Says follows the key in the
// message.
type Fault struct{ Key, Says string }

// A Setting is what a source may know of its surroundings.
type Setting struct {
	Name      string                   // name of the source
	Dir       string                   // folder of site.toml, where relative paths begin
	State     string                   // folder for caches, which may be lost; "" if there is none
	Env       func(name string) string // returns a variable of the environment; secrets are there, and never in site.toml
	Secrets   *Secrets                 // takes every secret that the source reads or is given, so that no text shows it
	Namespace string                   // prefix of the places of tables, if two accounts hold the same names; "" if none
	Zone      *time.Location           // zone of times that are written without one; nil is UTC
	Now       func() time.Time         // returns the current time; may be nil for a source that does not use it
	// LongestLimit is the longest age that site.toml allows before data is stale; 0 if not known.
	LongestLimit time.Duration
}

// ReadSecret returns a variable of the environment that holds a secret, and keeps it in Secrets; "" if name
// is empty.
func (s Setting) ReadSecret(name string) string {
	if name == "" {
		return ""
	}
	return s.Secrets.Keep(s.Env(name))
}

// MemoryDays returns how many days a source should read of what the system remembers: one more than
// the longest limit of site.toml, so that what is not found is stale; 101 if that is not known, 365 at
// most.
func (s Setting) MemoryDays() int {
	const day = 24 * time.Hour
	longest := s.LongestLimit
	if longest == 0 {
		longest = 100 * day
	}
	return min(int((longest+day-1)/day)+1, 365)
}

// ResolvePath returns a path of site.toml, below Dir unless it is absolute.
func (s Setting) ResolvePath(file string) string {
	if filepath.IsAbs(file) {
		return file
	}
	return filepath.Join(s.Dir, file)
}
