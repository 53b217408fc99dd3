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
	"github.com/freshet-status/freshet/sources/calls"
	"github.com/freshet-status/freshet/sources/reads"
)

// A derived is a persistent derived table: Looker builds it in a schema of its
// own, under a name that is another one after each build. Its build tells nothing
// of the data that it was built from.
type derived struct {
	Tables     []string  `json:"tables,omitempty"` // that it is built from, as its SQL writes them; none is not known
	Connection string    `json:"connection,omitempty"`
	Name       string    `json:"name,omitempty"` // in the scratch schema, when it was learned
	Built      time.Time `json:"built,omitzero"`
	Failed     time.Time `json:"failed,omitzero"` // the last build, if none went well since
	Says       string    `json:"says,omitempty"`  // how it failed
	Looked     time.Time `json:"looked,omitzero"` // when its builds were asked for
}

// scratch are the names that Looker gives to derived tables, such as
// LOOKER_SCRATCH.LR$ZKWYB1763531790092_order_facts: the end is the view.
var scratch = regexp.MustCompile(`(?i)(?:^|[."])(?:LR|LC)(?:\$[A-Z0-9]+|_[A-Z0-9]{15,})(?:_([^."]+))?"?$`)

// viewOf is the view that a scratch name is made of; "" is not told.
func viewOf(name string) string {
	m := scratch.FindStringSubmatch(name)
	if m == nil || !isScratch(name) {
		return ""
	}
	return m[1]
}

// isScratch reports whether a name is one of these: without a dollar sign, it has
// the digits of a hash.
func isScratch(name string) bool {
	m := scratch.FindString(name)
	return m != "" && (strings.Contains(m, "$") || strings.ContainsAny(m, "0123456789"))
}

// The comments by which Looker tells, in the SQL of a query, what it must build
// before.
const (
	builds   = "-- generate derived table "
	finished = "-- finished "
)

// A built is a derived table that the SQL of a query builds first.
type built struct {
	name   string // in the scratch schema
	of     string // MODEL::VIEW, where it is told
	tables []string
}

var building = regexp.MustCompile(`(?m)^-- Building persistent derived table ([^\s:]+::\S+)`)

// apart takes the SQL of a query apart: what it reads, and what the derived
// tables read that it builds first. A temporary one is part of the query.
func apart(sql string) (tables []string, all []built) {
	rest, temporary := "", []string(nil)
	for {
		before, after, found := strings.Cut(sql, builds)
		rest += before
		if !found {
			break
		}
		section, end, closed := strings.Cut(after, finished)
		if !closed {
			rest += after
			break
		}
		line, next, _ := strings.Cut(end, "\n")
		_, name, _ := strings.Cut(line, "=> ")
		one := built{name: strings.TrimSpace(name), tables: reads.Of(section)}
		if m := building.FindStringSubmatch(section); m != nil {
			one.of = m[1]
		}
		if sql = next; isScratch(one.name) {
			all = append(all, one)
			continue
		}
		rest += "\n"
		tables, temporary = append(tables, one.tables...), append(temporary, one.name)
	}
	for _, name := range reads.Of(rest) {
		if !slices.Contains(temporary, name) {
			tables = append(tables, name)
		}
	}
	return tables, all
}

// learn keeps what derived tables are built from.
func (v *visit) learn(all []built, q asked, connection string) {
	for _, b := range all {
		key := b.of
		if key == "" {
			key = string(q.Model) + "::" + viewOf(b.name)
		}
		d := v.kept.derived(key)
		d.Tables, d.Connection, d.Name = b.tables, connection, b.name
	}
}

func (k *kept) derived(key string) *derived {
	if k.Derived[key] == nil {
		k.Derived[key] = new(derived)
	}
	return k.Derived[key]
}

// keyOf is the derived table that a scratch name stands for, MODEL::VIEW. Models
// may include views of others, so one that is known elsewhere alone is that.
func (v *visit) keyOf(model, name string) string {
	view := viewOf(name)
	if view == "" {
		return ""
	}
	key := model + "::" + view
	if v.kept.Derived[key] != nil || v.Derived[key] != nil {
		return key
	}
	var elsewhere []string
	for known, d := range v.kept.Derived {
		if strings.HasSuffix(known, "::"+view) && d != nil && d.Name == name {
			elsewhere = append(elsewhere, known)
		}
	}
	if len(elsewhere) == 1 {
		return elsewhere[0]
	}
	return key
}

func (v *visit) derivedID(key string) sources.ID {
	return sources.ID("pdt:" + v.setting.Name + "/" + key)
}

// buildsQuery asks which derived tables were built, the newest first.
const buildsQuery = `{"model":"system__activity","view":"pdt_builds",
"fields":["pdt_builds.model_name","pdt_builds.view_name","pdt_builds.connection","pdt_builds.status","pdt_builds.end_time"],
"filters":{"pdt_builds.workspace":"prod","pdt_builds.end_date":"%s"},"sorts":["pdt_builds.end_time desc"],"limit":"5000","query_timezone":"UTC"}`

// built asks System Activity when the derived tables were built that some tile
// reads; where there is none it costs no call.
func (v *visit) built(c *catalogue) {
	wanted := v.derivedOf(c)
	if len(wanted) == 0 || v.SystemActive != nil && !*v.SystemActive || v.stopped || v.left(query) < 1 || !c.At.Equal(v.now) {
		return
	}
	window, since := "3 days", v.now
	for _, key := range wanted {
		if at := v.kept.derived(key).Looked; at.Before(since) {
			since = at
		}
	}
	if days := int(v.now.Sub(since).Hours()/24) + 2; days > 3 {
		window = fmt.Sprintf("%d days", min(days, 90))
	}
	if slices.ContainsFunc(wanted, func(key string) bool { return v.kept.derived(key).Built.IsZero() }) {
		window = "90 days"
	}
	var rows []*struct {
		Model  text `json:"pdt_builds.model_name"`
		View   text `json:"pdt_builds.view_name"`
		Status text `json:"pdt_builds.status"`
		End    text `json:"pdt_builds.end_time"`
		Error  text `json:"looker_error"`
	}
	if err := v.call(query, calls.Call{Method: http.MethodPost, Path: "queries/run/json", Type: "application/json", Body: fmt.Sprintf(buildsQuery, window)}, &rows); err != nil {
		v.note("when derived tables were built is not known: %s", sources.OneLine(err))
		return
	}
	for _, r := range there(rows) {
		if r.Error != "" {
			v.note("when derived tables were built is not known: Looker says: %s", v.firstLine(string(r.Error)))
			return
		}
	}
	for _, key := range wanted {
		v.kept.derived(key).Looked = v.now
	}
	for _, r := range there(rows) {
		at, err := time.ParseInLocation(time.DateTime, string(r.End), time.UTC)
		if d := v.kept.Derived[string(r.Model)+"::"+string(r.View)]; d != nil && err == nil && !at.After(v.now) {
			d.ended(at, string(r.Status))
		}
	}
}

// ended notes a build, in any order.
func (d *derived) ended(at time.Time, status string) {
	switch {
	case status == "done" && at.After(d.Built):
		d.Built = at
	case strings.HasSuffix(status, "error") && at.After(d.Failed):
		d.Failed, d.Says = at, sources.Clip(status, 200)
	}
	if !d.Failed.After(d.Built) {
		d.Failed, d.Says = time.Time{}, ""
	}
}

// derivedOf are the derived tables that the tiles of a catalogue read, and those
// that these read.
func (v *visit) derivedOf(c *catalogue) []string {
	met := make(map[string]bool)
	for _, t := range c.Tiles {
		if m := v.kept.SQL[t.runner()]; m != nil && t.Runner != "" {
			v.reach(met, "", m.all())
		}
		for _, q := range t.Queries {
			if m := v.kept.SQL[string(q.ID)]; m != nil && q.ID != "" {
				v.reach(met, string(q.Model), m.all())
			}
		}
	}
	return slices.Sorted(maps.Keys(met))
}

func (v *visit) reach(met map[string]bool, model string, tables []string) {
	for _, name := range tables {
		if key := v.keyOf(model, name); key != "" && !met[key] {
			met[key] = true
			model, _, _ := strings.Cut(key, "::")
			v.reach(met, model, v.kept.derived(key).Tables)
		}
	}
}

// showDerived tells of the derived tables. One of which nothing tells what it is
// built from is judged by nothing: it may be built each morning of dead data.
func (v *visit) showDerived(c *catalogue) {
	scope := "derived:" + v.setting.Name
	if v.whole(c) {
		v.answer.Scopes = append(v.answer.Scopes, sources.Scope{Name: scope, Look: c.At})
	}
	var dark []string
	for _, key := range v.derivedOf(c) {
		d := v.kept.derived(key)
		model, view, _ := strings.Cut(key, "::")
		o := v.show(sources.Asset{ID: v.derivedID(key), Kind: sources.Derived, Name: view, Scope: scope, Upstream: v.relations(v.builtFrom(key), d.Connection, model)}, c)
		clock := sources.Built
		if o.Virtual = !v.lit(key, nil); o.Virtual {
			clock, dark = sources.DDL, append(dark, key)
		}
		if !d.Looked.IsZero() && !d.Built.IsZero() {
			o.Readings = []sources.Reading{{Clock: clock, At: d.Built, Look: d.Looked}}
		}
		if !d.Failed.IsZero() {
			o.Attempt = sources.Attempt{At: d.Failed, Outcome: sources.Failed, Says: "Looker says: " + d.Says}
		}
	}
	if len(dark) > 0 {
		v.note("nothing tells what %s is built from, so its builds prove nothing: derived in [[source]] may say it, such as %q = [\"DATABASE.SCHEMA.TABLE\"]", named(dark), dark[0])
	}
}

// whole reports whether the SQL is known of all queries that may read derived
// tables: only then one that none reads is gone.
func (v *visit) whole(c *catalogue) bool {
	for _, t := range c.Tiles {
		for _, q := range t.Queries {
			e, m := v.kept.Explores[q.explore()], v.kept.SQL[string(q.ID)]
			if q.ID == "" || m != nil && !m.Hid {
				continue
			}
			if e == nil {
				return false
			}
			if _, sure := e.tables(q); !sure {
				return false
			}
		}
	}
	return !c.Cut
}

// rollups settles what rollups are built from: what the explores that they stand
// in for read today.
func (v *visit) rollups(c *catalogue) {
	all := make(map[string][]string)
	for _, t := range c.Tiles {
		for _, q := range t.Queries {
			e, m := v.kept.Explores[q.explore()], v.kept.SQL[string(q.ID)]
			if q.ID == "" || e == nil || m == nil {
				continue
			}
			for _, name := range m.all() {
				base, _, rollup := strings.Cut(viewOf(name), "$")
				if stands, sure := e.tables(q); rollup && e.has(base, q) && sure && len(stands) > 0 {
					key := v.keyOf(string(q.Model), name)
					all[key] = union(all[key], stands)
					v.kept.derived(key).Connection = e.connection()
				}
			}
		}
	}
	for key, tables := range all {
		v.kept.derived(key).Tables = tables
	}
}

// lit reports whether it is known what a derived table is built from: some table,
// also by way of others.
func (v *visit) lit(key string, met []string) bool {
	model, _, _ := strings.Cut(key, "::")
	return slices.ContainsFunc(v.builtFrom(key), func(name string) bool {
		if !isScratch(name) {
			return true
		}
		up := v.keyOf(model, name)
		return !slices.Contains(met, up) && up != key && v.lit(up, append(met, key))
	})
}

// named are a few of many names.
func named(all []string) string {
	if len(all) > 3 {
		return fmt.Sprintf("%s and %d more", strings.Join(all[:3], ", "), len(all)-3)
	}
	return strings.Join(all, ", ")
}

// builtFrom is what a derived table is built from: as site.toml says, or its SQL.
func (v *visit) builtFrom(key string) []string {
	if said := v.Derived[key]; said != nil {
		return said
	}
	return v.kept.derived(key).Tables
}
