package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/freshet-status/freshet/cmd/freshet/config"
)

// TestFoldersAreApart reads site.toml with folders in each other, or around site.toml.
func TestFoldersAreApart(t *testing.T) {
	for name, test := range map[string]struct {
		keys, want string // want is part of the error; "" for none
	}{
		"the defaults":                     {},
		"folders elsewhere":                {keys: "history = \"../data/history\"\noutput = \"/srv/www\"\n"},
		"names that begin alike":           {keys: "history = \"data\"\noutput = \"data-site\"\n"},
		"state is the folder of site.toml": {keys: "state = \".\"\n", want: `state: must not contain site.toml (got ".")`},
		"output is around site.toml":       {keys: "output = \"..\"\n", want: `output: must not contain site.toml (got "..")`},
		"state is the history":             {keys: "state = \"history\"\n", want: `state: must not be the folder of history`},
		"the history is inside output":     {keys: "history = \"public/history\"\n", want: `output: must not be the folder of history`},
		"state is a link into the history": {keys: "state = \"link/cache\"\n", want: `state: must not be the folder of history`},
		"a folder without a name":          {keys: "output = \"\"\n", want: `output: must be a folder (got "")`},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "site")
			if err := os.MkdirAll(filepath.Join(dir, "history"), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.Symlink("history", filepath.Join(dir, "link")); err != nil {
				t.Skip("no symbolic links here")
			}
			expectFault(t, dir, test.keys+"[[source]]\ntype = \"dbt\"\nartifacts = \"target\"\n", test.want)
		})
	}
}

// TestNamesOfSourcesAreOneWord reads site.toml with names that lead elsewhere or hide in text.
func TestNamesOfSourcesAreOneWord(t *testing.T) {
	for name, isGood := range map[string]bool{
		"dbt": true, "dbt-2.0_x": true, "größe": true, "倉庫": true,
		"..": false, ".": false, ".dbt": false, "a/b": false, `a\\b`: false, "a b": false, "a:b": false,
		"a\u202eb": false, "a\\u0007b": false, "-x": false,
	} {
		t.Run(name, func(t *testing.T) {
			want := "source.name: must be one word of letters"
			if isGood {
				want = ""
			}
			text := "[[source]]\ntype = \"dbt\"\nname = \"" + name + "\"\nartifacts = \"target\"\n"
			expectFault(t, t.TempDir(), text, want)
		})
	}
}

// expectFault reads site.toml with a text in a folder, and compares its error with part of one; "" for none.
func expectFault(t *testing.T, dir, text, want string) {
	t.Helper()
	file := filepath.Join(dir, "site.toml")
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := config.ReadFile(file, config.Host{Env: func(string) string { return "" }, Clock: time.Now})
	switch {
	case want == "" && err != nil:
		t.Errorf("site.toml: got error %v, want none", err)
	case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
		t.Errorf("site.toml: got error %v, want %q in it", err, want)
	}
}
