package rhythm_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/freshet-status/freshet/generator/rhythm"
)

// The judge. What it does not count, and why:
//
//   - four weeks after a change of rhythm, of the season, or, for what runs by
//     UTC, of the clocks: neither what is told nor what is late, because
//     nobody can know a rhythm on its first day;
//   - what is told when an asset has been down for half the window or more;
//   - false lates on days of an outage or a stop: something is missing;
//   - a load that comes more than three times the scatter after its slot is
//     late in truth, so it is not false to say so;
//   - a stop at which no rhythm was told: a learner may not know. That it
//     knows too little is asserted on its own.
//
// The first weeks of an asset, the days after an outage and backfills have no
// grace. Monthly loads are three in a window, so nothing must be told of them.
const (
	window = 90 * day
	grace  = 28 * day
	enough = 8 // loads in the window, below which nothing must be told
)

// A tally is of one kind, or of all.
type tally struct {
	assets, weeks, told, right int // weeks are those on which there were enough loads
	days, falsely              int // days with a rhythm, and those on which it was late without a reason
	stops, known               int // known are the stops at which a rhythm was told
	delays                     []float64
}

func (t *tally) add(o tally) {
	t.assets += o.assets
	t.weeks += o.weeks
	t.told += o.told
	t.right += o.right
	t.days += o.days
	t.falsely += o.falsely
	t.stops += o.stops
	t.known += o.known
	t.delays = slices.Sorted(slices.Values(append(t.delays, o.delays...)))
}

// inTime counts the stops that were told within a gap and the allowance.
func (t *tally) inTime() (n int) {
	for _, d := range t.delays {
		if d <= 1 {
			n++
		}
	}
	return n
}

func TestAYearOfKnownRhythms(t *testing.T) {
	if testing.Short() {
		t.Skip("a year is long")
	}
	all, byKind, regular := judged(year(location(t, "America/New_York"), location(t, "Europe/Berlin")))
	t.Log("\n" + table(byKind, all))
	for name, tt := range map[string]struct{ got, least float64 }{
		"what is told is right, 99 times of 100":               {ratio(all.right, all.told), 0.99},
		"a day without a false late is 999 of 1,000":           {1 - ratio(all.falsely, all.days), 0.999},
		"every stop of a known rhythm is told in time":         {ratio(all.inTime(), all.known), 1},
		"a rhythm is told where there is one, in 3 weeks of 4": {ratio(regular.told, regular.weeks), 0.75},
		"a rhythm is known at a stop, 3 times of 4":            {ratio(all.known, all.stops), 0.75},
		"what has no rhythm is told to have none in 9 weeks out of 10": {
			got:   1 - ratio(byKind["irregular"].told, byKind["irregular"].weeks),
			least: 0.9,
		},
	} {
		t.Run(name, func(t *testing.T) {
			if !(tt.got >= tt.least) {
				t.Errorf("share: got %.5f, want at least %.5f", tt.got, tt.least)
			}
		})
	}
}

func location(t *testing.T, name string) *time.Location {
	zone, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

func ratio(part, whole int) float64 { return float64(part) / float64(whole) }

// judged adds up what the learner says of all assets, and of the regular ones.
func judged(assets []*asset) (all tally, byKind map[string]*tally, regular tally) {
	var wait sync.WaitGroup
	of := make([]tally, len(assets))
	for i, a := range assets {
		wait.Go(func() { of[i] = a.judge() })
	}
	wait.Wait()
	byKind = make(map[string]*tally)
	for i, a := range assets {
		if byKind[a.kind] == nil {
			byKind[a.kind] = new(tally)
		}
		byKind[a.kind].add(of[i])
		all.add(of[i])
		if a.slots != nil {
			regular.add(of[i])
		}
	}
	return all, byKind, regular
}

func (a *asset) judge() tally {
	learned := a.learn()
	t := tally{assets: 1}
	a.words(learned, &t)
	if a.slots != nil {
		a.alarms(learned, &t)
	}
	for _, s := range a.down {
		a.silence(learned, s, &t)
	}
	return t
}

// learn is what the learner says at the beginning of each day.
func (a *asset) learn() (learned []*rhythm.Rhythm) {
	for at := yearBegins; at.Before(yearEnds); at = at.Add(day) {
		learned = append(learned, rhythm.Learn(a.seen(at), a.zone, at))
	}
	return learned
}

// seen are the loads of the window before at, newest first, some of them twice.
func (a *asset) seen(at time.Time) (loads []time.Time) {
	for i := a.last(at); i >= 0 && a.loads[i].After(at.Add(-window)); i-- {
		loads = append(loads, a.loads[i])
		if i%7 == 0 {
			loads = append(loads, a.loads[i])
		}
	}
	return loads
}

// last is the index of the last load until t, or -1.
func (a *asset) last(t time.Time) int {
	n, _ := slices.BinarySearchFunc(a.loads, t.Add(1), time.Time.Compare)
	return n - 1
}

// words compares what is told with the truth, once a week, each asset on a
// weekday of its own.
func (a *asset) words(learned []*rhythm.Rhythm, t *tally) {
	for i, r := range learned {
		at := yearBegins.Add(time.Duration(i) * day)
		if (i+a.number)%7 != 0 || a.changing(at) || a.gone(at) {
			continue
		}
		if i := a.last(at) - enough + 1; i >= 0 && a.loads[i].After(at.Add(-window)) {
			t.weeks++
		}
		if r == nil {
			continue
		}
		t.told++
		if a.agrees(r, at) {
			t.right++
		}
	}
}

// changing reports whether the rhythm changed less than a grace ago, or does
// so within the day.
func (a *asset) changing(at time.Time) bool {
	return slices.ContainsFunc(
		a.changes,
		func(c time.Time) bool { return formatPeriod{from: c.Add(-day), to: c.Add(grace)}.holds(at) },
	)
}

// gone reports whether half the window is without loads.
func (a *asset) gone(at time.Time) bool { return a.isDown(at) && a.isDown(at.Add(-window/2)) }

// agrees compares days and time with the timetable. The usual time is the one
// by which nine loads of ten are there, give or take twice the scatter, and 45
// minutes at least.
func (a *asset) agrees(r *rhythm.Rhythm, at time.Time) bool {
	p := a.timetable(at)
	hour, minute := r.UsualTime()
	days := slices.Sorted(slices.Values(r.Weekdays()))
	switch {
	case p.days == nil || !slices.Equal(days, p.days) || !r.NextDue(at).After(at):
		return false
	case len(p.times) == 0:
		return hour == -1 && minute == -1
	case hour < 0 || hour > 23 || minute < 0 || minute > 59:
		return false
	}
	off := time.Duration(hour*60+minute)*time.Minute - a.by(p, at)
	off = (off + day + day/2) % day // half a day is right, whichever midnight was passed
	return (off - day/2).Abs() <= max(45*time.Minute, 2*a.scatter)
}

// by is the wall time by which nine of ten last loads of a day are there.
func (a *asset) by(p timetable, at time.Time) time.Duration {
	y, m, d := at.In(a.clock).Date()
	wall := time.Date(y, m, d, 0, int(p.times[len(p.times)-1].Minutes()), 0, 0, a.clock)
	wall = wall.Add(a.scatter * 128 / 100).In(a.zone)
	return time.Duration(wall.Hour()*60+wall.Minute()) * time.Minute
}

// alarms counts the days on which the rhythm was late without a reason.
func (a *asset) alarms(learned []*rhythm.Rhythm, t *tally) {
	for i, r := range learned {
		today := formatPeriod{from: yearBegins.Add(time.Duration(i) * day), to: yearBegins.Add(time.Duration(i+1) * day)}
		if r == nil || a.changing(today.from) || a.isDown(today.from) || a.isDown(today.to) {
			continue
		}
		t.days++
		if a.cried(r, today) {
			t.falsely++
		}
	}
}

// cried looks at the times between two loads of a day. Once something is
// missing it is until the next load, so the first moment of a late decides.
func (a *asset) cried(r *rhythm.Rhythm, today formatPeriod) bool {
	for i := max(0, a.last(today.from)); i < len(a.loads) && a.loads[i].Before(today.to); i++ {
		until := today.to
		if i+1 < len(a.loads) && a.loads[i+1].Before(until) {
			until = a.loads[i+1]
		}
		from := latest(r.LateAfter(a.loads[i]), today.from, a.loads[i])
		if from.Before(until) && !a.missed(from) {
			return true
		}
	}
	return false
}

func latest(times ...time.Time) time.Time { return slices.MaxFunc(times, time.Time.Compare) }

// silence measures how long nothing was said of a stop or an outage, from the
// slot of the last load on, in gaps between that slot and the first lost one
// with the allowance of the scatter: six times, and an hour at least. An
// outage between two slots is none.
func (a *asset) silence(learned []*rhythm.Rhythm, s formatPeriod, t *tally) {
	first := a.passed(s.from.Add(-1))
	if first == len(a.slots) || !s.holds(a.slots[first].planned) {
		return
	}
	before := a.slots[first-1]
	lost := a.slots[first]
	t.stops++
	if learned[int(lost.planned.Sub(yearBegins)/day)] == nil {
		return
	}
	t.known++
	unit := lost.planned.Sub(before.planned) + max(time.Hour, 6*a.scatter)
	told := a.told(learned, latest(before.came, a.slots[first-2].came))
	t.delays = append(t.delays, float64(told.Sub(before.planned))/float64(unit))
}

// told is when the load that should follow the one at last was called late, or
// never, where another load came first.
func (a *asset) told(learned []*rhythm.Rhythm, last time.Time) time.Time {
	resumed := never
	if i := a.last(last) + 1; i < len(a.loads) {
		resumed = a.loads[i]
	}
	for i := int(last.Sub(yearBegins) / day); i < len(learned); i++ {
		begins := yearBegins.Add(time.Duration(i) * day)
		if learned[i] == nil {
			continue
		}
		told := latest(learned[i].LateAfter(last), begins, last)
		if told.Before(begins.Add(day)) && told.Before(resumed) {
			return told
		}
	}
	return never
}

// table is for people who want to know which kind is hard.
func table(byKind map[string]*tally, all tally) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "kind\tassets\tweeks\ttold\tright\tdays\tfalse lates\tper 1,000\tstops\tknown\tin time\tmedian\tworst\t")
	for _, k := range kinds {
		row(w, k.name, byKind[k.name])
	}
	row(w, "all", &all)
	w.Flush()
	return b.String()
}

func row(w *tabwriter.Writer, name string, t *tally) {
	median := "-"
	worst := "-"
	if n := len(t.delays); n > 0 {
		median = fmt.Sprintf("%.2f", t.delays[n/2])
		worst = fmt.Sprintf("%.2f", t.delays[n-1])
	}
	fmt.Fprintf(
		w,
		"%s\t%d\t%d\t%d\t%s\t%d\t%d\t%.2f\t%d\t%d\t%d\t%s\t%s\t\n",
		name,
		t.assets,
		t.weeks,
		t.told,
		percent(t.right, t.told),
		t.days,
		t.falsely,
		1000*ratio(t.falsely, max(t.days, 1)),
		t.stops,
		t.known,
		t.inTime(),
		median,
		worst,
	)
}

func percent(part, whole int) string {
	if whole == 0 {
		return "-"
	}
	return fmt.Sprintf("%.1f %%", 100*ratio(part, whole))
}
