// Package site writes a [freshness.Report] as a folder of static files: pages, scripts and
// styles, and the API as JSON.
//
// It shows what the report says and makes no judgment: no status, limit or cause is decided
// here. It never uses the network or the wall clock. The structure of pages is in package
// templates, their looks are in package assets; rows and strips, which are numerous, are
// written here, because a template costs ten times as much.
//
// The same report makes the same bytes, and a file whose content did not change is left alone.
// Every link names a file, so that the folder works from a web server, a bucket, a sub-path and
// a disk.
//
// To add a page, add a template, a struct that embeds frame, and a method of writer that calls
// writePage, and list that method in Write before the pages that link to it.
package site

import (
	"bytes"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"time"

	"github.com/freshet-status/freshet/assets"
	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/generator/site/api"
	"github.com/freshet-status/freshet/generator/site/outputdir"
	"github.com/freshet-status/freshet/sources"
	"github.com/freshet-status/freshet/templates"
)

// Info holds what a site shows beside its report.
type Info struct {
	Title   string
	NextRun time.Time     // moment of the next run; zero if no schedule is set
	Expires time.Time     // moment after which the page is out of date; zero if no schedule is set
	BuiltBy string        // version of freshet
	Uses    []UseBaseline // patterns of site.toml whose readers are listed in t/uses.html
	Preview bool          // pages reload after each rebuild; set only by freshet serve
}

// A UseBaseline holds how many assets and dashboards read the tables that a pattern matches, in
// the report of the first recorded day. The site compares them with today's numbers.
type UseBaseline struct {
	// Pattern is a glob over ids, names, folders, tags and owners.
	Pattern string
	// FirstRun is the moment of that first report; zero if there is none.
	FirstRun            time.Time
	Readers, Dashboards int
}

// ConnectPolicy returns the directive that a preview adds to the Content-Security-Policy of its
// pages, so that reload.js may ask the server for changes; "" for other sites.
func (i Info) ConnectPolicy() string {
	if i.Preview {
		return "; connect-src 'self'"
	}
	return ""
}

// HasReloadScript reports whether pages include reload.js.
func (i Info) HasReloadScript() bool { return i.Preview }

// WriteStats counts the files of a site.
type WriteStats = outputdir.Stats

// pageTemplates holds all templates by file name and by the names that they define.
var pageTemplates = template.Must(template.ParseFS(templates.FS, "*.html"))

// A writer renders the pages of one report and writes them.
type writer struct {
	*outputdir.Dir
	*renderer
	info        Info
	currentUses []freshness.Usage // today's readers of each pattern, in the order of info.Uses
	buf         bytes.Buffer
}

// Write renders r into dir and returns what it wrote, also if it fails. Scripts and styles come
// first, then the pages, the ones with links to others last, so that a reader never meets a
// link to a missing page. Home and what else has the moment of the run come after everything else: while a
// file is missing, the site claims to be no newer than the one before. Leftovers of an earlier site are
// removed at the end.
func Write(dir string, info Info, r *freshness.Report) (WriteStats, error) {
	out, err := outputdir.Open(dir)
	if err != nil {
		return WriteStats{}, err
	}
	err = WriteTo(out, info, r)
	return out.Stats, errors.Join(err, out.Close())
}

// WriteTo renders r into out, as [Write] does.
func WriteTo(out *outputdir.Dir, info Info, r *freshness.Report) error {
	w := &writer{Dir: out, renderer: newRenderer(r), info: info}
	for _, u := range info.Uses {
		w.currentUses = append(w.currentUses, r.FindUsage(u.Pattern))
	}
	steps := []func() error{
		w.writeAssets,
		w.writeVendor,
		w.writeTablePages,
		w.writeDashboardPages,
		w.writeFolderPages,
		w.writeTableIndex,
		w.writeCoveragePage,
		w.writeOwnerPages,
		w.writeUsesPage,
		w.writeHowPage,
		w.writeAPI,
		w.writeHomePage,
		w.writeSummary,
		w.writeNow,
		w.Finish,
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// writeAssets writes styles, scripts and the icon. reload.js is written only for a preview.
func (w *writer) writeAssets() error {
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
		if err := w.WriteFile(f.Name(), data); err != nil {
			return err
		}
	}
	return nil
}

// writeNow writes now.js with the moments that change with every run, so that they change no page.
func (w *writer) writeNow() error {
	return w.WriteFile(
		"now.js",
		fmt.Appendf(
			nil,
			"window.freshetNow = {\"asOf\": %s, \"asOfText\": %q, \"nextRun\": %s, \"expires\": %s, \"expiresText\": %q};\n",
			jsonTime(w.report.At),
			w.formatMoment(w.report.At),
			jsonTime(w.info.NextRun),
			jsonTime(w.info.Expires),
			w.formatMoment(w.info.Expires),
		),
	)
}

// formatMoment returns t in the zone of the report with its year and zone, such as
// "25 Nov 2026 05:11 EST"; "" for the zero time.
func (d *describer) formatMoment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(d.report.Zone).Format("2 Jan 2006 15:04 MST")
}

// jsonTime returns t as a JSON string in UTC (RFC 3339), or null for the zero time.
func jsonTime(t time.Time) []byte {
	if t.IsZero() {
		return []byte("null")
	}
	return fmt.Appendf(nil, "%q", t.UTC().Format(time.RFC3339))
}

// A frame holds what the shared header and footer of all pages need.
type frame struct {
	Info Info
	Root string // relative path back to the root of the site: "" or "../"
	// entry of the navigation that is marked as current: "home", "tables", "owners" or "how"; ""
	// for none
	Nav     string
	Heading string // title of the browser window
	// first sentence of the footer: the day and the zone of the page; "" on the home page, whose
	// header has the moment
	Foot string
	// breadcrumbs after the home page, outermost first
	Crumbs []breadcrumb
}

// A breadcrumb is a link to a page above the current one.
type breadcrumb struct{ Name, Href string }

// writePage renders the template name with data and writes the result to file.
func (w *writer) writePage(file, name string, data any) error {
	w.buf.Reset()
	if err := pageTemplates.ExecuteTemplate(&w.buf, name, data); err != nil {
		return fmt.Errorf("render %s: %w", file, err)
	}
	return w.WriteFile(file, w.buf.Bytes())
}

// newFrame returns the frame of a page. root is the relative path back to the root of the site,
// nav the current entry of the navigation, heading the title of the window.
func (w *writer) newFrame(root, nav, heading string) frame {
	f := frame{Info: w.info, Root: root, Nav: nav, Heading: heading}
	if nav != "home" {
		f.Foot = fmt.Sprintf("As of %s (%s).", w.report.At.In(w.report.Zone).Format("2 Jan 2006"), w.report.Zone)
	}
	return f
}

// writeHowPage writes how.html, which explains the rules behind every status.
func (w *writer) writeHowPage() error {
	return w.writePage("how.html", "how.html", struct {
		frame
		Legend template.HTML
		Zone   string
	}{w.newFrame("", "how", "How status is determined · "+w.info.Title), renderLegend(), w.report.Zone.String()})
}

// writeAPI writes the files of the API except the summary.
func (w *writer) writeAPI() error { return w.newAPIWriter().Write() }

// writeSummary writes the summary of the API, which has the moment of the run.
func (w *writer) writeSummary() error { return w.newAPIWriter().WriteSummary() }

// newAPIWriter returns what writes the files of the API.
func (w *writer) newAPIWriter() *api.Writer {
	return &api.Writer{
		Report:    w.report,
		Title:     w.info.Title,
		BuiltBy:   w.info.BuiltBy,
		NextRun:   w.info.NextRun,
		Expires:   w.info.Expires,
		Page:      func(id sources.ID) string { return w.hrefs[id] },
		FileName:  fileName,
		WriteFile: w.WriteFile,
	}
}
