package snowflake

import (
	"cmp"
	"context"
	"database/sql"
	_ "embed"
	"errors"
	"fmt"
	"strings"
)

// script gives all the rights that a visit needs.
//
//go:embed grants.sql
var script string

// Grants is the script for whoever gives rights in Snowflake.
func (s *source) Grants() string { return script }

// Connect signs in, and asks each view for a row.
func (s *source) Connect(ctx context.Context) (works []string, missing []error) {
	v, err := s.open(ctx)
	if err != nil {
		return nil, []error{err}
	}
	defer v.close()
	role, warehouse, err := v.greet(s.setting.Clock)
	if err != nil {
		return nil, []error{s.explain("sign in", err)}
	}
	works = append(works, fmt.Sprintf("signed in as role %s, with warehouse %s", cmp.Or(role, "none"), cmp.Or(warehouse, "none")))
	works = append(works, v.answer.Notes...)
	for _, view := range s.views() {
		err := v.rows("SELECT 1 FROM SNOWFLAKE.ACCOUNT_USAGE."+view+" LIMIT 1", nil, func(*sql.Rows) error { return nil })
		if err == nil {
			works = append(works, view+" can be read")
			continue
		}
		says := s.explain(view, err).Error()
		missing = append(missing, errors.New(strings.ReplaceAll(says, "<role>", cmp.Or(role, "<role>"))))
	}
	return works, missing
}

// views are those that a visit reads, as site.toml asks for.
func (s *source) views() []string {
	views := []string{"TABLES", "DYNAMIC_TABLE_REFRESH_HISTORY"}
	if wants(s.DML) {
		views = append(views, "TABLE_DML_HISTORY")
	}
	if wants(s.Lineage) {
		views = append(views, "OBJECT_DEPENDENCIES")
	}
	if s.Queries {
		views = append(views, "ACCESS_HISTORY")
	}
	return views
}
