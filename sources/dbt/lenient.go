package dbt

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/freshet-status/freshet/sources"
)

// Versions of dbt write the same value in different ways. The types in this
// file read all known ways. A value that they cannot read counts as not set,
// and is no error.

// A Text is a string, or the first string of a list; otherwise it is empty.
type Text string

// UnmarshalJSON reads a string or the first string of a list. Anything else becomes the empty
// string.
func (t *Text) UnmarshalJSON(data []byte) error {
	var all List
	_ = all.UnmarshalJSON(data)
	*t = ""
	if len(all) > 0 {
		*t = Text(all[0])
	}
	return nil
}

// A List is a list of strings, or one string. Empty strings are left out.
type List []string

// UnmarshalJSON reads a string or the strings of a list. Anything else becomes nil.
func (t *List) UnmarshalJSON(data []byte) error {
	*t = nil
	var one string
	if json.Unmarshal(data, &one) == nil && one != "" {
		*t = List{one}
		return nil
	}
	var many []any
	_ = json.Unmarshal(data, &many)
	for _, e := range many {
		if s, ok := e.(string); ok && s != "" {
			*t = append(*t, s)
		}
	}
	return nil
}

// A customMeta holds the keys of a node's meta that freshet reads.
type customMeta struct {
	Owner  Text `json:"owner"`
	Folder Text `json:"folder"`
}

// UnmarshalJSON reads the known keys. A meta that is no object counts as empty.
func (m *customMeta) UnmarshalJSON(data []byte) error {
	type plain customMeta
	_ = json.Unmarshal(data, (*plain)(m))
	return nil
}

// A period is a length of time as dbt writes it, such as 12 hours. The zero period is none: dbt
// writes "no rule" as an object whose count and period are null.
type period struct {
	Count lenientNumber `json:"count"`
	Unit  Text          `json:"period"`
}

// unitSeconds holds the seconds of each unit that dbt knows.
var unitSeconds = map[string]float64{"second": 1, "minute": 60, "hour": 3600, "day": 86400}

// seconds returns the length in seconds, from 0 to century. A negative count or an unknown unit
// gives 0, which means no limit.
func (p period) seconds() int64 {
	s := float64(p.Count) * unitSeconds[strings.TrimSuffix(string(p.Unit), "s")]
	if !(s > 0) {
		return 0
	}
	return int64(min(s, century))
}

// century is the longest length of a period, in seconds.
const century = 100 * 366 * 86400

// UnmarshalJSON reads a period. A value of another shape counts as none.
func (p *period) UnmarshalJSON(data []byte) error {
	type plain period
	_ = json.Unmarshal(data, (*plain)(p))
	return nil
}

// A lenientNumber is a JSON number, also one in quotes.
type lenientNumber float64

// UnmarshalJSON reads a number. Text that is no number becomes 0.
func (n *lenientNumber) UnmarshalJSON(data []byte) error {
	f, _ := strconv.ParseFloat(strings.Trim(string(data), `"`), 64)
	*n = lenientNumber(f)
	return nil
}

// A Moment is a time as dbt writes it. Without a zone it counts as UTC, unless inZone is asked
// for another.
type Moment struct {
	time.Time
	IsValid bool // false if there is no time, or it cannot be read
	naive   bool // written without a zone
}

// zonedLayouts holds the layouts of times with a zone in dbt 0.19 to 2.0: with T or a space,
// with six, nine or no digits of a second, with Z or an offset.
var zonedLayouts = []string{time.RFC3339Nano, "2006-01-02 15:04:05.999999999Z07:00"}

// naiveLayouts holds the same layouts without a zone.
var naiveLayouts = []string{"2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999"}

// UnmarshalJSON reads a time in one of the known layouts. Anything else becomes the zero
// moment, which is not valid.
func (m *Moment) UnmarshalJSON(data []byte) error {
	s := strings.Trim(string(data), `"`)
	*m = Moment{}
	for _, layout := range zonedLayouts {
		if t, err := time.Parse(layout, s); err == nil {
			*m = Moment{Time: t.UTC(), IsValid: true}.limitYear()
			return nil
		}
	}
	for _, layout := range naiveLayouts {
		if t, err := time.Parse(layout, s); err == nil {
			*m = Moment{Time: t, IsValid: true, naive: true}.limitYear()
			return nil
		}
	}
	return nil
}

// IsTime reports whether m is a time at which something happened: year 1 and the first second of 1970
// stand for none.
func (m Moment) IsTime() bool { return m.IsValid && m.After(sources.Never) }

// limitYear returns m within the years that can be recorded: a time before year 1 becomes the
// zero time, and one in year 9999 or later becomes the zero moment, which is not valid.
func (m Moment) limitYear() Moment {
	switch {
	case m.Year() < 1:
		m.Time = time.Time{}
	case m.Year() >= 9999:
		return Moment{}
	}
	return m
}

// inZone returns the time in UTC. A time written without a zone is read as one in zone; a nil
// zone means UTC.
func (m Moment) inZone(zone *time.Location) time.Time {
	if !m.naive || zone == nil {
		return m.Time
	}
	t := m.Time
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), zone).UTC()
}
