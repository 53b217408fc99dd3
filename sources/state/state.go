// Package state makes folders for what a source need not ask again. Whoever
// deletes them loses time and nothing else: they are no part of the history.
package state

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Folder makes a folder below the state folder, and tells git to leave all of
// that alone.
func Folder(root string, below ...string) (string, error) {
	dir := filepath.Join(append([]string{root}, below...)...)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return dir, err
	}
	ignore := filepath.Join(root, ".gitignore")
	if _, err := os.Stat(ignore); errors.Is(err, fs.ErrNotExist) {
		return dir, os.WriteFile(ignore, []byte("*\n"), 0o644)
	}
	return dir, nil
}
