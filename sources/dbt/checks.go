package dbt

import (
	"time"

	"github.com/freshet-status/freshet/sources"
)

// A checkFile holds sources.json, or freshness.json of dbt 2: the results of one freshness
// check, which need not cover every source.
type checkFile struct {
	generatedAt time.Time
	rows        []checkRow
}

// A checkRow is the result of a freshness check for one source. Its status is dbt's verdict and
// is not read.
type checkRow struct {
	ID          string `json:"unique_id"`
	MaxLoadedAt Moment `json:"max_loaded_at"`
	CheckedAt   Moment `json:"snapshotted_at"` // no time if the check of this source failed
	Error       Text   `json:"error"`          // why the check failed, up to dbt 1.7; later versions leave the row out
}

// readChecks adds the results of each check to the project that it belongs to, in the order of
// files: oldest first within a kind.
func (v *Reader) readChecks(projects []*project, files []artifactFile) {
	for _, f := range files {
		c, err := v.readCheckFile(f)
		if err != nil {
			v.AddError(err)
		} else if p := v.findProject(projects, f, c.uniqueIDs()); p != nil {
			v.addCheckResults(p, c)
		}
	}
}

// readCheckFile reads one file of check results. Rows of unexpected shape are left out with a
// note.
func (v *Reader) readCheckFile(f artifactFile) (c checkFile, err error) {
	c.generatedAt = f.metadata.GeneratedAt.Truncate(second)
	err = v.readMembers(f, func(s *stream, key string) error {
		if key != "results" {
			return s.skipValue()
		}
		return s.readList(func() error {
			var row checkRow
			ok, err := s.decodeOrSkip("result", &row)
			if ok {
				c.rows = append(c.rows, row)
			}
			return err
		})
	})
	return c, err
}

// uniqueIDs returns the unique id of each row.
func (c checkFile) uniqueIDs() (ids []string) {
	for _, row := range c.rows {
		ids = append(ids, row.ID)
	}
	return ids
}

// addCheckResults adds a reading for each valid row of a check. A source with a limit but no
// valid row is marked as missed, because its check failed or did not include it; its earlier
// readings stay. A valid row clears the mark.
func (v *Reader) addCheckResults(p *project, c checkFile) {
	checked := make(map[string]bool)
	for _, row := range c.rows {
		o := p.observations[row.ID]
		if o != nil && row.Error != "" && o.Attempt.Outcome == "" {
			o.Attempt = sources.Attempt{
				At:      c.generatedAt,
				Outcome: sources.CheckFailed,
				Says:    FirstErrorLine(string(row.Error)),
			}
		}
		if o == nil || !row.CheckedAt.IsTime() || !row.MaxLoadedAt.IsValid {
			continue
		}
		if o.Attempt.Outcome == sources.CheckFailed {
			o.Attempt = sources.Attempt{}
		}
		checked[row.ID] = true
		v.addCheckRow(p, o, row)
	}
	for unique, o := range p.observations {
		limited := o.WarnAfter > 0 || o.ErrorAfter > 0
		if o.Kind == sources.DBTSource && limited && !checked[unique] && c.generatedAt.After(o.Missed) {
			o.Missed = c.generatedAt
		}
		if checked[unique] {
			o.Missed = time.Time{}
		}
	}
}

// addCheckRow adds one row to o as a reading of clock loaded. Without loaded_at_field or
// loaded_at_query, dbt returns when the table was altered: the clock is then altered or, for a
// view, ddl. dbt 2 returns the time of the check itself for every view; such rows only add a
// note.
func (v *Reader) addCheckRow(p *project, o *sources.Observation, row checkRow) {
	loaded := row.MaxLoadedAt.inZone(v.Setting.Zone)
	checkedAt := row.CheckedAt.inZone(v.Setting.Zone)
	clock := sources.Loaded
	if !p.nodes[row.ID].hasLoadedAt() {
		clock = sources.Altered
		if o.Virtual {
			clock = sources.DDL
		}
		if loaded.Equal(checkedAt) {
			v.addNote(
				"%s: the freshness check returned its own time, as dbt does for views; "+
					"the result is ignored",
				row.ID,
			)
			return
		}
	}
	addReading(o, clock, normalizeLoadTime(loaded), checkedAt.Truncate(second))
}

// normalizeLoadTime returns t to the second, and sources.Never for year 1 or the first second
// of 1970: dbt writes either for a table that was never loaded. A later fraction of that second
// becomes the next second, so that it is not taken for Never.
func normalizeLoadTime(t time.Time) time.Time {
	if t.Year() <= 1 || t.Equal(sources.Never) {
		return sources.Never
	}
	t = t.Truncate(second)
	if t.Equal(sources.Never) {
		return t.Add(second)
	}
	return t
}
