package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// countDamages returns how many damaged histories are built, and the seed of them: 300 of seed 1, unless
// FRESHET_DAMAGES and FRESHET_SEED say otherwise.
func countDamages() (count int, seed uint64) {
	count, err := strconv.Atoi(os.Getenv("FRESHET_DAMAGES"))
	if err != nil {
		count = 300
	}
	seed, err = strconv.ParseUint(os.Getenv("FRESHET_SEED"), 10, 64)
	if err != nil {
		seed = 1
	}
	return count, seed
}

// TestADamagedHistoryIsBuiltOrRefused damages one value of one line of a history at a time, so that the line is JSON
// still, and builds the site: that ends well or in an error, never in a panic.
func TestADamagedHistoryIsBuiltOrRefused(t *testing.T) {
	golden := filepath.Join("..", "..", "generator", "history", "testdata", "golden-v1")
	config := "[[source]]\ntype = \"command\"\nname = \"roastery\"\ncommand = [\"true\"]\n" +
		"[[source]]\ntype = \"command\"\nname = \"snowflake\"\ncommand = [\"true\"]\n" +
		"[[source]]\ntype = \"command\"\nname = \"looker\"\ncommand = [\"true\"]\n"
	damages, seed := countDamages()
	random := rand.New(rand.NewPCG(seed, 0))
	ended := make(map[int]int)
	for i := range damages {
		dir := t.TempDir()
		if err := os.CopyFS(filepath.Join(dir, "history"), os.DirFS(golden)); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "site.toml"), []byte(config), 0o644); err != nil {
			t.Fatal(err)
		}
		how := damageHistory(t, random, filepath.Join(dir, "history", "observations"))
		status, said := buildCaught(dir)
		ended[status]++
		if strings.Contains(said, "Go struct") || strings.Contains(said, "Go value") {
			t.Errorf("damage %d, %s: got %s, want it in plain words", i, how, said)
		}
		if strings.Contains(said, "panic") {
			t.Errorf("damage %d, %s: got %s, want no panic", i, how, said)
		}
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d damaged histories: builds by exit status %v", damages, ended)
}

// buildCaught builds the site of a folder, and returns the exit status and what was printed: a panic with its stack.
func buildCaught(dir string) (status int, said string) {
	var printed bytes.Buffer
	defer func() {
		if p := recover(); p != nil {
			status = -1
			said = fmt.Sprintf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	args := []string{"build", "--now", "2026-08-02T12:00:00Z", "--config", filepath.Join(dir, "site.toml")}
	status = runMain(context.Background(), args, nil, &printed, &printed, func(string) string { return "" }, time.Now)
	return status, printed.String()
}

// damageHistory changes one value of one line of a file in a folder, and says how.
func damageHistory(t *testing.T, random *rand.Rand, dir string) string {
	t.Helper()
	files, _ := filepath.Glob(filepath.Join(dir, "*.jsonl"))
	file := files[random.IntN(len(files))]
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	at := random.IntN(len(lines))
	var value any
	decoder := json.NewDecoder(strings.NewReader(lines[at]))
	decoder.UseNumber()
	if err := decoder.Decode(&value); err != nil {
		t.Fatal(err)
	}
	value, how := damageValue(random, value)
	data, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	lines[at] = string(data)
	if err := os.WriteFile(file, []byte(strings.Join(lines, "\n")+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%s line %d: %s", filepath.Base(file), at+1, how)
}

// wrongValues stand in the place of a damaged one.
var wrongValues = []any{
	nil, true, "", "x", "-1", json.Number("-1"), json.Number("0"), json.Number("99999999999999"), json.Number("1e99"), []any{},
	[]any{nil}, map[string]any{}, "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2026-08-01T12:00:00Z", []any{json.Number("-5")},
}

// damageValue returns a value with one value in it replaced or removed, and how.
func damageValue(random *rand.Rand, value any) (damaged any, how string) {
	if random.IntN(8) > 0 {
		switch v := value.(type) {
		case map[string]any:
			if len(v) > 0 {
				key := slices.Sorted(maps.Keys(v))[random.IntN(len(v))]
				if random.IntN(10) == 0 {
					delete(v, key)
					return v, key + " removed"
				}
				v[key], how = damageValue(random, v[key])
				return v, key + ": " + how
			}
		case []any:
			if len(v) > 0 {
				i := random.IntN(len(v))
				v[i], how = damageValue(random, v[i])
				return v, fmt.Sprintf("[%d]: %s", i, how)
			}
		}
	}
	wrong := wrongValues[random.IntN(len(wrongValues))]
	return wrong, fmt.Sprintf("%v in its place", wrong)
}
