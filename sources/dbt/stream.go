package dbt

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/freshet-status/freshet/sources"
)

// A visit is one look at all artifacts.
type visit struct {
	ctx     context.Context
	setting sources.Setting
	answer  sources.Answer
	errs    []error
	jobs    map[string]sources.ID // by the path of an artifact: whose run left it
	groups  map[string]string     // by the path of an artifact: whose it is, where that is known
	brought bool                  // artifacts were brought here, which was counted
	names   map[string]string     // what a file that was brought here is called where it is from
	temp    string                // a folder that ends with the visit; "" is none
}

// fail notes that something could not be read; the rest still is.
func (v *visit) fail(err error) { v.errs = append(v.errs, err) }

func (v *visit) note(format string, args ...any) {
	v.answer.Notes = append(v.answer.Notes, fmt.Sprintf(format, args...))
}

// err is everything that could not be read.
func (v *visit) err() error {
	if err := v.ctx.Err(); err != nil {
		return err
	}
	return errors.Join(v.errs...)
}

// A stream reads a JSON file a value at a time, so that no more of it than one
// value is in memory.
type stream struct {
	*json.Decoder
	v    *visit
	name string
	size int64
}

// errStop ends a walk early, and is no error.
var errStop = errors.New("stop")

// skipped is a value that is not wanted.
type skipped struct{}

func (*skipped) UnmarshalJSON([]byte) error { return nil }

// read walks the members of the object that a file holds.
func (v *visit) read(f file, member func(s *stream, key string) error) error {
	opened, err := os.Open(f.path)
	if err != nil {
		return v.plain(f.path, err)
	}
	defer opened.Close()
	s := &stream{v: v, name: f.name}
	s.Decoder = json.NewDecoder(bufio.NewReaderSize(opened, 1<<16))
	if info, err := opened.Stat(); err == nil {
		s.size = info.Size()
	}
	err = s.object(func(key string) error { return member(s, key) })
	if !v.brought && v.names[f.path] == "" {
		v.answer.Requests++
		v.answer.Bytes += s.InputOffset()
	}
	if errors.Is(err, errStop) {
		return nil
	}
	return s.located(err)
}

// located says where in the file an error is.
func (s *stream) located(err error) error {
	var mistyped *json.UnmarshalTypeError
	switch {
	case err == nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded):
		return err
	case s.size == 0:
		return fmt.Errorf("%s: is empty\nhint: was dbt stopped while it wrote? run it again", s.name)
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("%s: ends in the middle, at byte %d\nhint: was dbt stopped while it wrote, or the copy cut? run it again", s.name, s.size)
	case errors.As(err, &mistyped):
		return fmt.Errorf("%s: byte %d: %s should not be a JSON %s", s.name, s.InputOffset(), mistyped.Field, mistyped.Value)
	default:
		return fmt.Errorf("%s: byte %d: %w", s.name, s.InputOffset(), err)
	}
}

// object calls member for each key of the object that comes next; member must
// read the value. A null is an object without members.
func (s *stream) object(member func(key string) error) error {
	open, err := s.Token()
	if err != nil || open == nil {
		return err
	}
	if open != json.Delim('{') {
		return fmt.Errorf("an object should begin here, and %v does", open)
	}
	for s.More() {
		if err := s.v.ctx.Err(); err != nil {
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

// list calls element for each element of the list that comes next; element
// must read it.
func (s *stream) list(element func() error) error {
	open, err := s.Token()
	if err != nil || open == nil {
		return err
	}
	if open != json.Delim('[') {
		return fmt.Errorf("a list should begin here, and %v does", open)
	}
	for s.More() {
		if err := s.v.ctx.Err(); err != nil {
			return err
		}
		if err := element(); err != nil {
			return err
		}
	}
	_, err = s.Token()
	return err
}

// skip reads over the value that comes next, an entry at a time: the macros of
// a project are many, and none of them is wanted.
func (s *stream) skip() error {
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
		if err := s.Decode(new(skipped)); err != nil {
			return err
		}
	}
	_, err = s.Token()
	return err
}

// decode reads the value that comes next. One of another type than expected is
// left out and told; what follows it is still read.
func (s *stream) decode(what string, into any) (ok bool, err error) {
	begins := s.InputOffset()
	err = s.Decode(into)
	var mistyped *json.UnmarshalTypeError
	if errors.As(err, &mistyped) {
		s.v.note("%s: byte %d: %s is left out: its %s is a JSON %s", s.name, begins, what, mistyped.Field, mistyped.Value)
		return false, nil
	}
	return err == nil, err
}
