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

// dailyChangesStatement returns the statement that reads, per day and table, when rows last
// changed in the last days. It is dmlStatement for the past.
func dailyChangesStatement(days int, where string) string {
	return fmt.Sprintf(`SELECT table_id, MAX(start_time) AS moved
  FROM SNOWFLAKE.ACCOUNT_USAGE.TABLE_DML_HISTORY
 WHERE start_time > DATEADD(day, -%d, CURRENT_TIMESTAMP()) AND rows_added + rows_updated > 0%s
 GROUP BY table_id, DATE_TRUNC('day', start_time)`, days, where)
}

// dailyRefreshesStatement returns the statement that reads, per day and dynamic table, its data
// time after the last successful refresh, and when that refresh ended.
func dailyRefreshesStatement(days int, where string) string {
	return fmt.Sprintf(
		`SELECT database_name, schema_name, name, MAX(data_timestamp) AS data_time, MAX(refresh_end_time) AS known
  FROM SNOWFLAKE.ACCOUNT_USAGE.DYNAMIC_TABLE_REFRESH_HISTORY
 WHERE refresh_start_time > DATEADD(day, -%d, CURRENT_TIMESTAMP()) AND state = 'SUCCEEDED'%s
 GROUP BY database_name, schema_name, name, DATE_TRUNC('day', refresh_end_time)`,
		days,
		where,
	)
}

// maxDays is the number of days that the ACCOUNT_USAGE views keep.
const maxDays = 365

// A recalledDays holds what the views remember, day by day, of the tables that are listed now.
// Times are in Unix seconds.
type recalledDays struct {
	*listing
	changes   map[sources.ID][]int64    // when rows last changed, one time per day with changes, oldest first
	refreshes map[sources.ID][][2]int64 // data time and end of the last refresh of each day
}

// CanRecall reports whether from asks for what the account itself remembers, rather than for
// artifacts.
func (s *source) CanRecall(from sources.Archive) bool { return !from.HasArtifacts() }

// Recall calls emit with one scrape for each day since from.Since, at most maxDays, with the
// row changes and refreshes that TABLE_DML_HISTORY and DYNAMIC_TABLE_REFRESH_HISTORY still
// have. It runs one statement per view. A view that cannot be read is part of the error, and
// the other is still recalled.
func (s *source) Recall(ctx context.Context, from sources.Archive, emit func(sources.Scrape) error) error {
	if !s.CanRecall(from) {
		return fmt.Errorf("%s: not a source of dbt artifacts\nhint: choose one with --source", s.setting.Name)
	}
	v, err := s.openSession(ctx)
	if err != nil {
		return err
	}
	defer v.closeWithTimeout()
	if _, _, err := v.fetchIdentity(s.setting.Now); err != nil {
		return s.explainError("sign in", err)
	}
	l, err := s.fetchListing(v)
	if err != nil {
		return err
	}
	p := &recalledDays{listing: l, changes: make(map[sources.ID][]int64), refreshes: make(map[sources.ID][][2]int64)}
	days := min(max(int(v.now.Sub(from.Since).Hours()/24)+1, 1), maxDays)
	var errs []error
	if isEnabled(s.DML) {
		errs = append(errs, p.fetchDailyChanges(v, days))
	}
	if l.hasDynamic {
		errs = append(errs, p.fetchDailyRefreshes(v, days))
	}
	if len(p.changes)+len(p.refreshes) == 0 {
		return errors.Join(errs...)
	}
	return errors.Join(append(errs, p.recallDays(v.now, days, emit))...)
}

// fetchDailyChanges reads when the rows of each table last changed on each day, and sets
// dmlHorizon.
func (p *recalledDays) fetchDailyChanges(v *session, days int) error {
	clause, args := databaseFilter("database_name", p.Databases)
	newest := time.Time{}
	err := v.queryRows(dailyChangesStatement(days, clause), args, func(rows *sql.Rows) error {
		var number sql.NullInt64
		var at sql.NullTime
		if err := rows.Scan(&number, &at); err != nil {
			return err
		}
		if i, listed := p.numbers[number.Int64]; listed && at.Valid {
			id := p.tables[i].id
			p.changes[id] = append(p.changes[id], at.Time.Unix())
			newest = laterTime(at.Time, newest)
		}
		return nil
	})
	p.dmlHorizon = horizon(newest.UTC(), v.now, 6*time.Hour)
	for _, times := range p.changes {
		slices.Sort(times)
	}
	return p.skippedError("TABLE_DML_HISTORY", err)
}

// fetchDailyRefreshes reads the last successful refresh of each dynamic table on each day.
func (p *recalledDays) fetchDailyRefreshes(v *session, days int) error {
	clause, args := databaseFilter("database_name", p.Databases)
	err := v.queryRows(dailyRefreshesStatement(days, clause), args, func(rows *sql.Rows) error {
		var db, schema, name string
		var at, known sql.NullTime
		if err := rows.Scan(&db, &schema, &name, &at, &known); err != nil {
			return err
		}
		if t := p.findTable(db, schema, name); t != nil && at.Valid && known.Valid {
			p.refreshes[t.id] = append(p.refreshes[t.id], [2]int64{at.Time.Unix(), known.Time.Unix()})
		}
		return nil
	})
	return p.skippedError("DYNAMIC_TABLE_REFRESH_HISTORY", err)
}

// recallDays calls emit with the scrape of each of the last days, oldest first, and skips days
// without facts. A day ends one second before midnight UTC; the last ends at dmlHorizon if that
// is known.
func (p *recalledDays) recallDays(now time.Time, days int, emit func(sources.Scrape) error) error {
	first := now.Truncate(24*time.Hour).AddDate(0, 0, 1-days)
	for begin := first; begin.Before(now); begin = begin.AddDate(0, 0, 1) {
		end := begin.AddDate(0, 0, 1).Add(-time.Second)
		if end.After(p.dmlHorizon) && !p.dmlHorizon.IsZero() {
			end = p.dmlHorizon
		}
		if end.Before(begin) {
			break
		}
		last := !p.dmlHorizon.IsZero() && !end.Before(p.dmlHorizon) || end.After(now)
		since := begin.Unix() // tables that were created before the first day are part of it
		if begin.Equal(first) {
			since = 0
		}
		if s := p.buildScrape(since, begin.Unix(), end, last); len(s.Observations) > 0 {
			if err := emit(s); err != nil {
				return err
			}
		}
		if last {
			break
		}
	}
	return nil
}

// buildScrape returns the scrape of the day from begin to end: its row changes and refreshes,
// and the tables that were created between since and end. last marks the last day.
func (p *recalledDays) buildScrape(since, begin int64, end time.Time, last bool) sources.Scrape {
	var answer sources.Answer
	for _, t := range p.tables {
		var readings []sources.Reading
		if at, ok := lastChange(p.changes[t.id], begin, end.Unix(), last); ok && t.kind == "table" {
			readings = append(readings, sources.Reading{Clock: sources.DML, At: fromUnix(at), CheckedAt: end})
		}
		if r, ok := lastRefresh(p.refreshes[t.id], begin, end.Unix()); ok {
			readings = append(
				readings,
				sources.Reading{Clock: sources.Refreshed, At: fromUnix(r[0]), CheckedAt: fromUnix(r[1])},
			)
		}
		if readings != nil || t.created != 0 && t.created >= since && t.created <= end.Unix() {
			answer.Observations = append(
				answer.Observations,
				sources.Observation{Asset: p.buildObservation(t).Asset, Readings: readings},
			)
		}
	}
	return sources.NewImportedScrape(p.setting.Name, "snowflake", end, answer)
}

// lastChange returns the newest of the sorted times up to end. ok reports whether this day has
// to record it: rows changed on this day, they change again on the next one, or it is the last
// day. On the days between two changes nothing needs to be recorded.
func lastChange(times []int64, begin, end int64, last bool) (at int64, ok bool) {
	i, _ := slices.BinarySearch(times, end+1)
	if i == 0 {
		return 0, false
	}
	tomorrow := i < len(times) && times[i] <= end+24*60*60
	return times[i-1], last || tomorrow || times[i-1] >= begin
}

// lastRefresh returns the last refresh that ended between begin and end: its data time and its
// end. ok is false if there is none.
func lastRefresh(refreshed [][2]int64, begin, end int64) (last [2]int64, ok bool) {
	for _, r := range refreshed {
		if r[1] >= begin && r[1] <= end && r[1] > last[1] {
			last = r
			ok = true
		}
	}
	return last, ok
}

// skippedError returns an error of one line that names a view that was not read, or nil if err
// is nil.
func (p *recalledDays) skippedError(view string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("could not read %s", sources.FormatError(p.source.explainError(view, err)))
}
