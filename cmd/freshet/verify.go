package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/freshet-status/freshet/sources"
)

// newVerifyCommand returns the command that checks that the history is complete and
// append-only.
func (k *invocation) newVerifyCommand() *cobra.Command {
	against := ""
	c := &cobra.Command{
		Use:     "verify [flags]",
		Short:   "Prove that the history is whole, and that it only grew",
		Example: "  freshet verify\n  freshet verify --against origin/main",
		Args:    rejectArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := k.loadConfig(); err != nil {
				return err
			}
			if err := k.verifyHistory(); err != nil || against == "" {
				return err
			}
			return k.verifyAgainst(c, against)
		},
	}
	c.Flags().StringVar(&against, "against", "", "a git `revision` whose lines must all be there still")
	k.addJSONFlag(c)
	return c
}

// verifyHistory checks every line of the history and prints its size. A torn last line is only
// a warning, because the next run repairs it.
func (k *invocation) verifyHistory() error {
	p, err := k.gen.History.Verify()
	if err != nil {
		return err
	}
	for _, torn := range p.TornFiles {
		fmt.Fprintf(k.stderr, "%s: its last line was torn, as by a power cut; the next run mends it\n", torn)
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
		"the history is whole: %s, %s, %s\n",
		sources.FormatCount(p.Days, "day"),
		sources.FormatCount(p.Visits, "visit"),
		sources.FormatCount(p.Lines, "line"),
	)
	return err
}

// verifyAgainst checks that every line that the history has at the git revision rev is still
// there.
func (k *invocation) verifyAgainst(c *cobra.Command, rev string) error {
	kept, faults, err := k.gen.History.VerifyAgainst(c.Context(), rev)
	if err != nil || len(faults) > 0 {
		return errors.Join(append(faults, err)...)
	}
	_, err = fmt.Fprintf(k.stdout, "it only grew since %s: all %s are there\n", rev, sources.FormatCount(kept, "line"))
	return err
}
