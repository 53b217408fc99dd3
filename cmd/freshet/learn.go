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

	"github.com/freshet-status/freshet/cmd/freshet/config"
	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/generator/words"
	"github.com/freshet-status/freshet/sources"
	"github.com/freshet-status/freshet/sources/atomicfile"
)

// A learnCommand proposes rules from learned schedules.
type learnCommand struct{ *invocation }

// newLearnCommand returns the command that shows usual load schedules and proposes rules.
func (k *invocation) newLearnCommand() *cobra.Command {
	run := learnCommand{invocation: k}
	write := false
	c := &cobra.Command{
		Use:   "learn [PATTERN] [flags]",
		Short: "Show usual load schedules and propose rules",
		Long: "Show when tables usually load, from at least eight loads in the last 90 days. With\n" +
			"--write, append a [[rule]] for each table that has none; review it as a diff. PATTERN\n" +
			"is a glob as in a rule.",
		Example: "  freshet learn\n  freshet learn 'table:RAW.*'\n  freshet learn --write && git diff site.toml",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return fmt.Errorf("learn: unexpected argument %q", args[1])
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			pattern := append(args, "**")[0]
			if err := checkPattern(pattern); err != nil {
				return err
			}
			return run.learnSchedules(pattern, write)
		},
	}
	c.Flags().BoolVar(&write, "write", false, "append the proposed rules to site.toml")
	k.addAsOfFlag(c)
	k.addJSONFlag(c)
	return c
}

// learnSchedules prints the usual schedules of the assets that match pattern, as text or JSON.
// With write it adds rules to site.toml instead.
func (k learnCommand) learnSchedules(pattern string, write bool) error {
	if err := k.loadConfig(); err != nil {
		return err
	}
	r, err := k.deriveReport()
	if err != nil {
		return err
	}
	var all []*freshness.Node
	for _, n := range r.Nodes {
		if n.Rhythm != nil && n.Matches(pattern) {
			all = append(all, n)
		}
	}
	switch {
	case k.json:
		return k.printJSON(learnedSchedules(r, all))
	case write:
		return k.proposeRules(r, all)
	}
	for _, n := range all {
		fmt.Fprintf(k.stdout, "%-44s %s%s\n", n.ID.Place(), words.Rhythm(n), previousSchedule(r.PreviousSchedule(n)))
	}
	if !k.quiet {
		have := "have"
		if len(all) == 1 {
			have = "has"
		}
		tables := sources.FormatCount(len(r.FindUsage(pattern).Tables), "table")
		fmt.Fprintf(k.stderr, "%d of %s %s a usual schedule\n", len(all), tables, have)
	}
	return nil
}

// previousSchedule returns the ending of a line for the schedule that an asset had before, or
// "" if it had none.
func previousSchedule(words string) string {
	if words == "" {
		return ""
	}
	return "; previously " + words
}

// A learnedSchedule is the JSON answer of learn for one asset.
type learnedSchedule struct {
	ID      sources.ID `json:"id"`
	Usually string     `json:"usually"`
	Kind    string     `json:"kind"`
	Met     int        `json:"met"`
	Of      int        `json:"of"`
	Before  *string    `json:"before"`
	Due     *time.Time `json:"due"`
}

// learnedSchedules returns the schedules of nodes, in their order.
func learnedSchedules(r *freshness.Report, all []*freshness.Node) []learnedSchedule {
	habits := []learnedSchedule{}
	for _, n := range all {
		habits = append(
			habits,
			learnedSchedule{
				ID:      n.ID,
				Usually: n.Rhythm.ScheduleText(),
				Kind:    n.Rhythm.Frequency(),
				Met:     n.Rhythm.Met,
				Of:      n.Rhythm.Total,
				Before:  sources.NullText(r.PreviousSchedule(n)),
				Due:     sources.NullTime(n.Due),
			},
		)
	}
	return habits
}

// proposeRules adds a rule to site.toml for each schedule that no rule covers, and prints the
// addition as a diff.
func (k learnCommand) proposeRules(r *freshness.Report, all []*freshness.Node) error {
	text := ""
	for _, g := range groupProposals(r, all) {
		text += fmt.Sprintf(
			"\n[[rule]]                               # usually %s\nmatch = %q\nevery = %q\n",
			g.says,
			g.match,
			g.every,
		)
	}
	if text == "" {
		fmt.Fprintln(k.stdout, "no rules added: every table with a usual schedule has a rule, or loads all day")
		return nil
	}
	old, err := os.ReadFile(k.cfg.File())
	if err != nil {
		return err
	}
	if err := k.appendToConfig(string(old), text); err != nil {
		return err
	}
	fmt.Fprintf(k.stdout, "--- %s\n+++ %s\n", k.cfg.File(), k.cfg.File())
	for line := range strings.Lines(text) {
		fmt.Fprint(k.stdout, "+", line)
	}
	return nil
}

// appendToConfig appends text to site.toml, whose content is old. It follows symbolic links,
// keeps the line ends and the file mode, and leaves the file as it was if the result is not
// valid.
func (k learnCommand) appendToConfig(old, text string) error {
	file, err := filepath.EvalSymlinks(k.cfg.File())
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
	_, err = config.ReadFile(draft, k.host())
	if err := errors.Join(err, os.Remove(draft)); err != nil {
		return err
	}
	return atomicfile.Write(file, []byte(whole), info.Mode().Perm())
}

// A ruleProposal is a rule to add: for a schema, if all its tables have the same schedule, or
// for one asset.
type ruleProposal struct{ match, every, says string }

// groupProposals returns the rules to add for nodes, sorted by match. Three or more tables of a
// schema with the same days, and no other table in it, share one rule.
func groupProposals(r *freshness.Report, all []*freshness.Node) (rules []ruleProposal) {
	bySchema := make(map[string][]*freshness.Node)
	var schemas []string
	for _, n := range all {
		if everyValue(n) == "" || n.Expect.IsExplicit() {
			continue
		}
		s := n.ID.Schema()
		if bySchema[s] == nil {
			schemas = append(schemas, s)
		}
		bySchema[s] = append(bySchema[s], n)
	}
	for _, s := range schemas {
		nodes := bySchema[s]
		same := !slices.ContainsFunc(nodes, func(n *freshness.Node) bool { return everyValue(n) != everyValue(nodes[0]) })
		if s != "" && same && len(nodes) > 2 && !hasOtherAssets(r, s, nodes) {
			rules = append(
				rules,
				ruleProposal{
					match: "table:" + s + ".*",
					every: everyValue(nodes[0]),
					says:  fmt.Sprintf("%s, %d tables", nodes[0].Rhythm.Frequency(), len(nodes)),
				},
			)
			continue
		}
		for _, n := range nodes {
			rules = append(rules, ruleProposal{match: string(n.ID), every: everyValue(n), says: n.Rhythm.ScheduleText()})
		}
	}
	slices.SortFunc(rules, func(a, b ruleProposal) int { return cmp.Compare(a.match, b.match) })
	return rules
}

// hasOtherAssets reports whether a rule for the schema would also apply to assets that are not
// in nodes, and that no rule covers yet.
func hasOtherAssets(r *freshness.Report, schema string, nodes []*freshness.Node) bool {
	return slices.ContainsFunc(r.Nodes, func(n *freshness.Node) bool {
		return n.ID.Schema() == schema && (!n.Virtual || n.Clock != nil) && !strings.HasPrefix(n.Expect.SetBy, "rule ") &&
			!slices.Contains(nodes, n)
	})
}

// everyValue returns the schedule of an asset as the key every of a rule writes it, or "" if it
// has no fixed days.
func everyValue(n *freshness.Node) string {
	days := n.Rhythm.Weekdays()
	switch n.Rhythm.Frequency() {
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
