package dbt_test

import (
	"context"
	"strings"
	"testing"

	"github.com/freshet-status/freshet/sources"
	"github.com/freshet-status/freshet/sources/dbt/dbttest"
)

// nodeJSON returns a manifest with one model that has these members.
func nodeJSON(members string) string {
	return dbttest.Manifest(
		`"nodes":{"model.shop.a":{"resource_type":"model","package_name":"shop","name":"a","database":"prod",` +
			`"schema":"mart","alias":"a",` + members + `}}`,
	)
}

func TestManifestsOfEveryAge(t *testing.T) {
	for name, tt := range map[string]struct {
		manifest string
		id       sources.ID
		ok       func(o sources.Observation) bool
	}{
		"without relation_name the parts stand as they are": {
			manifest: nodeJSON(`"config":{"materialized":"table"}`),
			id:       `table:"prod"."mart"."a"`,
			ok:       func(o sources.Observation) bool { return o.NameUnresolved },
		},
		"tags may be one word": {
			manifest: nodeJSON(`"relation_name":"p.m.a","tags":"nightly"`),
			id:       "table:P.M.A",
			ok:       func(o sources.Observation) bool { return len(o.Tags) == 1 && o.Tags[0] == "nightly" },
		},
		"tags may stand in config": {
			manifest: nodeJSON(`"relation_name":"p.m.a","tags":["b"],"config":{"tags":["a","b"]}`),
			id:       "table:P.M.A",
			ok:       func(o sources.Observation) bool { return strings.Join(o.Tags, " ") == "a b" },
		},
		"an owner in config.meta is before one in meta": {
			manifest: nodeJSON(`"relation_name":"p.m.a","meta":{"owner":"old"},"config":{"meta":{"owner":"new"}}`),
			id:       "table:P.M.A",
			ok:       func(o sources.Observation) bool { return o.Owner == "new" },
		},
		"meta may be anything": {
			manifest: nodeJSON(`"relation_name":"p.m.a","meta":["what"],"config":{"meta":7}`),
			id:       "table:P.M.A",
			ok:       func(o sources.Observation) bool { return o.Owner == "" },
		},
		"no rule is null counts too": {
			manifest: nodeJSON(`"relation_name":"p.m.a","freshness":{"warn_after":{"count":null,"period":null},"error_after":{}}`),
			id:       "table:P.M.A",
			ok:       func(o sources.Observation) bool { return o.WarnAfter == 0 && o.ErrorAfter == 0 },
		},
		"a rule in config counts": {
			manifest: nodeJSON(`"relation_name":"p.m.a","freshness":null,` +
				`"config":{"freshness":{"warn_after":{"count":2,"period":"minute"}}}`),
			id: "table:P.M.A",
			ok: func(o sources.Observation) bool { return o.WarnAfter == 120 },
		},
		"dbt 2 counts seconds too": {
			manifest: nodeJSON(`"relation_name":"p.m.a","freshness":{"error_after":{"count":90,"period":"second"}}`),
			id:       "table:P.M.A",
			ok:       func(o sources.Observation) bool { return o.ErrorAfter == 90 },
		},
		"a build_after is no limit of age": {
			manifest: nodeJSON(`"relation_name":"p.m.a","config":{"freshness":{"build_after":{"count":4,"period":"hour"}}}`),
			id:       "table:P.M.A",
			ok:       func(o sources.Observation) bool { return o.WarnAfter == 0 },
		},
		"null depends_on is nothing": {
			manifest: nodeJSON(`"relation_name":"p.m.a","depends_on":null,"description":null,"group":null`),
			id:       "table:P.M.A",
			ok:       func(o sources.Observation) bool { return o.Upstream == nil },
		},
		"a call is no relation": {nodeJSON(`"relation_name":"read_csv('a.csv')"`), "model:shop.a", nil},
		"an ephemeral model with a relation has none": {
			manifest: nodeJSON(`"relation_name":"p.m.a","config":{"materialized":"ephemeral"}`),
			id:       "model:shop.a",
			ok:       nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			seen, _ := observe(t, files{"manifest.json": tt.manifest})
			o, there := seen[tt.id]
			if !there || tt.ok != nil && !tt.ok(o) {
				t.Errorf("observations: got %+v, want %s with the fields of this case", seen, tt.id)
			}
		})
	}
}

func TestGroupsOwnTheirModels(t *testing.T) {
	for name, tt := range map[string]struct{ owner, want string }{
		"by name":                     {`{"name":"Core","email":"core@corp.example"}`, "Core"},
		"by address":                  {`{"name":null,"email":"core@corp.example"}`, "core@corp.example"},
		"by one of several addresses": {`{"email":["core@corp.example","two@corp.example"]}`, "core@corp.example"},
		"by nobody, so meta speaks":   {`{}`, "meta"},
	} {
		t.Run(name, func(t *testing.T) {
			m := strings.Replace(
				nodeJSON(`"relation_name":"p.m.a","group":"core","meta":{"owner":"meta"}`),
				`"nodes"`,
				`"groups":{"group.shop.core":{"name":"core","owner":`+tt.owner+`}},"nodes"`,
				1,
			)
			seen, _ := observe(t, files{"manifest.json": m})
			if o := seen["table:P.M.A"]; o.Owner != tt.want {
				t.Errorf("owner of a: got %q, want %q", o.Owner, tt.want)
			}
		})
	}
}

func TestLineageGoesThroughMetrics(t *testing.T) {
	m := dbttest.Manifest(`"nodes":{"model.shop.a":{"resource_type":"model","package_name":"shop","name":"a","relation_name":"p.m.a"}},
"metrics":{"metric.shop.m":{"depends_on":{"nodes":["semantic_model.shop.s"]}}},
"semantic_models":{"semantic_model.shop.s":{"depends_on":{"nodes":["model.shop.a"]}}},
"exposures":{"exposure.shop.e":{"name":"e","package_name":"shop","type":"notebook","depends_on":{"nodes":["metric.shop.m"]}}}`)
	seen, _ := observe(t, files{"manifest.json": m})
	if o := seen["exposure:shop.e"]; len(o.Upstream) != 1 || o.Upstream[0] != "table:P.M.A" {
		t.Errorf("exposure e: got %+v, want it to read only table:P.M.A", o)
	}
}

func TestMetadataNeedNotComeFirst(t *testing.T) {
	m := `{"nodes":{"model.shop.a":{"resource_type":"model","package_name":"shop","name":"a",` +
		`"relation_name":"p.m.a"}},"macros":{"macro.a":{"sql":"{"}},"docs":[1,[2]],` + dbttest.Metadata(
		"manifest",
		1,
		"2026-08-22T05:00:00Z",
	) + `}`
	if seen, _ := observe(t, files{"manifest.json": m}); len(seen) != 1 {
		t.Errorf("observations: got %v, want 1", seen)
	}
}

func TestTheNewestManifestOfAProjectSpeaks(t *testing.T) {
	older := strings.Replace(
		strings.Replace(dbttest.Shop, "2026-08-22T05:00:00Z", "2026-08-21T05:00:00Z", 1),
		"prod.mart.fct",
		"prod.mart.fct_old",
		1,
	)
	answer, err := open(t, files{"a/manifest.json": dbttest.Shop, "b/manifest.json": older}, `["a", "b"]`).Observe(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	seen := dbttest.ByID(answer)
	if _, there := seen["table:PROD.MART.FCT_OLD"]; there || len(seen[fct].ID) == 0 {
		t.Errorf(
			"fct: got %+v, fct_old listed: %t; want fct of the newer manifest, and no fct_old",
			seen[fct].Asset,
			there,
		)
	}
	if len(answer.Notes) != 1 ||
		answer.Notes[0] != "a/manifest.json: used for project shop, ignoring 1 older manifest" {
		t.Errorf("notes: got %q, want one that 1 older manifest of shop is not used", answer.Notes)
	}
}

func TestAModelAndTheSourceThatReadsItElsewhereAreOneTable(t *testing.T) {
	other := strings.Replace(
		`{`+dbttest.Metadata(
			"manifest",
			12,
			"2026-08-22T05:00:00Z",
		)+`,"nodes":{},"sources":{"source.fin.shop.fct":{"resource_type":"source","package_name":"fin",`+
			`"source_name":"shop","name":"fct","relation_name":"PROD.MART.FCT"}}}`,
		`"project_name":"shop"`,
		`"project_name":"fin"`,
		1,
	)
	answer, err := open(t, files{"a/manifest.json": dbttest.Shop, "b/manifest.json": other}, `["a", "b"]`).Observe(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if o := dbttest.ByID(answer)[fct]; o.Kind != sources.Model || o.Name != "fct" || len(o.Aliases) != 2 {
		t.Errorf("fct: got %+v, want the model fct with 2 aliases", o.Asset)
	}
}

func TestAPrivateModelSaysSo(t *testing.T) {
	seen, _ := observe(t, files{"manifest.json": dbttest.Manifest(`"nodes":{
"model.shop.a":{"resource_type":"model","package_name":"shop","name":"a","relation_name":"p.m.a","access":"private"},
"model.shop.b":{"resource_type":"model","package_name":"shop","name":"b","relation_name":"p.m.b","config":{"access":"private"}},
"model.shop.c":{"resource_type":"model","package_name":"shop","name":"c","relation_name":"p.m.c","access":"protected"}}`)})
	for id, want := range map[sources.ID]bool{"table:P.M.A": true, "table:P.M.B": true, "table:P.M.C": false} {
		if seen[id].Private != want {
			t.Errorf("%s is private: got %t, want %t", id, !want, want)
		}
	}
}

// TestACatalogGivesTheStoredName reads a manifest without relation_name beside catalog.json.
func TestACatalogGivesTheStoredName(t *testing.T) {
	catalog := `{` + dbttest.Metadata("catalog", 1, "2026-08-22T05:00:00Z") + `,"nodes":{"model.shop.a":` +
		`{"metadata":{"type":"BASE TABLE","database":"PROD","schema":"MART","name":"A","comment":"Totals."}}},"sources":{}}`
	seen, _ := observe(t, files{"manifest.json": nodeJSON(`"config":{"materialized":"table"}`), "catalog.json": catalog})
	o, found := seen["table:PROD.MART.A"]
	if !found || o.NameUnresolved || o.Description != "Totals." {
		t.Errorf("assets: got %v, want table:PROD.MART.A with the comment of the catalog", seen)
	}
}
