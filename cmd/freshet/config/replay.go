package config

// A ReplayKeys holds the keys of [replay]: an invented company whose days are replayed, up to now,
// before the sources are read. Only the demo has one.
type ReplayKeys struct {
	Company string `toml:"company"` // path of the script
	Into    string `toml:"into"`    // folder for the artifacts of each project
}

// readReplay reads [replay].
func (c *Config) readReplay(b block) {
	c.decodeBlock(b, &c.Replay)
	if c.Replay.Company == "" || c.Replay.Into == "" {
		c.addFault(b, "company", "[replay] must have company (a script) and into (a folder)")
	}
}

// IsDemo reports whether site.toml has a [replay].
func (c *Config) IsDemo() bool { return c.Replay.Company != "" }
