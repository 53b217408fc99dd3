// Command freshet shows how fresh your data is.
//
// This package reads the command line and site.toml, and connects the rooms of
// the house. It judges nothing. It is the only place that knows the wall clock.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
	_ "time/tzdata" // zones, where the system has none

	"github.com/freshet-status/freshet/generator"
)

// The exit status of freshet.
const (
	good    = 0
	trouble = 1
	wrong   = 2 // the command line or the config
	partial = 3 // some source could not be seen
)

// A usageError is what is wrong with the command line or the config. It names
// its own place.
type usageError struct{ error }

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr, os.Getenv, time.Now))
}

// run is freshet without its surroundings. It returns the exit status.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer, env func(string) string, clock func() time.Time) int {
	root := newRoot(&call{stdout: stdout, stderr: stderr, env: env, clock: clock})
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	return tell(stderr, root.ExecuteContext(ctx))
}

// tell says what went wrong, and returns the exit status for it.
func tell(stderr io.Writer, err error) int {
	switch {
	case err == nil:
		return good
	case errors.As(err, new(usageError)):
		fmt.Fprintln(stderr, err)
		return wrong
	}
	for _, line := range strings.Split(err.Error(), "\n") {
		if !strings.HasPrefix(line, "hint: ") {
			line = "freshet: " + line
		}
		fmt.Fprintln(stderr, line)
	}
	if onlyPartial(err) {
		return partial
	}
	return trouble
}

// onlyPartial reports whether nothing is wrong but that some source could not
// be seen.
func onlyPartial(err error) bool {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return errors.Is(err, generator.ErrPartial)
	}
	for _, e := range joined.Unwrap() {
		if !onlyPartial(e) {
			return false
		}
	}
	return true
}
