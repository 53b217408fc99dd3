package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/freshet-status/freshet/sources"
)

// A verifyCommand checks the history.
type verifyCommand struct{ *invocation }

// newVerifyCommand returns the command that checks that the history is complete and
// append-only.
func (k *invocation) newVerifyCommand() *cobra.Command {
	run := verifyCommand{invocation: k}
	against := ""
	c := &cobra.Command{
		Use:     "verify [flags]",
		Short:   "Check that the history is complete and append-only",
		Example: "  freshet verify\n  freshet verify --against origin/main",
		Args:    rejectArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := k.loadConfig(); err != nil {
				return err
			}
			if err := run.verifyHistory(); err != nil || against == "" {
				return err
			}
			return run.verifyAgainst(c, against)
		},
	}
	c.Flags().StringVar(&against, "against", "", "git `revision` whose lines must still be present")
	k.addJSONFlag(c)
	return c
}

// verifyHistory checks every line of the history and prints its size. A torn last line is only
// a warning, because the next run repairs it.
func (k verifyCommand) verifyHistory() error {
	p, err := k.gen.History.Verify()
	if err != nil {
		return err
	}
	for _, torn := range p.TornFiles {
		fmt.Fprintf(k.stderr, "%s: the last line is incomplete; the next run repairs it\n", torn)
	}
	if len(p.Faults) > 0 {
		return errors.Join(p.Faults...)
	}
	if k.json {
		return k.printJSON(struct {
			Days   int `json:"days"`
			Lines  int `json:"lines"`
			Visits int `json:"visits"`
		}{p.Days, p.Lines, p.Visits})
	}
	_, err = fmt.Fprintf(
		k.stdout,
		"history is complete: %s, %s, %s\n",
		sources.FormatCount(p.Days, "day"),
		sources.FormatCount(p.Visits, "source read"),
		sources.FormatCount(p.Lines, "line"),
	)
	return err
}

// verifyAgainst checks that every line that the history has at the git revision rev is still
// there.
func (k verifyCommand) verifyAgainst(c *cobra.Command, rev string) error {
	kept, faults, err := k.gen.History.VerifyAgainst(c.Context(), rev)
	if err != nil || len(faults) > 0 {
		return errors.Join(append(faults, err)...)
	}
	if kept == 0 {
		_, err = fmt.Fprintf(k.stderr, "warning: %s contains no history\n", rev)
		return err
	}
	_, err = fmt.Fprintf(k.stdout, "unchanged since %s: all %s are present\n", rev, sources.FormatCount(kept, "line"))
	return err
}
