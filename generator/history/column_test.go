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
	number := rapid.OneOf(rapid.Just(int64(nullNumber)), rapid.Int64Range(-1e9, 1e10))
	rapid.Check(t, func(t *rapid.T) {
		s := scrapeLine{
			V:     1,
			Key:   "k",
			Visit: sources.Visit{Source: rapid.String().Draw(t, "source"), Notes: []string{`,"told":[`}},
		}
		for range rapid.IntRange(0, 4).Draw(t, "clocks") {
			one := readingColumn{
				Clock:     sources.Clock(rapid.IntRange(0, int(sources.DDL)).Draw(t, "clock")),
				Ahead:     rapid.Bool().Draw(t, "ahead"),
				Doubt:     rapid.Bool().Draw(t, "doubt"),
				CheckedAt: rapid.Int64Range(0, 1e10).Draw(t, "look"),
			}
			if rapid.Bool().Draw(t, "named") {
				one.Set = "abc123"
			} else {
				one.Gaps = rapid.SliceOfN(rapid.IntRange(1, 9), 1, 5).Draw(t, "i")
			}
			if rapid.Bool().Draw(t, "ages") {
				one.Age = rapid.SliceOfN(number, 1, 5).Draw(t, "age")
				one.Lag = rapid.SliceOfN(rapid.Int64Range(0, 99), 1, 5).Draw(t, "before")
			}
			s.Readings = append(s.Readings, one)
		}
		line, err := json.Marshal(s)
		if err != nil {
			t.Fatalf("encode a line: got error %v, want none", err)
		}
		var slow scrapeLine
		if err := json.Unmarshal(line, &slow); err != nil {
			t.Fatalf("decode a line by encoding/json: got error %v, want none", err)
		}
		fast, err := readScrape(line)
		if err != nil || !reflect.DeepEqual(fast, slow) {
			t.Fatalf("line read by readScrape: got error %v, want none\ngot  %+v\nwant %+v", err, fast, slow)
		}
	})
}

func TestLinesWrittenOtherwiseAreReadToo(t *testing.T) {
	line := `{ "v": 1, "scrape": "k", "told": [ { "look": 5, "clock": "built", "i": [ 1 ], "age": [ null ] } ] }`
	s, err := readScrape([]byte(line))
	if err != nil || len(s.Readings) != 1 || s.Readings[0].Clock != sources.Built || s.Readings[0].Age[0] != nullNumber {
		t.Errorf("line with other spaces and order: got %+v, %v, want 1 reading of built without an age", s, err)
	}
}
