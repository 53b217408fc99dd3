package judgetest

import (
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestRandomWorldsAreJudgedWhole checks what must hold of every verdict in every random world.
func TestRandomWorldsAreJudgedWhole(t *testing.T) {
	seen := map[string]int{}
	rapid.Check(t, func(t *rapid.T) {
		w, truth := DrawWorld(t)
		verdicts := Judge(w)
		for id, v := range verdicts {
			countSeen(seen, w, id, v)
			checkVerdict(t, w, id, v)
		}
		if wrong := FindWrongGreens(w, truth, verdicts); len(wrong) > 0 {
			t.Fatalf("wrong greens: got %v, want none", wrong)
		}
	})
	t.Logf("seen: %v", seen)
}

// countSeen counts what a verdict is an example of, so that the log tells what the random worlds reach.
func countSeen(seen map[string]int, w World, id string, v Verdict) {
	examples := map[string]bool{
		"status " + v.Status: true, "clock " + v.Clock: true, "waiting": v.Waiting, "failing": v.Failing,
		"waiting can be compared": CanCompareWaiting(w, id),
		"updated before":          !v.UpdatedBefore.IsZero(),
		"visit as cause":          strings.Contains(strings.Join(v.Causes, " "), "visit:"),
		"emptied":                 v.Clock != "" && v.Updated.IsZero() && v.UpdatedBefore.IsZero(),
		"some roots unchecked":    v.CheckedRoots > 0 && v.UncheckedRoots > 0,
		"several causes":          len(v.Causes) > 1,
	}
	for what, is := range examples {
		if is {
			seen[what]++
		}
	}
}

// checkVerdict fails if a verdict contradicts itself.
func checkVerdict(t *rapid.T, w World, id string, v Verdict) {
	if len(v.Strip) != stripDays {
		t.Fatalf("%s: strip has %d letters, want %d", id, len(v.Strip), stripDays)
	}
	today := v.Strip[stripDays-1:]
	if today != letters[v.Status] && today != "." {
		t.Fatalf("%s: today's letter: got %q, want %q or no data", id, today, letters[v.Status])
	}
	held := v.Status == aging || v.Status == stale || v.Status == broken
	if held && len(v.Causes) == 0 {
		t.Fatalf("%s is %s: got no cause, want one", id, v.Status)
	}
	if v.Updated.After(w.At) {
		t.Fatalf("%s: updated: got %v, want not after %v", id, v.Updated, w.At)
	}
	if v.Waiting && v.Status == fresh {
		t.Fatalf("%s: got waiting and fresh, want one of them", id)
	}
}

// TestJudgeAnswersTheSameTwice checks that the same world is judged the same.
func TestJudgeAnswersTheSameTwice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w, _ := DrawWorld(t)
		first, second := Judge(w), Judge(w)
		if !reflect.DeepEqual(first, second) {
			t.Fatalf("got %v, want %v", second, first)
		}
	})
}
