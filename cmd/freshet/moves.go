package main

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/generator/words"
	"github.com/freshet-status/freshet/sources"
)

// proposeMoves returns a note for each pair of a removed asset and a new one that are probably
// the same, with the [[moved]] to add to site.toml.
func (k checkCommand) proposeMoves(r *freshness.Report) (notes []string) {
	for _, p := range r.ProposeMoves() {
		notes = append(
			notes,
			fmt.Sprintf(
				"%s was last listed before %s and %s appeared: %s. If it is the same table, add:\n+[[moved]]\n+from = %q\n+to   = %q",
				p.From.Place(),
				words.FormatTime(r, p.Went),
				p.To.Place(),
				words.Similarity(p.Why),
				string(p.From),
				string(p.To),
			),
		)
	}
	return notes
}

// conflictingRules returns a note for each pair of rules that match the same assets and
// contradict each other. The first rule applies.
func (k checkCommand) conflictingRules(r *freshness.Report) (notes []string) {
	rules := k.cfg.Rules.Rules
	matched := make([]map[*freshness.Node]bool, len(rules)) // computed once per rule, because there are many pairs
	for i, rule := range rules {
		if !rule.Expect.IsSet() {
			continue
		}
		matched[i] = make(map[*freshness.Node]bool)
		for _, n := range r.Nodes {
			if !n.Virtual && n.Matches(rule.Match) {
				matched[i][n] = true
			}
		}
	}
	for i, rule := range rules {
		for j := i + 1; j < len(rules); j++ {
			if !rule.Expect.ConflictsWith(rules[j].Expect) {
				continue
			}
			over := commonNodes(matched[i], matched[j])
			if len(over) == 0 {
				continue
			}
			notes = append(
				notes,
				fmt.Sprintf(
					"%s:%d: rule.match: %q conflicts with the rule in line %d on %s, such as %s; the earlier rule applies",
					k.cfg.File(),
					k.cfg.RuleLines[j],
					rules[j].Match,
					k.cfg.RuleLines[i],
					sources.FormatCount(len(over), "asset"),
					over[0].ID,
				),
			)
		}
	}
	return notes
}

// commonNodes returns the nodes that are in both sets, by id.
func commonNodes(a, b map[*freshness.Node]bool) (over []*freshness.Node) {
	if len(b) < len(a) {
		a, b = b, a
	}
	for n := range a {
		if b[n] {
			over = append(over, n)
		}
	}
	slices.SortFunc(over, func(a, b *freshness.Node) int { return cmp.Compare(a.ID, b.ID) })
	return over
}
