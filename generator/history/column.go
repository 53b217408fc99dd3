package history

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strconv"

	"github.com/freshet-status/freshet/sources"
)

// A column holds one number per row. nullNumber stands for null.
type column []int64

// nullNumber stands for null in a column.
const nullNumber = math.MinInt64

// MarshalJSON writes a list of numbers and nulls.
func (c column) MarshalJSON() ([]byte, error) {
	out := make([]byte, 1, 8*len(c)+2)
	out[0] = '['
	for k, n := range c {
		if k > 0 {
			out = append(out, ',')
		}
		if n == nullNumber {
			out = append(out, "null"...)
		} else {
			out = strconv.AppendInt(out, n, 10)
		}
	}
	return append(out, ']'), nil
}

// UnmarshalJSON reads what MarshalJSON writes.
func (c *column) UnmarshalJSON(data []byte) error {
	var all []*int64
	if err := json.Unmarshal(data, &all); err != nil {
		return err
	}
	for _, n := range all {
		if n == nil {
			*c = append(*c, nullNumber)
		} else {
			*c = append(*c, *n)
		}
	}
	return nil
}

// readScrape decodes the line of a scrape: its readings, which are nearly all of it, by hand,
// and the rest with encoding/json. Readings in another form than freshet writes are decoded
// with encoding/json too.
func readScrape(line []byte) (s scrapeLine, err error) {
	at := bytes.LastIndex(line, []byte(`,"told":[`)) // no string contains this, because its quotes are escaped
	if at < 0 {
		return s, json.Unmarshal(line, &s)
	}
	r := &columnReader{rest: line[at+len(`,"told":[`):]}
	told, ok := r.readColumns()
	if !ok {
		return s, json.Unmarshal(line, &s)
	}
	head := append(line[:at:at], '}')
	err = json.Unmarshal(head, &s)
	s.Readings = told
	return s, err
}

// A columnReader decodes the readings of a scrape in exactly the form that freshet writes,
// which is faster than encoding/json.
type columnReader struct{ rest []byte }

// skipPrefix removes word from the front of the rest and reports whether it was there.
func (r *columnReader) skipPrefix(word string) bool {
	if len(r.rest) < len(word) || string(r.rest[:len(word)]) != word {
		return false
	}
	r.rest = r.rest[len(word):]
	return true
}

// readColumns reads all columns up to the end of the line. ok is false if something is in
// another form.
func (r *columnReader) readColumns() (all []readingColumn, ok bool) {
	for {
		t, ok := r.readColumn()
		if !ok {
			return nil, false
		}
		all = append(all, t)
		if r.skipPrefix("]}") {
			return all, len(r.rest) == 0
		}
		if !r.skipPrefix(",") {
			return nil, false
		}
	}
}

// readColumn reads one column. ok is false if it is in another form.
func (r *columnReader) readColumn() (t readingColumn, ok bool) {
	if !r.skipPrefix(`{"clock":"`) || t.Clock.UnmarshalText(r.readString()) != nil {
		return t, false
	}
	t.Ahead = r.skipPrefix(`,"ahead":true`)
	t.Doubt = r.skipPrefix(`,"doubt":true`)
	t.Bound = r.skipPrefix(`,"bound":true`)
	t.Confirmed = r.skipPrefix(`,"confirmed":true`)
	if !r.skipPrefix(`,"look":`) {
		return t, false
	}
	t.CheckedAt, ok = r.readNumber()
	if r.skipPrefix(`,"set":"`) {
		t.Set = string(r.readString())
	}
	if ok && r.skipPrefix(`,"i":[`) {
		var c column
		c, ok = r.readNumbers()
		for _, n := range c {
			t.Gaps = append(t.Gaps, int(n))
		}
	}
	if ok && r.skipPrefix(`,"before":[`) {
		t.Lag, ok = r.readNumbers()
	}
	if ok && r.skipPrefix(`,"age":[`) {
		t.Age, ok = r.readNumbers()
	}
	return t, ok && r.skipPrefix("}")
}

// readString reads a string up to its closing quote, which it skips. It knows no escapes, and
// returns nil if there is no quote.
func (r *columnReader) readString() []byte {
	end := bytes.IndexByte(r.rest, '"')
	if end < 0 {
		return nil
	}
	w := r.rest[:end]
	r.rest = r.rest[end+1:]
	return w
}

// readNumber reads an integer of at most 18 digits.
func (r *columnReader) readNumber() (n int64, ok bool) {
	i := 0
	sign := int64(1)
	if len(r.rest) > 0 && r.rest[0] == '-' {
		i = 1
		sign = -1
	}
	begin := i
	for ; i < len(r.rest) && r.rest[i]-'0' < 10; i++ {
		n = 10*n + int64(r.rest[i]-'0')
	}
	digits := i - begin
	r.rest = r.rest[i:]
	return sign * n, digits > 0 && digits < 19
}

// readNumbers reads numbers and nulls up to the closing bracket, which it skips.
func (r *columnReader) readNumbers() (c column, ok bool) {
	c = make(column, 0, 1+bytes.Count(r.rest[:max(bytes.IndexByte(r.rest, ']'), 0)], []byte(",")))
	for {
		n := int64(nullNumber)
		if !r.skipPrefix("null") {
			n, ok = r.readNumber()
			if !ok {
				return nil, false
			}
		}
		c = append(c, n)
		if r.skipPrefix("]") {
			return c, true
		}
		if !r.skipPrefix(",") {
			return nil, false
		}
	}
}

// validateLength returns an error if a column of t does not have rows numbers.
func (t readingColumn) validateLength(rows int) error {
	if t.Lag != nil && len(t.Lag) != rows || t.Age != nil && len(t.Age) != rows {
		return fmt.Errorf("columns of %q: must have one number per row", t.Clock)
	}
	return nil
}

// eachReading calls add with the position and the reading of each row of t. rows are the
// positions of t.
func (t readingColumn) eachReading(rows []int, add func(i int, r sources.Reading)) {
	for k, i := range rows {
		checkedAt := t.CheckedAt
		age := int64(nullNumber)
		if t.Lag != nil {
			checkedAt -= t.Lag[k]
		}
		if t.Age != nil {
			age = t.Age[k]
		}
		add(i, decodeReading(t, checkedAt, age))
	}
}
