package snowflake

import (
	"fmt"
	"strings"
)

// The SQL statements. Each reads one view, and its columns are scanned by
// position. ACCOUNT_USAGE covers the whole account and lags by some hours;
// INFORMATION_SCHEMA covers one database and is current.

// SQL expressions for the kind of a table. Not every account has the columns
// that kindExpr reads; plainKindExpr works in all of them.
const (
	kindExpr = `CASE WHEN is_dynamic = 'YES' THEN 'DYNAMIC TABLE' WHEN is_iceberg = 'YES' THEN 'ICEBERG TABLE'
            WHEN is_hybrid = 'YES' THEN 'HYBRID TABLE' ELSE table_type END`
	plainKindExpr = `table_type`
)

// tablesTemplate selects the rows of TABLES. Its verbs are the expressions for the kind and
// for the id, the view, and more conditions. The columns are few, because a row is in memory twice while a
// result is read: here and in the driver.
const tablesTemplate = `SELECT table_catalog, table_schema, table_name,
       %s || CASE WHEN is_transient = 'YES' THEN ' TRANSIENT' ELSE '' END AS kind,
       COALESCE(TO_VARCHAR(row_count), '') || '/' || COALESCE(TO_VARCHAR(bytes), '') AS size,
       created, last_altered, last_ddl, comment, %s AS id
  FROM %s
 WHERE table_schema <> 'INFORMATION_SCHEMA'%s`

// tablesStatement returns the statement that reads ACCOUNT_USAGE.TABLES, or
// INFORMATION_SCHEMA.TABLES of database if that is not empty. kind is an expression for the
// kind of a table; where adds conditions to the former only.
func tablesStatement(database, kind, where string) string {
	if database == "" {
		return fmt.Sprintf(tablesTemplate, kind, "table_id", "SNOWFLAKE.ACCOUNT_USAGE.TABLES", " AND deleted IS NULL"+where)
	}
	return fmt.Sprintf(tablesTemplate, kind, "NULL::number", quoteName(database)+".INFORMATION_SCHEMA.TABLES", "")
}

// dmlStatement returns the statement that reads, per id of a table, when rows were last added or
// updated and the end of the newest hour that the view has, from the last days. A row of
// TABLE_DML_HISTORY covers an hour. The change is dated to the start of that hour, so that an hour
// that began before midnight does not count as today. Rows that were only removed are no new data. An
// id stays with its table when names are swapped.
func dmlStatement(days int, where string) string {
	return fmt.Sprintf(`SELECT table_id,
       MAX(CASE WHEN rows_added + rows_updated > 0 THEN start_time END) AS moved,
       MAX(end_time) AS known
  FROM SNOWFLAKE.ACCOUNT_USAGE.TABLE_DML_HISTORY
 WHERE start_time > DATEADD(day, -%d, CURRENT_TIMESTAMP())%s
 GROUP BY 1`, days, where)
}

// clonesStatement returns the statement that reads, per id of a clone, the id of the table that it was
// cloned from first.
func clonesStatement(where string) string {
	return `SELECT id, clone_group_id
  FROM SNOWFLAKE.ACCOUNT_USAGE.TABLE_STORAGE_METRICS
 WHERE id <> clone_group_id AND deleted = FALSE` + where
}

// refreshStatement returns the statement that reads, per dynamic table, its data time after the
// last successful refresh, and the time, state and message of the last refresh, from the last
// 100 days.
func refreshStatement(where string) string {
	return `SELECT database_name, schema_name, name,
       MAX(CASE WHEN state = 'SUCCEEDED' THEN data_timestamp END) AS data_time,
       MAX(COALESCE(refresh_end_time, refresh_start_time)) AS known,
       MAX_BY(state, refresh_start_time) AS state,
       MAX_BY(state_message, refresh_start_time) AS says,
       MAX(refresh_start_time) AS tried
  FROM SNOWFLAKE.ACCOUNT_USAGE.DYNAMIC_TABLE_REFRESH_HISTORY
 WHERE refresh_start_time > DATEADD(day, -100, CURRENT_TIMESTAMP())` + where + `
 GROUP BY 1, 2, 3`
}

// dependenciesStatement returns the statement that reads which tables and views each view,
// dynamic table or table refers to.
func dependenciesStatement(where string) string {
	return `SELECT DISTINCT referencing_database, referencing_schema, referencing_object_name,
       referenced_database, referenced_schema, referenced_object_name
  FROM SNOWFLAKE.ACCOUNT_USAGE.OBJECT_DEPENDENCIES
 WHERE referencing_object_domain IN ('VIEW', 'MATERIALIZED VIEW', 'DYNAMIC TABLE', 'TABLE')
   AND referenced_object_domain IN ('VIEW', 'MATERIALIZED VIEW', 'DYNAMIC TABLE', 'TABLE', 'EXTERNAL TABLE', 'ICEBERG TABLE')` + where
}

// lastReadsStatement reads when each table was last queried in the last 90 days.
const lastReadsStatement = `SELECT o.value:objectName::varchar AS name, MAX(query_start_time) AS at
  FROM SNOWFLAKE.ACCOUNT_USAGE.ACCESS_HISTORY, LATERAL FLATTEN(base_objects_accessed) o
 WHERE query_start_time > DATEADD(day, -90, CURRENT_TIMESTAMP()) AND o.value:objectDomain::varchar = 'Table'
 GROUP BY 1`

// quoteName returns a stored name as a quoted SQL identifier.
func quoteName(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// databaseFilter returns a condition that limits column to the databases that match globs, and
// its arguments. The condition begins with " AND"; it is empty if there are no globs.
func databaseFilter(column string, globs []string) (clause string, args []any) {
	var likes []string
	for _, g := range globs {
		likes = append(likes, column+" ILIKE ? ESCAPE '^'")
		args = append(args, likePattern(g))
	}
	if likes == nil {
		return "", nil
	}
	return " AND (" + strings.Join(likes, " OR ") + ")", args
}

// likePattern returns a glob as a LIKE pattern with the escape character ^. It translates * and
// ? only.
func likePattern(glob string) string {
	return strings.NewReplacer("^", "^^", "%", "^%", "_", "^_", "*", "%", "?", "_").Replace(glob)
}
