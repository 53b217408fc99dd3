package dbt_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/freshet-status/freshet/sources"
	"github.com/freshet-status/freshet/sources/dbt"
	"github.com/freshet-status/freshet/sources/sourcetest"
)

// largestMutated is the size in bytes up to which an artifact is mutated, because each mutation writes it anew.
const largestMutated = 1 << 20

// A value is any JSON value as encoding/json decodes it.
type value = any

// mutations are what can become of a value. Each returns the new value; deletion is apart.
var mutations = []struct {
	name string
	new  value
}{
	{name: "null"},
	{name: "a number", new: json.Number("4070908800")},
	{name: "a negative number", new: json.Number("-1")},
	{name: "a word", new: "soon"},
	{name: "no text", new: ""},
	{name: "an array", new: []value{nil}},
	{name: "an object", new: map[string]value{"x": nil}},
	{name: "true", new: true},
}

// TestMutatedArtifactsAreNeverFresher takes real artifacts, in which it deletes or replaces one value, or cuts one file
// off. What is read must never panic, and no asset may be newer than the whole artifacts say. FRESHET_MUTATIONS is
// how many are tried of each folder, and FRESHET_SEED makes them others.
func TestMutatedArtifactsAreNeverFresher(t *testing.T) {
	tries, _ := strconv.Atoi(os.Getenv("FRESHET_MUTATIONS"))
	tries = max(tries, 10)
	seed, _ := strconv.ParseUint(os.Getenv("FRESHET_SEED"), 10, 64)
	t.Logf("seed %d, %d mutations of each folder", seed, tries)
	random := rand.New(rand.NewPCG(seed, 0))
	for _, dir := range sourcetest.CorpusFolders(t, "dbt") {
		whole := readArtifacts(t, dir)
		before := newestTimes(observeFiles(t, whole))
		for range tries {
			tryMutation(t, random, whole, before)
		}
	}
}

// readArtifacts returns the artifacts of a folder by name.
func readArtifacts(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	whole := make(map[string][]byte)
	for _, name := range []string{"manifest.json", "run_results.json", "sources.json", "catalog.json"} {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err == nil {
			whole[name] = data
		}
	}
	return whole
}

// tryMutation compares what the whole artifacts say, the times before, with what they say after one mutation.
func tryMutation(t *testing.T, random *rand.Rand, whole map[string][]byte, before map[clockTime]time.Time) {
	t.Helper()
	var names []string
	for name, data := range whole {
		if len(data) <= largestMutated {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return
	}
	slices.Sort(names)
	name := names[random.IntN(len(names))]
	mutated := maps.Clone(whole)
	what := ""
	mutated[name], what = mutate(t, random, whole[name])
	for key, at := range newestTimes(observeFiles(t, mutated)) {
		limit, isKnown := before[key]
		if !isKnown { // under another name, if the mutation took the one that the warehouse uses
			limit = before[clockTime{clock: key.clock}]
		}
		if strings.Contains(what, ".timing") { // without its own time, a build is of the time of its file
			limit = slices.MaxFunc([]time.Time{limit, writtenAt(t, whole["run_results.json"])}, time.Time.Compare)
		}
		if at.After(limit) {
			t.Errorf("%s with %s: %s of %s: got %v, want %v at most", name, what, key.clock, key.id, at, limit)
		}
	}
}

// writtenAt returns generated_at of an artifact, to the second.
func writtenAt(t *testing.T, artifact []byte) time.Time {
	t.Helper()
	var a struct {
		Metadata struct {
			GeneratedAt time.Time `json:"generated_at"`
		}
	}
	if err := json.Unmarshal(artifact, &a); err != nil {
		t.Fatal(err)
	}
	return a.Metadata.GeneratedAt.Truncate(time.Second)
}

// A clockTime names a clock of an asset; with an empty id, that clock of all assets.
type clockTime struct {
	clock sources.Clock
	id    sources.ID
}

// observeFiles returns what the source says of these artifacts.
func observeFiles(t *testing.T, artifacts map[string][]byte) sources.Answer {
	t.Helper()
	dir := t.TempDir()
	for name, data := range artifacts {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	src := (&dbt.Config{Artifacts: []string{dir}}).Open(sources.Setting{Name: "dbt", Dir: dir})
	answer, _ := src.Observe(context.Background())
	return answer
}

// newestTimes returns the newest time of each clock of each asset, and of all assets. A build that changed no row
// counts as one of built: without the number of rows, it is one. Altered counts as loaded: a check is of altered if the
// manifest has no loaded_at_field.
func newestTimes(answer sources.Answer) map[clockTime]time.Time {
	newest := make(map[clockTime]time.Time)
	keep := func(o sources.Observation, clock sources.Clock, at time.Time) {
		if clock == sources.Altered {
			clock = sources.Loaded
		}
		for _, key := range []clockTime{{clock: clock, id: o.Asset.ID}, {clock: clock}} {
			if at.After(newest[key]) {
				newest[key] = at
			}
		}
	}
	for _, o := range answer.Observations {
		for _, r := range o.Readings {
			keep(o, r.Clock, r.At)
		}
		if o.Attempt.Outcome == sources.Unchanged {
			keep(o, sources.Built, o.Attempt.At)
		}
	}
	return newest
}

// mutate returns data with one random mutation, and a description of it.
func mutate(t *testing.T, random *rand.Rand, data []byte) (mutated []byte, what string) {
	t.Helper()
	if random.IntN(10) == 0 {
		end := random.IntN(len(data))
		return data[:end], fmt.Sprintf("only %d bytes", end)
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	var document value
	if err := decoder.Decode(&document); err != nil {
		t.Fatal(err)
	}
	what = mutateInside(random, document, "")
	mutated, err := json.Marshal(document)
	if err != nil {
		t.Fatal(err)
	}
	return mutated, what
}

// mutateInside deletes or replaces a random value inside v, at any depth, and returns which one. Every level is as
// likely to be the one as all below it.
func mutateInside(random *rand.Rand, v value, path string) string {
	switch v := v.(type) {
	case map[string]value:
		keys := slices.Sorted(maps.Keys(v))
		if len(keys) == 0 {
			return "no change in " + path
		}
		key := keys[random.IntN(len(keys))]
		path += "." + key
		if hasValues(v[key]) && random.IntN(4) != 0 {
			return mutateInside(random, v[key], path)
		}
		if random.IntN(3) == 0 {
			delete(v, key)
			return path + " deleted"
		}
		m := mutations[random.IntN(len(mutations))]
		v[key] = m.new
		return path + " as " + m.name
	case []value:
		i := random.IntN(len(v))
		path = fmt.Sprintf("%s[%d]", path, i)
		if hasValues(v[i]) && random.IntN(4) != 0 {
			return mutateInside(random, v[i], path)
		}
		m := mutations[random.IntN(len(mutations))]
		v[i] = m.new
		return path + " as " + m.name
	}
	return "no change"
}

// hasValues reports whether v is an object or an array with something in it.
func hasValues(v value) bool {
	switch v := v.(type) {
	case map[string]value:
		return len(v) > 0
	case []value:
		return len(v) > 0
	}
	return false
}
