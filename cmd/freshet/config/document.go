package config

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

// A document is a TOML file that is decoded one block at a time, so that all faults can be
// reported at once, each with its line. Only this file knows the TOML library.
type document struct {
	file   string
	lines  map[blockName]map[string]int // line of each key, by block; "" has the first line of the block
	faults []fault
}

// A blockName identifies a table of the file: its name and its position among the tables of
// that name, from 0. The top level has the name "".
type blockName struct {
	table string
	nth   int
}

// A block holds the keys of one table of a document.
type block struct {
	blockName
	keys map[string]any
}

// A fault is one thing that is wrong with the file, and its line.
type fault struct {
	line int
	says string
}

// parseFile reads a TOML file and returns its top-level keys. It errs if the file cannot be
// read or is not TOML.
func (d *document) parseFile(file string) (block, error) {
	top := block{keys: make(map[string]any)}
	d.file = file
	text, err := os.ReadFile(file)
	if err != nil {
		return top, fmt.Errorf("%w\nhint: run freshet in the folder of site.toml, or name the file with --config", err)
	}
	d.lines = indexLines(string(text))
	var syntax toml.ParseError
	if err := toml.Unmarshal(text, &top.keys); errors.As(err, &syntax) {
		return top, fmt.Errorf("%s:%d: %s", file, syntax.Position.Line, syntax.Message)
	} else if err != nil {
		return top, fmt.Errorf("%s: %w", file, err)
	}
	return top, nil
}

var (
	// tablePattern matches a line that begins a table; the group is its name.
	tablePattern = regexp.MustCompile(`^\s*\[\[?\s*([\w.-]+)\s*\]`)
	// keyPattern matches a line that sets a key; the group is its name.
	keyPattern = regexp.MustCompile(`^\s*"?([\w-]+)"?\s*=`)
)

// indexLines returns the line of every key in text, by block.
func indexLines(text string) map[blockName]map[string]int {
	at := blockName{}
	lines := map[blockName]map[string]int{at: {"": 1}}
	nth := make(map[string]int)
	for i, line := range strings.Split(text, "\n") {
		if m := tablePattern.FindStringSubmatch(line); m != nil {
			at = blockName{table: m[1], nth: nth[m[1]]}
			nth[m[1]]++
			lines[at] = map[string]int{"": i + 1}
		} else if m := keyPattern.FindStringSubmatch(line); m != nil && lines[at][m[1]] == 0 {
			lines[at][m[1]] = i + 1
		}
	}
	return lines
}

// lineOf returns the line of a key of b, or the first line of b if the key is not written
// there.
func (d *document) lineOf(b block, key string) int {
	return cmp.Or(d.lines[b.blockName][key], d.lines[b.blockName][""], 1)
}

// addFault records what is wrong with a key of b.
func (d *document) addFault(b block, key, says string) {
	name := strings.Trim(b.table+"."+key, ".")
	d.faults = append(d.faults, fault{line: d.lineOf(b, key), says: name + ": " + says})
}

// joinFaults returns all faults as one error, by line, or nil if there are none.
func (d *document) joinFaults() error {
	slices.SortStableFunc(d.faults, func(a, b fault) int { return cmp.Compare(a.line, b.line) })
	var errs []error
	for _, f := range d.faults {
		errs = append(errs, fmt.Errorf("%s:%d: %s", d.file, f.line, f.says))
	}
	return errors.Join(errs...)
}

// typeErrorPattern matches the error of the TOML library for a value of the wrong type.
var typeErrorPattern = regexp.MustCompile(`(?s)\(last key "(.+?)"\): (.*)`)

// decodeBlock decodes b into the struct that into points to, and reports whether every value
// has the right type. A key that the struct does not have is a fault, because a typo must not
// silently mean the default.
func (d *document) decodeBlock(b block, into any) bool {
	text, err := toml.Marshal(b.keys)
	if err != nil {
		d.addFault(b, "", err.Error())
		return false
	}
	md, err := toml.Decode(string(text), into)
	if err != nil {
		key := ""
		says := err.Error()
		if m := typeErrorPattern.FindStringSubmatch(says); m != nil {
			key = m[1]
			says = describeTypeError(m[2])
		}
		d.addFault(b, key, says)
		return false
	}
	for _, key := range md.Undecoded() {
		if len(key) == 1 {
			d.addFault(b, key.String(), "unknown key"+suggestKey(key.String(), into))
		}
	}
	return true
}

// typesPattern matches the part of that error that names both types.
var typesPattern = regexp.MustCompile(`^incompatible types: TOML value has type (\w+); destination has type (\w+)$`)

// describeTypeError returns the TOML library's error for a wrong type in words for people.
func describeTypeError(says string) string {
	words := map[string]string{
		"string":  "text in quotes",
		"int64":   "a number",
		"integer": "a number",
		"float":   "a number",
		"boolean": "true or false",
		"bool":    "true or false",
		"array":   "a list",
		"slice":   "a list",
	}
	if m := typesPattern.FindStringSubmatch(says); m != nil {
		return fmt.Sprintf("must be %s (got %s)", cmp.Or(words[m[2]], m[2]), cmp.Or(words[m[1]], m[1]))
	}
	return strings.TrimPrefix(says, "toml: ")
}

// takeTables removes the tables called name from b and returns them: one for [name], several
// for [[name]], none if it is absent. It adds a fault if name is not a table.
func (d *document) takeTables(b block, name string) (tables []block) {
	v, there := b.keys[name]
	if !there {
		return nil
	}
	delete(b.keys, name)
	many, isMany := v.([]map[string]any)
	if one, isOne := v.(map[string]any); isOne {
		many = []map[string]any{one}
		isMany = true
	}
	if !isMany {
		d.addFault(b, name, fmt.Sprintf("must be a table: write [%s] or [[%s]] on its own line", name, name))
	}
	for i, keys := range many {
		tables = append(tables, block{blockName: blockName{table: name, nth: i}, keys: keys})
	}
	return tables
}

// takeKeys moves the named keys of b into a new block of the same name, so that their lines are
// still found.
func (b block) takeKeys(names ...string) block {
	picked := block{blockName: b.blockName, keys: make(map[string]any)}
	for _, name := range names {
		if v, ok := b.keys[name]; ok {
			picked.keys[name] = v
			delete(b.keys, name)
		}
	}
	return picked
}
