package snowflake

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/freshet-status/freshet/sources"
)

// kept are the columns of the table in which statuses are kept, with their type
// and what they mean. The first two are of the row, the rest of the JSON.
var kept = []struct{ name, kind, comment string }{
	{"as_of", "TIMESTAMP_TZ", "The moment of the run that wrote the row, in UTC"},
	{"id", "VARCHAR", "The asset: kind:place, such as table:RAW.ERP.GL; it survives renames"},
	{"kind", "VARCHAR", "table, view, model, source, tile, dashboard, ..."},
	{"name", "VARCHAR", "What people call it today"},
	{"status", "VARCHAR", "fresh, aging, stale, broken or unknown: the worst of the asset and of what it reads"},
	{"updated", "TIMESTAMP_TZ", "When its own data moved last, by the clock; NULL is not known"},
	{"data_as_of", "TIMESTAMP_TZ", "How old what it shows is: the moment of its worst cause, or of its data"},
	{"clock", "VARCHAR", "What told when data moved: loaded, dml, refreshed, altered, built"},
	{"owner", "VARCHAR", "Whom to ask"},
	{"cause", "VARCHAR", "What must be repaired first; NULL is nothing"},
	{"says", "VARCHAR", "The sentence that names what to repair"},
}

// mostBytes is how much JSON one statement takes: a text of Snowflake holds 16
// MiB.
const mostBytes = 12 << 20

// WriteBack keeps lines in a table, which it makes if it is not there. All are
// one JSON document, which one statement unpacks.
func (s *source) WriteBack(ctx context.Context, table string, merge bool, at time.Time, lines []sources.Line) error {
	names := dialect.Parse(table)
	if len(names) != 3 {
		return fmt.Errorf("write back: %q must be DATABASE.SCHEMA.TABLE", table)
	}
	v, err := s.open(ctx)
	if err != nil {
		return err
	}
	defer v.close()
	name := quote(names[0]) + "." + quote(names[1]) + "." + quote(names[2])
	if _, err := v.db.ExecContext(ctx, createStatement(name)); err != nil {
		return s.explain("write back", err)
	}
	parts, err := documents(lines)
	if err != nil {
		return err
	}
	return s.write(v, name, merge, at, parts)
}

// write runs one transaction: a statement a document, of which there is one, and
// with merge another that takes out the rows of earlier runs.
func (s *source) write(v *session, name string, merge bool, at time.Time, parts []string) error {
	tx, err := v.db.BeginTx(v.ctx, nil)
	if err != nil {
		return s.explain("write back", err)
	}
	stamp := at.UTC().Format("2006-01-02T15:04:05+00:00")
	for _, part := range parts {
		if _, err := tx.ExecContext(v.ctx, appendStatement(name), stamp, part); err != nil {
			return errors.Join(s.explain("write back", err), tx.Rollback())
		}
	}
	if merge {
		if _, err := tx.ExecContext(v.ctx, mergeStatement(name)); err != nil {
			return errors.Join(s.explain("write back", err), tx.Rollback())
		}
	}
	if err := tx.Commit(); err != nil {
		return s.explain("write back", err)
	}
	return nil
}

// documents are the lines as JSON, in as few texts as fit.
func documents(lines []sources.Line) (parts []string, err error) {
	var b strings.Builder
	flush := func() {
		if b.Len() > 0 {
			parts = append(parts, "["+b.String()+"]")
		}
		b.Reset()
	}
	for _, l := range lines {
		data, err := json.Marshal(l)
		if err != nil {
			return nil, err
		}
		if b.Len()+len(data) > mostBytes {
			flush()
		}
		if b.Len() > 0 {
			b.WriteByte(',')
		}
		b.Write(data)
	}
	flush()
	return parts, nil
}

func createStatement(name string) string {
	var columns []string
	for _, c := range kept {
		columns = append(columns, fmt.Sprintf("%s %s COMMENT '%s'", c.name, c.kind, strings.ReplaceAll(c.comment, "'", "''")))
	}
	return fmt.Sprintf("CREATE TABLE IF NOT EXISTS %s (%s) COMMENT = 'How fresh data is, written by freshet'", name, strings.Join(columns, ", "))
}

// unpacked selects the rows of a document, which is the second bind; the first
// is the moment.
func unpacked() string {
	columns := []string{"CAST(? AS TIMESTAMP_TZ) AS as_of"}
	for _, c := range kept[1:] {
		columns = append(columns, fmt.Sprintf("CAST(f.value:%s AS %s) AS %s", c.name, c.kind, c.name))
	}
	return "SELECT " + strings.Join(columns, ", ") + " FROM TABLE(FLATTEN(input => PARSE_JSON(?))) f"
}

func columnList(prefix string, from int) string {
	var names []string
	for _, c := range kept[from:] {
		names = append(names, prefix+c.name)
	}
	return strings.Join(names, ", ")
}

// appendStatement adds the rows of a run that are not there.
func appendStatement(name string) string {
	return fmt.Sprintf("INSERT INTO %s (%s) SELECT %s FROM (%s) s WHERE NOT EXISTS (SELECT 1 FROM %s t WHERE t.as_of = s.as_of AND t.id = s.id)",
		name, columnList("", 0), columnList("s.", 0), unpacked(), name)
}

// mergeStatement takes out what earlier runs wrote, so that one row an asset is
// left, and none of an asset that went.
func mergeStatement(name string) string {
	return fmt.Sprintf("DELETE FROM %s WHERE as_of < (SELECT MAX(as_of) FROM %s)", name, name)
}
