package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/freshet-status/freshet/generator"
	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/sources"
)

// An importFlags holds the flags of import.
type importFlags struct {
	source, git, branch, path, history string
	days                               int
}

// A importCommand adds the past to the history.
type importCommand struct{ *invocation }

// newImportCommand returns the command that adds past data to the history.
func (k *invocation) newImportCommand() *cobra.Command {
	run := importCommand{invocation: k}
	var in importFlags
	c := &cobra.Command{
		Use:   "import [flags] [FOLDER...]",
		Short: "Add the last 90 days to the history",
		Long: "Add past data to the history. Without arguments, read what Snowflake and the dbt\n" +
			"platform keep; with folders or --git, read dbt artifacts. Imports never replace what a\n" +
			"run recorded, and importing twice adds nothing.",
		Example: "  freshet import                            # what Snowflake and the dbt platform keep\n" +
			"  freshet import runs/*                     # dbt artifacts, one folder per run\n" +
			"  freshet import --git . --path target      # dbt artifacts in the commits of a repository\n" +
			"  freshet import --history ../old/history   # another freshet history",
		RunE: func(c *cobra.Command, folders []string) error { return run.importPast(c, in, folders) },
	}
	flags := c.Flags()
	flags.StringVar(&in.source, "source", "", "`name` of the source to import into (default: all that keep history)")
	flags.StringVar(&in.git, "git", "", "`repository` whose commits contain dbt artifacts, also a bare one")
	flags.StringVar(&in.branch, "branch", "", "`branch` of the repository given by --git; default: the current one")
	flags.StringVar(&in.path, "path", "target", "`folder` of the artifacts in the repository")
	flags.StringVar(&in.history, "history", "", "`folder` of another freshet history")
	flags.IntVar(&in.days, "days", freshness.StripDays, "number of days")
	k.addJSONFlag(c)
	return c
}

// importPast imports another history, dbt artifacts from folders or git, or what the sources
// themselves remember, and prints what was added.
func (k importCommand) importPast(c *cobra.Command, in importFlags, folders []string) error {
	if err := in.validate(folders); err != nil {
		return usageError{error: err}
	}
	if err := k.loadConfig(); err != nil {
		return err
	}
	if in.history != "" {
		k.gen.LogProgress("importing history from %s", in.history)
		done, err := k.gen.ImportHistory(c.Context(), in.history, k.progressPrinter())
		return errors.Join(k.printImported("", done), err)
	}
	if k.cfg.IsDemo() {
		return usageError{
			error: errors.New(
				"freshet import: the demo has no past to import\n" +
					"hint: remove [replay] from site.toml and add your own [[source]]",
			),
		}
	}
	from := sources.Archive{Since: k.clock().AddDate(0, 0, -in.days), Git: in.git, Branch: in.branch, Path: in.path}
	for _, folder := range folders {
		full, err := filepath.Abs(folder)
		if err != nil {
			return err
		}
		from.Folders = append(from.Folders, full)
	}
	targets, err := k.selectRecallers(in.source, from)
	if err != nil {
		return usageError{error: err}
	}
	var all []generator.ImportResult
	var errs []error
	for _, s := range targets {
		k.gen.LogProgress("importing from %s", s.Name())
		done, err := k.gen.Import(c.Context(), s.Source, from, k.progressPrinter())
		all = append(all, done)
		errs = append(errs, err)
	}
	period := " in the last " + sources.FormatCount(in.days, "day")
	return errors.Join(append(errs, k.printImported(period, all...))...)
}

// validate returns an error if the flags and folders ask for more than one kind of import, if
// --branch is given without --git, or if --days is less than 1.
func (in importFlags) validate(folders []string) error {
	given := 0
	for _, is := range []bool{in.git != "", in.history != "", len(folders) > 0} {
		if is {
			given++
		}
	}
	switch {
	case given > 1:
		return errors.New("freshet import: use only one of: folders, --git, --history")
	case in.branch != "" && in.git == "":
		return errors.New("freshet import: --branch: needs --git")
	case in.days < 1:
		return fmt.Errorf("freshet import: --days: must be 1 or more (got %d)", in.days)
	}
	return nil
}

// selectRecallers returns the sources to import into: the one called name, or without a name
// each that can have such a past. It errs if there is none, or if artifacts could belong to
// several.
func (k importCommand) selectRecallers(name string, from sources.Archive) (targets []sources.VisitTarget, err error) {
	var all, fitting []string
	for _, s := range k.cfg.Targets {
		all = append(all, s.Name())
		r, recalls := s.Source.(sources.Recaller)
		if s.Name() == name || name == "" && recalls && r.CanRecall(from) {
			targets = append(targets, s)
			fitting = append(fitting, s.Name())
		}
	}
	slices.Sort(fitting)
	switch {
	case name != "" && len(targets) == 0:
		return nil, fmt.Errorf("freshet import: no source %q in site.toml\nhint: choose one of: %s", name, strings.Join(all, ", "))
	case len(targets) == 0 && from.HasArtifacts():
		return nil, errors.New("freshet import: no dbt source in site.toml")
	case len(targets) == 0:
		return nil, errors.New(
			"freshet import: no source in site.toml keeps its own history\n" +
				"hint: import artifacts: freshet import FOLDER..., or --git REPOSITORY",
		)
	case len(targets) > 1 && from.HasArtifacts():
		return nil, fmt.Errorf(
			"freshet import: several dbt sources: %s\nhint: choose one with --source",
			strings.Join(fitting, ", "),
		)
	}
	return targets, nil
}

// progressPrinter returns a function that shows the progress of an import on the terminal, at
// most ten times a second. It is nil if standard error is no terminal or --quiet is set.
func (k importCommand) progressPrinter() func(generator.ImportResult) {
	if k.quiet || !k.isTalkTerminal {
		return nil
	}
	last := time.Time{}
	return func(m generator.ImportResult) {
		if time.Since(last) > 100*time.Millisecond {
			last = time.Now()
			fmt.Fprintf(
				k.stderr,
				"\r%s, %s\x1b[K\r",
				formatEntries(m.Moments),
				m.Last.In(k.cfg.Rules.Zone).Format("2 Jan 2006"),
			)
		}
	}
}

// formatEntries returns a number of imported entries with its noun.
func formatEntries(n int) string {
	if n == 1 {
		return "1 entry"
	}
	return fmt.Sprintf("%d entries", n)
}

// printImported prints how many entries each import found and added. period is the end of the
// line for an import that found none, such as " in the last 90 days".
func (k importCommand) printImported(period string, all ...generator.ImportResult) error {
	if k.json {
		return k.printJSON(all)
	}
	day := func(t time.Time) string { return t.In(k.cfg.Rules.Zone).Format("2 Jan 2006") }
	for _, m := range all {
		switch {
		case m.Moments == 0:
			fmt.Fprintf(k.stdout, "%s: nothing found%s\n", m.Source, period)
		default:
			fmt.Fprintf(
				k.stdout,
				"%s: %s from %s to %s, %d new\n",
				m.Source,
				formatEntries(m.Moments),
				day(m.First),
				day(m.Last),
				m.Added,
			)
		}
	}
	return nil
}

// printImportHint prints, after the first run, that past data can be imported.
func (k *invocation) printImportHint(first bool) {
	if first && !k.quiet {
		fmt.Fprintln(k.stderr, "hint: the history starts today; run freshet import to add the last 90 days")
	}
}

// isFirstRun reports whether the history is empty and this is not the demo.
func (k *invocation) isFirstRun() bool {
	seen, err := k.gen.History.LastVisit()
	told, err2 := k.gen.History.LastImport()
	return errors.Join(err, err2) == nil && seen.IsZero() && told.IsZero() && !k.cfg.IsDemo()
}
