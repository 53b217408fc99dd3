package dbt_test

import (
	"testing"

	"github.com/freshet-status/freshet/sources"
	"github.com/freshet-status/freshet/sources/dbt/dbttest"
)

// shopWithTests is the manifest of the shop with data tests and a unit test.
var shopWithTests = dbttest.Manifest(`
"nodes":{
 "model.shop.orders":{"resource_type":"model","package_name":"shop","name":"orders","relation_name":"prod.mart.orders",
  "config":{"materialized":"table"}},
 "model.shop.customers":{"resource_type":"model","package_name":"shop","name":"customers",
  "relation_name":"prod.mart.customers","config":{"materialized":"table"}},
 "test.shop.unique_id.1":{"resource_type":"test","name":"unique_id","attached_node":"model.shop.customers",
  "depends_on":{"nodes":["model.shop.customers"]}},
 "test.shop.has_customer.2":{"resource_type":"test","name":"has_customer",
  "depends_on":{"nodes":["model.shop.customers","model.shop.orders"]}},
 "test.shop.positive.3":{"resource_type":"test","name":"positive","depends_on":{"nodes":["model.shop.orders"]}},
 "test.shop.never_run.4":{"resource_type":"test","name":"never_run","depends_on":{"nodes":["model.shop.orders"]}}},
"unit_tests":{"unit_test.shop.orders.sums":{"resource_type":"unit_test","name":"sums",
  "depends_on":{"nodes":["model.shop.orders"]}}}`)

// TestResultsOfTestsAreReadByTable reads the results of data tests and unit tests.
func TestResultsOfTestsAreReadByTable(t *testing.T) {
	seen, _ := observe(t, files{
		"manifest.json": shopWithTests,
		"run_results.json": dbttest.RunResults("test", "2026-08-22T05:10:00Z", "",
			"test.shop.unique_id.1 pass", "test.shop.has_customer.2 Fail", "test.shop.positive.3 warn",
			"test.shop.never_run.4 skipped", "unit_test.shop.orders.sums error"),
	})
	didNotPass := func(name string, outcome sources.TestOutcome) sources.TestResult {
		return sources.TestResult{
			Name:    name,
			Outcome: outcome,
			At:      at("05:10:00"),
			Since:   at("05:10:00"),
			Says:    "Catalog Error: no such table",
		}
	}
	for id, want := range map[sources.ID][]sources.TestResult{
		"table:PROD.MART.CUSTOMERS": {{Name: "unique_id", Outcome: sources.TestPassed}},
		"table:PROD.MART.ORDERS": {
			didNotPass("has_customer", sources.TestFailed),
			{Name: "never_run"},
			didNotPass("positive", sources.TestWarned),
			didNotPass("sums", sources.TestErrored),
		},
	} {
		if got := seen[id].Tests; !sources.HasSameOutcomes(got, want) {
			t.Errorf("tests of %s: got %+v, want %+v", id, got, want)
		}
	}
}

// TestCommandsThatRunNoTestSayNothingOfTests reads a run in which each test "succeeds" because it was
// only compiled.
func TestCommandsThatRunNoTestSayNothingOfTests(t *testing.T) {
	seen, _ := observe(t, files{
		"manifest.json":    shopWithTests,
		"run_results.json": dbttest.RunResults("compile", "2026-08-22T05:10:00Z", "", "test.shop.unique_id.1 success"),
	})
	for _, result := range seen["table:PROD.MART.CUSTOMERS"].Tests {
		if result.Outcome != "" {
			t.Errorf("test %s after dbt compile: got %q, want no result", result.Name, result.Outcome)
		}
	}
}
