package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/bmatcuk/doublestar/v4"
	"github.com/spf13/cobra"

	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/generator/words"
	"github.com/freshet-status/freshet/sources"
)

// A usesCommand lists what still reads tables.
type usesCommand struct{ *invocation }

// newUsesCommand returns the command that lists what still reads the matching tables.
func (k *invocation) newUsesCommand() *cobra.Command {
	run := usesCommand{invocation: k}
	c := &cobra.Command{
		Use:   "uses PATTERN [flags]",
		Short: "List what still reads the matching tables",
		Long: "List the tables and dashboards that still read the matching tables, with owner and last\n" +
			"use. Use it to track a migration. PATTERN is a glob over ids, names, folders, tags and\n" +
			"owners, as in a [[rule]].",
		Example: "  freshet uses 'table:RAW.ERP.*'\n  freshet uses 'table:*RAW.ERP*' --json",
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usageError{
					error: errors.New("freshet uses: a pattern is required\nhint: use a glob such as 'table:*RAW.ERP*'"),
				}
			}
			if err := checkPattern(args[0]); err != nil {
				return err
			}
			return run.printUses(args[0])
		},
	}
	k.addAsOfFlag(c)
	k.addJSONFlag(c)
	return c
}

// checkPattern returns a usage error if pattern is not a valid glob.
func checkPattern(pattern string) error {
	if doublestar.ValidatePattern(pattern) {
		return nil
	}
	return usageError{
		error: fmt.Errorf("freshet: pattern %q: not a valid glob\nhint: use a glob such as 'table:*RAW.ERP*'", pattern),
	}
}

// printUses prints which assets and dashboards read the tables that match pattern, now and at
// the first run. It errs if no table matches.
func (k usesCommand) printUses(pattern string) error {
	if err := k.loadConfig(); err != nil {
		return err
	}
	r, err := k.deriveReport()
	if err != nil {
		return err
	}
	first, err := k.gen.FirstReport()
	if err != nil {
		return err
	}
	u := r.FindUsage(pattern)
	if len(u.Tables) == 0 {
		return fmt.Errorf("no table matches %q\nhint: use a glob such as 'table:*RAW.ERP*'", pattern)
	}
	at := time.Time{}
	then := freshness.Usage{}
	if first != nil {
		at = first.At
		then = first.FindUsage(pattern)
	}
	if k.json {
		return k.printJSON(newUsesAnswer(u, at, then))
	}
	k.printUsesText(r, u, at, then)
	return nil
}

// printUsesText prints u as text. first is the time of the first run, zero if there was none,
// and then its use.
func (k usesCommand) printUsesText(r *freshness.Report, u freshness.Usage, first time.Time, then freshness.Usage) {
	fmt.Fprintf(
		k.stdout,
		"%s: %s, %s, %s\n",
		u.Pattern,
		sources.FormatCount(len(u.Tables), "table"),
		sources.FormatCount(len(u.Readers), "direct reader"),
		sources.FormatCount(len(u.Dashboards), "dashboard"),
	)
	if !first.IsZero() {
		fmt.Fprintf(
			k.stdout,
			"first run (%s): %s, %s\n",
			first.In(r.Zone).Format("2 Jan 2006"),
			sources.FormatCount(len(then.Readers), "reader"),
			sources.FormatCount(len(then.Dashboards), "dashboard"),
		)
	}
	for _, n := range u.Readers {
		fmt.Fprintf(k.stdout, "  %s %s%s\n", k.statusMark(n.Status), n.ID, ownerSuffix(n))
	}
	for _, n := range u.Dashboards {
		opened := ""
		if at := n.LastOpened(); !at.IsZero() {
			opened = ", last opened " + words.FormatTime(r, at)
		}
		fmt.Fprintf(k.stdout, "  %s %s %q%s%s\n", k.statusMark(n.Status), n.ID, n.Name, ownerSuffix(n), opened)
	}
}

// ownerSuffix returns the owner of an asset as the ending of a line.
func ownerSuffix(n *freshness.Node) string {
	if n.Owner == "" {
		return ", no owner"
	}
	return ", owner " + n.Owner
}

// A usesAnswer is the JSON answer of uses.
type usesAnswer struct {
	Pattern    string       `json:"pattern"`
	Tables     []sources.ID `json:"tables"`
	Readers    []usesReader `json:"readers"`
	Dashboards []usesReader `json:"dashboards"`
	First      *time.Time   `json:"first"` // time of the first run
	Then       [2]int       `json:"then"`  // number of readers and dashboards at the first run
}

// A usesReader is an asset or dashboard that reads a matching table.
type usesReader struct {
	ID     sources.ID `json:"id"`
	Name   string     `json:"name"`
	Owner  *string    `json:"owner"`
	Opened *time.Time `json:"opened"`
}

// newUsesAnswer returns u as JSON answer. first is the time of the first run, zero if there was
// none, and then its use.
func newUsesAnswer(u freshness.Usage, first time.Time, then freshness.Usage) usesAnswer {
	all := usesAnswer{
		Pattern:    u.Pattern,
		Tables:     []sources.ID{},
		Readers:    buildReaders(u.Readers),
		Dashboards: buildReaders(u.Dashboards),
		First:      sources.NullTime(first),
		Then:       [2]int{len(then.Readers), len(then.Dashboards)},
	}
	for _, n := range u.Tables {
		all.Tables = append(all.Tables, n.ID)
	}
	return all
}

// buildReaders returns nodes as readers, in their order. It is never nil.
func buildReaders(nodes []*freshness.Node) []usesReader {
	all := []usesReader{}
	for _, n := range nodes {
		all = append(
			all,
			usesReader{ID: n.ID, Name: n.Name, Owner: sources.NullText(n.Owner), Opened: sources.NullTime(n.LastOpened())},
		)
	}
	return all
}
