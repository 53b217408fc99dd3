package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// lastFiles are the files of a site that claim its moment.
var lastFiles = []string{"index.html", "api/v1/summary.json", "now.js"}

// A killBench is a company whose runs are killed.
type killBench struct {
	base    string            // folder with the history and the site of a first run
	control map[string][]byte // all files after the second run, that nothing killed
	took    time.Duration     // of the second run
}

// The moments of the two runs.
const (
	firstRun  = "2026-08-22T09:00:00Z"
	secondRun = "2026-08-23T09:00:00Z"
)

// newKillBench makes the first run, and in another folder the second.
func newKillBench(t *testing.T) *killBench {
	t.Helper()
	b := &killBench{base: t.TempDir()}
	config := "[[source]]\ntype = \"command\"\ncommand = [\"sh\", \"-c\", \"cat lines.jsonl\"]\n"
	var lines strings.Builder
	for i := range 60 {
		fmt.Fprintf(&lines, "{\"asset\":\"table:A.B.T%02d\",\"kind\":\"table\",\"loaded\":\"2026-08-22T05:%02d:00Z\","+
			"\"checked\":\"2026-08-22T06:00:00Z\"}\n", i, i%60)
		fmt.Fprintf(&lines, "{\"asset\":\"tile:command/%d/1\",\"kind\":\"tile\",\"name\":\"T\",\"upstream\":[\"table:A.B.T%02d\"]}\n", i, i)
	}
	for name, text := range map[string]string{"site.toml": config, "lines.jsonl": lines.String()} {
		if err := os.WriteFile(filepath.Join(b.base, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := freshetCommand(b.base, firstRun).CombinedOutput(); err != nil {
		t.Fatalf("first run: got error %v, want none: %s", err, out)
	}
	dir := b.copyBase(t)
	begin := time.Now()
	if out, err := freshetCommand(dir, secondRun).CombinedOutput(); err != nil {
		t.Fatalf("second run: got error %v, want none: %s", err, out)
	}
	b.took = time.Since(begin)
	b.control = readFiles(t, dir)
	return b
}

// freshetCommand returns the command that runs freshet in a folder, in a process of its own.
func freshetCommand(dir, now string) *exec.Cmd {
	cmd := exec.Command(os.Args[0])
	cmd.Args = []string{"freshet", "run", "--quiet", "--config", filepath.Join(dir, "site.toml"), "--now", now}
	cmd.Env = []string{"PATH=" + os.Getenv("PATH")}
	return cmd
}

// copyBase returns a copy of the folder after the first run.
func (b *killBench) copyBase(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "company")
	if err := os.CopyFS(dir, os.DirFS(b.base)); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestAKilledRunLosesAndMixesNothing kills the second run at random moments, 30 times or as often as FRESHET_KILLS says.
// The history must be whole, the site must be of one run or claim to be no newer than the first, and the same run again
// must end where a run ends that nothing killed.
func TestAKilledRunLosesAndMixesNothing(t *testing.T) {
	kills, err := strconv.Atoi(os.Getenv("FRESHET_KILLS"))
	if err != nil {
		kills = 30
	}
	b := newKillBench(t)
	random := rand.New(rand.NewPCG(3, 4))
	ended := make(map[string]int)
	for i := range kills {
		dir := b.copyBase(t)
		delay := time.Duration(random.Int64N(int64(b.took) * 11 / 10))
		ended[killAfter(t, dir, delay)]++
		b.checkSite(t, dir, i)
		if status, said := runIn(t, dir, time.Date(2026, 8, 23, 9, 0, 0, 0, time.UTC), "verify"); status != exitOK {
			t.Errorf("kill %d: verify: got exit status %d, want %d: %s", i, status, exitOK, said)
		}
		if out, err := freshetCommand(dir, secondRun).CombinedOutput(); err != nil {
			t.Errorf("kill %d: the run again: got error %v, want none: %s", i, err, out)
		}
		b.compareWithControl(t, dir, i)
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d runs of %v: %v; every history was whole, every site of one run or no newer than it claimed", kills, b.took, ended)
}

// killAfter starts the second run in a folder, kills it after a while, and returns how far it was.
func killAfter(t *testing.T, dir string, delay time.Duration) string {
	t.Helper()
	cmd := freshetCommand(dir, secondRun)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(delay)
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	text := readFiles(t, dir)
	switch {
	case strings.Contains(string(text["public/now.js"]), secondRun):
		return "killed after the site"
	case text["history/changes/2026-08-23.jsonl"] != nil:
		return "killed while it wrote the site"
	case text["history/observations/2026-08-23.jsonl"] != nil:
		return "killed between the two records"
	default:
		return "killed before the history"
	}
}

// checkSite reports a file that claims the moment of the second run while others are of the first.
func (b *killBench) checkSite(t *testing.T, dir string, kill int) {
	t.Helper()
	files := readFiles(t, dir)
	claims := false
	for _, name := range lastFiles {
		claims = claims || bytes.Equal(files["public/"+name], b.control["public/"+name])
	}
	if !claims {
		return
	}
	for name, text := range b.control {
		isPage := strings.HasPrefix(name, "public/") && !strings.HasSuffix(name, ".freshet-files")
		for _, last := range lastFiles {
			isPage = isPage && name != "public/"+last
		}
		if isPage && !bytes.Equal(files[name], text) {
			t.Errorf("kill %d: got an old %s beside a file that claims the new moment", kill, name)
		}
	}
}

// compareWithControl compares the history and the site of a folder with those that nothing killed.
func (b *killBench) compareWithControl(t *testing.T, dir string, kill int) {
	t.Helper()
	files := readFiles(t, dir)
	for name, text := range b.control {
		if strings.HasPrefix(name, "history/.") || strings.HasPrefix(name, ".freshet/") {
			continue
		}
		if !bytes.Equal(files[name], text) {
			t.Errorf("kill %d: %s after the run again: got other bytes than without the kill", kill, name)
		}
	}
	for name := range files {
		if b.control[name] == nil {
			t.Errorf("kill %d: got %s left, want no such file", kill, name)
		}
	}
}
