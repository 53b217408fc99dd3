package sources_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/freshet-status/freshet/sources"
)

type look struct{ at, look int64 }

// TestFoldingLosesNothing compares a series with the looks that it was made of:
// at every look it tells the time that this look told.
func TestFoldingLosesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		byLook := make(map[int64]int64)
		for range rapid.IntRange(1, 12).Draw(t, "looks") {
			byLook[rapid.Int64Range(100, 140).Draw(t, "look")] = 10 * rapid.Int64Range(1, 4).Draw(t, "at")
		}
		var looks []look
		for l, at := range byLook {
			looks = append(looks, look{at: at, look: l})
		}
		slices.SortFunc(looks, func(a, b look) int { return int(a.look - b.look) })
		var s sources.Series
		for _, l := range looks {
			s = s.AddCheck(l.at, l.look, false)
		}
		for _, l := range looks {
			if got := told(s, l.look); got != l.at {
				t.Fatalf("series of %v, check at %d: got %d, want %d in %v", looks, l.look, got, l.at, s)
			}
		}
	})
}

// told is what a series says of the moment of a look.
func told(s sources.Series, moment int64) (at int64) {
	for _, sp := range s {
		if sp.First <= moment {
			at = sp.At
		}
	}
	return at
}

func TestLooksThatComeLateAreSortedIn(t *testing.T) {
	for name, tt := range map[string]struct {
		looks []look
		want  sources.Series
	}{
		"before all others": {
			looks: []look{{at: 10, look: 50}, {at: 5, look: 20}},
			want:  sources.Series{{At: 5, First: 20, Last: 20}, {At: 10, First: 50, Last: 50}},
		},
		"inside what says the same": {
			looks: []look{{at: 10, look: 20}, {at: 10, look: 50}, {at: 10, look: 30}},
			want:  sources.Series{{At: 10, First: 20, Last: 50}},
		},
		"the same again": {
			looks: []look{{at: 10, look: 20}, {at: 12, look: 50}, {at: 10, look: 20}},
			want:  sources.Series{{At: 10, First: 20, Last: 20}, {At: 12, First: 50, Last: 50}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			var s sources.Series
			for _, l := range tt.looks {
				s = s.AddCheck(l.at, l.look, false)
			}
			if !slices.Equal(s, tt.want) {
				t.Errorf("series: got %v, want %v", s, tt.want)
			}
		})
	}
}

func TestATimeAfterItsOwnLook(t *testing.T) {
	noon := time.Date(2026, 8, 22, 12, 0, 0, 0, time.UTC)
	hear := func(ahead time.Duration) *sources.Track {
		tr := new(sources.Track)
		tr.AddReading(sources.Reading{Clock: sources.Loaded, At: noon.Add(ahead), CheckedAt: noon})
		return tr
	}
	if at, _ := hear(10 * time.Minute).Clocks[sources.Loaded].LastReading(); !at.Equal(noon) {
		t.Errorf("reading 10 minutes ahead: got %v, want the time of its check, %v", at, noon)
	}
	tr := hear(10*time.Minute + time.Second)
	if tr.Clocks[sources.Loaded] != nil || tr.FutureReadings == nil {
		t.Errorf(
			"reading further ahead: got %v and future %v, want none and one",
			tr.Clocks[sources.Loaded],
			tr.FutureReadings,
		)
	}
}
