package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// echoSecret has letters that every encoding writes in another way.
const echoSecret = `canary+7c1e/"&'<%=ä`

// echoForms returns the forms of the secret that may come out nowhere.
func echoForms() []string {
	asJSON, _ := json.Marshal(echoSecret)
	return []string{
		echoSecret,
		"canary", // of any form that leaves its first letters as they are
		url.QueryEscape(echoSecret),
		url.PathEscape(echoSecret),
		html.EscapeString(echoSecret),
		strings.Trim(string(asJSON), `"`),
		strings.TrimRight(base64.StdEncoding.EncodeToString([]byte(echoSecret)), "=")[:20],
	}
}

// An echo is a server that repeats what it was asked, header and body, in its answers.
type echo struct {
	status int
	answer func(said string) any // of a request
}

// ServeHTTP answers with what was asked, in a form of its own.
func (e echo) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	said := r.Header.Get("Authorization") + " " + string(body) + " " + base64.StdEncoding.EncodeToString([]byte("x:"+echoSecret))
	w.WriteHeader(e.status)
	switch answer := e.answer(said).(type) {
	case string:
		fmt.Fprint(w, answer)
	default:
		_ = json.NewEncoder(w).Encode(answer)
	}
}

// echoAnswers holds answers in which a system may repeat a secret.
var echoAnswers = map[string]echo{
	"a refusal with a message": {
		status: http.StatusUnauthorized,
		answer: func(said string) any {
			return map[string]any{"message": said, "status": map[string]any{"user_message": said, "developer_message": said}}
		},
	},
	"a failure in plain text": {status: http.StatusInternalServerError, answer: func(said string) any { return said }},
	"a page of HTML":          {status: http.StatusOK, answer: func(said string) any { return "<html>" + html.EscapeString(said) }},
	"another shape":           {status: http.StatusOK, answer: func(said string) any { return map[string]any{said: said, "data": said} }},
	"a job with that name": {
		status: http.StatusOK,
		answer: func(said string) any {
			job := map[string]any{"id": 1, "name": said, "project_id": 2, "environment_id": 3, "state": 1, "description": said}
			return map[string]any{
				"access_token": "session-of-" + echoSecret,
				"data":         []any{job},
				"extra":        map[string]any{"pagination": map[string]any{"total_count": 1}},
			}
		},
	},
}

// TestNoEchoOfASecretComesOut lets systems repeat the secret that they were sent, and looks for it in all
// that commands print and write.
func TestNoEchoOfASecretComesOut(t *testing.T) {
	for _, source := range []string{
		"type = \"dbt-platform\"\nurl = %q\naccount = 7\ntoken_env = \"SECRET\"\n",
		"type = \"looker\"\nurl = %q\nclient_id = \"id\"\nclient_secret_env = \"SECRET\"\n",
	} {
		for name, answers := range echoAnswers {
			kind, _, _ := strings.Cut(source, "\n")
			t.Run(kind+", "+name, func(t *testing.T) {
				server := httptest.NewServer(answers)
				defer server.Close()
				findSecret(t, "[[source]]\ndeadline = \"1s\"\n"+fmt.Sprintf(source, server.URL))
			})
		}
	}
	t.Run("a program that prints its environment", func(t *testing.T) {
		program := `echo "{\"id\":\"table:A.B.C\",\"name\":\"$SECRET_NAME\",\"kind\":\"table\"}"; echo "failed with $SECRET" >&2; exit 1`
		findSecret(t, fmt.Sprintf("[[source]]\ntype = \"command\"\ncommand = [\"sh\", \"-c\", %q]\nenv = [\"SECRET\", \"SECRET_NAME\"]\n", program))
	})
}

// findSecret runs commands with a source, and looks for the secret in what they print and write.
func findSecret(t *testing.T, source string) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "site.toml"), []byte(source), 0o644); err != nil {
		t.Fatal(err)
	}
	env := func(name string) string {
		values := map[string]string{"SECRET": echoSecret, "SECRET_NAME": "canary-name", "PATH": os.Getenv("PATH")}
		return values[name]
	}
	var printed bytes.Buffer
	for _, args := range [][]string{{"run"}, {"check", "--connect"}, {"import"}, {"why", "table"}, {"run", "--json"}} {
		args = append(args, "--config", filepath.Join(dir, "site.toml"))
		runMain(context.Background(), args, nil, &printed, &printed, env, time.Now)
	}
	if !strings.Contains(printed.String(), "could not read") && !strings.Contains(printed.String(), "***") {
		t.Errorf("printed: got %s, want that the source could not be read, or a mask", printed.String())
	}
	files := map[string]string{"the output": printed.String()}
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		files[path] = string(text)
		return err
	})
	if err != nil || len(files) < 8 {
		t.Fatalf("files searched: got %d, error %v; want at least 8 and no error", len(files), err)
	}
	for file, text := range files {
		for _, form := range echoForms() {
			if at := strings.Index(text, form); at >= 0 {
				t.Errorf("%s: got %q in it, want no secret", file, text[max(0, at-60):min(len(text), at+60)])
			}
		}
	}
}
