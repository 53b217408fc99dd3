package freshness_test

import (
	"cmp"
	"slices"
	"time"

	"github.com/freshet-status/freshet/generator/expect"
	"github.com/freshet-status/freshet/generator/exposures"
	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/generator/freshness/freshnesstest"
	"github.com/freshet-status/freshet/generator/words"
	"github.com/freshet-status/freshet/sources"
	"github.com/freshet-status/freshet/sources/looker"
)

// now is six in the morning of the day that the reports are about, a Saturday.
var now = time.Date(2026, 8, 22, 6, 0, 0, 0, time.UTC)

// ago is a moment so many hours before now.
func ago(hours float64) time.Time { return now.Add(-time.Duration(hours * float64(time.Hour))) }

// asset is an observation of a kind that reads others.
func asset(id sources.ID, kind sources.Kind, virtual bool, up ...sources.ID) sources.Observation {
	slices.Sort(up)
	return sources.Observation{
		Asset: sources.Asset{ID: id, Kind: kind, Name: string(id), Virtual: virtual, Scope: "project:p", Upstream: up},
	}
}

// table is a table that reads others, and of which nothing is told yet.
func table(id sources.ID, up ...sources.ID) sources.Observation {
	return asset(id, sources.Model, false, up...)
}

func view(id sources.ID, up ...sources.ID) sources.Observation {
	return asset(id, sources.Model, true, up...)
}

func tile(id sources.ID, up ...sources.ID) sources.Observation {
	return asset(id, sources.Tile, true, up...)
}

// tells adds a reading: at so many hours ago, by a look so many hours ago.
func tells(o sources.Observation, c sources.Clock, at, look float64) sources.Observation {
	o.Readings = append(slices.Clone(o.Readings), sources.Reading{Clock: c, At: ago(at), CheckedAt: ago(look)})
	return o
}

// loaded is a table whose rows were loaded so many hours ago, looked at an hour
// ago.
func loaded(id sources.ID, hours float64, up ...sources.ID) sources.Observation {
	return tells(table(id, up...), sources.Loaded, hours, min(hours, 1))
}

// built is a table that was built so many hours ago.
func built(id sources.ID, hours float64, up ...sources.ID) sources.Observation {
	return tells(table(id, up...), sources.Built, hours, min(hours, 1))
}

func failed(o sources.Observation, hours float64) sources.Observation {
	o.Attempt = sources.Attempt{At: ago(hours), Outcome: sources.Failed, Says: "no such column"}
	return o
}

func skipped(o sources.Observation, hours float64) sources.Observation {
	o.Attempt = sources.Attempt{At: ago(hours), Outcome: sources.Skipped}
	return o
}

// visit is a complete look of the source dbt.
func visit(at time.Time, obs ...sources.Observation) sources.Scrape {
	return visitOf("dbt", at, obs...)
}

func visitOf(source string, at time.Time, obs ...sources.Observation) sources.Scrape {
	s := sources.Scrape{Source: source, Type: "dbt", At: at}
	s.Observations = slices.Clone(obs)
	slices.SortFunc(s.Observations, func(a, b sources.Observation) int { return cmp.Compare(a.ID, b.ID) })
	s.Scopes = []sources.Scope{{Name: "project:p", CheckedAt: at}}
	return s
}

// rules are the default: fresh today, stale after a hundred days.
func rules(more ...expect.Rule) freshness.Rules {
	r := freshnesstest.DefaultRules("snowflake")
	r.Rules = more
	r.CanonicalLink = new(looker.Config).CanonicalLink
	return r
}

func limit(s string) expect.Limit { return freshnesstest.ParseLimit(s) }

// past returns what a history holds at the moment at of scrapes that were recorded one by one, as a
// run does. Nothing is written.
func past(at time.Time, scrapes ...sources.Scrape) *sources.Past {
	scrapes = slices.DeleteFunc(slices.Clone(scrapes), func(s sources.Scrape) bool { return s.At.After(at) })
	slices.SortStableFunc(scrapes, func(a, b sources.Scrape) int { return a.At.Compare(b.At) })
	p, err := freshnesstest.FoldScrapes(scrapes...)
	if err != nil {
		panic(err)
	}
	return p
}

func derive(r freshness.Rules, scrapes ...sources.Scrape) *freshness.Report {
	return deriveAt(past(now, scrapes...), r, now)
}

// deriveAt derives a report as a run does: moves and exposures first.
func deriveAt(p *sources.Past, r freshness.Rules, at time.Time) *freshness.Report {
	return freshness.Derive(exposures.Merge(r.Moves.Apply(p), r.CanonicalLink), r, at)
}

// firstSentence returns what a report says of its first cause; "" if it has none.
func firstSentence(r *freshness.Report) string {
	if len(r.Causes) == 0 {
		return ""
	}
	return words.DescribeCause(r, r.Causes[0])
}

// see derives what one visit an hour ago saw.
func see(obs ...sources.Observation) *freshness.Report { return derive(rules(), visit(ago(1), obs...)) }

func causes(n *freshness.Node) []sources.ID {
	ids := []sources.ID{}
	for _, c := range n.Causes {
		ids = append(ids, c.ID)
	}
	slices.Sort(ids)
	return ids
}
