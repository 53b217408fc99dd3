package lineage_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/freshet-status/freshet/generator/lineage"
	"github.com/freshet-status/freshet/sources"
)

var now = time.Date(2026, 8, 22, 6, 0, 0, 0, time.UTC)

// warehouseTrack is what a warehouse recorded of a relation that it lists.
func warehouseTrack(id sources.ID, kind sources.Kind, upstream ...sources.ID) *sources.Track {
	return &sources.Track{
		Source:   "snowflake",
		Asset:    sources.Asset{ID: id, Kind: kind, Name: id.RelationName(), Scope: "schema:DB.SCRATCH", Upstream: upstream},
		Listings: []sources.Listing{{Came: now.AddDate(0, 0, -1)}},
	}
}

// removedTrack is what a warehouse recorded of a relation that it lists no longer.
func removedTrack(id sources.ID) *sources.Track {
	t := warehouseTrack(id, sources.Table)
	t.Listings[0].Went = now
	return t
}

// declaredTrack is what dbt recorded of a source table.
func declaredTrack(id sources.ID) *sources.Track {
	t := warehouseTrack(id, sources.DBTSource)
	t.Source = "dbt"
	t.Asset.Scope = "project:shop"
	return t
}

// describeNodes returns each node with what it reads, such as "table:A <- table:B".
func describeNodes(nodes []*lineage.Node) (all []string) {
	for _, n := range nodes {
		text := string(n.ID)
		for _, up := range n.Upstream {
			text += fmt.Sprintf(" <- %s", up)
		}
		all = append(all, text)
	}
	return all
}

func TestScratchTablesAreNoAssets(t *testing.T) {
	const (
		scratch = "table:DB.SCRATCH.LR$ZKWYB1763531790092_FACTS"
		orders  = "table:DB.RAW.ORDERS"
		stable  = "table:DB.SCRATCH.ZK_SHOP_FACTS"
	)
	for name, tt := range map[string]struct {
		tracks []*sources.Track
		want   []string
	}{
		"one that a warehouse lists": {
			tracks: []*sources.Track{warehouseTrack(scratch, sources.Table), warehouseTrack(orders, sources.Table)},
			want:   []string{orders},
		},
		"one that a build replaced": {tracks: []*sources.Track{removedTrack(scratch)}, want: nil},
		"a view of one is an asset and does not refer to it": {
			tracks: []*sources.Track{
				warehouseTrack(scratch, sources.Table),
				warehouseTrack(stable, sources.View, orders, scratch),
				warehouseTrack(orders, sources.Table),
			},
			want: []string{orders, stable + " <- " + orders},
		},
		"a view of one that a build replaced is not broken by it": {
			tracks: []*sources.Track{removedTrack(scratch), warehouseTrack(stable, sources.View, scratch)},
			want:   []string{stable},
		},
		"one that dbt declares is an asset": {
			tracks: []*sources.Track{
				declaredTrack(scratch),
				warehouseTrack(scratch, sources.Table),
				warehouseTrack(stable, sources.View, scratch),
			},
			want: []string{scratch, stable + " <- " + scratch},
		},
		"a table of a similar name is an asset": {
			tracks: []*sources.Track{warehouseTrack("table:DB.BANK.LC_BALANCES_2026", sources.Table)},
			want:   []string{"table:DB.BANK.LC_BALANCES_2026"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			past := &sources.Past{Tracks: tt.tracks}
			g := lineage.BuildGraph(past)
			if got := describeNodes(g.Nodes); !slices.Equal(got, tt.want) {
				t.Errorf("assets: got %q, want %q", got, tt.want)
			}
			if got := describeNodes(g.Gone); len(got) != 0 {
				t.Errorf("assets that went: got %q, want none", got)
			}
		})
	}
}
