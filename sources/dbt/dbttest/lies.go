package dbttest

import (
	"slices"
	"strings"
	"time"

	"github.com/freshet-status/freshet/sources"
	"github.com/freshet-status/freshet/sources/sourcetest"
)

// A Day is what dbt left of one day. It is written for 22 August 2026; On returns it for another day.
type Day struct {
	Manifest string         // manifest.json
	Checks   string         // sources.json; "" if none was written
	Run      string         // run_results.json; "" if none was written
	Zone     *time.Location // zone of times that are written without one; nil is UTC
}

// On returns the day with the dates of 21, 22 and 23 August moved, so that the 22nd is the day of at.
func (day Day) On(at time.Time) Day {
	date := func(days int) string { return at.AddDate(0, 0, days).Format(time.DateOnly) }
	dates := strings.NewReplacer("2026-08-21", date(-1), "2026-08-22", date(0), "2026-08-23", date(1))
	day.Manifest = dates.Replace(day.Manifest)
	day.Checks = dates.Replace(day.Checks)
	day.Run = dates.Replace(day.Run)
	return day
}

// Command returns the dbt command that wrote Run, such as "build"; "" if there is none.
func (day Day) Command() string {
	_, which, _ := strings.Cut(day.Run, `"which":"`)
	command, _, _ := strings.Cut(which, `"`)
	return command
}

// dailyShop is Shop with limits of one and two days, so that a day on which rows came is fresh to its
// end.
var dailyShop = strings.NewReplacer(`"count":12,"period":"hour"`, `"count":24,"period":"hour"`, `"count":1,"period":"day"`,
	`"count":2,"period":"day"`).Replace(Shop)

// GoodDay returns a day on which dbt checked the source of Shop, whose rows were loaded at 03:00, and
// built two of its models and the snapshot. The source has limits of one and two days.
func GoodDay() Day {
	return Day{
		Manifest: dailyShop,
		Checks:   Checks("2026-08-22T05:01:00Z", "2026-08-22T03:00:00Z 2026-08-22T05:00:00Z"),
		Run: RunResults("build", "2026-08-22T05:10:00Z", "",
			"model.shop.stg success", "model.shop.fct success", "snapshot.shop.snap success"),
	}
}

// WithChecks returns the day with other checks, which were written at 05:01.
func (day Day) WithChecks(rows ...string) Day {
	day.Checks = Checks("2026-08-22T05:01:00Z", rows...)
	return day
}

// WithRun returns the day with another run.
func (day Day) WithRun(run string) Day {
	day.Run = run
	return day
}

// InZone returns the day with times that are of zone where they have none.
func (day Day) InZone(zone *time.Location) Day {
	day.Zone = zone
	return day
}

// WithManifest returns the day with the manifest of Shop in which one text is replaced by another.
func (day Day) WithManifest(text, by string) Day {
	day.Manifest = strings.ReplaceAll(day.Manifest, text, by)
	return day
}

// GoodUntil returns two good days, and then today.
func GoodUntil(today Day) []Day { return []Day{GoodDay(), GoodDay(), today} }

// Always returns three days that are the same.
func Always(day Day) []Day { return []Day{day, day, day} }

// Assets of Shop.
const (
	orders = sources.ID("table:RAW.SHOP.ORDERS")
	stg    = sources.ID("table:PROD.STG.STG")
	fct    = sources.ID("table:PROD.MART.FCT")
	snap   = sources.ID("table:PROD.SNAP.SNAP")
)

// deadRow is the row of a check of a source to which no rows came since February.
const deadRow = "2026-02-03T03:00:00Z 2026-08-22T05:00:00Z"

// Lies returns what artifacts can say wrongly, and what must come out, however a source gets them.
// source is its name, and scopes are what each answer lists beside the project.
func Lies(source string, scopes ...string) []sourcetest.LieRow[Day] {
	rows := slices.Concat(rowLies, listLies, nameLies, timeLies)
	for i := range rows {
		want := &rows[i].Want
		want.Scopes = slices.Sorted(slices.Values(slices.Concat(scopes, want.Scopes)))
		if slices.Equal(want.Causes, checksOfShop) {
			want.Causes = []sources.ID{sources.ID("check:" + source + "/shop")}
		}
	}
	return rows
}

// checksOfShop is the cause of what is unknown because dbt did not check it, in the words of the
// source dbt.
var checksOfShop = []sources.ID{"check:dbt/shop"}

// project is the scope of a manifest that is whole.
var project = []string{"project:shop"}

// rowLies are about builds, checks and rows.
var rowLies = []sourcetest.LieRow[Day]{
	{
		Lie:     sourcetest.EmptyCommit,
		Name:    "a snapshot of a dead source changes no row every night",
		Asset:   snap,
		Answers: Always(GoodDay().WithChecks(deadRow).WithRun(RunWithRows("0", "2026-08-22T05:10:00Z", "snapshot.shop.snap success"))),
		Want: sourcetest.Outcome{
			Readings: []string{"built nothing newer, checked 22 Aug 05:11"},
			Attempt:  "unchanged 22 Aug 05:10",
			Scopes:   project,
			Status:   "stale, needs attention",
			Strip:    "sss",
			Causes:   []sources.ID{orders},
		},
	},
	{
		Lie:     sourcetest.EmptyCommit,
		Name:    "a model of a dead source is built anew every night",
		Asset:   fct,
		Answers: Always(GoodDay().WithChecks(deadRow)),
		Want: sourcetest.Outcome{
			Readings: []string{"built 22 Aug 05:10, checked 22 Aug 05:11"},
			Scopes:   project,
			Status:   "stale, needs attention",
			Strip:    "sss",
			Causes:   []sources.ID{orders},
		},
	},
	{
		Lie:     sourcetest.NoRows,
		Name:    "the check finds no row in a source that was loaded every day",
		Asset:   orders,
		Answers: GoodUntil(GoodDay().WithChecks("0001-01-01T00:00:00+00:00 2026-08-22T05:00:00Z")),
		Want: sourcetest.Outcome{
			Readings: []string{"loaded no row, checked 22 Aug 05:00"},
			Scopes:   project,
			Status:   "stale, emptied, needs attention",
			Strip:    "ffs",
			Causes:   []sources.ID{orders},
		},
	},
	{
		Lie:     sourcetest.NoRows,
		Name:    "dbt run --empty calls a model a success that has no rows",
		Asset:   fct,
		Answers: GoodUntil(GoodDay().WithRun(RunResults("run", "2026-08-22T05:10:00Z", `,"empty":true`, "model.shop.fct success"))),
		Want: sourcetest.Outcome{
			Readings: []string{"built nothing newer, checked 22 Aug 05:11"},
			Scopes:   project,
			Status:   "aging",
			Strip:    "ffa",
			Causes:   []sources.ID{fct},
		},
	},
	{
		Lie:     sourcetest.Maintenance,
		Name:    "a view of a dead source is defined anew every night",
		Asset:   stg,
		Answers: Always(GoodDay().WithChecks(deadRow)),
		Want: sourcetest.Outcome{
			Readings: []string{"ddl 22 Aug 05:10, checked 22 Aug 05:11"},
			Scopes:   project,
			Status:   "stale, needs attention",
			Strip:    "sss",
			Causes:   []sources.ID{orders},
		},
	},
	{
		Lie:     sourcetest.Maintenance,
		Name:    "without loaded_at_field the check returns when a table was altered, an upper bound that counts",
		Asset:   orders,
		Answers: Always(GoodDay().WithManifest(`"loaded_at_field":"_at",`, "")),
		Want: sourcetest.Outcome{
			Readings: []string{"altered 22 Aug 03:00, checked 22 Aug 05:00"},
			Scopes:   project,
			Status:   "fresh",
			Strip:    "fff",
		},
	},
	{
		Lie:   sourcetest.Maintenance,
		Name:  "dbt 2 returns the time of the check itself for a view without loaded_at_field",
		Asset: orders,
		Answers: Always(GoodDay().WithManifest(`"loaded_at_field":"_at",`, "").
			WithChecks("2026-08-22T05:00:00Z 2026-08-22T05:00:00Z")),
		Want: sourcetest.Outcome{
			Scopes: project,
			Notes: []string{
				"source.shop.raw.orders: the freshness check returned its own time, as dbt does for views; the " +
					"result is ignored",
			},
			Status: "unknown, needs attention",
			Strip:  "uuu",
			Causes: checksOfShop,
		},
	},
	{
		Lie:     sourcetest.DeletedRows,
		Name:    "somebody deletes the newest rows of a source",
		Asset:   orders,
		Answers: GoodUntil(GoodDay().WithChecks("2026-08-15T03:00:00Z 2026-08-22T05:00:00Z")),
		Want: sourcetest.Outcome{
			Readings: []string{"loaded 15 Aug 03:00, checked 22 Aug 05:00"},
			Scopes:   project,
			Status:   "stale, needs attention",
			Strip:    "ffs",
			Causes:   []sources.ID{orders},
		},
	},
}

// listLies are about what a manifest or a check leaves out, and about lost grants.
var listLies = []sourcetest.LieRow[Day]{
	{
		Lie:     sourcetest.PartialList,
		Name:    "the check of today leaves the source out",
		Asset:   orders,
		Answers: GoodUntil(GoodDay().WithChecks()),
		Want: sourcetest.Outcome{
			Readings: []string{"nothing returned, checked 22 Aug 05:01"},
			Scopes:   project,
			Status:   "aging, waiting",
			Strip:    "ffa",
			Causes:   []sources.ID{orders},
		},
	},
	{
		Lie:   sourcetest.PartialList,
		Name:  "the run of today selects another model",
		Asset: fct,
		Answers: GoodUntil(GoodDay().WithRun(
			RunResults("build", "2026-08-22T05:10:00Z", "", "model.shop.stg success"))),
		Want: sourcetest.Outcome{
			Readings: []string{"built nothing newer, checked 22 Aug 05:11"},
			Scopes:   project,
			Status:   "aging",
			Strip:    "ffa",
			Causes:   []sources.ID{fct},
		},
	},
	{
		Lie:     sourcetest.PartialList,
		Name:    "the checks of three days leave the source out",
		Asset:   orders,
		Answers: []Day{GoodDay(), GoodDay().WithChecks(), GoodDay().WithChecks(), GoodDay().WithChecks()},
		Want: sourcetest.Outcome{
			Readings: []string{"nothing returned, checked 22 Aug 05:01"},
			Scopes:   project,
			Status:   "unknown, needs attention",
			Strip:    "fuuu",
			Causes:   checksOfShop,
		},
	},
	{
		Lie:     sourcetest.LostGrant,
		Name:    "dbt may not read the source any more, and dbt before 1.8 says so",
		Asset:   orders,
		Answers: GoodUntil(refusedCheck("Database Error\\n  002003 (42S02): Object 'ORDERS' does not exist or not authorized.")),
		Want: sourcetest.Outcome{
			Readings: []string{"nothing returned, checked 22 Aug 05:01"},
			Attempt:  "unchecked 22 Aug 05:01: 002003 (42S02): Object 'ORDERS' does not exist or not authorized.",
			Scopes:   project,
			Status:   "aging, failing, needs attention",
			Strip:    "ffa",
			Causes:   []sources.ID{orders},
		},
	},
	{
		Lie:   sourcetest.LostGrant,
		Name:  "dbt may not build the model any more",
		Asset: fct,
		Answers: GoodUntil(GoodDay().WithRun(strings.ReplaceAll(
			RunResults("build", "2026-08-22T05:10:00Z", "", "model.shop.fct error"),
			"Catalog Error: no such table",
			"003001 (42501): Insufficient privileges to operate on schema 'MART'",
		))),
		Want: sourcetest.Outcome{
			Readings: []string{"built nothing newer, checked 22 Aug 05:11"},
			Attempt:  "failed 22 Aug 05:10: 003001 (42501): Insufficient privileges to operate on schema 'MART'",
			Scopes:   project,
			Status:   "aging, failing, needs attention",
			Strip:    "ffa",
			Causes:   []sources.ID{fct},
		},
	},
}

// refusedCheck returns a good day but for its check, which ended in an error.
func refusedCheck(message string) Day {
	day := GoodDay().WithChecks("x y")
	day.Checks = strings.Replace(day.Checks, `"max_loaded_at":"x","snapshotted_at":"y"`, `"error":"`+message+`"`, 1)
	return day
}

// nameLies are about which relation a name stands for.
var nameLies = []sourcetest.LieRow[Day]{
	{
		Lie:     sourcetest.Renamed,
		Name:    "a model has another alias today, and was not built under it",
		Asset:   "table:PROD.MART.FCT_V2",
		Answers: GoodUntil(GoodDay().WithManifest("prod.mart.fct", "prod.mart.fct_v2").WithRun("")),
		Want: sourcetest.Outcome{
			Scopes: project,
			Status: "unknown",
			Strip:  "..u",
		},
	},
	{
		Lie:     sourcetest.Renamed,
		Name:    "nothing reads the old name of a model any more",
		Asset:   fct,
		Answers: GoodUntil(GoodDay().WithManifest("prod.mart.fct", "prod.mart.fct_v2")),
		Want: sourcetest.Outcome{
			Scopes: project,
			Status: "not in the report",
		},
	},
	{
		Lie:     sourcetest.Swapped,
		Name:    "a source is swapped with a backup of thirty days ago",
		Asset:   orders,
		Answers: GoodUntil(GoodDay().WithChecks("2026-07-23T03:00:00Z 2026-08-22T05:00:00Z")),
		Want: sourcetest.Outcome{
			Readings: []string{"loaded 23 Jul 03:00, checked 22 Aug 05:00"},
			Scopes:   project,
			Status:   "stale, needs attention",
			Strip:    "ffs",
			Causes:   []sources.ID{orders},
		},
	},
	{
		Lie:     sourcetest.Swapped,
		Name:    "a run of another target builds another table of the same model",
		Asset:   fct,
		Answers: GoodUntil(GoodDay().WithRun(runOf(`"dev"."mart"."fct"`))),
		Want: sourcetest.Outcome{
			Readings: []string{"built nothing newer, checked 22 Aug 05:11"},
			Scopes:   project,
			Status:   "aging",
			Strip:    "ffa",
			Causes:   []sources.ID{fct},
		},
	},
	{
		Lie:     sourcetest.Cloned,
		Name:    "dbt clone calls a model a success that has the rows of another",
		Asset:   fct,
		Answers: GoodUntil(GoodDay().WithRun(RunResults("clone", "2026-08-22T05:10:00Z", "", "model.shop.fct success"))),
		Want: sourcetest.Outcome{
			Readings: []string{"built nothing newer, checked 22 Aug 05:11"},
			Scopes:   project,
			Status:   "aging",
			Strip:    "ffa",
			Causes:   []sources.ID{fct},
		},
	},
	{
		Lie:     sourcetest.OtherCase,
		Name:    "the run writes the relation in upper case and the status with a capital",
		Asset:   fct,
		Answers: Always(GoodDay().WithRun(strings.ReplaceAll(runOf("PROD.MART.FCT"), `"success"`, `"Success"`))),
		Want: sourcetest.Outcome{
			Readings: []string{"built 22 Aug 05:10, checked 22 Aug 05:11"},
			Scopes:   project,
			Status:   "fresh",
			Strip:    "fff",
		},
	},
	{
		Lie:     sourcetest.OtherCase,
		Name:    "a run builds a table whose quoted name only differs in case",
		Asset:   fct,
		Answers: GoodUntil(GoodDay().WithRun(runOf(`prod.mart."fct"`))),
		Want: sourcetest.Outcome{
			Readings: []string{"built nothing newer, checked 22 Aug 05:11"},
			Scopes:   project,
			Status:   "aging",
			Strip:    "ffa",
			Causes:   []sources.ID{fct},
		},
	},
}

// runOf returns run_results.json of dbt build in which the model fct is a relation.
func runOf(relation string) string {
	run := RunResults("build", "2026-08-22T05:10:00Z", "", "model.shop.fct success")
	quoted := strings.ReplaceAll(relation, `"`, `\"`)
	return strings.Replace(run, `"status"`, `"relation_name":"`+quoted+`","status"`, 1)
}

// newYork is the zone of a warehouse that writes times without one.
var newYork = time.FixedZone("New York", -4*60*60)

// timeLies are about clocks and zones.
var timeLies = []sourcetest.LieRow[Day]{
	{
		Lie:     sourcetest.FutureTime,
		Name:    "the newest row of today is of tomorrow",
		Asset:   orders,
		Answers: GoodUntil(GoodDay().WithChecks("2026-08-23T03:00:00Z 2026-08-22T05:00:00Z")),
		Want: sourcetest.Outcome{
			Readings: []string{"loaded 23 Aug 03:00, checked 22 Aug 05:00"},
			Scopes:   project,
			Notes:    []string{noteIgnored("RAW.SHOP.ORDERS")},
			Status:   "aging, waiting, future time ignored",
			Strip:    "ffa",
			Causes:   []sources.ID{orders},
		},
	},
	{
		Lie:     sourcetest.FutureTime,
		Name:    "the newest row is of tomorrow every day",
		Asset:   orders,
		Answers: Always(GoodDay().WithChecks("2026-08-23T03:00:00Z 2026-08-22T05:00:00Z")),
		Want: sourcetest.Outcome{
			Readings: []string{"loaded 23 Aug 03:00, checked 22 Aug 05:00"},
			Scopes:   project,
			Notes:    []string{noteIgnored("RAW.SHOP.ORDERS")},
			Status:   "unknown, future time ignored, needs attention",
			Strip:    "uuu",
			Causes:   []sources.ID{orders},
		},
	},
	{
		Lie:     sourcetest.FutureTime,
		Name:    "the clock of the machine that runs dbt is a day ahead today",
		Asset:   fct,
		Answers: GoodUntil(aDayAhead(GoodDay())),
		Want: sourcetest.Outcome{
			Notes:  []string{"ignored 8 values later than this run; check the clocks of this machine and of the sender"},
			Status: "aging, waiting",
			Strip:  "ffa",
			Causes: []sources.ID{orders},
		},
	},
	{
		Lie:     sourcetest.FutureTime,
		Name:    "a build of today ended tomorrow",
		Asset:   fct,
		Answers: GoodUntil(GoodDay().WithRun(strings.ReplaceAll(GoodDay().Run, "2026-08-22T05:10:00Z", "2026-08-23T05:10:00Z"))),
		Want: sourcetest.Outcome{
			Readings: []string{"built 23 Aug 05:10, checked 22 Aug 05:11"},
			Scopes:   project,
			Notes:    []string{noteIgnored("PROD.MART.FCT, PROD.SNAP.SNAP")},
			Status:   "aging, waiting, future time ignored",
			Strip:    "ffa",
			Causes:   []sources.ID{fct},
		},
	},
	{
		Lie:     sourcetest.Epoch,
		Name:    "dbt 2 writes 1970 for a source that never had a row",
		Asset:   orders,
		Answers: Always(GoodDay().WithChecks("1970-01-01T00:00:00Z 2026-08-22T05:00:00Z")),
		Want: sourcetest.Outcome{
			Readings: []string{"loaded no row, checked 22 Aug 05:00"},
			Scopes:   project,
			Status:   "stale, never loaded, needs attention",
			Strip:    "sss",
			Causes:   []sources.ID{orders},
		},
	},
	{
		Lie:     sourcetest.Epoch,
		Name:    "the build of today has year 1 as its end",
		Asset:   fct,
		Answers: GoodUntil(GoodDay().WithRun(strings.ReplaceAll(GoodDay().Run, "2026-08-22T05:10:00Z", "0001-01-01T00:00:00Z"))),
		Want: sourcetest.Outcome{
			Readings: []string{"built 22 Aug 05:11, checked 22 Aug 05:11"},
			Scopes:   project,
			Status:   "fresh",
			Strip:    "fff",
		},
	},
	{
		Lie:     sourcetest.Epoch,
		Name:    "the build of today has 1970 as its end",
		Asset:   fct,
		Answers: GoodUntil(GoodDay().WithRun(strings.ReplaceAll(GoodDay().Run, "2026-08-22T05:10:00Z", "1970-01-01T00:00:00Z"))),
		Want: sourcetest.Outcome{
			Readings: []string{"built 22 Aug 05:11, checked 22 Aug 05:11"},
			Scopes:   project,
			Status:   "fresh",
			Strip:    "fff",
		},
	},
	{
		Lie:     sourcetest.Epoch,
		Name:    "the check of today has 1970 as its own time",
		Asset:   orders,
		Answers: GoodUntil(GoodDay().WithChecks("2026-08-22T03:00:00Z 1970-01-01T00:00:00Z")),
		Want: sourcetest.Outcome{
			Readings: []string{"nothing returned, checked 22 Aug 05:01"},
			Scopes:   project,
			Status:   "aging, waiting",
			Strip:    "ffa",
			Causes:   []sources.ID{orders},
		},
	},
	{
		Lie:     sourcetest.WrongZone,
		Name:    "times without a zone are of New York",
		Asset:   orders,
		Answers: Always(GoodDay().WithChecks("2026-08-21T23:00:00 2026-08-22T01:00:00").InZone(newYork)),
		Want: sourcetest.Outcome{
			Readings: []string{"loaded 22 Aug 03:00, checked 22 Aug 05:00"},
			Scopes:   project,
			Status:   "fresh",
			Strip:    "fff",
		},
	},
	{
		Lie:     sourcetest.WrongZone,
		Name:    "rows of 03:00 have times of Tokyo without their zone",
		Asset:   orders,
		Answers: GoodUntil(GoodDay().WithChecks("2026-08-22T12:00:00 2026-08-22T05:00:00Z")),
		Want: sourcetest.Outcome{
			Readings: []string{"loaded 22 Aug 12:00, checked 22 Aug 05:00"},
			Scopes:   project,
			Notes:    []string{noteIgnored("RAW.SHOP.ORDERS")},
			Status:   "aging, waiting, future time ignored",
			Strip:    "ffa",
			Causes:   []sources.ID{orders},
		},
	},
	{
		Lie:     sourcetest.WrongZone,
		Name:    "times have the offset of Tokyo",
		Asset:   orders,
		Answers: Always(GoodDay().WithChecks("2026-08-22T12:00:00+09:00 2026-08-22T14:00:00+09:00")),
		Want: sourcetest.Outcome{
			Readings: []string{"loaded 22 Aug 03:00, checked 22 Aug 05:00"},
			Scopes:   project,
			Status:   "fresh",
			Strip:    "fff",
		},
	},
}

// aDayAhead returns a day in which all dates are of the day after.
func aDayAhead(day Day) Day {
	ahead := strings.NewReplacer("2026-08-22", "2026-08-23")
	day.Manifest = ahead.Replace(day.Manifest)
	day.Checks = ahead.Replace(day.Checks)
	day.Run = ahead.Replace(day.Run)
	return day
}

// noteIgnored returns the note on tables with a time in the future.
func noteIgnored(tables string) string {
	return "ignored timestamps in the future, of " + tables + "; check the clock and time zone of what writes them"
}
