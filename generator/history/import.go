package history

import (
	"time"

	"github.com/freshet-status/freshet/sources"
)

// importSuffix ends the names of files that hold imported moments. Lines of visits never refer
// to lines in these files, nor the other way round.
const importSuffix = ".import.jsonl"

// LastImport returns the newest imported moment, the zero time if there is none.
func (l *Log) LastImport() (time.Time, error) {
	return l.newestMoment(l.listFiles(observations, importSuffix))
}

// An Importer adds moments of the past to a history, one after the other. It keeps in memory
// only the month of the moment added last, so moments in order of time are cheapest.
type Importer struct {
	log *Log
	// The month of files, such as "2026-08"; empty before the first moment.
	month string
	files map[string]*importFileState // the import files of the month, by path
}

// An importFileState holds what one import file already contains.
type importFileState struct {
	// The blocks, lists and sets in the file.
	parts partIndex
	// The keys of its scrapes.
	keys map[string]bool
}

// StartImport returns an Importer for this history. The caller must hold the lock.
func (l *Log) StartImport() *Importer { return &Importer{log: l} }

// Add appends one moment to the import file of its day and reports whether it was new: the same
// facts of the same moment are added once.
func (m *Importer) Add(s sources.Scrape) (added bool, err error) {
	file := m.log.importFilePath(s.At)
	if fileMonth(file) != m.month {
		if err := m.loadMonth(fileMonth(file)); err != nil {
			return false, err
		}
	}
	key := scrapeKey(s)
	there := m.fileState(file)
	if there.keys[key] {
		return false, nil
	}
	w := newEmptyWriter()
	w.written = m.referableParts(file)
	w.appendImported(s, key)
	if err := appendToFile(file, w.out.Bytes()); err != nil {
		return false, err
	}
	there.keys[key] = true
	there.parts.addAll(w.written)
	return true, nil
}

// importFilePath returns the path of the file that holds the imports of the UTC day of t.
func (l *Log) importFilePath(t time.Time) string {
	file := l.dayFilePath(observations, t)
	return file[:len(file)-len(".jsonl")] + importSuffix
}

// loadMonth repairs and reads the import files of newMonth, such as "2026-08", and forgets
// those of any other month.
func (m *Importer) loadMonth(newMonth string) error {
	m.month = newMonth
	m.files = make(map[string]*importFileState)
	files, err := m.log.listFiles(observations, importSuffix)
	for _, file := range files {
		if fileMonth(file) != newMonth {
			continue
		}
		if err := repairTornLine(file); err != nil {
			return err
		}
		d, err := readDay(file)
		if err != nil {
			return err
		}
		there := m.fileState(file)
		there.parts.addAll(d.parts)
		for _, s := range d.scrapes {
			there.keys[s.Key] = true
		}
	}
	return err
}

// fileState returns what file contains, nothing yet if it was not read.
func (m *Importer) fileState(file string) *importFileState {
	if m.files[file] == nil {
		m.files[file] = &importFileState{parts: newPartIndex(), keys: make(map[string]bool)}
	}
	return m.files[file]
}

// referableParts returns the parts that new lines of file may refer to: those in file and in
// the earlier import files of its month.
func (m *Importer) referableParts(file string) partIndex {
	all := newPartIndex()
	for earlier, h := range m.files {
		if earlier <= file {
			all.addAll(h.parts)
		}
	}
	return all
}

// appendImported appends one imported scrape with all its attempts, missed checks and readings,
// so that the order of imports does not matter.
func (w *writer) appendImported(s sources.Scrape, key string) {
	st, _ := sourceState(nil).applyScrape(s)
	assets := st.listedAssets()
	line := scrapeLine{V: version, Key: key, Visit: extractVisit(s), List: w.appendList(assets)}
	diff := factDiff{isComplete: true}
	for i, a := range assets {
		diff.addTrack(i, st[a.ID])
	}
	line.Attempts = diff.attempts
	line.MissedChecks = encodeMoments(diff.missedAt)
	line.Readings = w.buildColumns(&diff)
	w.appendLine(line)
}
