package snowflake

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/freshet-status/freshet/sources"
)

// moves reads, by day and table, when rows changed last: what dmlStatement reads
// of the present.
func movesStatement(days int, where string) string {
	return fmt.Sprintf(`SELECT database_name, schema_name, table_name, MAX(start_time) AS moved
  FROM SNOWFLAKE.ACCOUNT_USAGE.TABLE_DML_HISTORY
 WHERE start_time > DATEADD(day, -%d, CURRENT_TIMESTAMP()) AND rows_added + rows_updated + rows_removed > 0%s
 GROUP BY database_name, schema_name, table_name, DATE_TRUNC('day', start_time)`, days, where)
}

// refreshesStatement reads, by day and dynamic table, its data time after the
// last refresh that went well, and when that ended.
func refreshesStatement(days int, where string) string {
	return fmt.Sprintf(`SELECT database_name, schema_name, name, MAX(data_timestamp) AS data_time, MAX(refresh_end_time) AS known
  FROM SNOWFLAKE.ACCOUNT_USAGE.DYNAMIC_TABLE_REFRESH_HISTORY
 WHERE refresh_start_time > DATEADD(day, -%d, CURRENT_TIMESTAMP()) AND state = 'SUCCEEDED'%s
 GROUP BY database_name, schema_name, name, DATE_TRUNC('day', refresh_end_time)`, days, where)
}

// mostDays is how far back the views remember.
const mostDays = 365

// A past is what the views remember of the tables that are there.
type past struct {
	*listing
	moved     map[sources.ID][]int64    // when rows changed last on each day on which they did, oldest first
	refreshed map[sources.ID][][2]int64 // the data time and the look at each day's last refresh
}

// Keeps reports whether a past is the account's own.
func (s *source) Keeps(from sources.Memory) bool { return !from.Artifacts() }

// Recall tells of each day of the last ones when rows changed, and what was
// refreshed, by one statement a view. Both views are of the whole account.
func (s *source) Recall(ctx context.Context, from sources.Memory, tell func(sources.Scrape) error) error {
	if !s.Keeps(from) {
		return fmt.Errorf("%s is no source of artifacts\nhint: --source names the one whose they are", s.setting.Name)
	}
	v, err := s.open(ctx)
	if err != nil {
		return err
	}
	defer v.close()
	if _, _, err := v.greet(s.setting.Clock); err != nil {
		return s.explain("sign in", err)
	}
	l, err := s.list(v)
	if err != nil {
		return err
	}
	p := &past{listing: l, moved: make(map[sources.ID][]int64), refreshed: make(map[sources.ID][][2]int64)}
	days := min(max(int(v.now.Sub(from.Since).Hours()/24)+1, 1), mostDays)
	var errs []error
	if wants(s.DML) {
		errs = append(errs, p.readMoves(v, days))
	}
	if l.dynamic {
		errs = append(errs, p.readRefreshes(v, days))
	}
	if len(p.moved)+len(p.refreshed) == 0 {
		return errors.Join(errs...)
	}
	return errors.Join(append(errs, p.days(v.now, days, tell))...)
}

func (p *past) readMoves(v *session, days int) error {
	clause, args := where("database_name", p.Databases)
	newest := time.Time{}
	err := v.rows(movesStatement(days, clause), args, func(rows *sql.Rows) error {
		var db, schema, name string
		var at sql.NullTime
		if err := rows.Scan(&db, &schema, &name, &at); err != nil {
			return err
		}
		if t := p.find(db, schema, name); t != nil && at.Valid {
			p.moved[t.id] = append(p.moved[t.id], at.Time.Unix())
			newest = later(at.Time, newest)
		}
		return nil
	})
	p.changed = horizon(newest.UTC(), v.now, 6*time.Hour)
	for _, moved := range p.moved {
		slices.Sort(moved)
	}
	return p.explain("TABLE_DML_HISTORY", err)
}

func (p *past) readRefreshes(v *session, days int) error {
	clause, args := where("database_name", p.Databases)
	err := v.rows(refreshesStatement(days, clause), args, func(rows *sql.Rows) error {
		var db, schema, name string
		var at, known sql.NullTime
		if err := rows.Scan(&db, &schema, &name, &at, &known); err != nil {
			return err
		}
		if t := p.find(db, schema, name); t != nil && at.Valid && known.Valid {
			p.refreshed[t.id] = append(p.refreshed[t.id], [2]int64{at.Time.Unix(), known.Time.Unix()})
		}
		return nil
	})
	return p.explain("DYNAMIC_TABLE_REFRESH_HISTORY", err)
}

// days tells of one day after the other, the last of them until the views knew
// nothing newer.
func (p *past) days(now time.Time, days int, tell func(sources.Scrape) error) error {
	first := now.Truncate(24*time.Hour).AddDate(0, 0, 1-days)
	for begin := first; begin.Before(now); begin = begin.AddDate(0, 0, 1) {
		end := begin.AddDate(0, 0, 1).Add(-time.Second)
		if end.After(p.changed) && !p.changed.IsZero() {
			end = p.changed
		}
		if end.Before(begin) {
			break
		}
		last := !p.changed.IsZero() && !end.Before(p.changed) || end.After(now)
		since := begin.Unix() // what was made before the first day was there on it
		if begin.Equal(first) {
			since = 0
		}
		if s := p.day(since, begin.Unix(), end, last); len(s.Observations) > 0 {
			if err := tell(s); err != nil {
				return err
			}
		}
		if last {
			break
		}
	}
	return nil
}

// day is what was known at the end of a day, and what had been made since a
// moment.
func (p *past) day(since, begin int64, end time.Time, last bool) sources.Scrape {
	var answer sources.Answer
	for _, t := range p.tables {
		var readings []sources.Reading
		if at, tells := known(p.moved[t.id], begin, end.Unix(), last); tells && t.kind == "table" {
			readings = append(readings, sources.Reading{Clock: sources.DML, At: moment(at), Look: end})
		}
		if r, tells := within(p.refreshed[t.id], begin, end.Unix()); tells {
			readings = append(readings, sources.Reading{Clock: sources.Refreshed, At: moment(r[0]), Look: moment(r[1])})
		}
		if readings != nil || t.made != 0 && t.made >= since && t.made <= end.Unix() {
			answer.Observations = append(answer.Observations, sources.Observation{Asset: p.observation(t).Asset, Readings: readings})
		}
	}
	return sources.Recalled(p.setting.Name, "snowflake", end, answer)
}

// known is when rows changed last as of the end of a day, if that day tells: it
// is one on which they changed, the one before they changed again, or the last.
// Between two of them nothing changed.
func known(moved []int64, begin, end int64, last bool) (at int64, tells bool) {
	i, _ := slices.BinarySearch(moved, end+1)
	if i == 0 {
		return 0, false
	}
	tomorrow := i < len(moved) && moved[i] <= end+24*60*60
	return moved[i-1], last || tomorrow || moved[i-1] >= begin
}

// within is the last refresh that ended on a day.
func within(refreshed [][2]int64, begin, end int64) (last [2]int64, tells bool) {
	for _, r := range refreshed {
		if r[1] >= begin && r[1] <= end && r[1] > last[1] {
			last, tells = r, true
		}
	}
	return last, tells
}

// explain names a view that could not be read, in one line.
func (p *past) explain(view string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s is not read: %s", view, sources.OneLine(p.source.explain(view, err)))
}
