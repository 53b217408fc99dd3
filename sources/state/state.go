// Package state creates folders for data that a source can fetch again. Deleting them costs
// time and nothing else: they are no part of the history.
package state

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// MakeFolder creates the folder that below names, one element each, under root, and returns its
// path. Only the user of the process may read what is new. A .gitignore in root keeps everything there out
// of git.
func MakeFolder(root string, below ...string) (string, error) {
	dir := filepath.Join(append([]string{root}, below...)...)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return dir, err
	}
	ignore := filepath.Join(root, ".gitignore")
	if _, err := os.Stat(ignore); errors.Is(err, fs.ErrNotExist) {
		return dir, os.WriteFile(ignore, []byte("*\n"), 0o644)
	}
	return dir, nil
}
