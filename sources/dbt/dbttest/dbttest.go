// Package dbttest writes artifacts of an invented dbt project for tests, and finds what was read of
// them.
package dbttest

import (
	"fmt"
	"strings"
	"time"

	"github.com/freshet-status/freshet/sources"
)

// ByID returns the observations of an answer by asset.
func ByID(answer sources.Answer) map[sources.ID]sources.Observation {
	all := make(map[sources.ID]sources.Observation)
	for _, o := range answer.Observations {
		all[o.ID] = o
	}
	return all
}

// ReadingOf returns what a clock returned of an asset; found is false if it returned nothing.
func ReadingOf(o sources.Observation, c sources.Clock) (reading sources.Reading, found bool) {
	for _, r := range o.Readings {
		if r.Clock == c {
			return r, true
		}
	}
	return sources.Reading{}, false
}

// Metadata returns the member "metadata" of an artifact of a schema version, generated at a time.
func Metadata(artifact string, version int, at string) string {
	return fmt.Sprintf(
		`"metadata":{"dbt_schema_version":"https://schemas.getdbt.com/dbt/%s/v%d.json","generated_at":%q,`+
			`"project_name":"shop","adapter_type":"snowflake"}`,
		artifact,
		version,
		at,
	)
}

// Manifest returns manifest.json with these members beside its metadata.
func Manifest(members string) string {
	return "{" + Metadata("manifest", 12, "2026-08-22T05:00:00Z") + "," + members + "}"
}

// Shop has a source with a limit, a view, an ephemeral model, two tables, a
// seed, a snapshot, and a dashboard.
var Shop = Manifest(`
"nodes":{
 "model.shop.stg":{"resource_type":"model","package_name":"shop","name":"stg","relation_name":"prod.stg.stg",
  "config":{"materialized":"view"},"depends_on":{"nodes":["source.shop.raw.orders"]}},
 "model.shop.mid":{"resource_type":"model","package_name":"shop","name":"mid","relation_name":null,
  "config":{"materialized":"ephemeral"},"depends_on":{"nodes":["model.shop.stg"]}},
 "model.shop.fct":{"resource_type":"model","package_name":"shop","name":"fct","relation_name":"prod.mart.fct",
  "config":{"materialized":"table"},"depends_on":{"nodes":["model.shop.mid","seed.shop.codes"]}},
 "model.shop.agg":{"resource_type":"model","package_name":"shop","name":"agg","relation_name":"prod.mart.agg",
  "config":{"materialized":"incremental"},"depends_on":{"nodes":["model.shop.fct"]}},
 "seed.shop.codes":{"resource_type":"seed","package_name":"shop","name":"codes","relation_name":"prod.seeds.codes",
  "config":{"materialized":"seed"}},
 "snapshot.shop.snap":{"resource_type":"snapshot","package_name":"shop","name":"snap","relation_name":"prod.snap.snap",
  "config":{"materialized":"snapshot"},"depends_on":{"nodes":["source.shop.raw.orders"]}},
 "test.shop.not_null":{"resource_type":"test","name":"not_null"}},
"sources":{"source.shop.raw.orders":{"resource_type":"source","package_name":"shop","source_name":"raw",
  "name":"orders","relation_name":"raw.shop.orders","loaded_at_field":"_at",
  "freshness":{"warn_after":{"count":12,"period":"hour"},"error_after":{"count":1,"period":"day"}}}},
"exposures":{"exposure.shop.board":{"name":"board","package_name":"shop","label":"The board","type":"dashboard",
  "url":"https://bi.example/1","owner":{"email":["a@corp.example","b@corp.example"]},
  "depends_on":{"nodes":["model.shop.agg","model.shop.mid"]}}}`)

// RunResults returns run_results.json of a dbt command that ended at a time. args are further
// members of its arguments, rows such as "model.shop.fct success".
func RunResults(which, at, args string, rows ...string) string {
	var results []string
	for _, row := range rows {
		id, status, _ := strings.Cut(row, " ")
		timing := fmt.Sprintf(`[{"name":"compile","completed_at":%q},{"name":"execute","completed_at":%q}]`, at, at)
		if status == "skipped" {
			timing = "[]"
		}
		results = append(
			results,
			fmt.Sprintf(
				`{"unique_id":%q,"status":%q,"timing":%s,"message":"Runtime Error in model x\n  Catalog Error: no such table"}`,
				id,
				status,
				timing,
			),
		)
	}
	end, _ := time.Parse(time.RFC3339, at)
	return fmt.Sprintf(
		`{%s,"args":{"which":%q%s},"results":[%s]}`,
		Metadata("run-results", 6, end.Add(time.Minute).Format(time.RFC3339)),
		which,
		args,
		strings.Join(results, ","),
	)
}

// RunWithRows returns run_results.json of dbt build as RunResults does. Every node began a minute before
// it ended, and affected so many rows.
func RunWithRows(rows, at string, nodes ...string) string {
	end, _ := time.Parse(time.RFC3339, at)
	began := fmt.Sprintf(`"name":"execute","started_at":%q,`, end.Add(-time.Minute).Format(time.RFC3339))
	text := strings.ReplaceAll(RunResults("build", at, "", nodes...), `"name":"execute",`, began)
	return strings.ReplaceAll(text, `"timing":`, `"adapter_response":{"rows_affected":`+rows+`},"timing":`)
}

// Checks returns sources.json that was written at a time, with checks of the source of Shop. A row is
// "LOADED CHECKED".
func Checks(at string, rows ...string) string {
	var results []string
	for _, row := range rows {
		loaded, checked, _ := strings.Cut(row, " ")
		results = append(
			results,
			fmt.Sprintf(
				`{"unique_id":"source.shop.raw.orders","status":"pass","max_loaded_at":%q,"snapshotted_at":%q}`,
				loaded,
				checked,
			),
		)
	}
	return fmt.Sprintf(`{%s,"results":[%s]}`, Metadata("sources", 3, at), strings.Join(results, ","))
}

// ManifestOf returns the manifest of Shop as of a moment.
func ManifestOf(at string) string {
	return strings.Replace(Shop, "2026-08-22T05:00:00Z", at, 1)
}
