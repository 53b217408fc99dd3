package standin

import (
	"fmt"
	"hash/fnv"
	"strconv"
)

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
		{Name: "ID", Type: "fixed"},
	}
	DMLColumns = []Column{
		{Name: "TABLE_ID", Type: "fixed"},
		{Name: "MOVED", Type: "timestamp_ltz"},
		{Name: "KNOWN", Type: "timestamp_ltz"},
	}
	CloneColumns   = []Column{{Name: "ID", Type: "fixed"}, {Name: "CLONE_GROUP_ID", Type: "fixed"}}
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
	id := TableID(database, schema, name)
	return []any{database, schema, name, kind, fmt.Sprintf("%d/%d", size, 100*size), created, altered, ddl, nil, id}
}

// TableID returns the id of a table of this name, as text.
func TableID(database, schema, name string) string {
	h := fnv.New32a()
	h.Write([]byte(database + "." + schema + "." + name))
	return strconv.FormatUint(uint64(h.Sum32()), 10)
}

// DMLRow returns a row with DMLColumns: rows of the table last moved at a time, and known is the end
// of its newest hour.
func DMLRow(database, schema, name string, moved, known any) []any {
	return []any{TableID(database, schema, name), moved, known}
}
