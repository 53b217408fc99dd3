package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/freshet-status/freshet/cmd/freshet/demo"
	"github.com/freshet-status/freshet/generator"
	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/sources"
)

// getenv returns an environment variable, or that of the demo's world in its place.
func (k *invocation) getenv(name string) string {
	if k.world != nil {
		if value, ok := k.world.LookupVariable(name); ok {
			return value
		}
	}
	return k.env(name)
}

// currentTime returns the time of the clock; in the demo's world, the moment that it was set to.
func (k *invocation) currentTime() time.Time {
	if k.world != nil {
		return k.world.Now()
	}
	return k.clock()
}

// A replayer adds the missing days of the demo to the history.
type replayer struct{ *invocation }

// replayDays adds a scrape to the history for each missing day, made at the end of that day
// against the demo's world. Then it sets the world to now, and leaves today's scrape to the run. It
// does nothing without [replay].
func (k replayer) replayDays(ctx context.Context) error {
	if !k.cfg.IsDemo() {
		return nil
	}
	world, err := demo.StartWorld(k.cfg.ResolvePath(k.cfg.Replay.Company), k.cfg.ResolvePath(k.cfg.Replay.Into))
	if err != nil {
		return err
	}
	now := k.gen.Clock().In(k.cfg.Rules.Zone)
	last, err := k.gen.History.LastVisit()
	if err != nil {
		return err
	}
	k.world = world
	first := missingDays(now, last)
	if first > 0 {
		k.gen.LogProgress("replaying %s of demo data", sources.FormatCount(first, "day"))
	}
	for ago := first; ago >= 1; ago-- {
		if err := k.replayDay(ctx, demo.NewDay(now, ago)); err != nil {
			return err
		}
	}
	return world.SetDay(demo.NewDay(now, 0), now)
}

// replayDay adds the scrape of one day, made at its end.
func (k replayer) replayDay(ctx context.Context, day demo.Day) error {
	if err := k.world.SetDay(day, day.At(demo.LastJobEnd)); err != nil {
		return err
	}
	past := *k.gen
	past.Clock = k.world.Now
	past.Progress = nil
	if _, err := past.Scrape(ctx); err != nil && !errors.Is(err, generator.ErrPartial) {
		return fmt.Errorf("replay %s: %w", day.Midnight.Format(time.DateOnly), err)
	}
	return nil
}

// missingDays returns how many days before today have no scrape, given the time of the last
// one: at most freshness.StripDays.
func missingDays(now, last time.Time) int {
	for ago := range freshness.StripDays {
		if !demo.NewDay(now, ago+1).At(demo.LastJobEnd).After(last) {
			return ago
		}
	}
	return freshness.StripDays
}
