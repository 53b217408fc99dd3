package freshness

import (
	"fmt"
	"strings"
	"time"

	"github.com/freshet-status/freshet/sources"
)

// Day prints a moment so that the words change once a day at most: "today
// 05:02", "yesterday 05:02", "15 Jul 04:12", and with the year where it is
// another.
func (r *Report) Day(t time.Time) string {
	if t.IsZero() {
		return "a moment that is not known"
	}
	local := t.In(r.Zone)
	switch days := r.age(t); {
	case days == 0:
		return "today " + local.Format("15:04")
	case days == 1:
		return "yesterday " + local.Format("15:04")
	case local.Year() == r.At.In(r.Zone).Year():
		return local.Format("2 Jan 15:04")
	default:
		return local.Format("2 Jan 2006 15:04")
	}
}

// age counts the midnights since t.
func (r *Report) age(t time.Time) int {
	return r.calendar.number(r.At.Unix()) - r.calendar.number(t.Unix())
}

// Age is how old data of t is, in a word: "today", "1 d", "130 d"; "" if it is
// not known.
func (r *Report) Age(t time.Time) string {
	switch {
	case t.IsZero():
		return ""
	case r.age(t) <= 0:
		return "today"
	default:
		return fmt.Sprintf("%d d", r.age(t))
	}
}

// happened are the words for what a clock watches.
var happened = [sources.Clocks]string{"loaded", "changed", "refreshed", "altered", "built", "defined", "read"}

// says is the sentence that names what to repair in an asset that is a cause.
func (r *Report) says(n *Node) string {
	switch {
	case n.Own == Broken:
		return r.saysBroken(n)
	case n.failed():
		return r.saysFailed(n)
	case n.Never:
		return "Never loaded: the table is there, and has no row." + r.expects(n)
	case n.Own == Unknown || n.Own == None:
		return r.saysUnknown(n)
	default:
		return r.saysOld(n)
	}
}

func (r *Report) saysBroken(n *Node) string {
	if n.Trouble != "" {
		return sentence(n.Trouble)
	}
	went, gone := n.gone(r.At)
	if !gone {
		return fmt.Sprintf("It is not there: a complete look at its schema does not list it, and %s.", n.readers())
	}
	return fmt.Sprintf("%s does not list it any more, since the look of %s, and %s.", n.maker(), r.Day(went), n.readers())
}

// maker names the source that listed it last.
func (n *Node) maker() string {
	for _, t := range n.tracks {
		if !t.There() && n.decides(t) {
			return t.Source
		}
	}
	return "Nobody"
}

// readers says who still reads it.
func (n *Node) readers() string {
	switch len(n.Down) {
	case 0:
		return "nothing reads it"
	case 1:
		return n.Down[0].Label() + " still reads it"
	default:
		return fmt.Sprintf("%s and %s still read it", n.Down[0].Label(), sources.Count(len(n.Down)-1, "other"))
	}
}

func (r *Report) saysFailed(n *Node) string {
	s := "Its build failed " + r.Day(n.Attempt.At)
	if n.Attempt.Says != "" {
		s += ": “" + strings.TrimSuffix(n.Attempt.Says, ".") + "”"
	}
	s += "."
	if last := n.success(); !last.IsZero() {
		s += " Last built " + r.Day(last) + "."
	}
	return s + r.reads(n)
}

// reads says that what n reads is not to blame.
func (r *Report) reads(n *Node) string {
	if len(n.Up) == 0 || n.knot.held() {
		return ""
	}
	return " What it reads is fresh."
}

func (r *Report) saysUnknown(n *Node) string {
	if n.Unwatched {
		return fmt.Sprintf("No check has ever told of it, though there is a rule: %s. The check fails, or is not run.", n.Expect)
	}
	s, last := "", n.lastTold()
	if last != nil && !last.Ahead.IsZero() {
		s = fmt.Sprintf("Its clock is at fault: the look of %s told of %s, which was yet to come. Is it the sender's clock, or a missing time zone?", r.Day(r.aheadLook(n)), r.moment(last.Ahead))
	} else if !n.Missed.IsZero() {
		s = fmt.Sprintf("The check of %s told nothing of it: it failed for this one, or left it out.", r.Day(n.Missed))
	}
	if last != nil && !last.Look.IsZero() {
		s += fmt.Sprintf(" Not looked at since %s; it was %s %s then.", r.Day(last.Look), happened[last.Clock], r.Day(last.At))
	}
	if s = strings.TrimSpace(s); s == "" {
		s = "Nobody has told of it yet."
	}
	return s
}

// lastTold is the clock of which n was judged last, nil if none ever told.
func (n *Node) lastTold() (last *Told) {
	for i, t := range n.Clocks {
		if n.measured(t.Clock) && (last == nil || last.Look.IsZero()) {
			last = &n.Clocks[i]
		}
	}
	return last
}

func (r *Report) aheadLook(n *Node) (look time.Time) {
	for _, t := range n.tracks {
		for _, a := range t.Ahead {
			if a.Look.After(look) {
				look = a.Look
			}
		}
	}
	return look
}

// moment prints a moment whose day is not that of the report.
func (r *Report) moment(t time.Time) string { return t.In(r.Zone).Format("2 Jan 15:04") }

// saysUsually says when data usually comes, and when it is due.
func (r *Report) saysUsually(n *Node) string {
	s := ""
	if n.Rhythm != nil {
		s = " " + sentence("U"+n.Rhythm.String()[1:])
	}
	switch {
	case n.Late:
		return s + " It was due " + r.Day(n.Due) + "."
	case n.Waiting:
		return s + " It is due " + r.Day(n.Due) + "."
	default:
		return s
	}
}

func (r *Report) saysOld(n *Node) string {
	if n.Own == Fresh {
		return fmt.Sprintf("Late. Last %s %s.", happened[n.Clock.Clock], r.Day(n.Updated)) + r.saysUsually(n)
	}
	s := fmt.Sprintf("Not %s since %s.", happened[n.Clock.Clock], r.Day(n.Updated))
	if !n.Expect.byDefault() || n.Own == Stale {
		s += r.expects(n)
	}
	s += r.saysUsually(n)
	switch {
	case n.Attempt.Outcome == sources.Skipped:
		s += " Its build was skipped " + r.Day(n.Attempt.At) + "."
	case n.knot.behind(n):
		return s + fmt.Sprintf(" What it reads moved %s, and was not taken over.", r.Day(time.Unix(n.knot.upMoved(), 0)))
	case !n.Missed.IsZero():
		s += fmt.Sprintf(" The check of %s told nothing of it.", r.Day(n.Missed))
	}
	return s + r.reads(n)
}

// expects says what was expected.
func (r *Report) expects(n *Node) string { return fmt.Sprintf(" Expected: %s.", n.Expect) }

func (r *Report) saysVisit(s *Seen) string {
	if !s.OK {
		since := ""
		if !s.Good.IsZero() {
			since = ", last seen " + r.Day(s.Good)
		}
		return fmt.Sprintf("%s cannot be seen since %s%s: %s", s.Source, r.Day(s.Failing), since, firstLine(s.Error))
	}
	var old []string
	for _, l := range s.Looks {
		old = append(old, fmt.Sprintf("%s %s", l.Of, r.Day(l.At)))
	}
	return fmt.Sprintf("%s answers, and has nothing new to tell: %s. Does its job still run?", s.Source, strings.Join(old, ", "))
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return sentence(line)
}

// sentence ends a text with a full stop.
func sentence(s string) string {
	if s = strings.TrimSpace(s); s == "" || strings.ContainsAny(s[len(s)-1:], ".!?") {
		return s
	}
	return s + "."
}

// Headline is the answer to "can I trust this page's numbers?", in a sentence.
func (r *Report) Headline() string {
	causes, held, tiles := 0, 0, r.Tiles.All()
	for _, c := range r.Causes {
		if c.Attention {
			causes++
		}
	}
	for _, n := range r.Nodes {
		if n.Kind == sources.Tile && n.Attention {
			held++
		}
	}
	switch {
	case len(r.Nodes) == 0:
		return "Nothing was seen yet."
	case causes == 0:
		return r.calm()
	case tiles == 0:
		return fmt.Sprintf("%s %s attention.", sources.Count(causes, "cause"), needVerb(causes))
	default:
		return fmt.Sprintf("%s %s back %d of %s.", sources.Count(causes, "cause"), holdVerb(causes), held, sources.Count(tiles, "tile"))
	}
}

func (r *Report) calm() string {
	counts, pending, what := r.Tiles, r.TilesPending, "tile"
	if counts.All() == 0 {
		counts, pending, what = r.Tables, r.TablesPending, "table"
	}
	s := fmt.Sprintf("Nothing needs attention. %d of %s fresh", counts[Fresh], sources.Count(counts.All(), what))
	if pending.Waiting > 0 {
		s += fmt.Sprintf(", %d wait for data that is due yet", pending.Waiting)
	}
	return s + "."
}

func needVerb(n int) string {
	if n == 1 {
		return "needs"
	}
	return "need"
}

func holdVerb(n int) string {
	if n == 1 {
		return "holds"
	}
	return "hold"
}
