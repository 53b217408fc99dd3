package looker

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/freshet-status/freshet/sources"
	"github.com/freshet-status/freshet/sources/atomicfile"
	"github.com/freshet-status/freshet/sources/looker/model"
	"github.com/freshet-status/freshet/sources/looker/trace"
	"github.com/freshet-status/freshet/sources/state"
)

// A cache holds what earlier visits fetched, as one JSON file in the state folder. Losing it
// costs calls but no facts.
type cache struct {
	file string // path; "" keeps nothing on disk
	trace.Knowledge

	Identity     string                  `json:"of"`                  // the Looker and the folder setting that the cache belongs to
	Month        string                  `json:"month"`               // month of Spent in UTC, such as "2026-08"
	Spent        map[string]int          `json:"spent"`               // calls made in Month, by kind
	Catalogue    *catalogue              `json:"catalogue,omitempty"` // the last complete lists; nil if none
	Queries      map[string]*model.Query `json:"queries"`             // complete queries by id; a query never changes
	TileLists    map[string]*tileList    `json:"details"`             // by dashboard id, for dashboards whose tiles no list returns
	RefusedAt    map[string]time.Time    `json:"refused"`             // by subject and id: time of the last refusal
	MergeQueries map[string][]string     `json:"merges"`              // query ids by the id of merged results
}

// A tileList holds the tiles of one dashboard, fetched from dashboards/ID.
type tileList struct {
	Tiles            []*model.Tile `json:"tiles"`
	DashboardUpdated string        `json:"of"` // updated_at of the dashboard at that time; "" if not known
	FetchedAt        time.Time     `json:"at"`
}

// newCache returns an empty cache with all maps made.
func newCache(file, identity string) *cache {
	return &cache{
		file:     file,
		Identity: identity,
		Spent:    make(map[string]int),
		Queries:  make(map[string]*model.Query),
		Knowledge: trace.Knowledge{
			Explores: make(map[string]*model.Explore),
			SQL:      make(map[string]*trace.QueryTables),
			Derived:  make(map[string]*trace.DerivedTable),
		},
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
	hasKnowledge := k.Explores != nil && k.SQL != nil && k.Derived != nil
	hasMaps := k.Spent != nil && k.Queries != nil && k.TileLists != nil && k.RefusedAt != nil && k.MergeQueries != nil
	return hasKnowledge && hasMaps && k.Catalogue.isComplete()
}

// isComplete reports whether a catalogue is nil, or has every map and no null in a list.
func (c *catalogue) isComplete() bool {
	if c == nil {
		return true
	}
	return c.TilesListedAt != nil && !slices.Contains(c.Folders, nil) && !slices.Contains(c.Dashboards, nil) &&
		!slices.Contains(c.Tiles, nil)
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
