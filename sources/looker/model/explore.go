package model

import "time"

// An Explore is what a query selects from: a base view, and views joined to it. It is cached as
// it was last fetched.
type Explore struct {
	Name       Text     `json:"name"`
	BaseView   Text     `json:"view_name"` // base view, if its name differs from that of the explore
	Table      Text     `json:"sql_table_name"`
	Connection Text     `json:"connection_name"`
	Joins      []Join   `json:"joins"`
	AlwaysJoin []string `json:"always_join"`

	Gone      bool      `json:"gone,omitempty"` // true if it existed and no longer does
	Denied    bool      `json:"hid,omitempty"`  // true if Looker denied it (403, or 404 without proof that it is gone)
	FetchedAt time.Time `json:"at"`             // when it was fetched
}

// A Join is a view that an explore joins to its base view.
type Join struct {
	Name            Text     `json:"name"`
	Table           Text     `json:"sql_table_name"`
	DependentFields []string `json:"dependent_fields"`
	RequiredJoins   []string `json:"required_joins"`
}

// ExploreFields lists the fields to request for an explore.
const ExploreFields = "id,name,view_name,sql_table_name,connection_name,always_join," +
	"joins(name,sql_table_name,dependent_fields,required_joins)"

// ConnectionName returns the database connection of the explore, or "" if e is nil or has none.
func (e *Explore) ConnectionName() string {
	if e == nil {
		return ""
	}
	return string(e.Connection)
}
