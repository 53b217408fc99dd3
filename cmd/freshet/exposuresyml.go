package main

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"io"
	"net/mail"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"

	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/sources"
)

// An exposure is an entry of exposures.yml, and what stands above it as comments.
type exposure struct {
	Dashboard   sources.ID   `json:"dashboard"`
	Name        string       `json:"name"` // of its id, so that it survives a new title
	Label       string       `json:"label"`
	URL         string       `json:"url"`
	Description string       `json:"description"`
	Owner       owner        `json:"owner"`
	DependsOn   []string     `json:"depends_on"`    // as dbt writes them: ref('x'), source('s', 't')
	Private     []string     `json:"private"`       // models that tiles read and no exposure may name, by dbt's unique id
	Away        []sources.ID `json:"other_project"` // tables that tiles read and that another project of dbt knows
	Others      []sources.ID `json:"not_in_dbt"`    // tables that tiles read and dbt does not know
	Untraced    []tileName   `json:"not_traced"`    // tiles of which nothing tells what they read
	Partly      []tileName   `json:"partly_traced"` // tiles that may read more
	Exposed     []string     `json:"described_by"`  // exposures of other names, by dbt's unique id
}

// A tileName is a tile.
type tileName struct {
	ID   sources.ID `json:"id"`
	Name string     `json:"name"`
}

func (t tileName) String() string { return strconv.Quote(oneLine(t.Name)) }

// An owner has a name or an address: dbt takes nobody who has neither.
type owner struct {
	Name  string `json:"name,omitempty"`
	Email string `json:"email,omitempty"`
}

// exposuresOf are the entries of the file of a project, by the id of their dashboards.
func exposuresOf(r *freshness.Report, project string) []exposure {
	described := r.Describe(project)
	names := namesOf(described)
	all := []exposure{}
	for i, d := range described {
		all = append(all, exposureOf(d, names[i], project))
	}
	return all
}

func exposureOf(d freshness.Described, name, project string) exposure {
	e := exposure{
		Dashboard: d.ID, Name: name, Label: oneLine(d.Name), URL: d.URL, Description: strings.TrimSpace(d.Description), Owner: ownerOf(d.Owner),
		Away: list(d.Away, same), Others: list(d.Others, same), Untraced: list(d.Untraced, nameOf), Partly: list(d.Partly, nameOf),
		DependsOn: list(d.Reads, func(k freshness.Known) string { return refer(k, project) }),
		Private:   list(d.Private, func(k freshness.Known) string { return k.Unique }),
		Exposed:   list(d.Exposed, exposureName),
	}
	slices.Sort(e.DependsOn)
	e.DependsOn = slices.Compact(e.DependsOn)
	e.Exposed = slices.DeleteFunc(e.Exposed, func(s string) bool { return s == "exposure."+project+"."+name })
	return e
}

// list is what is made of each; never nil, which JSON would say as null.
func list[A, B any](all []A, of func(A) B) []B {
	out := []B{}
	for _, a := range all {
		out = append(out, of(a))
	}
	return out
}

func same(id sources.ID) sources.ID { return id }

func nameOf(n *freshness.Node) tileName { return tileName{n.ID, n.Name} }

// namesOf are names that dbt takes, such as looker_42 for dashboard:looker/42.
// Where two are alike, a hash of the id tells them apart.
func namesOf(all []freshness.Described) []string {
	names, alike := make([]string, len(all)), make(map[string]int)
	for i, d := range all {
		names[i] = snake(d.ID.Place())
		alike[names[i]]++
	}
	for i, d := range all {
		if alike[names[i]] > 1 {
			names[i] += fmt.Sprintf("_%x", sha256.Sum256([]byte(d.ID)))[:9]
		}
	}
	return names
}

// snake is a text of small letters, digits and underscores that begins with a letter.
func snake(s string) string {
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

// ownerOf takes an owner as a name, or as an address where it is one.
func ownerOf(says string) owner {
	if a, err := mail.ParseAddress(says); err == nil {
		return owner{a.Name, a.Address}
	}
	return owner{Name: cmp.Or(oneLine(says), "unowned")}
}

// refer is how an exposure of a project says what it depends on.
func refer(k freshness.Known, project string) string {
	words := []string{python(k.Name)}
	if k.Kind == "source" {
		return "source(" + python(k.Source) + ", " + words[0] + ")"
	}
	if k.Package != project {
		words = slices.Insert(words, 0, python(k.Package))
	}
	if _, err := strconv.ParseFloat(k.Version, 64); err == nil {
		words = append(words, "v="+k.Version)
	} else if k.Version != "" {
		words = append(words, "v="+python(k.Version))
	}
	return "ref(" + strings.Join(words, ", ") + ")"
}

// python is a string as Jinja writes it.
func python(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(s) + "'"
}

// writeExposures writes the file. No moment stands in it: the same facts are the
// same bytes.
func writeExposures(w io.Writer, all []exposure) error {
	list := &yaml.Node{Kind: yaml.SequenceNode}
	for _, e := range all {
		list.Content = append(list.Content, e.node())
	}
	if len(all) == 0 {
		list.Style = yaml.FlowStyle
	}
	doc := mapping("version", &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!int", Value: "2"}, "exposures", list)
	doc.HeadComment = "Written by freshet exposures: what the tiles of each dashboard were seen to read."
	if len(all) == 0 {
		doc.HeadComment += "\nNo tile was traced to a table that dbt knows."
	}
	out := yaml.NewEncoder(w)
	out.SetIndent(2)
	if err := out.Encode(doc); err != nil {
		return err
	}
	return out.Close()
}

func (e exposure) node() *yaml.Node {
	n := mapping("name", word(e.Name), "label", text(e.Label), "type", word("dashboard"))
	add := func(key, says string) {
		if says != "" {
			n.Content = append(n.Content, word(key), text(says))
		}
	}
	add("url", e.URL)
	add("description", e.Description)
	who := mapping()
	for _, part := range [][2]string{{"name", e.Owner.Name}, {"email", e.Owner.Email}} {
		if part[1] != "" {
			who.Content = append(who.Content, word(part[0]), text(part[1]))
		}
	}
	on := &yaml.Node{Kind: yaml.SequenceNode}
	for _, ref := range e.DependsOn {
		on.Content = append(on.Content, word(unrendered(ref)))
	}
	n.Content = append(n.Content, word("owner"), who, word("depends_on"), on)
	n.HeadComment = e.comment()
	return n
}

// comment is what dbt has no place for.
func (e exposure) comment() string {
	lines := []string{oneLine(string(e.Dashboard))}
	add := func(before string, what []string, after string) {
		if len(what) > 0 {
			lines = append(lines, oneLine(before+strings.Join(what, ", ")+after))
		}
	}
	add("reads also: ", list(e.Others, sources.ID.Place), ", which dbt does not know")
	add("reads also: ", list(e.Away, sources.ID.Place), ", which only another project of dbt knows")
	add("reads also: ", e.Private, ", which dbt lets no exposure name: private")
	add("not traced: ", list(e.Untraced, tileName.String), "")
	add("may read more: ", list(e.Partly, tileName.String), "")
	add("described already: ", e.Exposed, "")
	return strings.Join(lines, "\n")
}

func mapping(pairs ...any) *yaml.Node {
	n := &yaml.Node{Kind: yaml.MappingNode}
	for _, p := range pairs {
		switch p := p.(type) {
		case string:
			n.Content = append(n.Content, word(p))
		case *yaml.Node:
			n.Content = append(n.Content, p)
		}
	}
	return n
}

// word is a string that needs quotes seldom.
func word(s string) *yaml.Node { return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s} }

// text is what people wrote, always in quotes: dbt reads YAML 1.1, in which more
// words mean something else.
func text(s string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Style: yaml.DoubleQuotedStyle, Value: unrendered(s)}
}

// unrendered is a text that is itself once dbt has rendered it, as it does with
// all of a file but its comments: what opens an expression, a statement or a
// comment of Jinja stands in an expression of its own.
func unrendered(s string) string { return jinja.Replace(strings.ToValidUTF8(s, "\uFFFD")) }

var jinja = strings.NewReplacer("{{", "{{ '{{' }}", "{%", "{{ '{%' }}", "{#", "{{ '{#' }}")

// oneLine is a text as one line, without what a YAML comment may not hold.
func oneLine(s string) string {
	s = strings.Map(func(c rune) rune {
		if unicode.IsSpace(c) || !strconv.IsPrint(c) {
			return ' '
		}
		return c
	}, s)
	return strings.Join(strings.Fields(s), " ")
}
