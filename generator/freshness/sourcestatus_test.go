package freshness_test

import (
	"fmt"
	"testing"

	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/generator/words"
	"github.com/freshet-status/freshet/sources"
)

func TestManyListsOfOneMomentAreCounted(t *testing.T) {
	v := sources.Visit{Source: "snowflake", At: now, Scopes: []sources.Scope{{Name: "project:shop", CheckedAt: now}}}
	for i := range 4 {
		v.Scopes = append(v.Scopes, sources.Scope{Name: sources.NewScopeName("schema", fmt.Sprint("RAW.S", i)), CheckedAt: now})
	}
	r := freshness.Derive(&sources.Past{Visits: []sources.Visit{v}}, rules(), now)
	got := words.SourceChecks(r, r.Sources[0])
	if fmt.Sprint(got) != "[project shop listed today 06:00 4 schemas listed today 06:00]" {
		t.Errorf("checks of the source: got %v, want project:shop and 4 schemas", got)
	}
}
