package sources

import (
	"regexp"
	"strings"
)

// A Dialect knows how a warehouse stores names that are written without quotes.
type Dialect struct {
	// fold returns the stored form of a name that is written without quotes.
	fold       func(string) string
	plainNames *regexp.Regexp // pattern of stored names that are printed without quotes
}

// plainNamePattern matches names that need no quotes in most warehouses.
var plainNamePattern = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// Dialects by what becomes of an unquoted name: it is stored in upper case, in
// lower case, or as written.
var (
	upperDialect    = Dialect{fold: strings.ToUpper, plainNames: regexp.MustCompile(`^[A-Z_][A-Z0-9_$]*$`)}
	lowerDialect    = Dialect{fold: strings.ToLower, plainNames: plainNamePattern}
	verbatimDialect = Dialect{fold: strings.Clone, plainNames: plainNamePattern}
)

// DialectOf returns the dialect of a warehouse, which is named as in dbt's adapter_type. An
// unknown warehouse stores names as written.
func DialectOf(warehouse string) Dialect {
	switch strings.ToLower(warehouse) {
	case "snowflake":
		return upperDialect
	case "postgres", "duckdb", "redshift":
		return lowerDialect
	default:
		return verbatimDialect
	}
}

// firstPart matches the first part of a relation, quoted in one of three ways or bare, with the
// dot after it.
var firstPart = regexp.MustCompile("^(?:\"((?:[^\"]|\"\")+)\"|`([^`]+)`|\\[([^\\]]+)\\]|([^\"`\\[.()\\s,;]+))(?:\\.|$)")

// ParseRelation returns the stored names of a relation as SQL writes it: raw."Erp".gl is RAW,
// Erp and GL in Snowflake. It returns nil for anything else, such as a call of read_csv.
func (d Dialect) ParseRelation(relation string) []string {
	var names []string
	rest := strings.TrimSpace(relation)
	for rest != "" {
		m := firstPart.FindStringSubmatch(rest)
		if m == nil {
			return nil
		}
		quoted := strings.ReplaceAll(m[1], `""`, `"`) + m[2] + m[3]
		names = append(names, quoted+d.fold(m[4]))
		rest = rest[len(m[0]):]
		if rest == "" && strings.HasSuffix(m[0], ".") {
			return nil
		}
	}
	return names
}

// TableID returns the ID of the relation with these stored names. A namespace that is not empty
// precedes them, so that two accounts can hold the same names.
func (d Dialect) TableID(namespace string, names ...string) ID {
	if namespace != "" {
		namespace += "/"
	}
	return ID("table:" + namespace + d.FormatNames(names...))
}

// FormatNames joins stored names with dots, in quotes unless they are plain, so that different
// names never read the same.
func (d Dialect) FormatNames(names ...string) string {
	printed := make([]string, len(names))
	for i, name := range names {
		printed[i] = name
		if !d.plainNames.MatchString(name) {
			printed[i] = `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
		}
	}
	return strings.Join(printed, ".")
}
