package judgetest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sort"
	"time"

	"pgregory.net/rapid"
)

// simulation is a small warehouse whose days are played through, so that the truth behind every reading is known.
type simulation struct {
	t        *rapid.T
	noise    *rand.Rand // minutes and small accidents; what matters for shrinking is drawn from t
	zone     *time.Location
	start    time.Time // midnight of the first day
	days     int
	sources  []string
	compact  bool // readings with nothing newer have a zero time
	assets   []*actor
	runs     []run // of dbt, in order
	rules    map[string]Rule
	within   map[string]time.Duration
	failures map[string]span // by source: while it cannot be read
}

// span is a stretch of time.
type span struct{ from, to time.Time }

// covers reports whether a moment lies in the span.
func (s span) covers(at time.Time) bool { return !at.Before(s.from) && at.Before(s.to) }

// DrawWorld returns a random world, and the moments at which rows really came to each of its tables.
func DrawWorld(t *rapid.T) (World, Truth) {
	seed := rapid.Uint64().Draw(t, "seed of the noise")
	s := &simulation{t: t, noise: rand.New(rand.NewPCG(seed, 1)), rules: map[string]Rule{}}
	s.within, s.failures = map[string]time.Duration{}, map[string]span{}
	s.drawCalendar()
	s.drawSources()
	s.drawAssets()
	s.drawLoads()
	s.playRuns()
	visits := s.playVisits()
	w := World{Zone: s.zone, Rules: s.rules, Visits: visits, CheckedWithin: s.within}
	for _, a := range s.assets {
		w.Assets = append(w.Assets, a.asset)
	}
	w.At = s.drawReportMoment(visits)
	return w, s.tellTruth()
}

// evenNumber draws a number from 0 to 1023, each as likely as the other (rapid's own ranges prefer small numbers).
var evenNumber = rapid.Custom(func(t *rapid.T) int {
	number := 0
	for range 10 {
		number *= 2
		if rapid.Bool().Draw(t, "bit") {
			number++
		}
	}
	return number
})

// chance draws whether something happens; it shrinks to no.
func (s *simulation) chance(what string, percent int) bool {
	return evenNumber.Draw(s.t, what) >= 1024-1024*percent/100
}

// number draws a number between two bounds, both included; it shrinks to the least.
func (s *simulation) number(what string, least, most int) int {
	return least + evenNumber.Draw(s.t, what)*(most-least+1)/1024
}

// jitter returns a random stretch of whole seconds below a limit.
func (s *simulation) jitter(limit time.Duration) time.Duration {
	return time.Duration(s.noise.Int64N(int64(limit/time.Second)+1)) * time.Second
}

// startOf returns the midnight that begins a day of the simulation, counted from 0.
func (s *simulation) startOf(day int) time.Time {
	return startDay(s.start.Add(12*time.Hour), s.zone, day)
}

// end returns the end of the last day.
func (s *simulation) end() time.Time { return s.startOf(s.days) }

// drawSpan returns a random span of whole days within the simulation.
func (s *simulation) drawSpan(what string) span {
	from := s.number(what+" from day", 0, s.days-1)
	length := s.number(what+" days", 1, 5)
	return span{from: s.startOf(from), to: s.startOf(from + length)}
}

// drawCalendar draws the zone and the days, often around a change of the clocks.
func (s *simulation) drawCalendar() {
	zones := []string{"UTC", "America/New_York", "Europe/Berlin", "Pacific/Auckland"}
	name := rapid.SampledFrom(zones).Draw(s.t, "zone")
	zone, err := time.LoadLocation(name)
	if err != nil {
		s.t.Fatalf("load the zone %s: %v", name, err)
	}
	s.zone = zone
	s.days = s.number("days", 5, 30)
	firstDays := []time.Time{
		time.Date(2025, 6, 2, 0, 0, 0, 0, zone), time.Date(2025, 3, 5, 0, 0, 0, 0, zone),
		time.Date(2025, 3, 27, 0, 0, 0, 0, zone), time.Date(2025, 10, 22, 0, 0, 0, 0, zone),
		time.Date(2025, 9, 24, 0, 0, 0, 0, zone), time.Date(2025, 4, 1, 0, 0, 0, 0, zone),
	}
	s.start = rapid.SampledFrom(firstDays).Draw(s.t, "first day")
}

// drawSources draws which sources there are, which fails for some days, and which has its own checked_within.
func (s *simulation) drawSources() {
	s.sources = []string{"looker"}
	which := s.number("relations are seen by", 0, 4)
	if which != 3 {
		s.sources = append(s.sources, "snowflake")
	}
	if which != 4 {
		s.sources = append(s.sources, "dbt")
	}
	s.compact = s.chance("compact readings", 50)
	if s.chance("a source fails", 35) {
		source := rapid.SampledFrom(s.sources).Draw(s.t, "failing source")
		s.failures[source] = s.drawSpan("source fails")
	}
	if s.chance("own checked_within", 20) {
		source := rapid.SampledFrom(s.sources).Draw(s.t, "source of checked_within")
		hours := rapid.SampledFrom([]int{12, 24, 48, 72}).Draw(s.t, "checked_within hours")
		s.within[source] = time.Duration(hours) * time.Hour
	}
}

// has reports whether a source is part of the world.
func (s *simulation) has(source string) bool { return slices.Contains(s.sources, source) }

// drawReportMoment returns the report's moment: that of the last visit, or somewhat later.
func (s *simulation) drawReportMoment(visits []Visit) time.Time {
	last := visits[len(visits)-1].At
	if !s.chance("report after the last visit", 40) {
		return last
	}
	return last.Add(time.Duration(s.number("seconds after the last visit", 1, 36*3600)) * time.Second)
}

// tellTruth returns the moments at which rows really came, by table, sorted.
func (s *simulation) tellTruth() Truth {
	truth := Truth{}
	for _, a := range s.assets {
		if a.asset.Virtual {
			continue
		}
		for _, l := range a.loads {
			truth[a.asset.ID] = append(truth[a.asset.ID], l.at)
		}
		slices.SortFunc(truth[a.asset.ID], time.Time.Compare)
	}
	return truth
}

// playVisits returns all visits, in order of time.
func (s *simulation) playVisits() []Visit {
	together := !s.chance("sources are visited apart", 40)
	shared := s.drawVisitMoments("all")
	var visits []Visit
	for _, source := range s.sources {
		moments := shared
		if !together {
			moments = s.drawVisitMoments(source)
		}
		for _, at := range moments {
			visits = append(visits, s.playVisit(source, at))
		}
	}
	sort.SliceStable(visits, func(i, j int) bool { return visits[i].At.Before(visits[j].At) })
	return visits
}

// drawVisitMoments returns one to three odd hours on every day, with a few days left out.
func (s *simulation) drawVisitMoments(who string) []time.Time {
	daily := s.number(fmt.Sprintf("visits a day of %s", who), 1, 3)
	var moments []time.Time
	for day := range s.days {
		if day > 0 && s.noise.IntN(12) == 0 {
			continue
		}
		for range daily {
			moments = append(moments, s.startOf(day).Add(s.jitter(22*time.Hour)))
		}
	}
	slices.SortFunc(moments, time.Time.Compare)
	return slices.CompactFunc(moments, time.Time.Equal)
}

// playVisit returns what a source sees at a moment.
func (s *simulation) playVisit(source string, at time.Time) Visit {
	v := Visit{Source: source, At: at}
	if s.failures[source].covers(at) {
		v.Failed = true
		return v
	}
	for _, a := range s.assets {
		if a.isListedBy(s, source, at) {
			v.Listed = append(v.Listed, a.asset.ID)
		}
	}
	switch source {
	case "snowflake":
		s.readWarehouse(&v)
	case "dbt":
		s.readSourceFreshness(&v)
		s.readRunResults(&v)
	}
	return v
}
