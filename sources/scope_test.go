package sources

import "testing"

func TestWhatIsAroundAScope(t *testing.T) {
	for scope, want := range map[string]string{
		"schema:RAW.ERP":          "database:RAW",
		`schema:"a.b"."c.d"`:      `database:"a.b"`,
		`schema:"a""."."c.d"`:     `database:"a""."`,
		"schema:RAW":              "",
		"project:shop.of.example": "",
		"":                        "",
	} {
		if got := EnclosingScope(scope); got != want {
			t.Errorf("%s: got %q, want %q", scope, got, want)
		}
	}
}
