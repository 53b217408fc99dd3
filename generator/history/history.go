// Package history keeps what every visit saw, and never changes it.
//
// A history is a directory under version control with two records, a file for
// each day in UTC and a JSON object on each line:
//
//	observations/2026-08-22.jsonl   facts: what each visit saw; sites are built from them
//	changes/2026-08-22.jsonl        what changed, for people who review a commit
//
// What was imported stands beside, in observations/2026-08-22.import.jsonl.
//
// Lines are only ever added. A line of observations is one of four:
//
//	{"v":1,"block":HASH,"assets":[...]}   some assets: names, lineage, owners, limits
//	{"v":1,"list":HASH,"blocks":[...]}    all assets of a source, as blocks
//	{"v":1,"set":HASH,"i":[...]}          some of a list, as gaps between positions
//	{"v":1,"scrape":KEY,"visit":{...}}    one visit of one source, and what is new by it
//
// The first scrape of a source on a day is a keyframe: it repeats everything
// that is known, also what became known long ago. A later scrape tells what is
// new. What a line leans on it names by hash, and that stands in a file of the
// same month; so a month of files needs no other month, histories of one
// install merge by union, and a report of 90 days reads no more than these
// days, one keyframe before them and the month of that keyframe.
//
// The package holds facts and no verdicts: it does not know what fresh means,
// and nothing here reads the changes back.
package history

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gofrs/flock"
)

// version is the schema of the lines that this program writes. Older ones stay
// readable.
const version = 1

// A Log is an append-only record of scrapes.
type Log struct{ dir string }

// Open returns the log in dir, which need not exist yet.
func Open(dir string) *Log { return &Log{dir} }

// Dir is the folder of the log.
func (l *Log) Dir() string { return l.dir }

// The two records.
const (
	observations = "observations"
	changes      = "changes"
)

// file is where a record keeps the day of t.
func (l *Log) file(record string, t time.Time) string {
	return filepath.Join(l.dir, record, t.UTC().Format(time.DateOnly)+".jsonl")
}

// days lists the files of a record, oldest first.
func (l *Log) days(record string) ([]string, error) { return l.files(record, ".jsonl") }

// files lists the files of a record that end so, oldest first.
func (l *Log) files(record, end string) ([]string, error) {
	entries, err := os.ReadDir(filepath.Join(l.dir, record))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var files []string
	for _, e := range entries {
		day, isDay := strings.CutSuffix(e.Name(), end)
		if _, bad := time.Parse(time.DateOnly, day); isDay && bad == nil {
			files = append(files, filepath.Join(l.dir, record, e.Name()))
		}
	}
	slices.Sort(files)
	return files, err
}

// Last returns the moment of the last visit, the zero time if there was none.
func (l *Log) Last() (time.Time, error) { return l.last(l.days(observations)) }

// last is the newest moment of some files.
func (l *Log) last(files []string, err error) (at time.Time, _ error) {
	for _, file := range slices.Backward(files) {
		d, err := readDay(file)
		if err != nil {
			return at, err
		}
		for _, s := range d.scrapes {
			if s.Visit.At.After(at) {
				at = s.Visit.At
			}
		}
		if !at.IsZero() {
			return at, nil
		}
	}
	return at, err
}

// First returns the last moment of the first day on which something was visited, the
// zero time if nothing was.
func (l *Log) First() (at time.Time, err error) {
	files, err := l.days(observations)
	for _, file := range files {
		if at, err = l.last([]string{file}, err); err != nil || !at.IsZero() {
			return at, err
		}
	}
	return at, err
}

// attributes tells git how to treat a history.
const attributes = `# Written by freshet. Lines are only ever added, so two histories of one
# install merge by keeping the lines of both; people review the changes.
*.jsonl               text eol=lf merge=union
observations/*.jsonl  -diff
`

// Lock keeps other runs of freshet out of the history until unlock is called.
// It makes the folder, and its .gitattributes, if they are not there.
func (l *Log) Lock() (unlock func(), err error) {
	file := filepath.Join(l.dir, ".gitattributes")
	if err := os.MkdirAll(l.dir, 0o755); err != nil {
		return nil, fmt.Errorf("%w\nhint: history in site.toml names a folder that freshet may write", err)
	}
	if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
		if err := os.WriteFile(file, []byte(attributes), 0o644); err != nil {
			return nil, fmt.Errorf("%w\nhint: history in site.toml names a folder that freshet may write", err)
		}
	}
	lock := flock.New(file)
	ok, err := lock.TryLock()
	if err == nil && !ok {
		err = fmt.Errorf("%s is in use by another run of freshet\nhint: wait for it, or look for one that hangs", l.dir)
	}
	return func() { _ = lock.Unlock() }, err
}
