package history

import (
	"time"

	"github.com/freshet-status/freshet/sources"
)

// imported is how the names of files end that hold what was imported. Nothing
// that freshet saw itself leans on them, and they lean on nothing that it saw.
const imported = ".import.jsonl"

// LastImport returns the last moment that was imported, the zero time if there
// was none.
func (l *Log) LastImport() (time.Time, error) { return l.last(l.files(observations, imported)) }

// An Importer adds moments of the past, one after the other, and holds no more
// of them than what the last month leans on.
type Importer struct {
	log   *Log
	month string
	files map[string]*held // of the month
}

// held is what a file of imports has.
type held struct {
	parts parts
	keys  map[string]bool
}

// Importer begins an import.
func (l *Log) Importer() *Importer { return &Importer{log: l} }

// Add adds what is known of a moment to the file of its day, and reports
// whether it was new there: the same facts of the same moment are added once.
func (m *Importer) Add(s sources.Scrape) (added bool, err error) {
	file := m.log.importFile(s.At)
	if month(file) != m.month {
		if err := m.turn(month(file)); err != nil {
			return false, err
		}
	}
	key, there := keyOf(s), m.of(file)
	if there.keys[key] {
		return false, nil
	}
	w := &writer{written: m.before(file)}
	w.recall(s, key)
	if err := appendTo(file, w.out.Bytes()); err != nil {
		return false, err
	}
	there.keys[key] = true
	there.parts.add(w.written)
	return true, nil
}

// importFile is where the imports of the day of t are kept.
func (l *Log) importFile(t time.Time) string {
	file := l.file(observations, t)
	return file[:len(file)-len(".jsonl")] + imported
}

// turn reads what the imports of a month hold already.
func (m *Importer) turn(to string) error {
	m.month, m.files = to, make(map[string]*held)
	files, err := m.log.files(observations, imported)
	for _, file := range files {
		if month(file) != to {
			continue
		}
		if err := mend(file); err != nil {
			return err
		}
		d, err := readDay(file)
		if err != nil {
			return err
		}
		there := m.of(file)
		there.parts.add(d.parts)
		for _, s := range d.scrapes {
			there.keys[s.Key] = true
		}
	}
	return err
}

// of is what a file has.
func (m *Importer) of(file string) *held {
	if m.files[file] == nil {
		m.files[file] = &held{newParts(), make(map[string]bool)}
	}
	return m.files[file]
}

// before is what a file may lean on: what stands in it, and in the files of
// the days before it in its month.
func (m *Importer) before(file string) parts {
	all := newParts()
	for earlier, h := range m.files {
		if earlier <= file {
			all.add(h.parts)
		}
	}
	return all
}

// recall writes what is known of a moment. It is complete in itself: whatever
// is imported before or after it changes nothing of it.
func (w *writer) recall(s sources.Scrape, key string) {
	st, _ := state(nil).after(s)
	assets := st.listed()
	line := scrape{V: version, Key: key, Visit: visit(s), List: w.list(assets)}
	said := facts{all: true}
	for i, a := range assets {
		said.add(i, st[a.ID])
	}
	line.Tries, line.Missed = said.tries, said.missed()
	line.Told = w.told(&said)
	w.line(line)
}
