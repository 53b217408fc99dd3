package dbt

import (
	"cmp"
	"encoding/json"
	"regexp"
	"strconv"
	"strings"

	"github.com/freshet-status/freshet/sources"
)

// metadata stands in every artifact.
type metadata struct {
	Schema  string `json:"dbt_schema_version"`
	At      moment `json:"generated_at"` // not invocation_started_at, which a manifest keeps from its first full parse
	Project text   `json:"project_name"` // of manifests since v9
	Hash    text   `json:"project_id"`   // of manifests before
	Adapter text   `json:"adapter_type"`
}

var schemaAddress = regexp.MustCompile(`/dbt/([a-z-]+)/v(\d+)(?:\.json)?$`)

// schema returns what the artifact is, and the version of its schema.
func (m metadata) schema() (k kind, version int, ok bool) {
	words := schemaAddress.FindStringSubmatch(m.Schema)
	if words == nil {
		return "", 0, false
	}
	version, err := strconv.Atoi(words[2])
	_, known := newest[kind(words[1])]
	return kind(words[1]), version, known && err == nil
}

// peek reads the metadata of a file, which most files begin with.
func (v *visit) peek(f *file) error {
	return v.read(*f, func(s *stream, key string) error {
		if key != "metadata" {
			return s.skip()
		}
		if err := s.Decode(&f.meta); err != nil {
			return err
		}
		return errStop
	})
}

// A manifest is manifest.json: what a project consists of.
type manifest struct {
	metadata
	nodes     map[string]node // models, seeds, snapshots and sources, by unique id
	exposures map[string]exposure
	groups    map[string]group
	passing   map[string][]string // what holds no data and stands between: metrics, semantic models
	known     map[string]bool     // the ids of all nodes, tests among them
	leftOut   bool                // some node did not read
	file      file
}

// A node is a model, a seed, a snapshot or a source.
type node struct {
	Type        string  `json:"resource_type"`
	Package     string  `json:"package_name"`
	Name        string  `json:"name"`
	SourceName  string  `json:"source_name"`
	Database    text    `json:"database"`
	Schema      text    `json:"schema"`
	Alias       text    `json:"alias"`
	Identifier  text    `json:"identifier"` // of a source: the name of its table
	Relation    *string `json:"relation_name"`
	Description text    `json:"description"`
	SourceSays  text    `json:"source_description"`
	Tags        texts   `json:"tags"`
	Meta        meta    `json:"meta"`
	SourceMeta  meta    `json:"source_meta"`
	Group       text    `json:"group"`
	Access      text    `json:"access"`
	DependsOn   depends `json:"depends_on"`
	Field       text    `json:"loaded_at_field"`
	Query       text    `json:"loaded_at_query"`
	Freshness   limits  `json:"freshness"`
	Config      struct {
		Materialized text   `json:"materialized"`
		Meta         meta   `json:"meta"`
		Group        text   `json:"group"`
		Access       text   `json:"access"`
		Tags         texts  `json:"tags"`
		Field        text   `json:"loaded_at_field"`
		Query        text   `json:"loaded_at_query"`
		Freshness    limits `json:"freshness"`
	} `json:"config"`
}

type depends struct {
	Nodes texts `json:"nodes"`
}

// limits are dbt's criteria of freshness; the zero limits are none.
type limits struct {
	Warn  period `json:"warn_after"`
	Error period `json:"error_after"`
}

// UnmarshalJSON takes what people wrote there before dbt had a meaning for it
// for nothing said.
func (l *limits) UnmarshalJSON(data []byte) error {
	type plain limits
	_ = json.Unmarshal(data, (*plain)(l))
	return nil
}

// ruled reports whether dbt has a limit for it.
func (l limits) ruled() bool { return l.Warn.seconds() > 0 || l.Error.seconds() > 0 }

// limits are those of the node, which since 1.10 may stand in its config.
func (n node) limits() limits {
	if n.Freshness.ruled() {
		return n.Freshness
	}
	return n.Config.Freshness
}

// timed reports whether the node says how its rows tell when they were loaded.
// Without it a check asks the warehouse when the table was altered.
func (n node) timed() bool {
	return cmp.Or(n.Field, n.Query, n.Config.Field, n.Config.Query) != ""
}

// An exposure is what people use: a dashboard, a notebook, an application.
type exposure struct {
	Package     string  `json:"package_name"`
	Name        string  `json:"name"`
	Label       text    `json:"label"`
	Type        string  `json:"type"`
	URL         text    `json:"url"`
	Description text    `json:"description"`
	Tags        texts   `json:"tags"`
	Meta        meta    `json:"meta"`
	Owner       person  `json:"owner"`
	DependsOn   depends `json:"depends_on"`
	Config      struct {
		Meta meta  `json:"meta"`
		Tags texts `json:"tags"`
	} `json:"config"`
}

// A group has an owner, who owns its models.
type group struct {
	Owner person `json:"owner"`
}

type person struct {
	Name  text `json:"name"`
	Email text `json:"email"`
}

func (p person) String() string { return string(cmp.Or(p.Name, p.Email)) }

// manifest reads a manifest, a node at a time.
func (v *visit) manifest(f file) (*manifest, error) {
	m := &manifest{metadata: f.meta, nodes: make(map[string]node), exposures: make(map[string]exposure), groups: make(map[string]group), passing: make(map[string][]string), known: make(map[string]bool), file: f}
	err := v.read(f, func(s *stream, key string) error {
		switch key {
		case "nodes", "sources":
			return s.object(func(id string) error { return m.node(s, id) })
		case "exposures":
			return s.object(func(id string) error { return member(s, m.exposures, id) })
		case "groups":
			return s.object(func(id string) error { return member(s, m.groups, id) })
		case "metrics", "semantic_models", "saved_queries":
			return s.object(func(id string) error { return m.pass(s, id) })
		default:
			return s.skip()
		}
	})
	if err == nil && len(m.nodes)+len(m.exposures) == 0 {
		v.note("%s: the project %s has no models, sources, seeds or snapshots", f.name, f.project())
	}
	return m, err
}

// node reads one node. Tests, analyses and operations are no assets.
func (m *manifest) node(s *stream, id string) error {
	m.known[id] = true
	kind, _, _ := strings.Cut(id, ".")
	if kind == "test" || kind == "analysis" || kind == "operation" {
		return s.Decode(new(skipped))
	}
	var n node
	ok, err := s.decode(id, &n)
	m.leftOut = m.leftOut || !ok
	switch n.Type {
	case "model", "seed", "snapshot", "source":
		if ok {
			m.nodes[id] = n
		}
	}
	return err
}

func (m *manifest) pass(s *stream, id string) error {
	var n struct {
		DependsOn depends `json:"depends_on"`
	}
	ok, err := s.decode(id, &n)
	if ok {
		m.passing[id] = n.DependsOn.Nodes
	}
	return err
}

// member reads one entry into a map.
func member[T any](s *stream, into map[string]T, id string) error {
	var e T
	ok, err := s.decode(id, &e)
	if ok {
		into[id] = e
	}
	return err
}

// project names the project of a manifest: by its hash where dbt did not yet
// write the name.
func (f file) project() string {
	return string(cmp.Or(f.meta.Project, f.meta.Hash, text(f.name)))
}

// newestOf keeps the newest manifest of each project, and tells of the others.
func (v *visit) newestOf(files []file) (speaking []file) {
	at := make(map[string]int)
	older := make(map[string]int)
	for _, f := range files { // oldest first
		if i, twice := at[f.project()]; twice {
			if !speaking[i].meta.At.Equal(f.meta.At.Time) {
				older[f.project()]++
			}
			speaking[i] = f
			continue
		}
		at[f.project()] = len(speaking)
		speaking = append(speaking, f)
	}
	for _, f := range speaking {
		if n := older[f.project()]; n > 0 {
			v.note("%s speaks for the project %s; %s of it left aside", f.name, f.project(), sources.Count(n, "older manifest"))
		}
	}
	return speaking
}
