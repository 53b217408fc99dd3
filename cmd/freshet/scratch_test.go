package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	snowflake "github.com/freshet-status/freshet/sources/snowflake/standin"
)

// TestARebuildOfADerivedTableIsNoChange visits the company on two days. In between Looker rebuilds a
// derived table: the old scratch table is dropped, and Snowflake lists a new one.
func TestARebuildOfADerivedTableIsNoChange(t *testing.T) {
	for name, tt := range map[string]struct{ first, second string }{
		"under a name with a dollar sign":    {"LR$ZKWYB1763531790092_FACTS", "LR$ZKOFX1763618190092_FACTS"},
		"under a name without a dollar sign": {"LR_ZKWYB1763531790092_FACTS", "LR_ZKOFX1763618190092_FACTS"},
		"of which no tile tells":             {"LR$ZKWYB1763531790092_OTHER", "LR$ZKOFX1763618190092_OTHER"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			c := new(company)
			c.open(t)
			c.configure(t, dir, "")
			for day, table := range []string{tt.first, tt.second} {
				c.dawn(time.Date(2026, 8, 21+day, 0, 0, 0, 0, time.UTC))
				c.rebuild(table)
				if exit, said := c.visit(dir); exit != exitOK {
					t.Fatalf("run of day %d: got exit status %d, want %d: %s", day, exit, exitOK, said)
				}
			}
			for _, line := range changesOf(t, dir, "2026-08-22") {
				if !strings.Contains(line, `"what":"run"`) {
					t.Errorf("changes after the rebuild: got %s, want only the line of the run", line)
				}
			}
			assets := assetsOf(t, dir)
			if !strings.Contains(assets, `"upstream":["pdt:looker/shop::facts"]`) {
				t.Error("assets: got no tile that reads pdt:looker/shop::facts alone, want one")
			}
			if strings.Contains(assets, tt.second) {
				t.Errorf("assets: got the scratch table %s, want none", tt.second)
			}
		})
	}
}

// rebuild lets a tile read the derived table facts, and Snowflake list a table of the scratch schema
// that was created this morning.
func (c *company) rebuild(table string) {
	c.derive("SELECT * FROM ANALYTICS.SCRATCH.LR$ZKWYB1763531790092_facts")
	created := c.at(6)
	c.tables = [][]any{
		snowflake.TableRow("ANALYTICS", "SCRATCH", table, "BASE TABLE", 7, created, created, created),
	}
}

// changesOf returns the lines of the changes record of a day.
func changesOf(t *testing.T, dir, day string) []string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "history", "changes", day+".jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(string(data)), "\n")
}

// assetsOf returns api/v1/assets.jsonl of the site.
func assetsOf(t *testing.T, dir string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "public", "api", "v1", "assets.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
