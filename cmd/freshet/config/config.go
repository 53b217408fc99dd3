// Package config reads site.toml strictly: every key is known, every fault has a line, and the
// sources, rules and folders it names are ready to use.
package config

import (
	"cmp"
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/adhocore/gronx"
	"github.com/bmatcuk/doublestar/v4"

	"github.com/freshet-status/freshet/generator"
	"github.com/freshet-status/freshet/generator/expect"
	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/generator/history"
	"github.com/freshet-status/freshet/generator/lineage"
	"github.com/freshet-status/freshet/generator/site"
	"github.com/freshet-status/freshet/generator/words"
	"github.com/freshet-status/freshet/sources"
	"github.com/freshet-status/freshet/sources/command"
	"github.com/freshet-status/freshet/sources/dbt"
	"github.com/freshet-status/freshet/sources/dbt/platform"
	"github.com/freshet-status/freshet/sources/looker"
	"github.com/freshet-status/freshet/sources/snowflake"
)

// SourceTypes maps each value of the key type to a function that returns an empty configuration
// of that source. To add a source, add its package and one line here.
var SourceTypes = map[string]func() sources.Config{
	"command":      func() sources.Config { return new(command.Config) },
	"dbt":          func() sources.Config { return new(dbt.Config) },
	"dbt-platform": func() sources.Config { return new(platform.Config) },
	"looker":       func() sources.Config { return new(looker.Config) },
	"snowflake":    func() sources.Config { return new(snowflake.Config) },
}

// canonicalLink returns the same text for every link to one dashboard, whatever type of source
// knows it; "" for other links.
func canonicalLink(link string) string {
	for _, name := range slices.Sorted(maps.Keys(SourceTypes)) {
		linker, ok := SourceTypes[name]().(sources.Linker)
		if !ok {
			continue
		}
		if canonical := linker.CanonicalLink(link); canonical != "" {
			return canonical
		}
	}
	return ""
}

// warehouseTypes returns the types of sources that decide which relations exist.
func warehouseTypes() map[string]bool {
	types := make(map[string]bool)
	for name, newConfig := range SourceTypes {
		warehouse, ok := newConfig().(sources.Warehouse)
		types[name] = ok && warehouse.DecidesWhatExists()
	}
	return types
}

// A Config is the checked content of site.toml.
type Config struct {
	document
	host        Host
	Rules       freshness.Rules
	RuleLines   []int
	Targets     []sources.VisitTarget
	StatusTable *generator.WriteBackTarget // nil without [write_back]
	Replay      ReplayKeys
	Settings    SettingKeys
}

// A SettingKeys holds the top-level keys.
type SettingKeys struct {
	Title    string   `toml:"title"`
	Timezone string   `toml:"timezone"`
	History  string   `toml:"history"`  // folder, under version control
	Output   string   `toml:"output"`   // folder, may be deleted at any time
	State    string   `toml:"state"`    // folder of caches, may be deleted at any time
	Schedule string   `toml:"schedule"` // when runs are expected, in five cron fields
	Uses     []string `toml:"uses"`     // globs of tables whose readers get a page
}

// A Host is what the sources may know of the machine and the process.
type Host struct {
	Env     func(string) string
	Clock   func() time.Time
	Secrets *sources.Secrets // takes every secret that a source reads; may be nil
}

// ReadFile reads and checks site.toml. Its error lists every fault with its line. The sources
// that it opens use host.
func ReadFile(file string, host Host) (*Config, error) {
	c := &Config{host: host}
	c.Rules.CheckedWithin = make(map[string]time.Duration)
	c.Rules.Warehouses = warehouseTypes()
	c.Rules.CanonicalLink = canonicalLink
	top, err := c.parseFile(file)
	if err != nil {
		return nil, err
	}
	limits := c.takeTables(top, "freshness")
	rules := c.takeTables(top, "rule")
	srcs := c.takeTables(top, "source")
	replays := c.takeTables(top, "replay")
	keeps := c.takeTables(top, "write_back")
	moves := c.takeTables(top, "moved")
	c.readSettings(top)
	c.readDefaults(limits)
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
		c.readWriteBack(b)
	}
	for _, b := range replays {
		c.readReplay(b)
	}
	if len(srcs) == 0 {
		c.addFault(top, "source", `required, such as a [[source]] with type = "dbt"`)
	}
	return c, c.joinFaults()
}

// readSettings reads the top-level keys and sets their defaults.
func (c *Config) readSettings(b block) {
	c.Settings.Title = "Data freshness"
	c.Settings.History = "history"
	c.Settings.Output = "public"
	c.Settings.State = ".freshet"
	if _, set := b.keys["base_url"]; set {
		c.addFault(b, "base_url", "not supported yet")
		delete(b.keys, "base_url")
	}
	c.decodeBlock(b, &c.Settings)
	var err error
	c.Rules.Zone, err = time.LoadLocation(c.Settings.Timezone)
	if err != nil || c.Settings.Timezone == "Local" {
		c.addFault(b, "timezone", fmt.Sprintf("must be a time zone such as \"America/New_York\" (got %q)", c.Settings.Timezone))
		c.Rules.Zone = time.UTC
	}
	if c.Settings.Schedule != "" && !gronx.IsValid(c.Settings.Schedule) {
		c.addFault(b, "schedule", fmt.Sprintf("must be five cron fields such as \"0 * * * *\" (got %q)", c.Settings.Schedule))
		c.Settings.Schedule = ""
	}
	for _, pattern := range c.Settings.Uses {
		if pattern == "" || !doublestar.ValidatePattern(pattern) {
			c.addFault(b, "uses", fmt.Sprintf("must be globs such as \"table:OLD_DB.*\" (got %q)", pattern))
		}
	}
	c.checkFolders(b)
}

// sourceName matches the names of sources. They are in ids, and name folders below state.
var sourceName = regexp.MustCompile(`^[\p{L}\p{N}_][\p{L}\p{M}\p{N}_.-]*$`)

// An AgeLimits holds the keys for age limits that [freshness] and [[rule]] share.
type AgeLimits struct {
	FreshWithin string `toml:"fresh_within"`
	StaleAfter  string `toml:"stale_after"`
}

// parseAgeLimits returns the limits of e as an expectation. by says who set them, such as
// "default".
func (c *Config) parseAgeLimits(b block, e AgeLimits, by string) expect.Expectation {
	x := expect.Expectation{
		FreshWithin: c.parseLimit(b, "fresh_within", e.FreshWithin),
		StaleAfter:  c.parseLimit(b, "stale_after", e.StaleAfter),
		SetBy:       by,
	}
	if x.HasInvertedLimits() {
		c.addFault(
			b,
			"stale_after",
			fmt.Sprintf("must not be less than fresh_within, %q (got %q)", e.FreshWithin, e.StaleAfter),
		)
	}
	return x
}

// parseLimit parses the age limit of one key, and adds a fault if it is invalid.
func (c *Config) parseLimit(b block, key, text string) expect.Limit {
	l, err := expect.ParseLimit(text)
	if err != nil {
		c.addFault(b, key, err.Error())
	}
	return l
}

// readDefaults reads [freshness], the limits of assets that no rule matches: without it, fresh
// today and stale after 100 days.
func (c *Config) readDefaults(blocks []block) {
	limits := AgeLimits{FreshWithin: "today", StaleAfter: "100d"}
	at := block{blockName: blockName{table: "freshness"}}
	for _, b := range blocks {
		at = b
		c.decodeBlock(b, &limits)
	}
	c.Rules.Default = c.parseAgeLimits(at, limits, "default")
}

// A RuleKeys holds the keys of [[rule]].
type RuleKeys struct {
	Match  string `toml:"match"`
	Expect string `toml:"expect"`
	Every  string `toml:"every"`
	Cron   string `toml:"cron"`
	Owner  string `toml:"owner"`
	AgeLimits
}

// readRule reads a [[rule]]: what is expected of the assets that match, in one way only, or who
// owns them.
func (c *Config) readRule(b block) {
	var rule RuleKeys
	read := c.decodeBlock(b, &rule)
	switch {
	case !read:
	case rule.Match == "":
		c.addFault(b, "match", `required, such as "table:RAW.*"`)
	case !doublestar.ValidatePattern(rule.Match):
		c.addFault(b, "match", fmt.Sprintf("must be a glob such as \"table:RAW.*\" (got %q)", rule.Match))
	}
	if rule.Expect != "" && rule.Expect != "static" && rule.Expect != "learned" {
		c.addFault(b, "expect", fmt.Sprintf("must be \"static\" or \"learned\" (got %q)", rule.Expect))
	}
	e := c.parseAgeLimits(b, rule.AgeLimits, "rule "+rule.Match)
	e.Static = rule.Expect == "static"
	e.Learned = rule.Expect == "learned"
	e.Cadence = c.parseCadence(b, rule.Every, rule.Cron)
	choices := []string{}
	for _, key := range []struct{ name, value string }{
		{"expect", rule.Expect},
		{"every", rule.Every},
		{"cron", rule.Cron},
		{"fresh_within/stale_after", rule.FreshWithin + rule.StaleAfter},
	} {
		if key.value != "" {
			choices = append(choices, key.name)
		}
	}
	switch {
	case len(choices) > 1:
		c.addFault(b, choices[0], "use only one of "+strings.Join(choices, ", "))
	case read && len(choices) == 0 && rule.Owner == "":
		c.addFault(b, "match", "rule has no effect: set expect, every, cron, fresh_within, stale_after or owner")
	}
	c.RuleLines = append(c.RuleLines, c.lineOf(b, "match"))
	c.Rules.Rules = append(c.Rules.Rules, expect.Rule{Match: rule.Match, Expect: e, Owner: rule.Owner})
}

// A MoveKeys holds the keys of [[moved]].
type MoveKeys struct {
	From string `toml:"from"`
	To   string `toml:"to"`
}

// readMove reads a [[moved]]: the old and the new id of an asset, or of a source, which must be
// of the same kind.
func (c *Config) readMove(b block) {
	var move MoveKeys
	if !c.decodeBlock(b, &move) {
		return
	}
	kind := func(id string) string { k, _, _ := strings.Cut(id, ":"); return k }
	faults := len(c.faults)
	for _, id := range []struct{ key, id string }{{"from", move.From}, {"to", move.To}} {
		if _, place, named := strings.Cut(id.id, ":"); !named || place == "" {
			c.addFault(b, id.key, fmt.Sprintf("must be an id such as \"table:RAW.ERP.GL\" or \"source:dbt\" (got %q)", id.id))
		}
	}
	switch {
	case len(c.faults) > faults:
		return
	case kind(move.From) != kind(move.To):
		c.addFault(b, "to", fmt.Sprintf("must be of the same kind as from, %q (got %q)", move.From, move.To))
	case move.From == move.To:
		c.addFault(b, "to", fmt.Sprintf("must not be the same as from (got %q)", move.To))
	}
	c.Rules.Moves = append(c.Rules.Moves, lineage.Move{From: sources.ID(move.From), To: sources.ID(move.To)})
}

// parseCadence returns the days on which data is due, from the key every or cron, or nil if
// neither is set.
func (c *Config) parseCadence(b block, every, cron string) (cadence *expect.Cadence) {
	var err error
	if cron != "" {
		cadence, err = expect.ParseCron(cron)
		if err != nil {
			c.addFault(b, "cron", err.Error())
		}
	}
	if every != "" {
		cadence, err = expect.ParseEvery(every)
		if err != nil {
			c.addFault(b, "every", err.Error())
		}
	}
	return cadence
}

// A SourceKeys holds the keys of [[source]] that every type of source has.
type SourceKeys struct {
	Type          string `toml:"type"`
	Name          string `toml:"name"`
	CheckedWithin string `toml:"checked_within"`
	Deadline      string `toml:"deadline"`
	Namespace     string `toml:"namespace"`
	NaiveTimezone string `toml:"naive_timezone"`
}

// readSource reads a [[source]]. The keys that only its type has are decoded into the
// configuration of that type.
func (c *Config) readSource(b block) {
	var s SourceKeys
	if !c.decodeBlock(b.takeKeys("type", "name", "checked_within", "deadline", "namespace", "naive_timezone"), &s) {
		return // the other keys cannot be checked
	}
	open := SourceTypes[s.Type]
	if open == nil {
		types := slices.Sorted(maps.Keys(SourceTypes))
		c.addFault(
			b,
			"type",
			fmt.Sprintf(
				"must be %s (got %q)\nhint: other warehouses work through dbt artifacts: use type = \"dbt\"",
				words.JoinOr(types),
				s.Type,
			),
		)
		return
	}
	section := open()
	if c.decodeBlock(b, section) {
		for _, f := range section.Faults() {
			c.addFault(b, f.Key, f.Says)
		}
	}
	c.addSource(b, s, section)
}

// addSource opens the source of section and adds it to the targets. Its name defaults to its
// type and must be one word that no other source has.
func (c *Config) addSource(b block, s SourceKeys, section sources.Config) {
	name := cmp.Or(s.Name, s.Type)
	if _, taken := c.Rules.CheckedWithin[name]; taken {
		c.addFault(b, "name", fmt.Sprintf("must differ from the other sources (got %q)", name))
	}
	if !sourceName.MatchString(name) {
		c.addFault(b, "name", fmt.Sprintf("must be one word of letters, digits, \"_\", \"-\" and \".\" (got %q)", name))
	}
	zone, err := time.LoadLocation(s.NaiveTimezone)
	if err != nil {
		c.addFault(
			b,
			"naive_timezone",
			fmt.Sprintf("must be a time zone such as \"America/New_York\" (got %q)", s.NaiveTimezone),
		)
	}
	c.Rules.CheckedWithin[name] = c.parseDuration(b, "checked_within", s.CheckedWithin, 0)
	c.Targets = append(c.Targets, sources.VisitTarget{
		Source: section.Open(
			sources.Setting{
				Name:      name,
				Dir:       c.configDir(),
				State:     c.ResolvePath(c.Settings.State),
				Env:       c.host.Env,
				Secrets:   c.host.Secrets,
				Namespace: s.Namespace,
				Zone:      zone,
				Now:       c.host.Clock,

				LongestLimit: c.longestLimit(),
			},
		),
		Type:     s.Type,
		Deadline: c.parseDuration(b, "deadline", s.Deadline, 10*time.Minute),
	})
}

// longestLimit returns the longest age that the default limits and the rules allow before data is
// stale; 0 if they set none.
func (c *Config) longestLimit() (longest time.Duration) {
	expectations := []expect.Expectation{c.Rules.Default}
	for _, rule := range c.Rules.Rules {
		expectations = append(expectations, rule.Expect)
	}
	for _, e := range expectations {
		if age, isSet := e.StaleAfter.LongestAge(); isSet {
			longest = max(longest, age)
		}
	}
	return longest
}

// A WriteBackKeys holds the keys of [write_back].
type WriteBackKeys struct {
	Source string `toml:"source"`
	Table  string `toml:"table"`
	Mode   string `toml:"mode"`
}

// readWriteBack reads [write_back]: the source, the table and the mode in which statuses are
// written. The source must be able to write tables.
func (c *Config) readWriteBack(b block) {
	k := WriteBackKeys{Mode: "merge"}
	if !c.decodeBlock(b, &k) {
		return
	}
	if k.Mode != "merge" && k.Mode != "append" {
		c.addFault(
			b,
			"mode",
			fmt.Sprintf("must be \"merge\", one row per asset, or \"append\", one row per asset and run (got %q)", k.Mode),
		)
	}
	if len(sources.DialectOf("snowflake").ParseRelation(k.Table)) != 3 {
		c.addFault(b, "table", fmt.Sprintf("must be DATABASE.SCHEMA.TABLE (got %q)", k.Table))
	}
	for _, target := range c.Targets {
		if writer, ok := target.Source.(sources.StatusWriter); ok && target.Name() == k.Source {
			c.StatusTable = &generator.WriteBackTarget{Writer: writer, Table: k.Table, Merge: k.Mode == "merge"}
			return
		}
	}
	c.addFault(b, "source", fmt.Sprintf("must be the name of a source of type snowflake (got %q)", k.Source))
}

// parseDuration parses an elapsed time such as "36h". It returns fallback if text is empty, and
// adds a fault if it is invalid or not positive.
func (c *Config) parseDuration(b block, key, text string, fallback time.Duration) time.Duration {
	if text == "" {
		return fallback
	}
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 {
		c.addFault(b, key, fmt.Sprintf("must be an elapsed time such as \"36h\" (got %q)", text))
	}
	return d
}

// configDir returns the folder of site.toml.
func (c *Config) configDir() string { return filepath.Dir(c.file) }

// File returns the path of site.toml as it was given.
func (c *Config) File() string { return c.file }

// ResolvePath returns a path of site.toml relative to its folder; an absolute path stays as it
// is.
func (c *Config) ResolvePath(p string) string {
	return sources.Setting{Dir: c.configDir()}.ResolvePath(p)
}

// BaseInfo returns the title and the version for the pages of a report of the moment at. With a
// schedule it adds the next run, and the run after it, at which a page that was not replaced is
// out of date.
func (c *Config) BaseInfo(at time.Time, version string) site.Info {
	i := site.Info{Title: c.Settings.Title, BuiltBy: version}
	if c.Settings.Schedule == "" {
		return i
	}
	next, err := gronx.NextTickAfter(c.Settings.Schedule, at.In(c.Rules.Zone), false)
	if err != nil {
		return i
	}
	if second, err := gronx.NextTickAfter(c.Settings.Schedule, next, false); err == nil {
		i.NextRun = next
		i.Expires = second
	}
	return i
}

// NewGenerator returns a generator with the sources, the history and the rules of site.toml. It
// is the only place where they are connected.
func (c *Config) NewGenerator(clock func() time.Time) *generator.Generator {
	return &generator.Generator{
		Targets: c.Targets,
		History: history.Open(c.ResolvePath(c.Settings.History)),
		Rules:   c.Rules,
		Clock:   clock,
	}
}
