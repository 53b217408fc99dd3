package site

import (
	"fmt"
	"html/template"
	"strings"

	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/generator/words"
	"github.com/freshet-status/freshet/sources"
)

// An ownerPage lists the root causes, dashboards and tables of one owner.
type ownerPage struct {
	frame
	Name, Lead string
	Causes     []causeRow
	MoreCauses string // how many root causes are not listed; "" if none
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
		p.MoreCauses = describeMoreCauses(o.Causes, "api/v1/summary.json")
		p.Crumbs = []breadcrumb{{Name: "Owners", Href: "index.html"}}
		p.Lists = []assetList{w.buildOwnedList("Dashboards", o.Dashboards), w.buildOwnedList("Tables", o.Tables)}
		if err := w.writePage(ownerHref(o.Name), "owner.html", p); err != nil {
			return err
		}
	}
	return w.writePage("o/index.html", "owners.html", struct {
		frame
		Lead          string
		Unowned, Rows template.HTML
	}{
		frame:   w.newFrame("../", "owners", "Owners · "+w.info.Title),
		Lead:    words.Count(len(all), "owner"),
		Unowned: describeUnowned(w.report.UnownedCount()),
		Rows:    template.HTML(renderOwnerRows(all)),
	})
}

// describeOwner returns how many root causes an owner has to fix, how many of the owner's
// dashboards are affected by those of others, and how many dashboards and tables the owner has.
func describeOwner(o *freshness.Owner) string {
	text := "Nothing to fix."
	if n := o.AttentionCount(); n > 0 {
		text = words.Count(n, "root cause") + " to fix."
	}
	if affected, causes := findForeignCauses(o); affected > 0 {
		text += fmt.Sprintf(
			" %s of %s %s affected by root causes of others: %s%s",
			words.Number(affected),
			words.Count(len(o.Dashboards), "dashboard"),
			words.Verb(affected, "is", "are"),
			causes[0].Label(),
			moreEnding(len(causes)-1),
		)
	}
	return text + " " + words.Count(len(o.Dashboards), "dashboard") + ", " + words.Count(len(o.Tables), "table") + "."
}

// findForeignCauses returns how many dashboards of an owner are affected by root causes that need
// attention and that the owner does not own, and these causes.
func findForeignCauses(o *freshness.Owner) (affected int, causes []*freshness.Cause) {
	listed := make(map[*freshness.Cause]bool)
	for _, d := range o.Dashboards {
		isAffected := false
		for _, c := range d.Causes {
			if !c.Attention || c.Owner == o.Name {
				continue
			}
			isAffected = true
			if !listed[c] {
				listed[c] = true
				causes = append(causes, c)
			}
		}
		if isAffected {
			affected++
		}
	}
	return affected, causes
}

// describeUnowned returns sentences, as HTML, about the n root causes that need attention and have
// no owner; "" if n is 0.
func describeUnowned(n int) template.HTML {
	if n == 0 {
		return ""
	}
	return template.HTML(words.Count(n, "root cause") + " " + words.Verb(n, "has", "have") +
		" no owner. Set one with <code>owner</code> in a rule, a dbt group or <code>meta.owner</code>.")
}

// buildOwnedList returns a list of an owner's assets. title must be a plural in s, such as
// "Tables": the note counts its singular.
func (r *renderer) buildOwnedList(title string, nodes []*freshness.Node) assetList {
	return r.withRows(
		assetList{Title: title, Note: words.Count(len(nodes), strings.ToLower(title[:len(title)-1])), Column: "last updated"},
		nodes,
	)
}

// renderOwnerRows returns one table row per owner. The icon is the worst status among the
// owner's causes that need attention and the owner's affected dashboards, else fresh.
func renderOwnerRows(all []*freshness.Owner) (b []byte) {
	for _, o := range all {
		status := freshness.Fresh
		for _, c := range o.Causes {
			if c.Attention {
				status = max(status, c.Status)
			}
		}
		affected := 0
		for _, d := range o.Dashboards {
			if d.Attention {
				affected++
				status = max(status, d.Status)
			}
		}
		b = append(append(b, `<tr><th scope="row">`...), icons[status]...)
		b = appendOwnerLink(b, o.Name)
		b = fmt.Appendf(
			b,
			`</th><td>%s</td><td>%s</td><td class="wide">%s</td><td class="wide">%s</td></tr>`+"\n",
			numberOrDash(o.AttentionCount()),
			shareOrDash(affected, len(o.Dashboards)),
			words.Count(len(o.Dashboards), "dashboard"),
			words.Count(len(o.Tables), "table"),
		)
	}
	return b
}

// numberOrDash returns n, or "–" for 0.
func numberOrDash(n int) string {
	if n == 0 {
		return "–"
	}
	return words.Number(n)
}

// shareOrDash returns "n of all", or "–" if n is 0.
func shareOrDash(n, all int) string {
	if n == 0 {
		return "–"
	}
	return words.Number(n) + " of " + words.Number(all)
}
