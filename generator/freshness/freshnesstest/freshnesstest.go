// Package freshnesstest judges scrapes for tests, as a run does: they are folded into a history one by
// one, and a report is derived from that. It has the default rules, and neither a disk nor a site.toml.
package freshnesstest

import (
	"slices"
	"strings"
	"time"

	"github.com/freshet-status/freshet/generator/expect"
	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/generator/history"
	"github.com/freshet-status/freshet/sources"
	"github.com/freshet-status/freshet/sources/sourcetest"
)

// DefaultRules returns the rules of a site.toml that says nothing: data of today is fresh, and stale
// after 100 days, by midnight in UTC. Sources of the types warehouses decide which relations exist.
func DefaultRules(warehouses ...string) freshness.Rules {
	rules := freshness.Rules{
		Zone: time.UTC,
		Default: expect.Expectation{
			FreshWithin: ParseLimit("today"),
			StaleAfter:  ParseLimit("100d"),
			SetBy:       "default",
		},
		Warehouses: make(map[string]bool),
	}
	for _, name := range warehouses {
		rules.Warehouses[name] = true
	}
	return rules
}

// ParseLimit returns a limit as site.toml writes it, such as "100d". It panics if text is none.
func ParseLimit(text string) expect.Limit {
	limit, err := expect.ParseLimit(text)
	if err != nil {
		panic(err)
	}
	return limit
}

// FoldScrapes returns what a history holds of scrapes that were recorded one by one, as runs do. They
// come oldest first.
func FoldScrapes(scrapes ...sources.Scrape) (past *sources.Past, err error) {
	past = new(sources.Past)
	for _, s := range scrapes {
		past, err = history.Fold(past, []sources.Scrape{s})
		if err != nil {
			return nil, err
		}
	}
	return past, nil
}

// NewJudge returns a judge by rules, at the moment of the last scrape.
func NewJudge(rules freshness.Rules) sourcetest.Judge {
	return func(scrapes []sources.Scrape, asset sources.ID) (sourcetest.Verdict, error) {
		past, err := FoldScrapes(scrapes...)
		if err != nil {
			return sourcetest.Verdict{}, err
		}
		report := freshness.Derive(past, rules, scrapes[len(scrapes)-1].At)
		return describeNode(report.Node(asset)), nil
	}
}

// describeNode returns what a report says of an asset; n is nil for one that it does not have, such as a
// job, or a table that is gone and that nothing reads.
func describeNode(n *freshness.Node) sourcetest.Verdict {
	if n == nil {
		return sourcetest.Verdict{Status: "not in the report"}
	}
	verdict := sourcetest.Verdict{Status: strings.Join(describeStatus(n), ", "), Strip: n.Strip}
	for _, cause := range n.Causes {
		verdict.Causes = append(verdict.Causes, cause.ID)
	}
	slices.Sort(verdict.Causes)
	return verdict
}

// describeStatus returns the status of n and what qualifies it.
func describeStatus(n *freshness.Node) (words []string) {
	add := func(is bool, word string) {
		if is {
			words = append(words, word)
		}
	}
	add(n.Status == freshness.None, "no status")
	add(n.Status != freshness.None, n.Status.String())
	add(n.Never && n.HadRowsAt.IsZero(), "never loaded")
	add(n.Never && !n.HadRowsAt.IsZero(), "emptied")
	add(n.Waiting, "waiting")
	add(n.Late, "late")
	add(n.IsFailing(), "failing")
	add(!n.PossibleUpdate.IsZero(), "possibly updated "+n.PossibleUpdate.Format("2 Jan 15:04"))
	add(hasFutureTime(n), "future time ignored")
	add(n.Attention, "needs attention")
	return words
}

// hasFutureTime reports whether a clock of n returned a time after its own check, and no valid one
// since.
func hasFutureTime(n *freshness.Node) bool {
	for _, state := range n.Clocks {
		if !state.FutureAt.IsZero() {
			return true
		}
	}
	return false
}
