package sources_test

import (
	"testing"

	"github.com/freshet-status/freshet/sources"
)

func TestWhatIsAroundAScope(t *testing.T) {
	for scope, want := range map[sources.ScopeName]sources.ScopeName{
		"schema:RAW.ERP":          "database:RAW",
		`schema:"a.b"."c.d"`:      `database:"a.b"`,
		`schema:"a""."."c.d"`:     `database:"a""."`,
		"schema:RAW":              "",
		"project:shop.of.example": "",
		"":                        "",
	} {
		if got := scope.Enclosing(); got != want {
			t.Errorf("EnclosingScope(%q): got %q, want %q", scope, got, want)
		}
	}
}
