package main

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const smallManifest = `{"metadata": {"dbt_schema_version": "https://schemas.getdbt.com/dbt/manifest/v12.json",
  "generated_at": "2026-08-22T05:10:00Z", "project_name": "shop", "adapter_type": "snowflake"},
 "sources": {"source.shop.erp.gl": {"resource_type": "source", "source_name": "erp", "name": "gl",
  "relation_name": "raw.erp.gl", "loaded_at_field": "_at"}}}`

// TestServe opens a preview, changes the config, and sees it built again.
func TestServe(t *testing.T) {
	dir := t.TempDir()
	config := filepath.Join(dir, "site.toml")
	write := func(file, text string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	source := "[[source]]\ntype = \"dbt\"\nartifacts = \"target\"\n"
	write(config, "title = \"Before\"\n"+source)
	write(filepath.Join(dir, "target", "manifest.json"), smallManifest)
	noEnv := func(string) string { return "" }
	if status := runMain(context.Background(), []string{
		"scrape",
		"--quiet",
		"--config",
		config,
		"--now",
		"2026-08-22T06:00:00Z",
	}, nil, io.Discard, os.Stderr, noEnv, time.Now); status != exitOK {
		t.Fatalf("scrape: got exit status %d, want %d", status, exitOK)
	}

	ctx, cancel := context.WithCancel(context.Background())
	out, in := io.Pipe()
	ended := make(chan int, 1)
	go func() {
		defer in.Close() // if it ends, nobody waits for its word
		ended <- runMain(ctx, []string{
			"serve",
			"--config",
			config,
			"--addr",
			"127.0.0.1:0",
			"--quiet",
		}, nil, in, io.Discard, noEnv, time.Now)
	}()
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	address := strings.Fields(line)[1]
	if page := get(t, address); !strings.Contains(page, "Before") || !strings.Contains(page, "connect-src") ||
		!strings.Contains(page, "reload.js") {
		t.Errorf("preview: got %.400s, want the title Before and the reload script", page)
	}
	if rebuilt := get(t, address+".rebuilt"); rebuilt != "1" {
		t.Errorf("builds: got %s, want 1", rebuilt)
	}
	write(config, "title = \"Afterwards\"\n"+source)
	for deadline := time.Now().Add(20 * time.Second); get(t, address+".rebuilt") == "1"; {
		if time.Now().After(deadline) {
			t.Fatal("preview after the change: got no second build within 20 s, want one")
		}
		time.Sleep(50 * time.Millisecond)
	}
	write(config, "title = \"half-edited")
	time.Sleep(2500 * time.Millisecond) // the watch looks each second
	if page := get(t, address); !strings.Contains(page, "Afterwards") {
		t.Errorf("preview after the change: got %.400s, want the title Afterwards", page)
	}
	if _, err := os.Stat(filepath.Join(dir, "public")); err == nil {
		t.Error("folder public: got one after a preview, want none")
	}
	cancel()
	if status := <-ended; status != exitOK {
		t.Errorf("serve: got exit status %d, want %d", status, exitOK)
	}
}

func get(t *testing.T, address string) string {
	t.Helper()
	answer, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// TestAPreviewAnswersForThisMachineOnly asks a preview by several names.
func TestAPreviewAnswersForThisMachineOnly(t *testing.T) {
	files := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "page") })
	handler := rejectOtherHosts("dev.corp.example", files)
	for host, want := range map[string]int{
		"127.0.0.1:8080":         http.StatusOK,
		"[::1]:8080":             http.StatusOK,
		"localhost":              http.StatusOK,
		"LOCALHOST:1":            http.StatusOK,
		"dev.corp.example:8080":  http.StatusOK,
		"evil.example":           http.StatusMisdirectedRequest,
		"localhost.evil.example": http.StatusMisdirectedRequest,
		"":                       http.StatusMisdirectedRequest,
	} {
		request := httptest.NewRequest(http.MethodGet, "/index.html", nil)
		request.Host = host
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, request)
		if answer.Code != want {
			t.Errorf("request for host %q: got status %d, want %d", host, answer.Code, want)
		}
	}
}
