package looker

import (
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Answers lie about types: ids come as numbers, titles as null. These read every
// way that was seen, and take what they cannot read for nothing said.

// text is a text, also one that came as a number.
type text string

func (t *text) UnmarshalJSON(data []byte) error {
	var s string
	switch {
	case json.Unmarshal(data, &s) == nil:
		*t = text(s)
	case len(data) > 0 && (data[0] == '-' || data[0] >= '0' && data[0] <= '9'):
		*t = text(data)
	default:
		*t = ""
	}
	return nil
}

// flag is true unless it says that it is not: whose folder it is that may be a
// person's, nobody shows.
type flag bool

func (f *flag) UnmarshalJSON(data []byte) error {
	says := strings.ToLower(strings.Trim(string(data), `"`))
	*f = flag(!slices.Contains([]string{"", "false", "no", "0", "null"}, says))
	return nil
}

// UnmarshalJSON takes what does not read for what is not told: then no list of its
// tables is taken for whole.
func (q *asked) UnmarshalJSON(data []byte) error {
	type plain asked
	err := json.Unmarshal(data, (*plain)(q))
	q.Partial = q.Partial || lie(err)
	return honest(err)
}

// UnmarshalJSON lets an element stand of which a part does not read. Where that is
// what it asks, it is one that nothing tells of.
func (e *element) UnmarshalJSON(data []byte) error {
	type plain element
	return honest(json.Unmarshal(data, (*plain)(e)))
}

// lie reports whether a value was of another type than the API says.
func lie(err error) bool {
	var wrong *json.UnmarshalTypeError
	return errors.As(err, &wrong)
}

func honest(err error) error {
	if lie(err) {
		return nil
	}
	return err
}

// count is a number, also one in quotes.
type count int64

func (c *count) UnmarshalJSON(data []byte) error {
	f, _ := strconv.ParseFloat(strings.Trim(string(data), `"`), 64)
	if *c = 0; f > 0 && f < 1e15 {
		*c = count(f)
	}
	return nil
}

// stamp is a time; the zero time is nothing said.
type stamp struct{ time.Time }

func (s *stamp) UnmarshalJSON(data []byte) error {
	t, err := time.Parse(time.RFC3339Nano, strings.Trim(string(data), `"`))
	if *s = (stamp{}); err == nil && t.Year() > 1 && t.Year() < 9999 {
		s.Time = t.UTC().Truncate(time.Second)
	}
	return nil
}

func (s stamp) MarshalJSON() ([]byte, error) {
	if s.IsZero() {
		return []byte("null"), nil
	}
	return s.Time.MarshalJSON()
}
