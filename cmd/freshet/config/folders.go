package config

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// checkFolders adds a fault for each folder of site.toml that is not usable: empty, around the folder of
// site.toml, or the same as another or inside it. Symbolic links are followed.
func (c *Config) checkFolders(b block) {
	folders := map[string]string{
		"history": c.Settings.History,
		"output":  c.Settings.Output,
		"state":   c.Settings.State,
	}
	resolved := make(map[string]string)
	for _, key := range slices.Sorted(maps.Keys(folders)) {
		folder := folders[key]
		if folder == "" {
			c.addFault(b, key, `must be a folder (got "")`)
			continue
		}
		dir := resolveLinks(c.ResolvePath(folder))
		if contains(dir, resolveLinks(c.configDir())) {
			c.addFault(b, key, fmt.Sprintf("must not contain site.toml (got %q)", folder))
			continue
		}
		for _, other := range slices.Sorted(maps.Keys(resolved)) {
			if contains(dir, resolved[other]) || contains(resolved[other], dir) {
				c.addFault(b, key, fmt.Sprintf("must not be the folder of %s, inside it or around it (got %q)", other, folder))
			}
		}
		resolved[key] = dir
	}
}

// resolveLinks returns the absolute path of a folder that need not exist, without symbolic links in the part
// that does.
func resolveLinks(dir string) string {
	whole, err := filepath.Abs(dir)
	if err != nil {
		return filepath.Clean(dir)
	}
	missing := ""
	for existing := whole; ; existing = filepath.Dir(existing) {
		resolved, err := filepath.EvalSymlinks(existing)
		if err == nil {
			return filepath.Join(resolved, missing)
		}
		if !os.IsNotExist(err) || existing == filepath.Dir(existing) {
			return whole
		}
		missing = filepath.Join(filepath.Base(existing), missing)
	}
}

// contains reports whether the folder inner is outer or inside it.
func contains(outer, inner string) bool {
	way, err := filepath.Rel(outer, inner)
	return err == nil && way != ".." && !strings.HasPrefix(way, ".."+string(filepath.Separator))
}
