package sources_test

import (
	"testing"

	"github.com/freshet-status/freshet/sources"
)

func TestNamesOfScratchTables(t *testing.T) {
	for name, tt := range map[string]struct {
		id   sources.ID
		want bool
	}{
		"a build of Looker":                       {"table:DB.SCRATCH.LR$ZKWYB1763531790092_ORDER_FACTS", true},
		"a build that is not finished":            {"table:DB.SCRATCH.LC$ZKWYB1763531790092_ORDER_FACTS", true},
		"a build where a dollar is not allowed":   {"table:DB.SCRATCH.LR_ZKWYB1763531790092_ORDER_FACTS", true},
		"a build of a connection of digits":       {"table:DB.SCRATCH.LR$6YUJU1709664574784_X", true},
		"a rollup":                                {"table:DB.SCRATCH.LR$ZKWYB1763531790092_ORDERS$ROLLUP__NAME", true},
		"a hash without a moment":                 {"table:DB.SCRATCH.LR$ZLAB79XRAB6OU1633ET9D_ORDER_FACTS", true},
		"a quoted name":                           {`table:DB.SCRATCH."LR$ZKWYB1763531790092_order_facts"`, true},
		"a warehouse of lower case":               {`table:db.scratch."lr$zkwyb1763531790092_order_facts"`, true},
		"a namespace":                             {"table:azure/DB.SCRATCH.LR$ZKWYB1763531790092_X", true},
		"letters of credit":                       {"table:DB.BANK.LC_BALANCES", false},
		"letters of credit of a year":             {"table:DB.BANK.LC_BALANCES_2026", false},
		"one long word and a year":                {"table:DB.BANK.LC_BALANCES2026QUARTER4_EU", false},
		"a name with a day":                       {"table:DB.HR.LR_20260822_STAFF", false},
		"a dollar in a name of somebody":          {"table:DB.HR.LR$STAFF_2026", false},
		"a long word after a dollar":              {"table:DB.HR.LR$INTERNATIONALISATION_STAFF", false},
		"a hash without a view":                   {"table:DB.SCRATCH.LR$ZKWYB1763531790092", false},
		"a hash in the middle of a name":          {"table:DB.SCRATCH.OLD_LR$ZKWYB1763531790092_X", false},
		"a schema that is named like a build":     {"table:DB.LR$ZKWYB1763531790092_X.ORDERS", false},
		"the stable view of a derived table":      {"table:DB.SCRATCH.LB_SHOP_ORDER_FACTS", false},
		"a derived table by the name of its view": {"pdt:looker/shop::LR$ZKWYB1763531790092_X", false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := tt.id.IsScratchTable(); got != tt.want {
				t.Errorf("IsScratchTable of %s: got %v, want %v", tt.id, got, tt.want)
			}
		})
	}
}
