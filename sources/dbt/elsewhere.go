package dbt

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/freshet-status/freshet/sources"
	"github.com/freshet-status/freshet/sources/atomicfile"
	"github.com/freshet-status/freshet/sources/bucket"
	"github.com/freshet-status/freshet/sources/calls"
	"github.com/freshet-status/freshet/sources/state"
)

// bring brings the artifacts that an address names here, those that changed
// alone, and lists them. They stay in the state folder, which may be lost.
func (v *visit) bring(address string) (paths []string) {
	b, key, err := bucket.Open(v.ctx, address, v.setting.Env)
	if err != nil {
		v.fail(fmt.Errorf("%s: %w", address, err))
		return nil
	}
	base := strings.TrimSuffix(strings.TrimRight(address, "/"), key)
	keys, err := v.keys(b, key)
	if err != nil {
		v.fail(fmt.Errorf("%s: %w", address, err))
	}
	for _, k := range keys {
		file, err := v.object(b, base, k)
		if err != nil && !errors.Is(err, bucket.ErrAbsent) {
			v.fail(fmt.Errorf("%s%s: %w", base, k, err))
		}
		if err == nil {
			paths = append(paths, file)
		}
	}
	return paths
}

// keys are the artifacts that may be there: a file that is named, or those of a
// folder. A glob names many, which are listed.
func (v *visit) keys(b bucket.Bucket, key string) (keys []string, err error) {
	glob := strings.IndexAny(key, "*?[")
	switch {
	case glob >= 0:
		return v.globbed(b, key, key[:glob])
	case path.Ext(key) == ".json":
		return []string{key}, nil
	}
	for name := range named {
		keys = append(keys, strings.TrimPrefix(path.Join(key, name), "/"))
	}
	slices.Sort(keys)
	return keys, nil
}

// globbed are the artifacts that a glob names, or that lie in a folder which it
// names.
func (v *visit) globbed(b bucket.Bucket, glob, prefix string) (keys []string, err error) {
	listed := 0
	err = b.List(v.ctx, prefix, func(key string) {
		listed++
		file, _ := doublestar.Match(glob, key)
		folder, _ := doublestar.Match(glob, path.Dir(key))
		if named[path.Base(key)] != "" && (file || folder) {
			keys = append(keys, key)
		}
	})
	v.answer.Requests += listed/1000 + 1
	if errors.Is(err, errors.ErrUnsupported) {
		err = errors.New("a web server does not list its folders\nhint: name each folder, in a list")
	}
	if err == nil && len(keys) == 0 {
		v.note("artifacts: nothing matches %q among %s", glob, sources.Count(listed, "file"))
	}
	return keys, err
}

// object brings one file here, unless it is here as it is there.
func (v *visit) object(b bucket.Bucket, base, key string) (file string, err error) {
	dir, err := v.keep(base + path.Dir(key))
	if err != nil {
		return "", err
	}
	file = filepath.Join(dir, path.Base(key))
	tag := ""
	if _, err := os.Stat(file); err == nil {
		data, _ := os.ReadFile(file + ".tag")
		tag = string(data)
	}
	v.answer.Requests++
	body, newTag, err := b.Get(v.ctx, key, tag)
	v.names[file] = base + key
	switch {
	case errors.Is(err, bucket.ErrSame):
		return file, nil
	case errors.Is(err, bucket.ErrAbsent):
		_ = os.Remove(file)
		return "", err
	case err != nil:
		return "", err
	}
	defer body.Close()
	_ = os.Remove(file + ".tag") // it is of the file that was here
	n, err := store(body, file)
	if v.answer.Bytes += n; err != nil {
		return "", err
	}
	return file, os.WriteFile(file+".tag", []byte(newTag), 0o644)
}

// keep is a folder for what an address holds.
func (v *visit) keep(address string) (dir string, err error) {
	if v.names == nil {
		v.names = make(map[string]string)
	}
	root := v.setting.State
	if root == "" {
		if v.temp == "" {
			v.temp, err = os.MkdirTemp("", "freshet-artifacts-")
		}
		root = v.temp
	}
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256([]byte(address))
	return state.Folder(root, "artifacts", v.setting.Name, fmt.Sprintf("%.8x", sum))
}

// store writes a file, whole or not at all.
func store(body io.Reader, file string) (n int64, err error) {
	err = atomicfile.WriteFrom(file, 0o644, func(w io.Writer) error {
		n, err = io.Copy(w, io.LimitReader(body, mostArtifact+1))
		if err == nil && n > mostArtifact {
			err = fmt.Errorf("larger than %s", sources.Size(mostArtifact))
		}
		if err != nil {
			return fmt.Errorf("the artifact was cut: %w", calls.Plain(err, "is url right, and is it let out of this network?"))
		}
		return nil
	})
	return n, err
}
