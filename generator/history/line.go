package history

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"time"

	"github.com/freshet-status/freshet/sources"
)

// A block is some assets of a source. Assets that change seldom are written
// again seldom: a block is named by its content and written once a month.
type block struct {
	V      int             `json:"v"`
	Block  string          `json:"block"`
	Assets []sources.Asset `json:"assets"`
}

// A list is all assets that a source lists. Positions count through its
// blocks, from 0.
type list struct {
	V      int      `json:"v"`
	List   string   `json:"list"`
	Blocks []string `json:"blocks"`
}

// A set is some of the positions of a list, each as its distance to the one
// before it; the first is a distance to -1.
type set struct {
	V   int    `json:"v"`
	Set string `json:"set"`
	I   []int  `json:"i"`
}

// A scrape is one visit, and what is new by it; in a keyframe, all that is
// known after it.
type scrape struct {
	V        int           `json:"v"`
	Key      string        `json:"scrape"` // by source, moment and content
	Keyframe bool          `json:"keyframe,omitempty"`
	Visit    sources.Visit `json:"visit"`
	List     string        `json:"list,omitempty"`
	Gone     []gone        `json:"gone,omitempty"`
	Tries    []try         `json:"tries,omitempty"`
	Broken   []broken      `json:"broken,omitempty"`
	Missed   []missed      `json:"missed,omitempty"`
	Sizes    []sizes       `json:"sizes,omitempty"`
	Told     []told        `json:"told,omitempty"` // last, for the fast way to read it

	file string // where it stands
	line int
}

// gone is an asset that a complete look did not list any more.
type gone struct {
	Asset sources.Asset `json:"asset"`
	At    time.Time     `json:"at"`
}

// A try is an attempt to build the asset at a position that built nothing.
type try struct {
	I int `json:"i"`
	sources.Attempt
}

// broken is what the asset at a position refers to that is not there; "" ends
// it.
type broken struct {
	I    int        `json:"i"`
	At   time.Time  `json:"at"`
	Says string     `json:"says"`
	By   sources.ID `json:"by,omitempty"`
}

// missed are the assets of which a check at a moment should have told.
type missed struct {
	At time.Time `json:"at"`
	I  []int     `json:"i"`
}

// sizes stand for the rows and bytes of the assets at positions.
type sizes struct {
	I    []int  `json:"i"`
	Size column `json:"size"`
}

// told is what one clock told of many assets: of those in a set that is named
// or, if it is small, written out.
type told struct {
	Clock  sources.Clock `json:"clock"`
	Ahead  bool          `json:"ahead,omitempty"`  // times that had not come yet at their look
	Doubt  bool          `json:"doubt,omitempty"`  // times at which nothing confirms that data moved
	Look   int64         `json:"look"`             // the newest look, in seconds since 1970
	Set    string        `json:"set,omitempty"`    // whose rows they are
	I      []int         `json:"i,omitempty"`      // the same, written out
	Before column        `json:"before,omitempty"` // how many seconds before the newest look a row's own look was; none: 0 for all
	Age    column        `json:"age,omitempty"`    // how many seconds before a row's own look its data changed; null: nothing newer; none: null for all
}

// hash names a fact by its content.
func hash(fact any) string {
	data, err := json.Marshal(fact)
	if err != nil {
		panic(err) // facts are made of strings, numbers and times of four-digit years
	}
	return fmt.Sprintf("%.6x", sha256.Sum256(data))
}

// gaps are positions as a set writes them.
func gaps(positions []int) []int {
	out, last := make([]int, len(positions)), -1
	for k, p := range positions {
		out[k], last = p-last, p
	}
	return out
}

// positions undoes gaps. It is false if one is not below n.
func positions(gaps []int, n int) ([]int, bool) {
	out, last := make([]int, len(gaps)), -1
	for k, g := range gaps {
		last += g
		if g < 1 || last >= n {
			return nil, false
		}
		out[k] = last
	}
	return out, true
}
