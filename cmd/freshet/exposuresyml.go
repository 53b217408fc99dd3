package main

import (
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/mail"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"

	"github.com/freshet-status/freshet/generator/exposures"
	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/sources"
)

// An exposure is an entry of exposures.yml, with the facts that stand above it as comments
// because dbt has no key for them.
type exposure struct {
	Dashboard       sources.ID   `json:"dashboard"`
	Name            string       `json:"name"` // derived from the id, so that a new title does not change it
	Label           string       `json:"label"`
	URL             string       `json:"url"`
	Description     string       `json:"description"`
	Owner           owner        `json:"owner"`
	DependsOn       []string     `json:"depends_on"`    // as dbt writes them: ref('x'), source('s', 't')
	PrivateNodes    []string     `json:"private"`       // models that tiles read and no exposure may name, by dbt's unique id
	InOtherProjects []sources.ID `json:"other_project"` // tables that tiles read and only another dbt project knows
	NotInDBT        []sources.ID `json:"not_in_dbt"`    // tables that tiles read and dbt does not know
	Untraced        []tileRef    `json:"not_traced"`    // tiles without known lineage
	PartlyTraced    []tileRef    `json:"partly_traced"` // tiles that may read more
}

// A tileRef is the id and the name of a tile.
type tileRef struct {
	ID   sources.ID `json:"id"`
	Name string     `json:"name"`
}

// String returns the quoted name in one line.
func (t tileRef) String() string { return strconv.Quote(singleLine(t.Name)) }

// An owner has a name, an email address or both; dbt rejects an owner without either.
type owner struct {
	Name  string `json:"name,omitempty"`
	Email string `json:"email,omitempty"`
}

// buildExposures returns the exposures of a dbt project for the drafts that dbt does not describe
// yet, in their order. Their names depend on all drafts, so that a name never moves from one
// dashboard to another.
func buildExposures(drafts []exposures.Draft, project string) []exposure {
	names := uniqueNames(drafts)
	all := []exposure{}
	for i, d := range drafts {
		if !d.IsDescribed {
			all = append(all, newExposure(d, names[i], project))
		}
	}
	return all
}

// newExposure returns the exposure of d under name. References to models of other packages name
// the package.
func newExposure(d exposures.Draft, name, project string) exposure {
	e := exposure{
		Dashboard:       d.ID,
		Name:            name,
		Label:           singleLine(d.Name),
		URL:             d.URL,
		Description:     strings.TrimSpace(d.Description),
		Owner:           parseOwner(d.Owner),
		InOtherProjects: mapSlice(d.InOtherProjects, keepID),
		NotInDBT:        mapSlice(d.NotInDBT, keepID),
		Untraced:        mapSlice(d.Untraced, newTileRef),
		PartlyTraced:    mapSlice(d.PartlyTraced, newTileRef),
		DependsOn:       mapSlice(d.DependsOn, func(k exposures.ProjectNode) string { return formatReference(k, project) }),
		PrivateNodes:    mapSlice(d.PrivateNodes, func(k exposures.ProjectNode) string { return k.UniqueID }),
	}
	slices.Sort(e.DependsOn)
	e.DependsOn = slices.Compact(e.DependsOn)
	return e
}

// mapSlice returns convert of each element. The result is never nil, so that JSON has [] and
// not null.
func mapSlice[A, B any](all []A, convert func(A) B) []B {
	out := []B{}
	for _, a := range all {
		out = append(out, convert(a))
	}
	return out
}

// keepID returns id, for mapSlice.
func keepID(id sources.ID) sources.ID { return id }

// newTileRef returns the reference to a tile.
func newTileRef(n *freshness.Node) tileRef { return tileRef{ID: n.ID, Name: n.Name} }

// uniqueNames returns a valid and unique dbt name for each dashboard, such as looker_42 for
// dashboard:looker/42. Names that would be equal get a hash of the id as suffix.
func uniqueNames(all []exposures.Draft) []string {
	names := make([]string, len(all))
	alike := make(map[string]int)
	for i, d := range all {
		names[i] = snakeCase(d.ID.Place())
		alike[names[i]]++
	}
	for i, d := range all {
		if alike[names[i]] > 1 {
			names[i] += fmt.Sprintf("_%x", sha256.Sum256([]byte(d.ID)))[:9]
		}
	}
	return names
}

// snakeCase returns s in lower case with underscores for everything but letters and digits. A
// result that would not begin with a letter gets the prefix "dashboard_".
func snakeCase(s string) string {
	s = strings.Map(func(c rune) rune {
		if c >= 'a' && c <= 'z' || c >= '0' && c <= '9' {
			return c
		}
		return '_'
	}, strings.ToLower(s))
	if s[0] < 'a' {
		return "dashboard_" + s
	}
	return s
}

// parseOwner returns an owner with name and address if says is an email address, else with says
// as name, or "unowned" if it is empty.
func parseOwner(says string) owner {
	if a, err := mail.ParseAddress(says); err == nil {
		return owner{Name: a.Name, Email: a.Address}
	}
	return owner{Name: cmp.Or(singleLine(says), "unowned")}
}

// formatReference returns the ref() or source() call by which an exposure of a project refers
// to k.
func formatReference(k exposures.ProjectNode, project string) string {
	words := []string{quoteJinja(k.Name)}
	if k.Kind == "source" {
		return "source(" + quoteJinja(k.Source) + ", " + words[0] + ")"
	}
	if k.Package != project {
		words = slices.Insert(words, 0, quoteJinja(k.Package))
	}
	if _, err := strconv.ParseFloat(k.Version, 64); err == nil {
		words = append(words, "v="+k.Version)
	} else if k.Version != "" {
		words = append(words, "v="+quoteJinja(k.Version))
	}
	return "ref(" + strings.Join(words, ", ") + ")"
}

// quoteJinja returns s as a string literal of Jinja.
func quoteJinja(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(s) + "'"
}

// documentNode returns the whole of exposures.yml. It contains no time, so that the same facts
// give the same bytes.
func documentNode(all []exposure) *yaml.Node {
	version := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!int", Value: "2"}
	doc := yamlMapping("version", version, "exposures", entriesNode(all))
	doc.HeadComment = "Generated by freshet exposures from the lineage of each dashboard."
	return doc
}

// entriesNode returns the list of exposures.
func entriesNode(all []exposure) *yaml.Node {
	entries := &yaml.Node{Kind: yaml.SequenceNode}
	for _, e := range all {
		entries.Content = append(entries.Content, e.yamlNode())
	}
	return entries
}

// encodeYAML returns the text of a node.
func encodeYAML(n *yaml.Node) (string, error) {
	var text strings.Builder
	out := yaml.NewEncoder(&text)
	out.SetIndent(2)
	err := errors.Join(out.Encode(n), out.Close())
	return text.String(), err
}

// yamlNode returns e as a YAML node with its comment above it.
func (e exposure) yamlNode() *yaml.Node {
	n := yamlMapping("name", plainScalar(e.Name), "label", quotedScalar(e.Label), "type", plainScalar("dashboard"))
	add := func(key, says string) {
		if says != "" {
			n.Content = append(n.Content, plainScalar(key), quotedScalar(says))
		}
	}
	add("url", e.URL)
	add("description", e.Description)
	who := yamlMapping()
	for _, part := range [][2]string{{"name", e.Owner.Name}, {"email", e.Owner.Email}} {
		if part[1] != "" {
			who.Content = append(who.Content, plainScalar(part[0]), quotedScalar(part[1]))
		}
	}
	on := &yaml.Node{Kind: yaml.SequenceNode}
	for _, ref := range e.DependsOn {
		on.Content = append(on.Content, plainScalar(escapeJinja(ref)))
	}
	n.Content = append(n.Content, plainScalar("owner"), who, plainScalar("depends_on"), on)
	n.HeadComment = e.headComment()
	return n
}

// headComment returns the facts for which dbt has no key, a line each.
func (e exposure) headComment() string {
	lines := []string{singleLine(string(e.Dashboard))}
	add := func(before string, what []string) {
		if len(what) > 0 {
			lines = append(lines, singleLine(before+strings.Join(what, ", ")))
		}
	}
	add("also reads (not in dbt): ", mapSlice(e.NotInDBT, sources.ID.Place))
	add("also reads (in another dbt project): ", mapSlice(e.InOtherProjects, sources.ID.Place))
	add("also reads (private in dbt): ", e.PrivateNodes)
	add("lineage unknown: ", mapSlice(e.Untraced, tileRef.String))
	add("lineage incomplete: ", mapSlice(e.PartlyTraced, tileRef.String))
	return strings.Join(lines, "\n")
}

// yamlMapping returns a YAML mapping of keys and values in turn. A value is a string or a
// *yaml.Node.
func yamlMapping(pairs ...any) *yaml.Node {
	n := &yaml.Node{Kind: yaml.MappingNode}
	for _, p := range pairs {
		switch p := p.(type) {
		case string:
			n.Content = append(n.Content, plainScalar(p))
		case *yaml.Node:
			n.Content = append(n.Content, p)
		}
	}
	return n
}

// plainScalar returns a YAML string that is quoted only if necessary.
func plainScalar(s string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s}
}

// quotedScalar returns a YAML string that is always quoted, because dbt reads YAML 1.1, in
// which more plain words mean something else. Jinja in s is escaped.
func quotedScalar(s string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Style: yaml.DoubleQuotedStyle, Value: escapeJinja(s)}
}

// escapeJinja escapes s so that dbt, which renders all of the file but its comments, renders it
// back to s.
func escapeJinja(s string) string { return jinjaEscaper.Replace(strings.ToValidUTF8(s, "\uFFFD")) }

// jinjaEscaper turns each opening of a Jinja expression, statement or comment into an
// expression that prints it.
var jinjaEscaper = strings.NewReplacer("{{", "{{ '{{' }}", "{%", "{{ '{%' }}", "{#", "{{ '{#' }}")

// singleLine returns s with line breaks, other spaces and unprintable characters replaced by
// single spaces, so that it fits into a YAML comment.
func singleLine(s string) string {
	s = strings.Map(func(c rune) rune {
		if unicode.IsSpace(c) || !strconv.IsPrint(c) {
			return ' '
		}
		return c
	}, s)
	return strings.Join(strings.Fields(s), " ")
}
