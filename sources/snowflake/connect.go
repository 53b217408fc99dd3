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

// grantScript gives all the rights that a visit needs.
//
//go:embed grants.sql
var grantScript string

// GrantScript returns the SQL script that grants the permissions, for the administrator of the
// account.
func (s *source) GrantScript() string { return grantScript }

// Connect signs in and reads at most one row of each view that a visit needs. It returns a line
// for each step that works, and for each that fails an error with the missing grant.
func (s *source) Connect(ctx context.Context) (works []string, missing []error) {
	v, err := s.openSession(ctx)
	if err != nil {
		return nil, []error{err}
	}
	defer v.closeWithTimeout()
	role, warehouse, err := v.fetchIdentity(s.setting.Now)
	if err != nil {
		return nil, []error{s.explainError("sign in", err)}
	}
	works = append(
		works,
		fmt.Sprintf("signed in: role %s, warehouse %s", cmp.Or(role, "none"), cmp.Or(warehouse, "none")),
	)
	works = append(works, v.answer.Notes...)
	for _, view := range s.requiredViews() {
		err := v.queryRows("SELECT 1 FROM SNOWFLAKE.ACCOUNT_USAGE."+view+" LIMIT 1", nil, func(*sql.Rows) error { return nil })
		if err == nil {
			works = append(works, view+": readable")
			continue
		}
		says := s.explainError(view, err).Error()
		missing = append(missing, errors.New(strings.ReplaceAll(says, "<role>", cmp.Or(role, "<role>"))))
	}
	return works, missing
}

// requiredViews returns the names of the ACCOUNT_USAGE views that a visit reads with this
// configuration.
func (s *source) requiredViews() []string {
	views := []string{"TABLES", "DYNAMIC_TABLE_REFRESH_HISTORY"}
	if isEnabled(s.DML) {
		views = append(views, "TABLE_DML_HISTORY")
	}
	if isEnabled(s.Lineage) {
		views = append(views, "OBJECT_DEPENDENCIES")
	}
	if s.Queries {
		views = append(views, "ACCESS_HISTORY")
	}
	return views
}
