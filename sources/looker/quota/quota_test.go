package quota_test

import (
	"errors"
	"testing"
	"time"

	"github.com/freshet-status/freshet/sources/looker/quota"
)

// noon is in the middle of a month of 31 days, with 15 days to come.
var noon = time.Date(2026, 8, 16, 12, 0, 0, 0, time.UTC)

// newQuota returns a quota of so many calls a month, of which some were made.
func newQuota(limit, made int) *quota.Quota {
	return &quota.Quota{
		Limit:     limit,
		Now:       noon,
		ByHistory: map[string]int{quota.AdminCalls: made},
		ByCache:   make(map[string]int),
		Refused:   make(map[string]time.Time),
	}
}

func TestTryKeepsTheListsOfTheDaysToCome(t *testing.T) {
	for name, tt := range map[string]struct {
		made int
		want quota.Outcome
	}{
		"a new month":                     {made: 0, want: quota.Done},
		"one call more than the lists":    {made: 1000 - 15*4 - 1, want: quota.Done},
		"the lists of the month are left": {made: 1000 - 15*4, want: quota.Deferred},
		"nothing is left":                 {made: 1000, want: quota.Deferred},
	} {
		t.Run(name, func(t *testing.T) {
			q := newQuota(1000, tt.made)
			if got := q.Try(quota.AdminCalls, "explore", "shop::orders", func() error { return nil }); got != tt.want {
				t.Errorf("outcome after %d calls: got %v, want %v", tt.made, got, tt.want)
			}
		})
	}
}

func TestTryWaitsAfterARefusal(t *testing.T) {
	q := newQuota(1000, 0)
	refuse := func() error { return errors.New("no") }
	accept := func() error { return nil }
	steps := []struct {
		id   string
		call func() error
		want quota.Outcome
	}{
		{id: "a", call: refuse, want: quota.Refused},
		{id: "a", call: accept, want: quota.Waiting},
		{id: "b", call: accept, want: quota.Done},
		{id: "b", call: refuse, want: quota.Refused},
		{id: "c", call: refuse, want: quota.Refused},
		{id: "d", call: accept, want: quota.Waiting}, // three of the same subject were refused
	}
	for i, step := range steps {
		if got := q.Try(quota.QueryCalls, "SQL of query", step.id, step.call); got != step.want {
			t.Errorf("step %d, %s: got %v, want %v", i, step.id, got, step.want)
		}
	}
	if notes := q.Notes(); len(notes) != 1 || notes[0] != "SQL of query a and 2 more: could not be read: no" {
		t.Errorf("notes: got %q, want one line for the subject", notes)
	}
	q.Now = noon.Add(quota.RetryInterval)
	next := &quota.Quota{Limit: 1000, Now: q.Now, ByCache: q.ByCache, Refused: q.Refused}
	if got := next.Try(quota.QueryCalls, "SQL of query", "a", accept); got != quota.Done {
		t.Errorf("after the retry interval: got %v, want %v", got, quota.Done)
	}
}
