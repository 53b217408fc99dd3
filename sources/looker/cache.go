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

// A cache holds what earlier visits fetched, as one JSON file in the state folder. Losing it
// costs calls but no facts.
type cache struct {
	file string // path; "" keeps nothing on disk

	Identity     string                   `json:"of"`                  // the Looker and the folder setting that the cache belongs to
	Month        string                   `json:"month"`               // month of Spent in UTC, such as "2026-08"
	Spent        map[string]int           `json:"spent"`               // calls made in Month, by kind
	Catalogue    *catalogue               `json:"catalogue,omitempty"` // the last complete lists; nil if none
	Queries      map[string]*tileQuery    `json:"queries"`             // complete queries by id; a query never changes
	Explores     map[string]*explore      `json:"explores"`            // by MODEL::NAME
	SQL          map[string]*queryTables  `json:"sql"`                 // by query id, or "runner:" and the id of a SQL Runner query
	Derived      map[string]*derivedTable `json:"derived"`             // by MODEL::VIEW
	TileLists    map[string]*tileList     `json:"details"`             // by dashboard id, for dashboards whose tiles no list returns
	RefusedAt    map[string]time.Time     `json:"refused"`             // by subject and id: time of the last refusal
	MergeQueries map[string][]string      `json:"merges"`              // query ids by the id of merged results
}

// A queryTables holds the tables that the SQL of a query reads.
type queryTables struct {
	Tables     []string   `json:"tables"`
	Earlier    [][]string `json:"earlier,omitempty"`    // tables of earlier fetches, newest first
	Connection string     `json:"connection,omitempty"` // of a SQL Runner query; "" for other queries
	Broken     string     `json:"broken,omitempty"`     // Looker's message if the query refers to something missing
	Denied     bool       `json:"hid,omitempty"`        // true if Looker denied the SQL (403 or 404)
	// FetchedAt is when the SQL was last requested, also if Looker denied it.
	FetchedAt time.Time `json:"at"`
}

// maxEarlier is how many earlier fetches of a query's SQL are kept beside the newest.
const maxEarlier = 2

// withHistory sets m.Earlier to the tables of the previous fetches, newest first, at most
// maxEarlier, and returns m. Nothing is taken from a nil or broken old.
func (m *queryTables) withHistory(old *queryTables) *queryTables {
	if old != nil && old.Broken == "" {
		m.Earlier = append([][]string{old.Tables}, old.Earlier...)
		m.Earlier = m.Earlier[:min(len(m.Earlier), maxEarlier)]
	}
	return m
}

// allTables returns all tables that the query may read. Looker may answer it from a derived
// table today and from the tables themselves tomorrow, so if any fetch saw a scratch name, the
// result includes the tables of the earlier fetches.
func (m *queryTables) allTables() []string {
	fetches := append([][]string{m.Tables}, m.Earlier...)
	all := slices.Concat(fetches...)
	if !slices.ContainsFunc(all, isScratch) {
		return m.Tables
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// A tileList holds the tiles of one dashboard, fetched from dashboards/ID.
type tileList struct {
	Tiles            []*tile   `json:"tiles"`
	DashboardUpdated string    `json:"of"` // updated_at of the dashboard at that time; "" if not known
	FetchedAt        time.Time `json:"at"`
}

// newCache returns an empty cache with all maps made.
func newCache(file, identity string) *cache {
	return &cache{
		file:         file,
		Identity:     identity,
		Spent:        make(map[string]int),
		Queries:      make(map[string]*tileQuery),
		Explores:     make(map[string]*explore),
		SQL:          make(map[string]*queryTables),
		Derived:      make(map[string]*derivedTable),
		TileLists:    make(map[string]*tileList),
		RefusedAt:    make(map[string]time.Time),
		MergeQueries: make(map[string][]string),
	}
}

// openCache reads the cache of the source from its state folder. A file that is damaged or
// belongs to another identity is ignored. In a new month Spent is empty. Without a state folder
// the cache is in memory only. It errs only if the folder cannot be prepared.
func openCache(s sources.Setting, identity string, now time.Time) (*cache, error) {
	k := newCache("", identity)
	if s.State == "" {
		return k, nil
	}
	dir, err := state.MakeFolder(s.State, "looker")
	if err != nil {
		return nil, err
	}
	file := filepath.Join(dir, s.Name+".json")
	data, err := os.ReadFile(file)
	k = newCache(file, identity)
	if err == nil && json.Unmarshal(data, k) != nil || k.Identity != identity || !k.isComplete() {
		k = newCache(file, identity)
	}
	if month := now.Format("2006-01"); k.Month != month {
		k.Month = month
		k.Spent = make(map[string]int)
	}
	return k, nil
}

// isComplete reports whether the decoded file has every map and list that a visit relies on,
// and no null in a list.
func (k *cache) isComplete() bool {
	c := k.Catalogue
	return k.Spent != nil && k.Queries != nil && k.Explores != nil && k.SQL != nil && k.TileLists != nil && k.Derived != nil &&
		k.RefusedAt != nil &&
		k.MergeQueries != nil &&
		(c == nil || c.TilesListedAt != nil && !slices.Contains(c.Folders, nil) && !slices.Contains(c.Dashboards, nil) && !slices.Contains(c.Tiles, nil))
}

// saveFile writes the cache to its file, completely or not at all. Without a file it does
// nothing.
func (k *cache) saveFile() error {
	if k.file == "" {
		return nil
	}
	data, err := json.Marshal(k)
	if err != nil {
		return err
	}
	return atomicfile.Write(k.file, data, 0o600)
}
