package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// FuzzSiteTOML checks a site.toml of any content. It is valid, or its faults are told in lines that begin with the name
// of the file, and none of them is a panic.
func FuzzSiteTOML(f *testing.F) {
	f.Add(readText(f, "../../site.toml"))
	for _, text := range []string{
		"[[source]]\ntype = \"dbt\"\nartifacts = [\"target\", 1]\n[[rule]]\nmatch = \"table:A.[\"\nevery = \"1 day\"\n",
		"[[source]]\ntype = \"looker\"\nurl = \"http://bi.example\"\ncalls_per_month = -1\n[write_back]\ntable = \"A..B\"\n",
		"[[rule]]\nmatch = \"\"\ncron = \"* * 31 2 *\"\nstale_after = \"9999999h\"\n[[moved]]\nfrom = \"a\"\nto = \"a\"\n",
		"timezone = \"../../etc\"\noutput = \"..\"\nhistory = \".\"\n",
		"a = [[[[[[[[[[[[",
		"\xff\xfe",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		file := filepath.Join(t.TempDir(), "site.toml")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		var printed bytes.Buffer
		args := []string{"check", "--config", file}
		status := runMain(context.Background(), args, nil, &printed, &printed, func(string) string { return "" }, time.Now)
		if status != exitOK && !strings.Contains(printed.String(), "site.toml") {
			t.Errorf("check: got %s, want the name of the file", printed.String())
		}
		if strings.Contains(printed.String(), "goroutine") {
			t.Errorf("check: got %s, want no stack", printed.String())
		}
	})
}
