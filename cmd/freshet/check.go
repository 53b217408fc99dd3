package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/freshet-status/freshet/generator/expect"
	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/sources"
)

// A checkCommand reports what is wrong with site.toml, the sources and the rules.
type checkCommand struct{ *invocation }

// newCheckCommand returns the command that checks site.toml, the connections of the sources, or
// prints the scripts that grant permissions.
func (k *invocation) newCheckCommand() *cobra.Command {
	run := checkCommand{invocation: k}
	connect := false
	grants := false
	c := &cobra.Command{
		Use:     "check [flags]",
		Short:   "Check site.toml and report every problem",
		Example: "  freshet check\n  freshet check --connect\n  freshet check --grants > grants.sql",
		Args:    rejectArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			switch {
			case grants:
				return run.printGrants()
			case connect:
				err := run.checkConfig()
				if k.cfg == nil { // site.toml could not be read
					return err
				}
				return errors.Join(err, run.tryConnections(c.Context()))
			default:
				return run.checkConfig()
			}
		},
	}
	c.Flags().BoolVar(&connect, "connect", false, "test each source and report missing permissions")
	c.Flags().BoolVar(&grants, "grants", false, "print the scripts that grant the required permissions")
	k.addJSONFlag(c)
	return c
}

// tryConnections tests every source that supports it, and the table of [write_back], with cheap calls. It prints what
// works, and returns an error for each thing that does not.
func (k checkCommand) tryConnections(ctx context.Context) error {
	var missing []error
	for _, target := range k.cfg.Targets {
		source, ok := target.Source.(sources.Connector)
		if !ok {
			continue
		}
		works, errs := sources.TryConnect(ctx, target, source)
		for _, w := range works {
			fmt.Fprintf(k.stdout, "%s: %s\n", target.Name(), w)
		}
		for _, err := range errs {
			missing = append(missing, fmt.Errorf("%s: %w", target.Name(), err))
		}
	}
	if to := k.cfg.StatusTable; to != nil {
		works, err := to.Writer.ConnectTable(ctx, to.Table)
		if err != nil {
			return errors.Join(append(missing, err)...)
		}
		fmt.Fprintln(k.stdout, works)
	}
	return errors.Join(missing...)
}

// printGrants prints the script that grants freshet its permissions, of the first source that
// has one. It errs if none has.
func (k checkCommand) printGrants() error {
	if err := k.loadConfig(); err != nil {
		return err
	}
	printed := false
	for _, target := range k.cfg.Targets {
		if source, ok := target.Source.(sources.GrantScripter); ok && !printed {
			fmt.Fprint(k.stdout, source.GrantScript())
			printed = true
		}
	}
	if !printed {
		return errors.New("no source in site.toml has a grant script")
	}
	return nil
}

// checkConfig reads site.toml, prints notes on its rules and how many sources and rules it has.
// It errs if site.toml has faults.
func (k checkCommand) checkConfig() error {
	if err := k.loadConfig(); err != nil {
		return err
	}
	notes, err := k.ruleNotes()
	if err != nil {
		return err
	}
	if k.json {
		return k.printJSON(struct {
			File    string   `json:"file"`
			Sources int      `json:"sources"`
			Rules   int      `json:"rules"`
			Notes   []string `json:"notes"`
		}{k.cfg.File(), len(k.cfg.Targets), len(k.cfg.Rules.Rules), append([]string{}, notes...)})
	}
	for _, note := range notes {
		fmt.Fprintln(k.stdout, note)
	}
	warnings := ""
	if len(notes) > 0 {
		warnings = ", " + sources.FormatCount(len(notes), "warning")
	}
	_, err = fmt.Fprintf(
		k.stdout,
		"%s is valid: %s, %s%s\n",
		k.cfg.File(),
		sources.FormatCount(len(k.cfg.Targets), "source"),
		sources.FormatCount(len(k.cfg.Rules.Rules), "rule"),
		warnings,
	)
	return err
}

// ruleNotes returns notes on rules without effect, rules that conflict and moves that are
// missing, as of the last scrape. There are none while the history is empty.
func (k checkCommand) ruleNotes() (notes []string, err error) {
	last, err := k.gen.History.LastVisit()
	if err != nil || last.IsZero() {
		return nil, err
	}
	r, err := k.gen.ReportAt(last)
	if err != nil {
		return nil, err
	}
	for i, rule := range k.cfg.Rules.Rules {
		if says := describeIdleRule(r, rule); says != "" {
			notes = append(notes, fmt.Sprintf("%s:%d: rule.match: %q %s", k.cfg.File(), k.cfg.RuleLines[i], rule.Match, says))
		}
	}
	return append(append(notes, k.conflictingRules(r)...), k.proposeMoves(r)...), nil
}

// describeIdleRule returns why a rule has no effect: it matches nothing, or only assets without
// data of their own. It returns "" if the rule has an effect.
func describeIdleRule(r *freshness.Report, rule expect.Rule) string {
	matched := 0
	aged := 0
	for _, n := range r.Nodes {
		if !n.Matches(rule.Match) {
			continue
		}
		matched++
		if !n.Virtual || n.Clock != nil {
			aged++
		}
	}
	switch {
	case matched == 0:
		return "matches no asset"
	case aged == 0 && rule.Owner == "":
		return "matches only views, tiles and dashboards, which have no age of their own"
	default:
		return ""
	}
}
