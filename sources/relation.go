package sources

import (
	"regexp"
	"strings"
)

// A Dialect says how a warehouse stores names that are written without quotes.
type Dialect struct {
	fold  func(string) string
	plain *regexp.Regexp // stored names that are printed without quotes
}

var plainName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// The dialects that there are.
var (
	upper    = Dialect{strings.ToUpper, regexp.MustCompile(`^[A-Z_][A-Z0-9_$]*$`)}
	lower    = Dialect{strings.ToLower, plainName}
	verbatim = Dialect{strings.Clone, plainName}
)

// DialectOf returns the dialect of a warehouse, by dbt's adapter_type.
func DialectOf(warehouse string) Dialect {
	switch strings.ToLower(warehouse) {
	case "snowflake":
		return upper
	case "postgres", "duckdb", "redshift":
		return lower
	default:
		return verbatim
	}
}

// part matches the first part of a relation: quoted in one of three ways, or
// bare.
var part = regexp.MustCompile("^(?:\"((?:[^\"]|\"\")+)\"|`([^`]+)`|\\[([^\\]]+)\\]|([^\"`\\[.()\\s,;]+))(?:\\.|$)")

// Parse returns the stored names of a relation as SQL writes it: raw."Erp".gl
// is RAW, Erp and GL in Snowflake. It is nil for what is no relation, such as
// a call of read_csv.
func (d Dialect) Parse(relation string) []string {
	var names []string
	rest := strings.TrimSpace(relation)
	for rest != "" {
		m := part.FindStringSubmatch(rest)
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

// Table returns the id of the relation with these stored names.
func (d Dialect) Table(namespace string, names ...string) ID {
	if namespace != "" {
		namespace += "/"
	}
	return ID("table:" + namespace + d.Print(names...))
}

// Print writes stored names so that no other names read the same.
func (d Dialect) Print(names ...string) string {
	printed := make([]string, len(names))
	for i, name := range names {
		if printed[i] = name; !d.plain.MatchString(name) {
			printed[i] = `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
		}
	}
	return strings.Join(printed, ".")
}
