package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/bmatcuk/doublestar/v4"
	"github.com/spf13/cobra"

	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/sources"
)

func (k *call) usesCommand() *cobra.Command {
	c := &cobra.Command{
		Use:     "uses PATTERN [flags]",
		Short:   "List everything that still reads what a pattern matches",
		Long:    "List everything that still reads what a pattern matches, whose it is and when it\nwas opened last: what a move to elsewhere has yet to move. PATTERN is a glob over\nids, names, folders, tags and owners, as in a [[rule]].",
		Example: "  freshet uses 'table:AZURE_DB.*'\n  freshet uses 'table:*.LEGACY.*' --json",
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usageError{errors.New("freshet uses: which pattern?\nhint: freshet uses 'table:OLD_DB.*'")}
			}
			if err := glob(args[0]); err != nil {
				return err
			}
			return k.uses(args[0])
		},
	}
	k.asOfFlag(c)
	k.jsonFlag(c)
	return c
}

// glob refuses a pattern that matches nothing by mistake.
func glob(pattern string) error {
	if doublestar.ValidatePattern(pattern) {
		return nil
	}
	return usageError{fmt.Errorf("freshet: the pattern %q does not read\nhint: a glob such as 'table:OLD_DB.*'", pattern)}
}

func (k *call) uses(pattern string) error {
	if err := k.read(); err != nil {
		return err
	}
	r, err := k.report()
	if err != nil {
		return err
	}
	first, err := k.gen.AtFirst()
	if err != nil {
		return err
	}
	u, at, then := r.Uses(pattern), time.Time{}, freshness.Use{}
	if first != nil {
		at, then = first.At, first.Uses(pattern)
	}
	if k.json {
		return k.answer(useJSON(u, at, then))
	}
	k.tellUse(r, u, at, then)
	return nil
}

// tellUse prints what still reads.
func (k *call) tellUse(r *freshness.Report, u freshness.Use, first time.Time, then freshness.Use) {
	fmt.Fprintf(k.stdout, "%s: %s, read by %s and shown on %s\n", u.Pattern, sources.Count(len(u.Tables), "table"), sources.Count(len(u.Readers), "asset"), sources.Count(len(u.Dashboards), "dashboard"))
	if !first.IsZero() {
		fmt.Fprintf(k.stdout, "on %s, at the first run, it was %s and %s\n", first.In(r.Zone).Format("2 Jan 2006"), sources.Count(len(then.Readers), "asset"), sources.Count(len(then.Dashboards), "dashboard"))
	}
	for _, n := range u.Readers {
		fmt.Fprintf(k.stdout, "  %s %s%s\n", k.mark(n.Status), n.ID, ownerWords(n))
	}
	for _, n := range u.Dashboards {
		opened := ""
		if at := n.Opened(); !at.IsZero() {
			opened = ", last opened " + r.Day(at)
		}
		fmt.Fprintf(k.stdout, "  %s %s %q%s%s\n", k.mark(n.Status), n.ID, n.Name, ownerWords(n), opened)
	}
}

func ownerWords(n *freshness.Node) string {
	if n.Owner == "" {
		return ", nobody's"
	}
	return ", of " + n.Owner
}

// A usage is the answer of uses in JSON.
type usage struct {
	Pattern    string       `json:"pattern"`
	Tables     []sources.ID `json:"tables"`
	Readers    []reader     `json:"readers"`
	Dashboards []reader     `json:"dashboards"`
	First      *time.Time   `json:"first"` // when the first run was
	Then       [2]int       `json:"then"`  // how many readers and dashboards there were at that
}

type reader struct {
	ID     sources.ID `json:"id"`
	Name   string     `json:"name"`
	Owner  *string    `json:"owner"`
	Opened *time.Time `json:"opened"`
}

func useJSON(u freshness.Use, first time.Time, then freshness.Use) usage {
	all := usage{Pattern: u.Pattern, Tables: []sources.ID{}, Readers: readers(u.Readers), Dashboards: readers(u.Dashboards), First: sources.NullTime(first), Then: [2]int{len(then.Readers), len(then.Dashboards)}}
	for _, n := range u.Tables {
		all.Tables = append(all.Tables, n.ID)
	}
	return all
}

func readers(nodes []*freshness.Node) []reader {
	all := []reader{}
	for _, n := range nodes {
		all = append(all, reader{n.ID, n.Name, sources.NullText(n.Owner), sources.NullTime(n.Opened())})
	}
	return all
}
