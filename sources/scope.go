package sources

import (
	"strings"
	"time"
)

// A Scope is a part of a system that was listed completely: an asset of it that was listed
// before and is not listed now does not exist any more.
type Scope struct {
	Name      string    `json:"name"` // as in [Asset.Scope], such as "project:shop", or an enclosing scope, such as "database:RAW"
	CheckedAt time.Time `json:"look"` // moment at which the source made the listing
}

// EnclosingScope returns the scope that contains scope: the database of a schema, "" for any
// other. A schema that was dropped has no listing of its own; its tables are missing from the
// complete listing of its database.
func EnclosingScope(scope string) string {
	place, ok := strings.CutPrefix(scope, "schema:")
	database := strings.TrimSuffix(firstPart.FindString(place), ".")
	if !ok || database == "" || database == place {
		return ""
	}
	return "database:" + database
}
