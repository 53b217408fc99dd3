package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"
	"time"
)

// oddAnswers holds answers of an API that are JSON and hold nothing of use.
var oddAnswers = []string{
	`null`, `[]`, `{}`, `[null]`, `""`, `0`, `{"data":null}`, `{"data":[]}`, `{"data":[null]}`, `{"data":[{}]}`,
	`{"data":[null,null],"extra":{"pagination":{"total_count":2}}}`, `{"data":[null],"extra":{"pagination":{"total_count":999999}}}`,
	`{"data":[{"id":null,"name":null}]}`, `{"data":[{"id":1,"name":"x","settings":null,"schedule":null,"execute_steps":[null]}]}`,
	`{"access_token":"x"}`, `{"access_token":"x","data":[null]}`,
}

// TestOddAnswersOfAnAPIAreNoPanic answers every request of a source the same.
func TestOddAnswersOfAnAPIAreNoPanic(t *testing.T) {
	for kind, source := range map[string]string{
		"dbt-platform": "url = %q\naccount = 7\ntoken_env = \"SECRET\"\n",
		"looker":       "url = %q\nclient_id = \"id\"\nclient_secret_env = \"SECRET\"\n",
	} {
		for _, answer := range oddAnswers {
			t.Run(kind+" "+answer, func(t *testing.T) {
				server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, answer) }))
				defer server.Close()
				dir := t.TempDir()
				config := "[[source]]\ndeadline = \"5s\"\ntype = \"" + kind + "\"\n" + fmt.Sprintf(source, server.URL)
				if err := os.WriteFile(filepath.Join(dir, "site.toml"), []byte(config), 0o644); err != nil {
					t.Fatal(err)
				}
				for _, command := range []string{"run", "check --connect", "import"} {
					said := callCaught(dir, command)
					if strings.Contains(said, "panic") || strings.Contains(said, "internal error") {
						t.Errorf("%s: got %s, want no panic", command, said)
					}
				}
			})
		}
	}
}

// callCaught runs a command in a folder with a secret in the environment, and returns what was printed: a panic with
// its stack.
func callCaught(dir, command string) (said string) {
	var printed bytes.Buffer
	defer func() {
		if p := recover(); p != nil {
			said = fmt.Sprintf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	args := append(strings.Fields(command), "--config", filepath.Join(dir, "site.toml"))
	env := func(name string) string { return map[string]string{"SECRET": "hunter2-hunter2"}[name] }
	runMain(context.Background(), args, nil, &printed, &printed, env, time.Now)
	return printed.String()
}
