package dbt

import (
	"cmp"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/freshet-status/freshet/sources"
)

const second = time.Second

// builders say which kinds a command could have built. Every other command
// writes run_results.json too, and is no look at any asset: compile and
// docs generate even call every model a success.
var builders = map[string][]sources.Kind{
	"run":      {sources.Model},
	"seed":     {sources.Seed},
	"snapshot": {sources.Snapshot},
	"build":    {sources.Model, sources.Seed, sources.Snapshot},
	"retry":    {sources.Model, sources.Seed, sources.Snapshot},
	"clone":    {sources.Model, sources.Seed, sources.Snapshot},
}

// A run is run_results.json: one run, which need not have touched every node.
type run struct {
	at   time.Time
	args struct {
		Which string `json:"which"` // the command
		Empty bool   `json:"empty"` // --empty: tables were made without rows
	}
	results []result
	ids     []string // of every row, also those of tests
}

// A result is what a run did with one node.
type result struct {
	ID       string  `json:"unique_id"`
	Status   string  `json:"status"`
	Message  text    `json:"message"`
	Relation *string `json:"relation_name"` // since v5
	Timing   []struct {
		Name      string `json:"name"`
		Completed moment `json:"completed_at"`
	} `json:"timing"`
}

// runs tells the projects of every run, oldest first.
func (v *visit) runs(projects []*project, files []file) {
	for _, f := range files {
		r, err := v.run(f)
		if err != nil {
			v.fail(err)
		} else if p := v.owner(projects, f, r.ids); p != nil && !r.at.IsZero() {
			p.addRun(r, f.job)
		}
	}
}

// owner is the project that an artifact is of. That it is of none is told.
func (v *visit) owner(projects []*project, f file, ids []string) *project {
	p := owner(projects, f, ids)
	if p == nil && len(ids) > 0 && len(projects) > 0 {
		v.note("%s: no manifest here knows, alone, what it tells of: left aside", f.name)
	}
	return p
}

func (v *visit) run(f file) (r run, err error) {
	r.at = f.meta.At.Truncate(second)
	err = v.read(f, func(s *stream, key string) error {
		switch key {
		case "args":
			_, err := s.decode("args", &r.args)
			return err
		case "results":
			return s.list(func() error {
				var one result
				ok, err := s.decode("a result", &one)
				r.ids = append(r.ids, one.ID)
				if kind, _, _ := strings.Cut(one.ID, "."); ok && slices.Contains([]string{"model", "seed", "snapshot"}, kind) {
					r.results = append(r.results, one)
				}
				return err
			})
		default:
			return s.skip()
		}
	})
	return r, err
}

// owner is the project that an artifact is of: the one whose it is known to be;
// else the one that knows most of its ids, tests among them; of those that know
// as many, the one whose manifest lies beside it, and nobody if none does. Where
// no id is known it is of nobody, unless a manifest lies there; one without rows
// is of the only project that there is.
func owner(projects []*project, f file, ids []string) (best *project) {
	if f.of != "" {
		projects = slices.DeleteFunc(slices.Clone(projects), func(p *project) bool { return p.file.of != f.of })
	}
	if len(projects) == 1 && (len(ids) == 0 || f.of != "") {
		return projects[0]
	}
	most := 0
	for _, p := range projects {
		known := 0
		for _, id := range ids {
			if p.known[id] {
				known++
			}
		}
		beside := filepath.Dir(p.file.path) == filepath.Dir(f.path)
		switch {
		case known > most || known == most && beside:
			best, most = p, known
		case known == most && known > 0 && best != nil && filepath.Dir(best.file.path) != filepath.Dir(f.path):
			best = nil // as good as another
		}
	}
	return best
}

// addRun tells every node that the run could have built, also those that were
// not selected: of those the look found nothing newer. A retry of tests alone
// could have built nothing, and what is of another package may be built by
// another project: only a row tells of it.
func (p *project) addRun(r run, job sources.ID) {
	kinds := builders[r.args.Which]
	if r.args.Which == "retry" && len(r.results) == 0 {
		kinds = nil
	}
	for unique, o := range p.seen {
		if slices.Contains(kinds, o.Kind) && p.nodes[unique].Package == p.name {
			tell(o, ownClock(o), time.Time{}, r.at)
		}
	}
	for _, one := range r.results {
		if o := p.seen[one.ID]; o != nil && slices.Contains(kinds, o.Kind) && o.Materialized != "ephemeral" && p.built(one) {
			o.Job = cmp.Or(job, o.Job)
			r.build(o, one)
		}
	}
}

// built reports whether a row is of the relation that the manifest has: a run
// for another target builds another one.
func (p *project) built(one result) bool {
	n := p.nodes[one.ID]
	if one.Relation == nil || n.Relation == nil || *one.Relation == "" {
		return true
	}
	return slices.Equal(p.dialect.Parse(*one.Relation), p.dialect.Parse(*n.Relation))
}

// ownClock is the clock that a build moves: a view holds no data, so a build
// of it is a new definition.
func ownClock(o *sources.Observation) sources.Clock {
	if o.Virtual {
		return sources.DDL
	}
	return sources.Built
}

// build tells what the run did with one node. A clone and a run with --empty
// move no data.
func (r run) build(o *sources.Observation, one result) {
	switch strings.ToLower(one.Status) {
	case "success":
		if r.args.Which != "clone" && !r.args.Empty {
			tell(o, ownClock(o), r.completed(one), r.at)
			o.Attempt = sources.Attempt{}
		}
	case "error", "fail", "runtime error", "partial success":
		r.failed(o, one, sources.Failed)
	case "skipped":
		r.failed(o, one, sources.Skipped)
	}
}

func (r run) failed(o *sources.Observation, one result, how sources.Outcome) {
	o.Attempt = sources.Attempt{At: r.completed(one), Outcome: how, Says: says(string(one.Message))}
}

// completed is when the build ended, or the run where dbt does not tell.
func (r run) completed(one result) time.Time {
	for _, step := range one.Timing {
		if step.Name == "execute" && step.Completed.said && !step.Completed.IsZero() {
			return step.Completed.Truncate(second)
		}
	}
	return r.at
}

// says is an error of the warehouse in one line. dbt begins it with a line
// that names the model, which is said anyway.
func says(message string) string {
	lines := strings.Split(strings.TrimSpace(message), "\n")
	if len(lines) > 1 && strings.Contains(lines[0], " Error in ") {
		lines = lines[1:]
	}
	return sources.Clip(strings.TrimSpace(lines[0]), 300)
}

// tell notes a reading; of two of one clock the newer look stands, and a time
// stands before nothing newer.
func tell(o *sources.Observation, c sources.Clock, at, look time.Time) {
	r := sources.Reading{Clock: c, At: at.UTC(), Look: look.UTC()}
	if at.IsZero() {
		r.At = at
	}
	i := slices.IndexFunc(o.Readings, func(old sources.Reading) bool { return old.Clock == c })
	if i < 0 {
		o.Readings = append(o.Readings, r)
		return
	}
	old := o.Readings[i]
	if r.Look.Before(old.Look) {
		old, r = r, old
	}
	if r.At.IsZero() {
		r.At = old.At
	}
	o.Readings[i] = r
}
