package sourcetest

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/freshet-status/freshet/sources"
)

// A Lie is a way in which a system misleads about the age or the existence of data.
type Lie string

// The lies for which every source must answer.
const (
	EmptyCommit Lie = "empty commit"      // something ran, ended well, and changed no row
	NoRows      Lie = "0 rows"            // an asset is there and has no rows, or none any more
	Maintenance Lie = "maintenance"       // somebody touched an asset, and none of its rows
	DeletedRows Lie = "deleted rows only" // rows were deleted, and none came
	PartialList Lie = "partial list"      // a listing or a check covers a part, and does not say so
	LostGrant   Lie = "lost grant"        // what could be read before cannot be read any more
	Renamed     Lie = "renamed"           // an asset has another name
	Swapped     Lie = "swapped"           // a name stands for other data than before
	Cloned      Lie = "cloned"            // a copy is new, and its data is not
	FutureTime  Lie = "future time"       // a clock is ahead
	Epoch       Lie = "epoch"             // year 1 or 1970 stands for no time
	WrongZone   Lie = "wrong zone"        // a time is written without its zone, or in another
	OtherCase   Lie = "case"              // a name or a word is written in another case
)

// Lies holds all lies.
var Lies = []Lie{
	EmptyCommit,
	NoRows,
	Maintenance,
	DeletedRows,
	PartialList,
	LostGrant,
	Renamed,
	Swapped,
	Cloned,
	FutureTime,
	Epoch,
	WrongZone,
	OtherCase,
}

// Today is the moment of the last visit of each row, and of its report.
var Today = time.Date(2026, 8, 22, 9, 0, 0, 0, time.UTC)

// A LieTable holds what the system of one source can say wrongly, and what must come out. An A is
// what the system answers in one visit.
type LieTable[A any] struct {
	// Open starts the system of one row. It returns how to visit that.
	Open func(t *testing.T) Visit[A]
	// Judge decides what a report says.
	Judge Judge
	Rows  []LieRow[A]
	// Untold holds, of each lie without a row, why the source cannot be told it.
	Untold map[Lie]string
}

// A Visit lets a system give an answer, and returns what is read at a moment: the source first, and
// then others that are judged with it.
type Visit[A any] func(answer A, at time.Time) []sources.VisitTarget

// A LieRow is one lie, and what must come out of it.
type LieRow[A any] struct {
	Lie     Lie
	Name    string     // what the system says, as a sentence
	Answers []A        // one a day, the last one today
	Asset   sources.ID // the asset that is judged
	Want    Outcome
}

// An Outcome is what comes out of a row. All but the last three are facts of the last visit of the
// source. Times are written as in "22 Aug 03:00".
type Outcome struct {
	Readings []string // of the asset, such as "loaded 22 Aug 03:00, checked 22 Aug 05:00"
	Attempt  string   // of the asset, such as "failed 22 Aug 05:10: no such table"; "" if there is none
	Missing  string   // what the asset refers to and does not exist; "" if nothing is missing
	Scopes   []string // what was listed completely
	Notes    []string
	Error    string
	Status   string       // as in Verdict
	Strip    string       // one letter for each visit
	Causes   []sources.ID // as in Verdict
}

// A Verdict is what a report says of an asset.
type Verdict struct {
	Status string       // with what qualifies it, such as "stale, emptied"
	Strip  string       // one letter a day, today last
	Causes []sources.ID // sorted
}

// A Judge returns what the report of the last scrape says of an asset. The scrapes come oldest first.
type Judge func(scrapes []sources.Scrape, asset sources.ID) (Verdict, error)

// DailyAnswers returns an answer for each of so many days. answerOn gets the number of days before
// today, and the moment of the visit.
func DailyAnswers[A any](days int, answerOn func(ago int, at time.Time) A) (answers []A) {
	for ago := days - 1; ago >= 0; ago-- {
		answers = append(answers, answerOn(ago, Today.AddDate(0, 0, -ago)))
	}
	return answers
}

// RunLies reports as a test failure each row of which something else comes out, and each lie for
// which the table has neither a row nor a reason.
func RunLies[A any](t *testing.T, table LieTable[A]) {
	t.Helper()
	for _, fault := range table.listFaults() {
		t.Error(fault)
	}
	for _, row := range table.Rows {
		t.Run(string(row.Lie)+"/"+row.Name, func(t *testing.T) { table.runRow(t, row) })
	}
}

// listFaults returns what is wrong with the table itself; none if it answers for every lie.
func (table LieTable[A]) listFaults() (faults []string) {
	for _, lie := range Lies {
		hasRow := slices.ContainsFunc(table.Rows, func(row LieRow[A]) bool { return row.Lie == lie })
		reason, hasReason := table.Untold[lie]
		switch {
		case !hasRow && reason == "":
			faults = append(faults, fmt.Sprintf("%s: got no row and no reason, want one of both", lie))
		case hasRow && hasReason:
			faults = append(faults, fmt.Sprintf("%s: got a row and a reason why there is none, want one of both", lie))
		}
	}
	for _, lie := range table.listUnknown() {
		faults = append(faults, fmt.Sprintf("%s: got a row or a reason, want only those of the list of lies", lie))
	}
	return faults
}

// listUnknown returns the lies of the table that the list of lies does not have, sorted.
func (table LieTable[A]) listUnknown() (unknown []Lie) {
	used := slices.Collect(maps.Keys(table.Untold))
	for _, row := range table.Rows {
		used = append(used, row.Lie)
	}
	for _, lie := range used {
		if !slices.Contains(Lies, lie) {
			unknown = append(unknown, lie)
		}
	}
	slices.Sort(unknown)
	return slices.Compact(unknown)
}

// runRow visits the system of a row once a day, and reports an outcome that it does not want.
func (table LieTable[A]) runRow(t *testing.T, row LieRow[A]) {
	t.Helper()
	last, all := table.visitDays(t, row.Answers)
	verdict, err := table.Judge(all, row.Asset)
	if err != nil {
		t.Fatal(err)
	}
	got := describeScrape(last, row.Asset)
	got.Status = verdict.Status
	got.Strip = verdict.Strip[max(0, len(verdict.Strip)-len(row.Answers)):]
	got.Causes = verdict.Causes
	if !got.equals(row.Want) {
		t.Errorf("%s:\ngot  %s\nwant %s", row.Asset, got, row.Want)
	}
}

// visitDays starts a system and visits it once for each answer, the last one today. It returns the last
// scrape of the source, and all scrapes, oldest first.
func (table LieTable[A]) visitDays(t *testing.T, answers []A) (last sources.Scrape, all []sources.Scrape) {
	t.Helper()
	visit := table.Open(t)
	for i, answer := range answers {
		at := Today.AddDate(0, 0, i+1-len(answers))
		scrapes := sources.VisitAll(t.Context(), at, func() time.Time { return at }, visit(answer, at), nil)
		last = scrapes[0]
		all = append(all, scrapes...)
	}
	return last, all
}

// describeScrape returns the facts that a scrape has of an asset.
func describeScrape(s sources.Scrape, asset sources.ID) Outcome {
	outcome := Outcome{Notes: s.Notes, Error: s.Error}
	for _, scope := range s.Scopes {
		outcome.Scopes = append(outcome.Scopes, string(scope.Name))
	}
	for _, o := range s.Observations {
		if o.ID != asset {
			continue
		}
		outcome.Missing = o.MissingRef
		outcome.Attempt = describeAttempt(o.Attempt)
		outcome.Readings = describeReadings(o)
	}
	return outcome
}

// describeReadings returns the readings of o, the most honest clock first, and then the check that
// should have returned one.
func describeReadings(o sources.Observation) (all []string) {
	readings := slices.Clone(o.Readings)
	slices.SortFunc(readings, func(a, b sources.Reading) int { return cmp.Compare(a.Clock, b.Clock) })
	for _, r := range readings {
		all = append(all, fmt.Sprintf("%s %s, checked %s", r.Clock, describeData(r), formatMoment(r.CheckedAt)))
	}
	if !o.Missed.IsZero() {
		all = append(all, "nothing returned, checked "+formatMoment(o.Missed))
	}
	return all
}

// describeData returns when the data of a reading changed, or what it says instead.
func describeData(r sources.Reading) string {
	switch {
	case r.At.IsZero():
		return "nothing newer"
	case r.At.Equal(sources.Never):
		return "no row"
	case r.Bound:
		return "at most " + formatMoment(r.At)
	case r.Unconfirmed:
		return "possibly " + formatMoment(r.At)
	default:
		return formatMoment(r.At)
	}
}

// describeAttempt returns an attempt in one line; "" for the zero Attempt.
func describeAttempt(a sources.Attempt) string {
	if a.Outcome == "" {
		return ""
	}
	text := string(a.Outcome) + " " + formatMoment(a.At)
	if a.Says != "" {
		text += ": " + a.Says
	}
	return text
}

// formatMoment returns a moment in UTC, with its year unless that is the year of Today.
func formatMoment(t time.Time) string {
	if t.Year() != Today.Year() {
		return t.UTC().Format("2 Jan 2006 15:04")
	}
	return t.UTC().Format("2 Jan 15:04")
}

// equals reports whether two outcomes say the same. A list that is nil says the same as an empty one.
func (o Outcome) equals(other Outcome) bool { return slices.Equal(o.fields(), other.fields()) }

// fields returns what o says, each part with its name.
func (o Outcome) fields() (fields []string) {
	add := func(name string, values ...string) {
		for _, value := range values {
			if value != "" {
				fields = append(fields, name+": "+value)
			}
		}
	}
	add("reading", o.Readings...)
	add("attempt", o.Attempt)
	add("missing", o.Missing)
	add("scope", o.Scopes...)
	add("note", o.Notes...)
	add("error", o.Error)
	add("status", o.Status)
	add("strip", o.Strip)
	for _, cause := range o.Causes {
		add("cause", string(cause))
	}
	return fields
}

// String returns what o says, one part a line.
func (o Outcome) String() string {
	return strings.ReplaceAll(strings.Join(o.fields(), "\n"), "\n", "\n     ")
}
