package site

import (
	"bytes"
	"html/template"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
)

// markdownParser converts descriptions, which people write, in goldmark's safe mode: raw HTML
// and addresses that run something are dropped.
var markdownParser = goldmark.New(goldmark.WithExtensions(extension.GFM))

// renderMarkdown returns a description as HTML; "" for an empty one. Results are cached by
// text, since many assets share one. Text that cannot be converted is escaped.
func (r *renderer) renderMarkdown(text string) template.HTML {
	if text == "" {
		return ""
	}
	if html, done := r.descriptions[text]; done {
		return html
	}
	var out bytes.Buffer
	if err := markdownParser.Convert([]byte(text), &out); err != nil {
		out.Reset()
		template.HTMLEscape(&out, []byte(text))
	}
	r.descriptions[text] = template.HTML(out.String())
	return r.descriptions[text]
}
