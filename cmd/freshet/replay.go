package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/freshet-status/freshet/cmd/freshet/demo"
	"github.com/freshet-status/freshet/generator"
	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/sources"
	platform "github.com/freshet-status/freshet/sources/dbt/standin"
	looker "github.com/freshet-status/freshet/sources/looker/standin"
	"github.com/freshet-status/freshet/sources/snowflake/standin"
)

// A replaySection holds the keys of [replay]: an invented company whose days are replayed, up
// to now, before the sources are read. Only the demo has one.
type replaySection struct {
	Company string `toml:"company"` // path of the script
	Into    string `toml:"into"`    // folder for the artifacts of each project
}

// readReplay reads [replay].
func (c *config) readReplay(b block) {
	c.decodeBlock(b, &c.replayKeys)
	if c.replayKeys.Company == "" || c.replayKeys.Into == "" {
		c.addFault(b, "company", "[replay] must have company (a script) and into (a folder)")
	}
}

// replayDays adds a scrape to the history for each missing day, made at the end of that day
// against the simulated systems. Then it prepares the systems for now, and leaves today's
// scrape to the run. It does nothing without [replay].
func (c *config) replayDays(ctx context.Context, gen *generator.Generator) error {
	if c.replayKeys.Company == "" {
		return nil
	}
	company, err := demo.ReadCompany(c.resolvePath(c.replayKeys.Company))
	if err != nil {
		return err
	}
	sim, err := c.startSimulation(company)
	if err != nil {
		return err
	}
	now := gen.Clock().In(c.rules.Zone)
	last, err := gen.History.LastVisit()
	if err != nil {
		return err
	}
	first := missingDays(now, last)
	if first > 0 {
		gen.LogProgress("replaying %s of demo data", sources.FormatCount(first, "day"))
	}
	for ago := first; ago >= 1; ago-- {
		day := demo.NewDay(now, ago)
		if err := c.playDay(sim, day, day.At(demo.LastJobEnd)); err != nil {
			return err
		}
		past := *gen
		c.replayClock = func() time.Time { return day.At(demo.LastJobEnd) }
		past.Clock = c.replayClock
		past.Progress = nil
		if _, err := past.Scrape(ctx); err != nil && !errors.Is(err, generator.ErrPartial) {
			return fmt.Errorf("replay %s: %w", day.Midnight.Format(time.DateOnly), err)
		}
	}
	c.replayClock = nil
	return c.playDay(sim, demo.NewDay(now, 0), now)
}

// A simulation is the invented company and the stand-in servers that answer for it until the
// process ends.
type simulation struct {
	*demo.Company
	snowflake *standin.Account
	platform  *platform.Account
	looker    *looker.Looker
}

// startSimulation starts the stand-in Snowflake, dbt platform and Looker of a company. Like a
// user, it tells the sources where they are by a connections.toml and by environment variables,
// in replayEnv.
func (c *config) startSimulation(company *demo.Company) (*simulation, error) {
	snowflake, err := standin.Start(nil)
	if err != nil {
		return nil, err
	}
	cloud := &platform.Account{ID: 1742, Token: "invented"}
	address, err := cloud.Start()
	if err != nil {
		return nil, err
	}
	tiles := &looker.Looker{ID: "invented", Secret: "invented", HasActivity: true}
	dashboards, err := tiles.Start()
	if err != nil {
		return nil, err
	}
	home := filepath.Join(c.resolvePath(c.replayKeys.Into), "snowflake")
	c.replayEnv = map[string]string{
		"SNOWFLAKE_HOME":          home,
		"TIDEWATER_DBT_URL":       address,
		"TIDEWATER_DBT_TOKEN":     cloud.Token,
		"TIDEWATER_LOOKER_URL":    dashboards,
		"TIDEWATER_LOOKER_ID":     tiles.ID,
		"TIDEWATER_LOOKER_SECRET": tiles.Secret,
	}
	if err := os.MkdirAll(home, 0o755); err != nil {
		return nil, err
	}
	connection := fmt.Sprintf(
		"[tidewater]\naccount = \"tidewater-demo\"\nuser = \"FRESHET_SVC\"\nauthenticator = \"oauth\"\n"+
			"token = \"invented\"\nhost = \"127.0.0.1\"\nport = %d\nprotocol = \"http\"\n",
		snowflake.Port(),
	)
	return &simulation{
		Company:   company,
		snowflake: snowflake,
		platform:  cloud,
		looker:    tiles,
	}, os.WriteFile(filepath.Join(home, "connections.toml"), []byte(connection), 0o600)
}

// playDay sets the simulated systems to their state on a day at the moment now, and writes the
// artifacts of the projects that have a folder.
func (c *config) playDay(p *simulation, day demo.Day, now time.Time) error {
	p.snowflake.Now = func() time.Time { return now }
	p.snowflake.SetViews(p.WarehouseViews(day, now))
	p.looker.Change(func() { p.FillLooker(p.looker, day) })
	for _, project := range p.Projects {
		if project.OnPlatform {
			p.platform.SetRuns(p.PlatformRuns(project, day))
			continue
		}
		if err := p.WriteArtifacts(project, day, filepath.Join(c.resolvePath(c.replayKeys.Into), project.Name)); err != nil {
			return err
		}
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
