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

// A folder is where a site is written. It remembers what was written, so that
// what is left over from an earlier site can go.
type folder struct {
	Written
	dir   string
	wrote map[string]bool
	made  map[string]bool // folders that are there
}

func newFolder(dir string) *folder {
	return &folder{dir: dir, wrote: make(map[string]bool), made: make(map[string]bool)}
}

// put makes data the content of a file. What is so already is left alone.
func (f *folder) put(name string, data []byte) error {
	f.wrote[name] = true
	f.Files++
	f.Bytes += int64(len(data))
	file := filepath.Join(f.dir, filepath.FromSlash(name))
	old, err := os.ReadFile(file)
	if err == nil && bytes.Equal(old, data) {
		return nil
	}
	f.Changed++
	if err := f.make(filepath.Dir(file)); err != nil {
		return err
	}
	return hinted(atomicfile.Write(file, data, 0o644))
}

func (f *folder) make(dir string) error {
	if f.made[dir] {
		return nil
	}
	f.made[dir] = true
	return hinted(os.MkdirAll(dir, 0o755))
}

// hinted says what a person can do about a folder that cannot be written.
func hinted(err error) error {
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS) || errors.Is(err, syscall.ENOTDIR) {
		return fmt.Errorf("%w\nhint: output in site.toml names a folder that freshet may write", err)
	}
	return err
}

// ours are the names of pages that are made of ids.
var ours = regexp.MustCompile(`-[0-9a-f]{8}\.(html|json|js)$`)

// prune removes the pages of assets that are there no more. It looks only into
// folders that a site has for itself.
func (f *folder) prune() error {
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
			if f.wrote[name] || e.IsDir() || name != "t/uses.html" && !ours.MatchString(e.Name()) {
				continue
			}
			if err := os.Remove(filepath.Join(f.dir, filepath.FromSlash(name))); err != nil {
				return hinted(err)
			}
			f.Removed++
		}
	}
	return nil
}
