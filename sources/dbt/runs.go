package dbt

import (
	"cmp"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/freshet-status/freshet/sources"
)

// second is the resolution of all recorded times.
const second = time.Second

// builtKinds holds the kinds of assets that each dbt command can build. Other commands write
// run_results.json too but build nothing: compile and docs generate even report success for
// every model.
var builtKinds = map[string][]sources.Kind{
	"run":      {sources.Model},
	"seed":     {sources.Seed},
	"snapshot": {sources.Snapshot},
	"build":    {sources.Model, sources.Seed, sources.Snapshot},
	"retry":    {sources.Model, sources.Seed, sources.Snapshot},
	"clone":    {sources.Model, sources.Seed, sources.Snapshot},
}

// BuildsAssets reports whether a dbt command, such as "run", can build assets.
func BuildsAssets(command string) bool { return builtKinds[command] != nil }

// A runResults holds run_results.json: the results of one dbt command, which need not include
// every node.
type runResults struct {
	generatedAt time.Time
	args        struct {
		Which string `json:"which"` // the command
		Empty bool   `json:"empty"` // --empty: tables were built without rows
	}
	results   []nodeResult // of models, seeds and snapshots
	tests     []nodeResult
	uniqueIDs []string // of all rows
}

// A nodeResult is the result of a run for one node.
type nodeResult struct {
	ID       string  `json:"unique_id"`
	Status   string  `json:"status"`
	Message  Text    `json:"message"`
	Relation *string `json:"relation_name"` // since v5
	Timing   []struct {
		Name      string `json:"name"`
		Started   Moment `json:"started_at"`
		Completed Moment `json:"completed_at"`
	} `json:"timing"`
	Response struct {
		RowsAffected *int64 `json:"rows_affected"` // nil or -1: the adapter does not tell
	} `json:"adapter_response"`
}

// readRuns adds each run to the project that it belongs to, oldest first. Runs without a time
// are left out.
func (v *Reader) readRuns(projects []*project, files []artifactFile) {
	for _, f := range files {
		r, err := v.readRunResults(f)
		if err != nil {
			v.AddError(err)
		} else if p := v.findProject(projects, f, r.uniqueIDs); p != nil && !r.generatedAt.IsZero() {
			p.addRunResults(r, f.jobID)
			p.addTestResults(r)
			p.commands = append(p.commands, r.args.Which)
		}
	}
	for _, p := range projects {
		v.noteMissingBuilds(p)
	}
}

// noteMissingBuilds adds a note if all run results of a project are of commands that build nothing, such
// as dbt test, which overwrites what dbt run wrote.
func (v *Reader) noteMissingBuilds(p *project) {
	if len(p.commands) == 0 || slices.ContainsFunc(p.commands, BuildsAssets) {
		return
	}
	v.addNote(
		"run_results.json of project %s is of dbt %s, which builds nothing, so it is not known when models were built; "+
			"run dbt build instead of dbt run and dbt test, or copy run_results.json after dbt run to a folder in artifacts",
		p.name,
		p.commands[len(p.commands)-1],
	)
}

// findProject returns the project that artifact f with these unique ids belongs to, or nil. If
// there are projects and ids but none fits, it adds a note.
func (v *Reader) findProject(projects []*project, f artifactFile, ids []string) *project {
	p := matchProject(projects, f, ids)
	if p == nil && len(ids) > 0 && len(projects) > 0 {
		v.addNote("%s: skipped: its nodes are in no manifest, or in several", f.name)
	}
	return p
}

// readRunResults reads run_results.json. It keeps the results of models, seeds, snapshots and tests,
// and the unique ids of all rows.
func (v *Reader) readRunResults(f artifactFile) (r runResults, err error) {
	r.generatedAt = f.metadata.GeneratedAt.Truncate(second)
	err = v.readMembers(f, func(s *stream, key string) error {
		switch key {
		case "args":
			_, err := s.decodeOrSkip("args", &r.args)
			return err
		case "results":
			return s.readList(func() error {
				var row nodeResult
				ok, err := s.decodeOrSkip("result", &row)
				r.uniqueIDs = append(r.uniqueIDs, row.ID)
				if ok {
					r.addRow(row)
				}
				return err
			})
		default:
			return s.skipValue()
		}
	})
	return r, err
}

// addRow adds a row by the kind of its node. Rows of other kinds are left out.
func (r *runResults) addRow(row nodeResult) {
	switch kind, _, _ := strings.Cut(row.ID, "."); kind {
	case "model", "seed", "snapshot":
		r.results = append(r.results, row)
	case "test", "unit_test":
		r.tests = append(r.tests, row)
	}
}

// matchProject returns the project that artifact f belongs to, or nil. A project key of f
// leaves only the projects with that key, and if that is one, it is the result. Else the
// project that knows most of ids, tests included, wins; between equals, or if no id is known,
// only a manifest in the same folder decides. A file without ids belongs to the only project.
func matchProject(projects []*project, f artifactFile, ids []string) (best *project) {
	if f.projectKey != "" {
		projects = slices.DeleteFunc(slices.Clone(projects), func(p *project) bool { return p.file.projectKey != f.projectKey })
	}
	if len(projects) == 1 && (len(ids) == 0 || f.projectKey != "") {
		return projects[0]
	}
	most := 0
	for _, p := range projects {
		count := 0
		for _, id := range ids {
			if p.knownIDs[id] {
				count++
			}
		}
		beside := filepath.Dir(p.file.path) == filepath.Dir(f.path)
		switch {
		case count > most || count == most && beside:
			best = p
			most = count
		case count == most && count > 0 && best != nil && filepath.Dir(best.file.path) != filepath.Dir(f.path):
			best = nil // two projects fit equally well
		}
	}
	return best
}

// addRunResults adds a run of job to the assets of p. Every asset that the command could have
// built gets a reading, even if it was not selected: the reading then says that nothing newer
// was found. A retry without results of nodes built nothing. Assets of another package, which
// another project may build, get a reading only from their own row.
func (p *project) addRunResults(r runResults, job sources.ID) {
	kinds := builtKinds[r.args.Which]
	if r.args.Which == "retry" && len(r.results) == 0 {
		kinds = nil
	}
	for unique, o := range p.observations {
		if slices.Contains(kinds, o.Kind) && p.nodes[unique].Package == p.name {
			addReading(o, buildClock(o), time.Time{}, r.generatedAt)
		}
	}
	for _, row := range r.results {
		if o := p.observations[row.ID]; o != nil && slices.Contains(kinds, o.Kind) && o.Materialized != "ephemeral" &&
			p.isSameRelation(row) {
			o.Job = cmp.Or(job, o.Job)
			r.addBuild(o, row)
		}
	}
}

// isSameRelation reports whether the row is about the relation in the manifest. A run for
// another target builds another relation. A missing relation_name, as before run-results v5,
// counts as the same.
func (p *project) isSameRelation(row nodeResult) bool {
	n := p.nodes[row.ID]
	if row.Relation == nil || n.Relation == nil || *row.Relation == "" {
		return true
	}
	return slices.Equal(p.dialect.ParseRelation(*row.Relation), p.dialect.ParseRelation(*n.Relation))
}

// buildClock returns the clock that a build of o sets: ddl for a view, which holds no data, so
// that a build only redefines it; built for the rest.
func buildClock(o *sources.Observation) sources.Clock {
	if o.Virtual {
		return sources.DDL
	}
	return sources.Built
}

// addBuild adds the result of one node to o: a reading for a success, an attempt for a failed
// or skipped build, nothing for other statuses. A clone or a run with --empty moves no data, so
// its successes are not added.
func (r runResults) addBuild(o *sources.Observation, row nodeResult) {
	switch strings.ToLower(row.Status) {
	case "success":
		r.addSuccess(o, row)
	case "error", "fail", "runtime error", "partial success":
		r.setFailure(o, row, sources.Failed)
	case "skipped":
		r.setFailure(o, row, sources.Skipped)
	}
}

// addSuccess adds a successful build of one node to o. One that only adds to what is there, and that
// added nothing, is an attempt that left o unchanged.
func (r runResults) addSuccess(o *sources.Observation, row nodeResult) {
	rows := row.Response.RowsAffected
	switch {
	case r.args.Which == "clone" || r.args.Empty:
	case addsToWhatIsThere(o) && rows != nil && *rows == 0:
		o.Attempt = sources.Attempt{At: r.completedAt(row), Began: row.startedAt(), Outcome: sources.Unchanged}
	default:
		addReading(o, buildClock(o), r.completedAt(row), r.generatedAt)
		o.Attempt = sources.Attempt{}
	}
}

// addsToWhatIsThere reports whether a build of o keeps the rows that are there: of an incremental model,
// a microbatch among them, and of a snapshot. A model of another materialization is made anew, and what
// its adapter then says of rows is about another statement.
func addsToWhatIsThere(o *sources.Observation) bool {
	return o.Kind == sources.Snapshot || o.Materialized == "incremental"
}

// startedAt returns started_at of the row's execute step, to the second; zero if dbt gives none.
func (row nodeResult) startedAt() time.Time {
	for _, step := range row.Timing {
		if step.Name == "execute" && step.Started.IsTime() {
			return step.Started.Truncate(second)
		}
	}
	return time.Time{}
}

// setFailure sets o.Attempt to a build that ended with outcome, and its error message.
func (r runResults) setFailure(o *sources.Observation, row nodeResult, outcome sources.Outcome) {
	o.Attempt = sources.Attempt{At: r.completedAt(row), Outcome: outcome, Says: FirstErrorLine(string(row.Message))}
}

// completedAt returns completed_at of the row's execute step, to the second, or the time of the
// artifact if dbt gives none.
func (r runResults) completedAt(row nodeResult) time.Time {
	for _, step := range row.Timing {
		if step.Name == "execute" && step.Completed.IsTime() {
			return step.Completed.Truncate(second)
		}
	}
	return r.generatedAt
}

// FirstErrorLine returns the first line of an error message of dbt that says what is wrong, clipped
// to 300 bytes. dbt's own first line, which only names the model, is left out if more lines follow. A
// line that ends with a colon only announces the reason: it is joined with the next one.
func FirstErrorLine(message string) string {
	lines := strings.Split(strings.TrimSpace(message), "\n")
	if len(lines) > 1 && (strings.Contains(lines[0], " Error in ") || strings.HasSuffix(lines[0], " Error")) {
		lines = lines[1:]
	}
	reason := ""
	for _, line := range lines {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "compiled code at ") {
			break
		}
		reason = strings.TrimSpace(reason + " " + line)
		if reason != "" && !strings.HasSuffix(reason, ":") {
			break
		}
	}
	return sources.ClipText(reason, 300)
}

// addReading adds a reading of clock c to o, which keeps one per clock: that of the newer
// check. A zero at means that the check found nothing newer; the time of the other check then
// stays.
func addReading(o *sources.Observation, c sources.Clock, at, checkedAt time.Time) {
	r := sources.Reading{Clock: c, At: at.UTC(), CheckedAt: checkedAt.UTC()}
	if at.IsZero() {
		r.At = at
	}
	i := slices.IndexFunc(o.Readings, func(other sources.Reading) bool { return other.Clock == c })
	if i < 0 {
		o.Readings = append(o.Readings, r)
		return
	}
	other := o.Readings[i]
	if r.CheckedAt.Before(other.CheckedAt) {
		other, r = r, other
	}
	if r.At.IsZero() {
		r.At = other.At
	}
	o.Readings[i] = r
}
