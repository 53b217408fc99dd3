package freshness

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/freshet-status/freshet/sources"
)

// Rules holds what site.toml says of ages and names: [freshness], [[rule]], [[moved]], the
// zone, and how long checks count.
type Rules struct {
	Zone          *time.Location           // days begin at midnight in this zone
	Default       Expectation              // for assets without a rule or a limit of dbt; also supplies a missing limit
	Rules         []Rule                   // in the order of site.toml: the first match wins, key by key
	Moves         []Move                   // assets and sources that have another name today
	CheckedWithin map[string]time.Duration // how long a check counts, by source; without an entry it follows the interval of checks
}

// A Rule is one [[rule]] of site.toml.
type Rule struct {
	Match  string // a glob over ids, names, aliases, folders, tags and owners; case does not matter
	Expect Expectation
	// Owner is the owner of matched assets; "" leaves it to the sources.
	Owner string
}

// An Expectation says how old the data of an asset may be. It makes one choice: static,
// learned, a cadence, or limits. The zero Expectation makes none.
type Expectation struct {
	Static      bool     // the data never ages
	Learned     bool     // by the learned rhythm; while there is none, the next place decides
	Cadence     *Cadence // fresh until the first due day is missed, stale after the second; nil if there is none
	FreshWithin Limit    // older data is aging
	StaleAfter  Limit    // older data is stale
	SetBy       string   // the place that made the choice, such as "rule table:RAW.*", "dbt", "default"
	freshSetBy  string   // the place that supplied FreshWithin, if it is not SetBy
	staleSetBy  string   // the place that supplied StaleAfter, if it is not SetBy
	// dueDays holds the due days of Cadence in the calendar of the report; nil without a cadence.
	dueDays *timetable
}

// isSet reports whether e makes a choice.
func (e Expectation) isSet() bool { return e.isComplete() || e.FreshWithin.isSet || e.StaleAfter.isSet }

// isComplete reports whether e makes a choice that no limit can add to: static, learned or a
// cadence.
func (e Expectation) isComplete() bool { return e.Static || e.Learned || e.Cadence != nil }

// HasInvertedLimits reports whether e sets both limits and FreshWithin allows a greater age
// than StaleAfter.
func (e Expectation) HasInvertedLimits() bool {
	return e.FreshWithin.isSet && e.StaleAfter.isSet && e.FreshWithin.nominalAge() > e.StaleAfter.nominalAge()
}

// withFallback returns e with what it leaves open filled in from next. If e makes no choice, it
// returns next; otherwise next can only supply the limit that e lacks. If the two limits
// contradict each other, the one that e sets counts for both.
func (e Expectation) withFallback(next Expectation) Expectation {
	switch {
	case !e.isSet():
		return next
	case e.isComplete() || next.isComplete():
		return e
	case !e.FreshWithin.isSet && next.FreshWithin.isSet:
		e.FreshWithin = next.FreshWithin
		e.freshSetBy = next.SetBy
		if e.HasInvertedLimits() {
			e.FreshWithin = e.StaleAfter
		}
	case !e.StaleAfter.isSet && next.StaleAfter.isSet:
		e.StaleAfter = next.StaleAfter
		e.staleSetBy = next.SetBy
		if e.HasInvertedLimits() {
			e.StaleAfter = e.FreshWithin
		}
	}
	return e
}

// judgeAge returns the status, at now, of data updated at at. Both are Unix seconds; atDay and
// nowDay are their day numbers. Data that was never loaded is stale unless e is static.
func (e Expectation) judgeAge(at, now int64, atDay, nowDay int) Status {
	switch {
	case e.Static:
		return Fresh
	case e.dueDays != nil:
		return e.judgeDueDays(at, now)
	case at == sources.Never.Unix() || e.StaleAfter.isExceeded(at, now, atDay, nowDay):
		return Stale
	case e.FreshWithin.isExceeded(at, now, atDay, nowDay):
		return Aging
	default:
		return Fresh
	}
}

// judgeDueDays returns the status of data by the due days it has missed: fresh for none, aging
// for one, stale for more. Data that was never loaded is stale.
func (e Expectation) judgeDueDays(at, now int64) Status {
	switch missed := e.dueDays.countMissed(at, now); {
	case at == sources.Never.Unix() || missed > 1:
		return Stale
	case missed == 1:
		return Aging
	default:
		return Fresh
	}
}

// ConflictsWith reports whether two rules expect different things. Two limits that complete
// each other do not conflict.
func (e Expectation) ConflictsWith(o Expectation) bool {
	e.SetBy = ""
	o.SetBy = ""
	if e.isComplete() || o.isComplete() {
		return e.isSet() && o.isSet() && e.String() != o.String()
	}
	differ := func(a, b Limit) bool { return a.isSet && b.isSet && a != b }
	return differ(e.FreshWithin, o.FreshWithin) || differ(e.StaleAfter, o.StaleAfter)
}

// hasExplicitLimit reports whether the data ages by a limit that a rule or dbt sets, and not by
// a cadence or the default.
func (e Expectation) hasExplicitLimit() bool { return e.Cadence == nil && !e.isAgingByDefault() }

// isAgingByDefault reports whether the default decides when the data is aging. Such data needs
// no attention at once, because it may only be a weekend.
func (e Expectation) isAgingByDefault() bool { return cmp.Or(e.freshSetBy, e.SetBy) == "default" }

// String returns the expectation in words, with the place that set it in parentheses; "nothing"
// if e makes no choice.
func (e Expectation) String() string {
	switch {
	case e.Static:
		return fmt.Sprintf("static: it never ages (%s)", e.SetBy)
	case !e.isSet():
		return "nothing"
	case e.Learned:
		return fmt.Sprintf("as learned (%s)", e.SetBy)
	case e.Cadence != nil:
		return fmt.Sprintf("%s (%s)", e.Cadence, e.SetBy)
	case e.SetBy == "dbt":
		return e.describeDBTLimits()
	default:
		return fmt.Sprintf("updated %s, stale after %s (%s)", e.freshWithinText(), e.StaleAfter, e.SetBy)
	}
}

// freshWithinText returns FreshWithin in words: "today", or such as "within 26 h".
func (e Expectation) freshWithinText() string {
	if e.FreshWithin.String() == "today" {
		return "today"
	}
	return "within " + e.FreshWithin.String()
}

// describeDBTLimits returns the limits in the terms of dbt, such as "warn after 12 h, error
// after 26 h (dbt)". It leaves out a limit that another place supplied.
func (e Expectation) describeDBTLimits() string {
	var words []string
	if e.freshSetBy == "" {
		words = append(words, "warn after "+e.FreshWithin.String())
	}
	if e.staleSetBy == "" {
		words = append(words, "error after "+e.StaleAfter.String())
	}
	return strings.Join(words, ", ") + " (dbt)"
}

// resolveFor returns what is expected of n, its owner, and where the owner comes from. Matching
// rules come first, then static for seeds, then dbt's limits, then the default. With useRhythm,
// the learned rhythm of n replaces "learned".
func (r Rules) resolveFor(n *Node, useRhythm bool) (e Expectation, owner, ownedBy string) {
	if len(r.Rules) > 0 {
		terms := n.searchTerms()
		for _, rule := range r.Rules {
			if rule.matchesAny(terms) {
				e = e.withFallback(rule.Expect.resolveLearned(n, useRhythm))
				if owner == "" && rule.Owner != "" {
					owner = rule.Owner
					ownedBy = "rule " + rule.Match
				}
			}
		}
	}
	e = e.withFallback(Expectation{Static: n.Kind == sources.Seed, SetBy: "a seed"})
	e = e.withFallback(Expectation{
		FreshWithin: ElapsedLimit(time.Duration(n.WarnAfter) * time.Second),
		StaleAfter:  ElapsedLimit(time.Duration(n.ErrorAfter) * time.Second),
		SetBy:       "dbt",
	})
	if owner == "" {
		owner = n.Asset.Owner
		ownedBy = string(n.Asset.OwnerOrigin)
	}
	return e.withFallback(r.Default.resolveLearned(n, useRhythm)), owner, ownedBy
}

// resolveLearned returns e with "learned" replaced by the days of n's rhythm, or no choice if n
// has no rhythm. Without useRhythm it returns e unchanged.
func (e Expectation) resolveLearned(n *Node, useRhythm bool) Expectation {
	switch {
	case !e.Learned || !useRhythm:
		return e
	case n.Rhythm == nil:
		return Expectation{}
	}
	c := &Cadence{phrase: "days learned: " + n.Rhythm.ScheduleText()}
	for _, d := range n.Rhythm.Weekdays() {
		c.weekdays[d] = true
	}
	return Expectation{Cadence: c, SetBy: e.SetBy}
}

// searchTerms returns, in lower case, what rules and searches may match of n: its id, name,
// aliases, tags, the owner that its sources name, and the ids and names of the dashboard and
// folders that show it.
func (n *Node) searchTerms() []string {
	terms := slices.Concat([]string{string(n.ID), n.Name}, n.Aliases, n.Tags)
	if n.Asset.Owner != "" {
		terms = append(terms, n.Asset.Owner)
	}
	for shown := n.shownIn; shown != nil; shown = shown.shownIn {
		terms = append(terms, string(shown.ID), shown.Name)
	}
	for i, w := range terms {
		terms[i] = strings.ToLower(w)
	}
	return terms
}

// matchesAny reports whether the glob of r matches one of terms, which are in lower case.
func (r Rule) matchesAny(terms []string) bool {
	pattern := strings.ToLower(r.Match)
	return slices.ContainsFunc(terms, func(term string) bool {
		ok, _ := doublestar.Match(pattern, term)
		return ok
	})
}

// Matches reports whether the glob of r matches n.
func (r Rule) Matches(n *Node) bool { return r.matchesAny(n.searchTerms()) }
