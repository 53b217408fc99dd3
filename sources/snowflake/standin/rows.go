package standin

import "fmt"

// Columns of each view, in the order in which a visit selects them.
var (
	TableColumns = []Column{
		{Name: "TABLE_CATALOG", Type: "text"},
		{Name: "TABLE_SCHEMA", Type: "text"},
		{Name: "TABLE_NAME", Type: "text"},
		{Name: "KIND", Type: "text"},
		{
			Name: "SIZE",
			Type: "text",
		},
		{Name: "CREATED", Type: "timestamp_ltz"},
		{Name: "LAST_ALTERED", Type: "timestamp_ltz"},
		{Name: "LAST_DDL", Type: "timestamp_ltz"},
		{Name: "COMMENT", Type: "text"},
	}
	DMLColumns = []Column{
		{Name: "DATABASE_NAME", Type: "text"},
		{Name: "SCHEMA_NAME", Type: "text"},
		{Name: "TABLE_NAME", Type: "text"},
		{Name: "MOVED", Type: "timestamp_ltz"},
		{Name: "KNOWN", Type: "timestamp_ltz"},
	}
	RefreshColumns = []Column{
		{Name: "DATABASE_NAME", Type: "text"},
		{Name: "SCHEMA_NAME", Type: "text"},
		{Name: "NAME", Type: "text"},
		{Name: "DATA_TIME", Type: "timestamp_ltz"},
		{Name: "KNOWN", Type: "timestamp_ltz"},
		{Name: "STATE", Type: "text"},
		{Name: "SAYS", Type: "text"},
		{Name: "TRIED", Type: "timestamp_ltz"},
	}
	DependencyColumns = []Column{
		{Name: "REFERENCING_DATABASE", Type: "text"},
		{Name: "REFERENCING_SCHEMA", Type: "text"},
		{Name: "REFERENCING_OBJECT_NAME", Type: "text"},
		{Name: "REFERENCED_DATABASE", Type: "text"},
		{Name: "REFERENCED_SCHEMA", Type: "text"},
		{Name: "REFERENCED_OBJECT_NAME", Type: "text"},
	}
)

// TableRow returns a row with TableColumns. size represents rows and bytes: another size means
// that they changed. The times are a time.Time or nil.
func TableRow(database, schema, name, kind string, size int, created, altered, ddl any) []any {
	return []any{database, schema, name, kind, fmt.Sprintf("%d/%d", size, 100*size), created, altered, ddl, nil}
}
