package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestRunsAtOnceLeaveOneWholeSite starts runs and builds of one site at once. Each ends well or says that another is at
// work, and what is up in the end is one whole site: that of a build of the history.
func TestRunsAtOnceLeaveOneWholeSite(t *testing.T) {
	dir := t.TempDir()
	config := "[[source]]\ntype = \"command\"\ncommand = [\"sh\", \"-c\", \"sleep 0.05; cat lines.jsonl\"]\n"
	var lines strings.Builder
	for i := range 40 {
		fmt.Fprintf(&lines, "{\"asset\":\"table:A.B.T%02d\",\"kind\":\"table\",\"loaded\":\"2026-08-22T05:00:00Z\",\"checked\":\"2026-08-22T06:00:00Z\"}\n", i)
	}
	for name, text := range map[string]string{"site.toml": config, "lines.jsonl": lines.String()} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	start := time.Date(2026, 8, 22, 9, 0, 0, 0, time.UTC)
	runIn(t, dir, start, "run")
	var wg sync.WaitGroup
	var lock sync.Mutex
	ended := make(map[string]int)
	count := func(command string, status int, said string) {
		lock.Lock()
		defer lock.Unlock()
		switch {
		case status == exitOK:
			ended["well"]++
		case strings.Contains(said, "in use by another run of freshet"):
			ended["in use"]++
		default:
			t.Errorf("%s at once with others: got exit status %d, want %d: %s", command, status, exitOK, said)
		}
	}
	for worker := range 4 {
		wg.Go(func() {
			for i := range 6 {
				command := []string{"run", "build", "scrape"}[(worker+i)%3]
				status, said := runIn(t, dir, start.Add(time.Duration(1+worker+4*i)*time.Hour), command)
				count(command, status, said)
			}
		})
	}
	wg.Wait()
	if ended["well"] == 0 || ended["in use"] == 0 {
		t.Errorf("commands at once: got %v, want some that ended well and some that found it in use", ended)
	}
	if status, said := runIn(t, dir, start, "verify"); status != exitOK {
		t.Errorf("verify: got exit status %d, want %d: %s", status, exitOK, said)
	}
	compareWithBuild(t, dir)
}

// runIn runs a command in a folder, with PATH as its environment, and returns the exit status and what was printed.
func runIn(t *testing.T, dir string, now time.Time, command string) (status int, said string) {
	t.Helper()
	var printed bytes.Buffer
	args := []string{command, "--config", filepath.Join(dir, "site.toml"), "--now", now.Format(time.RFC3339)}
	env := func(name string) string { return map[string]string{"PATH": os.Getenv("PATH")}[name] }
	status = runMain(context.Background(), args, nil, &printed, &printed, env, time.Now)
	return status, printed.String()
}

// compareWithBuild compares the site that is up with a new build of the moment that it claims.
func compareWithBuild(t *testing.T, dir string) {
	t.Helper()
	public := filepath.Join(dir, "public")
	before := readFiles(t, public)
	_, claimed, _ := strings.Cut(string(before["now.js"]), `"asOf": "`)
	at, err := time.Parse(time.RFC3339, claimed[:len("2026-08-22T09:00:00Z")])
	if err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(public); err != nil {
		t.Fatal(err)
	}
	if status, said := runIn(t, dir, at, "build"); status != exitOK {
		t.Fatalf("build: got exit status %d, want %d: %s", status, exitOK, said)
	}
	after := readFiles(t, public)
	for name, text := range after {
		if !bytes.Equal(text, before[name]) {
			t.Errorf("%s: got other bytes than those of a build of %v", name, at)
		}
	}
	if len(before) != len(after) {
		t.Errorf("files of the site: got %d, want %d", len(before), len(after))
	}
}

// readFiles returns all files of a folder, by path.
func readFiles(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	files := make(map[string][]byte)
	err := filepath.Walk(dir, func(path string, info os.FileInfo, err error) error {
		if err != nil || info.IsDir() {
			return err
		}
		name, _ := filepath.Rel(dir, path)
		files[filepath.ToSlash(name)], err = os.ReadFile(path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}
