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

// Rules are what site.toml says about age.
type Rules struct {
	Zone       *time.Location           // whose midnight counts
	Default    Expect                   // for what no rule and no limit of dbt speaks of
	Rules      []Rule                   // the first match wins, key by key
	Moves      []Move                   // what is known under another name today
	LookWithin map[string]time.Duration // by source; where nothing is said it follows the looks
}

// A Rule is a [[rule]] of site.toml.
type Rule struct {
	Match  string // a glob over ids, names, folders, tags and owners, without case
	Expect Expect
	Owner  string
}

// An Expect says what is expected of the data of an asset.
type Expect struct {
	Static      bool     // it never ages
	Learned     bool     // by the rhythm that its loads have; while they have none, the next place decides
	Cadence     *Cadence // fresh until the first due day is missed, stale after two; nil is none
	FreshWithin Limit    // past it aging
	StaleAfter  Limit    // past it stale
	By          string   // the place that made the choice, such as "rule table:RAW.*", "dbt", "default"
	freshBy     string   // the place that filled in FreshWithin; "" is By
	staleBy     string   // the place that filled in StaleAfter; "" is By
	days        *timetable
}

// said reports whether e makes a choice.
func (e Expect) said() bool { return e.whole() || e.FreshWithin.said || e.StaleAfter.said }

// whole reports whether e makes a choice that has no halves.
func (e Expect) whole() bool { return e.Static || e.Learned || e.Cadence != nil }

// Inverted reports whether e says both halves and they contradict each other.
func (e Expect) Inverted() bool {
	return e.FreshWithin.said && e.StaleAfter.said && e.FreshWithin.most() > e.StaleAfter.most()
}

// or fills what e leaves open. The first place that makes a choice decides;
// later ones fill a missing half, raised to the half that was said.
func (e Expect) or(next Expect) Expect {
	switch {
	case !e.said():
		return next
	case e.whole() || next.whole():
		return e
	case !e.FreshWithin.said && next.FreshWithin.said:
		e.FreshWithin, e.freshBy = next.FreshWithin, next.By
		if e.Inverted() {
			e.FreshWithin = e.StaleAfter
		}
	case !e.StaleAfter.said && next.StaleAfter.said:
		e.StaleAfter, e.staleBy = next.StaleAfter, next.By
		if e.Inverted() {
			e.StaleAfter = e.FreshWithin
		}
	}
	return e
}

// status judges data that moved at at, as it stands at now.
func (e Expect) status(at, now int64, atDay, nowDay int) Status {
	switch {
	case e.Static:
		return Fresh
	case e.days != nil:
		return e.byDays(at, now)
	case at == sources.Never.Unix() || e.StaleAfter.passed(at, now, atDay, nowDay):
		return Stale
	case e.FreshWithin.passed(at, now, atDay, nowDay):
		return Aging
	default:
		return Fresh
	}
}

// byDays judges data by the due days that it missed.
func (e Expect) byDays(at, now int64) Status {
	switch missed := e.days.missed(at, now); {
	case at == sources.Never.Unix() || missed > 1:
		return Stale
	case missed == 1:
		return Aging
	default:
		return Fresh
	}
}

// Fights reports whether two rules say something else of the same: halves that fill
// each other do not.
func (e Expect) Fights(o Expect) bool {
	e.By, o.By = "", ""
	if e.whole() || o.whole() {
		return e.said() && o.said() && e.String() != o.String()
	}
	differ := func(a, b Limit) bool { return a.said && b.said && a != b }
	return differ(e.FreshWithin, o.FreshWithin) || differ(e.StaleAfter, o.StaleAfter)
}

// limits reports whether it is a limit that somebody set by which the data ages,
// and no day of the calendar.
func (e Expect) limits() bool { return e.Cadence == nil && !e.byDefault() }

// byDefault reports whether it is the default that calls such an asset aging:
// then a weekend is no reason to wake somebody.
func (e Expect) byDefault() bool { return cmp.Or(e.freshBy, e.By) == "default" }

// String is the expectation in words, and where it is from.
func (e Expect) String() string {
	switch {
	case e.Static:
		return fmt.Sprintf("static: it never ages (%s)", e.By)
	case !e.said():
		return "nothing"
	case e.Learned:
		return fmt.Sprintf("as learned (%s)", e.By)
	case e.Cadence != nil:
		return fmt.Sprintf("%s (%s)", e.Cadence, e.By)
	case e.By == "dbt":
		return e.dbtWords()
	default:
		return fmt.Sprintf("updated %s, stale after %s (%s)", e.within(), e.StaleAfter, e.By)
	}
}

func (e Expect) within() string {
	if e.FreshWithin.String() == "today" {
		return "today"
	}
	return "within " + e.FreshWithin.String()
}

// dbtWords are the limits in dbt's words, those alone that dbt said.
func (e Expect) dbtWords() string {
	var words []string
	if e.freshBy == "" {
		words = append(words, "warn after "+e.FreshWithin.String())
	}
	if e.staleBy == "" {
		words = append(words, "error after "+e.StaleAfter.String())
	}
	return strings.Join(words, ", ") + " (dbt)"
}

// of returns what is expected of n, and who owns it. Where its rhythm is to decide,
// it does once it was learned.
func (r Rules) of(n *Node, learned bool) (e Expect, owner, by string) {
	if len(r.Rules) > 0 {
		words := n.words()
		for _, rule := range r.Rules {
			if rule.matches(words) {
				e = e.or(rule.Expect.resolved(n, learned))
				if owner == "" && rule.Owner != "" {
					owner, by = rule.Owner, "rule "+rule.Match
				}
			}
		}
	}
	e = e.or(Expect{Static: n.Kind == sources.Seed, By: "a seed"})
	e = e.or(Expect{
		FreshWithin: Elapsed(time.Duration(n.WarnAfter) * time.Second),
		StaleAfter:  Elapsed(time.Duration(n.ErrorAfter) * time.Second),
		By:          "dbt",
	})
	if owner == "" {
		owner, by = n.Asset.Owner, string(n.Asset.OwnerBy)
	}
	return e.or(r.Default.resolved(n, learned)), owner, by
}

// resolved puts the days that were learned in the place of "learned"; where nothing
// was, nothing is said.
func (e Expect) resolved(n *Node, learned bool) Expect {
	switch {
	case !e.Learned || !learned:
		return e
	case n.Rhythm == nil:
		return Expect{}
	}
	c := &Cadence{says: "days learned: " + n.Rhythm.Words()}
	for _, d := range n.Rhythm.Days() {
		c.days[d] = true
	}
	return Expect{Cadence: c, By: e.By}
}

// words are what a rule may match of n, in lower case.
func (n *Node) words() []string {
	words := slices.Concat([]string{string(n.ID), n.Name}, n.Aliases, n.Tags)
	if n.Asset.Owner != "" {
		words = append(words, n.Asset.Owner)
	}
	for shown := n.shownIn; shown != nil; shown = shown.shownIn {
		words = append(words, string(shown.ID), shown.Name)
	}
	for i, w := range words {
		words[i] = strings.ToLower(w)
	}
	return words
}

// matches reports whether the rule is for an asset with these words.
func (r Rule) matches(words []string) bool {
	pattern := strings.ToLower(r.Match)
	return slices.ContainsFunc(words, func(word string) bool {
		ok, _ := doublestar.Match(pattern, word)
		return ok
	})
}

// Matches reports whether the rule is for n.
func (r Rule) Matches(n *Node) bool { return r.matches(n.words()) }
