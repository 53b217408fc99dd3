package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/sources"
)

func (k *call) whyCommand() *cobra.Command {
	c := &cobra.Command{
		Use:     "why ASSET [flags]",
		Short:   "Say what must be repaired before an asset is fresh",
		Long:    "Say what must be repaired before an asset is fresh: the way upstream from it to\neach of its causes. ASSET is an id, a name, a URL or a part of one.",
		Example: "  freshet why \"Month-end close\"\n  freshet why RAW.ERP.GL_ENTRIES --as-of 2026-08-22",
		RunE:    func(_ *cobra.Command, args []string) error { return k.why(strings.Join(args, " ")) },
	}
	k.asOfFlag(c)
	k.jsonFlag(c)
	return c
}

// mostFound is how many assets of one name are listed.
const mostFound = 12

func (k *call) why(word string) error {
	if word == "" {
		return usageError{errors.New("freshet why: which asset?\nhint: freshet why NAME, where a part of a name or id will do")}
	}
	if err := k.read(); err != nil {
		return err
	}
	r, err := k.report()
	if err != nil {
		return err
	}
	found := r.Find(word)
	if c := r.FindCause(word); c != nil && c.Node == nil && (len(found) == 0 || strings.EqualFold(string(c.ID), word)) {
		return k.whyCause(r, c)
	}
	if len(found) == 0 {
		return fmt.Errorf("no asset %q in the history\nhint: %s", word, meant(r, word))
	}
	if k.json {
		return k.whyJSON(found)
	}
	k.explain(r, found[0])
	k.others(found[1:])
	return nil
}

// meant suggests the assets that are called nearly so.
func meant(r *freshness.Report, word string) string {
	names := r.Near(word, distance)
	if len(names) == 0 {
		return "an id, a name, a URL or a part of one will do"
	}
	return "did you mean " + strings.Join(names, ", or ") + "?"
}

// whyCause says what must be repaired where it is no asset: a job, an explore, a
// visit.
func (k *call) whyCause(r *freshness.Report, c *freshness.Cause) error {
	if k.json {
		return k.answer([]reason{{c.ID, c.Status, []repairStep{{c.ID, c.Says, c.Owner, []sources.ID{}}}}})
	}
	fmt.Fprintf(k.stdout, "%s %s is %s\n\nrepair %s\n  %s\n", k.mark(c.Status), c.ID, c.Status, c.ID, c.Says)
	if c.Job != nil && c.Job.URL != "" {
		fmt.Fprintf(k.stdout, "  %s\n", c.Job.URL)
	}
	fmt.Fprintf(k.stdout, "\nit holds back %s, %s among them:\n", sources.Count(len(c.Held), "asset"), sources.Count(c.Tiles, "tile"))
	for i, n := range c.Held {
		if i == mostFound {
			fmt.Fprintf(k.stdout, "  and %d more\n", len(c.Held)-i)
			break
		}
		fmt.Fprintf(k.stdout, "  %s %s%s\n", k.mark(n.Status), n.ID, k.moved(r, n))
	}
	return nil
}

// others lists what the word names too.
func (k *call) others(found []*freshness.Node) {
	if len(found) == 0 {
		return
	}
	fmt.Fprintf(k.stdout, "\n%s of that name too:\n", sources.Count(len(found), "asset"))
	for i, n := range found {
		if i == mostFound {
			fmt.Fprintf(k.stdout, "  and %d more\n", len(found)-i)
			return
		}
		fmt.Fprintf(k.stdout, "  %s %s\n", k.mark(n.Status), n.ID)
	}
}

// explain says how an asset stands, and prints the way to each of its causes.
func (k *call) explain(r *freshness.Report, n *freshness.Node) {
	fmt.Fprintf(k.stdout, "%s %s is %s%s\n", k.mark(n.Status), n.ID, n.Status, k.aged(r, n))
	if n.Name != n.ID.Place() {
		fmt.Fprintf(k.stdout, "  %s, known as %q\n", n.Kind, n.Name)
	}
	if n.Clock != nil {
		fmt.Fprintf(k.stdout, "  judged by %s: %s, looked at %s\n", n.Clock.Clock, r.Day(n.Clock.At), r.Day(n.Clock.Look))
	}
	if !n.Virtual {
		fmt.Fprintf(k.stdout, "  expected: %s\n", n.Expect)
		k.usually(r, n)
	}
	if n.Owner != "" {
		fmt.Fprintf(k.stdout, "  owner: %s%s\n", n.Owner, inBrackets(n.OwnedBy))
	}
	if n.Kind.Shows() {
		k.opened(r, n)
		fmt.Fprintf(k.stdout, "  %d of %s %s attention\n", n.Needs, sources.Count(n.Counts.All(), "tile"), needs(n.Needs))
	}
	for _, c := range n.Causes {
		k.repair(r, n, c)
	}
	if n.Kind == sources.Tile {
		k.traced(n)
	}
	if len(n.Causes) == 0 && n.Status == freshness.Unknown {
		fmt.Fprintln(k.stdout, "  nobody can watch it, or anything that it reads")
	}
}

// usually says when an asset usually moves, and when it is due.
func (k *call) usually(r *freshness.Report, n *freshness.Node) {
	if n.Rhythm != nil {
		fmt.Fprintf(k.stdout, "  %s\n", n.Rhythm)
	}
	if before := r.Changed(n); before != "" {
		fmt.Fprintf(k.stdout, "  until some weeks ago %s\n", before)
	}
	if word := map[bool]string{true: "late: it was due", false: "next due"}[n.Late]; n.Late || n.Due.After(r.At) {
		fmt.Fprintf(k.stdout, "  %s %s\n", word, r.Day(n.Due))
	}
}

func inBrackets(s string) string {
	if s == "" {
		return ""
	}
	return " (" + s + ")"
}

// opened says how often people open a dashboard.
func (k *call) opened(r *freshness.Report, n *freshness.Node) {
	at, often := n.Opened(), ""
	if at.IsZero() {
		return
	}
	if n.Views > 0 {
		often = sources.Count(int(n.Views), "time") + ", "
	}
	fmt.Fprintf(k.stdout, "  opened %slast %s\n", often, r.Day(at))
}

func needs(n int) string {
	if n == 1 {
		return "needs"
	}
	return "need"
}

// traced says how it is known what a tile reads.
func (k *call) traced(n *freshness.Node) {
	how := n.TracedBy()
	if how == "" {
		fmt.Fprintln(k.stdout, "  nothing tells what it reads")
		return
	}
	fmt.Fprintf(k.stdout, "  reads, by %s: %s\n", map[string]string{"sql": "its SQL", "explore": "its explore", "exposure": "an exposure of dbt"}[how], places(n.Up))
}

// places are a few of many assets.
func places(nodes []*freshness.Node) string {
	var names []string
	for _, n := range nodes[:min(len(nodes), 5)] {
		names = append(names, n.ID.Place())
	}
	if more := len(nodes) - 5; more > 0 {
		names = append(names, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(names, ", ")
}

func (k *call) aged(r *freshness.Report, n *freshness.Node) string {
	if age := r.Age(n.DataAsOf); age != "" && age != "today" {
		return ", its data is of " + r.Day(n.DataAsOf)
	}
	return ""
}

// repair prints one cause, and the way to it.
func (k *call) repair(r *freshness.Report, n *freshness.Node, c *freshness.Cause) {
	fmt.Fprintf(k.stdout, "\nrepair %s\n", c.ID)
	fmt.Fprintf(k.stdout, "  %s\n", c.Says)
	if c.Owner != "" {
		fmt.Fprintf(k.stdout, "  owner: %s\n", c.Owner)
	}
	if c.Node == n {
		return
	}
	for i, step := range c.Path(n) {
		fmt.Fprintf(k.stdout, "  %s%s %s%s\n", strings.Repeat("  ", i), k.mark(step.Status), step.ID, k.moved(r, step))
	}
}

func (k *call) moved(r *freshness.Report, n *freshness.Node) string {
	if n.Clock == nil || n.Never {
		return ""
	}
	return ", " + n.Clock.Clock.String() + " " + r.Day(n.Updated)
}

// A reason is the answer of why in JSON.
type reason struct {
	ID     sources.ID       `json:"id"`
	Status freshness.Status `json:"status"`
	Causes []repairStep     `json:"causes"`
}

type repairStep struct {
	Cause sources.ID   `json:"cause"`
	Says  string       `json:"says"`
	Owner string       `json:"owner"`
	Path  []sources.ID `json:"path"`
}

func (k *call) whyJSON(found []*freshness.Node) error {
	reasons := []reason{}
	for _, n := range found {
		why := reason{n.ID, n.Status, []repairStep{}}
		for _, c := range n.Causes {
			step := repairStep{c.ID, c.Says, c.Owner, []sources.ID{}}
			for _, m := range c.Path(n) {
				step.Path = append(step.Path, m.ID)
			}
			why.Causes = append(why.Causes, step)
		}
		reasons = append(reasons, why)
	}
	return k.answer(reasons)
}
