package main

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/sources"
)

// moves proposes, as a diff of site.toml, that what went and what came are one.
func (k *call) moves(r *freshness.Report) (notes []string) {
	for _, p := range r.Proposals(distance) {
		notes = append(notes, fmt.Sprintf("%s went, by the look of %s, and %s came: %s. If it is the same, add\n+[[moved]]\n+from = %q\n+to   = %q", p.From.Place(), r.Day(p.Went), p.To.Place(), p.Why, string(p.From), string(p.To)))
	}
	return notes
}

// fights tells of the rules that another one before them takes assets from, by
// saying of the same assets something else.
func (k *call) fights(r *freshness.Report) (notes []string) {
	rules := k.cfg.rules.Rules
	matched := make([]map[*freshness.Node]bool, len(rules)) // once a rule: pairs are many
	for i, rule := range rules {
		if rule.Expect.String() == "nothing" {
			continue
		}
		matched[i] = make(map[*freshness.Node]bool)
		for _, n := range r.Nodes {
			if !n.Virtual && rule.Matches(n) {
				matched[i][n] = true
			}
		}
	}
	for i, rule := range rules {
		for j := i + 1; j < len(rules); j++ {
			if !rule.Expect.Fights(rules[j].Expect) {
				continue
			}
			over := fought(matched[i], matched[j])
			if len(over) == 0 {
				continue
			}
			notes = append(notes, fmt.Sprintf("%s:%d: rule.match: %q and the rule of line %d fight over %s, such as %s: the first one decides", k.cfg.file, k.cfg.ruleLines[j], rules[j].Match, k.cfg.ruleLines[i], sources.Count(len(over), "asset"), over[0].ID))
		}
	}
	return notes
}

// fought are the assets that two rules match, by id.
func fought(a, b map[*freshness.Node]bool) (over []*freshness.Node) {
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
