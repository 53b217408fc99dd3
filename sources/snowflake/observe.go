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

// Observe reads the listing of all tables and views, then their row changes, refreshes,
// dependencies and last queries, as configured. It errs if the sign-in or the listing fails.
// Any other view that cannot be read becomes a note with the missing grant.
func (s *source) Observe(ctx context.Context) (sources.Answer, error) {
	if err := ctx.Err(); err != nil {
		return sources.Answer{}, err
	}
	v, err := s.openSession(ctx)
	if err != nil {
		return sources.Answer{}, err
	}
	defer v.closeWithTimeout()
	if _, _, err := v.fetchIdentity(s.setting.Now); err != nil {
		return v.answer, s.explainError("sign in", err)
	}
	l, err := s.fetchListing(v)
	if err != nil {
		return v.answer, err
	}
	if v.mode == "account_usage" {
		s.fetchDetails(v, l)
	}
	l.fillAnswer(v)
	v.answer.Covers = s.covers
	return v.answer, nil
}

// fetchDetails adds to l what the views other than TABLES have about its assets. A view that
// cannot be read becomes a note.
func (s *source) fetchDetails(v *session, l *listing) {
	steps := []struct {
		wanted bool
		view   string
		read   func(*session, *listing) error
	}{
		{isEnabled(s.DML), "TABLE_DML_HISTORY", s.fetchRowChanges},
		{l.hasDynamic, "DYNAMIC_TABLE_REFRESH_HISTORY", s.fetchRefreshes},
		{isEnabled(s.Lineage), "OBJECT_DEPENDENCIES", s.fetchDependencies},
		{isEnabled(s.Lineage), "TABLE_STORAGE_METRICS", s.fetchClones},
		{s.Queries, "ACCESS_HISTORY", s.fetchLastReads},
	}
	for _, step := range steps {
		if !step.wanted {
			continue
		}
		if err := step.read(v, l); err != nil {
			v.addNote("could not read %s", sources.FormatError(s.explainError(step.view, err)))
		}
	}
}

// fetchListing reads all tables and views in the configured mode. Mode "auto" falls back to
// INFORMATION_SCHEMA, with a note, if ACCOUNT_USAGE is denied and databases are named. A
// listing without a table is an error, because it means that permissions are missing.
func (s *source) fetchListing(v *session) (*listing, error) {
	l := newListing(s, time.Time{})
	err := s.fetchAccountTables(v, l)
	switch {
	case s.Mode == "information_schema":
		l, err = s.fetchDatabaseTables(v)
	case err != nil && s.Mode == "auto" && isDenied(err) && len(s.Databases) > 0:
		v.addNote(
			"ACCOUNT_USAGE: permission denied, so INFORMATION_SCHEMA of %s was read; %s",
			strings.Join(s.Databases, ", "),
			grantStatements["TABLES"],
		)
		l, err = s.fetchDatabaseTables(v)
	}
	if err != nil {
		return nil, s.explainError("TABLES", err)
	}
	if len(l.tables) == 0 {
		return nil, fmt.Errorf("no tables visible: permission missing\nhint: %s", grantStatements["TABLES"])
	}
	return l, nil
}

// fetchAccountTables reads ACCOUNT_USAGE.TABLES into l. That view covers every schema, so an
// asset that is not in it is no longer listed. It does nothing in mode "information_schema".
func (s *source) fetchAccountTables(v *session, l *listing) error {
	if s.Mode == "information_schema" {
		return nil
	}
	v.mode = "account_usage"
	clause, args := databaseFilter("table_catalog", s.Databases)
	err := v.queryRows(tablesStatement("", kindExpr, clause), args, l.scanRow)
	if isInvalidColumn(err) {
		*l = *newListing(s, time.Time{})
		err = v.queryRows(tablesStatement("", plainKindExpr, clause), args, l.scanRow)
	}
	l.checked = horizon(l.newestChange, v.now, 3*time.Hour)
	l.complete = true
	return err
}

// fetchDatabaseTables reads INFORMATION_SCHEMA.TABLES of each configured database. The listing
// is not complete, because it has only what the role may see. A database that cannot be read
// becomes a note; it errs if all fail or one is a glob.
func (s *source) fetchDatabaseTables(v *session) (*listing, error) {
	v.mode = "information_schema"
	l := newListing(s, v.now)
	var failed []error
	for _, db := range s.Databases {
		if strings.ContainsAny(db, "*?[{") {
			return nil, fmt.Errorf(
				"databases: glob %q does not work with INFORMATION_SCHEMA\n"+
					"hint: list each database, or grant access to ACCOUNT_USAGE: %s",
				db,
				grantStatements["TABLES"],
			)
		}
		err := v.queryRows(tablesStatement(strings.ToUpper(db), kindExpr, ""), nil, l.scanRow)
		if isInvalidColumn(err) {
			err = v.queryRows(tablesStatement(strings.ToUpper(db), plainKindExpr, ""), nil, l.scanRow)
		}
		if err != nil {
			explained := sources.FormatError(s.explainError("TABLES of "+db, err))
			v.addNote("could not read %s", explained)
			v.answer.Unlisted = append(v.answer.Unlisted, newUnlistedDatabase(db, explained))
			failed = append(failed, err)
		}
	}
	if len(failed) == len(s.Databases) {
		return nil, errors.Join(failed[0])
	}
	return l, nil
}

// newUnlistedDatabase returns that a database of site.toml could not be listed, and why.
func newUnlistedDatabase(database, why string) sources.UnlistedScope {
	name := dialect.FormatNames(strings.ToUpper(database))
	return sources.UnlistedScope{Name: sources.NewScopeName(sources.DatabaseScope, name), Says: why}
}

// covers reports whether site.toml lets the source list a schema: its database is named, if any is, and it
// is not excluded.
func (s *source) covers(scope sources.ScopeName) bool {
	names := dialect.ParseRelation(scope.Place())
	if scope.Kind() != sources.SchemaScope || len(names) != 2 || s.isExcluded(names[0], names[1]) {
		return false
	}
	return len(s.Databases) == 0 || slices.ContainsFunc(s.Databases, func(glob string) bool {
		ok, _ := doublestar.Match(strings.ToLower(glob), strings.ToLower(names[0]))
		return ok
	})
}

// horizon returns the moment until which a view that lags is taken as complete, to the second:
// the newest time in it, but at least now minus lag and at most now. A time that cannot be true, more
// than sources.Skew after now, says nothing of that.
func horizon(newest, now time.Time, lag time.Duration) time.Time {
	sure := now.Add(-lag)
	switch {
	case newest.After(now.Add(sources.Skew)):
	case newest.After(now):
		sure = now
	case newest.After(sure):
		sure = newest
	}
	return sure.Truncate(time.Second)
}

// isExcluded reports whether site.toml excludes a schema.
func (s *source) isExcluded(database, schema string) bool {
	return slices.ContainsFunc(s.Exclude, func(glob string) bool {
		ok, _ := doublestar.Match(strings.ToLower(glob), strings.ToLower(database+"."+schema))
		return ok
	})
}
