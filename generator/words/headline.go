package words

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/sources"
)

// Headline returns the headline of a page, as [Phrasing.Headline] does.
func Headline(r *freshness.Report) string { return ForPage(r).Headline() }

// ShortHeadline returns the first sentence of the headline, for the title of a window.
func ShortHeadline(r *freshness.Report) string {
	headline := Headline(r)
	if first, _, found := strings.Cut(headline, ". "); found {
		return first + "."
	}
	return headline
}

// Headline returns the sentences that answer whether the numbers can be trusted: how many root
// causes need attention and how many tiles they affect, or how many tiles are fresh; and of how many
// tables tests fail. Where a source could not be read, it says so and claims nothing for the rest.
func (p Phrasing) Headline() string {
	r := p.report
	failed := failedSources(r)
	switch {
	case len(r.Nodes) == 0 && len(r.Sources) == 0:
		return "No data yet. Run `freshet run` to read the sources."
	case len(failed) > 0 && len(failed) == len(r.Sources):
		return p.allFailedHeadline()
	}
	failing := describeFailingTests(r)
	return joinSentences(
		p.mainHeadline(len(failed) > 0 || failing != ""),
		failing,
		describeFailedSources(failed, len(r.Sources)),
	)
}

// failedSources returns the names of the sources whose last visit failed.
func failedSources(r *freshness.Report) (names []string) {
	for _, s := range r.Sources {
		if !s.OK {
			names = append(names, s.Source)
		}
	}
	return names
}

// allFailedHeadline returns the headline for when no source could be read.
func (p Phrasing) allFailedHeadline() string {
	last := slices.MaxFunc(p.report.Sources, func(a, b *freshness.SourceStatus) int {
		return a.LastSuccess.Compare(b.LastSuccess)
	})
	if last.LastSuccess.IsZero() {
		return "No source could be read."
	}
	return fmt.Sprintf("No source could be read. Statuses are from %s.", p.Time(last.LastSuccess))
}

// describeFailedSources returns a sentence that names the sources that could not be read; "" for
// none.
func describeFailedSources(failed []string, total int) string {
	if len(failed) == 0 {
		return ""
	}
	return fmt.Sprintf("%d of %s could not be read: %s.", len(failed), Count(total, "source"), strings.Join(failed, ", "))
}

// describeFailingTests returns a sentence with the number of tables that are root causes only because
// tests of them fail; "" for none.
func describeFailingTests(r *freshness.Report) string {
	tables := 0
	for _, c := range r.Causes {
		tables += boolToInt(c.OnlyTests)
	}
	if tables == 0 {
		return ""
	}
	return fmt.Sprintf("Tests of %s fail.", Count(tables, "table"))
}

// boolToInt returns 1 for true and 0 for false.
func boolToInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// mainHeadline returns the first sentence of the headline. It does not say that nothing needs attention
// if something else is told that does.
func (p Phrasing) mainHeadline(isFollowed bool) string {
	r := p.report
	causes := 0
	for _, c := range r.Causes {
		if c.Attention && c.Source == nil && !c.OnlyTests {
			causes++
		}
	}
	switch {
	case causes == 0 && isFollowed:
		return describeCounts(r)
	case countAttention(r) == 0:
		return calmHeadline(r)
	default:
		return describeEffect(r, countAttention(r))
	}
}

// countAttention returns the number of root causes that need attention, without those that are only
// because tests fail.
func countAttention(r *freshness.Report) (n int) {
	for _, c := range r.Causes {
		n += boolToInt(c.Attention && !c.OnlyTests)
	}
	return n
}

// describeEffect says how many root causes affect how many tiles, or tables if there are no tiles.
func describeEffect(r *freshness.Report, causes int) string {
	counts, noun := countedAssets(r)
	total := counts.Total()
	affected := countAffected(r, noun == "tile")
	rootCauses := Count(causes, "root cause")
	if affected == 0 && noun == "tile" && hasTiles(r) {
		return fmt.Sprintf("%s %s attention; no tile is out of date because of %s.%s",
			rootCauses, Verb(causes, "needs", "need"), Verb(causes, "it", "them"), describeUnknownTiles(counts))
	}
	if affected == 0 && noun == "tile" {
		return fmt.Sprintf("%s %s attention; none is known to affect a tile.%s",
			rootCauses, Verb(causes, "needs", "need"), describeUnknownTiles(counts))
	}
	verb := Verb(causes, "affects", "affect")
	switch {
	case affected == total && total == 1:
		return fmt.Sprintf("%s %s the only %s.", rootCauses, verb, noun)
	case affected == total:
		return fmt.Sprintf("%s %s all %s.", rootCauses, verb, Count(total, noun))
	default:
		return fmt.Sprintf("%s %s %s of %s.", rootCauses, verb, Number(affected), Count(total, noun))
	}
}

// hasTiles reports whether a tile is downstream of a root cause that needs attention.
func hasTiles(r *freshness.Report) bool {
	return slices.ContainsFunc(r.Causes, func(c *freshness.Cause) bool { return c.Attention && !c.OnlyTests && c.Tiles > 0 })
}

// describeUnknownTiles returns a sentence with the number of unknown tiles, with a space before
// it; "" if there are none.
func describeUnknownTiles(counts freshness.Counts) string {
	unknown := counts[freshness.Unknown]
	if unknown == 0 {
		return ""
	}
	return fmt.Sprintf(" %s of %s %s unknown.", Number(unknown), Count(counts.Total(), "tile"), Verb(unknown, "is", "are"))
}

// countedAssets returns the counts of tiles, or of tables if there are no tiles, and their noun.
func countedAssets(r *freshness.Report) (counts freshness.Counts, noun string) {
	if r.Tiles.Total() > 0 {
		return r.Tiles, "tile"
	}
	return r.Tables, "table"
}

// countAffected returns how many tiles, or tables, a root cause that needs attention affects.
func countAffected(r *freshness.Report, tiles bool) (n int) {
	for _, node := range r.Nodes {
		isCounted := node.Kind.IsRelation()
		if tiles {
			isCounted = node.Kind == sources.Tile
		}
		if isCounted && node.Attention {
			n++
		}
	}
	return n
}

// calmHeadline returns the headline for when every source was read and nothing needs attention.
func calmHeadline(r *freshness.Report) string {
	counts, noun := countedAssets(r)
	total := counts.Total()
	switch {
	case total == 0:
		return "Nothing needs attention. No tables or tiles found yet."
	case counts[freshness.Fresh] == total && total == 1:
		return fmt.Sprintf("The only %s is fresh.", noun)
	case counts[freshness.Fresh] == total:
		return fmt.Sprintf("All %s are fresh.", Count(total, noun))
	case counts[freshness.Fresh]+counts[freshness.Unverified] == total:
		return OnlyUnverified(counts, noun)
	}
	return "Nothing needs attention. " + describeCounts(r)
}

// OnlyUnverified returns a sentence for assets that are all fresh or unverified. noun is "tile" or
// "table".
func OnlyUnverified(counts freshness.Counts, noun string) string {
	unverified := counts[freshness.Unverified]
	data := "the data in " + Verb(unverified, "its", "their") + " tables"
	if noun == "table" {
		data = Verb(unverified, "its", "their") + " data"
	}
	return fmt.Sprintf("No problem was found, but %s of %s %s unverified: nothing tells how old %s is.",
		Number(unverified), Count(counts.Total(), noun), Verb(unverified, "is", "are"), data)
}

// UncheckedRoots returns a sentence about the sources of n that are not checked, at least one.
func UncheckedRoots(n *freshness.Node) string {
	if n.HasUncertainLineage() {
		return "It may read more tables than are known, because the SQL of its query is not known."
	}
	roots := n.CountRoots()
	switch all := roots.Checked + roots.Unchecked; {
	case roots.Checked > 0:
		return fmt.Sprintf("%s of %s %s not checked.", Number(roots.Unchecked), Count(all, "source"), Verb(roots.Unchecked, "is", "are"))
	case all == 1:
		return "Its only source is not checked."
	default:
		return fmt.Sprintf("None of its %s is checked.", Count(all, "source"))
	}
}

// describeCounts says how many tiles, or tables, are fresh, and how many wait or are not fresh.
func describeCounts(r *freshness.Report) string {
	counts, noun := countedAssets(r)
	pending := r.TilesPending
	if noun == "table" {
		pending = r.TablesPending
	}
	fresh := counts[freshness.Fresh]
	text := fmt.Sprintf("%s of %s %s fresh", Number(fresh), Count(counts.Total(), noun), Verb(fresh, "is", "are"))
	if pending.Waiting > 0 {
		return fmt.Sprintf("%s; %s %s waiting for new data or the next check.",
			text, Number(pending.Waiting), Verb(pending.Waiting, "is", "are"))
	}
	for _, status := range []freshness.Status{freshness.Aging, freshness.Stale, freshness.Broken, freshness.Unknown, freshness.Unverified} {
		if counts[status] > 0 {
			text += fmt.Sprintf(", %s %s", Number(counts[status]), status)
		}
	}
	return text + "."
}

// newestCheck returns the newest check by any clock that may decide a status; zero if there is
// none.
func newestCheck(s *freshness.SourceStatus) (newest time.Time) {
	for _, check := range s.ClockChecks {
		if check.Clock.CanDecideStatus() && check.At.After(newest) {
			newest = check.At
		}
	}
	return newest
}
