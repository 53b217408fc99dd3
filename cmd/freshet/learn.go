package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/sources"
	"github.com/freshet-status/freshet/sources/atomicfile"
)

func (k *call) learnCommand() *cobra.Command {
	write := false
	c := &cobra.Command{
		Use:     "learn [PATTERN] [flags]",
		Short:   "Show when assets usually move, and propose rules",
		Long:    "Show when assets usually move, by the loads of the last 90 days: never from fewer\nthan eight. With --write a [[rule]] for each that nobody has ruled yet is added to\nthe end of site.toml, for you to review as a diff. PATTERN is a glob as in a rule.",
		Example: "  freshet learn\n  freshet learn 'table:RAW.*'\n  freshet learn --write && git diff site.toml",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			pattern := append(args, "**")[0]
			if err := glob(pattern); err != nil {
				return err
			}
			return k.learn(pattern, write)
		},
	}
	c.Flags().BoolVar(&write, "write", false, "add the rules to site.toml")
	k.asOfFlag(c)
	k.jsonFlag(c)
	return c
}

func (k *call) learn(pattern string, write bool) error {
	if err := k.read(); err != nil {
		return err
	}
	r, err := k.report()
	if err != nil {
		return err
	}
	var all []*freshness.Node
	for _, n := range r.Nodes {
		if n.Rhythm != nil && (freshness.Rule{Match: pattern}).Matches(n) {
			all = append(all, n)
		}
	}
	switch {
	case k.json:
		return k.answer(learned(r, all))
	case write:
		return k.propose(r, all)
	}
	for _, n := range all {
		fmt.Fprintf(k.stdout, "%-44s %s%s\n", n.ID.Place(), n.Rhythm, before(r.Changed(n)))
	}
	fmt.Fprintf(k.stdout, "%s with a rhythm, of %s\n", sources.Count(len(all), "asset"), sources.Count(r.Tables.All(), "table"))
	return nil
}

func before(words string) string {
	if words == "" {
		return ""
	}
	return "; until some weeks ago " + words
}

// A habit is the answer of learn in JSON.
type habit struct {
	ID      sources.ID `json:"id"`
	Usually string     `json:"usually"`
	Kind    string     `json:"kind"`
	Met     int        `json:"met"`
	Of      int        `json:"of"`
	Before  *string    `json:"before"`
	Due     *time.Time `json:"due"`
}

func learned(r *freshness.Report, all []*freshness.Node) []habit {
	habits := []habit{}
	for _, n := range all {
		habits = append(habits, habit{n.ID, n.Rhythm.Words(), n.Rhythm.Kind(), n.Rhythm.Met, n.Rhythm.Of, sources.NullText(r.Changed(n)), sources.NullTime(n.Due)})
	}
	return habits
}

// propose adds rules to site.toml, and prints what it added.
func (k *call) propose(r *freshness.Report, all []*freshness.Node) error {
	text := ""
	for _, g := range grouped(r, all) {
		text += fmt.Sprintf("\n[[rule]]                               # usually %s\nmatch = %q\nevery = %q\n", g.says, g.match, g.every)
	}
	if text == "" {
		fmt.Fprintln(k.stdout, "nothing to add: what has a rhythm is ruled already, or moves all day")
		return nil
	}
	old, err := os.ReadFile(k.cfg.file)
	if err != nil {
		return err
	}
	if err := k.amend(string(old), text); err != nil {
		return err
	}
	fmt.Fprintf(k.stdout, "--- %s\n+++ %s\n", k.cfg.file, k.cfg.file)
	for line := range strings.Lines(text) {
		fmt.Fprint(k.stdout, "+", line)
	}
	return nil
}

// amend adds text to site.toml, also where that is a link, and leaves it alone if it
// would not read any more.
func (k *call) amend(old, text string) error {
	file, err := filepath.EvalSymlinks(k.cfg.file)
	if err != nil {
		return err
	}
	info, err := os.Stat(file)
	if err != nil {
		return err
	}
	whole := strings.TrimRight(old, "\r\n") + "\n" + text
	if strings.Contains(old, "\r\n") {
		whole = strings.ReplaceAll(strings.ReplaceAll(whole, "\r\n", "\n"), "\n", "\r\n")
	}
	draft := file + ".draft"
	if err := os.WriteFile(draft, []byte(whole), info.Mode().Perm()); err != nil {
		return err
	}
	_, err = readConfig(draft, k.cfg.env, k.cfg.clock)
	if err := errors.Join(err, os.Remove(draft)); err != nil {
		return err
	}
	return atomicfile.Write(file, []byte(whole), info.Mode().Perm())
}

// A proposal is a rule: for a schema, where all in it keep the same days, or for one
// asset.
type proposal struct{ match, every, says string }

func grouped(r *freshness.Report, all []*freshness.Node) (rules []proposal) {
	by := make(map[string][]*freshness.Node)
	var schemas []string
	for _, n := range all {
		if every(n) == "" || n.Ruled() {
			continue
		}
		s := n.Schema()
		if by[s] == nil {
			schemas = append(schemas, s)
		}
		by[s] = append(by[s], n)
	}
	for _, s := range schemas {
		nodes := by[s]
		same := !slices.ContainsFunc(nodes, func(n *freshness.Node) bool { return every(n) != every(nodes[0]) })
		if s != "" && same && len(nodes) > 2 && !others(r, s, nodes) {
			rules = append(rules, proposal{"table:" + s + ".*", every(nodes[0]), fmt.Sprintf("%s, %d tables", nodes[0].Rhythm.Kind(), len(nodes))})
			continue
		}
		for _, n := range nodes {
			rules = append(rules, proposal{string(n.ID), every(n), n.Rhythm.Words()})
		}
	}
	slices.SortFunc(rules, func(a, b proposal) int { return cmp.Compare(a.match, b.match) })
	return rules
}

// others reports whether a rule for a schema would speak of more than some of its
// tables: of such as have no rhythm, or limits of dbt.
func others(r *freshness.Report, schema string, nodes []*freshness.Node) bool {
	return slices.ContainsFunc(r.Nodes, func(n *freshness.Node) bool {
		return n.Schema() == schema && (!n.Virtual || n.Clock != nil) && !strings.HasPrefix(n.Expect.By, "rule ") && !slices.Contains(nodes, n)
	})
}

// every is the rhythm as a rule says it; "" where a day says nothing.
func every(n *freshness.Node) string {
	days := n.Rhythm.Days()
	switch n.Rhythm.Kind() {
	case "daily", "several a day", "hourly":
		if len(days) == 7 {
			return "day"
		}
	case "weekdays":
		return "weekdays"
	}
	var names []string
	for _, d := range days {
		names = append(names, strings.ToLower(d.String()))
	}
	return strings.Join(names, ", ")
}
