// Package changes lists what differs between two reports: sources, root causes and assets, one
// change each.
//
// It compares and never judges: both reports must be derived under the same rules. It sends and
// writes nothing. A new kind of change is a new value of Change.What, made by the comparison
// that it belongs to.
package changes

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/generator/words"
	"github.com/freshet-status/freshet/sources"
)

// A Change is one difference between a report and the one before it.
type Change struct {
	// What is one of "failed", "recovered", "new cause", "ended cause", "unknown", "known", "future time",
	// "came", "went", "renamed" and "moved".
	What string
	ID   string // "visit:SOURCE", or the id of a root cause or asset; "" on the first run
	Says string // what changed, in words
}

// Compare returns what differs between two reports: first the sources, then the root causes,
// then what is known of the assets, and then the assets. before is nil on the first run, which returns all its assets as one change.
func Compare(before, after *freshness.Report) []Change {
	if before == nil || len(before.Nodes) == 0 {
		return append(slices.Concat(compareSources(before, after), compareCauses(before, after)), firstRunChange(after)...)
	}
	return slices.Concat(
		compareSources(before, after),
		compareCauses(before, after),
		compareKnowledge(before, after),
		compareAssets(before, after),
	)
}

// firstRunChange returns one change for all assets of the first run, none if there are no
// assets.
func firstRunChange(r *freshness.Report) []Change {
	if len(r.Nodes) == 0 {
		return nil
	}
	return []Change{{What: "came", ID: "", Says: fmt.Sprintf("First run: %s found.", words.Count(len(r.Nodes), "asset"))}}
}

// compareSources returns the sources that failed or recovered, in the order of the report.
func compareSources(before, after *freshness.Report) (changes []Change) {
	failedBefore := make(map[string]bool)
	if before != nil {
		for _, s := range before.Sources {
			failedBefore[s.Source] = !s.OK
		}
	}
	for _, s := range after.Sources {
		switch {
		case !s.OK && !failedBefore[s.Source]:
			changes = append(changes, Change{What: "failed", ID: string(s.ID()), Says: "Could not be read: " + s.Error})
		case s.OK && failedBefore[s.Source]:
			changes = append(changes, Change{What: "recovered", ID: string(s.ID()), Says: "Read again."})
		}
	}
	return changes
}

// A causeKey tells root causes apart: an asset whose tests alone fail is another cause than one whose
// data is old.
type causeKey struct {
	id        sources.ID
	onlyTests bool
}

// attentionCauses returns the root causes of r that need attention, without sources that could not be
// read, of which lines of their own tell. r may be nil.
func attentionCauses(r *freshness.Report) map[causeKey]*freshness.Cause {
	all := make(map[causeKey]*freshness.Cause)
	if r != nil {
		for _, c := range r.Causes {
			if c.Attention && c.Source == nil {
				all[causeKey{id: c.ID, onlyTests: c.OnlyTests}] = c
			}
		}
	}
	return all
}

// compareCauses returns the root causes that need attention now and did not before, and then
// those that no longer do, each by id.
func compareCauses(before, after *freshness.Report) (changes []Change) {
	causesBefore := attentionCauses(before)
	causesAfter := attentionCauses(after)
	for key, c := range causesAfter {
		if causesBefore[key] == nil {
			changes = append(changes, Change{What: "new cause", ID: string(c.ID), Says: describeStart(after, c)})
		}
	}
	for key, c := range causesBefore {
		if causesAfter[key] == nil && !isTestStillFailing(after, c) {
			changes = append(changes, Change{What: "ended cause", ID: string(c.ID), Says: describeEnd(after, c)})
		}
	}
	slices.SortFunc(changes, func(a, b Change) int { return cmp.Or(-cmp.Compare(a.What, b.What), cmp.Compare(a.ID, b.ID)) })
	return changes
}

// isTestStillFailing reports whether c is an asset whose tests failed, and still do in r.
func isTestStillFailing(r *freshness.Report, c *freshness.Cause) bool {
	if !c.OnlyTests {
		return false
	}
	n := r.Node(c.ID)
	return n != nil && n.HasFailingTests()
}

// describeStart returns the sentences of a new root cause: its status unless it is fresh still, what
// to repair, and what it affects, or will affect, beside itself.
func describeStart(r *freshness.Report, c *freshness.Cause) string {
	text := words.ForRecord(r).DescribeCause(c)
	verb := "Affects"
	switch {
	case c.OnlyTests:
	case c.Status.IsOnTime():
		verb = "Will affect"
	default:
		text = words.Capitalize(c.Status.String()) + ". " + text
	}
	affected := len(c.Affected)
	if c.Node != nil {
		affected--
	}
	switch {
	case affected <= 0:
		return text
	case c.Tiles == 0:
		return fmt.Sprintf("%s %s %s.", text, verb, words.Count(affected, "asset"))
	default:
		return fmt.Sprintf("%s %s %s, %s on %s.", text, verb, words.Count(affected, "asset"),
			words.Count(c.Tiles, "tile"), words.Count(len(c.Dashboards), "dashboard"))
	}
}

// endWords returns how a root cause that is no asset ended.
func endWords(c *freshness.Cause) string {
	switch {
	case c.Job != nil:
		return "Last run succeeded."
	case c.Missing != nil:
		return "Exists again."
	case c.Scope != nil:
		return "Listed again."
	case c.Checks != nil:
		return "Checked again."
	default:
		return "Readable again."
	}
}

// describeOtherCause says that an asset is no longer a root cause and is not fresh because of
// another one.
func describeOtherCause(n *freshness.Node) string {
	if len(n.Causes) == 0 {
		return fmt.Sprintf("No longer the root cause; still %s.", n.Status)
	}
	return fmt.Sprintf("No longer the root cause; still %s because of %s.", n.Status, n.Causes[0].Label())
}

// parentLabel returns the name of the dashboard or folder that shows n; its id if it is not known.
func parentLabel(r *freshness.Report, n *freshness.Node) string {
	switch parent := r.Node(n.Parent); {
	case parent != nil:
		return parent.Label()
	case n.Parent == "":
		return "no folder"
	default:
		return string(n.Parent)
	}
}

// describeEnd returns in words the state in r of a cause that no longer needs attention. It
// claims recovery only for assets that are fresh, and for causes that are not assets.
func describeEnd(r *freshness.Report, c *freshness.Cause) string {
	switch n := r.Node(c.ID); {
	case n == nil && c.Node != nil:
		return "No longer listed, and nothing reads it."
	case n == nil:
		return endWords(c)
	case c.OnlyTests:
		return "No test of it fails any more."
	case n.Status.IsOnTime() && c.Status.IsOnTime() && !c.Late:
		return "Built again."
	case n.Status == freshness.Fresh:
		return "Fresh again."
	case n.Status == freshness.Unverified:
		return "Built on time again; its sources are not checked."
	case slices.ContainsFunc(n.Causes, func(now *freshness.Cause) bool { return now.ID == c.ID }):
		return fmt.Sprintf("Still %s; no action needed.", n.Status)
	default:
		return describeOtherCause(n)
	}
}

// compareKnowledge returns the assets that became unknown without a root cause, those that are unknown no
// more, and those whose newest time lies in the future and did not before, each by id.
func compareKnowledge(before, after *freshness.Report) (changes []Change) {
	causes := attentionCauses(after)
	for _, n := range after.Nodes {
		earlier := before.Node(n.ID)
		if earlier == nil || n.Kind.IsContainer() {
			continue
		}
		change := Change{ID: string(n.ID)}
		future := words.ForRecord(after).DescribeFutureTime(n)
		switch {
		case isFirstUnexplained(n) && !isUnexplained(earlier):
			change.What = "unknown"
			change.Says = words.ExplainUnknown(n)
		case isFirstUnexplained(earlier) && n.Status != freshness.None && n.Status != freshness.Unknown:
			change.What = "known"
			change.Says = fmt.Sprintf("Its age is known again: %s.", n.Status)
		case future != "" && words.ForRecord(before).DescribeFutureTime(earlier) == "" && causes[causeKey{id: n.ID}] == nil:
			change.What = "future time"
			change.Says = future
		default:
			continue
		}
		changes = append(changes, change)
	}
	return changes
}

// isFirstUnexplained reports whether n is unexplained, and nothing upstream of it is.
func isFirstUnexplained(n *freshness.Node) bool {
	return isUnexplained(n) && !slices.ContainsFunc(n.Up, isUnexplained)
}

// isUnexplained reports whether n is unknown, and no root cause says why.
func isUnexplained(n *freshness.Node) bool {
	return n.Status == freshness.Unknown && len(n.Causes) == 0
}

// compareAssets returns the assets that came, were renamed or have another parent, and then
// those that went, each by id.
func compareAssets(before, after *freshness.Report) (changes []Change) {
	for _, n := range after.Nodes {
		earlier := before.Node(n.ID)
		switch {
		case earlier == nil:
			changes = append(changes, Change{What: "came", ID: string(n.ID), Says: "Added: " + n.Label() + "."})
		case earlier.Name != n.Name && earlier.Kind == n.Kind:
			changes = append(
				changes,
				Change{What: "renamed", ID: string(n.ID), Says: fmt.Sprintf("Renamed from %s to %s.", earlier.Name, n.Name)},
			)
		case earlier.Parent != n.Parent:
			changes = append(
				changes,
				Change{
					What: "moved",
					ID:   string(n.ID),
					Says: fmt.Sprintf("Moved from %s to %s.", parentLabel(before, earlier), parentLabel(after, n)),
				},
			)
		}
	}
	for _, n := range before.Nodes {
		if after.Node(n.ID) == nil {
			changes = append(changes, Change{What: "went", ID: string(n.ID), Says: "No longer listed: " + n.Label() + "."})
		}
	}
	return changes
}
