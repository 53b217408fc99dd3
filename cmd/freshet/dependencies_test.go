package main

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// TestEveryLinkedModuleIsListed compares docs/dependencies.md with the modules of the program.
func TestEveryLinkedModuleIsListed(t *testing.T) {
	list := exec.Command("go", "list", "-deps", "-f", "{{with .Module}}{{.Path}}{{end}}", ".")
	list.Env = append(os.Environ(), "GOOS=linux")
	out, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	var linked []string
	for _, path := range strings.Fields(string(out)) {
		if path+"/" != module {
			linked = append(linked, path)
		}
	}
	slices.Sort(linked)
	linked = slices.Compact(linked)

	text, _, _ := strings.Cut(readText(t, "../../docs/dependencies.md"), "## Only in tests")
	var listed []string
	for line := range strings.Lines(text) {
		path, _, _ := strings.Cut(strings.TrimPrefix(line, "| "), " |")
		if strings.Contains(path, ".") && strings.HasPrefix(line, "| ") {
			listed = append(listed, path)
		}
	}
	slices.Sort(listed)
	if !slices.Equal(listed, linked) {
		t.Errorf("docs/dependencies.md: got %q, want %q", listed, linked)
	}
}
