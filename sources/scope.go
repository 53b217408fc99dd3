package sources

import (
	"strings"
	"time"
)

// A ScopeName names a part of a system that can be listed completely. It has the form
// "kind:place", such as "schema:RAW.ERP", "database:RAW" or "project:shop".
type ScopeName string

// Kinds of scopes that more than one package knows.
const (
	SchemaScope   = "schema"   // a schema of a warehouse
	DatabaseScope = "database" // a database of a warehouse
	AccountScope  = "account"  // all databases that a source of a warehouse lists; its place is the name of the source
	ProjectScope  = "project"  // a dbt project
)

// NewScopeName returns the name of a scope, such as NewScopeName("schema", "RAW.ERP").
func NewScopeName(kind, place string) ScopeName { return ScopeName(kind + ":" + place) }

// Kind returns the part of the name before the first colon; "" if there is none.
func (s ScopeName) Kind() string {
	kind, _, found := strings.Cut(string(s), ":")
	if !found {
		return ""
	}
	return kind
}

// Place returns the part of the name after the first colon.
func (s ScopeName) Place() string {
	_, place, _ := strings.Cut(string(s), ":")
	return place
}

// Enclosing returns the scope that contains s: the database of a schema, "" for any other. A
// schema that was dropped has no listing of its own; its tables are missing from the complete
// listing of its database.
func (s ScopeName) Enclosing() ScopeName {
	if s.Kind() != SchemaScope {
		return ""
	}
	place := s.Place()
	database := strings.TrimSuffix(firstPart.FindString(place), ".")
	if database == "" || database == place {
		return ""
	}
	return NewScopeName(DatabaseScope, database)
}

// An UnlistedScope is a schema or database that site.toml names and that could not be listed.
type UnlistedScope struct {
	Name ScopeName `json:"name"`
	Says string    `json:"says"` // why
}

// A Scope is a part of a system that was listed completely: an asset of it that was listed
// before and is not listed now does not exist any more.
type Scope struct {
	Name      ScopeName `json:"name"` // as in [Asset.Scope], or an enclosing scope
	CheckedAt time.Time `json:"look"` // moment at which the source made the listing
}
