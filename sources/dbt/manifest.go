package dbt

import (
	"cmp"
	"encoding/json"
	"regexp"
	"strconv"
	"strings"

	"github.com/freshet-status/freshet/sources"
)

// A metadata holds the metadata object of an artifact.
type metadata struct {
	SchemaVersion string `json:"dbt_schema_version"`
	GeneratedAt   Moment `json:"generated_at"` // not invocation_started_at, which a manifest keeps from its first full parse
	ProjectName   Text   `json:"project_name"` // in manifests since v9
	ProjectHash   Text   `json:"project_id"`   // a hash of the name, in manifests before v9
	AdapterType   Text   `json:"adapter_type"`
}

// schemaAddress matches metadata.dbt_schema_version, such as
// https://schemas.getdbt.com/dbt/manifest/v12.json.
var schemaAddress = regexp.MustCompile(`/dbt/([a-z-]+)/v(\d+)(?:\.json)?$`)

// parseSchema returns the kind of the artifact and the version of its schema, from
// dbt_schema_version. ok is false if freshet does not know the kind.
func (m metadata) parseSchema() (k artifactKind, version int, ok bool) {
	words := schemaAddress.FindStringSubmatch(m.SchemaVersion)
	if words == nil {
		return "", 0, false
	}
	version, err := strconv.Atoi(words[2])
	_, known := newestVersion[artifactKind(words[1])]
	return artifactKind(words[1]), version, known && err == nil
}

// readMetadata sets f.metadata and reads no further. Most artifacts begin with their metadata.
func (v *Reader) readMetadata(f *artifactFile) error {
	return v.readMembers(*f, func(s *stream, key string) error {
		if key != "metadata" {
			return s.skipValue()
		}
		if err := s.Decode(&f.metadata); err != nil {
			return err
		}
		return errStop
	})
}

// A manifest holds the contents of manifest.json that freshet needs: the nodes and exposures of
// one project.
type manifest struct {
	metadata
	nodes       map[string]node // models, seeds, snapshots and sources, by unique id
	exposures   map[string]exposure
	groups      map[string]group
	passThrough map[string][]string // what each metric, semantic model or saved query depends on, by unique id
	tests       map[string]testNode // data tests and unit tests, by unique id
	knownIDs    map[string]bool     // the unique ids of all nodes, including tests
	incomplete  bool                // a node could not be read, so a missing node may still exist
	file        artifactFile
}

// A node is a model, seed, snapshot or source of a manifest.
type node struct {
	Type       string `json:"resource_type"`
	Package    string `json:"package_name"`
	Name       string `json:"name"`
	SourceName string `json:"source_name"`
	nodeRelation
	Description       Text            `json:"description"`
	SourceDescription Text            `json:"source_description"`
	Tags              List            `json:"tags"`
	Meta              customMeta      `json:"meta"`
	SourceMeta        customMeta      `json:"source_meta"`
	Group             Text            `json:"group"`
	Access            Text            `json:"access"`
	DependsOn         dependencies    `json:"depends_on"`
	LoadedAtField     Text            `json:"loaded_at_field"`
	LoadedAtQuery     Text            `json:"loaded_at_query"`
	Freshness         freshnessLimits `json:"freshness"`
	Config            struct {
		Materialized Text            `json:"materialized"`
		Meta         customMeta      `json:"meta"`
		Group        Text            `json:"group"`
		Access       Text            `json:"access"`
		Tags         List            `json:"tags"`
		Field        Text            `json:"loaded_at_field"`
		Query        Text            `json:"loaded_at_query"`
		Freshness    freshnessLimits `json:"freshness"`
	} `json:"config"`
}

// A nodeRelation says which relation of the warehouse a node is. Relation is whole; manifests that do
// not have it have its parts.
type nodeRelation struct {
	Database   Text    `json:"database"`
	Schema     Text    `json:"schema"`
	Alias      Text    `json:"alias"`
	Identifier Text    `json:"identifier"` // the table name, of a source
	Relation   *string `json:"relation_name"`
}

// A dependencies holds a depends_on object: the unique ids that an entry reads.
type dependencies struct {
	Nodes List `json:"nodes"`
}

// A freshnessLimits holds dbt's freshness criteria. The zero value is no limit.
type freshnessLimits struct {
	WarnAfter  period `json:"warn_after"`
	ErrorAfter period `json:"error_after"`
}

// UnmarshalJSON reads limits. Values of another shape, which people wrote before dbt used this
// key, count as no limit.
func (l *freshnessLimits) UnmarshalJSON(data []byte) error {
	type plain freshnessLimits
	_ = json.Unmarshal(data, (*plain)(l))
	return nil
}

// isSet reports whether a warn or error limit is above zero.
func (l freshnessLimits) isSet() bool { return l.WarnAfter.seconds() > 0 || l.ErrorAfter.seconds() > 0 }

// effectiveLimits returns the freshness limits of the node or, if it has none, of its config,
// where they may be since dbt 1.10.
func (n node) effectiveLimits() freshnessLimits {
	if n.Freshness.isSet() {
		return n.Freshness
	}
	return n.Config.Freshness
}

// hasLoadedAt reports whether the node has a loaded_at_field or loaded_at_query. Without
// either, a freshness check asks the warehouse when the table was altered.
func (n node) hasLoadedAt() bool {
	return cmp.Or(n.LoadedAtField, n.LoadedAtQuery, n.Config.Field, n.Config.Query) != ""
}

// An exposure is an entry of a manifest's exposures: a dashboard, notebook or application that
// reads nodes.
type exposure struct {
	Package     string       `json:"package_name"`
	Name        string       `json:"name"`
	Label       Text         `json:"label"`
	Type        string       `json:"type"`
	URL         Text         `json:"url"`
	Description Text         `json:"description"`
	Tags        List         `json:"tags"`
	Meta        customMeta   `json:"meta"`
	Owner       person       `json:"owner"`
	DependsOn   dependencies `json:"depends_on"`
	Config      struct {
		Meta customMeta `json:"meta"`
		Tags List       `json:"tags"`
	} `json:"config"`
}

// A group is a dbt group. Its owner owns the models in it.
type group struct {
	Owner person `json:"owner"`
}

// A person is the owner of a group or exposure: a person or a team.
type person struct {
	Name  Text `json:"name"`
	Email Text `json:"email"`
}

// String returns the name or, if there is none, the email address.
func (p person) String() string { return string(cmp.Or(p.Name, p.Email)) }

// readManifest reads the manifest in f, one node at a time. It adds a note if the manifest has
// neither nodes nor exposures.
func (v *Reader) readManifest(f artifactFile) (*manifest, error) {
	m := &manifest{
		metadata:    f.metadata,
		nodes:       make(map[string]node),
		exposures:   make(map[string]exposure),
		groups:      make(map[string]group),
		passThrough: make(map[string][]string),
		tests:       make(map[string]testNode),
		knownIDs:    make(map[string]bool),
		file:        f,
	}
	err := v.readMembers(f, func(s *stream, key string) error {
		switch key {
		case "nodes", "sources":
			return s.readObject(func(id string) error { return m.addNode(s, id) })
		case "exposures":
			return s.readObject(func(id string) error { return decodeEntry(s, m.exposures, id) })
		case "groups":
			return s.readObject(func(id string) error { return decodeEntry(s, m.groups, id) })
		case "unit_tests":
			return s.readObject(func(id string) error { return decodeEntry(s, m.tests, id) })
		case "metrics", "semantic_models", "saved_queries":
			return s.readObject(func(id string) error { return m.addPassThrough(s, id) })
		default:
			return s.skipValue()
		}
	})
	if err == nil && len(m.nodes)+len(m.exposures) == 0 {
		v.addNote("%s: project %s has no models, sources, seeds or snapshots", f.name, f.projectName())
	}
	return m, err
}

// addNode reads the next value as the node id. Of analyses and operations, which are no assets, only
// the id is kept. A node of unexpected shape, unless it is a test, makes m incomplete.
func (m *manifest) addNode(s *stream, id string) error {
	m.knownIDs[id] = true
	switch kind, _, _ := strings.Cut(id, "."); kind {
	case "test":
		return decodeEntry(s, m.tests, id)
	case "analysis", "operation":
		return s.Decode(new(ignoredValue))
	}
	var n node
	ok, err := s.decodeOrSkip(id, &n)
	m.incomplete = m.incomplete || !ok
	switch n.Type {
	case "model", "seed", "snapshot", "source":
		if ok {
			m.nodes[id] = n
		}
	}
	return err
}

// addPassThrough reads the next value, a metric, semantic model or saved query, and keeps only
// the ids that it depends on.
func (m *manifest) addPassThrough(s *stream, id string) error {
	var n struct {
		DependsOn dependencies `json:"depends_on"`
	}
	ok, err := s.decodeOrSkip(id, &n)
	if ok {
		m.passThrough[id] = n.DependsOn.Nodes
	}
	return err
}

// decodeEntry reads the next value into entries[id]. A value of unexpected shape is left out
// with a note.
func decodeEntry[T any](s *stream, entries map[string]T, id string) error {
	var entry T
	ok, err := s.decodeOrSkip(id, &entry)
	if ok {
		entries[id] = entry
	}
	return err
}

// projectName returns the project of a manifest: its name or, in older manifests, a hash of the
// name. Without either it is the name of the file.
func (f artifactFile) projectName() string {
	return string(cmp.Or(f.metadata.ProjectName, f.metadata.ProjectHash, Text(f.name)))
}

// keepNewest returns the newest manifest of each project and adds a note on each project with
// older manifests. files must be sorted oldest first.
func (v *Reader) keepNewest(files []artifactFile) (newest []artifactFile) {
	positions := make(map[string]int)
	older := make(map[string]int)
	for _, f := range files { // from oldest to newest, so that the last one of a project wins
		if i, twice := positions[f.projectName()]; twice {
			if !newest[i].metadata.GeneratedAt.Equal(f.metadata.GeneratedAt.Time) {
				older[f.projectName()]++
			}
			newest[i] = f
			continue
		}
		positions[f.projectName()] = len(newest)
		newest = append(newest, f)
	}
	for _, f := range newest {
		if n := older[f.projectName()]; n > 0 {
			v.addNote(
				"%s: used for project %s, ignoring %s",
				f.name,
				f.projectName(),
				sources.FormatCount(n, "older manifest"),
			)
		}
	}
	return newest
}
