package dbt

import (
	"time"

	"github.com/freshet-status/freshet/sources"
)

// A check is sources.json, or freshness.json of dbt 2: a check of freshness,
// which need not have covered every source.
type check struct {
	at   time.Time
	rows []row
}

// A row is what a check read of one source. Its status is dbt's verdict and is
// not read.
type row struct {
	ID     string `json:"unique_id"`
	Loaded moment `json:"max_loaded_at"`
	Look   moment `json:"snapshotted_at"` // not said if the check of this source failed
}

// checks tells the projects of every check, oldest first.
func (v *visit) checks(projects []*project, files []file) {
	for _, f := range files {
		c, err := v.check(f)
		if err != nil {
			v.fail(err)
		} else if p := v.owner(projects, f, c.ids()); p != nil {
			v.addCheck(p, c)
		}
	}
}

func (v *visit) check(f file) (c check, err error) {
	c.at = f.meta.At.Truncate(second)
	err = v.read(f, func(s *stream, key string) error {
		if key != "results" {
			return s.skip()
		}
		return s.list(func() error {
			var one row
			ok, err := s.decode("a result", &one)
			if ok {
				c.rows = append(c.rows, one)
			}
			return err
		})
	})
	return c, err
}

func (c check) ids() (ids []string) {
	for _, one := range c.rows {
		ids = append(ids, one.ID)
	}
	return ids
}

// addCheck tells when the newest row of each source was loaded, and which
// sources with a limit the check says nothing of. It may have failed, or not
// have been asked: that is no look, and erases none.
func (v *visit) addCheck(p *project, c check) {
	told := make(map[string]bool)
	for _, one := range c.rows {
		o := p.seen[one.ID]
		if o == nil || !one.Look.said || one.Look.IsZero() || !one.Loaded.said {
			continue
		}
		told[one.ID] = true
		v.addRow(p, o, one)
	}
	for unique, o := range p.seen {
		limited := o.WarnAfter > 0 || o.ErrorAfter > 0
		if o.Kind == sources.DBTSource && limited && !told[unique] && c.at.After(o.Missed) {
			o.Missed = c.at
		}
		if told[unique] {
			o.Missed = time.Time{}
		}
	}
}

// addRow tells of one row. Where the source names no field and no query, dbt
// asked the warehouse when the table was altered; of a view that is when it was
// defined, and dbt 2 even says that it is this moment.
func (v *visit) addRow(p *project, o *sources.Observation, one row) {
	loaded, look := one.Loaded.in(v.setting.Zone), one.Look.in(v.setting.Zone)
	clock := sources.Loaded
	if !p.nodes[one.ID].timed() {
		clock = sources.Altered
		if o.Virtual {
			clock = sources.DDL
		}
		if loaded.Equal(look) {
			v.note("%s: dbt says that it was altered at the very moment of its check, as it says of every view: not taken for a load", one.ID)
			return
		}
	}
	tell(o, clock, stored(loaded), look.Truncate(second))
}

// stored is a time to the second, and Never where dbt means that: year 1, or
// the first second of 1970. Both zero and Never are real answers of dbt.
func stored(t time.Time) time.Time {
	if t.Year() <= 1 || t.Equal(sources.Never) {
		return sources.Never
	}
	if t = t.Truncate(second); t.Equal(sources.Never) {
		return t.Add(second)
	}
	return t
}
