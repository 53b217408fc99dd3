package history

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/freshet-status/freshet/sources"
)

// Recall returns a past together with what was imported of a time in it. What
// a visit saw stands; past itself is not changed.
func (l *Log) Recall(past *sources.Past, from, to time.Time) (*sources.Past, error) {
	files, err := l.files(observations, imported)
	files = slices.DeleteFunc(files, func(f string) bool { return date(f) > dateOf(to) || month(f) < dateOf(from)[:len("2026-08")] })
	if err != nil || len(files) == 0 {
		return past, err
	}
	r := newRecollection()
	for _, file := range files {
		read := readDay
		if date(file) < dateOf(from) {
			read = readParts
		}
		d, err := read(file)
		if err != nil {
			return nil, err
		}
		if err := r.day(d, to); err != nil {
			return nil, err
		}
	}
	return r.into(past), nil
}

// A recollection folds what was imported, day by day.
type recollection struct {
	*fold
	imports []sources.Visit
	scopes  map[string]time.Time // the newest complete look, by source and scope
	listed  map[*sources.Track]time.Time
}

func newRecollection() *recollection {
	return &recollection{fold: newFold(), scopes: make(map[string]time.Time), listed: make(map[*sources.Track]time.Time)}
}

// day folds the moments of a day, until one.
func (r *recollection) day(d day, to time.Time) error {
	r.parts.add(d.parts)
	slices.SortStableFunc(d.scrapes, func(a, b scrape) int {
		return cmp.Or(a.Visit.At.Compare(b.Visit.At), cmp.Compare(a.Visit.Source, b.Visit.Source), cmp.Compare(a.Key, b.Key))
	})
	met := ""
	for _, s := range d.scrapes {
		if s.Key == met || s.Visit.At.After(to) {
			continue // the same line from two clones
		}
		met = s.Key
		if err := r.moment(s); err != nil {
			return &Error{short(s.file), s.line, err.Error()}
		}
	}
	return nil
}

// moment folds one line: later lines say what an asset is.
func (r *recollection) moment(s scrape) error {
	r.imports = append(r.imports, s.Visit)
	tracks, err := r.list(s)
	if err != nil {
		return err
	}
	for _, t := range tracks {
		r.listed[t] = s.Visit.At
	}
	for _, scope := range s.Visit.Scopes {
		r.scopes[s.Visit.Source+"\x00"+scope.Name] = s.Visit.At
	}
	return r.facts(s, tracks)
}

// into adds what was imported to a past.
func (r *recollection) into(past *sources.Past) *sources.Past {
	all := &sources.Past{Visits: past.Visits, Imports: r.imports, Looks: maps.Clone(past.Looks), Earlier: make(map[string]*sources.Looks)}
	first := make(map[string]time.Time)
	for _, v := range slices.Backward(past.Visits) {
		if v.Error == "" || v.Assets > 0 { // one that failed saw nothing
			first[v.Source] = v.At
		}
	}
	r.share(all, first)
	for _, t := range past.Tracks {
		old := r.tracks[t.Source][t.Asset.ID]
		if old != nil {
			t = recalled(t, old, first[t.Source])
		}
		all.Tracks = append(all.Tracks, t)
	}
	for source, tracks := range r.tracks {
		if _, visited := first[source]; !visited {
			for _, t := range tracks {
				all.Tracks = append(all.Tracks, r.alone(t))
			}
		}
	}
	slices.SortFunc(all.Tracks, byAsset)
	return all
}

// share gives the looks that were imported to a past: how often somebody looked
// before the first visit says nothing of how often visits do.
func (r *recollection) share(all *sources.Past, visited map[string]time.Time) {
	if all.Looks == nil {
		all.Looks = make(map[string]*sources.Looks)
	}
	for source, looks := range r.looks {
		if _, ok := visited[source]; ok {
			all.Earlier[source] = looks
		} else {
			all.Looks[source] = looks
		}
	}
}

// recalled is what visits tell of an asset, with what was imported of it. An
// asset that the first visit listed was there since it was first told of.
func recalled(t, old *sources.Track, first time.Time) *sources.Track {
	both := *t
	for c := range both.Clocks {
		both.Clocks[c] = t.Clocks[c].Recall(old.Clocks[c])
		if blank := t.Blank[c]; blank != 0 && len(both.Clocks[c]) > 0 {
			both.Clocks[c] = both.Clocks[c].Add(0, blank, true)
		}
	}
	both.Tries = slices.Concat(old.Tries, t.Tries)
	slices.SortStableFunc(both.Tries, func(a, b sources.Attempt) int { return a.At.Compare(b.At) })
	both.Tries = slices.Compact(both.Tries)
	if came := old.Stays[0].Came; len(t.Stays) > 0 && t.Stays[0].Came.Equal(first) && came.Before(first) {
		both.Stays = slices.Clone(t.Stays)
		both.Stays[0].Came = came
	}
	return &both
}

// alone is an asset of a source that was never visited: it went if a later
// moment, which tells of all that there was, does not tell of it.
func (r *recollection) alone(t *sources.Track) *sources.Track {
	whole := r.scopes[t.Source+"\x00"+t.Asset.Scope]
	if around := r.scopes[t.Source+"\x00"+sources.Around(t.Asset.Scope)]; around.After(whole) {
		whole = around
	}
	if whole.After(r.listed[t]) {
		t.Stays[len(t.Stays)-1].Went = whole
	}
	return t
}
