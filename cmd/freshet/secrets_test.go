package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/freshet-status/freshet/sources/snowflake/standin"
)

// TestNoSecretComesOut signs in with canaries, lets the visit fail at an address
// that is signed with another, and looks for them in what is said, recorded and
// shown.
func TestNoSecretComesOut(t *testing.T) {
	const canary = "canary-7c1e"
	account, err := standin.Start(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer account.Close()
	account.Now = time.Now
	account.SetViews(map[string]standin.Answer{"ACCOUNT_USAGE.TABLES": {Intercept: func(w http.ResponseWriter) bool {
		chunk := map[string]any{
			"url":              fmt.Sprintf("http://127.0.0.1:%d/chunk?X-Amz-Signature=%s&sig=%s", account.Port(), canary, canary),
			"rowCount":         1,
			"uncompressedSize": 10,
			"compressedSize":   10,
		}
		_ = json.NewEncoder(w).
			Encode(map[string]any{
				"success": true,
				"data": map[string]any{
					"rowtype":           []any{map[string]any{"name": "A", "type": "text"}},
					"rowset":            []any{},
					"total":             1,
					"returned":          1,
					"queryResultFormat": "json",
					"chunks":            []any{chunk},
					"qrmk":              canary,
				},
			})
		return true
	}}})
	dir := t.TempDir()
	config := fmt.Sprintf(
		"[[source]]\ntype = \"snowflake\"\naccount = \"acme\"\nuser = \"U\"\npassword_env = \"PW\"\n"+
			"host = \"127.0.0.1\"\nport = %d\nprotocol = \"http\"\ndeadline = \"20s\"\n",
		account.Port(),
	)
	if err := os.WriteFile(filepath.Join(dir, "site.toml"), []byte(config), 0o644); err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	env := func(name string) string { return map[string]string{"PW": canary}[name] }
	for _, command := range []string{"run", "check"} {
		args := []string{command, "--config", filepath.Join(dir, "site.toml")}
		if command == "check" {
			args = append(args, "--connect")
		}
		runMain(context.Background(), args, nil, &stdout, &stderr, env, time.Now)
	}
	if !strings.Contains(stderr.String(), "failed to get a chunk") {
		t.Fatalf("run: got %s, want a failure to get a chunk", stderr.String())
	}
	if !strings.Contains(account.LastLogin(), canary) {
		t.Fatal("sign-in: got one without the password, want it sent, or this test proves nothing")
	}
	t.Log(stderr.String())
	if said := stdout.String() + stderr.String(); strings.Contains(said, canary) {
		t.Errorf("output: got %s, want no secret in it", said)
	}
	nowhere(t, dir, canary)
}

// nowhere looks for a secret in every file of a folder.
func nowhere(t *testing.T, dir, canary string) {
	t.Helper()
	files := 0
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		files++
		text, err := os.ReadFile(path)
		if bytes.Contains(text, []byte(canary)) {
			t.Errorf("%s: got the secret in it, want none", path)
		}
		return err
	})
	if err != nil || files < 8 {
		t.Errorf("files searched: got %d, error %v; want at least 8 and no error", files, err)
	}
}
