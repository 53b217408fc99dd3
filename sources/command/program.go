package command

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"time"

	"github.com/freshet-status/freshet/sources"
)

// Limits of what a program may print.
const (
	maxLineBytes = 1 << 20
	maxBytes     = 256 << 20
)

// killDelay is how long a program that was killed may hold its pipes open.
const killDelay = 500 * time.Millisecond

// inheritedVariables are the environment variables that every program gets: without them neither a
// shell nor curl works as on the command line. None of them holds a secret.
var inheritedVariables = []string{
	"PATH", "HOME", "USER", "LANG", "LC_ALL", "TZ", "TMPDIR", "SYSTEMROOT", "SSL_CERT_FILE", "SSL_CERT_DIR",
	"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy",
}

// runProgram runs the program and passes each line that it prints to read. It errs if the program
// does not start, does not end well, prints too much or is still running when ctx ends. All
// processes that it started end with it.
func (s *source) runProgram(ctx context.Context, read func(line []byte)) error {
	env, secrets, err := s.collectEnv()
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	cmd := exec.CommandContext(ctx, s.resolveProgram(), s.Command[1:]...)
	cmd.Dir = s.setting.Dir
	cmd.Env = env
	cmd.WaitDelay = killDelay
	var messages tail
	cmd.Stderr = &messages
	endGroup(cmd)
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("not started: %w\nhint: command holds a program and its arguments, without a shell", cause(err))
	}
	readErr := readLines(stdout, read)
	if readErr != nil {
		stop()
	}
	waitErr := cmd.Wait()
	return cmp.Or(s.explainContext(ctx, readErr), readErr, explainExit(waitErr, messages.lastLine(secrets)))
}

// resolveProgram returns the program: a path relative to the folder of site.toml if it holds a
// slash, else a name that is looked up in PATH.
func (s *source) resolveProgram() string {
	if strings.ContainsAny(s.Command[0], `/\`) {
		return s.setting.ResolvePath(s.Command[0])
	}
	return s.Command[0]
}

// collectEnv returns the environment of the program, and the values of the variables that the key
// env names. It errs if one of them is not set.
func (s *source) collectEnv() (env, secrets []string, err error) {
	for _, name := range inheritedVariables {
		if value := s.setting.Env(name); value != "" {
			env = append(env, name+"="+value)
		}
	}
	for _, name := range s.Env {
		value := s.setting.ReadSecret(name)
		if value == "" {
			return nil, nil, fmt.Errorf("%s is not set\nhint: set the variable, or remove it from env in [[source]] %q", name, s.Name())
		}
		env = append(env, name+"="+value)
		secrets = append(secrets, value)
	}
	return env, secrets, nil
}

// readLines passes each line of r that is not empty to read. It errs at a line or an output that is
// too long.
func readLines(r io.Reader, read func(line []byte)) error {
	limited := &io.LimitedReader{R: r, N: maxBytes}
	lines := bufio.NewScanner(limited)
	lines.Buffer(nil, maxLineBytes)
	for lines.Scan() {
		read(lines.Bytes())
	}
	switch {
	case errors.Is(lines.Err(), bufio.ErrTooLong):
		return fmt.Errorf("a line is longer than %s\nhint: print one JSON object a line", sources.FormatSize(maxLineBytes))
	case limited.N <= 0:
		return fmt.Errorf("printed more than %s", sources.FormatSize(maxBytes))
	default:
		return nil // an interrupted pipe shows in how the program ended
	}
}

// explainContext returns the error of a program that was stopped because ctx ended; nil if it was
// not, or was stopped because of readErr.
func (s *source) explainContext(ctx context.Context, readErr error) error {
	switch {
	case readErr != nil:
		return nil
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return fmt.Errorf("did not end in time\nhint: raise deadline in [[source]] %q", s.Name())
	default:
		return ctx.Err()
	}
}

// explainExit returns the error of a program that did not end well, with the last line that it
// wrote to its standard error; nil if it ended well.
func explainExit(err error, message string) error {
	if err == nil {
		return nil
	}
	if message == "" {
		return err
	}
	return fmt.Errorf("%w: %s", err, message)
}

// cause returns why a program did not start, without the name of the program.
func cause(err error) error {
	if wrapped := errors.Unwrap(err); wrapped != nil {
		return wrapped
	}
	return err
}

// tailBytes is how much of the end of a standard error is kept.
const tailBytes = 4 << 10

// A tail keeps the end of what is written to it.
type tail struct{ bytes []byte }

// Write keeps the end of p. It never errs.
func (t *tail) Write(p []byte) (int, error) {
	t.bytes = append(t.bytes, p...)
	if extra := len(t.bytes) - tailBytes; extra > 0 {
		t.bytes = t.bytes[extra:]
	}
	return len(p), nil
}

// lastLine returns the last line that is not blank, clipped, with asterisks in place of secrets.
func (t *tail) lastLine(secrets []string) string {
	text := strings.TrimSpace(string(t.bytes))
	line := strings.TrimSpace(text[strings.LastIndexByte(text, '\n')+1:])
	for _, secret := range secrets {
		line = strings.ReplaceAll(line, secret, "***")
	}
	return sources.ClipText(strings.ToValidUTF8(line, ""), 300)
}
