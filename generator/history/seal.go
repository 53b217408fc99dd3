package history

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"time"
)

// seals is the record of seals: a line a run, which Verify reads and nothing else.
const seals = "seals"

// A sealLine binds the lines of one run: those of observations that are scrapes, and those of changes. Blocks,
// lists and sets have their own hash, and scrapes name them. A seal names the seals before it, so that a day
// that is missing shows.
type sealLine struct {
	V     int       `json:"v"`
	Seal  string    `json:"seal"`  // hash over the rest of the line
	At    time.Time `json:"at"`    // moment of the run
	Lines int       `json:"lines"` // number of different lines of that moment
	Sum   string    `json:"sum"`   // hash over their sorted hashes
	Prev  []string  `json:"prev"`  // seals that were there and that no other named; empty for the first
}

// hashLine returns the first 8 bytes of SHA-256 over a line, in hex.
func hashLine(line []byte) string { return fmt.Sprintf("%.8x", sha256.Sum256(line)) }

// sortHashes returns hashes sorted, each once: two lines that are the same count as one.
func sortHashes(hashes []string) []string {
	return slices.Compact(slices.Sorted(slices.Values(hashes)))
}

// sumHashes returns the hash over hashes as sortHashes returns them.
func sumHashes(sorted []string) string { return hashLine([]byte(strings.Join(sorted, " "))) }

// hash returns the hash that the line must have as Seal.
func (s sealLine) hash() string {
	s.Seal = ""
	data, err := json.Marshal(s)
	if err != nil {
		panic(err) // a time of a four-digit year, texts and numbers
	}
	return hashLine(data)
}

// binds reports whether s is a seal of lines with these hashes, as sortHashes returns them.
func (s sealLine) binds(sorted []string) bool {
	return len(sorted) == s.Lines && sumHashes(sorted) == s.Sum
}

// Seal adds the seal of the run of a moment to the record, unless one of the same lines is there, or the history
// has no line of that moment. It is the last that a run writes into the history.
func (l *Log) Seal(at time.Time) error {
	if err := l.repairNewest(seals, l.dayFilePath(seals, at)); err != nil {
		return err
	}
	recent, err := l.readRecentSeals()
	if err != nil {
		return err
	}
	hashes, err := l.hashMoment(at)
	isSealed := slices.ContainsFunc(recent, func(s sealLine) bool { return s.At.Equal(at) && s.binds(hashes) })
	if err != nil || len(hashes) == 0 || isSealed {
		return err
	}
	seal := sealLine{V: version, At: at.UTC(), Lines: len(hashes), Sum: sumHashes(hashes), Prev: findHeads(recent)}
	seal.Seal = seal.hash()
	data, err := json.Marshal(seal)
	if err != nil {
		return err
	}
	return appendToFile(l.dayFilePath(seals, at), append(data, '\n'))
}

// readRecentSeals returns the seals of the last two days that have any.
func (l *Log) readRecentSeals() (recent []sealLine, err error) {
	files, err := l.listDayFiles(seals)
	if err != nil {
		return nil, err
	}
	for _, file := range files[max(len(files)-2, 0):] {
		all, err := readSeals(file)
		if err != nil {
			return nil, err
		}
		recent = append(recent, all...)
	}
	return recent, nil
}

// readSeals returns the seals of a file.
func readSeals(file string) (all []sealLine, err error) {
	err = readLines(file, func(line []byte, _ int) error {
		var s sealLine
		if err := json.Unmarshal(line, &s); err != nil {
			return explainSyntaxError(line, err)
		}
		if s.Seal != s.hash() {
			return fmt.Errorf("seal of %s: content does not match its hash\nhint: restore the file with git", formatMoment(s.At))
		}
		all = append(all, s)
		return nil
	})
	return all, err
}

// findHeads returns the seals that no other names, sorted; never nil.
func findHeads(all []sealLine) []string {
	heads := make(map[string]bool)
	for _, s := range all {
		heads[s.Seal] = true
	}
	for _, s := range all {
		for _, prev := range s.Prev {
			delete(heads, prev)
		}
	}
	return append([]string{}, slices.Sorted(maps.Keys(heads))...)
}

// hashMoment returns the hashes of the scrapes and changes of a moment, as sortHashes does.
func (l *Log) hashMoment(at time.Time) (hashes []string, err error) {
	for record, momentOf := range momentsOf {
		err := readLines(l.dayFilePath(record, at), func(line []byte, _ int) error {
			moment, err := momentOf(line)
			if err == nil && moment.Equal(at) {
				hashes = append(hashes, hashLine(line))
			}
			return err
		})
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	return sortHashes(hashes), nil
}

// momentsOf holds, for each record that is sealed, what returns the moment of a line; zero for one that no
// seal binds.
var momentsOf = map[string]func(line []byte) (time.Time, error){
	observations: momentOfScrape,
	changes:      momentOfChange,
}

// momentOfScrape returns the moment of the visit of a scrape; zero for another line.
func momentOfScrape(line []byte) (time.Time, error) {
	if !bytes.Contains(line, []byte(`"scrape":`)) {
		return time.Time{}, nil
	}
	var s struct {
		Visit struct{ At time.Time }
	}
	err := json.Unmarshal(line, &s)
	return s.Visit.At, explainLine(line, err)
}

// momentOfChange returns the moment of a line of the changes.
func momentOfChange(line []byte) (time.Time, error) {
	var n ChangeLine
	err := json.Unmarshal(line, &n)
	return n.At, explainLine(line, err)
}

// explainLine returns err as explainSyntaxError does, or nil.
func explainLine(line []byte, err error) error {
	if err == nil {
		return nil
	}
	return explainSyntaxError(line, err)
}

// formatMoment returns a moment for messages.
func formatMoment(at time.Time) string { return at.UTC().Format("2 Jan 2006 15:04:05 UTC") }
