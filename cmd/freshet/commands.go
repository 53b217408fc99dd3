package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/freshet-status/freshet/generator"
	"github.com/freshet-status/freshet/generator/freshness"
)

// A call is what every command is given.
type call struct {
	stdout, stderr io.Writer
	env            func(string) string
	clock          func() time.Time

	file  string // of the config
	quiet bool
	json  bool
	now   moment
	asOf  moment

	cfg *config
	gen *generator.Generator
}

// A moment is a flag that holds a time; zero if it was not given.
type moment struct{ time.Time }

func (m *moment) String() string { return "" }

func (m *moment) Type() string { return "time" }

func (m *moment) Set(s string) error {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04", time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			m.Time = t.UTC()
			return nil
		}
	}
	return errors.New("must be a time such as 2026-08-22T06:00:00Z")
}

func newRoot(k *call) *cobra.Command {
	root := &cobra.Command{
		Use:           "freshet",
		Short:         "A static status page for data freshness",
		Long:          "freshet visits dbt and other sources of data, keeps in git when data last moved,\nand writes a static site that says what is fresh, what is not, and what to repair.",
		Example:       "  freshet run\n  freshet why \"Month-end close\"",
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	flags := root.PersistentFlags()
	flags.StringVar(&k.file, "config", "site.toml", "the `file` to read")
	flags.BoolVar(&k.quiet, "quiet", false, "say nothing but results and errors")
	flags.Var(&k.now, "now", "stop the clock at this `time`, for tests and replays")
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return usageError{fmt.Errorf("%s: %w\nhint: %s --help says what there is", c.CommandPath(), err, c.CommandPath())}
	})
	root.AddCommand(k.runCommand(), k.scrapeCommand(), k.buildCommand(), k.checkCommand(), k.whyCommand(), k.exposuresCommand(), k.usesCommand(), k.learnCommand(), k.importCommand(), k.verifyCommand(), k.serveCommand(), k.versionCommand())
	for _, c := range root.Commands() {
		c.DisableFlagsInUseLine = true
	}
	root.Args = unknownCommand
	root.RunE = func(c *cobra.Command, _ []string) error {
		_ = c.Help()
		return usageError{errors.New("freshet: which command?")}
	}
	return root
}

// unknownCommand says what is near to a command that there is not.
func unknownCommand(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	err := fmt.Errorf("freshet: there is no command %q", args[0])
	c.SuggestionsMinimumDistance = 2
	if near := c.SuggestionsFor(args[0]); len(near) > 0 {
		return usageError{fmt.Errorf("%w\nhint: is it %s?", err, strings.Join(near, ", "))}
	}
	return usageError{fmt.Errorf("%w\nhint: freshet --help lists them", err)}
}

// noArgs says which word of the command line means nothing.
func noArgs(c *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usageError{fmt.Errorf("%s: takes no argument, and %q is one", c.CommandPath(), args[0])}
	}
	return nil
}

// asOfFlag adds the flag for a past moment.
func (k *call) asOfFlag(c *cobra.Command) {
	c.Flags().Var(&k.asOf, "as-of", "judge a past `time` by what was recorded until then")
}

func (k *call) jsonFlag(c *cobra.Command) {
	c.Flags().BoolVar(&k.json, "json", false, "answer in JSON")
}

// read reads the config and connects the parts.
func (k *call) read() error {
	if !k.now.IsZero() {
		now := k.now.Time
		k.clock = func() time.Time { return now }
	}
	cfg, err := readConfig(k.file, k.env, k.clock)
	if err != nil {
		return usageError{err}
	}
	k.cfg = cfg
	k.gen = k.cfg.generator(k.clock)
	if !k.quiet {
		k.gen.Progress = func(phase string) { fmt.Fprintln(k.stderr, phase) }
	}
	return nil
}

// moment is the one that was asked for, or that of the last run.
func (k *call) moment() (time.Time, error) {
	if !k.asOf.IsZero() {
		return k.asOf.Time, nil
	}
	if !k.now.IsZero() {
		return k.now.Time, nil
	}
	at, err := k.gen.History.Last()
	if err == nil && at.IsZero() {
		at, err = k.gen.History.LastImport()
	}
	if err == nil && at.IsZero() {
		err = fmt.Errorf("the history in %s is empty\nhint: freshet run visits the sources and builds the site", k.cfg.top.History)
	}
	return at, err
}

// report judges the moment that was asked for.
func (k *call) report() (*freshness.Report, error) {
	at, err := k.moment()
	if err != nil {
		return nil, err
	}
	return k.gen.Report(at)
}

// answer writes a result in JSON.
func (k *call) answer(v any) error {
	out := json.NewEncoder(k.stdout)
	out.SetEscapeHTML(false)
	out.SetIndent("", "  ")
	return out.Encode(v)
}
