// Package assets holds the styles, scripts and icon of the site, and the JSON Schema of its
// API.
//
// Everything is embedded in the program, and pages load nothing from other hosts. A new style,
// script or SVG file in this folder is served without further code. The folder charts builds
// what "make charts" puts into vendor; a site is complete without it.
package assets

import (
	"embed"
	"io/fs"
)

// FS contains the styles, scripts and icon by the file names under which they
// are served.
//
//go:embed *.css *.js *.svg
var FS embed.FS

// Schema is the JSON Schema of the API, served as api/v1/schema.json.
//
//go:embed schema.json
var Schema []byte

// vendorFS contains the folder vendor with its hidden .gitkeep, since a folder
// without files could not be embedded.
//
//go:embed all:vendor
var vendorFS embed.FS

// Vendor contains the third-party files that "make charts" bundled, by the names under which
// they are served: ECharts and its licenses, or nothing. A site is complete without them. It is
// a variable so that tests can replace it.
var Vendor, _ = fs.Sub(vendorFS, "vendor")
