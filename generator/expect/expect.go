// Package expect says how old the data of each asset may be, and when its next data is due: by
// the rules of site.toml, by the limits of dbt, by a calendar, or by the usual schedule that was
// learned.
//
// It turns an age into a verdict and knows no status: what a verdict means for an asset and its
// downstream is decided in package freshness. It opens no file and reads no clock.
package expect

import (
	"cmp"
	"time"

	"github.com/freshet-status/freshet/generator/lineage"
	"github.com/freshet-status/freshet/generator/rhythm"
	"github.com/freshet-status/freshet/sources"
)

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
	FreshSetBy  string   // the place that supplied FreshWithin, if it is not SetBy
	StaleSetBy  string   // the place that supplied StaleAfter, if it is not SetBy
	// DueDays holds the due days of Cadence around the moment of the report; nil without a cadence.
	DueDays *Timetable
}

// IsSet reports whether e makes a choice.
func (e Expectation) IsSet() bool { return e.isComplete() || e.FreshWithin.isSet || e.StaleAfter.isSet }

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
	case !e.IsSet():
		return next
	case e.isComplete() || next.isComplete():
		return e
	case !e.FreshWithin.isSet && next.FreshWithin.isSet:
		e.FreshWithin = next.FreshWithin
		e.FreshSetBy = next.SetBy
		if e.HasInvertedLimits() {
			e.FreshWithin = e.StaleAfter
		}
	case !e.StaleAfter.isSet && next.StaleAfter.isSet:
		e.StaleAfter = next.StaleAfter
		e.StaleSetBy = next.SetBy
		if e.HasInvertedLimits() {
			e.StaleAfter = e.FreshWithin
		}
	}
	return e
}

// A Moment is a moment with the number of its day: consecutive days have consecutive numbers.
type Moment struct {
	Unix int64
	Day  int
}

// A Verdict says which limit the age of data has passed. Verdicts are ordered: a greater one is
// worse.
type Verdict int

// The verdicts.
const (
	WithinLimits   Verdict = iota // as expected
	PastFirstLimit                // older than FreshWithin, or one due day was missed
	PastLastLimit                 // older than StaleAfter, or more than one due day was missed
)

// JudgeAge returns the verdict, at now, on data that was updated at a moment. Data that was never
// loaded is past the last limit unless e is static.
func (e Expectation) JudgeAge(updated, now Moment) Verdict {
	wasNeverLoaded := updated.Unix == sources.Never.Unix()
	switch {
	case e.Static:
		return WithinLimits
	case wasNeverLoaded:
		return PastLastLimit
	case e.DueDays != nil:
		return min(PastLastLimit, Verdict(e.DueDays.countMissed(updated.Unix, now.Unix)))
	case e.StaleAfter.isExceeded(updated, now):
		return PastLastLimit
	case e.FreshWithin.isExceeded(updated, now):
		return PastFirstLimit
	default:
		return WithinLimits
	}
}

// ConflictsWith reports whether two rules expect different things. Two limits that complete
// each other do not conflict.
func (e Expectation) ConflictsWith(o Expectation) bool {
	if e.isComplete() || o.isComplete() {
		return e.IsSet() && o.IsSet() && !e.isSameChoice(o)
	}
	differ := func(a, b Limit) bool { return a.isSet && b.isSet && a != b }
	return differ(e.FreshWithin, o.FreshWithin) || differ(e.StaleAfter, o.StaleAfter)
}

// isSameChoice reports whether two complete expectations make the same choice.
func (e Expectation) isSameChoice(o Expectation) bool {
	if e.Cadence == nil || o.Cadence == nil {
		return e.Static == o.Static && e.Learned == o.Learned && e.Cadence == o.Cadence && e.isComplete() == o.isComplete()
	}
	return e.Cadence.phrase == o.Cadence.phrase
}

// HasExplicitLimit reports whether the data ages by a limit that a rule or dbt sets, and not by
// a cadence or the default.
func (e Expectation) HasExplicitLimit() bool { return e.Cadence == nil && !e.IsAgingByDefault() }

// IsAgingByDefault reports whether the default decides when the data is aging. Such data needs
// no attention at once, because it may only be a weekend.
func (e Expectation) IsAgingByDefault() bool { return cmp.Or(e.FreshSetBy, e.SetBy) == SetByDefault }

// IsExplicit reports whether e comes from a rule of site.toml, from dbt or from the kind of the
// asset, not from the default.
func (e Expectation) IsExplicit() bool { return e.SetBy != SetByDefault && e.SetBy != "" }

// Places that set an expectation, beside the rules.
const (
	SetByDefault = "default" // [freshness] of site.toml
	SetByKind    = "a seed"
)

// An Assignment is what is expected of one asset, and who owns it.
type Assignment struct {
	Expect  Expectation
	Owner   string // from a rule, else from its sources; "" if there is none
	OwnedBy string // where Owner comes from, such as "rule table:RAW.*" or "dbt group"
}

// Rules holds what site.toml says of ages and owners: [freshness] and [[rule]].
type Rules struct {
	Default Expectation // for assets without a rule or a limit of dbt; also supplies a missing limit
	Rules   []Rule      // in the order of site.toml: the first match wins, key by key
}

// Resolve returns what is expected of n, its owner, and where the owner comes from. Matching
// rules come first, then static for seeds, then dbt's limits, then the default. With useRhythm,
// learned replaces "learned"; a nil rhythm makes no choice.
func (r Rules) Resolve(n *lineage.Node, learned *rhythm.Rhythm, useRhythm bool) (a Assignment) {
	if len(r.Rules) > 0 {
		terms := n.SearchTerms()
		for _, rule := range r.Rules {
			if !lineage.MatchesAny(rule.Match, terms) {
				continue
			}
			a.Expect = a.Expect.withFallback(rule.Expect.resolveLearned(learned, useRhythm))
			if a.Owner == "" && rule.Owner != "" {
				a.Owner = rule.Owner
				a.OwnedBy = "rule " + rule.Match
			}
		}
	}
	a.Expect = a.Expect.withFallback(Expectation{Static: n.Kind == sources.Seed, SetBy: SetByKind})
	a.Expect = a.Expect.withFallback(sourceLimits(n.Asset))
	a.Expect = a.Expect.withFallback(r.Default.resolveLearned(learned, useRhythm))
	if a.Owner == "" {
		a.Owner = n.Asset.Owner
		a.OwnedBy = string(n.Asset.OwnerOrigin)
	}
	return a
}

// sourceLimits returns the limits that a source sets for an asset: warn_after and error_after of
// dbt.
func sourceLimits(a sources.Asset) Expectation {
	return Expectation{
		FreshWithin: ElapsedLimit(time.Duration(a.WarnAfter) * time.Second),
		StaleAfter:  ElapsedLimit(time.Duration(a.ErrorAfter) * time.Second),
		SetBy:       sources.LimitsSetBy,
	}
}

// resolveLearned returns e with "learned" replaced by the days of a rhythm, or no choice if there
// is none. Without useRhythm it returns e unchanged.
func (e Expectation) resolveLearned(learned *rhythm.Rhythm, useRhythm bool) Expectation {
	switch {
	case !e.Learned || !useRhythm:
		return e
	case learned == nil:
		return Expectation{}
	}
	c := &Cadence{phrase: learned.ScheduleText(), isLearned: true}
	for _, d := range learned.Weekdays() {
		c.weekdays[d] = true
	}
	return Expectation{Cadence: c, SetBy: e.SetBy}
}
