package sourcetest

import (
	"slices"
	"testing"
)

// answerEvery returns a table that gives a reason for every lie.
func answerEvery() LieTable[string] {
	table := LieTable[string]{Untold: make(map[Lie]string)}
	for _, lie := range Lies {
		table.Untold[lie] = "the system has no times"
	}
	return table
}

func TestATableAnswersForEveryLie(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(*LieTable[string])
		want   []string
	}{
		"a reason for every lie": {change: func(*LieTable[string]) {}},
		"a row in place of a reason": {change: func(table *LieTable[string]) {
			delete(table.Untold, Epoch)
			table.Rows = []LieRow[string]{{Lie: Epoch}, {Lie: Epoch}}
		}},
		"neither a row nor a reason": {
			change: func(table *LieTable[string]) { delete(table.Untold, Epoch) },
			want:   []string{"epoch: got no row and no reason, want one of both"},
		},
		"a reason without a word": {
			change: func(table *LieTable[string]) { table.Untold[Epoch] = "" },
			want:   []string{"epoch: got no row and no reason, want one of both"},
		},
		"a row and a reason": {
			change: func(table *LieTable[string]) { table.Rows = []LieRow[string]{{Lie: Epoch}} },
			want:   []string{"epoch: got a row and a reason why there is none, want one of both"},
		},
		"a row of a lie that nobody knows": {
			change: func(table *LieTable[string]) { table.Rows = []LieRow[string]{{Lie: "mood"}} },
			want:   []string{"mood: got a row or a reason, want only those of the list of lies"},
		},
		"a reason for a lie that nobody knows": {
			change: func(table *LieTable[string]) { table.Untold["mood"] = "it has none" },
			want:   []string{"mood: got a row or a reason, want only those of the list of lies"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			table := answerEvery()
			tt.change(&table)
			if got := table.listFaults(); !slices.Equal(got, tt.want) {
				t.Errorf("faults: got %q, want %q", got, tt.want)
			}
		})
	}
}
