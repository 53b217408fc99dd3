package looker

import (
	"cmp"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/freshet-status/freshet/sources"
	"github.com/freshet-status/freshet/sources/calls"
)

// trace asks for what tells which tables tiles read: explores, and the SQL of
// queries of which the explore leaves a doubt.
func (v *visit) trace(c *catalogue) {
	v.explores(c)
	v.complete(c)
	left := v.merges(c)
	for _, q := range v.doubts(c) {
		if v.wait("the SQL of query", string(q.ID)) {
			left++
			continue
		}
		if !v.may(query) {
			left++
			continue
		}
		v.sql(q)
	}
	left += v.runners(c)
	v.rollups(c)
	v.built(c)
	v.age(c)
	if left > 0 {
		v.note("the SQL of %d queries is asked for on the days that come: the month's calls are planned", left)
	}
}

// doubts are the queries whose SQL would tell more than their explore: first
// those of which nothing else tells, then those of joins, then those whose SQL is
// known for a week, in which LookML may have changed; in each the most viewed
// first. What was broken is asked again each day.
func (v *visit) doubts(c *catalogue) (all []asked) {
	views := c.views()
	type doubt struct {
		asked
		how   int
		views count
	}
	var doubts []doubt
	for _, t := range c.Tiles {
		for _, q := range t.Queries {
			e := v.kept.Explores[q.explore()]
			if q.ID == "" || e == nil {
				continue
			}
			if m := v.kept.SQL[string(q.ID)]; m != nil {
				switch age := v.now.Sub(m.At); {
				case m.Hid && age < aged:
				case m.Broken != "" && age >= daily:
					doubts = append(doubts, doubt{q, 0, views[t.Dashboard]})
				case m.Broken == "" && (age >= aged || age >= daily && slices.ContainsFunc(m.Tables, isScratch)):
					doubts = append(doubts, doubt{q, 2, views[t.Dashboard]})
				}
				continue
			}
			tables, sure := e.tables(q)
			switch {
			case e.Hid || e.Gone || !sure:
				doubts = append(doubts, doubt{q, 0, views[t.Dashboard]})
			case len(tables) > 1:
				doubts = append(doubts, doubt{q, 1, views[t.Dashboard]})
			}
		}
	}
	slices.SortStableFunc(doubts, func(a, b doubt) int {
		return cmp.Or(a.how-b.how, v.refusedAt("the SQL of query", string(a.ID)).Compare(v.refusedAt("the SQL of query", string(b.ID))), int(b.views-a.views))
	})
	met := make(map[text]bool)
	for _, d := range doubts {
		if !met[d.ID] {
			met[d.ID] = true
			all = append(all, d.asked)
		}
	}
	return all
}

// daily is how long something broken is taken for broken: somebody repairs it.
const daily = 20 * time.Hour

// age tells how old the oldest is of what is known of explores and SQL, where
// that is more than it should be.
func (v *visit) age(c *catalogue) {
	oldest := v.now
	for _, t := range c.Tiles {
		for _, q := range t.Queries {
			if e := v.kept.Explores[q.explore()]; e != nil && e.At.Before(oldest) {
				oldest = e.At
			}
			if m := v.kept.SQL[string(q.ID)]; m != nil && m.At.Before(oldest) {
				oldest = m.At
			}
		}
	}
	if days := int(v.now.Sub(oldest).Hours() / 24); v.now.Sub(oldest) > aged+daily {
		v.note("what explores and queries read is known as of %s ago at the oldest: the month's calls are planned", sources.Count(days, "day"))
	}
}

// mostSQL is how much of a query's SQL is read.
const mostSQL = 8 << 20

// gone are the words by which Looker says that a query refers to something that
// is not there.
var gone = []string{"view not found", "no longer exists", "unknown field", "must query at least one dimension or measure", "does not exist"}

// sql asks for the SQL of a query, which runs nothing, and keeps what it reads.
func (v *visit) sql(q asked) {
	v.kind = query
	resp, err := v.api.Do(v.ctx, calls.Call{Path: "queries/" + url.PathEscape(string(q.ID)) + "/run/sql", Query: url.Values{"force_production": {"true"}}})
	v.kind = ""
	if err != nil {
		v.refused(q, err)
		return
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, mostSQL+1))
	v.answer.Bytes += int64(len(body))
	text := strings.TrimSpace(string(body))
	switch {
	case err != nil || strings.HasPrefix(text, "<") || len(body) > mostSQL:
		v.note("the SQL of query %s does not read, or is larger than %s", q.ID, sources.Size(mostSQL))
	case strings.HasPrefix(text, "-- Error") || strings.HasPrefix(text, "Error:"):
		if !refers(text) {
			v.note("the SQL of query %s is not told: %s", q.ID, v.firstLine(text))
			return
		}
		v.kept.SQL[string(q.ID)] = &made{Broken: v.firstLine(text), At: v.now}
	default:
		v.keep(q, text)
	}
}

// keep keeps what the SQL of a query tells, also of derived tables. What a rollup
// is built from is told by the explore that it stands in for.
func (v *visit) keep(q asked, sql string) {
	tables, all := apart(sql)
	if len(tables) == 0 {
		v.note("the SQL of query %s names no table", q.ID)
	}
	e := v.kept.Explores[q.explore()]
	v.learn(all, q, e.connection())
	for _, name := range tables {
		if d := v.kept.Derived[v.keyOf(string(q.Model), name)]; d != nil {
			d.Name = name // another one after each build
		}
	}
	v.kept.SQL[string(q.ID)] = (&made{Tables: tables, At: v.now}).after(v.kept.SQL[string(q.ID)])
}

func union(a, b []string) []string {
	all := slices.Concat(a, b)
	slices.Sort(all)
	return slices.Compact(all)
}

func (v *visit) firstLine(s string) string { return v.api.first(strings.TrimPrefix(s, "--")) }

// refers reports whether what Looker says is that something is not there.
func refers(says string) bool {
	says = strings.ToLower(says)
	return slices.ContainsFunc(gone, func(words string) bool { return strings.Contains(says, words) })
}

// refused takes from a refusal what is not there. 403, and 404 without such
// words, say that it is not visible to us.
func (v *visit) refused(q asked, err error) {
	status := calls.Status(err)
	if (status == http.StatusBadRequest || status == http.StatusNotFound || status == http.StatusUnprocessableEntity) && refers(err.Error()) {
		v.kept.SQL[string(q.ID)] = &made{Broken: refusal(err), At: v.now}
		return
	}
	if status == http.StatusForbidden || status == http.StatusNotFound {
		v.unseen(q)
	}
	v.refuse("the SQL of query", string(q.ID), err)
}

// unseen keeps that the SQL of a query was not told, so that it is asked for again
// after a week: each call is counted.
func (v *visit) unseen(q asked) {
	if old := v.kept.SQL[string(q.ID)]; old == nil || len(old.Tables) == 0 {
		v.kept.SQL[string(q.ID)] = &made{Hid: true, At: v.now}
	}
}

// refusal is what Looker said, without the call.
func refusal(err error) string {
	_, says, _ := strings.Cut(sources.OneLine(err), " (")
	says, _, _ = strings.Cut(says, ")")
	return says
}

// A traced is what is known of what a tile reads.
type traced struct {
	tables []sources.ID
	how    string // "sql" or "explore"; "" is not at all
	broken string
	by     sources.ID // the explore that is gone; "" is none
}

// of traces a tile: all of its queries.
func (v *visit) of(t *tile) (all traced) {
	if m := v.kept.SQL[t.runner()]; m != nil && t.Runner != "" && len(m.Tables) > 0 {
		return traced{tables: v.relations(m.all(), m.Connection, ""), how: "sql", broken: m.Broken}
	}
	for _, q := range t.Queries {
		one := v.query(q)
		if one.how == "" && one.broken == "" && len(t.Queries) > 1 {
			one.tables = append(one.tables, v.exploreID(q)) // merged with what can be traced: nobody can watch it
		}
		all.tables = append(all.tables, one.tables...)
		if one.how != "" && all.how != "explore" {
			all.how = one.how
		}
		if one.broken != "" && all.broken == "" {
			all.broken, all.by = one.broken, one.by
		}
	}
	slices.Sort(all.tables)
	all.tables = slices.Compact(all.tables)
	return all
}

// query traces one: by its SQL, or by its explore. Where an explore may read more
// than it says, the tile rests on it as on something that nobody can watch.
func (v *visit) query(q asked) (one traced) {
	e := v.kept.Explores[q.explore()]
	m := v.kept.SQL[string(q.ID)]
	if m != nil && m.Hid {
		m = nil
	}
	switch {
	case e != nil && e.Gone:
		one.broken, one.by = fmt.Sprintf("the explore %s is not there any more", q.explore()), v.exploreID(q)
	case m != nil && q.ID != "" && m.Broken != "":
		one.broken = m.Broken
	case m != nil && q.ID != "" && len(m.Tables) > 0:
		one.tables, one.how = v.relations(m.all(), e.connection(), string(q.Model)), "sql"
	case e == nil || e.Hid:
	default:
		tables, sure := e.tables(q)
		if len(tables) == 0 {
			return one
		}
		if one.tables, one.how = v.relations(tables, e.connection(), string(q.Model)), "explore"; !sure {
			one.tables = append(one.tables, v.exploreID(q))
		}
	}
	return one
}

// complete asks, by one search of elements, for what lists do not tell of
// queries: filters and fields of their own, which may need more of an explore.
func (v *visit) complete(c *catalogue) {
	missing := false
	v.fill(c, func(q *asked) {
		e := v.kept.Explores[q.explore()]
		missing = missing || q.Partial && q.ID != "" && v.kept.SQL[string(q.ID)] == nil && (e == nil || len(e.Joins) > 0)
	})
	if !missing || !v.may(admin) {
		return
	}
	var all []*element
	if err := v.get("dashboard_elements/search", fields(elementFields), &all); err != nil {
		v.note("filters of tiles are not known: %s", sources.OneLine(err))
		return
	}
	for _, e := range there(all) {
		if t := e.tile(); t != nil {
			for _, q := range t.Queries {
				if q.ID != "" {
					v.kept.Queries[string(q.ID)] = &q
				}
			}
		}
	}
	v.fill(c, func(*asked) {})
}

// fill puts what is known of queries into tiles, and calls each.
func (v *visit) fill(c *catalogue, each func(*asked)) {
	for _, t := range c.Tiles {
		for i := range t.Queries {
			q := &t.Queries[i]
			if full := v.kept.Queries[string(q.ID)]; full != nil && q.ID != "" && q.Partial {
				*q = *full
			}
			each(q)
		}
	}
}

func (v *visit) exploreID(q asked) sources.ID {
	return sources.ID("explore:" + v.setting.Name + "/" + q.explore())
}

// relations are the ids of tables. A name of one or two parts is completed from
// its connection; where that is not said it stays what it is, which is nobody's:
// the tile rests on something that nobody can watch. It is never matched by its
// last part.
func (v *visit) relations(tables []string, connection, model string) (ids []sources.ID) {
	home := v.dialect.Parse(v.Connections[connection])
	for _, name := range tables {
		parts := v.dialect.Parse(name)
		switch n := len(parts); {
		case n == 0:
			continue
		case isScratch(name):
			ids = append(ids, v.derivedID(v.keyOf(model, name)))
			continue
		case n < 3 && len(home) == 2:
			parts = append(slices.Clone(home[:3-n]), parts...)
		case n < 3:
			v.incomplete(connection)
		}
		ids = append(ids, v.dialect.Table(v.setting.Namespace, parts...))
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// incomplete notes, once, that names of a connection cannot be completed.
func (v *visit) incomplete(connection string) {
	says := fmt.Sprintf("names without a database are nobody's: connections in [[source]] says where they are, such as %q = \"DATABASE.SCHEMA\"", connection)
	if !slices.Contains(v.answer.Notes, says) {
		v.note("%s", says)
	}
}
