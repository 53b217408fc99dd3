// Package assets holds the looks of the site: styles, scripts and the icon.
// All of it is written here; nothing is fetched when a page is opened.
package assets

import (
	"embed"
	"io/fs"
)

// FS contains the assets by file name, as they are served.
//
//go:embed *.css *.js *.svg
var FS embed.FS

// Schema is the JSON Schema of the API, api/v1/schema.json.
//
//go:embed schema.json
var Schema []byte

//go:embed all:vendor
var vendor embed.FS

// Vendor contains what others made and "make charts" put there, as it is served:
// nothing, or ECharts and its licenses. A site is whole without it.
var Vendor, _ = fs.Sub(vendor, "vendor")
