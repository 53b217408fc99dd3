// Package looker reads Looker: folders, dashboards and their tiles, and which tables each tile
// reads.
//
// A visit fetches lists in bulk, traces each tile by the SQL of its query or by its explore,
// and turns the result into observations. It asks for the SQL of queries and never runs them;
// the only queries that it runs are those of System Activity, Looker's own usage model.
//
// API calls are a licensed quota. Explores and the SQL of queries are therefore kept in the
// state folder, and no month costs more calls than site.toml allows. A new kind of call belongs
// behind fetchJSON, which counts it, and after canSpend.
//
// What the API user may not see is recorded as unknown: a shorter list never removes a
// dashboard. Removal needs proof, such as the trash.
package looker

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/freshet-status/freshet/sources"
	"github.com/freshet-status/freshet/sources/httpclient"
	"github.com/freshet-status/freshet/sources/looker/client"
)

// A Config holds the keys of a [[source]] of type "looker".
type Config struct {
	URL          string              `toml:"url"`               // address of the API, such as "https://corp.looker.example:19999"
	URLEnv       string              `toml:"url_env"`           // the variable that holds it
	Web          string              `toml:"web"`               // address at which people open dashboards; default: the host of url
	ClientID     string              `toml:"client_id"`         // of the API credentials
	ClientIDEnv  string              `toml:"client_id_env"`     // the variable that holds it
	SecretEnv    string              `toml:"client_secret_env"` // the variable that holds the secret
	SecretFile   string              `toml:"client_secret_file"`
	CallsAMonth  int                 `toml:"calls_per_month"` // limit for each kind of call; default 1000, the quota of the smallest plan
	Personal     bool                `toml:"personal"`        // true if personal folders are read too
	Connections  map[string]string   `toml:"connections"`     // by connection: "DATABASE.SCHEMA" for names of one or two parts
	Derived      map[string][]string `toml:"derived"`         // by MODEL::VIEW: upstream tables of a derived table, not those in its SQL
	Warehouse    string              `toml:"warehouse"`       // dbt adapter type: how unquoted names are stored; default "snowflake"
	SystemActive *bool               `toml:"system_activity"` // false if System Activity must not be queried; default true
}

// Faults returns every invalid key of c with a message, or nil.
func (c *Config) Faults() (faults []sources.Fault) {
	wrong := func(key, says string) { faults = append(faults, sources.Fault{Key: key, Says: says}) }
	if (c.URL == "") == (c.URLEnv == "") {
		wrong("url", `set exactly one of url and url_env: the address of the API, such as "https://corp.looker.example:19999"`)
	} else if says := c.newAddress(c.URL).DescribeFault(); says != "" {
		wrong("url", says)
	}
	if says := c.newAddress(c.Web).DescribeFault(); says != "" {
		wrong("web", says)
	}
	if (c.ClientID == "") == (c.ClientIDEnv == "") {
		wrong("client_id", "set exactly one of client_id and client_id_env")
	}
	if (c.SecretEnv == "") == (c.SecretFile == "") {
		wrong("client_secret_env", "set exactly one of client_secret_env and client_secret_file")
	}
	if c.CallsAMonth < 0 {
		wrong("calls_per_month", "must not be negative")
	}
	for _, name := range slices.Sorted(maps.Keys(c.Connections)) {
		if len(sources.DialectOf(c.warehouseType()).ParseRelation(c.Connections[name])) != 2 {
			wrong("connections", fmt.Sprintf("must be \"DATABASE.SCHEMA\" (got %s = %q)", name, c.Connections[name]))
		}
	}
	for _, key := range slices.Sorted(maps.Keys(c.Derived)) {
		for _, table := range c.Derived[key] {
			if len(sources.DialectOf(c.warehouseType()).ParseRelation(table)) != 3 {
				wrong("derived", fmt.Sprintf("must be tables such as \"DATABASE.SCHEMA.TABLE\" (%s: got %q)", key, table))
			}
		}
	}
	return faults
}

// newAddress returns value as an address with the messages of this source. If url_env is set,
// Find reads the address from that variable instead.
func (c *Config) newAddress(value string) httpclient.Address {
	return httpclient.Address{
		URL:      value,
		EnvVar:   c.URLEnv,
		Expected: `an address such as "https://corp.looker.example:19999"`,
		Secret:   "secret",
	}
}

// warehouseType returns the configured warehouse, or its default "snowflake".
func (c *Config) warehouseType() string {
	if c.Warehouse == "" {
		return "snowflake"
	}
	return c.Warehouse
}

// Open returns the source. It makes no request.
func (c *Config) Open(s sources.Setting) sources.Source {
	return &source{Config: *c, setting: s, dialect: sources.DialectOf(c.warehouseType())}
}

// A source is one configured Looker. It implements sources.Source, sources.Connector and
// sources.Metered.
type source struct {
	Config
	setting sources.Setting
	dialect sources.Dialect
	spent   map[string]int
}

// Name returns the name of the source in site.toml.
func (s *source) Name() string { return s.setting.Name }

// SetCallsInMonth sets how many calls of each kind the visits of this month have made, by the
// history.
func (s *source) SetCallsInMonth(calls map[string]int) { s.spent = calls }

// readCredentials returns the client id and the client secret. Its errors never contain either
// of them.
func (s *source) readCredentials() (client.Credentials, error) {
	id := s.ClientID
	secret := s.setting.ReadSecret(s.SecretEnv)
	if s.ClientIDEnv != "" {
		id = s.setting.Env(s.ClientIDEnv)
	}
	if s.SecretFile != "" {
		data, err := os.ReadFile(s.setting.ResolvePath(s.SecretFile))
		if err != nil {
			return client.Credentials{}, fmt.Errorf("client secret: %w", err)
		}
		secret = s.setting.Secrets.Keep(string(data))
	}
	secret = strings.TrimSpace(secret)
	if id == "" || secret == "" {
		return client.Credentials{}, errors.New("client id or client secret: empty")
	}
	return client.Credentials{ID: id, Secret: secret, Secrets: s.setting.Secrets}, nil
}

// Observe fetches folders, dashboards and tiles, and traces each tile to tables. It may return
// a partial answer together with an error.
func (s *source) Observe(ctx context.Context) (sources.Answer, error) {
	v, err := s.startVisit(ctx)
	if err != nil {
		return sources.Answer{}, err
	}
	err = v.fillAnswer()
	v.endVisit() // before the answer is copied: it may add notes
	return v.answer, err
}
