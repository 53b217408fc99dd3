package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/freshet-status/freshet/generator/freshness"
)

func (k *call) checkCommand() *cobra.Command {
	c := &cobra.Command{
		Use:     "check [flags]",
		Short:   "Say everything that is wrong with site.toml",
		Example: "  freshet check\n  freshet check --config company/site.toml",
		Args:    noArgs,
		RunE:    func(*cobra.Command, []string) error { return k.check() },
	}
	k.jsonFlag(c)
	return c
}

// check reads the config, which says what is wrong with it, and tells of rules
// that do nothing, as far as the history knows.
func (k *call) check() error {
	if err := k.read(); err != nil {
		return err
	}
	idle, err := k.idleRules()
	if err != nil {
		return err
	}
	if k.json {
		return k.answer(struct {
			File    string   `json:"file"`
			Sources int      `json:"sources"`
			Rules   int      `json:"rules"`
			Notes   []string `json:"notes"`
		}{k.cfg.file, len(k.cfg.stops), len(k.cfg.rules.Rules), append([]string{}, idle...)})
	}
	for _, note := range idle {
		fmt.Fprintln(k.stdout, note)
	}
	_, err = fmt.Fprintf(k.stdout, "%s is good: %s, %s\n", k.cfg.file, count(len(k.cfg.stops), "source"), count(len(k.cfg.rules.Rules), "rule"))
	return err
}

// idleRules tells of rules that match nothing that has an age.
func (k *call) idleRules() (notes []string, err error) {
	last, err := k.gen.History.Last()
	if err != nil || last.IsZero() {
		return nil, err
	}
	r, err := k.gen.Report(last)
	if err != nil {
		return nil, err
	}
	for i, rule := range k.cfg.rules.Rules {
		if says := idle(r, rule); says != "" {
			notes = append(notes, fmt.Sprintf("%s:%d: rule.match: %q %s", k.cfg.file, k.cfg.ruleLines[i], rule.Match, says))
		}
	}
	return notes, nil
}

func idle(r *freshness.Report, rule freshness.Rule) string {
	matched, aged := 0, 0
	for _, n := range r.Nodes {
		if !rule.Matches(n) {
			continue
		}
		matched++
		if !n.Virtual || n.Clock != nil {
			aged++
		}
	}
	switch {
	case matched == 0:
		return "matches nothing that was seen"
	case aged == 0 && rule.Owner == "":
		return "matches only what holds no data of its own: views, tiles, dashboards"
	default:
		return ""
	}
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
