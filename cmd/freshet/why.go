package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/generator/words"
	"github.com/freshet-status/freshet/sources"
)

// A whyCommand explains the status of assets.
type whyCommand struct{ *invocation }

// newWhyCommand returns the command that shows the root causes of an asset's status.
func (k *invocation) newWhyCommand() *cobra.Command {
	run := whyCommand{invocation: k}
	c := &cobra.Command{
		Use:   "why ASSET [flags]",
		Short: "Show the root causes of an asset's status",
		Long: "Show the root causes of an asset's status, and the path upstream to each. ASSET is an\n" +
			"id, name, URL or part of one.",
		Example: "  freshet why \"Month-end close\"\n  freshet why RAW.ERP.GL_ENTRIES --as-of 2026-08-22",
		RunE:    func(_ *cobra.Command, args []string) error { return run.explainAsset(strings.Join(args, " ")) },
	}
	k.addAsOfFlag(c)
	k.addJSONFlag(c)
	return c
}

// maxListed is how many assets are printed in a list.
const maxListed = 12

// explainAsset prints the status and root causes of the best match for word, and lists the
// other matches. It errs if nothing matches.
func (k whyCommand) explainAsset(word string) error {
	if word == "" {
		return usageError{
			error: errors.New("freshet why: an asset is required\nhint: freshet why NAME"),
		}
	}
	if err := k.loadConfig(); err != nil {
		return err
	}
	r, err := k.deriveReport()
	if err != nil {
		return err
	}
	found := r.FindNodes(word)
	if c := r.FindCause(word); c != nil && c.Node == nil && (len(found) == 0 || strings.EqualFold(string(c.ID), word)) {
		return k.explainCause(r, c)
	}
	if len(found) == 0 {
		at := r.At.In(r.Zone).Format("2 Jan 2006 15:04 MST")
		return fmt.Errorf("no asset matches %q at %s\nhint: %s", word, at, suggestNames(r, word))
	}
	if k.json {
		return k.printReasons(r, found)
	}
	k.printNode(r, found[0])
	k.printMatches(found[1:])
	return nil
}

// suggestNames returns a hint: when and by which source an asset that is gone was last listed, the
// names of assets that are similar to word, or how to name an asset.
func suggestNames(r *freshness.Report, word string) string {
	if gone := r.FindGone(word); len(gone) > 0 {
		went, _ := gone[0].GoneSince(r.At)
		return fmt.Sprintf("last listed before %s by %s", words.FormatTime(r, went), gone[0].LastLister())
	}
	names := r.SuggestNames(word)
	if len(names) == 0 {
		return "use an id, name, URL or part of one"
	}
	return "did you mean " + words.JoinOr(names) + "?"
}

// explainCause prints a root cause that is not an asset, such as a job, an explore or a failed
// visit, and the assets that it affects.
func (k whyCommand) explainCause(r *freshness.Report, c *freshness.Cause) error {
	if k.json {
		return k.printJSON(
			[]whyAnswer{
				{
					ID:     c.ID,
					Status: c.Status,
					Causes: []causePath{{Cause: c.ID, Says: words.DescribeCause(r, c), Owner: c.Owner, Path: []sources.ID{}}},
				},
			},
		)
	}
	fmt.Fprintf(k.stdout, "%s %s is %s\n\nRoot cause: %s\n  %s\n", k.statusMark(c.Status), c.ID, c.Status, c.ID, words.DescribeCause(r, c))
	if c.Job != nil && c.Job.URL != "" {
		fmt.Fprintf(k.stdout, "  %s\n", c.Job.URL)
	}
	fmt.Fprintf(
		k.stdout,
		"\nAffects %s, including %s:\n",
		sources.FormatCount(len(c.Affected), "asset"),
		sources.FormatCount(c.Tiles, "tile"),
	)
	for i, n := range c.Affected {
		if i == maxListed {
			fmt.Fprintf(k.stdout, "  and %d more\n", len(c.Affected)-i)
			break
		}
		fmt.Fprintf(k.stdout, "  %s %s%s\n", k.statusMark(n.Status), n.ID, k.lastUpdatedText(r, n))
	}
	return nil
}

// printMatches lists the other assets that a word matches, at most maxListed.
func (k whyCommand) printMatches(found []*freshness.Node) {
	if len(found) == 0 {
		return
	}
	matches := "1 other match"
	if len(found) > 1 {
		matches = fmt.Sprintf("%d other matches", len(found))
	}
	fmt.Fprintf(k.stdout, "\n%s:\n", matches)
	for i, n := range found {
		if i == maxListed {
			fmt.Fprintf(k.stdout, "  and %d more\n", len(found)-i)
			return
		}
		fmt.Fprintf(k.stdout, "  %s %s\n", k.statusMark(n.Status), n.ID)
	}
}

// printNode prints the status of an asset, what it is based on, and the path to each of its
// root causes.
func (k whyCommand) printNode(r *freshness.Report, n *freshness.Node) {
	if n.Status == freshness.None {
		fmt.Fprintf(k.stdout, "%s %s has no status: no tile reads data\n", k.statusMark(n.Status), n.ID)
	} else {
		fmt.Fprintf(k.stdout, "%s %s is %s%s\n", k.statusMark(n.Status), n.ID, n.Status, k.dataAgeText(r, n))
	}
	if n.Name != n.ID.Place() {
		fmt.Fprintf(k.stdout, "  %s %s\n", n.Kind, singleLine(n.Name))
	}
	if n.Clock != nil {
		fmt.Fprintf(
			k.stdout,
			"  %s, checked %s\n",
			updateText(n, words.FormatTime(r, n.Clock.At)),
			words.FormatTime(r, n.Clock.CheckedAt),
		)
	}
	if !n.Virtual {
		fmt.Fprintf(k.stdout, "  expected: %s\n", words.Expectation(n.Expect))
		k.printSchedule(r, n)
	}
	if n.Owner != "" {
		fmt.Fprintf(k.stdout, "  owner: %s%s\n", n.Owner, parenthesize(n.OwnedBy))
	}
	if n.Kind.IsContainer() {
		k.printLastOpened(r, n)
		fmt.Fprintf(
			k.stdout,
			"  %d of %s affected\n",
			n.AttentionTiles,
			sources.FormatCount(n.Counts.Total(), "tile"),
		)
	}
	for _, c := range n.Causes {
		k.printCause(r, n, c)
	}
	if n.Kind == sources.Tile {
		k.printLineage(n)
	}
	if n.FailingTestsUpstream > 0 {
		fmt.Fprintf(k.stdout, "  %s upstream\n", words.FailingTests(n.FailingTestsUpstream))
	}
	if len(n.Causes) == 0 && n.Status == freshness.Unknown {
		fmt.Fprintln(k.stdout, "  age unknown: neither it nor anything upstream is checked")
	}
	if n.Status == freshness.Unverified {
		k.printUnchecked(n)
	}
}

// maxRootsPrinted is the number of sources that printUnchecked names at most.
const maxRootsPrinted = 5

// printUnchecked prints which sources of an asset are not checked, and how to check them.
func (k whyCommand) printUnchecked(n *freshness.Node) {
	roots := n.UncheckedRoots()
	var names []string
	for _, root := range roots[:min(len(roots), maxRootsPrinted)] {
		names = append(names, string(root.ID))
	}
	text := strings.Join(names, ", ")
	if more := len(roots) - len(names); more > 0 {
		text += fmt.Sprintf(" and %s more", words.Number(more))
	}
	fmt.Fprintf(k.stdout, "  not checked: %s\n", text)
	if n.HasUncertainLineage() {
		fmt.Fprintln(k.stdout, "  hint: grant see_sql to the API user of Looker, or raise calls_per_month, so that all tables are known")
		return
	}
	fmt.Fprintln(k.stdout, "  hint: run dbt source freshness, or add a source of type snowflake")
}

// printSchedule prints when an asset usually loads, when it did before that changed, and when
// it is due.
func (k whyCommand) printSchedule(r *freshness.Report, n *freshness.Node) {
	if n.Rhythm != nil {
		fmt.Fprintf(k.stdout, "  %s\n", words.Rhythm(n))
	}
	if before := r.PreviousSchedule(n); before != "" {
		fmt.Fprintf(k.stdout, "  previously %s\n", before)
	}
	if word := map[bool]string{true: "late: due", false: "next due"}[n.Late]; n.Late || n.Due.After(r.At) {
		fmt.Fprintf(k.stdout, "  %s %s\n", word, words.FormatTime(r, n.Due))
	}
}

// parenthesize returns s in parentheses after a space, or "" if s is empty.
func parenthesize(s string) string {
	if s == "" {
		return ""
	}
	return " (" + s + ")"
}

// printLastOpened prints when and how often a dashboard was opened, if that is known.
func (k whyCommand) printLastOpened(r *freshness.Report, n *freshness.Node) {
	at := n.LastOpened()
	often := ""
	if at.IsZero() {
		return
	}
	if n.Views > 0 {
		often = "opened " + sources.FormatCount(int(n.Views), "time") + ", "
	}
	fmt.Fprintf(k.stdout, "  %slast opened %s\n", often, words.FormatTime(r, at))
}

// printLineage prints what a tile reads and how that is known.
func (k whyCommand) printLineage(n *freshness.Node) {
	how := n.TracedBy()
	if how == "" {
		fmt.Fprintln(k.stdout, "  lineage unknown")
		return
	}
	fmt.Fprintf(
		k.stdout,
		"  reads (traced by %s): %s\n",
		map[string]string{"sql": "SQL", "explore": "explore", "exposure": "dbt exposure"}[how],
		joinPlaces(n.Up),
	)
}

// joinPlaces returns the ids of at most five nodes without their kinds, and how many more there
// are.
func joinPlaces(nodes []*freshness.Node) string {
	var names []string
	for _, n := range nodes[:min(len(nodes), 5)] {
		names = append(names, n.ID.Place())
	}
	words := strings.Join(names, ", ")
	if more := len(nodes) - 5; more > 0 {
		words += fmt.Sprintf(" and %d more", more)
	}
	return words
}

// dataAgeText returns when the data of an asset is from, or "" if it is from today or unknown.
func (k whyCommand) dataAgeText(r *freshness.Report, n *freshness.Node) string {
	if age := words.FormatAge(r, n.DataAsOf); age != "" && age != "today" {
		return ": its data is from " + words.FormatTime(r, n.DataAsOf)
	}
	return ""
}

// printCause prints one root cause of n and the path from n to it.
func (k whyCommand) printCause(r *freshness.Report, n *freshness.Node, c *freshness.Cause) {
	fmt.Fprintf(k.stdout, "\nRoot cause: %s\n", c.ID)
	fmt.Fprintf(k.stdout, "  %s\n", words.DescribeCause(r, c))
	if c.Owner != "" {
		fmt.Fprintf(k.stdout, "  owner: %s\n", c.Owner)
	}
	if c.Node == n {
		return
	}
	for i, step := range c.PathFrom(n) {
		fmt.Fprintf(
			k.stdout,
			"  %s%s %s%s\n",
			strings.Repeat("  ", i),
			k.statusMark(step.Status),
			step.ID,
			k.lastUpdatedText(r, step),
		)
	}
}

// clockPhrases holds the words before the time of each clock that can decide a status.
var clockPhrases = [sources.ClockCount]string{
	sources.Loaded:    "last loaded",
	sources.DML:       "rows last changed",
	sources.Refreshed: "data refreshed to",
	sources.Altered:   "last altered",
	sources.Built:     "last built",
}

// updateText returns when n was last updated, by its clock, or that it has no rows. at is the
// time of the clock as text.
func updateText(n *freshness.Node, at string) string {
	if n.Never {
		return "no rows"
	}
	return clockPhrases[n.Clock.Clock] + " " + at
}

// lastUpdatedText returns when an asset was last updated, by its clock, or "" if it has none.
func (k whyCommand) lastUpdatedText(r *freshness.Report, n *freshness.Node) string {
	if n.Clock == nil || n.Never {
		return ""
	}
	if n.Updated.IsZero() {
		return ", no rows changed since at least " + words.FormatTime(r, n.UpdatedBefore)
	}
	return ", " + clockPhrases[n.Clock.Clock] + " " + words.FormatTime(r, n.Updated)
}

// A whyAnswer is the JSON answer of why for one asset.
type whyAnswer struct {
	ID     sources.ID       `json:"id"`
	Status freshness.Status `json:"status"`
	Causes []causePath      `json:"causes"`
}

// A causePath is a root cause and the path to it, from the asset that was asked for.
type causePath struct {
	Cause sources.ID   `json:"cause"`
	Says  string       `json:"says"`
	Owner string       `json:"owner"`
	Path  []sources.ID `json:"path"`
}

// printReasons prints the root causes of all found assets as JSON.
func (k whyCommand) printReasons(r *freshness.Report, found []*freshness.Node) error {
	reasons := []whyAnswer{}
	for _, n := range found {
		why := whyAnswer{ID: n.ID, Status: n.Status, Causes: []causePath{}}
		for _, c := range n.Causes {
			step := causePath{Cause: c.ID, Says: words.DescribeCause(r, c), Owner: c.Owner, Path: []sources.ID{}}
			for _, m := range c.PathFrom(n) {
				step.Path = append(step.Path, m.ID)
			}
			why.Causes = append(why.Causes, step)
		}
		reasons = append(reasons, why)
	}
	return k.printJSON(reasons)
}
