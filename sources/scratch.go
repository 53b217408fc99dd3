package sources

import (
	"regexp"
	"strings"
)

// scratchPattern matches the names that Looker gives to the tables in which it keeps persistent
// derived tables, such as LR$ZKWYB1763531790092_ORDER_FACTS: LR or, while it is being built, LC; two
// letters of the connection and a hash; and the view. The hash ends in the moment of the build, in
// milliseconds; older ones are 14 to 20 letters and digits, which is this group. Where a dollar sign
// is not allowed an underscore replaces it. Only the former hash is known from a word then.
var scratchPattern = regexp.MustCompile(`(?i)^L[RC](?:_[A-Z0-9]{5}[0-9]{13}|\$([A-Z0-9]{16,22}))_.`)

// IsScratchTable reports whether id is that of a table in which a dashboard tool keeps a derived
// table: a relation whose name changes with each build. The pattern is strict, because such a table is
// no asset: a table that somebody named, such as LC_BALANCES_2026, is none. The stable view LB_MODEL_VIEW
// that Looker publishes of a derived table, where LB is the connection, is none either.
func (id ID) IsScratchTable() bool {
	if !id.IsTable() {
		return false
	}
	m := scratchPattern.FindStringSubmatch(strings.Trim(id.RelationName(), `"`))
	return m != nil && (m[1] == "" || strings.ContainsAny(m[1], "0123456789"))
}
