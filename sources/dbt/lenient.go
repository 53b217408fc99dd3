package dbt

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

// Versions of dbt differ in how they write a value. The types of this file
// read every way that was seen, and take what they cannot read for nothing
// said.

// text is a string, or the first of a list of strings, or nothing.
type text string

func (t *text) UnmarshalJSON(data []byte) error {
	var all texts
	_ = all.UnmarshalJSON(data)
	if *t = ""; len(all) > 0 {
		*t = text(all[0])
	}
	return nil
}

// texts is a list of strings, or one string.
type texts []string

func (t *texts) UnmarshalJSON(data []byte) error {
	*t = nil
	var one string
	if json.Unmarshal(data, &one) == nil && one != "" {
		*t = texts{one}
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

// meta is what people wrote into meta, as far as freshet knows the words.
type meta struct {
	Owner  text `json:"owner"`
	Folder text `json:"folder"`
}

func (m *meta) UnmarshalJSON(data []byte) error {
	type plain meta
	_ = json.Unmarshal(data, (*plain)(m))
	return nil
}

// period is an elapsed time in dbt's words. The zero period is none: dbt also
// writes "no rule" as an object whose count and period are null.
type period struct {
	Count  number `json:"count"`
	Period text   `json:"period"`
}

// units are dbt's, in seconds.
var units = map[string]float64{"second": 1, "minute": 60, "hour": 3600, "day": 86400}

// seconds is never negative; 0 is no limit.
func (p period) seconds() int64 {
	s := float64(p.Count) * units[strings.TrimSuffix(string(p.Period), "s")]
	if !(s > 0) {
		return 0
	}
	return int64(min(s, century))
}

// century is the longest limit that there is, in seconds.
const century = 100 * 366 * 86400

// UnmarshalJSON takes what is no period for nothing said.
func (p *period) UnmarshalJSON(data []byte) error {
	type plain period
	_ = json.Unmarshal(data, (*plain)(p))
	return nil
}

// number is a number, also one in quotes.
type number float64

func (n *number) UnmarshalJSON(data []byte) error {
	f, _ := strconv.ParseFloat(strings.Trim(string(data), `"`), 64)
	*n = number(f)
	return nil
}

// A moment is a time as dbt writes it: with a zone, or without one, which then
// is UTC.
type moment struct {
	time.Time
	said  bool // false is nothing, or nothing that reads
	naive bool // without a zone
}

// layouts are those of dbt 0.19 to 2.0: with T or a space, with six or nine
// digits or none, with Z, an offset or no zone.
var layouts = []string{time.RFC3339Nano, "2006-01-02 15:04:05.999999999Z07:00"}

var naiveLayouts = []string{"2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999"}

func (m *moment) UnmarshalJSON(data []byte) error {
	s := strings.Trim(string(data), `"`)
	*m = moment{}
	for _, layout := range layouts {
		if t, err := time.Parse(layout, s); err == nil {
			*m = moment{Time: t.UTC(), said: true}.sane()
			return nil
		}
	}
	for _, layout := range naiveLayouts {
		if t, err := time.Parse(layout, s); err == nil {
			*m = moment{t, true, true}.sane()
			return nil
		}
	}
	return nil
}

// sane is a moment that can be recorded: what is before year 1 is its beginning,
// and what is in its last year or after is nothing said.
func (m moment) sane() moment {
	switch {
	case m.Year() < 1:
		m.Time = time.Time{}
	case m.Year() >= 9999:
		return moment{}
	}
	return m
}

// in reads a time that was written without a zone as one of zone.
func (m moment) in(zone *time.Location) time.Time {
	if !m.naive || zone == nil {
		return m.Time
	}
	t := m.Time
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), zone).UTC()
}
