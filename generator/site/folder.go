package site

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"syscall"

	"github.com/freshet-status/freshet/sources/atomicfile"
)

// An outputDir is the folder that a site is written to. It records the files written, so that
// leftovers of an earlier site can be removed.
type outputDir struct {
	WriteStats
	dir string
	// names of the files of this site, relative to dir, with slashes
	written  map[string]bool
	madeDirs map[string]bool // folders known to exist
}

// newOutputDir returns an outputDir for dir, which need not exist.
func newOutputDir(dir string) *outputDir {
	return &outputDir{dir: dir, written: make(map[string]bool), madeDirs: make(map[string]bool)}
}

// writeFile makes data the content of the file name, and counts it. A file that already has
// this content is left alone. name is relative to dir, with slashes.
func (f *outputDir) writeFile(name string, data []byte) error {
	f.written[name] = true
	f.Files++
	f.Bytes += int64(len(data))
	file := filepath.Join(f.dir, filepath.FromSlash(name))
	old, err := os.ReadFile(file)
	if err == nil && bytes.Equal(old, data) {
		return nil
	}
	f.Changed++
	if err := f.makeDir(filepath.Dir(file)); err != nil {
		return err
	}
	return addHint(atomicfile.Write(file, data, 0o644))
}

// makeDir creates dir and its parents once per run.
func (f *outputDir) makeDir(dir string) error {
	if f.madeDirs[dir] {
		return nil
	}
	f.madeDirs[dir] = true
	return addHint(os.MkdirAll(dir, 0o755))
}

// addHint returns err with a hint about output in site.toml if the folder cannot be written;
// other errors and nil are returned as they are.
func addHint(err error) error {
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS) || errors.Is(err, syscall.ENOTDIR) {
		return fmt.Errorf("%w\nhint: set output in site.toml to a folder that freshet can write", err)
	}
	return err
}

// assetFilePattern matches the names of files that were named by fileName, so that files of
// other origin are never removed.
var assetFilePattern = regexp.MustCompile(`-[0-9a-f]{8}\.(html|json|js)$`)

// removeLeftovers removes files of earlier sites that this site did not write, such as pages of
// assets that no longer exist. It looks only into folders that belong to the site, and only at
// files named by fileName and t/uses.html.
func (f *outputDir) removeLeftovers() error {
	for _, dir := range []string{"d", "f", "t", "o", "api/v1/dashboards", "api/v1/causes"} {
		entries, err := os.ReadDir(filepath.Join(f.dir, filepath.FromSlash(dir)))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		for _, e := range entries {
			name := dir + "/" + e.Name()
			if f.written[name] || e.IsDir() || name != "t/uses.html" && !assetFilePattern.MatchString(e.Name()) {
				continue
			}
			if err := os.Remove(filepath.Join(f.dir, filepath.FromSlash(name))); err != nil {
				return addHint(err)
			}
			f.Removed++
		}
	}
	return nil
}
