package history

import (
	"encoding/json"
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"github.com/freshet-status/freshet/sources"
)

// TestTheFastWayReadsWhatEncodingJSONReads compares both over lines as freshet
// writes them.
func TestTheFastWayReadsWhatEncodingJSONReads(t *testing.T) {
	number := rapid.OneOf(rapid.Just(int64(nothing)), rapid.Int64Range(-1e9, 1e10))
	rapid.Check(t, func(t *rapid.T) {
		s := scrape{V: 1, Key: "k", Visit: sources.Visit{Source: rapid.String().Draw(t, "source"), Notes: []string{`,"told":[`}}}
		for range rapid.IntRange(0, 4).Draw(t, "clocks") {
			one := told{Clock: sources.Clock(rapid.IntRange(0, int(sources.DDL)).Draw(t, "clock")), Ahead: rapid.Bool().Draw(t, "ahead"), Doubt: rapid.Bool().Draw(t, "doubt"), Look: rapid.Int64Range(0, 1e10).Draw(t, "look")}
			if rapid.Bool().Draw(t, "named") {
				one.Set = "abc123"
			} else {
				one.I = rapid.SliceOfN(rapid.IntRange(1, 9), 1, 5).Draw(t, "i")
			}
			if rapid.Bool().Draw(t, "ages") {
				one.Age = rapid.SliceOfN(number, 1, 5).Draw(t, "age")
				one.Before = rapid.SliceOfN(rapid.Int64Range(0, 99), 1, 5).Draw(t, "before")
			}
			s.Told = append(s.Told, one)
		}
		line, err := json.Marshal(s)
		if err != nil {
			t.Fatalf("%v", err)
		}
		var slow scrape
		if err := json.Unmarshal(line, &slow); err != nil {
			t.Fatalf("%v", err)
		}
		fast, err := readScrape(line)
		if err != nil || !reflect.DeepEqual(fast, slow) {
			t.Fatalf("%v\nfast %+v\nslow %+v", err, fast, slow)
		}
	})
}

func TestLinesWrittenOtherwiseAreReadToo(t *testing.T) {
	line := `{ "v": 1, "scrape": "k", "told": [ { "look": 5, "clock": "built", "i": [ 1 ], "age": [ null ] } ] }`
	s, err := readScrape([]byte(line))
	if err != nil || len(s.Told) != 1 || s.Told[0].Clock != sources.Built || s.Told[0].Age[0] != nothing {
		t.Errorf("got %+v, %v", s, err)
	}
}
