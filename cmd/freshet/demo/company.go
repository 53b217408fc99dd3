// Package demo plays an invented company: for any day it writes the artifacts
// that dbt would have left behind that day. freshet's own scrapers read them,
// so the demo goes the way of every run.
//
// It knows what happened, from a script in TOML, and nothing of freshness.
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

// A Company is what a script says.
type Company struct {
	Projects []Project `toml:"project"`
	Tables   []Table   `toml:"table"`
	Models   []Model   `toml:"model"`
	Boards   []Board   `toml:"board"`
}

// A Project is a dbt project, with the folder of its own that dbt writes.
type Project struct {
	Name     string  `toml:"name"`
	Database string  `toml:"database"` // where its models are
	Checks   string  `toml:"checks"`   // when freshness is checked, such as "05:00"
	Builds   string  `toml:"builds"`   // when the build begins
	Away     []int   `toml:"away"`     // how many days ago its folder could not be reached
	Platform bool    `toml:"platform"` // it runs in the dbt platform, and leaves no folder
	Groups   []Group `toml:"group"`
}

// A Group owns models.
type Group struct {
	Name  string `toml:"name"`
	Owner string `toml:"owner"`
	Email string `toml:"email"`
}

// A Table is loaded from elsewhere: a source of dbt.
type Table struct {
	Project  string `toml:"project"`
	Name     string `toml:"name"` // "pos.sales": of dbt, and of the schema of the same name
	Relation string `toml:"relation"`
	Says     string `toml:"says"`
	Owner    string `toml:"owner"`
	Loads    string `toml:"loads"` // "daily", "weekdays", "mondays", "once", "never"; "" is not checked
	At       string `toml:"at"`    // the hour of the load
	Stopped  int    `toml:"stopped"`
	Skips    []int  `toml:"skips"` // how many days ago a load did not come
	Ahead    string `toml:"ahead"` // how far its clock is ahead
	Fails    bool   `toml:"fails"` // its check fails every day
	Warn     int    `toml:"warn"`  // hours
	Error    int    `toml:"error"`

	Commented int `toml:"commented"` // how many days ago somebody wrote a comment on it
}

// A Model is built by dbt.
type Model struct {
	Project string   `toml:"project"`
	Name    string   `toml:"name"`
	As      string   `toml:"as"` // how it is materialized: "table", "view", "incremental", "ephemeral", "seed"
	Reads   []string `toml:"reads"`
	Group   string   `toml:"group"`
	Tags    []string `toml:"tags"`
	Says    string   `toml:"says"`
	Failing int      `toml:"failing"` // for how many days its build has failed
	Error   string   `toml:"error"`   // what the warehouse said then
	Removed int      `toml:"removed"` // how many days ago it was removed from the project
}

// A Board is a dashboard of the company's Looker, and an exposure of dbt.
type Board struct {
	Project string   `toml:"project"`
	Name    string   `toml:"name"`
	Label   string   `toml:"label"`
	Folder  string   `toml:"folder"`
	Owner   string   `toml:"owner"`
	Says    string   `toml:"says"`
	Reads   []string `toml:"reads"`
	Opened  int      `toml:"opened"` // since how many days nobody has opened it
}

// Read reads a script.
func Read(file string) (*Company, error) {
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

// A Day is one day in the life of the company.
type Day struct {
	Begins time.Time // midnight
	Ago    int       // how many days before the last
	pace   float64   // of the time from midnight on; 1 is that of a clock
}

// End is when the last job of a day has ended, as an hour.
const End = "06:05"

// DayOf returns the day so many days before now. Where now is earlier than the
// end of the last job, the last day passes faster, so that it is over too.
func DayOf(now time.Time, ago int) Day {
	y, m, d := now.Date()
	day := Day{Begins: time.Date(y, m, d-ago, 0, 0, 0, 0, now.Location()), Ago: ago, pace: 1}
	if past := now.Sub(day.Begins); ago == 0 && past < hour(End) {
		day.pace = past.Seconds() / hour(End).Seconds()
	}
	return day
}

// At is when it is so late on that day.
func (d Day) At(clock string) time.Time { return d.after(hour(clock)) }

// after is when so much time has passed since midnight.
func (d Day) after(since time.Duration) time.Time {
	return d.Begins.Add(time.Duration(float64(since) * d.pace)).Truncate(time.Second)
}

// hour reads "05:40".
func hour(clock string) time.Duration {
	t, err := time.Parse("15:04", cmp.Or(clock, "03:00"))
	if err != nil {
		panic(err) // the script is ours
	}
	return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute
}

// before is the day so many days before d.
func (d Day) before(days int) Day {
	return Day{Begins: d.Begins.AddDate(0, 0, -days), Ago: d.Ago + days, pace: 1}
}

// loads reports whether a table is loaded on a day.
func (t Table) loads(d Day) bool {
	if d.Ago < t.Stopped || slices.Contains(t.Skips, d.Ago) {
		return false
	}
	weekday := d.Begins.Weekday()
	switch t.Loads {
	case "daily":
		return true
	case "weekdays":
		return weekday >= time.Monday && weekday <= time.Friday
	case "mondays":
		return weekday == time.Monday
	case "once":
		return d.Ago >= 400
	default:
		return false
	}
}

// lastLoad is when a table was loaded last by the end of a day; false is never.
func (t Table) lastLoad(d Day) (time.Time, bool) {
	for days := 0; days < 500; days++ {
		if b := d.before(days); days > 0 && t.loads(b) {
			return b.At(t.At), true
		} else if days == 0 && t.loads(d) {
			return d.At(t.At), true
		}
	}
	return time.Time{}, false
}

// there reports whether a model is in its project on a day.
func (m Model) there(d Day) bool { return m.Removed == 0 || d.Ago > m.Removed }

// fails reports whether the build of a model fails on a day.
func (m Model) fails(d Day) bool { return m.Failing > 0 && d.Ago < m.Failing }

func (m Model) schema() string {
	switch prefix, _, _ := strings.Cut(m.Name, "_"); {
	case m.As == "seed":
		return "SEEDS"
	case prefix == "stg":
		return "STAGING"
	case prefix == "close" || prefix == "open":
		return "CLOSE"
	default:
		return "MARTS"
	}
}
