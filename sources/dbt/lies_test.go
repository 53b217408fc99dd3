package dbt_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/freshet-status/freshet/generator/freshness/freshnesstest"
	"github.com/freshet-status/freshet/sources"
	"github.com/freshet-status/freshet/sources/dbt/dbttest"
	"github.com/freshet-status/freshet/sources/sourcetest"
)

// visitFolder returns a visit of the folder that dbt writes. It holds what dbt left last.
func visitFolder(t *testing.T) sourcetest.Visit[dbttest.Day] {
	return func(day dbttest.Day, at time.Time) []sources.VisitTarget {
		day = day.On(at)
		left := files{"manifest.json": day.Manifest}
		if day.Checks != "" {
			left["sources.json"] = day.Checks
		}
		if day.Run != "" {
			left["run_results.json"] = day.Run
		}
		return []sources.VisitTarget{{Source: openIn(t, day.Zone, left, `"target"`), Type: "dbt", Deadline: time.Hour}}
	}
}

// TestTheLiesOfArtifacts has what the artifacts in a folder can say wrongly, and what must come out.
func TestTheLiesOfArtifacts(t *testing.T) {
	sourcetest.RunLies(t, sourcetest.LieTable[dbttest.Day]{
		Open:  visitFolder,
		Judge: freshnesstest.NewJudge(freshnesstest.DefaultRules()),
		Rows:  slices.Concat(dbttest.Lies("dbt"), folderLies),
	})
}

// folderLies are those that only files in a folder can tell.
var folderLies = []sourcetest.LieRow[dbttest.Day]{
	{
		Lie:   sourcetest.EmptyCommit,
		Name:  "dbt compile calls every model a success",
		Asset: fct,
		Answers: dbttest.GoodUntil(dbttest.GoodDay().WithRun(
			dbttest.RunResults("compile", "2026-08-22T05:10:00Z", "", "model.shop.fct success"))),
		Want: sourcetest.Outcome{
			Scopes: []string{"project:shop"},
			Notes: []string{
				"run_results.json of project shop is of dbt compile, which builds nothing, so it is not known " +
					"when models were built; run dbt build instead of dbt run and dbt test, or copy " +
					"run_results.json after dbt run to a folder in artifacts",
			},
			Status: "aging, waiting",
			Strip:  "ffa",
			Causes: []sources.ID{fct},
		},
	},
	{
		Lie:     sourcetest.PartialList,
		Name:    "a node of the manifest cannot be read today",
		Asset:   fct,
		Answers: dbttest.GoodUntil(dbttest.GoodDay().WithManifest(`"name":"fct"`, `"name":["fct"]`)),
		Want: sourcetest.Outcome{
			Notes:  []string{"target/manifest.json: byte 582: model.shop.fct skipped: its name is a JSON array"},
			Status: "aging, waiting",
			Strip:  "ffa",
			Causes: []sources.ID{fct},
		},
	},
	{
		Lie:     sourcetest.PartialList,
		Name:    "the manifest of today was cut",
		Asset:   fct,
		Answers: dbttest.GoodUntil(dbttest.Day{Manifest: dbttest.Shop[:700]}),
		Want: sourcetest.Outcome{
			Error: "target/manifest.json: cut off at byte 700\n" +
				"hint: run dbt again, or repeat the copy",
			Status: "aging, waiting",
			Strip:  "ffa",
			Causes: []sources.ID{orders},
		},
	},
	{
		Lie:     sourcetest.PartialList,
		Name:    "the check of today ended early, and the file of the day before is there",
		Asset:   orders,
		Answers: dbttest.GoodUntil(checkedYesterday(dbttest.GoodDay())),
		Want: sourcetest.Outcome{
			Readings: []string{"loaded 21 Aug 03:00, checked 21 Aug 05:00"},
			Scopes:   []string{"project:shop"},
			Status:   "aging, waiting",
			Strip:    "ffa",
			Causes:   []sources.ID{orders},
		},
	},
}

// checkedYesterday returns the day with the checks of the day before.
func checkedYesterday(day dbttest.Day) dbttest.Day {
	day.Checks = strings.ReplaceAll(day.Checks, "2026-08-22", "2026-08-21")
	return day
}
