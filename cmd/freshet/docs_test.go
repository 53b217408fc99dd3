package main

import (
	"bytes"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"github.com/freshet-status/freshet/cmd/freshet/config"
	"github.com/freshet-status/freshet/cmd/freshet/demo"
)

// A codeBlock is an example in a document.
type codeBlock struct {
	file, language, text string
	line                 int
}

// fence matches the examples of a document in Markdown.
var fence = regexp.MustCompile("(?ms)^```(\\w+)\n(.*?)^```$")

// readCodeBlocks returns the examples of the README and of docs in a language.
func readCodeBlocks(t *testing.T, language string) (blocks []codeBlock) {
	t.Helper()
	files, err := filepath.Glob("../../docs/*.md")
	if err != nil || len(files) == 0 {
		t.Fatalf("docs: got %d files and %v, want some", len(files), err)
	}
	for _, file := range append(files, "../../README.md") {
		text := readText(t, file)
		for _, at := range fence.FindAllStringSubmatchIndex(text, -1) {
			block := codeBlock{
				file:     filepath.Base(file),
				language: text[at[2]:at[3]],
				text:     text[at[4]:at[5]],
				line:     1 + strings.Count(text[:at[0]], "\n"),
			}
			if block.language == language {
				blocks = append(blocks, block)
			}
		}
	}
	return blocks
}

// readText returns the content of a file.
func readText(t testing.TB, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestTOMLExamplesOfTheDocsAreValid(t *testing.T) {
	blocks := readCodeBlocks(t, "toml")
	if len(blocks) < 15 {
		t.Errorf("examples: got %d, want at least 15", len(blocks))
	}
	for _, block := range blocks {
		t.Run(fmt.Sprintf("%s line %d", block.file, block.line), func(t *testing.T) {
			text := block.text
			if !strings.Contains(text, "[[source]]") {
				text += "\n[[source]]\ntype = \"dbt\"\nartifacts = \"target\"\n"
			}
			file := filepath.Join(t.TempDir(), "site.toml")
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := config.ReadFile(file, config.Host{Env: func(string) string { return "" }, Clock: time.Now}); err != nil {
				t.Errorf("got %v, want no fault", err)
			}
		})
	}
}

// structKeys returns the keys of TOML that the structs can hold.
func structKeys(structs ...any) map[string]bool {
	keys := make(map[string]bool)
	for _, s := range structs {
		for _, field := range reflect.VisibleFields(reflect.TypeOf(s)) {
			if key := field.Tag.Get("toml"); key != "" {
				keys[key] = true
			}
		}
	}
	return keys
}

// keyCell matches a row of a table of keys.
var keyCell = regexp.MustCompile("(?m)^\\| `(\\w+)` \\| [^|]+ \\| [^|]+ \\| [^|]+ \\|$")

// documentedKeys returns, for each section of docs/configuration.md, the keys of its tables with four
// columns.
func documentedKeys(t *testing.T) map[string]map[string]bool {
	t.Helper()
	sections := make(map[string]map[string]bool)
	for _, section := range strings.Split(readText(t, "../../docs/configuration.md"), "\n## ")[1:] {
		title, text, _ := strings.Cut(section, "\n")
		sections[title] = make(map[string]bool)
		for _, m := range keyCell.FindAllStringSubmatch(text, -1) {
			sections[title][m[1]] = true
		}
	}
	return sections
}

func TestTheConfigurationReferenceHasEveryKey(t *testing.T) {
	want := map[string]map[string]bool{
		"Top-level keys": structKeys(config.SettingKeys{}),
		"`[freshness]`":  structKeys(config.AgeLimits{}),
		"`[[rule]]`":     structKeys(config.RuleKeys{}),
		"`[[moved]]`":    structKeys(config.MoveKeys{}),
		"`[[source]]`":   structKeys(config.SourceKeys{}),
		"`[write_back]`": structKeys(config.WriteBackKeys{}),
		"`[replay]`":     structKeys(config.ReplayKeys{}),
	}
	for name, newConfig := range config.SourceTypes {
		want["`type = \""+name+"\"`"] = structKeys(reflect.ValueOf(newConfig()).Elem().Interface())
	}
	if got := documentedKeys(t); !reflect.DeepEqual(got, want) {
		for title := range want {
			if !maps.Equal(got[title], want[title]) {
				t.Errorf("keys of %s: got %v, want %v", title, slices.Sorted(maps.Keys(got[title])), slices.Sorted(maps.Keys(want[title])))
			}
		}
	}
}

// docsMoment is the moment at which the commands of the docs run.
var docsMoment = time.Date(2026, 8, 22, 12, 0, 0, 0, time.UTC)

// newDocsWorld returns a folder with what the commands of the docs are about: the company of the
// demo as a user would read it, a repository of git, artifacts of earlier runs and another history.
// Its one dbt project is on disk; that of the folder platform is in the dbt platform. It also returns the environment in which they run.
func newDocsWorld(t *testing.T) (dir string, env []string) {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git is not installed")
	}
	root := t.TempDir()
	dir = filepath.Join(root, "company")
	world, err := demo.StartWorld("demo/tidewater.toml", filepath.Join(dir, "target"))
	if err != nil {
		t.Fatal(err)
	}
	site, _, _ := strings.Cut(readText(t, "../../site.toml"), "[replay]")
	head, site, _ := strings.Cut(site, "[[source]]")
	platform, site, _ := strings.Cut(site, "[[source]]")
	writeText(t, filepath.Join(dir, "site.toml"), head+"[[source]]"+site, 0o600)
	writeText(t, filepath.Join(dir, "platform", "site.toml"), head+"[[source]]"+platform, 0o600)
	writeText(t, filepath.Join(dir, ".gitignore"), "public\n.freshet\n", 0o600)
	env = append(os.Environ(), "GIT_CONFIG_GLOBAL="+os.DevNull)
	for _, name := range []string{
		"SNOWFLAKE_HOME", "TIDEWATER_DBT_URL", "TIDEWATER_DBT_TOKEN",
		"TIDEWATER_LOOKER_URL", "TIDEWATER_LOOKER_ID", "TIDEWATER_LOOKER_SECRET",
	} {
		value, _ := world.LookupVariable(name)
		env = append(env, name+"="+value)
	}
	program, err := exec.LookPath("freshet")
	if err != nil {
		t.Fatal(err)
	}
	env = append(env, "PATH="+filepath.Join(root, "bin")+string(os.PathListSeparator)+os.Getenv("PATH"))
	for _, ago := range []int{2, 0} {
		now := docsMoment.AddDate(0, 0, -ago)
		if err := world.SetDay(demo.NewDay(docsMoment, ago), now); err != nil {
			t.Fatal(err)
		}
		wrapper := fmt.Sprintf("#!/bin/sh\nexec '%s' \"$@\" --now %s\n", program, now.Format(time.RFC3339))
		writeText(t, filepath.Join(root, "bin", "freshet"), wrapper, 0o700)
		runShell(t, dir, env, "freshet run --quiet")
	}
	runShell(t, dir, env, "mkdir -p ../old runs company models && cp -r history ../old && cp target/finance/* target && "+
		"cp -r site.toml target company && cp -r target/finance runs/1 && git init -q && git add -A")
	date := docsMoment.Format(time.RFC3339)
	runShell(t, dir, append(env, "GIT_COMMITTER_DATE="+date), "git -c user.name=x -c user.email=x@corp.example commit -qm x --date "+date+
		" && git update-ref refs/remotes/origin/main HEAD")
	return dir, env
}

// writeText writes a file, and the folders above it.
func writeText(t *testing.T, file, text string, mode os.FileMode) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
}

// runShell runs a command line in a folder and fails the test unless it ends well.
func runShell(t *testing.T, dir string, env []string, command string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "sh", "-c", command)
	cmd.Dir = dir
	cmd.Env = env
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%s: got %v, want it to end well; it printed:\n%s", command, err, out)
	}
}

// listDocsCommands returns the commands of the README, of docs and of the help, each once, without
// those that never end.
func listDocsCommands(t *testing.T) (commands []string) {
	t.Helper()
	var all []string
	for _, block := range readCodeBlocks(t, "sh") {
		if !strings.HasPrefix(block.text, "#!") { // a script has a test of its own
			all = append(all, strings.Split(block.text, "\n")...)
		}
	}
	root := newRootCommand(new(invocation))
	root.InitDefaultCompletionCmd()
	for _, c := range append([]*cobra.Command{root}, root.Commands()...) {
		all = append(all, strings.Split(c.Example, "\n")...)
	}
	for _, line := range all {
		line = strings.TrimSpace(line)
		line = strings.Replace(line, "go run ./cmd/freshet", "freshet", 1) // .ci/run runs these two as written
		if line != "" && !strings.HasPrefix(line, "freshet serve") && !slices.Contains(commands, line) {
			commands = append(commands, line)
		}
	}
	return commands
}

// importsWhatSourcesKeep matches the command that imports what sources keep.
var importsWhatSourcesKeep = regexp.MustCompile(`^freshet import +#`)

func TestCommandsOfTheDocsEndWell(t *testing.T) {
	dir, env := newDocsWorld(t)
	commands := listDocsCommands(t)
	if len(commands) < 30 {
		t.Errorf("commands: got %d, want at least 30", len(commands))
	}
	for _, command := range commands {
		t.Run(command, func(t *testing.T) {
			if importsWhatSourcesKeep.MatchString(command) {
				runShell(t, filepath.Join(dir, "platform"), env, command)
				return
			}
			runShell(t, dir, env, command)
		})
	}
}

// TestTheScriptOfTheDocsAsksAnHTTPAPI runs dashboards.sh with curl and jq against a server that
// answers as docs/configuration.md says.
func TestTheScriptOfTheDocsAsksAnHTTPAPI(t *testing.T) {
	for _, program := range []string{"curl", "jq"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skip(program + " is not installed")
		}
	}
	text := readText(t, "../../docs/configuration.md")
	_, text, _ = strings.Cut(text, "The API answers with `")
	answer, _, _ := strings.Cut(text, "`")
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/api/dashboards" || r.Header.Get("Authorization") != "Bearer invented" {
			http.Error(w, "no", http.StatusForbidden)
		}
		fmt.Fprint(w, answer)
	}))
	defer server.Close()
	dir := t.TempDir()
	for _, block := range readCodeBlocks(t, "sh") {
		if strings.HasPrefix(block.text, "#!") {
			writeText(t, filepath.Join(dir, "dashboards.sh"), block.text, 0o600)
		}
	}
	for _, block := range readCodeBlocks(t, "toml") {
		if strings.Contains(block.text, "dashboards.sh") && block.file == "configuration.md" {
			writeText(t, filepath.Join(dir, "site.toml"), block.text, 0o600)
		}
	}
	for token, want := range map[string]string{
		"invented": "sh prints 1 asset, all dashboards",
		"wrong":    "sh: exit status 22: curl: (22) The requested URL returned error: 403",
	} {
		env := func(name string) string {
			return map[string]string{"BI_URL": server.URL, "BI_TOKEN": token, "PATH": os.Getenv("PATH")}[name]
		}
		var out, errs bytes.Buffer
		file := filepath.Join(dir, "site.toml")
		runMain(t.Context(), []string{"check", "--connect", "--config", file}, nil, &out, &errs, env, time.Now)
		if printed := out.String() + errs.String(); !strings.Contains(printed, want) {
			t.Errorf("check --connect with the token %q: got %s, want it to contain %q", token, printed, want)
		}
	}
}

// TestTheSourceOfTheDocsKeepsItsPromises compiles the source of docs/writing-a-source.md, in a
// module of its own, and runs its tests.
func TestTheSourceOfTheDocsKeepsItsPromises(t *testing.T) {
	dir := t.TempDir()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	for _, block := range readCodeBlocks(t, "go") {
		switch {
		case strings.Contains(block.text, "package loadlog_test"):
			writeText(t, filepath.Join(dir, "loadlog_test.go"), block.text, 0o600)
		case strings.Contains(block.text, "package loadlog"):
			writeText(t, filepath.Join(dir, "loadlog.go"), block.text, 0o600)
		}
	}
	mod := strings.Replace(readText(t, "../../go.mod"), "module "+strings.TrimSuffix(module, "/"), "module example/loadlog", 1)
	mod += "\nrequire " + strings.TrimSuffix(module, "/") + " v0.0.0\nreplace " + strings.TrimSuffix(module, "/") + " => " + root + "\n"
	writeText(t, filepath.Join(dir, "go.mod"), mod, 0o600)
	writeText(t, filepath.Join(dir, "go.sum"), readText(t, "../../go.sum"), 0o600)
	source := readText(t, filepath.Join(dir, "loadlog_test.go"))
	source = strings.Replace(source, module+"sources/loadlog", "example/loadlog", 1)
	writeText(t, filepath.Join(dir, "loadlog_test.go"), source, 0o600)
	runShell(t, dir, append(os.Environ(), "GOFLAGS=-mod=mod"), "go test ./...")
}
