package main

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/freshet-status/freshet/generator"
	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/generator/site"
)

func (k *call) runCommand() *cobra.Command {
	c := &cobra.Command{
		Use:     "run [flags]",
		Short:   "Visit the sources, append to the history and build the site: the scheduled job",
		Example: "  freshet run\n  freshet run --config company/site.toml --quiet",
		Args:    noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := k.read(); err != nil {
				return err
			}
			first := k.begins()
			r, err := k.scrape(c)
			if err != nil && !onlyPartial(err) {
				return err
			}
			defer k.offer(first)
			return errors.Join(k.build(r), k.writeBack(c, r), err)
		},
	}
	k.jsonFlag(c)
	return c
}

// writeBack keeps the report where the config says so.
func (k *call) writeBack(c *cobra.Command, r *freshness.Report) error {
	if k.cfg.keep == nil {
		return nil
	}
	return k.gen.WriteBack(c.Context(), *k.cfg.keep, r)
}

func (k *call) scrapeCommand() *cobra.Command {
	c := &cobra.Command{
		Use:     "scrape [flags]",
		Short:   "Visit the sources and append to the history; touch nothing else",
		Example: "  freshet scrape",
		Args:    noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := k.read(); err != nil {
				return err
			}
			r, err := k.scrape(c)
			if r == nil {
				return err
			}
			return errors.Join(k.conclude(r, ""), err)
		},
	}
	k.jsonFlag(c)
	return c
}

// scrape plays what is recorded, if the config says so, and visits the sources.
func (k *call) scrape(c *cobra.Command) (*freshness.Report, error) {
	if err := k.cfg.replay(c.Context(), k.gen); err != nil && !errors.Is(err, generator.ErrPartial) {
		return nil, err
	}
	return k.gen.Scrape(c.Context())
}

func (k *call) buildCommand() *cobra.Command {
	c := &cobra.Command{
		Use:     "build [flags]",
		Short:   "Build the site from the history, offline",
		Example: "  freshet build\n  freshet build --as-of 2026-08-22T06:00:00Z",
		Args:    noArgs,
		RunE: func(*cobra.Command, []string) error {
			if err := k.read(); err != nil {
				return err
			}
			r, err := k.report()
			if err != nil {
				return err
			}
			return k.build(r)
		},
	}
	k.asOfFlag(c)
	k.jsonFlag(c)
	return c
}

// info is what the site says beside a report, also how much moved since the first
// run.
func (k *call) info(r *freshness.Report) (site.Info, error) {
	info := k.cfg.info(r.At)
	if len(k.cfg.top.Uses) == 0 {
		return info, nil
	}
	first, err := k.gen.AtFirst()
	for _, pattern := range k.cfg.top.Uses {
		u := site.Used{Pattern: pattern}
		if first != nil {
			then := first.Uses(pattern)
			u.First, u.Readers, u.Dashboards = first.At, len(then.Readers), len(then.Dashboards)
		}
		info.Uses = append(info.Uses, u)
	}
	return info, err
}

// build writes the site and says where to look.
func (k *call) build(r *freshness.Report) error {
	dir := k.cfg.path(k.cfg.top.Output)
	info, err := k.info(r)
	if err != nil {
		return err
	}
	if _, err := k.gen.Build(dir, r, info); err != nil {
		return err
	}
	return k.conclude(r, filepath.Join(dir, "index.html"))
}

// conclude prints the answer of a run.
func (k *call) conclude(r *freshness.Report, page string) error {
	if k.json {
		return k.answer(struct {
			AsOf     string `json:"as_of"`
			Headline string `json:"headline"`
			Page     string `json:"page,omitempty"`
		}{r.At.Format("2006-01-02T15:04:05Z07:00"), r.Headline(), page})
	}
	if k.quiet {
		return nil
	}
	fmt.Fprintln(k.stdout, r.Headline())
	for _, cause := range r.Causes {
		if cause.Attention {
			fmt.Fprintf(k.stdout, "  %s %s: %s\n", k.mark(cause.Status), cause.Label(), cause.Says)
		}
	}
	if page != "" {
		fmt.Fprintf(k.stdout, "Open %s\n", page)
	}
	return nil
}
