package sources_test

import (
	"context"
	"testing"
	"time"

	"github.com/freshet-status/freshet/sources"
)

// TestALookAtTheFutureIsNone visits at noon a source whose words are of other
// moments.
func TestALookAtTheFutureIsNone(t *testing.T) {
	noon := time.Date(2026, 8, 22, 12, 0, 0, 0, time.UTC)
	word := func(look time.Time) sources.Observation {
		o := sources.Observation{
			Asset:   sources.Asset{ID: "table:T"},
			Attempt: sources.Attempt{At: look, Outcome: sources.Failed},
			Missed:  look,
		}
		o.Readings = []sources.Reading{{Clock: sources.Loaded, At: noon.Add(-time.Hour), CheckedAt: look}}
		return o
	}
	for name, tt := range map[string]struct {
		look  time.Time
		want  time.Time // zero: it is skipped
		notes int
	}{
		"an hour ago":                        {noon.Add(-time.Hour), noon.Add(-time.Hour), 0},
		"some minutes ahead count as now":    {noon.Add(9 * time.Minute), noon, 0},
		"more is skipped, and told":          {noon.Add(time.Hour), time.Time{}, 1},
		"next year would outlast every look": {noon.AddDate(1, 0, 0), time.Time{}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			answers := func(context.Context) (sources.Answer, error) {
				return sources.Answer{
					Observations: []sources.Observation{word(tt.look)},
					Scopes:       []sources.Scope{{Name: "s", CheckedAt: tt.look}},
				}, nil
			}
			s := sources.VisitAll(context.Background(), noon, time.Now, []sources.VisitTarget{stop("s", time.Minute, answers)}, nil)[0]
			o := s.Observations[0]
			if tt.want.IsZero() {
				if len(o.Readings)+len(s.Scopes) != 0 || o.Attempt.Outcome != "" || !o.Missed.IsZero() {
					t.Errorf("result: got %+v, scopes %v; want no reading, scope, attempt or missed check", o, s.Scopes)
				}
			} else if !o.Readings[0].CheckedAt.Equal(tt.want) || !s.Scopes[0].CheckedAt.Equal(tt.want) ||
				!o.Attempt.At.Equal(tt.want) || !o.Missed.Equal(tt.want) {
				t.Errorf("result: got %+v, scopes %v; want all times at %v", o, s.Scopes, tt.want)
			}
			if len(s.Notes) != tt.notes {
				t.Errorf("notes: got %q, want %d", s.Notes, tt.notes)
			}
		})
	}
}
