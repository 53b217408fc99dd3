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
// clock: the company writes what its jobs leave, its Snowflake answers of that
// day, and the sources are visited. Today is left for the run itself, once its
// artifacts are there.
func (c *config) replay(ctx context.Context, gen *generator.Generator) error {
	if c.replays.Company == "" {
		return nil
	}
	company, err := demo.Read(c.path(c.replays.Company))
	if err != nil {
		return err
	}
	played, err := c.perform(company)
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
		gen.Say("replaying %s of an invented company", sources.Count(first, "day"))
	}
	for ago := first; ago >= 1; ago-- {
		day := demo.DayOf(now, ago)
		if err := c.play(played, day, day.At(demo.End)); err != nil {
			return err
		}
		past := *gen
		c.replayed = func() time.Time { return day.At(demo.End) }
		past.Clock, past.Progress = c.replayed, nil
		if _, err := past.Scrape(ctx); err != nil && !errors.Is(err, generator.ErrPartial) {
			return fmt.Errorf("replay %s: %w", day.Begins.Format(time.DateOnly), err)
		}
	}
	c.replayed = nil
	return c.play(played, demo.DayOf(now, 0), now)
}

// A performance is a company, and the systems that answer for it until this
// process ends.
type performance struct {
	*demo.Company
	snowflake *standin.Account
	platform  *platform.Account
	looker    *looker.Looker
}

// perform starts the company's Snowflake, its account of the dbt platform and its
// Looker, and says where they are as their users would: in a file such as Snowflake's
// own command line keeps, and in the environment.
func (c *config) perform(company *demo.Company) (*performance, error) {
	snowflake, err := standin.Start(nil)
	if err != nil {
		return nil, err
	}
	cloud := &platform.Account{ID: 1742, Token: "invented"}
	address, err := cloud.Start()
	if err != nil {
		return nil, err
	}
	tiles := &looker.Looker{ID: "invented", Secret: "invented", Activity: true}
	dashboards, err := tiles.Start()
	if err != nil {
		return nil, err
	}
	home := filepath.Join(c.path(c.replays.Into), "snowflake")
	c.played = map[string]string{"SNOWFLAKE_HOME": home, "TIDEWATER_DBT_URL": address, "TIDEWATER_DBT_TOKEN": cloud.Token, "TIDEWATER_LOOKER_URL": dashboards, "TIDEWATER_LOOKER_ID": tiles.ID, "TIDEWATER_LOOKER_SECRET": tiles.Secret}
	if err := os.MkdirAll(home, 0o755); err != nil {
		return nil, err
	}
	connection := fmt.Sprintf("[tidewater]\naccount = \"tidewater-demo\"\nuser = \"FRESHET_SVC\"\nauthenticator = \"oauth\"\ntoken = \"invented\"\nhost = \"127.0.0.1\"\nport = %d\nprotocol = \"http\"\n", snowflake.Port())
	return &performance{company, snowflake, cloud, tiles}, os.WriteFile(filepath.Join(home, "connections.toml"), []byte(connection), 0o600)
}

// play lets the company live a day, up to a moment.
func (c *config) play(p *performance, day demo.Day, now time.Time) error {
	p.snowflake.Now = func() time.Time { return now }
	p.snowflake.Set(p.Views(day, now))
	p.looker.Change(func() { p.Fill(p.looker, day) })
	for _, project := range p.Projects {
		if project.Platform {
			p.platform.Set(p.Platform(project, day))
			continue
		}
		if err := p.Write(project, day, filepath.Join(c.path(c.replays.Into), project.Name)); err != nil {
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
