package freshness_test

import (
	"slices"
	"testing"

	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/generator/words"
	"github.com/freshet-status/freshet/sources"
)

func TestWhatManyTilesReferToAndIsNotThereIsOneCause(t *testing.T) {
	broken := func(id sources.ID) sources.Observation {
		o := tile(id)
		o.MissingRef = "the explore shop::orders is not there any more"
		o.MissingID = "explore:looker/shop::orders"
		return o
	}
	r := see(broken("tile:A"), broken("tile:B"), tile("tile:C", "table:M"), built("table:M", 2))
	if len(r.Causes) != 1 {
		t.Fatalf("root causes: got %d, want 1", len(r.Causes))
	}
	c := r.Causes[0]
	if c.ID != "explore:looker/shop::orders" || c.Label() != "shop::orders" || c.Tiles != 2 || c.Status != freshness.Broken ||
		!c.Attention ||
		words.DescribeCause(r, c) != "the explore shop::orders is not there any more." {
		t.Errorf("root cause: got %+v, want shop::orders, broken, with attention, 2 tiles and its own sentence", c)
	}
	if got := causes(r.Node("tile:B")); !slices.Equal(got, []sources.ID{"explore:looker/shop::orders"}) {
		t.Errorf("root causes of tile:B: got %v, want explore:looker/shop::orders", got)
	}
}
