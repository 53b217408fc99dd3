package history

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"time"

	"github.com/freshet-status/freshet/sources"
)

// A blockLine holds some assets of a source. It is named by its content and written once a
// month, so assets that rarely change are rarely written.
type blockLine struct {
	V      int             `json:"v"`
	Block  string          `json:"block"`
	Assets []sources.Asset `json:"assets"`
}

// A listLine holds all assets that a source lists, as hashes of blocks. Positions count through
// its blocks, from 0.
type listLine struct {
	V      int      `json:"v"`
	List   string   `json:"list"`
	Blocks []string `json:"blocks"`
}

// A setLine holds some positions of a list, each as its distance to the one before it; the
// first is a distance to -1.
type setLine struct {
	V    int    `json:"v"`
	Set  string `json:"set"`
	Gaps []int  `json:"i"`
}

// A scrapeLine holds one visit and what is new by it; in a keyframe, all that is known after
// it.
type scrapeLine struct {
	V            int             `json:"v"`
	Key          string          `json:"scrape"` // hash over source, moment and content, see scrapeKey
	Keyframe     bool            `json:"keyframe,omitempty"`
	Visit        sources.Visit   `json:"visit"`
	List         string          `json:"list,omitempty"`
	Removed      []removal       `json:"gone,omitempty"`
	Attempts     []buildAttempt  `json:"tries,omitempty"`
	MissingRefs  []missingRef    `json:"broken,omitempty"`
	MissedChecks []sharedMoment  `json:"missed,omitempty"`
	Lost         []sharedMoment  `json:"lost,omitempty"`
	Sizes        []sizeColumn    `json:"sizes,omitempty"`
	Tests        []testResults   `json:"tests,omitempty"`
	Readings     []readingColumn `json:"told,omitempty"` // last, as readScrape expects it

	file string // path and line number, from 1, for error messages
	line int
}

// A removal is an asset that a complete listing of its scope no longer contained, and the
// moment of the visit that found this.
type removal struct {
	Asset sources.Asset `json:"asset"`
	At    time.Time     `json:"at"`
}

// A buildAttempt is an attempt on the asset at a position that built nothing, as
// [sources.Attempt] describes it.
type buildAttempt struct {
	Position int `json:"i"`
	sources.Attempt
}

// A missingRef says what the asset at a position refers to that does not exist; an empty Says
// ends it. By is what must be repaired, if that is not the asset itself.
type missingRef struct {
	Position int        `json:"i"`
	At       time.Time  `json:"at"`
	Says     string     `json:"says"`
	By       sources.ID `json:"by,omitempty"`
}

// A sharedMoment holds the positions, as gaps, of assets to which one moment belongs: that of a check
// that should have returned them and did not, or that of the first visit that no longer listed them. The zero
// time ends what an earlier moment said.
type sharedMoment struct {
	At   time.Time `json:"at"`
	Gaps []int     `json:"i"`
}

// A testResults holds the last result of each test of the asset at a position: the names of those that
// passed, the newest time at which one of them did, and the results of the others. It replaces what was
// known before.
type testResults struct {
	Position int                  `json:"i"`
	Passed   []string             `json:"pass,omitempty"`
	PassedAt time.Time            `json:"at,omitzero"`
	Others   []sources.TestResult `json:"others,omitempty"`
}

// encodeTests returns results as a line has them.
func encodeTests(position int, results []sources.TestResult) testResults {
	t := testResults{Position: position}
	for _, r := range results {
		if r.Outcome != sources.TestPassed {
			t.Others = append(t.Others, r)
			continue
		}
		t.Passed = append(t.Passed, r.Name)
		if r.At.After(t.PassedAt) {
			t.PassedAt = r.At
		}
	}
	return t
}

// decodeTests is the inverse of encodeTests, but each test that passed has the newest time.
func (t testResults) decodeTests() []sources.TestResult {
	var passed []sources.TestResult
	for _, name := range t.Passed {
		passed = append(passed, sources.TestResult{Name: name, Outcome: sources.TestPassed, At: t.PassedAt})
	}
	return sources.UniteTestResults(passed, t.Others)
}

// A sizeColumn holds what is stored under the names of the assets at positions, which are written as
// gaps, see [sources.Storage]. Older lines have sizes only.
type sizeColumn struct {
	Gaps  []int  `json:"i"`
	Size  column `json:"size"`            // hash of rows and bytes
	Rows  column `json:"rows,omitempty"`  // number of rows; -1: not known
	Table column `json:"table,omitempty"` // hash of the id of the table; 0: not known
}

// addStorage appends s.
func (z *sizeColumn) addStorage(s sources.Storage) {
	z.Size = append(z.Size, int64(s.Hash))
	z.Rows = append(z.Rows, s.Rows)
	z.Table = append(z.Table, int64(s.Table))
}

// storageAt returns what is stored under the name at an index. Of an older line the number of rows
// is not known.
func (z *sizeColumn) storageAt(k int) sources.Storage {
	s := sources.Storage{Hash: uint32(z.Size[k]), Rows: -1}
	if z.Rows != nil {
		s.Rows = z.Rows[k]
	}
	if z.Table != nil {
		s.Table = uint32(z.Table[k])
	}
	return s
}

// validateLength reports whether every column of z has so many numbers.
func (z *sizeColumn) validateLength(rows int) bool {
	return len(z.Size) == rows && (z.Rows == nil || len(z.Rows) == rows) && (z.Table == nil || len(z.Table) == rows)
}

// A readingColumn holds the readings of one clock for many assets. Their positions are a set,
// referred to by hash or, if it is small, written out.
type readingColumn struct {
	Clock     sources.Clock `json:"clock"`
	Ahead     bool          `json:"ahead,omitempty"`     // the times are more than sources.Skew after their check
	Doubt     bool          `json:"doubt,omitempty"`     // nothing confirms that data changed at these times
	Bound     bool          `json:"bound,omitempty"`     // the data changed at these times or before
	Confirmed bool          `json:"confirmed,omitempty"` // more than LAST_ALTERED says that data changed at these times
	CheckedAt int64         `json:"look"`                // newest check of all rows, in seconds since 1970
	Set       string        `json:"set,omitempty"`       // hash of the set of positions
	Gaps      []int         `json:"i,omitempty"`         // the set itself, if Set is empty
	Lag       column        `json:"before,omitempty"`    // seconds from the check of a row to the newest check; nil: 0 for all
	Age       column        `json:"age,omitempty"`       // seconds from the data's change to the check; null: nothing newer; nil: all null
}

// contentHash returns the name of a fact: the first 6 bytes of SHA-256 over its JSON, in hex.
func contentHash(fact any) string {
	data, err := json.Marshal(fact)
	if err != nil {
		panic(err) // facts are made of strings, numbers and times of four-digit years
	}
	return fmt.Sprintf("%.6x", sha256.Sum256(data))
}

// encodeGaps returns ascending positions as a set writes them: each as its distance to the one
// before it, the first as a distance to -1.
func encodeGaps(positions []int) []int {
	out := make([]int, len(positions))
	last := -1
	for k, p := range positions {
		out[k] = p - last
		last = p
	}
	return out
}

// decodeGaps is the inverse of encodeGaps. It returns false if the positions do not ascend or
// one is not below n.
func decodeGaps(gaps []int, n int) ([]int, bool) {
	out := make([]int, len(gaps))
	last := -1
	for k, g := range gaps {
		last += g
		if g < 1 || last >= n {
			return nil, false
		}
		out[k] = last
	}
	return out, true
}
