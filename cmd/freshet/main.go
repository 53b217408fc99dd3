// Command freshet shows how fresh your data is.
//
// This package reads the command line and site.toml, connects the sources to the generator,
// prints results, and turns errors into an exit status. It decides no status of its own. It is
// the only package that reads the wall clock.
//
// To add a command, write its constructor and list it in newRootCommand. To add a source, add
// its package and one line to config.SourceTypes.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"
	"time"
	_ "time/tzdata" // zones, where the system has none

	"github.com/freshet-status/freshet/generator"
	"github.com/freshet-status/freshet/sources"
)

// Exit statuses of freshet.
const (
	exitOK      = 0
	exitFailure = 1
	exitUsage   = 2 // the command line or site.toml is wrong
	exitPartial = 3 // only part of the work was done: a source could not be read
)

// A usageError is an error of the command line or of site.toml. Its text names the command or
// the file, so reportError prints it without a prefix.
type usageError struct{ error }

// garbagePercent is how much garbage may be kept, in percent of what is in use. Go's own 100 needs a quarter more
// memory to read 100,000 tables, and saves a percent of the time to judge them.
const garbagePercent = 50

func main() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(garbagePercent)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(runMain(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr, os.Getenv, time.Now))
}

// runMain runs the command line args with the given streams, environment and clock, and returns
// the exit status.
func runMain(
	ctx context.Context,
	args []string,
	stdin io.Reader,
	stdout, stderr io.Writer,
	env func(string) string,
	clock func() time.Time,
) int {
	secrets := new(sources.Secrets)
	k := &invocation{
		env:              env,
		clock:            clock,
		secrets:          secrets,
		isResultTerminal: isTerminal(stdout, env),
		isTalkTerminal:   isTerminal(stderr, env),
	}
	stdout = sources.SecretWriter{To: stdout, Secrets: secrets}
	stderr = sources.SecretWriter{To: stderr, Secrets: secrets}
	k.stdout = stdout
	k.stderr = stderr
	root := newRootCommand(k)
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	return reportError(stderr, root.ExecuteContext(ctx))
}

// reportError prints err to stderr, with its hints, and returns the exit status for it. It
// prints nothing if err is nil.
func reportError(stderr io.Writer, err error) int {
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, new(usageError)):
		fmt.Fprintln(stderr, err)
		return exitUsage
	}
	for _, line := range strings.Split(err.Error(), "\n") {
		if !strings.HasPrefix(line, "hint: ") {
			line = "freshet: " + line
		}
		fmt.Fprintln(stderr, line)
	}
	if isOnlyPartial(err) {
		return exitPartial
	}
	return exitFailure
}

// isOnlyPartial reports whether every error joined in err is generator.ErrPartial: sources
// could not be read, and nothing else is wrong.
func isOnlyPartial(err error) bool {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return errors.Is(err, generator.ErrPartial)
	}
	for _, e := range joined.Unwrap() {
		if !isOnlyPartial(e) {
			return false
		}
	}
	return true
}
