package snowflake

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/freshet-status/freshet/sources"
)

// Observe visits the account: who is there, when rows changed, what was
// refreshed, what reads what. Without the first there is no answer; what else
// cannot be read is told, with the grant that is missing.
func (s *source) Observe(ctx context.Context) (sources.Answer, error) {
	if err := ctx.Err(); err != nil {
		return sources.Answer{}, err
	}
	v, err := s.open(ctx)
	if err != nil {
		return sources.Answer{}, err
	}
	defer v.close()
	if _, _, err := v.greet(s.setting.Clock); err != nil {
		return v.answer, s.explain("sign in", err)
	}
	l, err := s.list(v)
	if err != nil {
		return v.answer, err
	}
	if v.mode == "account_usage" {
		s.more(v, l)
	}
	l.finish(v)
	return v.answer, nil
}

// more reads the views that tell more of what is listed.
func (s *source) more(v *session, l *listing) {
	steps := []struct {
		wanted bool
		view   string
		read   func(*session, *listing) error
	}{
		{wants(s.DML), "TABLE_DML_HISTORY", s.dml},
		{l.dynamic, "DYNAMIC_TABLE_REFRESH_HISTORY", s.refreshes},
		{wants(s.Lineage), "OBJECT_DEPENDENCIES", s.depends},
		{s.Queries, "ACCESS_HISTORY", s.queried},
	}
	for _, step := range steps {
		if !step.wanted {
			continue
		}
		if err := step.read(v, l); err != nil {
			v.note("%s is not read: %s", step.view, sources.OneLine(s.explain(step.view, err)))
		}
	}
}

// list reads the tables and views, in the way that site.toml asks for.
func (s *source) list(v *session) (*listing, error) {
	l := newListing(s, time.Time{})
	err := s.listAccount(v, l)
	switch {
	case s.Mode == "information_schema":
		l, err = s.listDatabases(v)
	case err != nil && s.Mode == "auto" && denied(err) && len(s.Databases) > 0:
		v.note("ACCOUNT_USAGE cannot be read by this role, so INFORMATION_SCHEMA of %s was: %s", strings.Join(s.Databases, ", "), grants["TABLES"])
		l, err = s.listDatabases(v)
	}
	if err != nil {
		return nil, s.explain("TABLES", err)
	}
	if len(l.tables) == 0 {
		return nil, fmt.Errorf("no table is visible, which is no empty account\nhint: %s", grants["TABLES"])
	}
	return l, nil
}

// listAccount reads ACCOUNT_USAGE, which tells of every schema: what it does
// not list is gone.
func (s *source) listAccount(v *session, l *listing) error {
	if s.Mode == "information_schema" {
		return nil
	}
	v.mode = "account_usage"
	clause, args := where("table_catalog", s.Databases)
	err := v.rows(tablesStatement("", kinds, clause), args, l.read)
	if invalid(err) {
		*l = *newListing(s, time.Time{})
		err = v.rows(tablesStatement("", plainKinds, clause), args, l.read)
	}
	l.look = horizon(l.newest, v.now, 3*time.Hour)
	l.complete = true
	return err
}

// listDatabases reads INFORMATION_SCHEMA, which tells of what the role may see:
// what it does not list may be there all the same. A database that cannot be
// read is told.
func (s *source) listDatabases(v *session) (*listing, error) {
	v.mode = "information_schema"
	l := newListing(s, v.now)
	var failed []error
	for _, db := range s.Databases {
		if strings.ContainsAny(db, "*?[{") {
			return nil, fmt.Errorf("databases has the glob %q, and INFORMATION_SCHEMA is asked a database at a time\nhint: name them, or grant what ACCOUNT_USAGE needs: %s", db, grants["TABLES"])
		}
		err := v.rows(tablesStatement(strings.ToUpper(db), kinds, ""), nil, l.read)
		if invalid(err) {
			err = v.rows(tablesStatement(strings.ToUpper(db), plainKinds, ""), nil, l.read)
		}
		if err != nil {
			v.note("the database %s is not read: %s", db, sources.OneLine(s.explain("TABLES of "+db, err)))
			failed = append(failed, err)
		}
	}
	if len(failed) == len(s.Databases) {
		return nil, errors.Join(failed[0])
	}
	return l, nil
}

// horizon is until when a view that is some hours late tells everything: until
// the newest that it tells, and at least until so long ago.
func horizon(newest, now time.Time, late time.Duration) time.Time {
	sure := now.Add(-late)
	if newest.After(now) {
		newest = now
	}
	if newest.After(sure) {
		sure = newest
	}
	return sure.Truncate(time.Second)
}

// leftOut reports whether site.toml leaves a schema out.
func (s *source) leftOut(database, schema string) bool {
	return slices.ContainsFunc(s.Exclude, func(glob string) bool {
		ok, _ := doublestar.Match(strings.ToLower(glob), strings.ToLower(database+"."+schema))
		return ok
	})
}
