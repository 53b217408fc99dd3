package site

import (
	"crypto/sha256"
	"fmt"
	"strings"

	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/sources"
)

// fileName is the name of an asset's file, without its ending: made of the id
// alone, so that it survives renames.
func fileName(id sources.ID) string {
	return slug(id.Place()) + "-" + hash8(string(id))
}

func hash8(s string) string { return fmt.Sprintf("%.4x", sha256.Sum256([]byte(s))) }

// slug is a text in letters that every file system and address takes.
func slug(s string) string {
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

// href is where an asset is shown, from the root of the site. A tile is a row
// of its dashboard's page.
func href(n *freshness.Node) string {
	switch n.Kind {
	case sources.Tile:
		return "d/" + fileName(n.Parent) + ".html#" + anchor(n.ID)
	case sources.Dashboard:
		return "d/" + fileName(n.ID) + ".html"
	case sources.Folder:
		return "f/" + fileName(n.ID) + ".html"
	default:
		return "t/" + fileName(n.ID) + ".html"
	}
}

// anchor is the place of a tile on its page.
func anchor(id sources.ID) string { return "t-" + hash8(string(id)) }
