package snowflake

import (
	"fmt"
	"strings"
)

// The statements. Each reads one view, and gives one row an asset; the columns
// are read by position. ACCOUNT_USAGE is of the whole account and some hours
// late, INFORMATION_SCHEMA of one database and of this moment.

// kinds and plainKinds are the kind of a table. Not every account has the
// columns that tell the first.
const (
	kinds = `CASE WHEN is_dynamic = 'YES' THEN 'DYNAMIC TABLE' WHEN is_iceberg = 'YES' THEN 'ICEBERG TABLE'
            WHEN is_hybrid = 'YES' THEN 'HYBRID TABLE' ELSE table_type END`
	plainKinds = `table_type`
)

// The columns are few: a row is held twice while an answer is read, here and in
// the driver.
const tableColumns = `SELECT table_catalog, table_schema, table_name, %s || CASE WHEN is_transient = 'YES' THEN ' TRANSIENT' ELSE '' END AS kind,
       COALESCE(TO_VARCHAR(row_count), '') || '/' || COALESCE(TO_VARCHAR(bytes), '') AS size,
       created, last_altered, last_ddl, comment
  FROM %s
 WHERE table_schema <> 'INFORMATION_SCHEMA'%s`

// tablesStatement reads TABLES of the account, or of one database.
func tablesStatement(database, kind, where string) string {
	if database == "" {
		return fmt.Sprintf(tableColumns, kind, "SNOWFLAKE.ACCOUNT_USAGE.TABLES", " AND deleted IS NULL"+where)
	}
	return fmt.Sprintf(tableColumns, kind, quote(database)+".INFORMATION_SCHEMA.TABLES", "")
}

// dmlStatement reads when rows changed last, and which hour the view knows
// last. A row of the view is an hour of a table: its beginning is when rows
// changed at the latest for certain, so that no hour before midnight counts as
// today.
func dmlStatement(where string) string {
	return `SELECT database_name, schema_name, table_name,
       MAX(CASE WHEN rows_added + rows_updated + rows_removed > 0 THEN start_time END) AS moved,
       MAX(end_time) AS known
  FROM SNOWFLAKE.ACCOUNT_USAGE.TABLE_DML_HISTORY
 WHERE start_time > DATEADD(day, -100, CURRENT_TIMESTAMP())` + where + `
 GROUP BY 1, 2, 3`
}

// refreshStatement reads the data time of dynamic tables, and how their last
// refresh ended.
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

// dependsStatement reads what views and dynamic tables read.
func dependsStatement(where string) string {
	return `SELECT DISTINCT referencing_database, referencing_schema, referencing_object_name,
       referenced_database, referenced_schema, referenced_object_name
  FROM SNOWFLAKE.ACCOUNT_USAGE.OBJECT_DEPENDENCIES
 WHERE referencing_object_domain IN ('VIEW', 'MATERIALIZED VIEW', 'DYNAMIC TABLE', 'TABLE')
   AND referenced_object_domain IN ('VIEW', 'MATERIALIZED VIEW', 'DYNAMIC TABLE', 'TABLE', 'EXTERNAL TABLE', 'ICEBERG TABLE')` + where
}

// queriedStatement reads when somebody read a table last.
const queriedStatement = `SELECT o.value:objectName::varchar AS name, MAX(query_start_time) AS at
  FROM SNOWFLAKE.ACCOUNT_USAGE.ACCESS_HISTORY, LATERAL FLATTEN(base_objects_accessed) o
 WHERE query_start_time > DATEADD(day, -90, CURRENT_TIMESTAMP()) AND o.value:objectDomain::varchar = 'Table'
 GROUP BY 1`

// quote writes a stored name as SQL does.
func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// where limits a column to the databases that site.toml names.
func where(column string, globs []string) (clause string, args []any) {
	var likes []string
	for _, g := range globs {
		likes = append(likes, column+" ILIKE ? ESCAPE '^'")
		args = append(args, like(g))
	}
	if likes == nil {
		return "", nil
	}
	return " AND (" + strings.Join(likes, " OR ") + ")", args
}

// like writes a glob as a pattern of LIKE.
func like(glob string) string {
	return strings.NewReplacer("^", "^^", "%", "^%", "_", "^_", "*", "%", "?", "_").Replace(glob)
}
