package history

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/freshet-status/freshet/sources/atomicfile"
)

// appendTo adds lines to a file, and returns when they are safely there. A file
// that is not there yet is written beside and renamed, so that no power cut
// leaves an empty one.
func appendTo(file string, lines []byte) error {
	if len(lines) == 0 {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
		return atomicfile.Write(file, lines, 0o644)
	}
	return write(file, lines)
}

// write appends data to a file that exists.
func write(file string, data []byte) error {
	f, err := os.OpenFile(file, os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Sync(), f.Close())
}

// mendNewest mends the newest file of a record, and the one that is written next:
// a power cut tears the last line alone, perhaps of the day before.
func (l *Log) mendNewest(record, next string) error {
	files, err := l.days(record)
	if err != nil {
		return err
	}
	if n := len(files); n > 0 && files[n-1] != next {
		if err := mend(files[n-1]); err != nil {
			return err
		}
	}
	return mend(next)
}

// mend completes a last line that a power cut tore, if it reads, and else cuts
// it off: then it was never written.
func mend(file string) error {
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) || len(data) == 0 {
		return nil // an empty file is told when it is read
	}
	if err != nil || data[len(data)-1] == '\n' {
		return err
	}
	begins := bytes.LastIndexByte(data, '\n') + 1
	if json.Valid(data[begins:]) {
		return write(file, []byte("\n"))
	}
	if begins == 0 {
		return os.Remove(file)
	}
	return os.Truncate(file, int64(begins))
}

// unix is a moment of so many seconds since 1970; that of the zero moment is
// the zero moment again.
func unix(seconds int64) time.Time { return time.Unix(seconds, 0).UTC() }

// A Note is a line of the changes: one thing that became so.
type Note struct {
	V    int       `json:"v"`
	At   time.Time `json:"at"`
	What string    `json:"what"`         // such as "new cause"; the last of a run is "run"
	ID   string    `json:"id,omitempty"` // of the asset or cause
	Says string    `json:"says"`         // in a sentence
}

// Note adds the changes of a run to the day of its moment. A run that has its
// line already adds nothing.
func (l *Log) Note(at time.Time, notes []Note) error {
	file := l.file(changes, at)
	if err := l.mendNewest(changes, file); err != nil {
		return err
	}
	done := false
	err := lines(file, func(line []byte, _ int) error {
		var n Note
		if err := json.Unmarshal(line, &n); err != nil {
			return unreadable(line, err)
		}
		done = done || n.What == "run" && n.At.Equal(at)
		return nil
	})
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	if err != nil || done {
		return err
	}
	var out bytes.Buffer
	for _, n := range notes {
		n.V, n.At = version, at.UTC()
		data, err := json.Marshal(n)
		if err != nil {
			return err
		}
		out.Write(append(data, '\n'))
	}
	return appendTo(file, out.Bytes())
}
