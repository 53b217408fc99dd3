// Package history keeps what every visit returned, and never changes it.
//
// A history is a directory under version control with three records, each with a file per UTC day
// and a JSON object per line:
//
//	observations/2026-08-22.jsonl   facts: what each visit returned; sites are built from them
//	changes/2026-08-22.jsonl	    what changed, for people who review a commit
//	seals/2026-08-22.jsonl	        a line a run, which binds the others; only Verify reads it
//
// Imported moments have files of their own, observations/2026-08-22.import.jsonl.
//
// Lines are only ever added. A line of observations is one of four; docs/history.md describes them
// all:
//
//	{"v":1,"block":HASH,"assets":[...]}   some assets: names, lineage, owners, limits
//	{"v":1,"list":HASH,"blocks":[...]}	all assets of a source, as blocks
//	{"v":1,"set":HASH,"i":[...]}	      some of a list, as gaps between positions
//	{"v":1,"scrape":KEY,"visit":{...}}	one visit of one source, and what is new by it
//
// The first scrape of a source on a day is a keyframe: it repeats everything that is known,
// however old. A later scrape holds what is new. A line refers to other lines by their hash,
// and only to lines in files of the same month. So a month of files needs no other month,
// histories of one install merge by union, and a report of 90 days reads only these days, one
// keyframe before them and the month of that keyframe.
//
// The package holds facts and computes no status: it does not know what fresh means, and
// freshet itself never reads the changes record back. A new kind of fact is a member of a
// scrape line: the line type, its collection from tracks (factDiff) and its folding into tracks
// (pastBuilder) belong together.
package history

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/gofrs/flock"
)

// version is the schema of the lines that this program writes. Older ones stay
// readable.
const version = 1

// A Log is a history: an append-only record of scrapes in one directory. It reads from disk on
// each call and keeps nothing in memory.
type Log struct{ dir string }

// Open returns the log in dir, which need not exist yet.
func Open(dir string) *Log { return &Log{dir: dir} }

// Dir returns the directory of the log.
func (l *Log) Dir() string { return l.dir }

// The names of the two records; each is a folder in the directory of the log.
const (
	observations = "observations"
	changes      = "changes"
)

// dayFilePath returns the path of the file in which record keeps the UTC day of t.
func (l *Log) dayFilePath(record string, t time.Time) string {
	return filepath.Join(l.dir, record, t.UTC().Format(time.DateOnly)+".jsonl")
}

// listDayFiles returns the files of record, oldest first, without imports.
func (l *Log) listDayFiles(record string) ([]string, error) { return l.listFiles(record, ".jsonl") }

// listFiles returns the files of record whose name is a date followed by suffix, oldest first.
// A record without a folder has none.
func (l *Log) listFiles(record, suffix string) ([]string, error) {
	entries, err := os.ReadDir(filepath.Join(l.dir, record))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var files []string
	for _, e := range entries {
		day, isDay := strings.CutSuffix(e.Name(), suffix)
		if _, parseErr := time.Parse(time.DateOnly, day); isDay && parseErr == nil {
			files = append(files, filepath.Join(l.dir, record, e.Name()))
		}
	}
	slices.Sort(files)
	return files, err
}

// LastVisit returns the time of the last visit, the zero time if there was none.
func (l *Log) LastVisit() (time.Time, error) { return l.newestMoment(l.listDayFiles(observations)) }

// newestMoment returns the time of the newest scrape in files, which are sorted, and zero if
// there is none. It takes the error of listing the files too, and returns it if no scrape was
// found.
func (l *Log) newestMoment(files []string, err error) (at time.Time, _ error) {
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

// EndOfFirstDay returns the time of the last visit on the first recorded day, the zero time if
// nothing was visited.
func (l *Log) EndOfFirstDay() (at time.Time, err error) {
	files, err := l.listDayFiles(observations)
	for _, file := range files {
		at, err = l.newestMoment([]string{file}, err)
		if err != nil || !at.IsZero() {
			return at, err
		}
	}
	return at, err
}

// gitAttributes is the .gitattributes file of a history: it tells git to merge by union and not
// to show diffs of observations.
const gitAttributes = `# Written by freshet. Lines are only ever added, so two histories of one
# install merge by keeping the lines of both; people review the changes.
*.jsonl               text eol=lf merge=union
observations/*.jsonl  -diff
seals/*.jsonl         -diff
`

// gitIgnore is the .gitignore file of a history.
const gitIgnore = "# Written by freshet.\n/.lock\n"

// Lock keeps other runs of freshet out of the history until unlock is called. It creates the
// directory and its files for git, if they do not exist. It does not wait: if another run holds the lock, it
// returns an error. The lock is on a file that git neither keeps nor replaces. A history that cannot be
// written needs no lock.
func (l *Log) Lock() (unlock func(), err error) {
	if err := l.makeFolder(); err != nil {
		return nil, err
	}
	lock := flock.New(filepath.Join(l.dir, ".lock"))
	ok, err := lock.TryLock()
	switch {
	case errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS):
		return func() {}, nil
	case err != nil:
		return nil, err
	case !ok:
		return nil, fmt.Errorf("%s: in use by another run of freshet\nhint: wait for it to end, or stop it if it hangs", l.dir)
	}
	return func() { _ = lock.Unlock() }, nil
}

// makeFolder creates the directory of the log and its files for git, if they do not exist.
func (l *Log) makeFolder() error {
	const hint = "%w\nhint: set history in site.toml to a folder that freshet can write"
	if err := os.MkdirAll(l.dir, 0o755); err != nil {
		return fmt.Errorf(hint, err)
	}
	for name, text := range map[string]string{".gitattributes": gitAttributes, ".gitignore": gitIgnore} {
		file := filepath.Join(l.dir, name)
		_, err := os.Stat(file)
		if !errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			return fmt.Errorf(hint, err)
		}
	}
	return nil
}
