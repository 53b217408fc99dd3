package site

import (
	"bytes"
	"html/template"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
)

// Descriptions are Markdown of people, in goldmark's safe mode: raw HTML and
// addresses that run something are dropped.
var markdown = goldmark.New(goldmark.WithExtensions(extension.GFM))

// markdown returns a description as HTML; many assets share one.
func (w *writer) markdown(text string) template.HTML {
	if text == "" {
		return ""
	}
	if html, done := w.words[text]; done {
		return html
	}
	var out bytes.Buffer
	if err := markdown.Convert([]byte(text), &out); err != nil {
		out.Reset()
		template.HTMLEscape(&out, []byte(text))
	}
	w.words[text] = template.HTML(out.String())
	return w.words[text]
}
