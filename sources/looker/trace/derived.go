package trace

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/freshet-status/freshet/sources"
	"github.com/freshet-status/freshet/sources/sqlrefs"
)

// A DerivedTable is a persistent derived table. Looker builds it in a scratch schema, under a
// name that changes with each build. A build does not show how old the data is that it read.
type DerivedTable struct {
	Tables     []string  `json:"tables,omitempty"` // upstream tables, as written in its SQL; empty if not known
	Doubt      string    `json:"doubt,omitempty"`  // explore, as MODEL::NAME, that may read more tables than these; "" if none
	Connection string    `json:"connection,omitempty"`
	Name       string    `json:"name,omitempty"` // newest known name in the scratch schema
	BuiltAt    time.Time `json:"built,omitzero"`
	FailedAt   time.Time `json:"failed,omitzero"` // last failed build; zero if a later one succeeded
	Says       string    `json:"says,omitempty"`  // status of the failed build
	CheckedAt  time.Time `json:"looked,omitzero"` // when its builds were last fetched; zero if never
}

// RecordBuild updates d by a build that ended at the given time with a status of System Activity.
// Builds may come in any order; a success clears earlier failures.
func (d *DerivedTable) RecordBuild(at time.Time, status string) {
	switch {
	case status == "done" && at.After(d.BuiltAt):
		d.BuiltAt = at
	case strings.HasSuffix(status, "error") && at.After(d.FailedAt):
		d.FailedAt = at
		d.Says = sources.ClipText(status, 200)
	}
	if !d.FailedAt.After(d.BuiltAt) {
		d.FailedAt = time.Time{}
		d.Says = ""
	}
}

// scratchPattern matches the names that Looker gives to derived tables, such as
// LOOKER_SCRATCH.LR$ZKWYB1763531790092_order_facts. Its group is the view, here order_facts.
var scratchPattern = regexp.MustCompile(`(?i)(?:^|[."])(?:LR|LC)(?:\$[A-Z0-9]+|_[A-Z0-9]{15,})(?:_([^."]+))?"?$`)

// scratchView returns the view that is part of a scratch name, or "" if name is no scratch name
// or has no view.
func scratchView(name string) string {
	m := scratchPattern.FindStringSubmatch(name)
	if m == nil || !IsScratch(name) {
		return ""
	}
	return m[1]
}

// IsScratch reports whether name is a scratch name of a derived table. A name without a dollar
// sign must contain a digit, as hashes do.
func IsScratch(name string) bool {
	m := scratchPattern.FindString(name)
	return m != "" && (strings.Contains(m, "$") || strings.ContainsAny(m, "0123456789"))
}

// Comments that enclose, in the SQL of a query, a derived table that Looker builds
// first.
const (
	buildStart = "-- generate derived table "
	buildEnd   = "-- finished "
)

// A DerivedBuild is a derived table that the SQL of a query builds first.
type DerivedBuild struct {
	name   string // in the scratch schema
	key    string // MODEL::VIEW; "" if the SQL does not name it
	tables []string
}

// buildHeader matches the comment that names a persistent derived table as MODEL::VIEW.
var buildHeader = regexp.MustCompile(`(?m)^-- Building persistent derived table ([^\s:]+::\S+)`)

// SplitSQL returns the tables that the SQL of a query reads, and the derived tables that it
// builds first. A temporary derived table is part of the query: its tables are returned in
// place of its name.
func SplitSQL(sql string) (tables []string, builds []DerivedBuild) {
	rest := ""
	var temporary []string
	for {
		before, after, found := strings.Cut(sql, buildStart)
		rest += before
		if !found {
			break
		}
		section, end, closed := strings.Cut(after, buildEnd)
		if !closed {
			rest += after
			break
		}
		line, next, _ := strings.Cut(end, "\n")
		build := parseBuild(section, line)
		sql = next
		if IsScratch(build.name) {
			builds = append(builds, build)
			continue
		}
		rest += "\n"
		tables = append(tables, build.tables...)
		temporary = append(temporary, build.name)
	}
	for _, name := range sqlrefs.FindRelations(rest) {
		if !slices.Contains(temporary, name) {
			tables = append(tables, name)
		}
	}
	return tables, builds
}

// parseBuild reads one derived table from the SQL that builds it and from the rest of the line that
// ends it.
func parseBuild(section, endLine string) DerivedBuild {
	_, name, _ := strings.Cut(endLine, "=> ")
	build := DerivedBuild{name: strings.TrimSpace(name), tables: sqlrefs.FindRelations(section)}
	if m := buildHeader.FindStringSubmatch(section); m != nil {
		build.key = m[1]
	}
	return build
}
