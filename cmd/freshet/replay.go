package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/freshet-status/freshet/cmd/freshet/demo"
	"github.com/freshet-status/freshet/generator"
	"github.com/freshet-status/freshet/generator/freshness"
)

// A replayTable is [replay]: an invented company whose days are played, up to
// the present, before the sources are visited. It makes the demo; a site of
// one's own has none.
type replayTable struct {
	Company string `toml:"company"` // the script
	Into    string `toml:"into"`    // where the artifacts of each project are written
}

func (c *config) readReplay(b block) {
	c.decode(b, &c.replays)
	if c.replays.Company == "" || c.replays.Into == "" {
		c.wrong(b, "company", "a [replay] needs company, a script, and into, a folder")
	}
}

// replay lives the days that the history does not have yet, each with its own
// clock: the company writes what its jobs leave, and the sources are visited.
// Today is left for the run itself, once its artifacts are there.
func (c *config) replay(ctx context.Context, gen *generator.Generator) error {
	if c.replays.Company == "" {
		return nil
	}
	company, err := demo.Read(c.path(c.replays.Company))
	if err != nil {
		return err
	}
	now := gen.Clock().In(c.rules.Zone)
	last, err := gen.History.Last()
	if err != nil {
		return err
	}
	first := daysAgo(now, last)
	if first > 0 {
		gen.Say("replaying %s of an invented company", count(first, "day"))
	}
	for ago := first; ago >= 1; ago-- {
		day := demo.DayOf(now, ago)
		if err := c.write(company, day); err != nil {
			return err
		}
		past := *gen
		past.Clock, past.Progress = func() time.Time { return day.At(demo.End) }, nil
		if _, err := past.Scrape(ctx); err != nil && !errors.Is(err, generator.ErrPartial) {
			return fmt.Errorf("replay %s: %w", day.Begins.Format(time.DateOnly), err)
		}
	}
	return c.write(company, demo.DayOf(now, 0))
}

func (c *config) write(company *demo.Company, day demo.Day) error {
	for _, p := range company.Projects {
		if err := company.Write(p, day, filepath.Join(c.path(c.replays.Into), p.Name)); err != nil {
			return err
		}
	}
	return nil
}

// daysAgo is how many days are missing before today; a window of them at most.
func daysAgo(now, last time.Time) int {
	for ago := range freshness.StripDays {
		if !demo.DayOf(now, ago+1).At(demo.End).After(last) {
			return ago
		}
	}
	return freshness.StripDays
}
