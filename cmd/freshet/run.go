package main

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/freshet-status/freshet/generator"
	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/generator/site"
	"github.com/freshet-status/freshet/generator/words"
	"github.com/freshet-status/freshet/sources"
)

// newRunCommand returns the command that reads the sources, builds the site and writes statuses
// back.
func (k *invocation) newRunCommand() *cobra.Command {
	c := &cobra.Command{
		Use:     "run [flags]",
		Short:   "Read all sources, update the history and build the site",
		Example: "  freshet run\n  freshet run --config company/site.toml --quiet",
		Args:    rejectArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := k.loadConfig(); err != nil {
				return err
			}
			return k.gen.WithLock(func() error { return k.runOnce(c) })
		},
	}
	k.addJSONFlag(c)
	k.addNewHistoryFlag(c)
	return c
}

// runOnce reads the sources, builds the site and writes statuses back.
func (k *invocation) runOnce(c *cobra.Command) error {
	first := k.isFirstRun()
	r, err := k.scrapeSources(c)
	if err != nil && !isOnlyPartial(err) {
		return err
	}
	defer k.printImportHint(first)
	return errors.Join(k.buildSite(r), k.writeBack(c, r), err)
}

// addNewHistoryFlag adds the flag --new-history to c.
func (k *invocation) addNewHistoryFlag(c *cobra.Command) {
	c.Flags().BoolVar(&k.newHistory, "new-history", false, "begin a new history although an earlier one is known")
}

// writeBack writes the statuses of r to the table that site.toml names. It does nothing without
// [write_back].
func (k *invocation) writeBack(c *cobra.Command, r *freshness.Report) error {
	if k.cfg.StatusTable == nil {
		return nil
	}
	return k.gen.WriteBack(c.Context(), *k.cfg.StatusTable, r)
}

// newScrapeCommand returns the command that reads the sources and adds to the history only.
func (k *invocation) newScrapeCommand() *cobra.Command {
	c := &cobra.Command{
		Use:     "scrape [flags]",
		Short:   "Read all sources and update the history only",
		Example: "  freshet scrape",
		Args:    rejectArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := k.loadConfig(); err != nil {
				return err
			}
			return k.gen.WithLock(func() error {
				r, err := k.scrapeSources(c)
				if r == nil {
					return err
				}
				return errors.Join(k.printSummary(r, ""), err)
			})
		},
	}
	k.addJSONFlag(c)
	k.addNewHistoryFlag(c)
	return c
}

// scrapeSources reads all sources, adds the result to the history and returns the report of
// this moment. In the demo it first replays the missing days. The error is generator.ErrPartial
// if a source could not be read.
func (k *invocation) scrapeSources(c *cobra.Command) (*freshness.Report, error) {
	if err := k.guardHistory(); err != nil {
		return nil, err
	}
	if err := (replayer{invocation: k}).replayDays(c.Context()); err != nil && !errors.Is(err, generator.ErrPartial) {
		return nil, err
	}
	r, err := k.gen.Scrape(c.Context())
	if r != nil {
		k.rememberRun(r.At)
	}
	return r, err
}

// newBuildCommand returns the command that builds the site from the history, without network.
func (k *invocation) newBuildCommand() *cobra.Command {
	c := &cobra.Command{
		Use:     "build [flags]",
		Short:   "Build the site from the history, offline",
		Example: "  freshet build\n  freshet build --as-of 2026-08-22T06:00:00Z",
		Args:    rejectArgs,
		RunE: func(*cobra.Command, []string) error {
			if err := k.loadConfig(); err != nil {
				return err
			}
			if _, err := k.reportTime(); err != nil { // without a history, none is made
				return err
			}
			return k.gen.WithLock(func() error {
				r, err := k.deriveReport()
				if err != nil {
					return err
				}
				return k.buildSite(r)
			})
		},
	}
	k.addAsOfFlag(c)
	k.addJSONFlag(c)
	return c
}

// siteInfo returns what the site shows beside r: the base information and, for each pattern of the key
// uses, how many assets and dashboards read it at the first run.
func (k *invocation) siteInfo(r *freshness.Report) (site.Info, error) {
	info := k.cfg.BaseInfo(r.At, version)
	if len(k.cfg.Settings.Uses) == 0 {
		return info, nil
	}
	first, err := k.gen.FirstReport()
	for _, pattern := range k.cfg.Settings.Uses {
		u := site.UseBaseline{Pattern: pattern}
		if first != nil {
			then := first.FindUsage(pattern)
			u.FirstRun = first.At
			u.Readers = len(then.Readers)
			u.Dashboards = len(then.Dashboards)
		}
		info.Uses = append(info.Uses, u)
	}
	return info, err
}

// A causeSummary is a root cause in the JSON of run, scrape and build. Its keys mean the same
// as under attention in summary.json.
type causeSummary struct {
	Cause  sources.ID       `json:"cause"`
	Status freshness.Status `json:"status"`
	Says   string           `json:"says"`
	Owner  *string          `json:"owner"`
}

// summarizeCauses returns the root causes that need attention, in their order. It is never nil.
func summarizeCauses(r *freshness.Report) []causeSummary {
	all := []causeSummary{}
	for _, c := range r.Causes {
		if c.Attention {
			all = append(
				all,
				causeSummary{Cause: c.ID, Status: c.Status, Says: words.DescribeCause(r, c), Owner: sources.NullText(c.Owner)},
			)
		}
	}
	return all
}

// buildSite writes the site of r to the output folder and prints the summary.
func (k *invocation) buildSite(r *freshness.Report) error {
	dir := k.cfg.ResolvePath(k.cfg.Settings.Output)
	info, err := k.siteInfo(r)
	if err != nil {
		return err
	}
	if _, err := k.gen.Build(dir, r, info); err != nil {
		return err
	}
	return k.printSummary(r, filepath.Join(dir, "index.html"))
}

// printSummary prints the headline of r, the root causes that need attention and the path of
// the page, or JSON with --json. With --quiet it prints the headline alone, or that JSON.
func (k *invocation) printSummary(r *freshness.Report, page string) error {
	if k.json {
		return k.printJSON(struct {
			AsOf     string         `json:"as_of"`
			Headline string         `json:"headline"`
			Page     string         `json:"page,omitempty"`
			Causes   []causeSummary `json:"causes"`
		}{r.At.Format("2006-01-02T15:04:05Z07:00"), words.Headline(r), page, summarizeCauses(r)})
	}
	fmt.Fprintln(k.stdout, words.Headline(r))
	if k.quiet {
		return nil
	}
	for _, cause := range r.Causes {
		if cause.Attention {
			fmt.Fprintf(k.stdout, "  %s %s: %s\n", k.statusMark(cause.Status), cause.Label(), words.DescribeCause(r, cause))
		}
	}
	if page != "" {
		fmt.Fprintf(k.stdout, "Open %s\n", page)
	}
	return nil
}
