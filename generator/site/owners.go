package site

import (
	"fmt"
	"html/template"
	"strings"

	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/sources"
)

// An ownerPage is all that is of one owner.
type ownerPage struct {
	frame
	Name, Lead string
	Causes     []causeRow
	Lists      []assetList
}

// ownerHref is the page of an owner, from the root of the site.
func ownerHref(name string) string {
	return "o/" + fileName(sources.ID("owner:"+name)) + ".html"
}

// ownerLink appends a link to the page of an owner, for pages one folder below the
// root.
func ownerLink(b []byte, name string) []byte {
	b = append(b, `<a href="../`+ownerHref(name)+`">`...)
	return append(esc(b, name), `</a>`...)
}

// owners writes a page an owner, and a list of them.
func (w *writer) owners() error {
	all := w.r.Owners()
	for _, o := range all {
		p := ownerPage{frame: w.frame("../", "owners", o.Name+" · "+w.info.Title), Name: o.Name, Lead: ownerLead(o), Causes: w.causeRows("../", o.Causes)}
		p.Crumbs = []crumb{{"Owners", "index.html"}}
		p.Lists = []assetList{w.owned("Dashboards", o.Dashboards), w.owned("Tables", o.Tables)}
		if err := w.page(ownerHref(o.Name), "owner.html", p); err != nil {
			return err
		}
	}
	return w.page("o/index.html", "owners.html", struct {
		frame
		Lead, Unowned string
		Rows          template.HTML
	}{w.frame("../", "owners", "Owners · "+w.info.Title), count(len(all), "owner"), unowned(w.r.Unowned()), template.HTML(ownerRows(all))})
}

func ownerLead(o *freshness.Owner) string {
	words := count(len(o.Dashboards), "dashboard") + ", " + count(len(o.Tables), "table") + "."
	if n := o.Attention(); n > 0 {
		return fmt.Sprintf("%s of theirs %s attention. %s", count(n, "cause"), needWord(n), words)
	}
	return "Nothing of theirs needs attention. " + words
}

// unowned says how many causes nobody owns.
func unowned(n int) string {
	if n == 0 {
		return ""
	}
	return count(n, "cause") + " that " + needWord(n) + " attention " + map[bool]string{true: "is", false: "are"}[n == 1] + " nobody's: owner in a rule, a dbt group or meta.owner says whose."
}

func (w *writer) owned(title string, nodes []*freshness.Node) assetList {
	return w.filled(assetList{Title: title, Note: count(len(nodes), strings.ToLower(title[:len(title)-1])), Column: "moved"}, nodes)
}

// ownerRows are the owners, each with what is of them.
func ownerRows(all []*freshness.Owner) (b []byte) {
	for _, o := range all {
		status := freshness.Fresh
		for _, c := range o.Causes {
			if c.Attention {
				status = max(status, c.Status)
			}
		}
		b = append(append(b, `<tr><th scope="row">`...), icons[status]...)
		b = ownerLink(b, o.Name)
		b = fmt.Appendf(b, `</th><td>%s</td><td class="wide">%s</td><td class="wide">%s</td></tr>`+"\n", attentionWords(o.Attention()), count(len(o.Dashboards), "dashboard"), count(len(o.Tables), "table"))
	}
	return b
}

func attentionWords(n int) string {
	if n == 0 {
		return "nothing"
	}
	return count(n, "cause")
}
