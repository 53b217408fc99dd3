package dbt

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/freshet-status/freshet/sources"
)

// A Reader reads artifacts and collects the answer, the notes and the errors of one read.
// Package platform reads those of runs with it.
type Reader struct {
	Context      context.Context
	Setting      sources.Setting
	Answer       sources.Answer
	Errors       []error
	JobIDs       map[string]sources.ID // the job whose run wrote an artifact, by path
	ProjectKeys  map[string]string     // the platform project of an artifact, by path
	IsDownloaded bool                  // the artifacts were downloaded, so their bytes and requests are already counted
	addresses    map[string]string     // the address of a file downloaded from a bucket, by path
	tempDir      string                // a folder that is deleted after the visit; "" is none
	unreadable   []string              // the paths of the files that are no artifacts, or not whole
}

// Unreadable returns the paths of the files that were read and are no artifacts, or not whole. What keeps
// downloads must not keep these.
func (v *Reader) Unreadable() []string { return v.unreadable }

// AddError records that something could not be read. The visit goes on.
func (v *Reader) AddError(err error) { v.Errors = append(v.Errors, err) }

// addNote adds a note to the answer, formatted as by fmt.Sprintf.
func (v *Reader) addNote(format string, args ...any) {
	v.Answer.Notes = append(v.Answer.Notes, fmt.Sprintf(format, args...))
}

// JoinErrors returns all recorded errors as one, or only the error of the context if it has
// ended.
func (v *Reader) JoinErrors() error {
	if err := v.Context.Err(); err != nil {
		return err
	}
	return errors.Join(v.Errors...)
}

// A stream reads a JSON file one value at a time, so that only one value is in memory.
type stream struct {
	*json.Decoder
	visit *Reader
	name  string
	size  int64
}

// errStop ends readMembers early. It is not an error of the file.
var errStop = errors.New("stop")

// An ignoredValue is any JSON value that is read and dropped.
type ignoredValue struct{}

// UnmarshalJSON accepts any value and keeps nothing.
func (*ignoredValue) UnmarshalJSON([]byte) error { return nil }

// readMembers opens f and calls member for each key of its top-level object; member must read
// the value, or return errStop to end early. Errors name the file and the byte.
func (v *Reader) readMembers(f artifactFile, member func(s *stream, key string) error) error {
	opened, err := os.Open(f.path)
	if err != nil {
		return v.wrapPathError(f.path, err)
	}
	defer opened.Close()
	s := &stream{visit: v, name: f.name}
	s.Decoder = json.NewDecoder(bufio.NewReaderSize(opened, 1<<16))
	if info, err := opened.Stat(); err == nil {
		s.size = info.Size()
	}
	err = s.readObject(func(key string) error { return member(s, key) })
	if !v.IsDownloaded && v.addresses[f.path] == "" {
		v.Answer.Requests++
		v.Answer.Bytes += s.InputOffset()
	}
	if errors.Is(err, errStop) {
		return nil
	}
	if err != nil && v.Context.Err() == nil {
		v.unreadable = append(v.unreadable, f.path)
	}
	return s.locateError(err)
}

// locateError returns err with the name of the file, the position and, for an empty or cut
// file, a hint. Errors of the context are returned unchanged.
func (s *stream) locateError(err error) error {
	var mistyped *json.UnmarshalTypeError
	var syntax *json.SyntaxError
	switch {
	case err == nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded):
		return err
	case s.size == 0:
		return fmt.Errorf("%s: empty\nhint: run dbt again; it may have been stopped while writing", s.name)
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("%s: cut off at byte %d\nhint: run dbt again, or repeat the copy", s.name, s.size)
	case errors.As(err, &mistyped):
		return fmt.Errorf("%s: byte %d: %s must not be a JSON %s", s.name, s.InputOffset(), mistyped.Field, mistyped.Value)
	case errors.As(err, &syntax) && strings.Contains(err.Error(), "character '<'"):
		return fmt.Errorf("%s: byte %d: %w\nhint: the file may hold an unresolved merge conflict of git, or be a web page",
			s.name, s.InputOffset(), err)
	default:
		return fmt.Errorf("%s: byte %d: %w", s.name, s.InputOffset(), err)
	}
}

// readObject calls member for each key of the next value, an object; member must read the value
// of the key. A null counts as an empty object.
func (s *stream) readObject(member func(key string) error) error {
	open, err := s.Token()
	if err != nil || open == nil {
		return err
	}
	if open != json.Delim('{') {
		return fmt.Errorf("expected an object, got %v", open)
	}
	for s.More() {
		if err := s.visit.Context.Err(); err != nil {
			return err
		}
		key, err := s.Token()
		if err != nil {
			return err
		}
		if err := member(key.(string)); err != nil {
			return err
		}
	}
	_, err = s.Token()
	return err
}

// readList calls element for each element of the next value, a list; element must read it. A
// null counts as an empty list.
func (s *stream) readList(element func() error) error {
	open, err := s.Token()
	if err != nil || open == nil {
		return err
	}
	if open != json.Delim('[') {
		return fmt.Errorf("expected a list, got %v", open)
	}
	for s.More() {
		if err := s.visit.Context.Err(); err != nil {
			return err
		}
		if err := element(); err != nil {
			return err
		}
	}
	_, err = s.Token()
	return err
}

// skipValue reads past the next value, one entry at a time, because objects such as the macros
// of a project are large and not needed.
func (s *stream) skipValue() error {
	open, err := s.Token()
	delim, nested := open.(json.Delim)
	if err != nil || !nested {
		return err
	}
	for s.More() {
		if delim == '{' {
			if _, err := s.Token(); err != nil {
				return err
			}
		}
		if err := s.Decode(new(ignoredValue)); err != nil {
			return err
		}
	}
	_, err = s.Token()
	return err
}

// decodeOrSkip decodes the next value. A value of unexpected type is skipped with a note, in
// which what names it: ok is then false and err nil, and the stream can be read on.
func (s *stream) decodeOrSkip(what string, into any) (ok bool, err error) {
	offset := s.InputOffset()
	err = s.Decode(into)
	var mistyped *json.UnmarshalTypeError
	if errors.As(err, &mistyped) {
		s.visit.addNote(
			"%s: byte %d: %s skipped: its %s is a JSON %s",
			s.name,
			offset,
			what,
			mistyped.Field,
			mistyped.Value,
		)
		return false, nil
	}
	return err == nil, err
}
