// Package snowflake reads a Snowflake account: its tables and views, when their rows and
// definitions last changed, when dynamic tables were last refreshed, and what each view reads.
//
// Observe reads the present, Recall the days that the account still remembers, Connect checks
// the permissions, and WriteBack stores statuses in a table. Each runs one statement per
// ACCOUNT_USAGE view, or one per database with INFORMATION_SCHEMA, and never one per table. The
// package reads metadata only, never the rows of a table, and decides no status.
//
// It is the only package that knows the driver, gosnowflake v2, the version that Snowflake
// maintains. To read another view, add its statement to statements.go, a fetch method to
// views.go, a step to fetchDetails, its name to requiredViews and its grant to grantStatements.
package snowflake

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/freshet-status/freshet/sources"
)

// Config holds the keys of a [[source]] of type "snowflake".
type Config struct {
	Mode      string   `toml:"mode"`      // "account_usage", "information_schema" or "auto", the default
	Databases []string `toml:"databases"` // globs, case-insensitive; empty means every database that the role can see
	Exclude   []string `toml:"exclude"`   // globs over DATABASE.SCHEMA of schemas to leave out
	DML       *bool    `toml:"dml"`       // whether TABLE_DML_HISTORY is read; default true
	Lineage   *bool    `toml:"lineage"`   // whether OBJECT_DEPENDENCIES is read; default true
	Queries   bool     `toml:"queries"`   // whether ACCESS_HISTORY is read; it needs Enterprise edition and costs the most

	signIn
}

// modes lists the valid values of Config.Mode.
var modes = []string{"auto", "account_usage", "information_schema"}

// Faults returns everything that is wrong with c, or nil. It also sets an empty Mode to "auto".
func (c *Config) Faults() (faults []sources.Fault) {
	c.Mode = cmp.Or(c.Mode, "auto")
	if !slices.Contains(modes, c.Mode) {
		faults = append(faults, sources.Fault{Key: "mode", Says: fmt.Sprintf("must be one of %q (got %q)", modes, c.Mode)})
	}
	if c.Mode == "information_schema" && len(c.Databases) == 0 {
		faults = append(
			faults,
			sources.Fault{Key: "databases", Says: "required with mode = \"information_schema\", which reads one database at a time"},
		)
	}
	for key, globs := range map[string][]string{"databases": c.Databases, "exclude": c.Exclude} {
		for _, g := range globs {
			if !doublestar.ValidatePattern(g) || g == "" {
				faults = append(faults, sources.Fault{Key: key, Says: fmt.Sprintf("must be globs such as \"RAW*\" (got %q)", g)})
			}
		}
	}
	return append(faults, c.signIn.faults()...)
}

// Open returns a source that reads the account. It makes no request.
func (c *Config) Open(s sources.Setting) sources.Source { return &source{Config: *c, setting: s} }

// DecidesWhatExists reports true: Snowflake lists its relations.
func (c *Config) DecidesWhatExists() bool { return true }

// A source is one Snowflake account as configured by a [[source]].
type source struct {
	Config
	setting sources.Setting
}

// Name returns the name of the source in site.toml.
func (s *source) Name() string { return s.setting.Name }

// isEnabled reports whether an optional key is on. A key that is not set is on.
func isEnabled(option *bool) bool { return option == nil || *option }
