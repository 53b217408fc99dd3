package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/freshet-status/freshet/cmd/freshet/config"
	"github.com/freshet-status/freshet/cmd/freshet/demo"
	"github.com/freshet-status/freshet/generator"
	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/generator/words"
	"github.com/freshet-status/freshet/sources"
)

// An invocation is one execution of the command line: its streams, environment and flags, and,
// after loadConfig, the configuration and the generator.
type invocation struct {
	stdout, stderr io.Writer // without secrets
	env            func(string) string
	clock          func() time.Time
	secrets        *sources.Secrets
	// Whether standard output and standard error are terminals.
	isResultTerminal, isTalkTerminal bool

	configFile string // path of site.toml
	quiet      bool
	json       bool
	now        timeFlag
	asOf       timeFlag
	newHistory bool // a new history may begin although an earlier one is known

	cfg   *config.Config
	gen   *generator.Generator
	world *demo.World // the systems of the demo; nil unless it is replayed
}

// A timeFlag is the value of a flag that takes a time, in UTC. It is zero if the flag is not
// given.
type timeFlag struct{ time.Time }

// String returns "", so that the help shows no default.
func (m *timeFlag) String() string { return "" }

// Type returns the name of the flag's type, as pflag requires.
func (m *timeFlag) Type() string { return "time" }

// Set parses a time in RFC 3339, or a date with or without hours and minutes. A time without a
// zone is UTC.
func (m *timeFlag) Set(s string) error {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04", time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			m.Time = t.UTC()
			return nil
		}
	}
	return errors.New("must be a time such as 2026-08-22 or 2026-08-22T06:00:00Z")
}

// newRootCommand returns the command "freshet" with all its subcommands. They store their flags
// in k.
func newRootCommand(k *invocation) *cobra.Command {
	root := &cobra.Command{
		Use:   "freshet",
		Short: "A static status page for data freshness",
		Long: "freshet reads dbt, Snowflake and Looker metadata, records in git when each table was\n" +
			"last updated, and writes a static site that shows what is fresh, what is not, and the\n" +
			"root cause.",
		Example:       "  freshet run\n  freshet why \"Month-end close\"",
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	flags := root.PersistentFlags()
	flags.StringVar(&k.configFile, "config", "site.toml", "configuration `file`")
	flags.BoolVar(&k.quiet, "quiet", false, "hide progress (results and errors are still printed)")
	flags.Var(&k.now, "now", "use this `time` instead of the current time (for tests)")
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return usageError{
			error: fmt.Errorf("%s: %w\nhint: see %s --help", c.CommandPath(), err, c.CommandPath()),
		}
	})
	root.AddCommand(
		k.newRunCommand(),
		k.newScrapeCommand(),
		k.newBuildCommand(),
		k.newCheckCommand(),
		k.newWhyCommand(),
		k.newExposuresCommand(),
		k.newUsesCommand(),
		k.newLearnCommand(),
		k.newImportCommand(),
		k.newVerifyCommand(),
		k.newServeCommand(),
		k.newVersionCommand(),
	)
	root.InitDefaultCompletionCmd()
	for _, c := range root.Commands() {
		c.DisableFlagsInUseLine = true
		if c.Name() == "completion" {
			c.Short = "Generate a shell completion script"
			c.Example = "  freshet completion bash > freshet.bash\n  freshet completion zsh > _freshet"
		}
	}
	root.Args = rejectUnknownCommand
	root.RunE = func(c *cobra.Command, _ []string) error {
		_ = c.Help()
		return usageError{error: errors.New("freshet: a command is required")}
	}
	return root
}

// rejectUnknownCommand returns an error for a command that does not exist, with similar
// commands as a hint, or nil if args is empty.
func rejectUnknownCommand(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	err := fmt.Errorf("freshet: unknown command %q", args[0])
	c.SuggestionsMinimumDistance = 2
	if near := c.SuggestionsFor(args[0]); len(near) > 0 {
		return usageError{error: fmt.Errorf("%w\nhint: did you mean %s?", err, words.JoinOr(near))}
	}
	return usageError{error: fmt.Errorf("%w\nhint: see freshet --help", err)}
}

// rejectArgs returns an error if a command that takes no arguments gets one.
func rejectArgs(c *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usageError{error: fmt.Errorf("%s: unexpected argument %q", c.CommandPath(), args[0])}
	}
	return nil
}

// addAsOfFlag adds the flag --as-of to c.
func (k *invocation) addAsOfFlag(c *cobra.Command) {
	c.Flags().Var(&k.asOf, "as-of", "report the status at a past `time`, by today's rules")
}

// addJSONFlag adds the flag --json to c.
func (k *invocation) addJSONFlag(c *cobra.Command) {
	c.Flags().BoolVar(&k.json, "json", false, "print JSON")
}

// loadConfig reads site.toml and sets k.cfg and k.gen. With --now it also fixes the clock.
// Errors of site.toml are usage errors.
func (k *invocation) loadConfig() error {
	if !k.now.IsZero() {
		now := k.now.Time
		k.clock = func() time.Time { return now }
	}
	cfg, err := config.ReadFile(k.configFile, k.host())
	if err != nil {
		return usageError{error: err}
	}
	k.cfg = cfg
	k.gen = k.cfg.NewGenerator(k.clock)
	k.gen.Secrets = k.secrets
	if !k.quiet {
		k.gen.Progress = func(phase string) { fmt.Fprintln(k.stderr, phase) }
	}
	return nil
}

// host returns what the sources may know of this invocation.
func (k *invocation) host() config.Host {
	return config.Host{Env: k.getenv, Clock: k.currentTime, Secrets: k.secrets}
}

// reportTime returns the time to report on: --as-of, else --now, else the last scrape, else the
// last imported moment. It errs if the history is empty.
func (k *invocation) reportTime() (time.Time, error) {
	if !k.asOf.IsZero() {
		return k.asOf.Time, nil
	}
	if !k.now.IsZero() {
		return k.now.Time, nil
	}
	at, err := k.gen.History.LastVisit()
	if err == nil {
		err = k.rejectClockBehind(at)
	}
	if err == nil && at.IsZero() {
		at, err = k.gen.History.LastImport()
	}
	if err == nil && at.IsZero() {
		err = fmt.Errorf("history %s: empty\nhint: run freshet run to read the sources", k.cfg.Settings.History)
	}
	return at, err
}

// deriveReport returns the report at reportTime.
func (k *invocation) deriveReport() (*freshness.Report, error) {
	at, err := k.reportTime()
	if err != nil {
		return nil, err
	}
	return k.gen.ReportAt(at)
}

// printJSON writes v to standard output as indented JSON.
func (k *invocation) printJSON(v any) error {
	out := json.NewEncoder(k.stdout)
	out.SetEscapeHTML(false)
	out.SetIndent("", "  ")
	return out.Encode(v)
}
