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
	source, git, path, history string
	days                       int
}

// newImportCommand returns the command that adds past data to the history.
func (k *invocation) newImportCommand() *cobra.Command {
	var in importFlags
	c := &cobra.Command{
		Use:   "import [flags] [FOLDER...]",
		Short: "Bring the last 90 days into the history: earlier runs of dbt, the sources' own memory",
		Long: `import reads moments of the past into the history, so that a site begins with
90 days behind it. Without folders it asks the sources that remember: the runs
of the dbt platform, Snowflake's TABLE_DML_HISTORY and refresh history.

Imported moments stand in *.import.jsonl beside the days. They never overwrite
what a visit saw, and the same import again adds nothing.`,
		Example: "  freshet import                            # what Snowflake and the dbt platform remember\n" +
			"  freshet import runs/*                     # artifacts of dbt, a folder a run\n" +
			"  freshet import --git . --path target      # artifacts that were committed, every commit\n" +
			"  freshet import --history ../old/history   # another history of freshet",
		RunE: func(c *cobra.Command, folders []string) error { return k.importPast(c, in, folders) },
	}
	flags := c.Flags()
	flags.StringVar(&in.source, "source", "", "the `name` of the source in site.toml; default: each that has such a past")
	flags.StringVar(&in.git, "git", "", "a `repository` whose commits hold artifacts of dbt")
	flags.StringVar(&in.path, "path", "target", "the `folder` of the repository in which they are")
	flags.StringVar(&in.history, "history", "", "another history of freshet, a `folder`")
	flags.IntVar(&in.days, "days", freshness.StripDays, "how many days back")
	k.addJSONFlag(c)
	return c
}

// importPast imports another history, dbt artifacts from folders or git, or what the sources
// themselves remember, and prints what was added.
func (k *invocation) importPast(c *cobra.Command, in importFlags, folders []string) error {
	if err := in.validate(folders); err != nil {
		return usageError{error: err}
	}
	if err := k.loadConfig(); err != nil {
		return err
	}
	if in.history != "" {
		k.gen.LogProgress("importing what %s holds", in.history)
		done, err := k.gen.ImportHistory(c.Context(), in.history, k.progressPrinter())
		return errors.Join(k.printImported(done), err)
	}
	if k.cfg.replayKeys.Company != "" {
		return usageError{
			error: errors.New(
				"freshet import: this is the demo, whose past is replayed\n" +
					"hint: delete [replay] from site.toml, and let [[source]] name your own systems",
			),
		}
	}
	from := sources.Archive{Since: k.clock().AddDate(0, 0, -in.days), Git: in.git, Path: in.path}
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
		k.gen.LogProgress("importing the past of %s", s.Name())
		done, err := k.gen.Import(c.Context(), s.Source, from, k.progressPrinter())
		all = append(all, done)
		errs = append(errs, err)
	}
	return errors.Join(append(errs, k.printImported(all...))...)
}

// validate returns an error if the flags and folders ask for more than one kind of import, or
// --days is less than 1.
func (in importFlags) validate(folders []string) error {
	given := 0
	for _, is := range []bool{in.git != "", in.history != "", len(folders) > 0} {
		if is {
			given++
		}
	}
	switch {
	case given > 1:
		return errors.New("freshet import: folders, --git and --history are three imports: one at a time")
	case in.days < 1:
		return fmt.Errorf("freshet import: --days must be 1 or more, is %d", in.days)
	}
	return nil
}

// selectRecallers returns the sources to import into: the one called name, or without a name
// each that can have such a past. It errs if there is none, or if artifacts could belong to
// several.
func (k *invocation) selectRecallers(name string, from sources.Archive) (targets []sources.VisitTarget, err error) {
	var all, fitting []string
	for _, s := range k.cfg.targets {
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
		return nil, fmt.Errorf("freshet import: there is no source %q\nhint: site.toml has %s", name, strings.Join(all, ", "))
	case len(targets) == 0 && from.HasArtifacts():
		return nil, errors.New("freshet import: site.toml has no source of type dbt, whose artifacts these could be")
	case len(targets) == 0:
		return nil, errors.New(
			"freshet import: no source of site.toml remembers its past\n" +
				"hint: freshet import FOLDER... reads artifacts of dbt, and --git REPOSITORY those in commits",
		)
	case len(targets) > 1 && from.HasArtifacts():
		return nil, fmt.Errorf(
			"freshet import: whose artifacts are these?\nhint: --source names one of %s",
			strings.Join(fitting, ", "),
		)
	}
	return targets, nil
}

// progressPrinter returns a function that shows the progress of an import on the terminal, at
// most ten times a second. It is nil if standard error is no terminal or --quiet is set.
func (k *invocation) progressPrinter() func(generator.ImportResult) {
	if k.quiet || !isTerminal(k.stderr, k.env) {
		return nil
	}
	last := time.Time{}
	return func(m generator.ImportResult) {
		if time.Since(last) > 100*time.Millisecond {
			last = time.Now()
			fmt.Fprintf(
				k.stderr,
				"\r%s, %s\x1b[K\r",
				sources.FormatCount(m.Moments, "moment"),
				m.Last.In(k.cfg.rules.Zone).Format("2 Jan 2006"),
			)
		}
	}
}

// printImported prints how many moments each import found and added.
func (k *invocation) printImported(all ...generator.ImportResult) error {
	if k.json {
		return k.printJSON(all)
	}
	day := func(t time.Time) string { return t.In(k.cfg.rules.Zone).Format("2 Jan 2006") }
	for _, m := range all {
		switch {
		case k.quiet:
		case m.Moments == 0:
			fmt.Fprintf(k.stdout, "%s: no moment of the time asked for\n", m.Source)
		default:
			fmt.Fprintf(
				k.stdout,
				"%s: %s from %s to %s, %d of them new\n",
				m.Source,
				sources.FormatCount(m.Moments, "moment"),
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
		fmt.Fprintln(
			k.stderr,
			"hint: the strips begin today; freshet import brings the last 90 days into the history (freshet import --help)",
		)
	}
}

// isFirstRun reports whether the history is empty and this is not the demo.
func (k *invocation) isFirstRun() bool {
	seen, err := k.gen.History.LastVisit()
	told, err2 := k.gen.History.LastImport()
	return errors.Join(err, err2) == nil && seen.IsZero() && told.IsZero() && k.cfg.replayKeys.Company == ""
}
