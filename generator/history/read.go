package history

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// A day is what one file of observations holds.
type day struct {
	file    string
	scrapes []scrape
	parts   parts
}

// parts are what lines lean on, by hash.
type parts struct {
	blocks map[string][]byte // lines, read when they are needed
	lists  map[string][]string
	sets   map[string][]int
}

func newParts() parts {
	return parts{make(map[string][]byte), make(map[string][]string), make(map[string][]int)}
}

// An Error says what is wrong with a line of the history.
type Error struct {
	File string // as people know it: observations/2026-08-22.jsonl
	Line int    // from 1; 0 is the file as a whole
	Says string
}

func (e *Error) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("%s: %s", e.File, e.Says)
	}
	return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Says)
}

// short is a file of the history as people know it.
func short(file string) string {
	return filepath.ToSlash(filepath.Join(filepath.Base(filepath.Dir(file)), filepath.Base(file)))
}

// lines calls read with each line of a file. A last line without a newline was
// torn by a power cut: it is not read.
func lines(file string, read func(line []byte, nth int) error) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if len(data) == 0 {
		return &Error{short(file), 0, "is empty\nhint: a day has a line at least; restore the file with git, or delete it"}
	}
	for nth := 1; len(data) > 0; nth++ {
		end := bytes.IndexByte(data, '\n')
		if end < 0 {
			return nil
		}
		if err := read(data[:end:end], nth); err != nil {
			return &Error{short(file), nth, err.Error()}
		}
		data = data[end+1:]
	}
	return nil
}

// readDay reads a file of observations. What it read before an error is true.
func readDay(file string) (day, error) {
	d := day{file: file, parts: newParts()}
	err := lines(file, func(line []byte, nth int) error {
		s, err := d.parts.read(line)
		if s != nil {
			s.file, s.line = file, nth
			d.scrapes = append(d.scrapes, *s)
		}
		return err
	})
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return d, err
}

// readParts reads of a file only what other lines may lean on.
func readParts(file string) (day, error) {
	d := day{file: file, parts: newParts()}
	return d, lines(file, func(line []byte, _ int) error {
		if bytes.HasPrefix(line, []byte(scrapeHead)) {
			return nil
		}
		_, err := d.parts.read(line)
		return err
	})
}

// scrapeHead is how freshet begins the line of a scrape.
const scrapeHead = `{"v":1,"scrape":"`

// read takes note of a line; it returns the scrape if it is one.
func (p parts) read(line []byte) (*scrape, error) {
	if p.peek(line) {
		return nil, nil
	}
	var head struct {
		V             int
		Block, Scrape string
		List, Set     string
		Blocks        []string
		I             []int
	}
	scraped := bytes.HasPrefix(line, []byte(scrapeHead))
	if !scraped {
		if err := json.Unmarshal(line, &head); err != nil {
			return nil, unreadable(line, err)
		}
	}
	switch {
	case head.V > version:
		return nil, fmt.Errorf("schema %d is newer than this freshet, which reads up to %d\nhint: use the freshet that wrote it, or a newer one", head.V, version)
	case scraped || head.Scrape != "":
		s, err := readScrape(line)
		if err != nil {
			return nil, unreadable(line, err)
		}
		return &s, nil
	case head.Block != "":
		p.blocks[head.Block] = line
	case head.Set != "":
		p.sets[head.Set] = head.I
	case head.List != "":
		p.lists[head.List] = head.Blocks
	default:
		return nil, errors.New("is no line of observations")
	}
	return nil, nil
}

// peek takes note of a block without reading its assets, which are many.
func (p parts) peek(line []byte) bool {
	const head = `{"v":1,"block":"`
	rest, ok := bytes.CutPrefix(line, []byte(head))
	if end := bytes.IndexByte(rest, '"'); ok && end > 0 && bytes.HasSuffix(rest, []byte("]}")) {
		p.blocks[string(rest[:end])] = line
		return true
	}
	return false
}

// unreadable says what a line is that is no JSON.
func unreadable(line []byte, err error) error {
	for _, marker := range []string{"<<<<<<<", "=======", ">>>>>>>", "|||||||"} {
		if strings.HasPrefix(string(line), marker) {
			return fmt.Errorf("a conflict marker of git\nhint: keep the lines of both sides and delete the markers; freshet's .gitattributes makes git do so")
		}
	}
	return err
}

// add takes over what b has.
func (p parts) add(b parts) {
	for k, v := range b.blocks {
		p.blocks[k] = v
	}
	for k, v := range b.lists {
		p.lists[k] = v
	}
	for k, v := range b.sets {
		p.sets[k] = v
	}
}

// date is the day of a file, as its name says it.
func date(file string) string { return filepath.Base(file)[:len(time.DateOnly)] }

// month is the month of a file.
func month(file string) string { return date(file)[:len("2026-08")] }

// dateOf is the day in UTC on which t is.
func dateOf(t time.Time) string { return t.UTC().Format(time.DateOnly) }
