package sources

import (
	"fmt"
	"slices"
	"time"
)

// dropFuture removes readings, attempts, missed checks, test results and scopes whose time is more than
// [Skew] after the visit, and adds a note with their number: some clock is wrong, and such a
// check would outlast every later one. Times up to Skew after the visit become the time of the
// visit.
func (s *Scrape) dropFuture() {
	dropped := 0
	clampFuture := func(t *time.Time) bool {
		if t.After(s.At.Add(Skew)) {
			dropped++
			return true
		}
		if t.After(s.At) {
			*t = s.At
		}
		return false
	}
	for i := range s.Observations {
		o := &s.Observations[i]
		o.Readings = slices.DeleteFunc(slices.Clone(o.Readings), func(r Reading) bool { return clampFuture(&r.CheckedAt) })
		for j := range o.Readings {
			clampFuture(&o.Readings[j].CheckedAt)
		}
		if clampFuture(&o.Attempt.At) {
			o.Attempt = Attempt{}
		}
		if clampFuture(&o.Missed) {
			o.Missed = time.Time{}
		}
		o.Tests = slices.Clone(o.Tests)
		for j, result := range o.Tests {
			if clampFuture(&o.Tests[j].At) {
				o.Tests[j] = TestResult{Name: result.Name}
			}
		}
	}
	s.Scopes = slices.DeleteFunc(s.Scopes, func(scope Scope) bool { return clampFuture(&scope.CheckedAt) })
	for i := range s.Scopes {
		clampFuture(&s.Scopes[i].CheckedAt)
	}
	if dropped > 0 {
		s.Notes = append(
			slices.Clone(s.Notes),
			fmt.Sprintf(
				"ignored %s later than this run; check the clocks of this machine and of the sender",
				FormatCount(dropped, "value"),
			),
		)
	}
}
