// Package command runs a program of the user and reads the assets that it prints, one JSON object a
// line. It is the way to every system for which freshet has no source of its own.
//
// The program runs once a visit, without a shell, in the folder of site.toml. Lines are read
// strictly: a line with an unknown key, a time that is none or an id of another source is an error
// with its number. All other lines are used, but nothing counts as completely listed then.
package command

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"regexp"

	"github.com/freshet-status/freshet/sources"
)

// A Config holds the keys of a [[source]] of type "command".
type Config struct {
	Command   []string `toml:"command"`   // program and its arguments
	Env       []string `toml:"env"`       // names of the environment variables that the program gets
	Warehouse string   `toml:"warehouse"` // dbt adapter type, which decides how unquoted names are stored; default "snowflake"
}

// variableName matches the names of environment variables.
var variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// Faults returns a fault for a missing program, and for each name that no variable can have.
func (c *Config) Faults() (faults []sources.Fault) {
	if len(c.Command) == 0 || c.Command[0] == "" {
		faults = append(faults, sources.Fault{Key: "command", Says: `required, such as ["python3", "dashboards.py"]`})
	}
	for _, name := range c.Env {
		if !variableName.MatchString(name) {
			says := fmt.Sprintf("must be names of environment variables such as \"BI_TOKEN\" (got %q)", name)
			faults = append(faults, sources.Fault{Key: "env", Says: says})
		}
	}
	return faults
}

// Open returns the source. It runs nothing.
func (c *Config) Open(s sources.Setting) sources.Source { return &source{Config: *c, setting: s} }

// A source is one configured program.
type source struct {
	Config
	setting sources.Setting
}

// Name returns the name of the source in site.toml.
func (s *source) Name() string { return s.setting.Name }

// Observe runs the program and returns what its lines say. It returns an error beside the answer if
// the program fails or a line cannot be read; the answer lists nothing completely then.
func (s *source) Observe(ctx context.Context) (sources.Answer, error) {
	r := newReader(s.setting, sources.DialectOf(cmp.Or(s.Warehouse, "snowflake")))
	err := s.runProgram(ctx, r.readLine)
	if err == nil && r.answer.Rows == 0 {
		err = errors.New("the program printed nothing\nhint: print one JSON object a line")
	}
	if err == nil {
		err = r.joinFaults()
	}
	r.answer.Requests = 1
	if err != nil {
		r.answer.Scopes = nil
		return r.answer, fmt.Errorf("%s: %w", s.Command[0], err)
	}
	return r.answer, nil
}

// Connect runs the program, and returns how many assets it prints or what is wrong with it.
func (s *source) Connect(ctx context.Context) (works []string, missing []error) {
	answer, err := s.Observe(ctx)
	if err != nil {
		return nil, []error{err}
	}
	printed := "prints " + sources.FormatCount(len(answer.Observations), "asset")
	for _, scope := range answer.Scopes {
		printed += ", all " + scope.Name.Kind()
	}
	return []string{s.Command[0] + " " + printed}, nil
}
