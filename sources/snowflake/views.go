package snowflake

import (
	"database/sql"
	"time"

	"github.com/freshet-status/freshet/sources"
)

// fetchRowChanges reads TABLE_DML_HISTORY. It sets when the rows of each table last changed,
// and dmlHorizon, which lags by up to six hours.
func (s *source) fetchRowChanges(v *session, l *listing) error {
	clause, args := databaseFilter("database_name", s.Databases)
	newest := time.Time{}
	days := s.setting.MemoryDays()
	err := v.queryRows(dmlStatement(days, clause), args, func(rows *sql.Rows) error {
		var number sql.NullInt64
		var at, known sql.NullTime
		if err := rows.Scan(&number, &at, &known); err != nil {
			return err
		}
		if known.Valid && known.Time.After(newest) {
			newest = known.Time
		}
		if i, listed := l.numbers[number.Int64]; listed && at.Valid {
			l.tables[i].rowsChanged = at.Time.Unix()
		}
		return nil
	})
	if err != nil {
		return err
	}
	l.dmlBegin = v.now.AddDate(0, 0, -days).UTC().Truncate(time.Second)
	l.dmlHorizon = horizon(newest.UTC(), v.now, 6*time.Hour)
	return nil
}

// fetchRefreshes adds the data time of each dynamic table, from DYNAMIC_TABLE_REFRESH_HISTORY.
// If the last refresh failed, it adds that attempt with its message.
func (s *source) fetchRefreshes(v *session, l *listing) error {
	clause, args := databaseFilter("database_name", s.Databases)
	checked := v.now.Add(-3 * time.Hour).Truncate(time.Second)
	return v.queryRows(refreshStatement(clause), args, func(rows *sql.Rows) error {
		var db, schema, name string
		var at, known, tried sql.NullTime
		var state, says sql.NullString
		if err := rows.Scan(&db, &schema, &name, &at, &known, &state, &says, &tried); err != nil {
			return err
		}
		o := l.detailsOf(db, schema, name)
		if o == nil {
			return nil
		}
		r := sources.Reading{Clock: sources.Refreshed, CheckedAt: checked}
		if known.Valid {
			r.CheckedAt = horizon(known.Time.UTC(), v.now, 3*time.Hour)
		}
		if at.Valid {
			r.At = at.Time.UTC().Truncate(time.Second)
		}
		o.Readings = append(o.Readings, r)
		if state.String == "FAILED" || state.String == "UPSTREAM_FAILED" {
			o.Attempt = sources.Attempt{
				At:      tried.Time.UTC().Truncate(time.Second),
				Outcome: refreshOutcomes[state.String],
				Says:    says.String,
			}
		}
		return nil
	})
}

// refreshOutcomes maps the failed states of a refresh to outcomes.
var refreshOutcomes = map[string]sources.Outcome{"FAILED": sources.Failed, "UPSTREAM_FAILED": sources.Skipped}

// fetchDependencies adds what each view and dynamic table reads, from OBJECT_DEPENDENCIES.
// Upstream ids stay sorted.
func (s *source) fetchDependencies(v *session, l *listing) error {
	clause, args := databaseFilter("referencing_database", s.Databases)
	return v.queryRows(dependenciesStatement(clause), args, func(rows *sql.Rows) error {
		var db, schema, name string
		var upDB, upSchema, upName sql.NullString
		if err := rows.Scan(&db, &schema, &name, &upDB, &upSchema, &upName); err != nil {
			return err
		}
		if t := l.findTable(db, schema, name); t != nil && upName.Valid {
			l.addUpstream(t.id, dialect.TableID(s.setting.Namespace, upDB.String, upSchema.String, upName.String))
		}
		return nil
	})
}

// fetchClones adds to each clone the table that it was cloned from, from TABLE_STORAGE_METRICS: a clone
// is no newer than that.
func (s *source) fetchClones(v *session, l *listing) error {
	clause, args := databaseFilter("table_catalog", s.Databases)
	return v.queryRows(clonesStatement(clause), args, func(rows *sql.Rows) error {
		var number, origin sql.NullInt64
		if err := rows.Scan(&number, &origin); err != nil {
			return err
		}
		clone, isListed := l.numbers[number.Int64]
		original, isOriginListed := l.numbers[origin.Int64]
		if isListed && isOriginListed {
			l.addUpstream(l.tables[clone].id, l.tables[original].id)
		}
		return nil
	})
}

// fetchLastReads adds when each table was last queried, from ACCESS_HISTORY.
func (s *source) fetchLastReads(v *session, l *listing) error {
	checked := v.now.Add(-3 * time.Hour).Truncate(time.Second)
	return v.queryRows(lastReadsStatement, nil, func(rows *sql.Rows) error {
		var name sql.NullString
		var at sql.NullTime
		if err := rows.Scan(&name, &at); err != nil {
			return err
		}
		names := dialect.ParseRelation(name.String)
		if len(names) != 3 || !at.Valid {
			return nil
		}
		if o := l.detailsOf(names[0], names[1], names[2]); o != nil {
			read := at.Time.UTC().Truncate(time.Second)
			o.Readings = append(
				o.Readings,
				sources.Reading{Clock: sources.Queried, At: read, CheckedAt: laterTime(read, checked)},
			)
		}
		return nil
	})
}

// laterTime returns the later of two times.
func laterTime(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
