package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"
)

// mishaps are the lines of the demo's script by which something goes wrong.
var mishaps = regexp.MustCompile(`(?m)^(away|skips|ahead|fails|stopped|commented|failing|test_failing|error   = "|removed) .*$`)

// healthy is the demo's company without its incidents, in a folder of its own.
func healthy(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for from, to := range map[string]string{
		"../../site.toml":     "site.toml",
		"demo/tidewater.toml": "cmd/freshet/demo/tidewater.toml",
	} {
		text, err := os.ReadFile(from)
		if err != nil {
			t.Fatal(err)
		}
		if to != "site.toml" {
			text = bytes.ReplaceAll(mishaps.ReplaceAll(text, nil), []byte(`loads   = "never"`), []byte(`loads   = "daily"`))
		}
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, to)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, to), text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestNothingNeedsAttentionInAHealthyCompany reads the first page at every hour at
// which somebody may open it: before the loads of the night, between them, after
// them, and late in the evening. What waits is told as waiting.
func TestNothingNeedsAttentionInAHealthyCompany(t *testing.T) {
	dir := healthy(t)
	for _, at := range []struct {
		local   string
		command []string
	}{
		{"2026-08-21T12:00:00-04:00", []string{"run", "--now"}},
		{"2026-08-21T23:59:00-04:00", []string{"build", "--as-of"}},
		{"2026-08-22T01:00:00-04:00", []string{"build", "--as-of"}},
		{"2026-08-22T05:00:00-04:00", []string{"run", "--now"}},
		{"2026-08-22T09:00:00-04:00", []string{"run", "--now"}},
		{"2026-08-24T01:00:00-04:00", []string{"run", "--now"}},
	} {
		var said bytes.Buffer
		args := append(at.command, at.local, "--quiet", "--config", filepath.Join(dir, "site.toml"))
		if status := runMain(context.Background(), args, nil, &said, &said, func(string) string {
			return ""
		}, time.Now); status != exitOK {
			t.Fatalf("%s: got exit status %d, want %d: %s", at.local, status, exitOK, said.String())
		}
		data, err := os.ReadFile(filepath.Join(dir, "public", "api", "v1", "summary.json"))
		if err != nil {
			t.Fatal(err)
		}
		var s struct {
			Attention []struct{ Cause, Says string }
			Tiles     map[string]int
		}
		if err := json.Unmarshal(data, &s); err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: tiles %v", at.local, s.Tiles)
		for _, row := range s.Attention {
			t.Errorf("%s: got the root cause %s: %s; want none", at.local, row.Cause, row.Says)
		}
	}
}
