// Package site writes a [freshness.Report] as a folder of static pages.
//
// It shows what the report says and decides nothing. Words are in the
// templates, looks are in the assets; what a site has many of, rows and strips,
// is written here. The same report makes the same bytes, a page whose content
// did not change is left alone, and every link names a file, so that the folder
// works from a web server, a bucket, a sub-path and a disk.
package site

import (
	"bytes"
	"fmt"
	"html/template"
	"io/fs"
	"time"

	"github.com/freshet-status/freshet/assets"
	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/sources"
	"github.com/freshet-status/freshet/templates"
)

// Info is what a site says beside its report.
type Info struct {
	Title   string
	NextRun time.Time // when the next run is expected; zero if no schedule is set
	Expires time.Time // when the page should have been replaced; zero likewise
	BuiltBy string    // the version of freshet
	Uses    []Used    // patterns whose readers have a page
	Preview bool      // pages reload when they were rebuilt; for serve alone
}

// Used is how much read what a pattern matches, at the first run.
type Used struct {
	Pattern             string
	First               time.Time
	Readers, Dashboards int
}

// Connect is what a preview adds to the policy of its pages.
func (i Info) Connect() string {
	if i.Preview {
		return "; connect-src 'self'"
	}
	return ""
}

// Reload reports whether pages carry the script of a preview.
func (i Info) Reload() bool { return i.Preview }

// Written is what Write did.
type Written struct {
	Files, Changed, Removed int
	Bytes                   int64
}

var pages = template.Must(template.ParseFS(templates.FS, "*.html"))

// A writer makes the pages of one report.
type writer struct {
	*folder
	r     *freshness.Report
	info  Info
	hrefs map[sources.ID]string // of each asset, from the root of the site
	lines map[*freshness.Node][]byte
	words map[string]template.HTML // descriptions as HTML
	used  []freshness.Use          // of each pattern whose readers have a page
	ways  map[*freshness.Cause][]*freshness.Node
	buf   bytes.Buffer
}

// Write renders r into dir: first what pages need, then pages, those that link
// to others last, so that a reader never meets a link to nothing.
func Write(dir string, info Info, r *freshness.Report) (Written, error) {
	w := &writer{folder: newFolder(dir), r: r, info: info, hrefs: make(map[sources.ID]string, len(r.Nodes)), lines: make(map[*freshness.Node][]byte), words: make(map[string]template.HTML), ways: make(map[*freshness.Cause][]*freshness.Node)}
	for _, n := range r.Nodes {
		w.hrefs[n.ID] = href(n)
	}
	for _, u := range info.Uses {
		w.used = append(w.used, r.Uses(u.Pattern))
	}
	steps := []func() error{w.assets, w.vendor, w.tables, w.dashboards, w.folders, w.tableIndex, w.coverageIndex, w.owners, w.uses, w.how, w.home, w.api, w.prune}
	for _, step := range steps {
		if err := step(); err != nil {
			return w.Written, err
		}
	}
	return w.Written, nil
}

// assets writes what pages need, and the moments that change with every run.
func (w *writer) assets() error {
	files, err := fs.ReadDir(assets.FS, ".")
	if err != nil {
		return err
	}
	for _, f := range files {
		if f.Name() == "reload.js" && !w.info.Preview {
			continue
		}
		data, err := fs.ReadFile(assets.FS, f.Name())
		if err != nil {
			return err
		}
		if err := w.put(f.Name(), data); err != nil {
			return err
		}
	}
	return w.put("now.js", fmt.Appendf(nil, "window.freshetNow = {\"asOf\": %s, \"nextRun\": %s, \"expires\": %s};\n", stamp(w.r.At), stamp(w.info.NextRun), stamp(w.info.Expires)))
}

// stamp is a moment in JSON.
func stamp(t time.Time) []byte {
	if t.IsZero() {
		return []byte("null")
	}
	return fmt.Appendf(nil, "%q", t.UTC().Format(time.RFC3339))
}

// A frame is what every page has.
type frame struct {
	Info    Info
	Root    string // the way back to the root of the site
	Nav     string
	Heading string // in the title of the window
	Foot    string
	Crumbs  []crumb
}

type crumb struct{ Name, Href string }

// page renders a template and writes it.
func (w *writer) page(file, name string, data any) error {
	w.buf.Reset()
	if err := pages.ExecuteTemplate(&w.buf, name, data); err != nil {
		return fmt.Errorf("render %s: %w", file, err)
	}
	return w.put(file, w.buf.Bytes())
}

func (w *writer) frame(root, nav, heading string) frame {
	return frame{Info: w.info, Root: root, Nav: nav, Heading: heading}
}

// how writes the page that says by which rules all others are made.
func (w *writer) how() error {
	return w.page("how.html", "how.html", struct {
		frame
		Legend template.HTML
		Zone   string
	}{w.frame("", "how", "How it judges · "+w.info.Title), legend(), w.r.Zone.String()})
}
