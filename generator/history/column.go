package history

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strconv"

	"github.com/freshet-status/freshet/sources"
)

// A column is one number a row; nothing stands for null.
type column []int64

const nothing = math.MinInt64

// MarshalJSON writes a list of numbers and nulls.
func (c column) MarshalJSON() ([]byte, error) {
	out := make([]byte, 1, 8*len(c)+2)
	out[0] = '['
	for k, n := range c {
		if k > 0 {
			out = append(out, ',')
		}
		if n == nothing {
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
			*c = append(*c, nothing)
		} else {
			*c = append(*c, *n)
		}
	}
	return nil
}

// readScrape reads a line of a scrape: its columns by hand, which are nearly
// all of it, and the rest by encoding/json. Columns that are written in
// another way than freshet writes them are read by encoding/json too.
func readScrape(line []byte) (s scrape, err error) {
	at := bytes.LastIndex(line, []byte(`,"told":[`)) // a quote inside a string is escaped
	if at < 0 {
		return s, json.Unmarshal(line, &s)
	}
	r := &columnReader{rest: line[at+len(`,"told":[`):]}
	told, ok := r.all()
	if !ok {
		return s, json.Unmarshal(line, &s)
	}
	head := append(line[:at:at], '}')
	err = json.Unmarshal(head, &s)
	s.Told = told
	return s, err
}

// A columnReader reads the told of a scrape, exactly as freshet writes it.
type columnReader struct{ rest []byte }

// eat takes a word off the front.
func (r *columnReader) eat(word string) bool {
	if len(r.rest) < len(word) || string(r.rest[:len(word)]) != word {
		return false
	}
	r.rest = r.rest[len(word):]
	return true
}

func (r *columnReader) all() (all []told, ok bool) {
	for {
		t, ok := r.one()
		if !ok {
			return nil, false
		}
		all = append(all, t)
		if r.eat("]}") {
			return all, len(r.rest) == 0
		}
		if !r.eat(",") {
			return nil, false
		}
	}
}

func (r *columnReader) one() (t told, ok bool) {
	if !r.eat(`{"clock":"`) || t.Clock.UnmarshalText(r.word()) != nil {
		return t, false
	}
	t.Ahead = r.eat(`,"ahead":true`)
	t.Doubt = r.eat(`,"doubt":true`)
	if !r.eat(`,"look":`) {
		return t, false
	}
	t.Look, ok = r.number()
	if r.eat(`,"set":"`) {
		t.Set = string(r.word())
	}
	if ok && r.eat(`,"i":[`) {
		var c column
		c, ok = r.numbers()
		for _, n := range c {
			t.I = append(t.I, int(n))
		}
	}
	if ok && r.eat(`,"before":[`) {
		t.Before, ok = r.numbers()
	}
	if ok && r.eat(`,"age":[`) {
		t.Age, ok = r.numbers()
	}
	return t, ok && r.eat("}")
}

// word reads to the end of a string of plain letters.
func (r *columnReader) word() []byte {
	end := bytes.IndexByte(r.rest, '"')
	if end < 0 {
		return nil
	}
	w := r.rest[:end]
	r.rest = r.rest[end+1:]
	return w
}

func (r *columnReader) number() (n int64, ok bool) {
	i, sign := 0, int64(1)
	if len(r.rest) > 0 && r.rest[0] == '-' {
		i, sign = 1, -1
	}
	begin := i
	for ; i < len(r.rest) && r.rest[i]-'0' < 10; i++ {
		n = 10*n + int64(r.rest[i]-'0')
	}
	digits := i - begin
	r.rest = r.rest[i:]
	return sign * n, digits > 0 && digits < 19
}

func (r *columnReader) numbers() (c column, ok bool) {
	c = make(column, 0, 1+bytes.Count(r.rest[:max(bytes.IndexByte(r.rest, ']'), 0)], []byte(",")))
	for {
		n := int64(nothing)
		if !r.eat("null") {
			if n, ok = r.number(); !ok {
				return nil, false
			}
		}
		c = append(c, n)
		if r.eat("]") {
			return c, true
		}
		if !r.eat(",") {
			return nil, false
		}
	}
}

// check says what is wrong with the shape of t, given its rows.
func (t told) check(rows int) error {
	if t.Before != nil && len(t.Before) != rows || t.Age != nil && len(t.Age) != rows {
		return fmt.Errorf("the columns of %q have not one number a row", t.Clock)
	}
	return nil
}

// readings calls hear with the reading of each row.
func (t told) readings(rows []int, hear func(i int, r sources.Reading)) {
	for k, i := range rows {
		look, age := t.Look, int64(nothing)
		if t.Before != nil {
			look -= t.Before[k]
		}
		if t.Age != nil {
			age = t.Age[k]
		}
		hear(i, reading(t, look, age))
	}
}
