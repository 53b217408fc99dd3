package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/freshet-status/freshet/sources/atomicfile"
)

// An exposuresFile is a YAML file of a dbt project to which exposures are added.
type exposuresFile struct {
	name    string // as it was given; "" if there is no file
	path    string // without symbolic links
	mode    fs.FileMode
	text    string // content; "" if the file does not exist yet
	entries []fileEntry
}

// A fileEntry is an exposure that a file has already.
type fileEntry struct {
	Name string `yaml:"name"`
	URL  string `yaml:"url"`
}

// openExposuresFile reads the file at path. A file that does not exist is empty, but its folder
// must exist. With path "" it returns the zero file.
func openExposuresFile(path string) (exposuresFile, error) {
	if path == "" {
		return exposuresFile{}, nil
	}
	file, err := filepath.EvalSymlinks(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return newExposuresFile(path)
	case err != nil:
		return exposuresFile{}, err
	}
	f, err := readExposuresFile(file)
	if err != nil {
		return exposuresFile{}, fmt.Errorf("read %s: %w", path, err)
	}
	f.name = path
	return f, nil
}

// readExposuresFile reads a file that exists.
func readExposuresFile(path string) (exposuresFile, error) {
	info, err := os.Stat(path)
	if err != nil {
		return exposuresFile{}, err
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return exposuresFile{}, err
	}
	entries, err := listEntries(string(data))
	return exposuresFile{path: path, mode: info.Mode().Perm(), text: string(data), entries: entries}, err
}

// newExposuresFile returns the empty file for a path at which nothing is. It errs if there is no
// folder for it.
func newExposuresFile(path string) (exposuresFile, error) {
	_, err := os.Stat(filepath.Dir(path))
	if err != nil {
		return exposuresFile{}, fmt.Errorf("%w\nhint: create the folder, or name another file", err)
	}
	return exposuresFile{name: path, path: path, mode: 0o644}, nil
}

// add writes the file with all added to its exposures, whole or not at all.
func (f exposuresFile) add(all []exposure) error {
	text, err := addExposures(f.text, all)
	if err != nil {
		return err
	}
	return atomicfile.Write(f.path, []byte(text), f.mode)
}

// listEntries returns the exposures of a YAML file.
func listEntries(text string) ([]fileEntry, error) {
	var file struct {
		Exposures []fileEntry `yaml:"exposures"`
	}
	err := yaml.Unmarshal([]byte(text), &file)
	return file.Exposures, err
}

// addExposures returns text, the content of a YAML file, with all added behind its exposures.
// Everything else stays byte for byte. It errs if that cannot be done.
func addExposures(text string, all []exposure) (string, error) {
	whole := endLastLine(text)
	root, err := parseMapping(whole)
	if err != nil {
		return "", err
	}
	lines := slices.Collect(strings.Lines(whole))
	place, err := findPlace(root, lines)
	if err != nil {
		return "", err
	}
	added, err := place.render(all)
	if err != nil {
		return "", err
	}
	added = strings.ReplaceAll(added, "\n", lineEnd(text))
	whole = strings.Join(lines[:place.from], "") + added + strings.Join(lines[place.to:], "")
	return whole, checkAdded(text, whole, len(all))
}

// endLastLine returns text with a line end after its last line.
func endLastLine(text string) string {
	if text == "" || strings.HasSuffix(text, "\n") {
		return text
	}
	return text + lineEnd(text)
}

// lineEnd returns the line end of text: that of Windows if it has one, else that of Unix.
func lineEnd(text string) string {
	if strings.Contains(text, "\r\n") {
		return "\r\n"
	}
	return "\n"
}

// parseMapping returns the mapping at the top of a YAML file, or nil if the file is empty but for
// comments.
func parseMapping(text string) (*yaml.Node, error) {
	root, err := parseDocument(text)
	isEmpty := root == nil || root.Kind == yaml.ScalarNode && root.Value == ""
	if err != nil || isEmpty {
		return nil, err
	}
	if root.Kind != yaml.MappingNode || root.Style&yaml.FlowStyle != 0 {
		return nil, errors.New("the top level is not a mapping with one key per line\nhint: name another file")
	}
	return root, nil
}

// parseDocument returns the value of a YAML file, or nil if it has none. It errs if there is more
// than one document.
func parseDocument(text string) (*yaml.Node, error) {
	var top yaml.Node
	var next yaml.Node
	in := yaml.NewDecoder(strings.NewReader(text))
	err := in.Decode(&top)
	switch {
	case errors.Is(err, io.EOF):
		return nil, nil
	case err != nil:
		return nil, err
	case !errors.Is(in.Decode(&next), io.EOF):
		return nil, errors.New("the file has more than one YAML document\nhint: name another file")
	}
	return top.Content[0], nil
}

// A filePlace is where exposures are added to the lines of a file: in place of those from
// position from up to to, which head replaces.
type filePlace struct {
	from, to int
	head     string
	indent   int // columns before the dash of an entry; negative for a document of its own
}

// findPlace returns where exposures are added to a file with this mapping at its top, nil if it
// has none: behind the last exposure, or at the end if there is no key exposures.
func findPlace(root *yaml.Node, lines []string) (filePlace, error) {
	if root == nil {
		return filePlace{from: len(lines), to: len(lines), indent: -1}, nil
	}
	at := indexOfKey(root, "exposures")
	if at < 0 {
		margin := strings.Repeat(" ", root.Column-1)
		return filePlace{from: len(lines), to: len(lines), head: margin + "exposures:\n", indent: root.Column + 1}, nil
	}
	list := root.Content[at+1]
	switch {
	case len(list.Content) == 0:
		return openEmptyList(root.Content[at], lines)
	case list.Kind != yaml.SequenceNode || list.Style&yaml.FlowStyle != 0:
		return filePlace{}, errNoBlockList
	}
	end := endOfValue(root, at, lines)
	return filePlace{from: end, to: end, indent: list.Column - 1}, nil
}

// indexOfKey returns the position of a key among the content of a mapping, or -1.
func indexOfKey(mapping *yaml.Node, key string) int {
	for at := 0; at < len(mapping.Content); at += 2 {
		if mapping.Content[at].Value == key {
			return at
		}
	}
	return -1
}

// errNoBlockList says that the exposures of a file are written in a form that cannot be extended.
var errNoBlockList = errors.New(
	"exposures is not a list with a dash before each entry\nhint: write it so, or name another file")

// emptyList matches the line of an empty list of exposures: the key, and a comment if there is one.
var emptyList = regexp.MustCompile(`^(\s*["']?exposures["']?\s*:)\s*?(?:\[\s*\]|null|~)?([ \t]+#[^\r\n]*)?\s*$`)

// openEmptyList returns the place below a key without entries. It errs unless the empty value
// is on the line of the key.
func openEmptyList(key *yaml.Node, lines []string) (filePlace, error) {
	found := emptyList.FindStringSubmatch(lines[key.Line-1])
	if found == nil {
		return filePlace{}, errNoBlockList
	}
	return filePlace{
		from:   key.Line - 1,
		to:     key.Line,
		head:   found[1] + found[2] + "\n",
		indent: key.Column + 1,
	}, nil
}

// endOfValue returns the number of lines up to the end of the value of the key at a position of
// root. Empty lines and the comments of the next key do not belong to it.
func endOfValue(root *yaml.Node, at int, lines []string) int {
	end := len(lines)
	if at+2 < len(root.Content) {
		end = root.Content[at+2].Line - 1
	}
	for end > 0 {
		content := strings.TrimSpace(lines[end-1])
		column := 1 + len(lines[end-1]) - len(strings.TrimLeft(lines[end-1], " "))
		isComment := strings.HasPrefix(content, "#") && column <= root.Column
		if content != "" && !isComment {
			break
		}
		end--
	}
	return end
}

// render returns the lines to add at the place.
func (p filePlace) render(all []exposure) (string, error) {
	if p.indent < 0 {
		return encodeYAML(documentNode(all))
	}
	text, err := encodeYAML(yamlMapping("exposures", entriesNode(all)))
	if err != nil {
		return "", err
	}
	_, text, _ = strings.Cut(text, "\n")
	added := p.head
	for line := range strings.Lines(text) {
		added += strings.Repeat(" ", p.indent) + strings.TrimPrefix(line, "  ")
	}
	return added, nil
}

// A fileContent is what a YAML file means.
type fileContent struct {
	Exposures []any          `yaml:"exposures"`
	Others    map[string]any `yaml:",inline"` // values of the other keys
}

// checkAdded errs unless after, the content of a YAML file, has the exposures that before has and
// so many added ones behind them, and all other keys of before are unchanged.
func checkAdded(before, after string, added int) error {
	var was fileContent
	var is fileContent
	err := errors.Join(yaml.Unmarshal([]byte(before), &was), yaml.Unmarshal([]byte(after), &is))
	if err != nil {
		return err
	}
	if len(was.Others) == 0 {
		is.Others = was.Others // a file of its own begins with a version
	}
	kept := is.Exposures[:min(len(is.Exposures), len(was.Exposures))]
	hasAdded := len(is.Exposures) == len(was.Exposures)+added
	if !hasAdded || !slices.EqualFunc(kept, was.Exposures, isSame) || !isSame(is.Others, was.Others) {
		return errors.New("exposures cannot be added without a change to the rest\nhint: name another file")
	}
	return nil
}

// isSame reports whether two values of YAML are equal in depth.
func isSame(a, b any) bool { return reflect.DeepEqual(a, b) }
