package snowflake

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/freshet-status/freshet/sources"
)

// statusColumns lists the columns of the write-back table with their types and comments. The
// first is the time of the run; the others are keys of the JSON of a sources.Line.
var statusColumns = []struct{ name, kind, comment string }{
	{"as_of", "TIMESTAMP_TZ", "Time of the run that wrote the row, in UTC"},
	{"id", "VARCHAR", "Id of the asset as kind:place, such as table:RAW.ERP.GL; does not depend on titles"},
	{"kind", "VARCHAR", "table, view, model, source, tile, dashboard, ..."},
	{"name", "VARCHAR", "Current name or title"},
	{"status", "VARCHAR", "fresh, aging, unverified, stale, broken or unknown: the worst of the asset and its upstream"},
	{"updated", "TIMESTAMP_TZ", "Time of the last update of its own data, by the clock; NULL if unknown"},
	{"data_as_of", "TIMESTAMP_TZ", "Time of the data it shows: that of its worst root cause, or its own; NULL if unknown"},
	{"clock", "VARCHAR", "Clock that updated comes from: loaded, dml, refreshed, altered or built"},
	{"owner", "VARCHAR", "Person or team in charge"},
	{"cause", "VARCHAR", "Id of the worst root cause; NULL if none"},
	{"says", "VARCHAR", "Description of that root cause"},
}

// maxDocumentBytes limits the JSON of one statement, because a text of Snowflake holds at most
// 16 MiB.
const maxDocumentBytes = 12 << 20

// WriteBack writes lines, as of the moment at, to a table named DATABASE.SCHEMA.TABLE, and
// creates the table if it does not exist. All rows are written in one transaction. Rows of the
// same moment are not written twice. With merge, the rows of earlier runs are deleted.
func (s *source) WriteBack(ctx context.Context, table string, merge bool, at time.Time, lines []sources.StatusLine) error {
	names, err := parseStatusTable(table)
	if err != nil {
		return err
	}
	v, err := s.openSession(ctx)
	if err != nil {
		return err
	}
	defer v.closeWithTimeout()
	name := quoteName(names[0]) + "." + quoteName(names[1]) + "." + quoteName(names[2])
	if _, err := v.db.ExecContext(ctx, createStatement(name)); err != nil {
		return s.explainError("write back", err)
	}
	parts, err := encodeLines(lines)
	if err != nil {
		return err
	}
	return s.writeDocuments(v, name, merge, at, parts)
}

// ConnectTable looks for the schema of table, which no run creates. A schema that the role may not use is not there
// for it. The right to create the table and to write to it is not tested, because that needs a write.
func (s *source) ConnectTable(ctx context.Context, table string) (works string, err error) {
	names, err := parseStatusTable(table)
	if err != nil {
		return "", err
	}
	v, err := s.openSession(ctx)
	if err != nil {
		return "", err
	}
	defer v.closeWithTimeout()
	schema := dialect.FormatNames(names[0], names[1])
	found := false
	statement := "SELECT 1 FROM " + quoteName(names[0]) + ".INFORMATION_SCHEMA.SCHEMATA WHERE schema_name = ?"
	err = v.queryRows(statement, []any{names[1]}, func(*sql.Rows) error {
		found = true
		return nil
	})
	if err != nil {
		return "", s.explainError("write back", fmt.Errorf("%w\nhint: %s", err, grantWriting(names[0], schema)))
	}
	if !found {
		return "", fmt.Errorf("write back: no schema %s that the role may use\nhint: %s", schema, grantWriting(names[0], schema))
	}
	return fmt.Sprintf("schema %s of the write-back table: found", schema), nil
}

// parseStatusTable returns the database, schema and name of the write-back table.
func parseStatusTable(table string) ([]string, error) {
	names := dialect.ParseRelation(table)
	if len(names) != 3 {
		return nil, fmt.Errorf("write back: table must be DATABASE.SCHEMA.TABLE (got %q)", table)
	}
	return names, nil
}

// grantWriting returns the statements that grant a role what a write-back needs.
func grantWriting(database, schema string) string {
	return fmt.Sprintf(
		"GRANT USAGE ON DATABASE %s TO ROLE <role>; GRANT USAGE, CREATE TABLE ON SCHEMA %s TO ROLE <role>",
		dialect.FormatNames(database),
		schema,
	)
}

// writeDocuments inserts the rows of each JSON document in one transaction. With merge it then
// deletes the rows of earlier runs.
func (s *source) writeDocuments(v *session, name string, merge bool, at time.Time, parts []string) error {
	tx, err := v.db.BeginTx(v.ctx, nil)
	if err != nil {
		return s.explainError("write back", err)
	}
	stamp := at.UTC().Format("2006-01-02T15:04:05+00:00")
	for _, part := range parts {
		if _, err := tx.ExecContext(v.ctx, appendStatement(name), stamp, part); err != nil {
			return errors.Join(s.explainError("write back", err), tx.Rollback())
		}
	}
	if merge {
		if _, err := tx.ExecContext(v.ctx, mergeStatement(name)); err != nil {
			return errors.Join(s.explainError("write back", err), tx.Rollback())
		}
	}
	if err := tx.Commit(); err != nil {
		return s.explainError("write back", err)
	}
	return nil
}

// encodeLines returns lines as JSON arrays of about maxDocumentBytes at most: usually one, none
// if there are no lines.
func encodeLines(lines []sources.StatusLine) (parts []string, err error) {
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
		if b.Len()+len(data) > maxDocumentBytes {
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

// createStatement returns the statement that creates the write-back table if it does not exist.
// name is quoted.
func createStatement(name string) string {
	var columns []string
	for _, c := range statusColumns {
		columns = append(columns, fmt.Sprintf("%s %s COMMENT '%s'", c.name, c.kind, strings.ReplaceAll(c.comment, "'", "''")))
	}
	return fmt.Sprintf(
		"CREATE TABLE IF NOT EXISTS %s (%s) COMMENT = 'Data freshness, written by freshet'",
		name,
		strings.Join(columns, ", "),
	)
}

// unpackQuery returns the query for the rows of a JSON document. Its binds are the time of the
// run and the document.
func unpackQuery() string {
	columns := []string{"CAST(? AS TIMESTAMP_TZ) AS as_of"}
	for _, c := range statusColumns[1:] {
		columns = append(columns, fmt.Sprintf("CAST(f.value:%s AS %s) AS %s", c.name, c.kind, c.name))
	}
	return "SELECT " + strings.Join(columns, ", ") + " FROM TABLE(FLATTEN(input => PARSE_JSON(?))) f"
}

// columnList returns the names of statusColumns from an index on, each after prefix, separated
// by commas.
func columnList(prefix string, from int) string {
	var names []string
	for _, c := range statusColumns[from:] {
		names = append(names, prefix+c.name)
	}
	return strings.Join(names, ", ")
}

// appendStatement returns the statement that inserts the rows of a run that are not in the
// table yet. Its binds are those of unpackQuery.
func appendStatement(name string) string {
	return fmt.Sprintf(
		"INSERT INTO %s (%s) SELECT %s FROM (%s) s WHERE NOT EXISTS (SELECT 1 FROM %s t WHERE t.as_of = "+
			"s.as_of AND t.id = s.id)",
		name,
		columnList("", 0),
		columnList("s.", 0),
		unpackQuery(),
		name,
	)
}

// mergeStatement returns the statement that deletes the rows of all earlier runs, also of
// assets that are no longer listed, so that one row per asset is left.
func mergeStatement(name string) string {
	return fmt.Sprintf("DELETE FROM %s WHERE as_of < (SELECT MAX(as_of) FROM %s)", name, name)
}
