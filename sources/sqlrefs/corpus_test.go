package sqlrefs_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/freshet-status/freshet/sources"
	"github.com/freshet-status/freshet/sources/sourcetest"
	"github.com/freshet-status/freshet/sources/sqlrefs"
)

// A compiled is a node of a manifest, as far as its SQL is concerned.
type compiled struct {
	Type      string  `json:"resource_type"`
	Package   string  `json:"package_name"`
	Relation  *string `json:"relation_name"`
	Database  string  `json:"database"`
	Schema    string  `json:"schema"`
	Alias     string  `json:"alias"`
	Code      string  `json:"compiled_code"`
	SQL       string  `json:"compiled_sql"`
	Language  string  `json:"language"`
	DependsOn struct {
		Nodes []string `json:"nodes"`
	} `json:"depends_on"`
	Config struct {
		Materialized string `json:"materialized"`
	} `json:"config"`
}

// TestCorpus reads the compiled SQL of every model of every real manifest, and
// compares what it reads with what dbt says that the model depends on.
func TestCorpus(t *testing.T) {
	var nodes, same int
	for _, dir := range sourcetest.CorpusFolders(t, "dbt") {
		_ = filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
			if err != nil || e.IsDir() || !strings.HasSuffix(path, ".json") {
				return err
			}
			data, err := os.ReadFile(path)
			var m struct {
				Metadata struct {
					Adapter string `json:"adapter_type"`
				} `json:"metadata"`
				Nodes, Sources map[string]compiled
			}
			if err != nil || json.Unmarshal(data, &m) != nil {
				return nil
			}
			name, _ := filepath.Rel(filepath.Dir(dir), path)
			for id, n := range m.Nodes {
				sql := n.Code + n.SQL
				if n.Type != "model" || sql == "" || n.Language == "python" {
					continue
				}
				nodes++
				want := depends(m.Nodes, m.Sources, n, sources.DialectOf(m.Metadata.Adapter))
				got := canonical(sqlrefs.FindRelations(sql), sources.DialectOf(m.Metadata.Adapter))
				if n.Relation != nil { // an incremental model reads itself
					self := canonical([]string{*n.Relation}, sources.DialectOf(m.Metadata.Adapter))
					got = slices.DeleteFunc(got, func(s string) bool { return slices.Contains(self, s) })
				}
				if slices.Equal(got, want) {
					same++
				} else if why := exceptions[id]; why == "" {
					t.Errorf("%s: relations of %s: got %q, want %q, as dbt has them", name, id, got, want)
				}
			}
			return nil
		})
	}
	t.Logf("%d of %d models read what dbt says", same, nodes)
}

// exceptions are models whose SQL says otherwise than dbt, and why it is right.
var exceptions = map[string]string{
	"model.algorand_models.silver__nft_metadata_fifa":   "names a table by hand, which dbt cannot know",
	"model.algorand_models.silver__price_pool_balances": "one of its sources stands in no SQL that was compiled",
	"model.elementary.test_result_rows": "reads nothing on its first run: a comment alone says " +
		"what it depends on",
}

// depends are the relations that a model depends on, through ephemeral ones,
// whose SQL is in its own.
func depends(nodes, srcs map[string]compiled, n compiled, d sources.Dialect) []string {
	var all []string
	for _, id := range n.DependsOn.Nodes {
		up, ok := nodes[id]
		if !ok {
			up, ok = srcs[id]
		}
		switch {
		case !ok:
		case up.Config.Materialized == "ephemeral":
			all = append(all, depends(nodes, srcs, up, d)...)
		case up.Relation != nil:
			all = append(all, *up.Relation)
		case up.Type == "seed": // early versions do not say how SQL names it
			all = append(all, "`"+up.Database+"`.`"+up.Schema+"`.`"+up.Alias+"`")
		}
	}
	return canonical(all, d)
}

// canonical are relations in one spelling, sorted.
func canonical(names []string, d sources.Dialect) (all []string) {
	for _, name := range names {
		if parts := d.ParseRelation(name); parts != nil { // a call such as read_csv is no relation
			all = append(all, d.FormatNames(parts...))
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}
