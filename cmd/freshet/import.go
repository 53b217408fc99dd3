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

// An importing is the flags of import.
type importing struct {
	source, git, path, history string
	days                       int
}

func (k *call) importCommand() *cobra.Command {
	var in importing
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
	k.jsonFlag(c)
	return c
}

func (k *call) importPast(c *cobra.Command, in importing, folders []string) error {
	if err := in.fault(folders); err != nil {
		return usageError{err}
	}
	if err := k.read(); err != nil {
		return err
	}
	if in.history != "" {
		k.gen.Say("importing what %s holds", in.history)
		done, err := k.gen.ImportHistory(c.Context(), in.history, k.live())
		return errors.Join(k.imported(done), err)
	}
	if k.cfg.replays.Company != "" {
		return usageError{errors.New("freshet import: this is the demo, whose past is replayed\nhint: delete [replay] from site.toml, and let [[source]] name your own systems")}
	}
	from := sources.Memory{Since: k.clock().AddDate(0, 0, -in.days), Git: in.git, Path: in.path}
	for _, folder := range folders {
		full, err := filepath.Abs(folder)
		if err != nil {
			return err
		}
		from.Folders = append(from.Folders, full)
	}
	stops, err := k.recallers(in.source, from)
	if err != nil {
		return usageError{err}
	}
	var all []generator.Imported
	var errs []error
	for _, s := range stops {
		k.gen.Say("importing the past of %s", s.Name())
		done, err := k.gen.Import(c.Context(), s.Source, from, k.live())
		all, errs = append(all, done), append(errs, err)
	}
	return errors.Join(append(errs, k.imported(all...))...)
}

// fault is what is wrong with the flags together.
func (in importing) fault(folders []string) error {
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

// recallers are the sources that a past is of: the one that was named, or each
// that has such a past. Artifacts belong to one source.
func (k *call) recallers(name string, from sources.Memory) (stops []sources.Stop, err error) {
	var all, fitting []string
	for _, s := range k.cfg.stops {
		all = append(all, s.Name())
		r, recalls := s.Source.(sources.Recaller)
		if s.Name() == name || name == "" && recalls && r.Keeps(from) {
			stops, fitting = append(stops, s), append(fitting, s.Name())
		}
	}
	slices.Sort(fitting)
	switch {
	case name != "" && len(stops) == 0:
		return nil, fmt.Errorf("freshet import: there is no source %q\nhint: site.toml has %s", name, strings.Join(all, ", "))
	case len(stops) == 0 && from.Artifacts():
		return nil, errors.New("freshet import: site.toml has no source of type dbt, whose artifacts these could be")
	case len(stops) == 0:
		return nil, errors.New("freshet import: no source of site.toml remembers its past\nhint: freshet import FOLDER... reads artifacts of dbt, and --git REPOSITORY those in commits")
	case len(stops) > 1 && from.Artifacts():
		return nil, fmt.Errorf("freshet import: whose artifacts are these?\nhint: --source names one of %s", strings.Join(fitting, ", "))
	}
	return stops, nil
}

// live shows on a terminal how far an import is.
func (k *call) live() func(generator.Imported) {
	if k.quiet || !isTerminal(k.stderr, k.env) {
		return nil
	}
	last := time.Time{}
	return func(m generator.Imported) {
		if time.Since(last) > 100*time.Millisecond {
			last = time.Now()
			fmt.Fprintf(k.stderr, "\r%s, %s\x1b[K\r", sources.Count(m.Moments, "moment"), m.Last.In(k.cfg.rules.Zone).Format("2 Jan 2006"))
		}
	}
}

// imported prints what imports brought.
func (k *call) imported(all ...generator.Imported) error {
	if k.json {
		return k.answer(all)
	}
	day := func(t time.Time) string { return t.In(k.cfg.rules.Zone).Format("2 Jan 2006") }
	for _, m := range all {
		switch {
		case k.quiet:
		case m.Moments == 0:
			fmt.Fprintf(k.stdout, "%s: no moment of the time asked for\n", m.Source)
		default:
			fmt.Fprintf(k.stdout, "%s: %s from %s to %s, %d of them new\n", m.Source, sources.Count(m.Moments, "moment"), day(m.First), day(m.Last), m.New)
		}
	}
	return nil
}

// offer says, after a first run, that the past can be imported.
func (k *call) offer(first bool) {
	if first && !k.quiet {
		fmt.Fprintln(k.stderr, "hint: the strips begin today; freshet import brings the last 90 days into the history (freshet import --help)")
	}
}

// begins reports whether the history is empty, and of no demo.
func (k *call) begins() bool {
	seen, err := k.gen.History.Last()
	told, err2 := k.gen.History.LastImport()
	return errors.Join(err, err2) == nil && seen.IsZero() && told.IsZero() && k.cfg.replays.Company == ""
}
