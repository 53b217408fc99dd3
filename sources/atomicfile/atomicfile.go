// Package atomicfile writes a file whole or not at all: whoever reads it meets
// the old content or the new one, also after a kill or a power cut.
//
// The content is written beside the file, under its name and ".next", flushed to
// the disk, and then renamed. Everything in freshet that replaces a file uses
// this package; the history, which appends, uses it for a day's first line.
package atomicfile

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"runtime"
	"syscall"
)

// Suffix ends the name of a file that is not complete yet. One that a kill left
// behind is overwritten by the next write.
const Suffix = ".next"

// Write makes data the content of the file at path, with these permissions if the
// file is new or not. The folder must exist.
func Write(path string, data []byte, mode fs.FileMode) error {
	return WriteFrom(path, mode, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
}

// WriteFrom makes what fill writes the content of the file at path. Where fill or
// the disk fails, the file stays as it was and nothing is left beside it.
func WriteFrom(path string, mode fs.FileMode, fill func(io.Writer) error) error {
	beside := path + Suffix
	if err := writeBeside(beside, mode, fill); err != nil {
		return errors.Join(err, removeIfThere(beside))
	}
	return os.Rename(beside, path)
}

// SyncFolder flushes the entries of a folder to the disk, so that a file that was created or renamed in it
// is there after a power cut, too. Where folders cannot be flushed, as on Windows, it does nothing.
func SyncFolder(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	err = f.Sync()
	if errors.Is(err, fs.ErrInvalid) || errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.ENOTSUP) || runtime.GOOS == "windows" {
		err = nil
	}
	return errors.Join(err, f.Close())
}

// writeBeside writes a new file and flushes it to the disk.
func writeBeside(path string, mode fs.FileMode, fill func(io.Writer) error) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, mode)
	if err != nil {
		return err
	}
	if err := fill(f); err != nil {
		return errors.Join(err, f.Close())
	}
	return errors.Join(f.Chmod(mode), f.Sync(), f.Close())
}

// removeIfThere deletes a file; that it does not exist is no error.
func removeIfThere(path string) error {
	err := os.Remove(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
