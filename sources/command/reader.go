package command

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/freshet-status/freshet/sources"
)

// maxNotes is how many lines that could not be read are named.
const maxNotes = 20

// A reader collects the answer of a visit from the lines that a program prints.
type reader struct {
	setting sources.Setting
	zone    *time.Location
	dialect sources.Dialect
	number  int // number of the line, from 1
	lineOf  map[sources.ID]int
	faults  []error
	answer  sources.Answer
}

// newReader returns a reader that has read nothing.
func newReader(setting sources.Setting, dialect sources.Dialect) *reader {
	return &reader{
		setting: setting,
		zone:    cmp.Or(setting.Zone, time.UTC),
		dialect: dialect,
		lineOf:  make(map[sources.ID]int),
	}
}

// readLine adds a line to the answer, or to the faults if it cannot be read. Blank lines are
// skipped.
func (r *reader) readLine(text []byte) {
	r.number++
	r.answer.Bytes += int64(len(text)) + 1
	if len(bytes.TrimSpace(text)) == 0 {
		return
	}
	r.answer.Rows++
	l, err := parseLine(text)
	if err == nil {
		err = r.addLine(l)
	}
	if err != nil {
		r.faults = append(r.faults, fmt.Errorf("line %d: %w", r.number, err))
	}
}

// joinFaults returns the first fault as an error, with the number of others, which become notes;
// nil if there is none.
func (r *reader) joinFaults() error {
	if len(r.faults) == 0 {
		return nil
	}
	others := r.faults[1:]
	for _, fault := range others[:min(len(others), maxNotes)] {
		r.answer.Notes = append(r.answer.Notes, sources.FormatError(fault))
	}
	if len(others) == 0 {
		return r.faults[0]
	}
	what, hint, hasHint := strings.Cut(r.faults[0].Error(), "\nhint: ")
	what += fmt.Sprintf("; %s more cannot be read", sources.FormatCount(len(others), "line"))
	if hasHint {
		what += "\nhint: " + hint
	}
	return errors.New(what)
}

// addLine adds what a line says to the answer.
func (r *reader) addLine(l line) error {
	switch {
	case l.Asset != "":
		return r.addAsset(l)
	case l.Scope != "":
		return r.addScope(l)
	case l.Note != "":
		r.answer.Notes = append(r.answer.Notes, sources.ClipText(l.Note, 300))
		return nil
	default:
		return errors.New("asset is missing\nhint: a line has asset, or scope and checked, or note")
	}
}

// addScope adds a part that was listed completely.
func (r *reader) addScope(l line) error {
	scope, err := r.nameScope(l.Scope)
	if err != nil {
		return err
	}
	checked, err := parseTime("checked", l.Checked, r.zone)
	if err != nil {
		return err
	}
	r.answer.Scopes = append(r.answer.Scopes, sources.Scope{Name: scope, CheckedAt: checked})
	return nil
}

// nameScope returns the scope that a word names, such as "dashboards:bi" for "dashboards" of the
// source bi; "" for "". Scopes of warehouses and of dbt are not those of a program.
func (r *reader) nameScope(word string) (sources.ScopeName, error) {
	reserved := []string{sources.SchemaScope, sources.DatabaseScope, sources.ProjectScope}
	switch {
	case word == "":
		return "", nil
	case !scopeWord.MatchString(word) || slices.Contains(reserved, word):
		return "", fmt.Errorf("scope must be one word such as \"dashboards\", and not schema, database or project (got %q)", word)
	default:
		return sources.NewScopeName(word, r.setting.Name), nil
	}
}

// addAsset adds an asset with its times. It errs if the asset was printed before.
func (r *reader) addAsset(l line) error {
	o, err := r.buildObservation(l)
	if err != nil {
		return err
	}
	if before := r.lineOf[o.ID]; before > 0 {
		return fmt.Errorf("%s was printed in line %d already", o.ID, before)
	}
	r.lineOf[o.ID] = r.number
	r.answer.Observations = append(r.answer.Observations, o)
	return nil
}
