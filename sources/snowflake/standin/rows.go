package standin

// The columns of each view, in the order in which a visit asks for them.
var (
	TableColumns = []Column{{"TABLE_CATALOG", "text"}, {"TABLE_SCHEMA", "text"}, {"TABLE_NAME", "text"}, {"TABLE_TYPE", "text"}, {"IS_TRANSIENT", "text"},
		{"ROW_COUNT", "text"}, {"BYTES", "text"}, {"CREATED", "timestamp_ltz"}, {"LAST_ALTERED", "timestamp_ltz"}, {"LAST_DDL", "timestamp_ltz"}, {"COMMENT", "text"},
		{"IS_DYNAMIC", "text"}, {"IS_ICEBERG", "text"}, {"IS_HYBRID", "text"}}
	DMLColumns     = []Column{{"DATABASE_NAME", "text"}, {"SCHEMA_NAME", "text"}, {"TABLE_NAME", "text"}, {"MOVED", "timestamp_ltz"}, {"KNOWN", "timestamp_ltz"}}
	RefreshColumns = []Column{{"DATABASE_NAME", "text"}, {"SCHEMA_NAME", "text"}, {"NAME", "text"}, {"DATA_TIME", "timestamp_ltz"}, {"KNOWN", "timestamp_ltz"}, {"STATE", "text"}, {"SAYS", "text"}, {"TRIED", "timestamp_ltz"}}
	DependColumns  = []Column{{"REFERENCING_DATABASE", "text"}, {"REFERENCING_SCHEMA", "text"}, {"REFERENCING_OBJECT_NAME", "text"}, {"REFERENCED_DATABASE", "text"}, {"REFERENCED_SCHEMA", "text"}, {"REFERENCED_OBJECT_NAME", "text"}}
)

// Table is a row of TABLES. kind is its TABLE_TYPE, or "dynamic table",
// "iceberg table" or "hybrid table"; size stands for its rows and bytes.
func Table(database, schema, name, kind string, size int, created, altered, ddl any) []any {
	flags := map[string][3]any{"dynamic table": {"YES", "NO", "NO"}, "iceberg table": {"NO", "YES", "NO"}, "hybrid table": {"NO", "NO", "YES"}}
	flag, flagged := flags[kind]
	if flagged {
		kind = "BASE TABLE"
	} else {
		flag = [3]any{"NO", "NO", "NO"}
	}
	return []any{database, schema, name, kind, "NO", size, 100 * size, created, altered, ddl, nil, flag[0], flag[1], flag[2]}
}
