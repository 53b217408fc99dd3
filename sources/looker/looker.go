// Package looker observes what people open: folders, dashboards and their tiles,
// and which tables each tile reads.
//
// Calls of the API are a licensed quota. Lists are asked for in bulk; what an
// explore reads, and the SQL of a query, which never changes, are kept in the
// state folder; and no month costs more calls than site.toml allows.
package looker

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/freshet-status/freshet/sources"
	"github.com/freshet-status/freshet/sources/calls"
)

// Config is a [[source]] of type "looker".
type Config struct {
	URL          string              `toml:"url"`               // of the API, such as "https://corp.looker.example:19999"
	URLEnv       string              `toml:"url_env"`           // the variable that holds it
	Web          string              `toml:"web"`               // where people open dashboards; default: the host of url
	ClientID     string              `toml:"client_id"`         // of API credentials
	ClientIDEnv  string              `toml:"client_id_env"`     // the variable that holds it
	SecretEnv    string              `toml:"client_secret_env"` // the variable that holds the secret
	SecretFile   string              `toml:"client_secret_file"`
	CallsAMonth  int                 `toml:"calls_per_month"` // of each kind; default 1000, that of the smallest plan
	Personal     bool                `toml:"personal"`        // whether personal folders count
	Connections  map[string]string   `toml:"connections"`     // "DATABASE.SCHEMA" of each connection: where names of one or two parts are
	Derived      map[string][]string `toml:"derived"`         // what a persistent derived table, MODEL::VIEW, is built from, where nothing tells
	Warehouse    string              `toml:"warehouse"`       // how names without quotes are stored; default "snowflake"
	SystemActive *bool               `toml:"system_activity"` // whether tiles are asked of System Activity; default true
}

// Faults lists what is wrong with c.
func (c *Config) Faults() (faults []sources.Fault) {
	wrong := func(key, says string) { faults = append(faults, sources.Fault{Key: key, Says: says}) }
	if (c.URL == "") == (c.URLEnv == "") {
		wrong("url", `or url_env is required, one of them: the address of the API, such as "https://corp.looker.example:19999"`)
	} else if says := c.address(c.URL).Fault(); says != "" {
		wrong("url", says)
	}
	if says := c.address(c.Web).Fault(); says != "" {
		wrong("web", says)
	}
	if (c.ClientID == "") == (c.ClientIDEnv == "") {
		wrong("client_id", "or client_id_env is required, one of them")
	}
	if (c.SecretEnv == "") == (c.SecretFile == "") {
		wrong("client_secret_env", "or client_secret_file is required, one of them: where the secret is")
	}
	if c.CallsAMonth < 0 {
		wrong("calls_per_month", "must be a number of calls")
	}
	for _, name := range slices.Sorted(maps.Keys(c.Connections)) {
		if len(sources.DialectOf(c.warehouse()).Parse(c.Connections[name])) != 2 {
			wrong("connections", fmt.Sprintf("must be \"DATABASE.SCHEMA\", %s is %q", name, c.Connections[name]))
		}
	}
	for _, key := range slices.Sorted(maps.Keys(c.Derived)) {
		for _, table := range c.Derived[key] {
			if len(sources.DialectOf(c.warehouse()).Parse(table)) != 3 {
				wrong("derived", fmt.Sprintf("must be tables such as \"DATABASE.SCHEMA.TABLE\", %s has %q", key, table))
			}
		}
	}
	return faults
}

func (c *Config) address(is string) calls.Address {
	return calls.Address{Is: is, Env: c.URLEnv, Such: `an address such as "https://corp.looker.example:19999"`, Secret: "secret"}
}

func (c *Config) warehouse() string {
	if c.Warehouse == "" {
		return "snowflake"
	}
	return c.Warehouse
}

// Open returns the source. It connects to nothing yet.
func (c *Config) Open(s sources.Setting) sources.Source {
	return &source{Config: *c, setting: s, dialect: sources.DialectOf(c.warehouse())}
}

type source struct {
	Config
	setting sources.Setting
	dialect sources.Dialect
	spent   map[string]int
}

func (s *source) Name() string { return s.setting.Name }

// Spent is told what the visits of this month have cost until now.
func (s *source) Spent(calls map[string]int) { s.spent = calls }

// secret reads the credentials, and never says anything of what is in them.
func (s *source) secret() (id, secret string, err error) {
	id, secret = s.ClientID, s.setting.Env(s.SecretEnv)
	if s.ClientIDEnv != "" {
		id = s.setting.Env(s.ClientIDEnv)
	}
	if s.SecretFile != "" {
		data, err := os.ReadFile(s.setting.Path(s.SecretFile))
		if err != nil {
			return "", "", fmt.Errorf("client secret: %w", err)
		}
		secret = string(data)
	}
	if secret = strings.TrimSpace(secret); id == "" || secret == "" {
		return "", "", errors.New("the client id or the client secret is empty")
	}
	return id, secret, nil
}

// Observe lists folders, dashboards and tiles, and traces each tile to tables.
func (s *source) Observe(ctx context.Context) (sources.Answer, error) {
	v, err := s.visit(ctx)
	if err != nil {
		return sources.Answer{}, err
	}
	err = v.observe()
	v.close() // before the answer is given: it may add a word
	return v.answer, err
}

func (v *visit) observe() error {
	c, err := v.catalogue()
	if err != nil {
		return err
	}
	v.trace(c)
	v.tell(c)
	return errors.Join(v.errs...)
}

// A visit is one visit.
type visit struct {
	*source
	ctx     context.Context
	address string // of the API
	api     *api
	kept    *kept
	answer  sources.Answer
	errs    []error
	now     time.Time
	kind    string // of the call that is made; "" is not counted
	denied  map[string]*refusals
	stopped bool // Looker is busy, or refuses all that is asked of one kind: no more is asked
}

func (s *source) visit(ctx context.Context) (*visit, error) {
	id, secret, err := s.secret()
	if err != nil {
		return nil, err
	}
	v := &visit{source: s, ctx: ctx, now: s.setting.Clock().UTC().Truncate(time.Second)}
	v.answer.Calls = make(map[string]int)
	if v.address, err = s.Config.address(s.URL).Find(s.setting.Env); err != nil {
		return nil, err
	}
	if v.kept, err = openKept(s.setting, fmt.Sprintf("%s, personal %v", v.home(), s.Personal), v.now); err != nil {
		return nil, err
	}
	if v.api, err = v.signIn(id, secret); err != nil {
		return nil, err
	}
	return v, nil
}

// close keeps what was said, and then ends the session.
func (v *visit) close() {
	v.refusals()
	if err := v.kept.save(); err != nil {
		v.note("what Looker said could not be kept, and is asked for again: %v", err)
	}
	v.api.signOut(v.ctx)
}

// home tells one Looker from another: by where people open it, if that is said.
// The address of the API may be another one each time, as that of a stand-in is.
func (v *visit) home() string {
	if v.Web != "" {
		return v.Web
	}
	return v.address
}

// short is a note in one line, of a length that a page can show.
func short(s string) string { return sources.Clip(strings.Join(strings.Fields(s), " "), 500) }

func (v *visit) note(format string, args ...any) {
	v.answer.Notes = append(v.answer.Notes, short(fmt.Sprintf(format, args...)))
}
