package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/freshet-status/freshet/sources"
	"github.com/freshet-status/freshet/sources/atomicfile"
	"github.com/freshet-status/freshet/sources/state"
)

// guardHistory returns an error if a run must not add to the history: the clock of this machine is
// behind the last run, or an earlier history is missing. The demo makes its history anew.
func (k *invocation) guardHistory() error {
	last, err := k.gen.History.LastVisit()
	if err != nil {
		return err
	}
	if err := k.rejectClockBehind(last); err != nil {
		return err
	}
	imported, err := k.gen.History.LastImport()
	if err != nil || !last.IsZero() || !imported.IsZero() || k.newHistory || k.cfg.IsDemo() {
		return err
	}
	return k.rejectMissingHistory()
}

// rejectClockBehind returns an error if the last run in the history is in the future of this machine.
// --now says that another clock counts.
func (k *invocation) rejectClockBehind(last time.Time) error {
	now := k.clock()
	if !k.now.IsZero() || !last.After(now.Add(sources.Skew)) {
		return nil
	}
	const layout = "2 Jan 2006 15:04 UTC"
	files := filepath.Join(k.cfg.Settings.History, "*", last.UTC().Format(time.DateOnly)+".jsonl")
	return fmt.Errorf(
		"the last run in the history is of %s, and the clock of this machine is at %s\n"+
			"hint: correct the clock; if that run was wrong, delete %s, or give the time with --now",
		last.UTC().Format(layout), now.UTC().Format(layout), files,
	)
}

// rejectMissingHistory returns an error if the history is empty, and the output folder or the state folder
// knows of an earlier run.
func (k *invocation) rejectMissingHistory() error {
	place, at := k.findEarlierRun()
	if at.IsZero() {
		return nil
	}
	return fmt.Errorf(
		"%s holds no history, but %s knows of a run of %s\n"+
			"hint: mount or check out the folder of the history, or begin anew with --new-history",
		k.cfg.Settings.History, place, at.UTC().Format("2 Jan 2006 15:04 UTC"),
	)
}

// lastRunName is the name of the file in the state folder that holds the moment of the last run, and the
// folder of its history.
const lastRunName = "last-run"

// findEarlierRun returns the moment of an earlier run that the output folder or the state folder knows of,
// and the name of that folder; zero if neither does.
func (k *invocation) findEarlierRun() (place string, at time.Time) {
	settings := k.cfg.Settings
	var summary struct {
		AsOf    time.Time `json:"as_of"`
		BuiltBy string    `json:"built_by"`
	}
	data, err := os.ReadFile(filepath.Join(k.cfg.ResolvePath(settings.Output), "api", "v1", "summary.json"))
	if err == nil && json.Unmarshal(data, &summary) == nil && strings.HasPrefix(summary.BuiltBy, "freshet ") {
		return settings.Output, summary.AsOf
	}
	data, err = os.ReadFile(filepath.Join(k.cfg.ResolvePath(settings.State), lastRunName))
	if err != nil {
		return "", time.Time{}
	}
	moment, history, _ := strings.Cut(strings.TrimSpace(string(data)), " ")
	if history != settings.History {
		return "", time.Time{}
	}
	at, _ = time.Parse(time.RFC3339, moment)
	return settings.State, at
}

// rememberRun writes the moment of a run into the state folder. A state folder that cannot be written is no
// error, because it may be lost.
func (k *invocation) rememberRun(at time.Time) {
	dir, err := state.MakeFolder(k.cfg.ResolvePath(k.cfg.Settings.State))
	if err == nil {
		text := at.UTC().Format(time.RFC3339) + " " + k.cfg.Settings.History + "\n"
		err = atomicfile.Write(filepath.Join(dir, lastRunName), []byte(text), 0o600)
	}
	if err != nil && !errors.Is(err, fs.ErrPermission) {
		k.gen.LogProgress("could not write to the state folder: %v", err)
	}
}
