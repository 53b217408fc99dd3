package history

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"time"
)

// A dayFile holds the lines of one file of observations.
type dayFile struct {
	path    string
	scrapes []scrapeLine
	parts   partIndex
}

// A partIndex holds blocks, lists and sets by hash: the parts that other lines refer to.
type partIndex struct {
	blocks map[string][]byte // undecoded lines: only some of their assets are needed
	// The blocks of each list.
	lists map[string][]string
	// The gaps of each set.
	sets map[string][]int
}

func newPartIndex() partIndex {
	return partIndex{blocks: make(map[string][]byte), lists: make(map[string][]string), sets: make(map[string][]int)}
}

// An Error reports what is wrong with a line of the history.
type Error struct {
	File string // path within the history, such as observations/2026-08-22.jsonl
	Line int    // from 1; 0 means the file as a whole
	// What is wrong, and a hint on a second line.
	Says string
}

// Error returns the message after "file:line: ", or after "file: " if the line is 0.
func (e *Error) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("%s: %s", e.File, e.Says)
	}
	return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Says)
}

// displayPath returns the path of file within the history, such as
// observations/2026-08-22.jsonl.
func displayPath(file string) string {
	return filepath.ToSlash(filepath.Join(filepath.Base(filepath.Dir(file)), filepath.Base(file)))
}

// readLines calls read with each line of file and its number, from 1. It skips a last line
// without a newline, which a power cut tore. An empty file and a failed read are an [Error].
func readLines(file string, read func(line []byte, nth int) error) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if len(data) == 0 {
		return &Error{
			File: displayPath(file),
			Line: 0,
			Says: "empty\nhint: restore the file with git, or delete it",
		}
	}
	for nth := 1; len(data) > 0; nth++ {
		end := bytes.IndexByte(data, '\n')
		if end < 0 {
			return nil
		}
		if err := read(data[:end:end], nth); err != nil {
			return &Error{File: displayPath(file), Line: nth, Says: err.Error()}
		}
		data = data[end+1:]
	}
	return nil
}

// readDay reads a file of observations. A file that does not exist has no lines. The lines
// before a bad one are returned with the error.
func readDay(file string) (dayFile, error) {
	d := dayFile{path: file, parts: newPartIndex()}
	err := readLines(file, func(line []byte, nth int) error {
		s, err := d.parts.addLine(line)
		if s != nil {
			s.file = file
			s.line = nth
			d.scrapes = append(d.scrapes, *s)
		}
		return err
	})
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return d, err
}

// readParts reads only the blocks, lists and sets of file, and none of its scrapes.
func readParts(file string) (dayFile, error) {
	d := dayFile{path: file, parts: newPartIndex()}
	return d, readLines(file, func(line []byte, _ int) error {
		if bytes.HasPrefix(line, []byte(scrapePrefix)) {
			return nil
		}
		_, err := d.parts.addLine(line)
		return err
	})
}

// scrapePrefix begins the line of a scrape as freshet writes it.
const scrapePrefix = `{"v":1,"scrape":"`

// addLine adds line to the index if it is a block, list or set. If it is a scrape, it returns
// that.
func (p partIndex) addLine(line []byte) (*scrapeLine, error) {
	if p.addRawBlock(line) {
		return nil, nil
	}
	var head struct {
		V             int
		Block, Scrape string
		List, Set     string
		Blocks        []string
		I             []int
	}
	scraped := bytes.HasPrefix(line, []byte(scrapePrefix))
	if !scraped {
		if err := json.Unmarshal(line, &head); err != nil {
			return nil, explainSyntaxError(line, err)
		}
	}
	switch {
	case head.V > version:
		return nil, fmt.Errorf(
			"schema %d is newer than this freshet can read (up to %d)\nhint: use a newer freshet",
			head.V,
			version,
		)
	case scraped || head.Scrape != "":
		s, err := readScrape(line)
		if err != nil {
			return nil, explainSyntaxError(line, err)
		}
		return &s, nil
	case head.Block != "":
		p.blocks[head.Block] = line
	case head.Set != "":
		p.sets[head.Set] = head.I
	case head.List != "":
		p.lists[head.List] = head.Blocks
	default:
		return nil, errors.New("not a line of observations")
	}
	return nil, nil
}

// addRawBlock adds line if it is a block as freshet writes it, without decoding its many
// assets, and reports whether it did.
func (p partIndex) addRawBlock(line []byte) bool {
	const head = `{"v":1,"block":"`
	rest, ok := bytes.CutPrefix(line, []byte(head))
	if end := bytes.IndexByte(rest, '"'); ok && end > 0 && bytes.HasSuffix(rest, []byte("]}")) {
		p.blocks[string(rest[:end])] = line
		return true
	}
	return false
}

// jsonNames holds the names of the kinds of values in JSON, by the kind of the Go value that takes them.
var jsonNames = map[reflect.Kind]string{
	reflect.Slice:  "an array",
	reflect.Struct: "an object",
	reflect.Map:    "an object",
	reflect.String: "a string",
	reflect.Bool:   "true or false",
}

// explainSyntaxError returns err, or a better error if line is a conflict marker of git, with a hint, or
// holds a value of another kind than expected.
func explainSyntaxError(line []byte, err error) error {
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) {
		where := "the line"
		if wrong.Field != "" {
			where = wrong.Field
		}
		return fmt.Errorf("%s: expected %s, got %s", where, cmp.Or(jsonNames[wrong.Type.Kind()], "a number"), wrong.Value)
	}
	for _, marker := range []string{"<<<<<<<", "=======", ">>>>>>>", "|||||||"} {
		if strings.HasPrefix(string(line), marker) {
			return fmt.Errorf(
				"git conflict marker\n" +
					"hint: keep the lines of both sides and delete the markers; the .gitattributes of the history " +
					"lets git do so",
			)
		}
	}
	return err
}

// addAll adds all parts of b.
func (p partIndex) addAll(b partIndex) {
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

// fileDate returns the day of a file, such as "2026-08-22", from its name.
func fileDate(file string) string { return filepath.Base(file)[:len(time.DateOnly)] }

// fileMonth returns the month of a file, such as "2026-08", from its name.
func fileMonth(file string) string { return fileDate(file)[:len("2026-08")] }

// utcDate returns the UTC day of t, such as "2026-08-22".
func utcDate(t time.Time) string { return t.UTC().Format(time.DateOnly) }
