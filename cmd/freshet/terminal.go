package main

import (
	"io"
	"os"

	"github.com/freshet-status/freshet/generator/freshness"
)

// colours are those of a terminal, by status.
var colours = map[freshness.Status]string{
	freshness.Fresh: "32", freshness.Aging: "33", freshness.Stale: "31", freshness.Broken: "31;1", freshness.Unknown: "90",
}

// mark is a status as one letter, in colour on a terminal alone.
func (k *call) mark(s freshness.Status) string {
	if !k.colour() {
		return s.Mark()
	}
	return "\x1b[" + colours[s] + "m" + s.Mark() + "\x1b[0m"
}

// colour reports whether results go to a terminal that wants it.
func (k *call) colour() bool { return isTerminal(k.stdout, k.env) && k.env("NO_COLOR") == "" }

// isTerminal reports whether something is written to a terminal that can do
// more than a printer.
func isTerminal(w io.Writer, env func(string) string) bool {
	f, ok := w.(*os.File)
	if !ok || env("TERM") == "dumb" {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
