package demo

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	platform "github.com/freshet-status/freshet/sources/dbt/standin"
	looker "github.com/freshet-status/freshet/sources/looker/standin"
	"github.com/freshet-status/freshet/sources/snowflake/standin"
)

// A World is the company with its systems, as sources see them: stand-in servers that answer for
// Snowflake, the dbt platform and Looker until the process ends, a folder with the artifacts of
// other projects, the variables that say where all of it is, and a clock.
type World struct {
	company   *Company
	folder    string // folder of the artifacts and of connections.toml
	variables map[string]string
	now       time.Time
	snowflake *standin.Account
	platform  *platform.Account
	looker    *looker.Looker
}

// StartWorld starts the systems of the company whose script is at the path script. Like a user, it
// tells the sources where they are by environment variables and by a connections.toml in folder.
func StartWorld(script, folder string) (*World, error) {
	company, err := ReadCompany(script)
	if err != nil {
		return nil, err
	}
	w := &World{
		company:  company,
		folder:   folder,
		platform: &platform.Account{ID: 1742, Token: "invented"},
		looker:   &looker.Looker{ID: "invented", Secret: "invented", HasActivity: true},
	}
	w.snowflake, err = standin.Start(nil)
	if err != nil {
		return nil, err
	}
	platformURL, err := w.platform.Start()
	if err != nil {
		return nil, err
	}
	lookerURL, err := w.looker.Start()
	if err != nil {
		return nil, err
	}
	w.variables = map[string]string{
		"SNOWFLAKE_HOME":          filepath.Join(folder, "snowflake"),
		"TIDEWATER_DBT_URL":       platformURL,
		"TIDEWATER_DBT_TOKEN":     w.platform.Token,
		"TIDEWATER_LOOKER_URL":    lookerURL,
		"TIDEWATER_LOOKER_ID":     w.looker.ID,
		"TIDEWATER_LOOKER_SECRET": w.looker.Secret,
	}
	return w, w.writeConnection()
}

// writeConnection writes the connections.toml that names the stand-in Snowflake.
func (w *World) writeConnection() error {
	home := w.variables["SNOWFLAKE_HOME"]
	if err := os.MkdirAll(home, 0o755); err != nil {
		return err
	}
	connection := fmt.Sprintf(
		"[tidewater]\naccount = \"tidewater-demo\"\nuser = \"FRESHET_SVC\"\nauthenticator = \"oauth\"\n"+
			"token = \"invented\"\nhost = \"127.0.0.1\"\nport = %d\nprotocol = \"http\"\n",
		w.snowflake.Port(),
	)
	return os.WriteFile(filepath.Join(home, "connections.toml"), []byte(connection), 0o600)
}

// LookupVariable returns an environment variable of the world, and whether it has one.
func (w *World) LookupVariable(name string) (value string, ok bool) {
	value, ok = w.variables[name]
	return value, ok
}

// Now returns the moment to which the systems were last set.
func (w *World) Now() time.Time { return w.now }

// SetDay sets the systems to their state on a day at the moment now, and writes the artifacts of
// the projects that have a folder.
func (w *World) SetDay(day Day, now time.Time) error {
	w.now = now
	w.snowflake.Now = func() time.Time { return now }
	w.snowflake.SetViews(w.company.WarehouseViews(day, now))
	w.looker.Change(func() { w.company.FillLooker(w.looker, day) })
	for _, project := range w.company.Projects {
		if project.OnPlatform {
			w.platform.SetRuns(w.company.PlatformRuns(project, day))
			continue
		}
		if err := w.company.WriteArtifacts(project, day, filepath.Join(w.folder, project.Name)); err != nil {
			return err
		}
	}
	return nil
}
