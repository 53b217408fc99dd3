package freshness_test

import (
	"fmt"
	"testing"

	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/sources"
)

func TestManyListsOfOneMomentAreCounted(t *testing.T) {
	v := sources.Visit{Source: "snowflake", At: now, Scopes: []sources.Scope{{Name: "project:shop", CheckedAt: now}}}
	for i := range 4 {
		v.Scopes = append(v.Scopes, sources.Scope{Name: fmt.Sprint("schema:RAW.S", i), CheckedAt: now})
	}
	r := freshness.Derive(&sources.Past{Visits: []sources.Visit{v}}, rules(), now)
	var got []string
	for _, l := range r.Sources[0].Checks {
		got = append(got, l.What)
	}
	if fmt.Sprint(got) != "[listed project:shop listed 4 schemas]" {
		t.Error(got)
	}
}
