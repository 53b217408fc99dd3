package snowflake

import (
	"database/sql"
	"slices"
	"time"

	"github.com/freshet-status/freshet/sources"
)

// dml reads when rows changed. A table that the view does not tell of was looked
// at too: nothing newer was found.
func (s *source) dml(v *session, l *listing) error {
	clause, args := where("database_name", s.Databases)
	newest := time.Time{}
	err := v.rows(dmlStatement(clause), args, func(rows *sql.Rows) error {
		var db, schema, name string
		var at, known sql.NullTime
		if err := rows.Scan(&db, &schema, &name, &at, &known); err != nil {
			return err
		}
		if known.Valid && known.Time.After(newest) {
			newest = known.Time
		}
		if t := l.find(db, schema, name); t != nil && at.Valid {
			t.moved = at.Time.Unix()
		}
		return nil
	})
	if err != nil {
		return err
	}
	l.changed = horizon(newest.UTC(), v.now, 6*time.Hour)
	return nil
}

// refreshes reads the data time of dynamic tables. One whose last refresh
// failed says why.
func (s *source) refreshes(v *session, l *listing) error {
	clause, args := where("database_name", s.Databases)
	look := v.now.Add(-3 * time.Hour).Truncate(time.Second)
	return v.rows(refreshStatement(clause), args, func(rows *sql.Rows) error {
		var db, schema, name string
		var at, known, tried sql.NullTime
		var state, says sql.NullString
		if err := rows.Scan(&db, &schema, &name, &at, &known, &state, &says, &tried); err != nil {
			return err
		}
		o := l.more(db, schema, name)
		if o == nil {
			return nil
		}
		r := sources.Reading{Clock: sources.Refreshed, Look: look}
		if known.Valid {
			r.Look = horizon(known.Time.UTC(), v.now, 3*time.Hour)
		}
		if at.Valid {
			r.At = at.Time.UTC().Truncate(time.Second)
		}
		o.Readings = append(o.Readings, r)
		if state.String == "FAILED" || state.String == "UPSTREAM_FAILED" {
			o.Attempt = sources.Attempt{At: tried.Time.UTC().Truncate(time.Second), Outcome: outcomes[state.String], Says: says.String}
		}
		return nil
	})
}

var outcomes = map[string]sources.Outcome{"FAILED": sources.Failed, "UPSTREAM_FAILED": sources.Skipped}

// depends reads what views and dynamic tables read, by name.
func (s *source) depends(v *session, l *listing) error {
	clause, args := where("referencing_database", s.Databases)
	return v.rows(dependsStatement(clause), args, func(rows *sql.Rows) error {
		var db, schema, name string
		var upDB, upSchema, upName sql.NullString
		if err := rows.Scan(&db, &schema, &name, &upDB, &upSchema, &upName); err != nil {
			return err
		}
		if o := l.more(db, schema, name); o != nil && upName.Valid {
			up := dialect.Table(s.setting.Namespace, upDB.String, upSchema.String, upName.String)
			if i, there := slices.BinarySearch(o.Upstream, up); !there && up != o.ID {
				o.Upstream = slices.Insert(o.Upstream, i, up)
			}
		}
		return nil
	})
}

// queried reads when somebody read a table.
func (s *source) queried(v *session, l *listing) error {
	look := v.now.Add(-3 * time.Hour).Truncate(time.Second)
	return v.rows(queriedStatement, nil, func(rows *sql.Rows) error {
		var name sql.NullString
		var at sql.NullTime
		if err := rows.Scan(&name, &at); err != nil {
			return err
		}
		names := dialect.Parse(name.String)
		if len(names) != 3 || !at.Valid {
			return nil
		}
		if o := l.more(names[0], names[1], names[2]); o != nil {
			read := at.Time.UTC().Truncate(time.Second)
			o.Readings = append(o.Readings, sources.Reading{Clock: sources.Queried, At: read, Look: later(read, look)})
		}
		return nil
	})
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
