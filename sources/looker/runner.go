package looker

import (
	"net/url"

	"github.com/freshet-status/freshet/sources/calls"
)

// runner is where the SQL of a tile of SQL Runner is kept.
func (t *tile) runner() string { return "runner:" + string(t.Runner) }

// runners asks for the SQL that people wrote themselves, which never changes, and
// returns how much of it must wait.
func (v *visit) runners(c *catalogue) (left int) {
	for _, t := range c.Tiles {
		switch {
		case t.Runner == "" || !v.ripe(v.kept.SQL[t.runner()]):
		case v.wait("the SQL of tile", string(t.ID)) || !v.may(query):
			left++
		default:
			v.run(t)
		}
	}
	return left
}

// ripe reports whether the SQL of a tile of SQL Runner is to be asked for: it is
// not known, and was not refused this week.
func (v *visit) ripe(m *made) bool {
	return m == nil || len(m.Tables) == 0 && v.now.Sub(m.At) >= aged
}

func (v *visit) run(t *tile) {
	var q struct {
		SQL        text `json:"sql"`
		Connection struct {
			Name text `json:"name"`
		} `json:"connection"`
	}
	if err := v.call(query, calls.Call{Path: "sql_queries/" + url.PathEscape(string(t.Runner))}, &q); err != nil {
		if told(err) == unseen {
			v.kept.SQL[t.runner()] = &made{At: v.now}
		}
		v.refuse("the SQL of tile", string(t.ID), err)
		return
	}
	tables, _ := apart(string(q.SQL))
	v.kept.SQL[t.runner()] = &made{Tables: tables, Connection: string(q.Connection.Name), At: v.now}
}
