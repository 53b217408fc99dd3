package command_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/freshet-status/freshet/sources"
	"github.com/freshet-status/freshet/sources/command"
)

// FuzzLines lets a program print anything. What it prints is read or refused, and no asset comes out that has no id or
// no kind.
func FuzzLines(f *testing.F) {
	for _, line := range lines {
		f.Add([]byte(line))
	}
	f.Add([]byte(`{"scope": "dashboards", "checked": "2026-08-22T05:00:00Z"}` + "\n" + `{"note": "half`))
	f.Add([]byte(`[null]`))
	f.Fuzz(func(t *testing.T, printed []byte) {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "lines"), printed, 0o600); err != nil {
			t.Fatal(err)
		}
		config := command.Config{Command: []string{"cat", "lines"}}
		src := config.Open(sources.Setting{Name: "bi", Dir: dir, Env: os.Getenv})
		answer, err := src.Observe(t.Context())
		if err != nil {
			return
		}
		for _, o := range answer.Observations {
			if o.Asset.ID == "" || o.Asset.Kind == "" {
				t.Errorf("printed %q: got asset %+v, want an id and a kind", printed, o.Asset)
			}
		}
	})
}
