package sources

import (
	"strings"
	"time"
)

// A Scope is a part of the world that was looked at completely: what it held
// before and does not list now is gone.
type Scope struct {
	Name string    `json:"name"` // as in [Asset.Scope], such as "project:shop", or what is around it, such as "database:RAW"
	Look time.Time `json:"look"` // the moment of which the listing speaks
}

// Around is the scope that holds another: that of its database for a schema's,
// "" for none. A schema that was dropped lists nothing, and is gone by a look
// at its database.
func Around(scope string) string {
	place, ok := strings.CutPrefix(scope, "schema:")
	database := strings.TrimSuffix(part.FindString(place), ".")
	if !ok || database == "" || database == place {
		return ""
	}
	return "database:" + database
}
