package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

// A document is a TOML file that is read a block at a time, so that everything
// wrong with it can be said at once, each with its line. This file alone knows
// TOML.
type document struct {
	file   string
	lines  map[blockName]map[string]int // of each key, by block; "" is where the block begins
	faults []fault
}

// A blockName is the nth table of a name, from 0; the top is the first "".
type blockName struct {
	table string
	nth   int
}

// A block is a table of a document.
type block struct {
	blockName
	keys map[string]any
}

type fault struct {
	line int
	says string
}

// open reads a file, and returns the keys of its top.
func (d *document) open(file string) (block, error) {
	top := block{keys: make(map[string]any)}
	d.file = file
	text, err := os.ReadFile(file)
	if err != nil {
		return top, fmt.Errorf("%w\nhint: --config names the file; freshet looks for site.toml here", err)
	}
	d.lines = index(string(text))
	var syntax toml.ParseError
	if err := toml.Unmarshal(text, &top.keys); errors.As(err, &syntax) {
		return top, fmt.Errorf("%s:%d: %s", file, syntax.Position.Line, syntax.Message)
	} else if err != nil {
		return top, fmt.Errorf("%s: %w", file, err)
	}
	return top, nil
}

var (
	header  = regexp.MustCompile(`^\s*\[\[?\s*([\w.-]+)\s*\]`)
	setting = regexp.MustCompile(`^\s*"?([\w-]+)"?\s*=`)
)

// index finds the line of every key.
func index(text string) map[blockName]map[string]int {
	at := blockName{}
	lines := map[blockName]map[string]int{at: {"": 1}}
	nth := make(map[string]int)
	for i, line := range strings.Split(text, "\n") {
		if m := header.FindStringSubmatch(line); m != nil {
			at = blockName{m[1], nth[m[1]]}
			nth[m[1]]++
			lines[at] = map[string]int{"": i + 1}
		} else if m := setting.FindStringSubmatch(line); m != nil && lines[at][m[1]] == 0 {
			lines[at][m[1]] = i + 1
		}
	}
	return lines
}

// line is where a key of b stands, or where b begins if the key is not there.
func (d *document) line(b block, key string) int {
	return cmp.Or(d.lines[b.blockName][key], d.lines[b.blockName][""], 1)
}

// wrong notes that something is wrong with a key of b.
func (d *document) wrong(b block, key, says string) {
	name := strings.Trim(b.table+"."+key, ".")
	d.faults = append(d.faults, fault{d.line(b, key), name + ": " + says})
}

// err returns everything that is wrong, from top to bottom.
func (d *document) err() error {
	slices.SortStableFunc(d.faults, func(a, b fault) int { return cmp.Compare(a.line, b.line) })
	var errs []error
	for _, f := range d.faults {
		errs = append(errs, fmt.Errorf("%s:%d: %s", d.file, f.line, f.says))
	}
	return errors.Join(errs...)
}

// mistyped is how the library says that a value has another type.
var mistyped = regexp.MustCompile(`(?s)\(last key "(.+?)"\): (.*)`)

// decode fills into from b, and reports whether every value has the right type.
// A key that into does not know is wrong: a typo must not silently mean the
// default.
func (d *document) decode(b block, into any) bool {
	text, err := toml.Marshal(b.keys)
	if err != nil {
		d.wrong(b, "", err.Error())
		return false
	}
	md, err := toml.Decode(string(text), into)
	if err != nil {
		key, says := "", err.Error()
		if m := mistyped.FindStringSubmatch(says); m != nil {
			key, says = m[1], typeWords(m[2])
		}
		d.wrong(b, key, says)
		return false
	}
	for _, key := range md.Undecoded() {
		if len(key) == 1 {
			d.wrong(b, key.String(), "unknown key"+near(key.String(), into))
		}
	}
	return true
}

var types = regexp.MustCompile(`^incompatible types: TOML value has type (\w+); destination has type (\w+)$`)

// typeWords says in words that a value has the wrong type.
func typeWords(says string) string {
	words := map[string]string{"string": "a text in quotes", "int64": "a number", "integer": "a number", "float": "a number", "boolean": "true or false", "bool": "true or false", "array": "a list", "slice": "a list"}
	if m := types.FindStringSubmatch(says); m != nil {
		return fmt.Sprintf("must be %s, is %s", cmp.Or(words[m[2]], m[2]), cmp.Or(words[m[1]], m[1]))
	}
	return strings.TrimPrefix(says, "toml: ")
}

// cut takes the tables called name out of b: one [name], or many [[name]].
func (d *document) cut(b block, name string) (tables []block) {
	v, there := b.keys[name]
	if !there {
		return nil
	}
	delete(b.keys, name)
	many, isMany := v.([]map[string]any)
	if one, isOne := v.(map[string]any); isOne {
		many, isMany = []map[string]any{one}, true
	}
	if !isMany {
		d.wrong(b, name, fmt.Sprintf("must be a table: [%s] or [[%s]] on a line of its own", name, name))
	}
	for i, keys := range many {
		tables = append(tables, block{blockName{name, i}, keys})
	}
	return tables
}

// pick moves keys of b into a block of their own, in the same place.
func (b block) pick(names ...string) block {
	picked := block{b.blockName, make(map[string]any)}
	for _, name := range names {
		if v, ok := b.keys[name]; ok {
			picked.keys[name] = v
			delete(b.keys, name)
		}
	}
	return picked
}
