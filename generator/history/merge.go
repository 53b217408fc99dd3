package history

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/freshet-status/freshet/sources"
)

// MergeImports returns past together with what was imported for the time between from and to.
// Readings of visits take precedence over imported ones. past is not changed; it is returned
// itself if nothing was imported.
func (l *Log) MergeImports(past *sources.Past, from, to time.Time) (*sources.Past, error) {
	files, err := l.listFiles(observations, importSuffix)
	files = slices.DeleteFunc(
		files,
		func(f string) bool { return fileDate(f) > utcDate(to) || fileMonth(f) < utcDate(from)[:len("2026-08")] },
	)
	if err != nil || len(files) == 0 {
		return past, err
	}
	r := newImportMerger()
	for _, file := range files {
		read := readDay
		if fileDate(file) < utcDate(from) {
			read = readParts
		}
		d, err := read(file)
		if err != nil {
			return nil, err
		}
		if err := r.addDay(d, to); err != nil {
			return nil, err
		}
	}
	return r.mergeWith(past), nil
}

// An importMerger folds imported scrapes, day by day, and merges them with a past.
type importMerger struct {
	*pastBuilder
	// The imported moments, oldest first.
	imports []sources.Visit
	scopes  map[string]time.Time // the newest moment that listed a scope completely, by source and scope
	// The newest moment that listed the asset of a track.
	lastListed map[*sources.Track]time.Time
}

func newImportMerger() *importMerger {
	return &importMerger{
		pastBuilder: newPastBuilder(),
		scopes:      make(map[string]time.Time),
		lastListed:  make(map[*sources.Track]time.Time),
	}
}

// addDay folds the moments of d, but none after to. A line that two clones share counts once.
func (r *importMerger) addDay(d dayFile, to time.Time) error {
	r.parts.addAll(d.parts)
	slices.SortStableFunc(d.scrapes, func(a, b scrapeLine) int {
		return cmp.Or(a.Visit.At.Compare(b.Visit.At), cmp.Compare(a.Visit.Source, b.Visit.Source), cmp.Compare(a.Key, b.Key))
	})
	met := ""
	for _, s := range d.scrapes {
		if s.Key == met || s.Visit.At.After(to) {
			continue // the same line from two clones
		}
		met = s.Key
		if err := r.addMoment(s); err != nil {
			return &Error{File: displayPath(s.file), Line: s.line, Says: err.Error()}
		}
	}
	return nil
}

// addMoment folds one imported line. If lines differ in the attributes of an asset, the last
// one wins.
func (r *importMerger) addMoment(s scrapeLine) error {
	r.imports = append(r.imports, s.Visit)
	tracks, err := r.applyList(s)
	if err != nil {
		return err
	}
	for _, t := range tracks {
		r.lastListed[t] = s.Visit.At
	}
	for _, scope := range s.Visit.Scopes {
		r.scopes[s.Visit.Source+"\x00"+string(scope.Name)] = s.Visit.At
	}
	return r.addFacts(s, tracks)
}

// mergeWith returns past with the imports added: to the assets of a visited source if its
// visits list them, and with all their assets for sources that were never visited.
func (r *importMerger) mergeWith(past *sources.Past) *sources.Past {
	merged := &sources.Past{
		Visits:         past.Visits,
		Imports:        r.imports,
		Checks:         maps.Clone(past.Checks),
		ImportedChecks: make(map[string]*sources.CheckTimes),
	}
	firstVisit := make(map[string]time.Time)
	for _, v := range slices.Backward(past.Visits) {
		if v.Error == "" || v.Assets > 0 { // a failed visit without assets is not a first visit
			firstVisit[v.Source] = v.At
		}
	}
	r.addImportedChecks(merged, firstVisit)
	for _, t := range past.Tracks {
		imported := r.tracks[t.Source][t.Asset.ID]
		if imported != nil {
			t = mergeTrack(t, imported, firstVisit[t.Source])
		}
		merged.Tracks = append(merged.Tracks, t)
	}
	for source, tracks := range r.tracks {
		if _, visited := firstVisit[source]; !visited {
			for _, t := range tracks {
				merged.Tracks = append(merged.Tracks, r.closeListing(t))
			}
		}
	}
	slices.SortFunc(merged.Tracks, compareTracks)
	return merged
}

// addImportedChecks adds the imported check times to all. For visited sources they are kept
// apart, because how often a source was checked before its first visit says nothing about how
// often it is checked since.
func (r *importMerger) addImportedChecks(all *sources.Past, visited map[string]time.Time) {
	if all.Checks == nil {
		all.Checks = make(map[string]*sources.CheckTimes)
	}
	for source, looks := range r.checkTimes {
		if _, ok := visited[source]; ok {
			all.ImportedChecks[source] = looks
		} else {
			all.Checks[source] = looks
		}
	}
}

// mergeTrack returns a copy of t with the imported readings and attempts. firstVisit is the
// first visit of its source: an asset that this visit listed counts as listed since it was
// first imported.
func mergeTrack(t, imported *sources.Track, firstVisit time.Time) *sources.Track {
	both := *t
	for c := range both.Clocks {
		both.Clocks[c] = t.Clocks[c].WithImported(imported.Clocks[c])
		if blank := t.LastEmpty[c]; blank != 0 && len(both.Clocks[c]) > 0 {
			both.Clocks[c] = both.Clocks[c].AddCheck(0, blank, true)
		}
	}
	both.Attempts = slices.Concat(imported.Attempts, t.Attempts)
	slices.SortStableFunc(both.Attempts, func(a, b sources.Attempt) int { return a.At.Compare(b.At) })
	both.Attempts = slices.Compact(both.Attempts)
	if came := imported.Listings[0].Came; len(t.Listings) > 0 && t.Listings[0].Came.Equal(firstVisit) &&
		came.Before(firstVisit) {
		both.Listings = slices.Clone(t.Listings)
		both.Listings[0].Came = came
	}
	return &both
}

// closeListing ends the last listing of t if a later moment listed its scope completely without
// it. t is of a source that was never visited; it is changed and returned.
func (r *importMerger) closeListing(t *sources.Track) *sources.Track {
	complete := r.scopes[t.Source+"\x00"+string(t.Asset.Scope)]
	if around := r.scopes[t.Source+"\x00"+string(t.Asset.Scope.Enclosing())]; around.After(complete) {
		complete = around
	}
	if complete.After(r.lastListed[t]) {
		t.Listings[len(t.Listings)-1].Went = complete
	}
	return t
}
