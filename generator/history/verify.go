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
)

// A Proof is what Verify found.
type Proof struct {
	Days, Lines, Visits int
	Torn                []string // files whose last line was torn; the next run mends them
	Faults              []error  // everything that is wrong, in the order of the files

	dates map[string]bool
}

// Verify reads the whole history, and proves that every line reads, that what
// is named by hash has that hash, and that every line finds what it leans on
// in its own month.
func (l *Log) Verify() (Proof, error) {
	var p Proof
	if err := p.imports(l); err != nil {
		return p, err
	}
	for _, record := range []string{observations, changes} {
		files, err := l.days(record)
		if err != nil {
			return p, err
		}
		p.count(files)
		if record == changes {
			p.changes(files)
			continue
		}
		for files := range months(files) {
			f := newFold()
			p.month(files, f, f.scrape)
		}
	}
	return p, nil
}

// imports proves what was imported.
func (p *Proof) imports(l *Log) error {
	files, err := l.files(observations, imported)
	p.count(files)
	for files := range months(files) {
		r := newRecollection()
		p.month(files, r.fold, r.moment)
	}
	return err
}

// count counts the days of files.
func (p *Proof) count(files []string) {
	if p.dates == nil {
		p.dates = make(map[string]bool)
	}
	for _, file := range files {
		p.dates[date(file)] = true
	}
	p.Days = len(p.dates)
}

// months gives the files of one month after the other.
func months(files []string) iter.Seq[[]string] {
	return func(yield func([]string) bool) {
		for n := 0; len(files) > 0; files = files[n:] {
			for n = 1; n < len(files) && month(files[n]) == month(files[0]); {
				n++
			}
			if !yield(files[:n]) {
				return
			}
		}
	}
}

func (p *Proof) wrong(err error) {
	if err != nil {
		p.Faults = append(p.Faults, err)
	}
}

// month proves the files of one month, whose scrapes fold into f.
func (p *Proof) month(files []string, f *fold, into func(scrape) error) {
	var scrapes []scrape
	for _, file := range files {
		p.torn(file)
		d, err := readDay(file)
		p.wrong(err)
		p.Visits += len(d.scrapes)
		f.parts.add(d.parts)
		scrapes = append(scrapes, d.scrapes...)
		p.wrong(lines(file, func(line []byte, _ int) error { p.Lines++; return named(line) }))
	}
	for _, s := range scrapes {
		if err := into(s); err != nil {
			p.wrong(&Error{short(s.file), s.line, err.Error()})
		}
	}
}

func (p *Proof) torn(file string) {
	data, err := os.ReadFile(file)
	if err == nil && len(data) > 0 && data[len(data)-1] != '\n' {
		p.Torn = append(p.Torn, short(file))
	}
}

// named proves that what a line calls by hash has that hash.
func named(line []byte) error {
	if bytes.HasPrefix(line, []byte(scrapeHead)) {
		return nil
	}
	var b block
	var s set
	var l list
	switch {
	case json.Unmarshal(line, &b) == nil && b.Block != "" && b.Block != hash(b.Assets):
		return fmt.Errorf("the block %s was changed after it was written\nhint: restore the file with git", b.Block)
	case json.Unmarshal(line, &s) == nil && s.Set != "" && s.Set != hash(s.I):
		return fmt.Errorf("the set %s was changed after it was written\nhint: restore the file with git", s.Set)
	case json.Unmarshal(line, &l) == nil && l.List != "" && l.List != hash(l.Blocks):
		return fmt.Errorf("the list %s was changed after it was written\nhint: restore the file with git", l.List)
	}
	return nil
}

func (p *Proof) changes(files []string) {
	for _, file := range files {
		p.torn(file)
		p.wrong(lines(file, func(line []byte, _ int) error {
			p.Lines++
			var n Note
			if err := json.Unmarshal(line, &n); err != nil {
				return unreadable(line, err)
			}
			if n.V > version {
				return fmt.Errorf("schema %d is newer than this freshet, which reads up to %d", n.V, version)
			}
			return nil
		}))
	}
}

// VerifyAgainst proves that every line that the history had at a revision of
// git is still there.
func (l *Log) VerifyAgainst(ctx context.Context, rev string) (kept int, faults []error, err error) {
	names, err := l.git(ctx, "ls-tree", "-r", "--name-only", rev, "--", ".")
	if err != nil {
		return 0, nil, err
	}
	for _, name := range strings.Fields(string(names)) {
		if !strings.HasSuffix(name, ".jsonl") {
			continue
		}
		old, err := l.git(ctx, "show", rev+":./"+name)
		if err != nil {
			return kept, faults, err
		}
		n, missing := l.kept(name, old)
		kept += n
		faults = append(faults, missing...)
	}
	return kept, faults, nil
}

// kept counts the lines of old that a file still has.
func (l *Log) kept(name string, old []byte) (n int, missing []error) {
	now, err := os.ReadFile(filepath.Join(l.dir, name))
	if err != nil {
		return 0, []error{&Error{name, 0, "is gone\nhint: restore it with git; a history only grows"}}
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
			missing = append(missing, &Error{name, nth, "is not there any more, or was changed\nhint: restore it with git; a history only grows"})
		}
	}
	return n, missing
}

func (l *Log) git(ctx context.Context, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "git", append([]string{"-C", l.dir}, args...)...)
	out, err := cmd.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return nil, fmt.Errorf("git %s: %s", args[0], strings.TrimSpace(string(exit.Stderr)))
	}
	return out, err
}
