// Package demo simulates an invented company. For any day it returns what the company's systems
// would have had on that day: artifacts of dbt, runs of the dbt platform, rows of Snowflake
// views, and dashboards of Looker. freshet's own sources read them, so the demo takes the same
// path as every run.
//
// The package knows what happened, from a script in TOML such as tidewater.toml, and computes
// no freshness. To add a kind of event, add a key to a type of the script and use it where the
// artifacts and rows are built.
package demo

import (
	"cmp"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/BurntSushi/toml"
)

// A Company is the content of a script. The time of an event counts in days back from today,
// which is 0.
type Company struct {
	Projects   []Project   `toml:"project"`
	Tables     []Table     `toml:"table"`
	Models     []Model     `toml:"model"`
	Dashboards []Dashboard `toml:"board"`
}

// A Project is a dbt project.
type Project struct {
	Name       string  `toml:"name"`
	Database   string  `toml:"database"` // database of its models
	ChecksAt   string  `toml:"checks"`   // time of the source freshness check, such as "05:00"
	BuildsAt   string  `toml:"builds"`   // time at which the build begins
	AwayDays   []int   `toml:"away"`     // days on which its folder could not be reached
	OnPlatform bool    `toml:"platform"` // whether it runs in the dbt platform, which leaves no folder
	Groups     []Group `toml:"group"`
}

// A Group is a dbt group, which owns models.
type Group struct {
	Name  string `toml:"name"`
	Owner string `toml:"owner"`
	Email string `toml:"email"`
}

// A Table is a raw table that another system loads: a source of dbt.
type Table struct {
	Project     string `toml:"project"`
	Name        string `toml:"name"` // name in dbt, such as "pos.sales": source and table, and also the schema and table
	Relation    string `toml:"relation"`
	Description string `toml:"says"`
	Owner       string `toml:"owner"`
	Loads       string `toml:"loads"` // "daily", "weekdays", "mondays", "once" or "never"; "" if its freshness is not checked
	LoadsAt     string `toml:"at"`    // time of the load, such as "04:05"; "03:00" by default
	// StoppedDays is the number of days without a load, up to today.
	StoppedDays int    `toml:"stopped"`
	SkippedDays []int  `toml:"skips"` // days on which no load came
	ClockAhead  string `toml:"ahead"` // how far its times are in the future, such as "17h"
	CheckFails  bool   `toml:"fails"` // whether its freshness check fails every day
	WarnHours   int    `toml:"warn"`  // warn_after in hours; 0 is none
	// ErrorHours is error_after in hours; 0 is none.
	ErrorHours int `toml:"error"`

	CommentedDay int `toml:"commented"` // day on which its comment was changed; 0 is none
}

// A Model is a model or seed that dbt builds.
type Model struct {
	Project      string   `toml:"project"`
	Name         string   `toml:"name"`
	Materialized string   `toml:"as"` // materialization: "table", "view", "incremental", "ephemeral" or "seed"
	Reads        []string `toml:"reads"`
	Group        string   `toml:"group"`
	Tags         []string `toml:"tags"`
	Description  string   `toml:"says"`
	FailingDays  int      `toml:"failing"` // number of days until today on which its build fails
	Error        string   `toml:"error"`   // message of the warehouse for these failures
	RemovedDay   int      `toml:"removed"` // day on which it was removed from the project; 0 is none
	Tests        []string `toml:"tests"`   // names of its tests
	// FailingTestDays is the number of days until today on which the last of its tests fails.
	FailingTestDays int    `toml:"test_failing"`
	TestMessage     string `toml:"test_says"` // message of dbt for these failures
}

// A Dashboard is a dashboard of the company's Looker, and an exposure of dbt.
type Dashboard struct {
	Project      string   `toml:"project"`
	Name         string   `toml:"name"`
	Label        string   `toml:"label"`
	Folder       string   `toml:"folder"`
	Owner        string   `toml:"owner"`
	Description  string   `toml:"says"`
	Reads        []string `toml:"reads"`
	UnopenedDays int      `toml:"opened"` // number of days since it was last opened; 0 if it is opened every day
}

// ReadCompany reads a script. It errs if the file has an unknown key.
func ReadCompany(file string) (*Company, error) {
	c := new(Company)
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	md, err := toml.Decode(string(text), c)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if unknown := md.Undecoded(); len(unknown) > 0 {
		return nil, fmt.Errorf("%s: unknown key %s", file, unknown[0])
	}
	return c, nil
}

// A Day is one day of the company, with its own pace of time.
type Day struct {
	Midnight time.Time // first moment of the day
	DaysAgo  int       // days before today, which is 0
	pace     float64   // factor for the time since midnight; 1 is real time
}

// LastJobEnd is the time of day at which the last job has ended.
const LastJobEnd = "06:05"

// NewDay returns the day that is ago days before now, in the zone of now. If now is before
// LastJobEnd, today runs at a faster pace, so that all its jobs have ended by now.
func NewDay(now time.Time, ago int) Day {
	y, m, d := now.Date()
	day := Day{Midnight: time.Date(y, m, d-ago, 0, 0, 0, 0, now.Location()), DaysAgo: ago, pace: 1}
	if past := now.Sub(day.Midnight); ago == 0 && past < parseClock(LastJobEnd) {
		day.pace = past.Seconds() / parseClock(LastJobEnd).Seconds()
	}
	return day
}

// At returns the time of day clock ("05:40") on day d. An empty clock is 03:00.
func (d Day) At(clock string) time.Time { return d.afterMidnight(parseClock(clock)) }

// afterMidnight returns the moment at which since has passed since midnight, at the pace of d,
// to the second.
func (d Day) afterMidnight(since time.Duration) time.Time {
	return d.Midnight.Add(time.Duration(float64(since) * d.pace)).Truncate(time.Second)
}

// parseClock returns the time since midnight of a clock such as "05:40"; "" is 03:00. It panics
// on any other text.
func parseClock(clock string) time.Duration {
	t, err := time.Parse("15:04", cmp.Or(clock, "03:00"))
	if err != nil {
		panic(err) // the script is ours
	}
	return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute
}

// daysBefore returns the day that is days before d, at a normal pace.
func (d Day) daysBefore(days int) Day {
	return Day{Midnight: d.Midnight.AddDate(0, 0, -days), DaysAgo: d.DaysAgo + days, pace: 1}
}

// isLoaded reports whether a table is loaded on day d.
func (t Table) isLoaded(d Day) bool {
	if d.DaysAgo < t.StoppedDays || slices.Contains(t.SkippedDays, d.DaysAgo) {
		return false
	}
	weekday := d.Midnight.Weekday()
	switch t.Loads {
	case "daily":
		return true
	case "weekdays":
		return weekday >= time.Monday && weekday <= time.Friday
	case "mondays":
		return weekday == time.Monday
	case "once":
		return d.DaysAgo >= 400
	default:
		return false
	}
}

// lastLoad returns when a table was last loaded by the end of day d, looking back 500 days. It
// returns false if there is no load.
func (t Table) lastLoad(d Day) (time.Time, bool) {
	for days := 0; days < 500; days++ {
		if b := d.daysBefore(days); days > 0 && t.isLoaded(b) {
			return b.At(t.LoadsAt), true
		} else if days == 0 && t.isLoaded(d) {
			return d.At(t.LoadsAt), true
		}
	}
	return time.Time{}, false
}

// isInProject reports whether a model is in its project on day d.
func (m Model) isInProject(d Day) bool { return m.RemovedDay == 0 || d.DaysAgo > m.RemovedDay }

// isFailing reports whether the build of a model fails on day d.
func (m Model) isFailing(d Day) bool { return m.FailingDays > 0 && d.DaysAgo < m.FailingDays }

// schemaName returns the schema of a model, by the prefix of its name.
func (m Model) schemaName() string {
	switch prefix, _, _ := strings.Cut(m.Name, "_"); {
	case m.Materialized == "seed":
		return "SEEDS"
	case prefix == "stg":
		return "STAGING"
	case prefix == "close" || prefix == "open":
		return "CLOSE"
	default:
		return "MARTS"
	}
}
