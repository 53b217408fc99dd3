// Package outputdir writes the files of a site into a folder, and removes what an earlier site left there.
//
// The folder may hold files of others. The record, a file in the folder, names every file that was written
// here: a file that it does not name is neither replaced nor removed. A name is recorded before its file is
// written, so that the record is complete after a kill, too.
package outputdir

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/freshet-status/freshet/sources/atomicfile"
)

// Stats counts the files of a site: all of them, those whose content is new, and the leftovers of an
// earlier site that were removed. Bytes is the size of all files.
type Stats struct {
	Files, Changed, Removed int
	Bytes                   int64
}

// RecordName is the name of the record: a line with the path of each file, relative to the folder, with
// slashes. A last line without a newline, as a power cut leaves it, does not count.
const RecordName = ".freshet-files"

// recordHead is the first line of the record.
const recordHead = "# Written by freshet: the files of the site, which it may replace and remove.\n"

// A Dir is the folder of one site while that is written.
type Dir struct {
	Stats
	// Replace makes data the content of a file, whole or not at all; tests replace it to fail.
	Replace func(path string, data []byte) error

	dir      string
	ours     map[string]bool // files that are recorded
	written  map[string]bool // files of this site
	madeDirs map[string]bool // folders known to exist
	record   *os.File        // takes the names of new files; nil before the first
}

// Open returns the folder at dir, which need not exist. It errs if the folder holds the site of another
// program.
func Open(dir string) (*Dir, error) {
	d := &Dir{
		Replace:  func(path string, data []byte) error { return atomicfile.Write(path, data, 0o644) },
		dir:      dir,
		written:  make(map[string]bool),
		madeDirs: make(map[string]bool),
	}
	var err error
	d.ours, err = readRecord(dir)
	if errors.Is(err, fs.ErrNotExist) {
		d.ours, err = listOlderSite(dir)
	}
	const home = "index.html"
	if _, statErr := os.Stat(filepath.Join(dir, home)); err == nil && statErr == nil && !d.ours[home] {
		err = errForeign(filepath.Join(dir, home))
	}
	return d, addHint(err)
}

// errForeign returns the error for a file of another program.
func errForeign(file string) error {
	return fmt.Errorf("%s: there is a file that freshet did not write\nhint: set output in site.toml to an empty folder", file)
}

// readRecord returns the files that the record of dir names. Names that lead out of the folder are left out.
func readRecord(dir string) (map[string]bool, error) {
	text, err := os.ReadFile(filepath.Join(dir, RecordName))
	if err != nil {
		return nil, err
	}
	ours := make(map[string]bool)
	for line := range strings.Lines(string(text)) {
		name, isWhole := strings.CutSuffix(line, "\n")
		if isWhole && !strings.HasPrefix(name, "#") && isInside(name) {
			ours[name] = true
		}
	}
	return ours, nil
}

// isInside reports whether name is the clean path of a file in the folder.
func isInside(name string) bool {
	return filepath.IsLocal(filepath.FromSlash(name)) && path.Clean(name) == name && name != "." && name != RecordName
}

// olderFolders are the folders of a site that a version without a record wrote, "" for the folder itself.
var olderFolders = []string{"", "d", "f", "t", "o", "api/v1", "api/v1/dashboards", "api/v1/causes", "vendor"}

// listOlderSite returns the files of a site in dir that a version without a record wrote; none if dir holds
// no such site.
func listOlderSite(dir string) (map[string]bool, error) {
	ours := make(map[string]bool)
	summary, err := os.ReadFile(filepath.Join(dir, "api", "v1", "summary.json"))
	if errors.Is(err, fs.ErrNotExist) || err == nil && !bytes.Contains(summary, []byte(`"built_by":"freshet `)) {
		return ours, nil
	}
	for _, folder := range olderFolders {
		entries, readErr := os.ReadDir(filepath.Join(dir, filepath.FromSlash(folder)))
		if readErr != nil && !errors.Is(readErr, fs.ErrNotExist) {
			return nil, readErr
		}
		for _, e := range entries {
			if !e.IsDir() {
				ours[path.Join(folder, e.Name())] = true
			}
		}
	}
	return ours, err
}

// WriteFile makes data the content of the file name, and counts it. A file that already has this content
// is left alone. It errs if the file is there and is not ours. name is relative to the folder, with
// slashes.
func (d *Dir) WriteFile(name string, data []byte) error {
	d.written[name] = true
	d.Files++
	d.Bytes += int64(len(data))
	file := filepath.Join(d.dir, filepath.FromSlash(name))
	old, err := os.ReadFile(file)
	if err == nil && bytes.Equal(old, data) {
		return d.recordName(name)
	}
	if !errors.Is(err, fs.ErrNotExist) && !d.ours[name] {
		return errForeign(file)
	}
	d.Changed++
	if err := d.makeFolder(filepath.Dir(file)); err != nil {
		return err
	}
	if err := d.recordName(name); err != nil {
		return err
	}
	return addHint(d.Replace(file, data))
}

// recordName adds a name to the record unless it is there.
func (d *Dir) recordName(name string) error {
	if d.ours[name] {
		return nil
	}
	d.ours[name] = true
	if d.record == nil {
		if err := d.openRecord(); err != nil {
			return err
		}
	}
	_, err := d.record.WriteString(name + "\n")
	return err
}

// openRecord opens the record for names to be added. It completes a line that a power cut tore, and writes
// the names of an older site.
func (d *Dir) openRecord() error {
	if err := d.makeFolder(d.dir); err != nil {
		return err
	}
	file := filepath.Join(d.dir, RecordName)
	if err := atomicfile.Write(file, formatRecord(d.ours), 0o644); err != nil {
		return addHint(err)
	}
	f, err := os.OpenFile(file, os.O_APPEND|os.O_WRONLY, 0o644)
	d.record = f
	return addHint(err)
}

// makeFolder creates a folder and its parents once per run.
func (d *Dir) makeFolder(dir string) error {
	if d.madeDirs[dir] {
		return nil
	}
	d.madeDirs[dir] = true
	return addHint(os.MkdirAll(dir, 0o755))
}

// HasWritten reports whether the site has a file of this name so far.
func (d *Dir) HasWritten(name string) bool { return d.written[name] }

// Finish removes the files of earlier sites that this site did not write, and what a kill left incomplete,
// and records what is there now.
func (d *Dir) Finish() error {
	if err := d.removeIncomplete(); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(d.ours)) {
		if d.written[name] {
			continue
		}
		if err := removeIfThere(filepath.Join(d.dir, filepath.FromSlash(name))); err != nil {
			return err
		}
		d.Removed++
		delete(d.ours, name)
	}
	if err := d.Close(); err != nil {
		return err
	}
	return d.writeRecord()
}

// removeIncomplete removes what a kill left beside the files of the site.
func (d *Dir) removeIncomplete() error {
	folders := map[string]bool{".": true}
	for name := range d.ours {
		folders[path.Dir(name)] = true
	}
	for folder := range folders {
		entries, err := os.ReadDir(filepath.Join(d.dir, filepath.FromSlash(folder)))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		for _, e := range entries {
			whole, isIncomplete := strings.CutSuffix(e.Name(), atomicfile.Suffix)
			name := path.Join(folder, whole)
			if !isIncomplete || !d.ours[name] && name != RecordName {
				continue
			}
			if err := removeIfThere(filepath.Join(d.dir, filepath.FromSlash(folder), e.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

// removeIfThere removes a file; that it does not exist is no error.
func removeIfThere(file string) error {
	err := os.Remove(file)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return nil
	}
	return addHint(err)
}

// writeRecord makes the sorted names of the files that are there the content of the record, unless it has them.
func (d *Dir) writeRecord() error {
	file := filepath.Join(d.dir, RecordName)
	text := formatRecord(d.written)
	old, err := os.ReadFile(file)
	if err == nil && bytes.Equal(old, text) {
		return nil
	}
	return addHint(atomicfile.Write(file, text, 0o644))
}

// formatRecord returns the record of files, sorted.
func formatRecord(files map[string]bool) []byte {
	var text bytes.Buffer
	text.WriteString(recordHead)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		text.WriteString(name + "\n")
	}
	return text.Bytes()
}

// Close closes the record. A site whose files are not all written needs no more than this.
func (d *Dir) Close() error {
	if d.record == nil {
		return nil
	}
	err := d.record.Close()
	if errors.Is(err, os.ErrClosed) {
		return nil
	}
	return err
}

// addHint returns err with a hint about output in site.toml if the folder cannot be written;
// other errors and nil are returned as they are.
func addHint(err error) error {
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS) || errors.Is(err, syscall.ENOTDIR) {
		return fmt.Errorf("%w\nhint: set output in site.toml to a folder that freshet can write", err)
	}
	return err
}
