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
	"github.com/freshet-status/freshet/sources/httpclient"
	"github.com/freshet-status/freshet/sources/state"
)

// fetchArtifacts downloads the artifacts at a bucket address that changed since the last visit,
// and returns the local paths of all of them. They are kept in the state folder; if that is
// lost, they are downloaded again. Failures are recorded in v.
func (v *Reader) fetchArtifacts(address string) (paths []string) {
	for _, value := range bucket.ListSecrets(v.Setting.Env) {
		v.Setting.Secrets.Keep(value)
	}
	b, key, err := bucket.Open(v.Context, address, v.Setting.Env)
	if err != nil {
		v.AddError(fmt.Errorf("%s: %w", address, err))
		return nil
	}
	base := strings.TrimSuffix(strings.TrimRight(address, "/"), key)
	keys, err := v.expandKey(b, key)
	if err != nil {
		v.AddError(fmt.Errorf("%s: %w", address, err))
	}
	for _, k := range keys {
		file, err := v.downloadFile(b, base, k)
		if err != nil && !errors.Is(err, bucket.ErrNotFound) {
			v.AddError(fmt.Errorf("%s%s: %w", base, k, err))
		}
		if err == nil {
			paths = append(paths, file)
		}
	}
	return paths
}

// expandKey returns the keys that may be artifacts: key itself if it is a .json file, the
// matches of a glob, which lists the bucket, or the artifact names in the folder key. Only
// matches of a glob are known to exist.
func (v *Reader) expandKey(b bucket.Bucket, key string) (keys []string, err error) {
	glob := strings.IndexAny(key, "*?[")
	switch {
	case glob >= 0:
		return v.fetchMatchingKeys(b, key, key[:glob])
	case path.Ext(key) == ".json":
		return []string{key}, nil
	}
	for name := range kindByName {
		keys = append(keys, strings.TrimPrefix(path.Join(key, name), "/"))
	}
	slices.Sort(keys)
	return keys, nil
}

// fetchMatchingKeys lists the bucket below prefix and returns the artifacts that glob matches,
// or in a folder that glob matches. It adds a note if there are none. A web server cannot be
// listed, which is an error.
func (v *Reader) fetchMatchingKeys(b bucket.Bucket, glob, prefix string) (keys []string, err error) {
	listed := 0
	err = b.ListKeys(v.Context, prefix, func(key string) {
		listed++
		matchesFile, _ := doublestar.Match(glob, key)
		matchesFolder, _ := doublestar.Match(glob, path.Dir(key))
		if kindByName[path.Base(key)] != "" && (matchesFile || matchesFolder) {
			keys = append(keys, key)
		}
	})
	v.Answer.Requests += listed/1000 + 1
	if errors.Is(err, errors.ErrUnsupported) {
		err = errors.New("globs do not work on a web server\nhint: list each folder in artifacts")
	}
	if err == nil && len(keys) == 0 {
		v.addNote("artifacts: no match for %q in %s", glob, sources.FormatCount(listed, "file"))
	}
	return keys, err
}

// downloadFile downloads key into the cache unless the stored ETag still matches, and returns
// its local path. If the bucket has no such file, it deletes the cached copy and returns
// bucket.ErrAbsent.
func (v *Reader) downloadFile(b bucket.Bucket, base, key string) (file string, err error) {
	dir, err := v.makeCacheDir(base + path.Dir(key))
	if err != nil {
		return "", err
	}
	file = filepath.Join(dir, path.Base(key))
	oldTag := ""
	if _, err := os.Stat(file); err == nil {
		data, _ := os.ReadFile(file + ".tag")
		oldTag = string(data)
	}
	v.Answer.Requests++
	body, newTag, err := b.FetchIfChanged(v.Context, key, oldTag)
	v.addresses[file] = base + key
	switch {
	case errors.Is(err, bucket.ErrUnchanged):
		return file, nil
	case errors.Is(err, bucket.ErrNotFound):
		_ = os.Remove(file)
		return "", err
	case err != nil:
		return "", err
	}
	defer body.Close()
	_ = os.Remove(file + ".tag") // it belongs to the old file
	n, err := SaveArtifact(body, file)
	v.Answer.Bytes += n
	if err != nil {
		return "", err
	}
	return file, os.WriteFile(file+".tag", []byte(newTag), 0o600)
}

// forgetUnreadable deletes the downloads that are no artifacts, such as a page of a proxy, so that the next
// visit downloads them again.
func (v *Reader) forgetUnreadable() {
	for _, path := range v.unreadable {
		if v.addresses[path] != "" {
			_ = os.Remove(path)
			_ = os.Remove(path + ".tag")
		}
	}
}

// makeCacheDir creates and returns the folder for downloads from address: below the state
// folder or, without one, below a folder that is deleted after the visit.
func (v *Reader) makeCacheDir(address string) (dir string, err error) {
	if v.addresses == nil {
		v.addresses = make(map[string]string)
	}
	root := v.Setting.State
	if root == "" {
		if v.tempDir == "" {
			v.tempDir, err = os.MkdirTemp("", "freshet-artifacts-")
		}
		root = v.tempDir
	}
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256([]byte(address))
	return state.MakeFolder(root, "artifacts", v.Setting.Name, fmt.Sprintf("%.8x", sum))
}

// MaxArtifactBytes is the size of the largest artifact that is downloaded.
const MaxArtifactBytes = 1 << 30

// SaveArtifact writes body to file atomically, so that file is either complete or unchanged,
// and returns the number of bytes read. A body above maxArtifactBytes is an error.
func SaveArtifact(body io.Reader, file string) (n int64, err error) {
	err = atomicfile.WriteFrom(file, 0o600, func(w io.Writer) error {
		n, err = io.Copy(w, io.LimitReader(body, MaxArtifactBytes+1))
		if err == nil && n > MaxArtifactBytes {
			err = fmt.Errorf("larger than %s", sources.FormatSize(MaxArtifactBytes))
		}
		if err != nil {
			return fmt.Errorf(
				"artifact was cut off: %w",
				httpclient.RedactError(err, "check the address and the outbound firewall"),
			)
		}
		return nil
	})
	return n, err
}
