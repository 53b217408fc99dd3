package history

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/freshet-status/freshet/sources/atomicfile"
)

// appendToFile appends lines to file and returns once they are on disk, with the entry of a new file in its
// folder. It creates a new file whole or not at all, so that no power cut leaves an empty one. Without lines
// it does nothing.
func appendToFile(file string, lines []byte) error {
	if len(lines) == 0 {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
		if err := atomicfile.Write(file, lines, 0o644); err != nil {
			return err
		}
		return atomicfile.SyncFolder(filepath.Dir(file))
	}
	return appendSynced(file, lines)
}

// appendSynced appends data to file, which must exist, and syncs it to disk.
func appendSynced(file string, data []byte) error {
	f, err := os.OpenFile(file, os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Sync(), f.Close())
}

// Repair completes or removes a last line of the observations that a power cut tore, as Append of a
// scrape of the moment at would. What Load returned before does not have a line that was completed.
func (l *Log) Repair(at time.Time) error {
	return l.repairNewest(observations, l.dayFilePath(observations, at))
}

// repairNewest repairs the newest file of record and next, the file that is written next. A
// power cut tears only the last line, perhaps that of the day before.
func (l *Log) repairNewest(record, next string) error {
	files, err := l.listDayFiles(record)
	if err != nil {
		return err
	}
	if n := len(files); n > 0 && files[n-1] != next {
		if err := repairTornLine(files[n-1]); err != nil {
			return err
		}
	}
	return repairTornLine(next)
}

// repairTornLine completes the last line of file if only its newline is missing, and else cuts
// it off as never written. A file that has no other line is deleted.
func repairTornLine(file string) error {
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) || len(data) == 0 {
		return nil // readLines reports an empty file
	}
	if err != nil || data[len(data)-1] == '\n' {
		return err
	}
	begins := bytes.LastIndexByte(data, '\n') + 1
	if json.Valid(data[begins:]) {
		return appendSynced(file, []byte("\n"))
	}
	if begins == 0 {
		return os.Remove(file)
	}
	return os.Truncate(file, int64(begins))
}

// unixTime returns the moment of that many seconds since 1970, in UTC. The seconds of the zero
// time yield the zero time.
func unixTime(seconds int64) time.Time { return time.Unix(seconds, 0).UTC() }

// A ChangeLine is one line of the changes record: one thing that changed.
type ChangeLine struct {
	// The schema of the line; AppendChanges sets it and At.
	V    int       `json:"v"`
	At   time.Time `json:"at"`
	What string    `json:"what"`         // such as "new cause"; the last line of a run has "run"
	ID   string    `json:"id,omitempty"` // of the asset or cause
	Says string    `json:"says"`         // one sentence
}

// HasChanges reports whether the changes record has the line of the run of a moment, which is the last of
// its lines. A last line that a power cut tore does not count.
func (l *Log) HasChanges(at time.Time) (bool, error) {
	written, err := l.readChanges(at)
	return slices.ContainsFunc(written, func(line ChangeLine) bool { return line.What == "run" }), err
}

// readChanges returns the changes of a moment, after a last line that a power cut tore was repaired.
func (l *Log) readChanges(at time.Time) (lines []ChangeLine, err error) {
	file := l.dayFilePath(changes, at)
	if err := l.repairNewest(changes, file); err != nil {
		return nil, err
	}
	err = readLines(file, func(line []byte, _ int) error {
		var n ChangeLine
		if err := json.Unmarshal(line, &n); err != nil {
			return explainSyntaxError(line, err)
		}
		if n.At.Equal(at) {
			lines = append(lines, n)
		}
		return nil
	})
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return lines, err
}

// AppendChanges adds lines to the changes record, in the file of the UTC day of at and with at
// as their time. Lines that the record has already, as of a run that died, are not added again.
func (l *Log) AppendChanges(at time.Time, changed []ChangeLine) error {
	file := l.dayFilePath(changes, at)
	written, err := l.readChanges(at)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	for _, n := range changed {
		n.V = version
		n.At = at.UTC()
		if slices.Contains(written, n) {
			continue
		}
		data, err := json.Marshal(n)
		if err != nil {
			return err
		}
		out.Write(append(data, '\n'))
	}
	return appendToFile(file, out.Bytes())
}
