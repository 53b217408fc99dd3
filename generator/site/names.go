package site

import (
	"crypto/sha256"
	"fmt"
	"strings"

	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/sources"
)

// fileName returns the name of an asset's file without extension: a readable part of the id and
// a hash of it. It depends on the id alone, so that it survives renames of the asset.
func fileName(id sources.ID) string {
	return slugify(id.Place()) + "-" + shortHash(string(id))
}

// shortHash returns the first 8 hex digits of the SHA-256 of s.
func shortHash(s string) string { return fmt.Sprintf("%.4x", sha256.Sum256([]byte(s))) }

// slugify returns s in lower case with every run of other characters than a-z, 0-9 and _
// replaced by one hyphen, at most 60 bytes, so that every file system and URL accepts it.
func slugify(s string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(s) {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '_':
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
		if b.Len() == 60 {
			break
		}
	}
	return strings.Trim(b.String(), "-")
}

// assetHref returns the address of n's page relative to the root of the site. A tile has an
// anchor on the page of its dashboard.
func assetHref(n *freshness.Node) string {
	switch n.Kind {
	case sources.Tile:
		return "d/" + fileName(n.Parent) + ".html#" + tileAnchor(n.ID)
	case sources.Dashboard:
		return "d/" + fileName(n.ID) + ".html"
	case sources.Folder:
		return "f/" + fileName(n.ID) + ".html"
	default:
		return "t/" + fileName(n.ID) + ".html"
	}
}

// tileAnchor returns the anchor of a tile on the page of its dashboard.
func tileAnchor(id sources.ID) string { return "t-" + shortHash(string(id)) }
