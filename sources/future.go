package sources

import (
	"fmt"
	"slices"
	"strings"
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

// maxNamedAssets is the number of assets that a note names.
const maxNamedAssets = 3

// noteFutureReadings adds a note that names the assets with a time after its own check: such readings are
// kept and never used.
func (s *Scrape) noteFutureReadings() {
	var names []string
	for _, o := range s.Observations {
		isIgnored := func(r Reading) bool { return r.Clock.CanDecideStatus() && r.IsInFuture() }
		if slices.ContainsFunc(o.Readings, isIgnored) {
			names = append(names, o.ID.Place())
		}
	}
	if len(names) == 0 {
		return
	}
	text := strings.Join(names[:min(len(names), maxNamedAssets)], ", ")
	if more := len(names) - maxNamedAssets; more > 0 {
		text += " and " + FormatNumber(more) + " more"
	}
	s.Notes = append(
		slices.Clone(s.Notes),
		fmt.Sprintf("ignored timestamps in the future, of %s; check the clock and time zone of what writes them", text),
	)
}
