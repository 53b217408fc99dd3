package standin

import "fmt"

// Columns of each view, in the order in which a visit selects them.
var (
	TableColumns = []Column{{"TABLE_CATALOG", "text"}, {"TABLE_SCHEMA", "text"}, {"TABLE_NAME", "text"}, {"KIND", "text"},
		{"SIZE", "text"}, {"CREATED", "timestamp_ltz"}, {"LAST_ALTERED", "timestamp_ltz"}, {"LAST_DDL", "timestamp_ltz"}, {"COMMENT", "text"}}
	DMLColumns        = []Column{{"DATABASE_NAME", "text"}, {"SCHEMA_NAME", "text"}, {"TABLE_NAME", "text"}, {"MOVED", "timestamp_ltz"}, {"KNOWN", "timestamp_ltz"}}
	RefreshColumns    = []Column{{"DATABASE_NAME", "text"}, {"SCHEMA_NAME", "text"}, {"NAME", "text"}, {"DATA_TIME", "timestamp_ltz"}, {"KNOWN", "timestamp_ltz"}, {"STATE", "text"}, {"SAYS", "text"}, {"TRIED", "timestamp_ltz"}}
	DependencyColumns = []Column{{"REFERENCING_DATABASE", "text"}, {"REFERENCING_SCHEMA", "text"}, {"REFERENCING_OBJECT_NAME", "text"}, {"REFERENCED_DATABASE", "text"}, {"REFERENCED_SCHEMA", "text"}, {"REFERENCED_OBJECT_NAME", "text"}}
)

// TableRow returns a row with TableColumns. size represents rows and bytes: another size means
// that they changed. The times are a time.Time or nil.
func TableRow(database, schema, name, kind string, size int, created, altered, ddl any) []any {
	return []any{database, schema, name, kind, fmt.Sprintf("%d/%d", size, 100*size), created, altered, ddl, nil}
}
