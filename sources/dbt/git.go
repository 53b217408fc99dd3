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

// importCommits emits a scrape for each state of the artifacts that folder had in the commits
// of a branch of repo, or of its current branch if branch is "", oldest first. It reads one commit
// and one file at a time, so memory does not grow with the history. It is an error if no commit has artifacts since m.since, or if the
// repository is shallow, after what it holds was read.
func (m *Importer) importCommits(ctx context.Context, repo, branch, folder string) error {
	hashes, err := listCommits(ctx, repo, branch, folder)
	if err != nil {
		return err
	}
	if shallow, _ := runGit(ctx, repo, "rev-parse", "--is-shallow-repository"); strings.TrimSpace(shallow) == "true" {
		m.AddErrors(
			filepath.Base(repo),
			fmt.Errorf(
				"shallow repository: only %s could be read\nhint: run git fetch --unshallow",
				sources.FormatCount(len(hashes), "commit"),
			),
		)
	}
	dir, err := os.MkdirTemp("", "freshet-import-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	m.copyDir, err = os.MkdirTemp("", "freshet-import-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(m.copyDir)
	folder, err = pathInRepository(ctx, repo, folder)
	if err != nil {
		return err
	}
	b, err := openBlobReader(ctx, repo)
	if err != nil {
		return err
	}
	defer b.stopProcess()
	if err := errors.Join(m.replayCommits(ctx, b, dir, folder, hashes), m.JoinErrors()); err != nil || m.emitted > 0 {
		return err
	}
	return fmt.Errorf(
		"%s: no dbt artifacts from the requested period in %s that changed %q",
		filepath.Base(repo),
		sources.FormatCount(len(hashes), "commit"),
		folder,
	)
}

// listCommits returns the hashes of the commits of a branch that changed folder, oldest first. It is an
// error if there are none.
func listCommits(ctx context.Context, repo, branch, folder string) ([]string, error) {
	args := []string{"log", "--reverse", "--full-history", "--format=%H"}
	if branch != "" {
		args = append(args, "--end-of-options", branch)
	}
	names, err := runGit(ctx, repo, append(args, "--", folder)...)
	if err != nil {
		return nil, err
	}
	hashes := strings.Fields(names)
	if len(hashes) == 0 {
		return nil, fmt.Errorf(
			"%s: no commit contains folder %q\nhint: set --path to a folder in the repository, such as target, that git does not ignore",
			filepath.Base(repo),
			folder,
		)
	}
	return hashes, nil
}

// pathInRepository returns the path of folder, which is relative to repo, from the top of the
// repository: repo may be a folder in a work tree, or a bare repository.
func pathInRepository(ctx context.Context, repo, folder string) (string, error) {
	isBare, err := runGit(ctx, repo, "rev-parse", "--is-bare-repository")
	if err != nil || strings.TrimSpace(isBare) == "true" {
		return path.Clean(folder), err
	}
	prefix, err := runGit(ctx, repo, "rev-parse", "--show-prefix")
	return path.Join(strings.TrimSpace(prefix), folder), err
}

// replayCommits writes the artifacts of each commit into dir and imports them as a run. A
// commit is skipped if it has no artifacts, or the same artifacts as an earlier commit.
func (m *Importer) replayCommits(ctx context.Context, b *blobReader, dir, folder string, hashes []string) error {
	blobIDs := make(map[string]string)
	imported := make(map[string]bool)
	for _, hash := range hashes {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := b.checkOutFolder(dir, hash, folder, blobIDs); err != nil {
			return err
		}
		state := fmt.Sprint(blobIDs)
		if imported[state] || len(blobIDs) == 0 {
			continue
		}
		imported[state] = true
		r := PastRun{Dir: dir, Files: listArtifacts(dir)}
		r.At = m.ReadNewestTime(ctx, r)
		if err := m.ImportRun(ctx, "commit "+hash[:10], r); err != nil {
			return err
		}
	}
	return nil
}

// A blobReader reads files of a git repository through one process of git cat-file.
type blobReader struct {
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	stdout *bufio.Reader
}

// openBlobReader starts git cat-file in repo. The caller must call stopProcess. The process
// also ends with ctx.
func openBlobReader(ctx context.Context, repo string) (b *blobReader, err error) {
	b = &blobReader{cmd: exec.CommandContext(ctx, "git", "-C", repo, "cat-file", "--batch-command", "--buffer")}
	b.stdin, err = b.cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := b.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	b.stdout = bufio.NewReaderSize(out, 1<<16)
	return b, b.cmd.Start()
}

// stopProcess ends the git process.
func (b *blobReader) stopProcess() {
	_ = b.stdin.Close()
	_ = b.cmd.Process.Kill() // it may block on output that nobody reads
	_ = b.cmd.Wait()
}

// checkOutFolder changes dir to hold the artifacts that folder, a path from the top of the
// repository, has in commit. blobIDs holds the
// id of each file in dir by name, and is updated.
func (b *blobReader) checkOutFolder(dir, commit, folder string, blobIDs map[string]string) error {
	for name := range kindByName {
		id, err := b.findBlobID(commit + ":" + path.Join(folder, name))
		if err != nil {
			return err
		}
		switch {
		case id == blobIDs[name]:
			continue
		case id == "":
			delete(blobIDs, name)
			err = os.Remove(filepath.Join(dir, name))
		default:
			blobIDs[name] = id
			err = b.writeBlob(id, filepath.Join(dir, name))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// findBlobID returns the object id of a file, named "COMMIT:PATH", or "" if there is no such
// file.
func (b *blobReader) findBlobID(name string) (string, error) {
	words, err := b.sendCommand("info " + name)
	if err != nil || len(words) < 3 || words[1] != "blob" {
		return "", err
	}
	return words[0], nil
}

// sendCommand sends a command to git cat-file and returns the words of the first line of its
// answer, or nil if git does not find the object. The contents that follow a contents command
// are still to be read.
func (b *blobReader) sendCommand(command string) ([]string, error) {
	if _, err := fmt.Fprintf(b.stdin, "%s\nflush\n", command); err != nil {
		return nil, err
	}
	line, err := b.stdout.ReadString('\n')
	if err != nil {
		return nil, fmt.Errorf("git cat-file: %w\nhint: use git 2.36 or newer", err)
	}
	if words := strings.Fields(line); !slices.Contains(words, "missing") {
		return words, nil
	}
	return nil, nil
}

// writeBlob copies the blob with this id into the file to.
func (b *blobReader) writeBlob(id, to string) error {
	words, err := b.sendCommand("contents " + id)
	if err != nil || len(words) < 3 {
		return errors.Join(err, fmt.Errorf("git cat-file: %s: not found", id))
	}
	size, err := strconv.ParseInt(words[2], 10, 64)
	if err != nil {
		return err
	}
	f, err := os.Create(to)
	if err != nil {
		return err
	}
	_, err = io.CopyN(f, b.stdout, size)
	_, end := b.stdout.Discard(1) // the newline after the contents
	return errors.Join(err, end, f.Close())
}

// runGit runs git in repo and returns its output. Its error holds the first line that git wrote
// to stderr, without the path to repo.
func runGit(ctx context.Context, repo string, args ...string) (string, error) {
	out, err := exec.CommandContext(ctx, "git", append([]string{"-C", repo}, args...)...).Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		first, _, _ := strings.Cut(strings.TrimSpace(string(exit.Stderr)), "\n")
		return "", fmt.Errorf("git %s: %s", args[0], strings.ReplaceAll(first, repo, filepath.Base(repo)))
	}
	return string(out), err
}
