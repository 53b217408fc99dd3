package site_test

import (
	"bytes"
	"path"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/freshet-status/freshet/assets"
)

// TestTheAPIKeepsItsSchema holds every file of the API against its schema, also
// where every text is hostile.
func TestTheAPIKeepsItsSchema(t *testing.T) {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(assets.Schema))
	if err != nil {
		t.Fatalf("schema of the API: got error %v, want JSON", err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("schema.json", doc); err != nil {
		t.Fatalf("schema of the API: got error %v, want a resource", err)
	}
	def := func(name string) *jsonschema.Schema { return c.MustCompile("schema.json#/$defs/" + name) }
	kinds := map[string]*jsonschema.Schema{
		"dashboards":   def("board"),
		"causes":       def("cause"),
		"summary.json": def("summary"),
		"assets.jsonl": def("asset"),
	}
	checked := 0
	for _, files := range []map[string][]byte{renderSite(t, dashboardsReport(30)), renderSite(t, hostileReport())} {
		for name, data := range files {
			rest, ours := strings.CutPrefix(name, "api/v1/")
			first, _, _ := strings.Cut(rest, "/")
			if !ours || first == "schema.json" {
				continue
			}
			values := [][]byte{data}
			if path.Ext(name) == ".jsonl" {
				values = bytes.Split(bytes.TrimSpace(data), []byte("\n"))
			}
			for _, v := range values {
				value, err := jsonschema.UnmarshalJSON(bytes.NewReader(v))
				if err == nil {
					err = kinds[first].Validate(value)
				}
				if err != nil {
					t.Errorf("%s by its schema: got error %v, want none", name, err)
				}
				checked++
			}
		}
	}
	if checked < 400 {
		t.Errorf("values checked by a schema: got %d, want at least 400", checked)
	}
}
