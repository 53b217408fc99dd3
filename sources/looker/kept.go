package looker

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/freshet-status/freshet/sources"
	"github.com/freshet-status/freshet/sources/atomicfile"
	"github.com/freshet-status/freshet/sources/state"
)

// kept is what was asked for before, and may be lost.
type kept struct {
	file string // "" is none

	Of        string               `json:"of"`                  // of which Looker this is, and which folders count
	Month     string               `json:"month"`               // such as "2026-08"
	Spent     map[string]int       `json:"spent"`               // the calls of the month, by kind
	Catalogue *catalogue           `json:"catalogue,omitempty"` // as it was asked for last
	Queries   map[string]*asked    `json:"queries"`             // in full, by id: a query never changes
	Explores  map[string]*explore  `json:"explores"`            // by MODEL::NAME
	SQL       map[string]*made     `json:"sql"`                 // by query, which never changes, and by "runner:" and a query of SQL Runner
	Derived   map[string]*derived  `json:"derived"`             // by MODEL::VIEW
	Details   map[string]*detail   `json:"details"`             // of dashboards whose tiles no list has
	Refused   map[string]time.Time `json:"refused"`             // when what was refused last
	Merges    map[string][]string  `json:"merges"`              // the queries of merged results
}

// A made is what a query's SQL reads.
type made struct {
	Tables     []string   `json:"tables"`
	Earlier    [][]string `json:"earlier,omitempty"`    // what it read at the looks before, the last first
	Connection string     `json:"connection,omitempty"` // of a query of SQL Runner
	Broken     string     `json:"broken,omitempty"`     // why there is no SQL
	Hid        bool       `json:"hid,omitempty"`        // it is not visible to us
	At         time.Time  `json:"at"`
}

// mostEarlier is how many looks at SQL are kept beside the last.
const mostEarlier = 2

// after is m as it follows an earlier look.
func (m *made) after(old *made) *made {
	if old != nil && old.Broken == "" {
		m.Earlier = append([][]string{old.Tables}, old.Earlier...)
		m.Earlier = m.Earlier[:min(len(m.Earlier), mostEarlier)]
	}
	return m
}

// all is what the query reads. One that Looker answers from a derived table
// today may be answered from the tables themselves tomorrow: then it is all that
// the last looks saw.
func (m *made) all() []string {
	looks := append([][]string{m.Tables}, m.Earlier...)
	all := slices.Concat(looks...)
	if !slices.ContainsFunc(all, isScratch) {
		return m.Tables
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// A detail is the tiles of a dashboard.
type detail struct {
	Tiles []*tile   `json:"tiles"`
	Of    string    `json:"of"` // updated_at of the dashboard
	At    time.Time `json:"at"`
}

func newKept(file, of string) *kept {
	return &kept{file: file, Of: of, Spent: make(map[string]int), Queries: make(map[string]*asked), Explores: make(map[string]*explore), SQL: make(map[string]*made), Derived: make(map[string]*derived), Details: make(map[string]*detail), Refused: make(map[string]time.Time), Merges: make(map[string][]string)}
}

// openKept opens what was kept of a Looker. What is of another one, and what does
// not read, is as good as lost.
func openKept(s sources.Setting, of string, now time.Time) (*kept, error) {
	k := newKept("", of)
	if s.State == "" {
		return k, nil
	}
	dir, err := state.Folder(s.State, "looker")
	if err != nil {
		return nil, err
	}
	file := filepath.Join(dir, s.Name+".json")
	data, err := os.ReadFile(file)
	if k = newKept(file, of); err == nil && json.Unmarshal(data, k) != nil || k.Of != of || !k.whole() {
		k = newKept(file, of)
	}
	if month := now.Format("2006-01"); k.Month != month {
		k.Month, k.Spent = month, make(map[string]int)
	}
	return k, nil
}

// whole reports whether nothing is null that a visit never leaves so.
func (k *kept) whole() bool {
	c := k.Catalogue
	return k.Spent != nil && k.Queries != nil && k.Explores != nil && k.SQL != nil && k.Details != nil && k.Derived != nil && k.Refused != nil && k.Merges != nil &&
		(c == nil || c.Looked != nil && !slices.Contains(c.Folders, nil) && !slices.Contains(c.Dashboards, nil) && !slices.Contains(c.Tiles, nil))
}

// save writes it, whole or not at all.
func (k *kept) save() error {
	if k.file == "" {
		return nil
	}
	data, err := json.Marshal(k)
	if err != nil {
		return err
	}
	return atomicfile.Write(k.file, data, 0o600)
}
