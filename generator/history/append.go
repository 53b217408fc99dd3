package history

import (
	"bytes"
	"encoding/json"
	"hash/fnv"
	"slices"
	"time"

	"github.com/freshet-status/freshet/sources"
)

// Append adds scrapes to the observations, in one write to the file of the day of the first. A
// scrape that is recorded already adds nothing, so that an interrupted run can be repeated.
// past is what Load returned for the time until now, after Repair; it is not changed.
//
// It returns what Load returns for the same time from now on, so that nothing is read again, and
// how many scrapes were new.
func (l *Log) Append(past *sources.Past, scrapes []sources.Scrape) (after *sources.Past, added int, err error) {
	if len(scrapes) == 0 {
		return past, 0, nil
	}
	file := l.dayFilePath(observations, scrapes[0].At)
	if err := l.repairNewest(observations, file); err != nil {
		return nil, 0, err
	}
	w, err := l.newWriter(file)
	if err != nil {
		return nil, 0, err
	}
	w.appendScrapes(past, scrapes)
	if err := appendToFile(file, w.out.Bytes()); err != nil {
		return nil, 0, err
	}
	after, err = w.extendPast(past)
	return after, len(w.added), err
}

// Fold returns past with scrapes added, which are of one moment: what Load returns once they were
// appended. It reads and writes no file, and does not change past.
func Fold(past *sources.Past, scrapes []sources.Scrape) (*sources.Past, error) {
	w := newEmptyWriter()
	w.appendScrapes(past, scrapes)
	return w.extendPast(past)
}

// scrapeKey returns the key of a scrape: a hash over its source, moment and content. Duration,
// query ids and counts of paid calls are not part of it.
func scrapeKey(s sources.Scrape) string {
	s.Seconds = 0
	s.Queries = nil
	s.Calls = nil
	return contentHash(s)
}

// A writer builds the lines that are appended to one file.
type writer struct {
	// The scrapes of the file, those that were appended by this writer included.
	today   []scrapeLine
	added   []scrapeLine               // the scrapes that were appended by this writer
	written partIndex                  // the blocks, lists and sets of the month so far
	assets  map[string][]sources.Asset // assets of the blocks to which added refers
	out     bytes.Buffer
}

// newEmptyWriter returns a writer for a file of a month that has none yet.
func newEmptyWriter() *writer {
	return &writer{written: newPartIndex(), assets: make(map[string][]sources.Asset)}
}

// newWriter returns a writer for file. It reads the month of file up to its day, so that
// nothing is written twice.
func (l *Log) newWriter(file string) (*writer, error) {
	w := newEmptyWriter()
	files, err := l.listDayFiles(observations)
	for _, f := range files {
		if fileMonth(f) != fileMonth(file) || f > file {
			continue
		}
		read := readParts
		if f == file {
			read = readDay
		}
		d, err := read(f)
		if err != nil {
			return nil, err
		}
		w.written.addAll(d.parts)
		w.today = append(w.today, d.scrapes...)
	}
	return w, err
}

// appendScrapes appends the lines of the scrapes that the file does not have. past is not changed.
func (w *writer) appendScrapes(past *sources.Past, scrapes []sources.Scrape) {
	states := groupBySource(past)
	listings := collectListings(past.Visits)
	for _, s := range scrapes {
		if key := scrapeKey(s); !w.hasScrape(s, key) {
			w.appendScrape(states, withoutOutdated(s, states[s.Source], listings), key)
		}
	}
}

// hasScrape reports whether the file already has s, whose key is key.
func (w *writer) hasScrape(s sources.Scrape, key string) bool {
	return slices.ContainsFunc(w.today, func(old scrapeLine) bool {
		return old.Key == key && old.Visit.Source == s.Source && old.Visit.At.Equal(s.At)
	})
}

// appendLine appends v as one line of JSON. It panics if v cannot be encoded, which does not
// happen with the line types.
func (w *writer) appendLine(v any) {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	w.out.Write(append(data, '\n'))
}

// appendScrape appends the line of s, after the blocks, lists and sets that it refers to, and
// updates states. The first scrape of a source in the file becomes a keyframe.
func (w *writer) appendScrape(states map[string]sourceState, s sources.Scrape, key string) {
	before := states[s.Source]
	after, removed := before.applyScrape(s)
	keyframe := !slices.ContainsFunc(w.today, func(old scrapeLine) bool { return old.Visit.Source == s.Source })
	line := scrapeLine{V: version, Key: key, Keyframe: keyframe, Visit: extractVisit(s), Removed: removed}
	assets := after.listedAssets()
	if len(assets) > 0 || len(removed) > 0 || len(before) > 0 {
		line.List = w.appendList(assets)
	}
	diff := factDiff{before: before, isComplete: keyframe}
	if keyframe {
		line.Removed = append(line.Removed, referencedRemovals(states, s.Source, after)...)
	}
	for i, a := range assets {
		diff.addTrack(i, after[a.ID])
	}
	line.Attempts = diff.attempts
	line.MissingRefs = diff.missingRefs
	line.MissedChecks = encodeMoments(diff.missedAt)
	line.Sizes = diff.sizeColumns()
	line.Tests = diff.tests
	line.Lost = encodeMoments(diff.lostSince)
	line.Readings = w.buildColumns(&diff)
	w.appendLine(line)
	w.today = append(w.today, line)
	w.added = append(w.added, line)
	states[s.Source] = after
}

// extractVisit returns s as a visit: everything but its observations, which are only counted.
func extractVisit(s sources.Scrape) sources.Visit {
	return sources.Visit{
		Source:   s.Source,
		Type:     s.Type,
		At:       s.At,
		Seconds:  s.Seconds,
		Requests: s.Requests,
		Bytes:    s.Bytes,
		Rows:     s.Rows,
		Queries:  s.Queries,
		Calls:    s.Calls,
		Error:    s.Error,
		Notes:    s.Notes,
		Scopes:   s.Scopes,
		Unlisted: s.Unlisted,
		Assets:   len(s.Observations),
	}
}

// appendList returns the hash of the list of assets. It appends the list and its blocks unless
// the month has them. Block boundaries depend on ids alone, so that one asset more or less
// changes one block.
func (w *writer) appendList(assets []sources.Asset) string {
	var blocks []string
	for begin := 0; begin < len(assets); {
		end := begin + 1
		for end < len(assets) && !endsBlock(assets[end-1].ID) {
			end++
		}
		blocks = append(blocks, w.appendBlock(assets[begin:end]))
		begin = end
	}
	if blocks == nil {
		blocks = []string{}
	}
	name := contentHash(blocks)
	if _, there := w.written.lists[name]; !there {
		w.written.lists[name] = blocks
		w.appendLine(listLine{V: version, List: name, Blocks: blocks})
	}
	return name
}

// endsBlock reports whether a block ends after the asset id: one in 64 does.
func endsBlock(id sources.ID) bool {
	h := fnv.New32a()
	h.Write([]byte(id))
	return h.Sum32()%64 == 0
}

// appendBlock returns the hash of a block of assets, and appends the block unless the month has
// it.
func (w *writer) appendBlock(assets []sources.Asset) string {
	name := contentHash(assets)
	w.assets[name] = assets
	if _, there := w.written.blocks[name]; !there {
		w.written.blocks[name] = nil
		w.appendLine(blockLine{V: version, Block: name, Assets: assets})
	}
	return name
}

// inlineLimit is the number of positions up to which a set is written out in its scrape. Larger
// sets are lines of their own, referred to by hash, because they recur.
const inlineLimit = 16

// appendSet returns rows as gaps if they are few. Else it returns the hash of their set, which
// it appends unless the month has it.
func (w *writer) appendSet(rows []int) (name string, out []int) {
	g := encodeGaps(rows)
	if len(g) <= inlineLimit {
		return "", g
	}
	name = contentHash(g)
	if _, there := w.written.sets[name]; !there {
		w.written.sets[name] = g
		w.appendLine(setLine{V: version, Set: name, Gaps: g})
	}
	return name, nil
}

// buildColumns returns a column for each clock and kind of reading in diff, and appends the
// sets that they refer to.
func (w *writer) buildColumns(diff *factDiff) (all []readingColumn) {
	for c := range sources.ClockCount {
		for kind, rows := range diff.rows[c] {
			if len(rows) > 0 {
				all = append(
					all,
					w.fillColumn(newColumn(c, kind), rows),
				)
			}
		}
	}
	return all
}

// newColumn returns an empty column for readings of a clock and a kind.
func newColumn(c sources.Clock, kind int) readingColumn {
	return readingColumn{
		Clock:     c,
		Ahead:     kind == kindAhead,
		Doubt:     kind == kindDoubt,
		Bound:     kind == kindBound,
		Confirmed: kind == kindConfirmed,
	}
}

// A readingRow is the reading of one clock for one asset.
type readingRow struct {
	// The position of the asset in the list of its scrape.
	position int
	// The moment of the check, in seconds since 1970.
	checkedAt int64
	// The seconds from the change of the data to the check; nullNumber if the check found nothing
	// newer.
	age int64
}

// fillColumn returns t with its positions, the newest check and, for each row, how much earlier
// it was checked and how old its data was. A column that is 0 or null in all rows is left out.
func (w *writer) fillColumn(t readingColumn, rows []readingRow) readingColumn {
	positions := make([]int, len(rows))
	for k, r := range rows {
		positions[k] = r.position
		t.CheckedAt = max(t.CheckedAt, r.checkedAt)
	}
	t.Set, t.Gaps = w.appendSet(positions)
	lag := make(column, len(rows))
	age := make(column, len(rows))
	anyLag := false
	anyAge := false
	for k, r := range rows {
		lag[k] = t.CheckedAt - r.checkedAt
		age[k] = r.age
		anyLag = anyLag || lag[k] != 0
		anyAge = anyAge || age[k] != nullNumber
	}
	if anyLag {
		t.Lag = lag
	}
	if anyAge {
		t.Age = age
	}
	return t
}

// decodeReading returns the reading of one row of t, checked at checkedAt (seconds since 1970)
// with data that was age seconds old then. It is the inverse of readingRow; nullNumber yields
// the zero time.
func decodeReading(t readingColumn, checkedAt, age int64) sources.Reading {
	r := sources.Reading{
		Clock:       t.Clock,
		Unconfirmed: t.Doubt,
		Bound:       t.Bound,
		Confirmed:   t.Confirmed,
		CheckedAt:   time.Unix(checkedAt, 0).UTC(),
	}
	if age != nullNumber {
		r.At = time.Unix(checkedAt-age, 0).UTC()
	}
	return r
}
