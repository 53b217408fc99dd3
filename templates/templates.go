// Package templates holds the HTML templates of the pages, and the words that are the same on
// every site.
//
// A template prints the values that it is given and makes no judgment: it contains no condition
// about age or status. Rows and strips, which are numerous, are written by package
// generator/site instead.
//
// page.html defines the blocks that pages share: head, foot, crumbs and causes. A new page is a
// file here and a method in generator/site that renders it.
package templates

import "embed"

// FS contains the templates by file name.
//
//go:embed *.html
var FS embed.FS
