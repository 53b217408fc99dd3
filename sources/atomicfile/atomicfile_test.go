package atomicfile_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/freshet-status/freshet/sources/atomicfile"
)

func TestWriteReplacesTheContentAndItsPermissions(t *testing.T) {
	file := filepath.Join(t.TempDir(), "page.html")
	for _, want := range []string{"old", "new"} {
		if err := atomicfile.Write(file, []byte(want), 0o600); err != nil {
			t.Fatalf("Write: got %v, want no error", err)
		}
		expectContent(t, file, want)
	}
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("permissions: got %v (%v), want 0600", info.Mode(), err)
	}
	expectAlone(t, file)
}

func TestAWriteThatFailsLeavesTheFileAsItWas(t *testing.T) {
	file := filepath.Join(t.TempDir(), "page.html")
	if err := atomicfile.Write(file, []byte("old"), 0o644); err != nil {
		t.Fatal(err)
	}
	cut := errors.New("the connection was cut")
	err := atomicfile.WriteFrom(file, 0o644, func(w io.Writer) error {
		_, _ = w.Write([]byte("half of the ne"))
		return cut
	})
	if !errors.Is(err, cut) {
		t.Errorf("WriteFrom: got %v, want %v", err, cut)
	}
	expectContent(t, file, "old")
	expectAlone(t, file)
}

func TestAnUnfinishedFileOfAnEarlierRunIsReplaced(t *testing.T) {
	file := filepath.Join(t.TempDir(), "page.html")
	if err := os.WriteFile(file+atomicfile.Suffix, []byte("a long text that a kill left behind"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := atomicfile.Write(file, []byte("new"), 0o644); err != nil {
		t.Fatal(err)
	}
	expectContent(t, file, "new")
	expectAlone(t, file)
}

func expectContent(t *testing.T, file, want string) {
	t.Helper()
	got, err := os.ReadFile(file)
	if err != nil || string(got) != want {
		t.Errorf("content: got %q (%v), want %q", got, err, want)
	}
}

// expectAlone proves that nothing was left beside a file.
func expectAlone(t *testing.T, file string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(file))
	if err != nil || len(entries) != 1 {
		t.Errorf("the folder holds %d files (%v), want 1", len(entries), err)
	}
}
