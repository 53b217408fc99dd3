package dbt

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/freshet-status/freshet/sources"
)

// commits tells of the artifacts that the commits of a repository hold in a
// folder, the oldest first: one commit after the other, a file at a time, so
// that a long history needs no more memory than a short one.
func (m *memory) commits(ctx context.Context, repo, folder string) error {
	names, err := git(ctx, repo, "log", "--reverse", "--full-history", "--format=%H", "--", folder)
	if err != nil {
		return err
	}
	hashes := strings.Fields(names)
	if len(hashes) == 0 {
		return fmt.Errorf("%s: no commit has a folder %q\nhint: --path is a folder of the repository, such as target; is it ignored by git?", filepath.Base(repo), folder)
	}
	if shallow, _ := git(ctx, repo, "rev-parse", "--is-shallow-repository"); strings.TrimSpace(shallow) == "true" {
		m.fail(filepath.Base(repo), fmt.Errorf("the repository is shallow, and only %s of it could be read\nhint: git fetch --unshallow gets the rest", sources.Count(len(hashes), "commit")))
	}
	dir, err := os.MkdirTemp("", "freshet-import-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if m.keep, err = os.MkdirTemp("", "freshet-import-"); err != nil {
		return err
	}
	defer os.RemoveAll(m.keep)
	b, err := openBlobs(ctx, repo)
	if err != nil {
		return err
	}
	defer b.close()
	if err := errors.Join(m.checkOut(ctx, b, dir, folder, hashes), m.err()); err != nil || m.told > 0 {
		return err
	}
	return fmt.Errorf("%s: %s touch %q, and none has an artifact of dbt of the time asked for", filepath.Base(repo), sources.Count(len(hashes), "commit"), folder)
}

// checkOut puts the artifacts of each commit into dir, and tells of them. A
// commit with artifacts that were there before tells nothing.
func (m *memory) checkOut(ctx context.Context, b *blobs, dir, folder string, hashes []string) error {
	there, met := make(map[string]string), make(map[string]bool)
	for _, hash := range hashes {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := b.into(dir, hash, folder, there); err != nil {
			return err
		}
		state := fmt.Sprint(there)
		if met[state] || len(there) == 0 {
			continue
		}
		met[state] = true
		r := pastRun{dir: dir, files: inside(dir)}
		r.at = m.moment(ctx, r)
		if err := m.run(ctx, "commit "+hash[:10], r); err != nil {
			return err
		}
	}
	return nil
}

// blobs are the files of a repository, read by one process of git.
type blobs struct {
	cmd *exec.Cmd
	ask io.WriteCloser
	say *bufio.Reader
}

func openBlobs(ctx context.Context, repo string) (b *blobs, err error) {
	b = &blobs{cmd: exec.CommandContext(ctx, "git", "-C", repo, "cat-file", "--batch-command", "--buffer")}
	if b.ask, err = b.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := b.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	b.say = bufio.NewReaderSize(out, 1<<16)
	return b, b.cmd.Start()
}

func (b *blobs) close() {
	_ = b.ask.Close()
	_ = b.cmd.Process.Kill() // it may wait for somebody to read what it says
	_ = b.cmd.Wait()
}

// into brings a folder to the state of a commit. there are the ids of the files
// that are in it.
func (b *blobs) into(dir, commit, folder string, there map[string]string) error {
	for name := range named {
		id, err := b.id(commit + ":./" + path.Join(folder, name)) // as git log takes it: from the folder that was named
		if err != nil {
			return err
		}
		switch {
		case id == there[name]:
			continue
		case id == "":
			delete(there, name)
			err = os.Remove(filepath.Join(dir, name))
		default:
			there[name] = id
			err = b.write(id, filepath.Join(dir, name))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// id is that of a file, "" if there is none.
func (b *blobs) id(name string) (string, error) {
	words, err := b.head("info " + name)
	if err != nil || len(words) < 3 || words[1] != "blob" {
		return "", err
	}
	return words[0], nil
}

// head asks for a file, and reads the line that begins the answer.
func (b *blobs) head(command string) ([]string, error) {
	if _, err := fmt.Fprintf(b.ask, "%s\nflush\n", command); err != nil {
		return nil, err
	}
	line, err := b.say.ReadString('\n')
	if err != nil {
		return nil, fmt.Errorf("git cat-file: %w\nhint: --git needs git 2.36 or newer", err)
	}
	if words := strings.Fields(line); !slices.Contains(words, "missing") {
		return words, nil
	}
	return nil, nil
}

// write copies a file of the repository.
func (b *blobs) write(id, to string) error {
	words, err := b.head("contents " + id)
	if err != nil || len(words) < 3 {
		return errors.Join(err, fmt.Errorf("git cat-file: %s is not there", id))
	}
	size, err := strconv.ParseInt(words[2], 10, 64)
	if err != nil {
		return err
	}
	f, err := os.Create(to)
	if err != nil {
		return err
	}
	_, err = io.CopyN(f, b.say, size)
	_, end := b.say.Discard(1) // a newline
	return errors.Join(err, end, f.Close())
}

// git runs git in a repository.
func git(ctx context.Context, repo string, args ...string) (string, error) {
	out, err := exec.CommandContext(ctx, "git", append([]string{"-C", repo}, args...)...).Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		first, _, _ := strings.Cut(strings.TrimSpace(string(exit.Stderr)), "\n")
		return "", fmt.Errorf("git %s: %s", args[0], strings.ReplaceAll(first, repo, filepath.Base(repo)))
	}
	return string(out), err
}
