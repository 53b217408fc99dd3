package looker

import (
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/freshet-status/freshet/sources"
	"github.com/freshet-status/freshet/sources/httpclient"
	"github.com/freshet-status/freshet/sources/sqlrefs"
)

// A derivedTable is a persistent derived table. Looker builds it in a scratch schema, under a
// name that changes with each build. A build does not show how old the data is that it read.
type derivedTable struct {
	Tables     []string  `json:"tables,omitempty"` // upstream tables, as written in its SQL; empty if not known
	Connection string    `json:"connection,omitempty"`
	Name       string    `json:"name,omitempty"` // newest known name in the scratch schema
	BuiltAt    time.Time `json:"built,omitzero"`
	FailedAt   time.Time `json:"failed,omitzero"` // last failed build; zero if a later one succeeded
	Says       string    `json:"says,omitempty"`  // status of the failed build
	CheckedAt  time.Time `json:"looked,omitzero"` // when its builds were last fetched; zero if never
}

// scratchPattern matches the names that Looker gives to derived tables, such as
// LOOKER_SCRATCH.LR$ZKWYB1763531790092_order_facts. Its group is the view, here order_facts.
var scratchPattern = regexp.MustCompile(`(?i)(?:^|[."])(?:LR|LC)(?:\$[A-Z0-9]+|_[A-Z0-9]{15,})(?:_([^."]+))?"?$`)

// scratchView returns the view that is part of a scratch name, or "" if name is no scratch name
// or has no view.
func scratchView(name string) string {
	m := scratchPattern.FindStringSubmatch(name)
	if m == nil || !isScratch(name) {
		return ""
	}
	return m[1]
}

// isScratch reports whether name is a scratch name of a derived table. A name without a dollar
// sign must contain a digit, as hashes do.
func isScratch(name string) bool {
	m := scratchPattern.FindString(name)
	return m != "" && (strings.Contains(m, "$") || strings.ContainsAny(m, "0123456789"))
}

// Comments that enclose, in the SQL of a query, a derived table that Looker builds
// first.
const (
	buildStart = "-- generate derived table "
	buildEnd   = "-- finished "
)

// A derivedBuild is a derived table that the SQL of a query builds first.
type derivedBuild struct {
	name   string // in the scratch schema
	key    string // MODEL::VIEW; "" if the SQL does not name it
	tables []string
}

// buildHeader matches the comment that names a persistent derived table as MODEL::VIEW.
var buildHeader = regexp.MustCompile(`(?m)^-- Building persistent derived table ([^\s:]+::\S+)`)

// splitSQL returns the tables that the SQL of a query reads, and the derived tables that it
// builds first. A temporary derived table is part of the query: its tables are returned in
// place of its name.
func splitSQL(sql string) (tables []string, steps []derivedBuild) {
	rest := ""
	temporary := []string(nil)
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
		_, name, _ := strings.Cut(line, "=> ")
		one := derivedBuild{name: strings.TrimSpace(name), tables: sqlrefs.FindRelations(section)}
		if m := buildHeader.FindStringSubmatch(section); m != nil {
			one.key = m[1]
		}
		sql = next
		if isScratch(one.name) {
			steps = append(steps, one)
			continue
		}
		rest += "\n"
		tables = append(tables, one.tables...)
		temporary = append(temporary, one.name)
	}
	for _, name := range sqlrefs.FindRelations(rest) {
		if !slices.Contains(temporary, name) {
			tables = append(tables, name)
		}
	}
	return tables, steps
}

// recordDerived caches the upstream tables, the connection and the name of each derived table
// in steps.
func (v *visit) recordDerived(steps []derivedBuild, q tileQuery, connection string) {
	for _, b := range steps {
		key := b.key
		if key == "" {
			key = string(q.Model) + "::" + scratchView(b.name)
		}
		d := v.cache.ensureDerived(key)
		d.Tables = b.tables
		d.Connection = connection
		d.Name = b.name
	}
}

// ensureDerived returns the derived table with this key, MODEL::VIEW, and adds an empty one if
// there is none.
func (k *cache) ensureDerived(key string) *derivedTable {
	if k.Derived[key] == nil {
		k.Derived[key] = new(derivedTable)
	}
	return k.Derived[key]
}

// derivedKey returns the key MODEL::VIEW of a scratch name, or "" if name is none. Models may
// include views of other models: if the view is not known in model, the one other model in
// which this name is known counts.
func (v *visit) derivedKey(model, name string) string {
	view := scratchView(name)
	if view == "" {
		return ""
	}
	key := model + "::" + view
	if v.cache.Derived[key] != nil || v.Derived[key] != nil {
		return key
	}
	var elsewhere []string
	for known, d := range v.cache.Derived {
		if strings.HasSuffix(known, "::"+view) && d != nil && d.Name == name {
			elsewhere = append(elsewhere, known)
		}
	}
	if len(elsewhere) == 1 {
		return elsewhere[0]
	}
	return key
}

// derivedID returns the asset id of the derived table with this key.
func (v *visit) derivedID(key string) sources.ID {
	return sources.ID("pdt:" + v.setting.Name + "/" + key)
}

// buildsQuery is the System Activity query for builds of derived tables, newest first. Its
// parameter is the window, such as "3 days".
const buildsQuery = `{"model":"system__activity","view":"pdt_builds",
"fields":["pdt_builds.model_name","pdt_builds.view_name","pdt_builds.connection","pdt_builds.status","pdt_builds.end_time"],
"filters":{"pdt_builds.workspace":"prod","pdt_builds.end_date":"%s"},"sorts":["pdt_builds.end_time desc"],"limit":"5000","query_timezone":"UTC"}`

// fetchBuilds fetches from System Activity when the derived tables that tiles read were built.
// It makes no call if no tile reads one, if System Activity is turned off, if no calls are
// left, or if the lists are cached ones. The window reaches back to the last check, at least 3
// and at most 90 days.
func (v *visit) fetchBuilds(c *catalogue) {
	wanted := v.listDerived(c)
	if len(wanted) == 0 || v.SystemActive != nil && !*v.SystemActive || v.stopped || v.callsLeft(queryCalls) < 1 ||
		!c.FetchedAt.Equal(v.now) {
		return
	}
	window := "3 days"
	since := v.now
	for _, key := range wanted {
		if at := v.cache.ensureDerived(key).CheckedAt; at.Before(since) {
			since = at
		}
	}
	if days := int(v.now.Sub(since).Hours()/24) + 2; days > 3 {
		window = fmt.Sprintf("%d days", min(days, 90))
	}
	if slices.ContainsFunc(wanted, func(key string) bool { return v.cache.ensureDerived(key).BuiltAt.IsZero() }) {
		window = "90 days"
	}
	var rows []*struct {
		Model  lenientText `json:"pdt_builds.model_name"`
		View   lenientText `json:"pdt_builds.view_name"`
		Status lenientText `json:"pdt_builds.status"`
		End    lenientText `json:"pdt_builds.end_time"`
		Error  lenientText `json:"looker_error"`
	}
	if err := v.fetchJSON(queryCalls, httpclient.Call{
		Method:      http.MethodPost,
		Path:        "queries/run/json",
		ContentType: "application/json",
		Body:        fmt.Sprintf(buildsQuery, window),
	}, &rows); err != nil {
		v.addNote("builds of derived tables: could not be read: %s", sources.FormatError(err))
		return
	}
	for _, r := range dropNil(rows) {
		if r.Error != "" {
			v.addNote("builds of derived tables: could not be read: %s", v.cleanError(string(r.Error)))
			return
		}
	}
	for _, key := range wanted {
		v.cache.ensureDerived(key).CheckedAt = v.now
	}
	for _, r := range dropNil(rows) {
		at, err := time.ParseInLocation(time.DateTime, string(r.End), time.UTC)
		if d := v.cache.Derived[string(r.Model)+"::"+string(r.View)]; d != nil && err == nil && !at.After(v.now) {
			d.recordBuild(at, string(r.Status))
		}
	}
}

// recordBuild updates d by a build that ended at the given time. Builds may come in any order;
// a success clears earlier failures.
func (d *derivedTable) recordBuild(at time.Time, status string) {
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

// listDerived returns the sorted keys of the derived tables that tiles of c read, directly or
// through other derived tables.
func (v *visit) listDerived(c *catalogue) []string {
	keys := make(map[string]bool)
	for _, t := range c.Tiles {
		if m := v.cache.SQL[t.runnerKey()]; m != nil && t.RunnerID != "" {
			v.collectDerived(keys, "", m.allTables())
		}
		for _, q := range t.Queries {
			if m := v.cache.SQL[string(q.ID)]; m != nil && q.ID != "" {
				v.collectDerived(keys, string(q.Model), m.allTables())
			}
		}
	}
	return slices.Sorted(maps.Keys(keys))
}

// collectDerived adds to keys the derived tables among tables, and those that they are built
// from.
func (v *visit) collectDerived(keys map[string]bool, model string, tables []string) {
	for _, name := range tables {
		if key := v.derivedKey(model, name); key != "" && !keys[key] {
			keys[key] = true
			model, _, _ := strings.Cut(key, "::")
			v.collectDerived(keys, model, v.cache.ensureDerived(key).Tables)
		}
	}
}

// addDerivedTables adds an observation for each derived table. If its upstream is unknown, its
// build time is recorded as a definition change, because it may be rebuilt daily from old data.
func (v *visit) addDerivedTables(c *catalogue) {
	scope := sources.NewScopeName("derived", v.setting.Name)
	if v.isSQLComplete(c) {
		v.answer.Scopes = append(v.answer.Scopes, sources.Scope{Name: scope, CheckedAt: c.FetchedAt})
	}
	var unknown []string
	for _, key := range v.listDerived(c) {
		d := v.cache.ensureDerived(key)
		model, view, _ := strings.Cut(key, "::")
		o := v.addAsset(
			sources.Asset{
				ID:       v.derivedID(key),
				Kind:     sources.Derived,
				Name:     view,
				Scope:    scope,
				Upstream: v.relationIDs(v.derivedUpstream(key), d.Connection, model),
			},
			c,
		)
		clock := sources.Built
		o.Virtual = !v.hasKnownUpstream(key, nil)
		if o.Virtual {
			clock = sources.DDL
			unknown = append(unknown, key)
		}
		if !d.CheckedAt.IsZero() && !d.BuiltAt.IsZero() {
			o.Readings = []sources.Reading{{Clock: clock, At: d.BuiltAt, CheckedAt: d.CheckedAt}}
		}
		if !d.FailedAt.IsZero() {
			o.Attempt = sources.Attempt{At: d.FailedAt, Outcome: sources.Failed, Says: "Looker: " + d.Says}
		}
	}
	if len(unknown) > 0 {
		v.addNote(
			"builds of %s are not used: upstream unknown; set derived in [[source]], "+
				"such as %q = [\"DATABASE.SCHEMA.TABLE\"]",
			abbreviate(unknown),
			unknown[0],
		)
	}
}

// isSQLComplete reports whether it is known of every query which derived tables it reads: by
// its SQL, or by an explore that leaves no doubt. Only then is a derived table that no query
// reads no longer listed.
func (v *visit) isSQLComplete(c *catalogue) bool {
	for _, t := range c.Tiles {
		for _, q := range t.Queries {
			e := v.cache.Explores[q.exploreKey()]
			m := v.cache.SQL[string(q.ID)]
			if q.ID == "" || m != nil && !m.Denied {
				continue
			}
			if e == nil {
				return false
			}
			if _, sure := e.resolveTables(q); !sure {
				return false
			}
		}
	}
	return !c.Incomplete
}

// linkRollups sets the upstream of rollups (aggregate tables, named EXPLORE$ROLLUP) to the
// tables that the explores they replace read now.
func (v *visit) linkRollups(c *catalogue) {
	all := make(map[string][]string)
	for _, t := range c.Tiles {
		for _, q := range t.Queries {
			e := v.cache.Explores[q.exploreKey()]
			m := v.cache.SQL[string(q.ID)]
			if q.ID == "" || e == nil || m == nil {
				continue
			}
			for _, name := range m.allTables() {
				base, _, rollup := strings.Cut(scratchView(name), "$")
				if exploreTables, sure := e.resolveTables(q); rollup && e.hasView(base, q) && sure && len(exploreTables) > 0 {
					key := v.derivedKey(string(q.Model), name)
					all[key] = sortedUnion(all[key], exploreTables)
					v.cache.ensureDerived(key).Connection = e.connectionName()
				}
			}
		}
	}
	for key, tables := range all {
		v.cache.ensureDerived(key).Tables = tables
	}
}

// hasKnownUpstream reports whether some table is known that the derived table reads, directly
// or through other derived tables. visited holds the keys already followed, so that cycles end.
func (v *visit) hasKnownUpstream(key string, visited []string) bool {
	model, _, _ := strings.Cut(key, "::")
	return slices.ContainsFunc(v.derivedUpstream(key), func(name string) bool {
		if !isScratch(name) {
			return true
		}
		up := v.derivedKey(model, name)
		return !slices.Contains(visited, up) && up != key && v.hasKnownUpstream(up, append(visited, key))
	})
}

// abbreviate returns the names joined by commas; of more than three names it returns three and
// a count.
func abbreviate(all []string) string {
	if len(all) > 3 {
		return fmt.Sprintf("%s and %d more", strings.Join(all[:3], ", "), len(all)-3)
	}
	return strings.Join(all, ", ")
}

// derivedUpstream returns the tables that a derived table is built from: those of site.toml,
// otherwise those of its SQL.
func (v *visit) derivedUpstream(key string) []string {
	if configured := v.Derived[key]; configured != nil {
		return configured
	}
	return v.cache.ensureDerived(key).Tables
}
