package history

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// A VerifyResult holds what Verify counted, and everything that it found wrong.
type VerifyResult struct {
	// Numbers of UTC days that have a file, of lines, and of visits and imported moments.
	Days, Lines, Visits int
	TornFiles           []string // files without a final newline, whose last line a power cut tore; the next run repairs them
	Faults              []error  // everything that is wrong, by record and file
	// SealedSince is the first run whose lines are sealed, zero if none is; UnsealedRuns is the number of runs
	// before it.
	SealedSince  time.Time
	UnsealedRuns int

	// The days counted so far.
	dates map[string]bool
	// The hashes of the lines that seals bind, by their moment in nanoseconds since 1970.
	moments map[int64][]string
}

// Verify reads the whole history and checks that every line can be read, that every block, list
// and set has the hash that it is named by, that every line finds what it refers to in its
// own month, and that the lines of every run are those that it sealed. What is wrong is in the result; the error says only that files could not be
// listed.
func (l *Log) Verify() (VerifyResult, error) {
	p := VerifyResult{moments: make(map[int64][]string)}
	if err := p.verifyImports(l); err != nil {
		return p, err
	}
	for _, record := range []string{observations, changes} {
		files, err := l.listDayFiles(record)
		if err != nil {
			return p, err
		}
		p.countDays(files)
		p.collectMoments(record, files)
		if record == changes {
			p.verifyChanges(files)
			continue
		}
		for files := range groupByMonth(files) {
			f := newPastBuilder()
			p.verifyMonth(files, f, f.addScrape)
		}
	}
	files, err := l.listDayFiles(seals)
	p.verifySeals(files, p.moments)
	return p, err
}

// collectMoments adds the hashes of the lines of a record that seals bind. What cannot be read is a fault
// elsewhere.
func (p *VerifyResult) collectMoments(record string, files []string) {
	for _, file := range files {
		_ = readLines(file, func(line []byte, _ int) error {
			moment, err := momentsOf[record](line)
			if err == nil && !moment.IsZero() {
				p.moments[moment.UnixNano()] = append(p.moments[moment.UnixNano()], hashLine(line))
			}
			return nil
		})
	}
}

// verifyImports checks the imported files of l.
func (p *VerifyResult) verifyImports(l *Log) error {
	files, err := l.listFiles(observations, importSuffix)
	p.countDays(files)
	for files := range groupByMonth(files) {
		r := newImportMerger()
		p.verifyMonth(files, r.pastBuilder, r.addMoment)
	}
	return err
}

// countDays adds the days of files to p.Days; a day counts once.
func (p *VerifyResult) countDays(files []string) {
	if p.dates == nil {
		p.dates = make(map[string]bool)
	}
	for _, file := range files {
		p.dates[fileDate(file)] = true
	}
	p.Days = len(p.dates)
}

// groupByMonth yields files, which are sorted, one month after the other.
func groupByMonth(files []string) iter.Seq[[]string] {
	return func(yield func([]string) bool) {
		for n := 0; len(files) > 0; files = files[n:] {
			for n = 1; n < len(files) && fileMonth(files[n]) == fileMonth(files[0]); {
				n++
			}
			if !yield(files[:n]) {
				return
			}
		}
	}
}

// addFault records err, unless it is nil.
func (p *VerifyResult) addFault(err error) {
	if err != nil {
		p.Faults = append(p.Faults, err)
	}
}

// verifyMonth checks the files of one month. f receives their parts, and into folds each of
// their scrapes into f.
func (p *VerifyResult) verifyMonth(files []string, f *pastBuilder, into func(scrapeLine) error) {
	var scrapes []scrapeLine
	for _, file := range files {
		p.recordIfTorn(file)
		d, err := readDay(file)
		p.addFault(err)
		p.Visits += len(d.scrapes)
		f.parts.addAll(d.parts)
		scrapes = append(scrapes, d.scrapes...)
		p.addFault(readLines(file, func(line []byte, _ int) error { p.Lines++; return verifyHash(line) }))
	}
	for _, s := range scrapes {
		if err := into(s); err != nil {
			p.addFault(&Error{File: displayPath(s.file), Line: s.line, Says: err.Error()})
		}
	}
}

// recordIfTorn adds file to p.TornFiles if its last line has no newline.
func (p *VerifyResult) recordIfTorn(file string) {
	data, err := os.ReadFile(file)
	if err == nil && len(data) > 0 && data[len(data)-1] != '\n' {
		p.TornFiles = append(p.TornFiles, displayPath(file))
	}
}

// verifyHash returns an error if line is a block, list or set that does not have the hash that
// it is named by.
func verifyHash(line []byte) error {
	if bytes.HasPrefix(line, []byte(scrapePrefix)) {
		return nil
	}
	var b blockLine
	var s setLine
	var l listLine
	switch {
	case json.Unmarshal(line, &b) == nil && b.Block != "" && b.Block != contentHash(b.Assets):
		return fmt.Errorf("block %s: content does not match its hash\nhint: restore the file with git", b.Block)
	case json.Unmarshal(line, &s) == nil && s.Set != "" && s.Set != contentHash(s.Gaps):
		return fmt.Errorf("set %s: content does not match its hash\nhint: restore the file with git", s.Set)
	case json.Unmarshal(line, &l) == nil && l.List != "" && l.List != contentHash(l.Blocks):
		return fmt.Errorf("list %s: content does not match its hash\nhint: restore the file with git", l.List)
	}
	return nil
}

// verifyChanges checks that every line of files, which are of the changes record, can be read.
func (p *VerifyResult) verifyChanges(files []string) {
	for _, file := range files {
		p.recordIfTorn(file)
		p.addFault(readLines(file, func(line []byte, _ int) error {
			p.Lines++
			var n ChangeLine
			if err := json.Unmarshal(line, &n); err != nil {
				return explainSyntaxError(line, err)
			}
			if n.V > version {
				return fmt.Errorf("schema %d is newer than this freshet can read (up to %d)\nhint: use a newer freshet", n.V, version)
			}
			return nil
		}))
	}
}

// VerifyAgainst checks that every line that the history had at rev, a revision of git, still
// exists. It returns how many do, and a fault for each that does not. err says that git failed.
func (l *Log) VerifyAgainst(ctx context.Context, rev string) (kept int, faults []error, err error) {
	names, err := l.runGit(ctx, "ls-tree", "-r", "--name-only", rev, "--", ".")
	if err != nil {
		return 0, nil, err
	}
	for _, name := range strings.Fields(string(names)) {
		if !strings.HasSuffix(name, ".jsonl") {
			continue
		}
		old, err := l.runGit(ctx, "show", rev+":./"+name)
		if err != nil {
			return kept, faults, err
		}
		n, missing := l.countKeptLines(name, old)
		kept += n
		faults = append(faults, missing...)
	}
	return kept, faults, nil
}

// countKeptLines returns how many lines of old the file name still has, and an error for each
// that is missing. A torn last line of old may be missing.
func (l *Log) countKeptLines(name string, old []byte) (n int, missing []error) {
	now, err := os.ReadFile(filepath.Join(l.dir, name))
	if err != nil {
		return 0, []error{&Error{File: name, Line: 0, Says: "missing\nhint: restore the file with git"}}
	}
	have := make(map[string]bool)
	for line := range bytes.Lines(now) {
		have[strings.TrimSuffix(string(line), "\n")] = true
	}
	nth := 0
	for line := range bytes.Lines(old) {
		nth++
		text, whole := strings.CutSuffix(string(line), "\n")
		switch {
		case have[text]:
			n++
		case whole:
			missing = append(
				missing,
				&Error{
					File: name,
					Line: nth,
					Says: "line missing or changed\nhint: restore the file with git",
				},
			)
		}
	}
	return n, missing
}

// runGit runs git in the directory of the history and returns its output. The error has the
// message of git.
func (l *Log) runGit(ctx context.Context, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "git", append([]string{"-C", l.dir}, args...)...)
	out, err := cmd.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return nil, fmt.Errorf("git %s: %s", args[0], strings.TrimSpace(string(exit.Stderr)))
	}
	return out, err
}
