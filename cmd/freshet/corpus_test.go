package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/freshet-status/freshet/sources/sourcetest"
)

// TestCorpus runs freshet on real artifacts: it makes a site of all that can be
// read, and says of the rest what is wrong.
func TestCorpus(t *testing.T) {
	for _, dir := range sourcetest.CorpusFolders(t, "dbt") {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			site := t.TempDir()
			config := fmt.Sprintf("[[source]]\ntype = \"dbt\"\nartifacts = [%q, %q]\n", dir, dir+"/series/*")
			if err := os.WriteFile(filepath.Join(site, "site.toml"), []byte(config), 0o644); err != nil {
				t.Fatal(err)
			}
			var stdout, stderr bytes.Buffer
			args := []string{"run", "--config", filepath.Join(site, "site.toml"), "--now", "2026-11-24T12:00:00Z"}
			status := runMain(context.Background(), args, nil, &stdout, &stderr, func(string) string { return "" }, time.Now)
			t.Logf("exit status %d\n%s%s", status, stdout.String(), stderr.String())
			if _, err := os.Stat(filepath.Join(site, "public", "index.html")); err != nil {
				t.Errorf("index.html: got %v, want a page", err)
			}
			if status != exitOK && (status != exitPartial || !strings.Contains(stderr.String(), ".json")) {
				t.Errorf("exit status: got %d, want %d, or %d with a file named", status, exitOK, exitPartial)
			}
		})
	}
}
