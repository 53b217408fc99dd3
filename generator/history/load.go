package history

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/freshet-status/freshet/sources"
)

// Load folds what was recorded from one moment to another. It reads the files
// of these days, the one before them for its keyframe, and of that one's month
// what the keyframe leans on.
func (l *Log) Load(from, to time.Time) (*sources.Past, error) {
	files, err := l.days(observations)
	if err != nil {
		return nil, err
	}
	files = slices.DeleteFunc(files, func(f string) bool { return date(f) > dateOf(to) })
	first, _ := slices.BinarySearchFunc(files, dateOf(from), func(f, day string) int { return cmp.Compare(date(f), day) })
	first = max(first-1, 0)
	f := newFold()
	f.earlier = files[:first]
	var scrapes []scrape
	for _, file := range files[first:] {
		d, err := readDay(file)
		if err != nil {
			return nil, err
		}
		f.parts.add(d.parts)
		scrapes = append(scrapes, d.scrapes...)
	}
	scrapes = slices.DeleteFunc(scrapes, func(s scrape) bool { return s.Visit.At.After(to) })
	slices.SortStableFunc(scrapes, func(a, b scrape) int {
		return cmp.Or(a.Visit.At.Compare(b.Visit.At), cmp.Compare(a.Visit.Source, b.Visit.Source), b2i(b.Keyframe)-b2i(a.Keyframe))
	})
	return f.past(scrapes)
}

// A fold makes a past from scrapes.
type fold struct {
	parts   parts
	earlier []string // files before those that were read, oldest first
	tracks  map[string]map[sources.ID]*sources.Track
	listed  map[string][]*sources.Track // by source and list
	current map[string]string           // the list of each source
	assets  map[string][]sources.Asset  // by block
	rows    map[string][]int            // by set and length of list
	visits  []sources.Visit
	looks   map[string]*sources.Looks
}

func newFold() *fold {
	return &fold{parts: newParts(), tracks: make(map[string]map[sources.ID]*sources.Track), listed: make(map[string][]*sources.Track), current: make(map[string]string), assets: make(map[string][]sources.Asset), rows: make(map[string][]int), looks: make(map[string]*sources.Looks)}
}

func (f *fold) past(scrapes []scrape) (*sources.Past, error) {
	met := make(map[string]bool, len(scrapes))
	for _, s := range scrapes {
		if met[s.Key] {
			continue // the same line from two clones
		}
		met[s.Key] = true
		if err := f.scrape(s); err != nil {
			return nil, &Error{short(s.file), s.line, err.Error()}
		}
	}
	p := &sources.Past{Visits: f.visits, Looks: f.looks}
	for _, tracks := range f.tracks {
		for _, t := range tracks {
			p.Tracks = append(p.Tracks, t)
		}
	}
	slices.SortFunc(p.Tracks, byAsset)
	return p, nil
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

func byAsset(a, b *sources.Track) int {
	return cmp.Or(cmp.Compare(a.Asset.ID, b.Asset.ID), cmp.Compare(a.Source, b.Source))
}

// describe gives the assets of a list what the list says of them.
func (f *fold) describe(source, list string) error {
	blocks, err := f.blocks(list)
	for _, b := range blocks {
		for _, a := range f.assets[b] {
			f.track(source, a.ID).Asset = a
		}
	}
	return err
}

func (f *fold) track(source string, id sources.ID) *sources.Track {
	if f.tracks[source] == nil {
		f.tracks[source] = make(map[sources.ID]*sources.Track)
	}
	t := f.tracks[source][id]
	if t == nil {
		t = &sources.Track{Source: source, Asset: sources.Asset{ID: id}}
		f.tracks[source][id] = t
	}
	return t
}

// scrape folds one line.
func (f *fold) scrape(s scrape) error {
	f.visits = append(f.visits, s.Visit)
	if s.List == "" {
		return nil
	}
	tracks, err := f.list(s)
	if err != nil {
		return err
	}
	for _, g := range s.Gone {
		f.leave(s, g)
	}
	if s.Keyframe { // it says all that is missed now
		for _, t := range tracks {
			t.Missed = time.Time{}
		}
	}
	return f.facts(s, tracks)
}

// facts folds what a scrape says of the assets of its list.
func (f *fold) facts(s scrape, tracks []*sources.Track) error {
	for _, t := range s.Tries {
		if t.I < 0 || t.I >= len(tracks) {
			return fmt.Errorf("tries: there is no position %d", t.I)
		}
		tracks[t.I].Try(t.Attempt)
	}
	for _, b := range s.Broken {
		if b.I < 0 || b.I >= len(tracks) {
			return fmt.Errorf("broken: there is no position %d", b.I)
		}
		tracks[b.I].Say(sources.Word{At: b.At, Says: b.Says, By: b.By})
	}
	for _, m := range s.Missed {
		rows, ok := positions(m.I, len(tracks))
		if !ok {
			return fmt.Errorf("missed: a position is not in the list")
		}
		for _, i := range rows {
			tracks[i].Missed = m.At
		}
	}
	for _, z := range s.Sizes {
		rows, ok := positions(z.I, len(tracks))
		if !ok || len(rows) != len(z.Size) {
			return fmt.Errorf("sizes: a position is not in the list")
		}
		for k, i := range rows {
			tracks[i].Size = uint32(z.Size[k])
		}
	}
	for _, t := range s.Told {
		rows, err := f.rowsOf(t, len(tracks))
		if err != nil {
			return err
		}
		t.readings(rows, func(i int, r sources.Reading) { tracks[i].Hear(r) })
		f.look(s.Visit.Source, t)
	}
	return nil
}

// look notes the moment of a look.
func (f *fold) look(source string, t told) {
	all := f.looks[source]
	if all == nil {
		all = new(sources.Looks)
		f.looks[source] = all
	}
	if i, known := slices.BinarySearch(all[t.Clock], t.Look); !known && !t.Ahead {
		all[t.Clock] = slices.Insert(all[t.Clock], i, t.Look)
	}
}

// rowsOf returns the positions of which t tells.
func (f *fold) rowsOf(t told, n int) ([]int, error) {
	if t.Set == "" {
		return checked(t, t.I, n)
	}
	key := fmt.Sprint(t.Set, n)
	if rows, ok := f.rows[key]; ok {
		return rows, t.check(len(rows))
	}
	gaps, ok := f.parts.sets[t.Set]
	if !ok {
		f.lookBack(func() bool { gaps, ok = f.parts.sets[t.Set]; return ok })
	}
	if !ok {
		return nil, lost("set", t.Set)
	}
	rows, err := checked(t, gaps, n)
	f.rows[key] = rows
	return rows, err
}

func checked(t told, gaps []int, n int) ([]int, error) {
	rows, ok := positions(gaps, n)
	if !ok {
		return nil, fmt.Errorf("%s: a position is not in the list", t.Clock)
	}
	return rows, t.check(len(rows))
}

func lost(what, hash string) error {
	return fmt.Errorf("leans on the %s %s, which is in no file of the month\nhint: was a file of this month lost? git log -- history shows when", what, hash)
}

// list returns the tracks of a scrape's list, and notes who came.
func (f *fold) list(s scrape) ([]*sources.Track, error) {
	key := s.Visit.Source + "\x00" + s.List
	tracks, known := f.listed[key]
	if !known {
		blocks, err := f.blocks(s.List)
		if err != nil {
			return nil, err
		}
		for _, b := range blocks {
			for _, a := range f.assets[b] {
				tracks = append(tracks, f.track(s.Visit.Source, a.ID))
			}
		}
		f.listed[key] = tracks
	}
	if f.current[s.Visit.Source] != s.List {
		f.current[s.Visit.Source] = s.List
		if err := f.describe(s.Visit.Source, s.List); err != nil {
			return nil, err
		}
		for _, t := range tracks {
			if !t.There() {
				t.Stays = append(t.Stays, sources.Stay{Came: s.Visit.At})
			}
		}
	}
	return tracks, nil
}

// leave notes that an asset went. A keyframe repeats it.
func (f *fold) leave(s scrape, g gone) {
	t := f.track(s.Visit.Source, g.Asset.ID)
	t.Asset = g.Asset
	n := len(t.Stays)
	if n == 0 {
		t.Stays, n = []sources.Stay{{Came: g.At}}, 1
	}
	if t.There() {
		t.Stays[n-1].Went = g.At
	}
}

// blocks returns the blocks of a list, with their assets read.
func (f *fold) blocks(list string) ([]string, error) {
	blocks, ok := f.parts.lists[list]
	if !ok {
		f.lookBack(func() bool { blocks, ok = f.parts.lists[list]; return ok })
	}
	if !ok {
		return nil, lost("list", list)
	}
	for _, b := range blocks {
		if err := f.block(b); err != nil {
			return nil, err
		}
	}
	return blocks, nil
}

func (f *fold) block(hash string) error {
	if _, done := f.assets[hash]; done {
		return nil
	}
	line, ok := f.parts.blocks[hash]
	if !ok {
		f.lookBack(func() bool { line, ok = f.parts.blocks[hash]; return ok })
	}
	if !ok {
		return lost("block", hash)
	}
	var b block
	if err := json.Unmarshal(line, &b); err != nil {
		return fmt.Errorf("leans on the block %s: %w", hash, err)
	}
	f.assets[hash] = b.Assets
	return nil
}

// lookBack reads earlier files of one month, the newest first, until found.
// What is wrong with them is told by verify.
func (f *fold) lookBack(found func() bool) {
	for n := len(f.earlier); n > 0; n = len(f.earlier) {
		file := f.earlier[n-1]
		d, _ := readDay(file)
		f.earlier = f.earlier[:n-1]
		if n > 1 && month(f.earlier[n-2]) != month(file) {
			f.earlier = nil
		}
		f.parts.add(d.parts)
		if found() {
			return
		}
	}
}
