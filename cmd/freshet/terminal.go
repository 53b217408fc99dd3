package main

import (
	"io"
	"os"

	"github.com/freshet-status/freshet/generator/freshness"
)

// statusColors holds the ANSI color code of each status.
var statusColors = map[freshness.Status]string{
	freshness.Fresh:      "32",
	freshness.Unverified: "36",
	freshness.Aging:      "33",
	freshness.Stale:      "31",
	freshness.Broken:     "31;1",
	freshness.Unknown:    "90",
}

// statusMark returns the one-letter mark of a status, in color if hasColor.
func (k *invocation) statusMark(s freshness.Status) string {
	if !k.hasColor() {
		return s.Mark()
	}
	return "\x1b[" + statusColors[s] + "m" + s.Mark() + "\x1b[0m"
}

// hasColor reports whether standard output is a terminal and NO_COLOR is not set.
func (k *invocation) hasColor() bool { return k.isResultTerminal && k.env("NO_COLOR") == "" }

// isTerminal reports whether w is a terminal that understands control sequences.
func isTerminal(w io.Writer, env func(string) string) bool {
	f, ok := w.(*os.File)
	if !ok || env("TERM") == "dumb" {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
