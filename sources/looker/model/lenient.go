package model

import (
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Looker's responses are loose about types: ids come as numbers, titles as null. The types below
// accept every form that was seen, and read anything else as their default instead of returning an
// error.

// A Text is a string that may come as a number. Anything else is "".
type Text string

// UnmarshalJSON accepts a string or a number; anything else becomes "". It never errs.
func (t *Text) UnmarshalJSON(data []byte) error {
	var s string
	switch {
	case json.Unmarshal(data, &s) == nil:
		*t = Text(s)
	case len(data) > 0 && (data[0] == '-' || data[0] >= '0' && data[0] <= '9'):
		*t = Text(data)
	default:
		*t = ""
	}
	return nil
}

// A Bool is true unless it is explicitly false, so that a folder of unclear type counts
// as personal and is not published. A missing key is false.
type Bool bool

// UnmarshalJSON reads "", false, no, 0 and null, quoted or not and in any case, as false, and
// all else as true. It never errs.
func (f *Bool) UnmarshalJSON(data []byte) error {
	says := strings.ToLower(strings.Trim(string(data), `"`))
	*f = Bool(!slices.Contains([]string{"", "false", "no", "0", "null"}, says))
	return nil
}

// UnmarshalJSON skips values of an unexpected type and marks the query as Partial then.
func (q *Query) UnmarshalJSON(data []byte) error {
	type plain Query
	err := json.Unmarshal(data, (*plain)(q))
	q.Partial = q.Partial || isTypeError(err)
	return ignoreTypeErrors(err)
}

// UnmarshalJSON skips values of an unexpected type. If that affects the query, the tile has no
// known query.
func (e *Element) UnmarshalJSON(data []byte) error {
	type plain Element
	return ignoreTypeErrors(json.Unmarshal(data, (*plain)(e)))
}

// isTypeError reports whether err says that a JSON value had another type than expected.
func isTypeError(err error) bool {
	var wrong *json.UnmarshalTypeError
	return errors.As(err, &wrong)
}

// ignoreTypeErrors returns nil for a type error, after which encoding/json has still decoded
// the rest, and otherwise err.
func ignoreTypeErrors(err error) error {
	if isTypeError(err) {
		return nil
	}
	return err
}

// A Count is a number that may come in quotes. Negative numbers, numbers of 1e15 and
// more, and anything else are 0.
type Count int64

// UnmarshalJSON accepts a number, quoted or not, and cuts its fraction; anything else becomes
// 0. It never errs.
func (c *Count) UnmarshalJSON(data []byte) error {
	f, _ := strconv.ParseFloat(strings.Trim(string(data), `"`), 64)
	*c = 0
	if f > 0 && f < 1e15 {
		*c = Count(f)
	}
	return nil
}

// A Time is a time in UTC, to the second; zero if missing or unreadable.
type Time struct{ time.Time }

// UnmarshalJSON accepts a time in RFC 3339 after the first second of 1970 and before the year 9999;
// anything else becomes the zero time. It never errs.
func (s *Time) UnmarshalJSON(data []byte) error {
	t, err := time.Parse(time.RFC3339Nano, strings.Trim(string(data), `"`))
	*s = (Time{})
	if err == nil && t.Unix() > 0 && t.Year() < 9999 {
		s.Time = t.UTC().Truncate(time.Second)
	}
	return nil
}

// MarshalJSON writes the time in RFC 3339, and null for the zero time.
func (s Time) MarshalJSON() ([]byte, error) {
	if s.IsZero() {
		return []byte("null"), nil
	}
	return s.Time.MarshalJSON()
}
