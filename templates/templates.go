// Package templates holds the words and structure of every page.
//
// A template prints what it is given and judges nothing: there is no condition
// about age in it. Rows and strips, of which a site has many, are written by
// generator/site instead.
package templates

import "embed"

// FS contains the templates by file name.
//
//go:embed *.html
var FS embed.FS
