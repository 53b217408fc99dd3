package freshness_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/generator/words"
	"github.com/freshet-status/freshet/sources"
)

// limited returns a source of dbt with a limit of a day, of which nothing is told yet.
func limited(id sources.ID) sources.Observation {
	o := source(id)
	o.ErrorAfter = 86400
	return o
}

// TestChecksThatNeverCameAreOneRow has sources with limits, and no sources.json.
func TestChecksThatNeverCameAreOneRow(t *testing.T) {
	r := see(
		limited("table:A"), limited("table:B"), limited("table:C"),
		built("table:M", 1, "table:A", "table:B", "table:C"),
		tile("tile:T", "table:M"),
	)
	if len(r.Causes) != 1 || r.Causes[0].ID != "check:dbt/p" || !r.Causes[0].Attention {
		t.Fatalf("causes: got %v, want check:dbt/p alone, with attention", r.Causes)
	}
	want := "No freshness check of project p is recorded, although limits are set. " +
		"Run dbt source freshness, and let freshet read its sources.json."
	if got := words.DescribeCause(r, r.Causes[0]); got != want {
		t.Errorf("sentence: got %q, want %q", got, want)
	}
	if n := r.Node("tile:T"); n.Status != freshness.Unverified {
		t.Errorf("tile:T: got %v, want unverified", n.Status)
	}
}

// TestATableThatTheChecksLeaveOutIsItsOwnRow has checks of the project that do not include one table.
func TestATableThatTheChecksLeaveOutIsItsOwnRow(t *testing.T) {
	r := see(limited("table:A"), tells(limited("table:B"), sources.Loaded, 2, 1))
	if len(r.Causes) != 1 || r.Causes[0].ID != "table:A" {
		t.Errorf("causes: got %v, want table:A alone", r.Causes)
	}
}

func TestChecksThatStoppedAreOneRow(t *testing.T) {
	old := []sources.Observation{tells(limited("table:A"), sources.Loaded, 60, 50), tells(limited("table:B"), sources.Loaded, 60, 50)}
	r := derive(rules(), visit(ago(50), old...), visit(ago(1), limited("table:A"), limited("table:B")))
	if len(r.Causes) != 1 || r.Causes[0].ID != "check:dbt/p" {
		t.Fatalf("causes: got %v, want check:dbt/p alone", r.Causes)
	}
	want := "No freshness check of project p since 20 Aug 04:00. Check that dbt source freshness still runs."
	if got := words.DescribeCause(r, r.Causes[0]); got != want {
		t.Errorf("sentence: got %q, want %q", got, want)
	}
}

func TestASourceThatCannotBeReadIsARowInTheRunInWhichItFails(t *testing.T) {
	r := derive(rules(), visit(ago(2), loaded("table:A", 3)),
		sources.Scrape{Source: "dbt", Type: "dbt", At: ago(1), Error: "open target: no such file"})
	if len(r.Causes) != 1 || r.Causes[0].ID != "visit:dbt" || !r.Causes[0].Attention {
		t.Errorf("causes: got %v, want visit:dbt alone, with attention", r.Causes)
	}
	if n := r.Node("table:A"); n.Status != freshness.Fresh {
		t.Errorf("table:A, checked an hour before: got %v, want fresh", n.Status)
	}
}

// TestADroppedSchemaIsOneRow has three tables of a schema of which nothing is listed any more.
func TestADroppedSchemaIsOneRow(t *testing.T) {
	var all []sources.Observation
	var up []sources.ID
	for _, name := range []string{"A", "B", "C"} {
		all = append(all, tells(stored(sources.ID("table:RAW.ERP."+name)), sources.DML, 9, 8))
		up = append(up, sources.ID("table:RAW.ERP."+name))
	}
	other := stored("table:RAW.CRM.X")
	other.Scope = "schema:RAW.CRM"
	model := built("table:M", 2, up...)
	r := derive(rules(), whole(9, append(all, other)...), visit(ago(3), model), whole(1, other))
	if got := causes(r.Node("table:M")); !slices.Equal(got, []sources.ID{"scope:snowflake/RAW.ERP"}) {
		t.Fatalf("causes of table:M: got %v, want scope:snowflake/RAW.ERP alone", got)
	}
	got := words.DescribeCause(r, r.Causes[0])
	if want := "Schema dropped or renamed: snowflake has listed nothing in it since today 05:00."; !strings.HasPrefix(got, want) {
		t.Errorf("sentence: got %q, want it to begin with %q", got, want)
	}
}
