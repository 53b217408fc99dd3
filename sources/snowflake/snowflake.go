// Package snowflake observes every table and view of a Snowflake account: when
// rows changed, when a dynamic table was refreshed, when something was altered
// or defined, and what reads what.
//
// It asks one statement a view of ACCOUNT_USAGE, or one a database, and never
// one a table; it reads what Snowflake keeps about tables and never a table. It
// is the only package that knows the driver, gosnowflake v2, the maintained
// line of Snowflake's own.
package snowflake

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/freshet-status/freshet/sources"
)

// Config is a [[source]] of type "snowflake".
type Config struct {
	Mode      string   `toml:"mode"`      // "account_usage", "information_schema" or "auto", the default
	Databases []string `toml:"databases"` // globs, without case; none is every database that the role sees
	Exclude   []string `toml:"exclude"`   // globs over DATABASE.SCHEMA that are left out
	DML       *bool    `toml:"dml"`       // whether TABLE_DML_HISTORY is read; default true
	Lineage   *bool    `toml:"lineage"`   // whether OBJECT_DEPENDENCIES is read; default true
	Queries   bool     `toml:"queries"`   // whether ACCESS_HISTORY is read, which needs Enterprise and costs most

	signIn
}

var modes = []string{"auto", "account_usage", "information_schema"}

// Faults lists what is wrong with c.
func (c *Config) Faults() (faults []sources.Fault) {
	if c.Mode = cmp.Or(c.Mode, "auto"); !slices.Contains(modes, c.Mode) {
		faults = append(faults, sources.Fault{Key: "mode", Says: fmt.Sprintf("must be one of %q, is %q", modes, c.Mode)})
	}
	if c.Mode == "information_schema" && len(c.Databases) == 0 {
		faults = append(faults, sources.Fault{Key: "databases", Says: "is required with information_schema: it is asked a database at a time"})
	}
	for key, globs := range map[string][]string{"databases": c.Databases, "exclude": c.Exclude} {
		for _, g := range globs {
			if !doublestar.ValidatePattern(g) || g == "" {
				faults = append(faults, sources.Fault{Key: key, Says: fmt.Sprintf("must be globs such as \"RAW*\", has %q", g)})
			}
		}
	}
	return append(faults, c.signIn.faults()...)
}

// Open returns a source that visits the account. It connects to nothing yet.
func (c *Config) Open(s sources.Setting) sources.Source { return &source{*c, s} }

type source struct {
	Config
	setting sources.Setting
}

func (s *source) Name() string { return s.setting.Name }

// wants reports whether a part of the visit is asked for; nothing said is yes.
func wants(said *bool) bool { return said == nil || *said }
