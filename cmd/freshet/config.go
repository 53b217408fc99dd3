package main

import (
	"cmp"
	"fmt"
	"maps"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/adhocore/gronx"
	"github.com/bmatcuk/doublestar/v4"

	"github.com/freshet-status/freshet/generator"
	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/generator/history"
	"github.com/freshet-status/freshet/generator/site"
	"github.com/freshet-status/freshet/sources"
	"github.com/freshet-status/freshet/sources/dbt"
	"github.com/freshet-status/freshet/sources/looker"
	"github.com/freshet-status/freshet/sources/snowflake"
)

// known lists every source that freshet can visit, by its type in site.toml.
// To add a source, add its package and one line here.
var known = map[string]func() sources.Config{
	"dbt":          func() sources.Config { return new(dbt.Config) },
	"dbt-platform": func() sources.Config { return new(dbt.PlatformConfig) },
	"looker":       func() sources.Config { return new(looker.Config) },
	"snowflake":    func() sources.Config { return new(snowflake.Config) },
}

// A config is site.toml on the way to a generator.
type config struct {
	document
	env       func(string) string
	clock     func() time.Time
	rules     freshness.Rules
	ruleLines []int
	stops     []sources.Stop
	keep      *generator.Keep // nil if nothing is written back
	replays   replayTable
	played    map[string]string // what the replay says instead of the environment
	replayed  func() time.Time  // the time of the day that is replayed; nil is none
	top       struct {
		Title    string   `toml:"title"`
		Timezone string   `toml:"timezone"`
		History  string   `toml:"history"`  // a directory, under version control
		Output   string   `toml:"output"`   // a directory, may be deleted at any time
		State    string   `toml:"state"`    // a directory for what need not be asked again, may be deleted at any time
		BaseURL  string   `toml:"base_url"` // where absolute links are needed
		Schedule string   `toml:"schedule"` // when runs are expected, as cron writes it
		Uses     []string `toml:"uses"`     // globs: what still reads these has a page
	}
}

// readConfig reads and checks a file, and says everything that is wrong with it.
func readConfig(file string, env func(string) string, clock func() time.Time) (*config, error) {
	c := &config{env: env, clock: clock}
	c.rules.LookWithin = make(map[string]time.Duration)
	top, err := c.open(file)
	if err != nil {
		return nil, err
	}
	limits, rules, srcs, replays := c.cut(top, "freshness"), c.cut(top, "rule"), c.cut(top, "source"), c.cut(top, "replay")
	keeps, moves := c.cut(top, "write_back"), c.cut(top, "moved")
	c.readTop(top)
	c.readLimits(limits)
	for _, b := range rules {
		c.readRule(b)
	}
	for _, b := range moves {
		c.readMove(b)
	}
	for _, b := range srcs {
		c.readSource(b)
	}
	for _, b := range keeps {
		c.readKeep(b)
	}
	for _, b := range replays {
		c.readReplay(b)
	}
	if len(srcs) == 0 {
		c.wrong(top, "source", `a [[source]] is missing: there is nothing to visit`)
	}
	return c, c.err()
}

func (c *config) readTop(b block) {
	c.top.Title, c.top.History, c.top.Output, c.top.State = "Data freshness", "history", "public", ".freshet"
	c.decode(b, &c.top)
	var err error
	if c.rules.Zone, err = time.LoadLocation(c.top.Timezone); err != nil || c.top.Timezone == "Local" {
		c.wrong(b, "timezone", fmt.Sprintf("must be a zone such as \"America/New_York\", is %q", c.top.Timezone))
		c.rules.Zone = time.UTC
	}
	if c.top.Schedule != "" && !gronx.IsValid(c.top.Schedule) {
		c.wrong(b, "schedule", fmt.Sprintf("must be five fields of cron such as \"0 * * * *\", is %q", c.top.Schedule))
		c.top.Schedule = ""
	}
	if u, err := url.Parse(c.top.BaseURL); c.top.BaseURL != "" && (err != nil || u.Host == "") {
		c.wrong(b, "base_url", fmt.Sprintf("must be an address such as \"https://status.corp.example/\", is %q", c.top.BaseURL))
	}
	for _, pattern := range c.top.Uses {
		if pattern == "" || !doublestar.ValidatePattern(pattern) {
			c.wrong(b, "uses", fmt.Sprintf("must be globs such as \"table:OLD_DB.*\", has %q", pattern))
		}
	}
	for key, dir := range map[string]string{"history": c.top.History, "output": c.top.Output, "state": c.top.State} {
		if dir == "" {
			c.wrong(b, key, "must name a folder")
		}
	}
	if c.top.History != "" && filepath.Clean(c.path(c.top.History)) == filepath.Clean(c.path(c.top.Output)) {
		c.wrong(b, "output", "must not be the folder of the history")
	}
}

// expect is what a [[rule]] and [freshness] say of age.
type expect struct {
	FreshWithin string `toml:"fresh_within"`
	StaleAfter  string `toml:"stale_after"`
}

func (c *config) expect(b block, e expect, by string) freshness.Expect {
	x := freshness.Expect{FreshWithin: c.limit(b, "fresh_within", e.FreshWithin), StaleAfter: c.limit(b, "stale_after", e.StaleAfter), By: by}
	if x.Inverted() {
		c.wrong(b, "stale_after", fmt.Sprintf("must not be less than fresh_within, is %q and %q", e.StaleAfter, e.FreshWithin))
	}
	return x
}

func (c *config) limit(b block, key, text string) freshness.Limit {
	l, err := freshness.ParseLimit(text)
	if err != nil {
		c.wrong(b, key, err.Error())
	}
	return l
}

func (c *config) readLimits(blocks []block) {
	limits, at := expect{"today", "100d"}, block{blockName: blockName{table: "freshness"}}
	for _, b := range blocks {
		at = b
		c.decode(b, &limits)
	}
	c.rules.Default = c.expect(at, limits, "default")
}

func (c *config) readRule(b block) {
	var rule struct {
		Match  string `toml:"match"`
		Expect string `toml:"expect"`
		Every  string `toml:"every"`
		Cron   string `toml:"cron"`
		Owner  string `toml:"owner"`
		expect
	}
	read := c.decode(b, &rule)
	if read && (rule.Match == "" || !doublestar.ValidatePattern(rule.Match)) {
		c.wrong(b, "match", `must be a glob such as "table:RAW.*"`)
	}
	if rule.Expect != "" && rule.Expect != "static" && rule.Expect != "learned" {
		c.wrong(b, "expect", fmt.Sprintf("must be \"static\" or \"learned\", is %q", rule.Expect))
	}
	e := c.expect(b, rule.expect, "rule "+rule.Match)
	e.Static, e.Learned = rule.Expect == "static", rule.Expect == "learned"
	e.Cadence = c.cadence(b, rule.Every, rule.Cron)
	said := []string{}
	for _, key := range []struct{ name, value string }{{"expect", rule.Expect}, {"every", rule.Every}, {"cron", rule.Cron}, {"fresh_within", rule.FreshWithin + rule.StaleAfter}} {
		if key.value != "" {
			said = append(said, key.name)
		}
	}
	switch {
	case len(said) > 1:
		c.wrong(b, said[0], fmt.Sprintf("what is expected is one choice, and %s are several: expect, every, cron, or the limits fresh_within and stale_after", strings.Join(said, " and ")))
	case read && len(said) == 0 && rule.Owner == "":
		c.wrong(b, "match", "the rule says nothing: expect, every, cron, fresh_within, stale_after or owner is missing")
	}
	c.ruleLines = append(c.ruleLines, c.line(b, "match"))
	c.rules.Rules = append(c.rules.Rules, freshness.Rule{Match: rule.Match, Expect: e, Owner: rule.Owner})
}

// readMove reads what is known under another name today.
func (c *config) readMove(b block) {
	var move struct {
		From string `toml:"from"`
		To   string `toml:"to"`
	}
	if !c.decode(b, &move) {
		return
	}
	kind := func(id string) string { k, _, _ := strings.Cut(id, ":"); return k }
	faults := len(c.faults)
	for _, id := range []struct{ key, id string }{{"from", move.From}, {"to", move.To}} {
		if _, place, named := strings.Cut(id.id, ":"); !named || place == "" {
			c.wrong(b, id.key, fmt.Sprintf("must be an id such as \"table:RAW.ERP.GL\", or \"source:dbt\", is %q", id.id))
		}
	}
	switch {
	case len(c.faults) > faults:
		return
	case kind(move.From) != kind(move.To):
		c.wrong(b, "to", fmt.Sprintf("must be of the same kind as from, is %q and %q", move.To, move.From))
	case move.From == move.To:
		c.wrong(b, "to", "is from")
	}
	c.rules.Moves = append(c.rules.Moves, freshness.Move{From: sources.ID(move.From), To: sources.ID(move.To)})
}

// cadence reads on which days data is due; nil where nothing is said.
func (c *config) cadence(b block, every, cron string) (cadence *freshness.Cadence) {
	var err error
	if cron != "" {
		if cadence, err = freshness.ParseCron(cron); err != nil {
			c.wrong(b, "cron", err.Error())
		}
	}
	if every != "" {
		if cadence, err = freshness.ParseEvery(every); err != nil {
			c.wrong(b, "every", err.Error())
		}
	}
	return cadence
}

// common is what every source has.
type common struct {
	Type          string `toml:"type"`
	Name          string `toml:"name"`
	LookWithin    string `toml:"look_within"`
	Deadline      string `toml:"deadline"`
	Namespace     string `toml:"namespace"`
	NaiveTimezone string `toml:"naive_timezone"`
}

// readSource reads what every source has, and leaves the rest to its package.
func (c *config) readSource(b block) {
	var s common
	if !c.decode(b.pick("type", "name", "look_within", "deadline", "namespace", "naive_timezone"), &s) {
		return // what else is wrong with it cannot be told apart
	}
	open := known[s.Type]
	if open == nil {
		types := slices.Sorted(maps.Keys(known))
		c.wrong(b, "type", fmt.Sprintf("must be %s, is %q", strings.Join(types, " or "), s.Type))
		return
	}
	section := open()
	if c.decode(b, section) {
		for _, f := range section.Faults() {
			c.wrong(b, f.Key, f.Says)
		}
	}
	c.add(b, s, section)
}

// add opens a source under a name that no other source has.
func (c *config) add(b block, s common, section sources.Config) {
	name := cmp.Or(s.Name, s.Type)
	if _, taken := c.rules.LookWithin[name]; taken {
		c.wrong(b, "name", fmt.Sprintf("%q is the name of another source", name))
	}
	if strings.ContainsAny(name, "/: \t\"") {
		c.wrong(b, "name", fmt.Sprintf("must be a word, is %q", name))
	}
	zone, err := time.LoadLocation(s.NaiveTimezone)
	if err != nil {
		c.wrong(b, "naive_timezone", fmt.Sprintf("must be a zone such as \"America/New_York\", is %q", s.NaiveTimezone))
	}
	c.rules.LookWithin[name] = c.duration(b, "look_within", s.LookWithin, 0)
	c.stops = append(c.stops, sources.Stop{
		Source:   section.Open(sources.Setting{Name: name, Dir: c.dir(), State: c.path(c.top.State), Env: c.getenv, Namespace: s.Namespace, Zone: zone, Clock: c.tells}),
		Type:     s.Type,
		Deadline: c.duration(b, "deadline", s.Deadline, 10*time.Minute),
	})
}

// readKeep reads where statuses are written back.
func (c *config) readKeep(b block) {
	k := struct {
		Source string `toml:"source"`
		Table  string `toml:"table"`
		Mode   string `toml:"mode"`
	}{Mode: "merge"}
	if !c.decode(b, &k) {
		return
	}
	if k.Mode != "merge" && k.Mode != "append" {
		c.wrong(b, "mode", fmt.Sprintf("must be \"merge\", one row an asset, or \"append\", one an asset and run, is %q", k.Mode))
	}
	if strings.Count(k.Table, ".") < 2 {
		c.wrong(b, "table", fmt.Sprintf("must be DATABASE.SCHEMA.TABLE, is %q", k.Table))
	}
	for _, stop := range c.stops {
		if writer, ok := stop.Source.(sources.Writer); ok && stop.Name() == k.Source {
			c.keep = &generator.Keep{Writer: writer, Table: k.Table, Merge: k.Mode == "merge"}
			return
		}
	}
	c.wrong(b, "source", fmt.Sprintf("must name a source that keeps tables, such as one of type snowflake, is %q", k.Source))
}

// duration reads an elapsed time; without one it is usual.
func (c *config) duration(b block, key, text string, usual time.Duration) time.Duration {
	if text == "" {
		return usual
	}
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 {
		c.wrong(b, key, fmt.Sprintf("must be an elapsed time such as \"36h\", is %q", text))
	}
	return d
}

// tells is the time, that of the day which is replayed while one is.
func (c *config) tells() time.Time {
	if c.replayed != nil {
		return c.replayed()
	}
	return c.clock()
}

// getenv is the environment, as the replay of a company may change it.
func (c *config) getenv(name string) string {
	if v, played := c.played[name]; played {
		return v
	}
	return c.env(name)
}

func (c *config) dir() string { return filepath.Dir(c.file) }

// path resolves a path of site.toml.
func (c *config) path(p string) string { return sources.Setting{Dir: c.dir()}.Path(p) }

// info is what the site says beside a report of the moment at. Without a
// schedule nobody can say when a page is old.
func (c *config) info(at time.Time) site.Info {
	i := site.Info{Title: c.top.Title, BuiltBy: version}
	if c.top.Schedule == "" {
		return i
	}
	next, err := gronx.NextTickAfter(c.top.Schedule, at.In(c.rules.Zone), false)
	if err != nil {
		return i
	}
	if second, err := gronx.NextTickAfter(c.top.Schedule, next, false); err == nil {
		i.NextRun, i.Expires = next, second
	}
	return i
}

// generator connects the parts. It is the only place where they meet.
func (c *config) generator(clock func() time.Time) *generator.Generator {
	return &generator.Generator{Stops: c.stops, History: history.Open(c.path(c.top.History)), Rules: c.rules, Clock: clock}
}
