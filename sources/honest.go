package sources

import (
	"fmt"
	"slices"
	"time"
)

// honest takes out of a scrape what speaks of a moment after the visit: some
// clock is wrong, and a look at the future would outlast every look to come. Up
// to [Skew] counts as the moment of the visit.
func (s *Scrape) honest() {
	wrong := 0
	late := func(t *time.Time) bool {
		if t.After(s.At.Add(Skew)) {
			wrong++
			return true
		}
		if t.After(s.At) {
			*t = s.At
		}
		return false
	}
	for i := range s.Observations {
		o := &s.Observations[i]
		o.Readings = slices.DeleteFunc(slices.Clone(o.Readings), func(r Reading) bool { return late(&r.Look) })
		for j := range o.Readings {
			late(&o.Readings[j].Look)
		}
		if late(&o.Attempt.At) {
			o.Attempt = Attempt{}
		}
		if late(&o.Missed) {
			o.Missed = time.Time{}
		}
	}
	s.Scopes = slices.DeleteFunc(s.Scopes, func(scope Scope) bool { return late(&scope.Look) })
	for i := range s.Scopes {
		late(&s.Scopes[i].Look)
	}
	if wrong > 0 {
		s.Notes = append(slices.Clone(s.Notes), fmt.Sprintf("%d of its words are of a moment after this visit, and are skipped: is the clock of this machine right, and that of whoever wrote them?", wrong))
	}
}
