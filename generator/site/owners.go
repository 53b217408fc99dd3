package site

import (
	"fmt"
	"html/template"
	"strings"

	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/sources"
)

// An ownerPage lists the root causes, dashboards and tables of one owner.
type ownerPage struct {
	frame
	Name, Lead string
	Causes     []causeRow
	Lists      []assetList
}

// ownerHref returns the address of an owner's page relative to the root of the site.
func ownerHref(name string) string {
	return "o/" + fileName(sources.ID("owner:"+name)) + ".html"
}

// appendOwnerLink appends a link to the page of an owner, for pages one folder below the root.
func appendOwnerLink(b []byte, name string) []byte {
	b = append(b, `<a href="../`+ownerHref(name)+`">`...)
	return append(esc(b, name), `</a>`...)
}

// writeOwnerPages writes one page per owner, and o/index.html, which lists them.
func (w *writer) writeOwnerPages() error {
	all := w.report.Owners()
	for _, o := range all {
		p := ownerPage{
			frame:  w.newFrame("../", "owners", o.Name+" · "+w.info.Title),
			Name:   o.Name,
			Lead:   describeOwner(o),
			Causes: w.buildCauseRows("../", o.Causes),
		}
		p.Crumbs = []breadcrumb{{Name: "Owners", Href: "index.html"}}
		p.Lists = []assetList{w.buildOwnedList("Dashboards", o.Dashboards), w.buildOwnedList("Tables", o.Tables)}
		if err := w.writePage(ownerHref(o.Name), "owner.html", p); err != nil {
			return err
		}
	}
	return w.writePage("o/index.html", "owners.html", struct {
		frame
		Lead, Unowned string
		Rows          template.HTML
	}{
		frame:   w.newFrame("../", "owners", "Owners · "+w.info.Title),
		Lead:    formatCount(len(all), "owner"),
		Unowned: describeUnowned(w.report.UnownedCount()),
		Rows:    template.HTML(renderOwnerRows(all)),
	})
}

// describeOwner returns how many root causes of an owner need attention, and how many
// dashboards and tables the owner has.
func describeOwner(o *freshness.Owner) string {
	words := formatCount(len(o.Dashboards), "dashboard") + ", " + formatCount(len(o.Tables), "table") + "."
	if n := o.AttentionCount(); n > 0 {
		return fmt.Sprintf("%s of theirs %s attention. %s", formatCount(n, "cause"), needVerb(n), words)
	}
	return "Nothing of theirs needs attention. " + words
}

// describeUnowned returns a sentence about the n root causes that need attention and have no
// owner, or "" if n is 0.
func describeUnowned(n int) string {
	if n == 0 {
		return ""
	}
	return formatCount(n, "cause") + " that " + needVerb(n) + " attention " + map[bool]string{
		true:  "is",
		false: "are",
	}[n == 1] + " nobody's: owner in a rule, a dbt group or meta.owner says whose."
}

// buildOwnedList returns a list of an owner's assets. title must be a plural in s, such as
// "Tables": the note counts its singular.
func (w *writer) buildOwnedList(title string, nodes []*freshness.Node) assetList {
	return w.withRows(
		assetList{Title: title, Note: formatCount(len(nodes), strings.ToLower(title[:len(title)-1])), Column: "moved"},
		nodes,
	)
}

// renderOwnerRows returns one table row per owner. The icon is the worst status among the
// owner's causes that need attention, else fresh.
func renderOwnerRows(all []*freshness.Owner) (b []byte) {
	for _, o := range all {
		status := freshness.Fresh
		for _, c := range o.Causes {
			if c.Attention {
				status = max(status, c.Status)
			}
		}
		b = append(append(b, `<tr><th scope="row">`...), icons[status]...)
		b = appendOwnerLink(b, o.Name)
		b = fmt.Appendf(
			b,
			`</th><td>%s</td><td class="wide">%s</td><td class="wide">%s</td></tr>`+"\n",
			describeAttention(o.AttentionCount()),
			formatCount(len(o.Dashboards), "dashboard"),
			formatCount(len(o.Tables), "table"),
		)
	}
	return b
}

// describeAttention returns the number of root causes that need attention, or "nothing".
func describeAttention(n int) string {
	if n == 0 {
		return "nothing"
	}
	return formatCount(n, "cause")
}
