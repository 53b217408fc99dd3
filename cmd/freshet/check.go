package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/sources"
)

func (k *call) checkCommand() *cobra.Command {
	connect, grants := false, false
	c := &cobra.Command{
		Use:     "check [flags]",
		Short:   "Say everything that is wrong with site.toml",
		Example: "  freshet check\n  freshet check --connect\n  freshet check --grants > grants.sql",
		Args:    noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			switch {
			case grants:
				return k.grants()
			case connect:
				return errors.Join(k.check(), k.connect(c.Context()))
			default:
				return k.check()
			}
		},
	}
	c.Flags().BoolVar(&connect, "connect", false, "try each source with its cheapest calls, and say which rights are missing")
	c.Flags().BoolVar(&grants, "grants", false, "print the scripts that give the sources their rights")
	k.jsonFlag(c)
	return c
}

// connect tries every source that can be tried.
func (k *call) connect(ctx context.Context) error {
	var missing []error
	for _, stop := range k.cfg.stops {
		source, ok := stop.Source.(sources.Connector)
		if !ok {
			continue
		}
		works, errs := sources.Try(ctx, stop, source)
		for _, w := range works {
			fmt.Fprintf(k.stdout, "%s: %s\n", stop.Name(), w)
		}
		for _, err := range errs {
			missing = append(missing, fmt.Errorf("%s: %w", stop.Name(), err))
		}
	}
	return errors.Join(missing...)
}

// grants prints what whoever gives rights has to run.
func (k *call) grants() error {
	if err := k.read(); err != nil {
		return err
	}
	printed := false
	for _, stop := range k.cfg.stops {
		if source, ok := stop.Source.(sources.Granter); ok && !printed {
			fmt.Fprint(k.stdout, source.Grants())
			printed = true
		}
	}
	if !printed {
		return errors.New("no source of site.toml needs rights that are given by a script")
	}
	return nil
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
	_, err = fmt.Fprintf(k.stdout, "%s is good: %s, %s\n", k.cfg.file, sources.Count(len(k.cfg.stops), "source"), sources.Count(len(k.cfg.rules.Rules), "rule"))
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
	return append(append(notes, k.fights(r)...), k.moves(r)...), nil
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
