package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/freshet-status/freshet/generator/history"
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
			err := run.verifyHistory()
			if against == "" {
				return err
			}
			return errors.Join(err, run.verifyAgainst(c, against))
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
			Days        int        `json:"days"`
			Lines       int        `json:"lines"`
			Visits      int        `json:"visits"`
			SealedSince *time.Time `json:"sealed_since"` // null if no run is sealed
		}{p.Days, p.Lines, p.Visits, sources.NullTime(p.SealedSince)})
	}
	_, err = fmt.Fprintf(
		k.stdout,
		"history is complete: %s, %s, %s%s\n",
		sources.FormatCount(p.Days, "day"),
		sources.FormatCount(p.Visits, "source read"),
		sources.FormatCount(p.Lines, "line"),
		describeSeals(p),
	)
	return err
}

// describeSeals returns since when runs are sealed, with a comma before it, if some are not.
func describeSeals(p history.VerifyResult) string {
	switch {
	case p.SealedSince.IsZero() && p.Visits > 0:
		return ", not sealed"
	case p.UnsealedRuns > 0:
		return ", not sealed before " + p.SealedSince.UTC().Format("2 Jan 2006 15:04 UTC")
	default:
		return ""
	}
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
