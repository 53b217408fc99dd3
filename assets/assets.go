// Package assets holds the looks of the site: styles, scripts and the icon.
// All of it is written here; nothing is fetched when a page is opened.
package assets

import "embed"

// FS contains the assets by file name, as they are served.
//
//go:embed *.css *.js *.svg
var FS embed.FS

// Schema is the JSON Schema of the API, api/v1/schema.json.
//
//go:embed schema.json
var Schema []byte
