package history

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/freshet-status/freshet/sources"
)

// Load returns what visits recorded from the day of from until the moment to, folded by asset;
// imports are not included. It reads the files of these days, the file before them for its
// keyframe, and earlier files of that file's month if the keyframe refers to them. A bad line
// is an [Error].
func (l *Log) Load(from, to time.Time) (*sources.Past, error) {
	files, err := l.listDayFiles(observations)
	if err != nil {
		return nil, err
	}
	files = slices.DeleteFunc(files, func(f string) bool { return fileDate(f) > utcDate(to) })
	first, _ := slices.BinarySearchFunc(files, utcDate(from), func(f, day string) int { return cmp.Compare(fileDate(f), day) })
	first = max(first-1, 0)
	f := newPastBuilder()
	f.earlier = files[:first]
	var scrapes []scrapeLine
	for _, file := range files[first:] {
		d, err := readDay(file)
		if err != nil {
			return nil, err
		}
		f.parts.addAll(d.parts)
		scrapes = append(scrapes, d.scrapes...)
	}
	scrapes = slices.DeleteFunc(scrapes, func(s scrapeLine) bool { return s.Visit.At.After(to) })
	slices.SortStableFunc(scrapes, compareScrapes)
	return f.buildPast(scrapes)
}

// compareScrapes orders scrapes by moment, then by source, keyframes first.
func compareScrapes(a, b scrapeLine) int {
	return cmp.Or(compareVisits(a.Visit, b.Visit), boolToInt(b.Keyframe)-boolToInt(a.Keyframe))
}

// compareVisits orders visits by moment, then by source.
func compareVisits(a, b sources.Visit) int {
	return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Source, b.Source))
}

// A pastBuilder folds scrape lines into a past.
type pastBuilder struct {
	// The blocks, lists and sets of the files that were read.
	parts   partIndex
	earlier []string // files that were not read yet, all before those that were; oldest first
	// The tracks by source and asset.
	tracks       map[string]sourceState
	listTracks   map[string][]*sources.Track // the tracks of a list in order of its positions, by source and list
	currentList  map[string]string           // hash of the newest list, by source
	assets       map[string][]sources.Asset  // decoded assets, by block
	setPositions map[string][]int            // decoded positions, by set and length of the list
	visits       []sources.Visit
	// The moments of the checks of each source.
	checkTimes map[string]*sources.CheckTimes
}

func newPastBuilder() *pastBuilder {
	return &pastBuilder{
		parts:        newPartIndex(),
		tracks:       make(map[string]sourceState),
		listTracks:   make(map[string][]*sources.Track),
		currentList:  make(map[string]string),
		assets:       make(map[string][]sources.Asset),
		setPositions: make(map[string][]int),
		checkTimes:   make(map[string]*sources.CheckTimes),
	}
}

// buildPast folds scrapes, which are sorted by time, and returns the past, its tracks sorted by
// asset and source. A line that two clones share counts once.
func (f *pastBuilder) buildPast(scrapes []scrapeLine) (*sources.Past, error) {
	met := make(map[string]bool, len(scrapes))
	for _, s := range scrapes {
		if met[s.Key] {
			continue // the same line from two clones
		}
		met[s.Key] = true
		if err := f.addScrape(s); err != nil {
			return nil, &Error{File: displayPath(s.file), Line: s.line, Says: err.Error()}
		}
	}
	p := &sources.Past{Visits: f.visits, Checks: f.checkTimes}
	for _, tracks := range f.tracks {
		for _, t := range tracks {
			p.Tracks = append(p.Tracks, t)
		}
	}
	slices.SortFunc(p.Tracks, compareTracks)
	return p, nil
}

// boolToInt returns 1 for true and 0 for false, to sort by.
func boolToInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// compareTracks orders tracks by asset id, then by source.
func compareTracks(a, b *sources.Track) int {
	return cmp.Or(cmp.Compare(a.Asset.ID, b.Asset.ID), cmp.Compare(a.Source, b.Source))
}

// updateAssets sets the attributes of the assets in list on the tracks of source.
func (f *pastBuilder) updateAssets(source, list string) error {
	blocks, err := f.loadBlocks(list)
	for _, b := range blocks {
		for _, a := range f.assets[b] {
			f.ensureTrack(source, a.ID).Asset = a
		}
	}
	return err
}

// ensureTrack returns the track of an asset, which it creates if there is none.
func (f *pastBuilder) ensureTrack(source string, id sources.ID) *sources.Track {
	if f.tracks[source] == nil {
		f.tracks[source] = make(sourceState)
	}
	t := f.tracks[source][id]
	if t == nil {
		t = &sources.Track{Source: source, Asset: sources.Asset{ID: id}}
		f.tracks[source][id] = t
	}
	return t
}

// addScrape folds one line. The lines of a source must come in order of time.
func (f *pastBuilder) addScrape(s scrapeLine) error {
	f.visits = append(f.visits, s.Visit)
	if s.List == "" {
		return nil
	}
	tracks, err := f.applyList(s)
	if err != nil {
		return err
	}
	for _, g := range s.Removed {
		f.markRemoved(s, g)
	}
	if s.Keyframe { // a keyframe repeats every missed check, lost asset and test result that still counts
		for _, t := range tracks {
			t.Missed = time.Time{}
			t.LostSince = time.Time{}
			t.Tests = nil
		}
	}
	return f.addFacts(s, tracks)
}

// addFacts adds everything that s says of the assets of its list to tracks, which are in the order of the
// list. It errs if a position is not in the list.
func (f *pastBuilder) addFacts(s scrapeLine, tracks []*sources.Track) error {
	if err := addEvents(s, tracks); err != nil {
		return err
	}
	err := eachMoment("missed", s.MissedChecks, tracks, func(t *sources.Track, at time.Time) { t.Missed = at })
	if err != nil {
		return err
	}
	err = eachMoment("lost", s.Lost, tracks, func(t *sources.Track, at time.Time) { t.LostSince = at })
	if err != nil {
		return err
	}
	if err := addSizes(s, tracks); err != nil {
		return err
	}
	return f.addReadings(s, tracks)
}

// addEvents adds the attempts, missing references and test results of s to tracks.
func addEvents(s scrapeLine, tracks []*sources.Track) error {
	for _, t := range s.Attempts {
		if err := validatePosition("tries", t.Position, tracks); err != nil {
			return err
		}
		tracks[t.Position].AddAttempt(t.Attempt)
	}
	for _, b := range s.MissingRefs {
		if err := validatePosition("broken", b.Position, tracks); err != nil {
			return err
		}
		tracks[b.Position].SetMissing(sources.MissingRef{At: b.At, Says: b.Says, ID: b.By})
	}
	for _, t := range s.Tests {
		if err := validatePosition("tests", t.Position, tracks); err != nil {
			return err
		}
		tracks[t.Position].Tests = t.decodeTests()
	}
	return nil
}

// validatePosition returns an error if a position of the member of a line is not in its list.
func validatePosition(member string, position int, tracks []*sources.Track) error {
	if position < 0 || position >= len(tracks) {
		return fmt.Errorf("%s: there is no position %d", member, position)
	}
	return nil
}

// eachMoment calls set with each track that a member of a line has a moment of. It errs if a position is
// not in the list.
func eachMoment(member string, moments []sharedMoment, tracks []*sources.Track, set func(*sources.Track, time.Time)) error {
	for _, m := range moments {
		rows, ok := decodeGaps(m.Gaps, len(tracks))
		if !ok {
			return fmt.Errorf("%s: a position is not in the list", member)
		}
		for _, i := range rows {
			set(tracks[i], m.At)
		}
	}
	return nil
}

// addSizes adds the sizes of s to tracks.
func addSizes(s scrapeLine, tracks []*sources.Track) error {
	for _, z := range s.Sizes {
		rows, ok := decodeGaps(z.Gaps, len(tracks))
		if !ok || !z.validateLength(len(rows)) {
			return fmt.Errorf("sizes: a position is not in the list")
		}
		for k, i := range rows {
			tracks[i].Storage = z.storageAt(k)
		}
	}
	return nil
}

// addReadings adds the readings of s to tracks.
func (f *pastBuilder) addReadings(s scrapeLine, tracks []*sources.Track) error {
	for _, t := range s.Readings {
		rows, err := f.columnPositions(t, len(tracks))
		if err != nil {
			return err
		}
		t.eachReading(rows, func(i int, r sources.Reading) { tracks[i].AddReading(r) })
		f.addCheckTime(s.Visit.Source, t)
	}
	return nil
}

// addCheckTime records the newest check of t as a check of source, unless the times of t were
// ahead of it.
func (f *pastBuilder) addCheckTime(source string, t readingColumn) {
	all := f.checkTimes[source]
	if all == nil {
		all = new(sources.CheckTimes)
		f.checkTimes[source] = all
	}
	if i, known := slices.BinarySearch(all[t.Clock], t.CheckedAt); !known && !t.Ahead {
		all[t.Clock] = slices.Insert(all[t.Clock], i, t.CheckedAt)
	}
}

// columnPositions returns the positions of t in a list of n assets. It errs if the set of t is
// in no file of the month.
func (f *pastBuilder) columnPositions(t readingColumn, n int) ([]int, error) {
	if t.Set == "" {
		return validatePositions(t, t.Gaps, n)
	}
	key := fmt.Sprint(t.Set, n)
	if rows, ok := f.setPositions[key]; ok {
		return rows, t.validateLength(len(rows))
	}
	gaps, ok := f.parts.sets[t.Set]
	if !ok {
		f.searchEarlier(func() bool { gaps, ok = f.parts.sets[t.Set]; return ok })
	}
	if !ok {
		return nil, missingPartError("set", t.Set)
	}
	rows, err := validatePositions(t, gaps, n)
	f.setPositions[key] = rows
	return rows, err
}

// validatePositions decodes gaps as the positions of t in a list of n assets. It errs if one is
// not in the list, or if a column of t has another length.
func validatePositions(t readingColumn, gaps []int, n int) ([]int, error) {
	rows, ok := decodeGaps(gaps, n)
	if !ok {
		return nil, fmt.Errorf("%s: a position is not in the list", t.Clock)
	}
	return rows, t.validateLength(len(rows))
}

// missingPartError returns the error for a line that refers to a list, set or block (what) that
// is in no file of its month.
func missingPartError(what, hash string) error {
	return fmt.Errorf(
		"%s %s: missing from this month's files\n"+
			"hint: run git log -- history to find out when a file was lost",
		what,
		hash,
	)
}

// applyList returns the tracks of the list of s, in order of position. If the list is not the
// last one of the source, it updates the attributes of assets and begins a listing for each
// that was not listed.
func (f *pastBuilder) applyList(s scrapeLine) ([]*sources.Track, error) {
	key := s.Visit.Source + "\x00" + s.List
	tracks, known := f.listTracks[key]
	if !known {
		blocks, err := f.loadBlocks(s.List)
		if err != nil {
			return nil, err
		}
		for _, b := range blocks {
			for _, a := range f.assets[b] {
				tracks = append(tracks, f.ensureTrack(s.Visit.Source, a.ID))
			}
		}
		f.listTracks[key] = tracks
	}
	if f.currentList[s.Visit.Source] != s.List {
		f.currentList[s.Visit.Source] = s.List
		if err := f.updateAssets(s.Visit.Source, s.List); err != nil {
			return nil, err
		}
		for _, t := range tracks {
			if !t.IsListed() {
				t.Listings = append(t.Listings, sources.Listing{Came: s.Visit.At})
			}
		}
	}
	return tracks, nil
}

// markRemoved closes the asset's last listing at g.At. It is idempotent, because keyframes
// repeat removals.
func (f *pastBuilder) markRemoved(s scrapeLine, g removal) {
	t := f.ensureTrack(s.Visit.Source, g.Asset.ID)
	t.Asset = g.Asset
	n := len(t.Listings)
	if n == 0 {
		t.Listings = []sources.Listing{{Came: g.At}}
		n = 1
	}
	if t.IsListed() {
		t.Listings[n-1].Went = g.At
	}
}

// loadBlocks returns the hashes of the blocks of list and decodes their assets into f.assets.
func (f *pastBuilder) loadBlocks(list string) ([]string, error) {
	blocks, ok := f.parts.lists[list]
	if !ok {
		f.searchEarlier(func() bool { blocks, ok = f.parts.lists[list]; return ok })
	}
	if !ok {
		return nil, missingPartError("list", list)
	}
	for _, b := range blocks {
		if err := f.loadBlock(b); err != nil {
			return nil, err
		}
	}
	return blocks, nil
}

// loadBlock decodes the assets of the block hash into f.assets, unless it did before.
func (f *pastBuilder) loadBlock(hash string) error {
	if _, done := f.assets[hash]; done {
		return nil
	}
	line, ok := f.parts.blocks[hash]
	if !ok {
		f.searchEarlier(func() bool { line, ok = f.parts.blocks[hash]; return ok })
	}
	if !ok {
		return missingPartError("block", hash)
	}
	var b blockLine
	if err := json.Unmarshal(line, &b); err != nil {
		return fmt.Errorf("block %s: %w", hash, explainSyntaxError(line, err))
	}
	f.assets[hash] = b.Assets
	return nil
}

// searchEarlier reads earlier files, newest first, until found reports true or the month of the
// first of them ends. No file is read twice. Verify reports what is wrong with them.
func (f *pastBuilder) searchEarlier(found func() bool) {
	for n := len(f.earlier); n > 0; n = len(f.earlier) {
		file := f.earlier[n-1]
		d, _ := readDay(file)
		f.earlier = f.earlier[:n-1]
		if n > 1 && fileMonth(f.earlier[n-2]) != fileMonth(file) {
			f.earlier = nil
		}
		f.parts.addAll(d.parts)
		if found() {
			return
		}
	}
}
