package looker_test

import (
	"testing"
	"time"

	"github.com/freshet-status/freshet/generator/freshness/freshnesstest"
	"github.com/freshet-status/freshet/sources"
	"github.com/freshet-status/freshet/sources/looker"
	"github.com/freshet-status/freshet/sources/looker/standin"
	"github.com/freshet-status/freshet/sources/sourcetest"
)

// A lookerDay changes Looker and the warehouse before a visit. What it changes stays so on the days
// after.
type lookerDay struct {
	change func(l *standin.Looker, at time.Time) // may be nil
	tables []string                              // tables of RAW.SHOP that were loaded today; nil is ORDERS
}

// visitLooker returns a visit of a Looker with two dashboards, and of the warehouse that they read. A
// table of that, ARCHIVE, is dead.
func visitLooker(t *testing.T) sourcetest.Visit[lookerDay] {
	t.Setenv("FRESHET_LOOKER_OPENAPI", "") // other tests hold these calls against it
	l := newRevenueLooker()
	src := open(t, l, nil)
	return func(day lookerDay, at time.Time) []sources.VisitTarget {
		if day.change != nil {
			l.Change(func() { day.change(l, at) })
		}
		if day.tables == nil {
			day.tables = []string{"ORDERS"}
		}
		return []sources.VisitTarget{
			{Source: looker.At(src, at), Type: "looker", Deadline: time.Hour},
			{Source: newWarehouse(at, day.tables...), Type: "warehouse", Deadline: time.Hour},
		}
	}
}

// newRevenueLooker returns a Looker with the dashboard 42, whose tile 101 reads RAW.SHOP.ORDERS by the
// explore shop::orders, and the dashboard 43, which reads the same.
func newRevenueLooker() *standin.Looker {
	l := newBareLooker(exploreTile("101", "shop", "orders"))
	l.Dashboards = append(
		l.Dashboards,
		standin.Dashboard{ID: "43", Title: "Costs", Folder: "7", Tiles: []standin.Tile{exploreTile("201", "shop", "orders")}},
	)
	l.Explores["shop::orders"] = standin.Explore{View: "orders", Table: "RAW.SHOP.ORDERS", Connection: "snow"}
	return l
}

// newWarehouse returns a warehouse whose listing is whole: tables of RAW.SHOP that were loaded at four
// of the day of at, and ARCHIVE, to which no rows came since February.
func newWarehouse(at time.Time, tables ...string) sources.Source {
	checked := at.Add(-time.Hour)
	answer := sources.Answer{Scopes: []sources.Scope{{Name: "database:RAW", CheckedAt: checked}}}
	add := func(name string, loaded time.Time) {
		answer.Observations = append(answer.Observations, sources.Observation{
			Asset: sources.Asset{
				ID:    sources.ID("table:RAW.SHOP." + name),
				Kind:  sources.Table,
				Name:  name,
				Scope: "schema:RAW.SHOP",
			},
			Readings: []sources.Reading{{Clock: sources.DML, At: loaded, CheckedAt: checked}},
		})
	}
	for _, name := range tables {
		add(name, at.Add(-5*time.Hour))
	}
	add("ARCHIVE", time.Date(2026, 2, 3, 4, 0, 0, 0, time.UTC))
	return sourcetest.FixedSource{Title: "warehouse", Answer: answer}
}

const (
	revenue      = sources.ID("dashboard:looker/42")
	revenueTile  = sources.ID("tile:looker/42/101")
	archiveTable = sources.ID("table:RAW.SHOP.ARCHIVE")
	ordersTable  = sources.ID("table:RAW.SHOP.ORDERS")
	dailyTable   = sources.ID("pdt:looker/shop::daily")
)

// sameDay is a day on which nothing changes.
var sameDay = lookerDay{}

// changed returns a day before whose visit Looker is changed.
func changed(change func(l *standin.Looker)) lookerDay {
	return lookerDay{change: func(l *standin.Looker, _ time.Time) { change(l) }}
}

// refuses returns a day from which on Looker refuses the calls below some paths.
func refuses(paths ...string) lookerDay {
	return changed(func(l *standin.Looker) { l.Intercept = refusing(paths...) })
}

// changedToday returns two days on which nothing changes, and then today.
func changedToday(today lookerDay) []lookerDay { return []lookerDay{sameDay, sameDay, today} }

// sinceAWeek returns a day on which nothing changes, one that changes something, and six more: what was
// fetched before the change is as old then as it may get.
func sinceAWeek(day lookerDay) []lookerDay {
	return append([]lookerDay{sameDay, day}, make([]lookerDay, 6)...)
}

// everyDay returns three days of the same change.
func everyDay(change func(l *standin.Looker, at time.Time)) []lookerDay {
	day := lookerDay{change: change}
	return []lookerDay{day, day, day}
}

// buildDaily makes the tile read a derived table that is built at six of the day from the tables in
// sql, as far as that says it.
func buildDaily(sql string) func(l *standin.Looker, at time.Time) {
	return func(l *standin.Looker, at time.Time) {
		l.Dashboards[0].Tiles = []standin.Tile{exploreTile("101", "shop", "daily")}
		l.Explores["shop::daily"] = standin.Explore{View: "daily", Connection: "snow"}
		l.SQL["q101"] = sql
		l.Builds = []standin.Build{{Model: "shop", View: "daily", At: at.Add(-3 * time.Hour)}}
	}
}

// fromArchive is the SQL of a query that reads a derived table of the dead table.
var fromArchive = buildingSQL("shop::daily", "SCRATCH.LR$ZKWYB1763531790092_daily", "SELECT * FROM RAW.SHOP.ARCHIVE")

// fromOrders is the SQL of a query that reads a derived table of ORDERS.
var fromOrders = buildingSQL("shop::daily", "SCRATCH.LR$ZKWYB1763531790092_daily", "SELECT * FROM RAW.SHOP.ORDERS")

// wholeLooker names what a visit lists: the tiles of both dashboards, and all derived tables.
var wholeLooker = []string{"derived:looker", "tiles:looker/42", "tiles:looker/43"}

// TestTheLiesOfLooker has what Looker can say wrongly, and what must come out.
func TestTheLiesOfLooker(t *testing.T) {
	const reason = "freshet asks for the SQL of a query and never runs it, so that Looker returns no rows"
	sourcetest.RunLies(t, sourcetest.LieTable[lookerDay]{
		Open:   visitLooker,
		Judge:  freshnesstest.NewJudge(freshnesstest.DefaultRules("warehouse")),
		Rows:   lookerLies,
		Untold: map[sourcetest.Lie]string{sourcetest.NoRows: reason, sourcetest.DeletedRows: reason},
	})
}

// lookerLies holds the rows of the table.
var lookerLies = []sourcetest.LieRow[lookerDay]{
	{
		Lie:     sourcetest.EmptyCommit,
		Name:    "a derived table of a dead table is built anew every night",
		Asset:   dailyTable,
		Answers: everyDay(buildDaily(fromArchive)),
		Want: sourcetest.Outcome{
			Readings: []string{"built 22 Aug 06:00, checked 22 Aug 09:00"},
			Scopes:   wholeLooker,
			Status:   "stale, needs attention",
			Strip:    "sss",
			Causes:   []sources.ID{archiveTable},
		},
	},
	{
		Lie:     sourcetest.EmptyCommit,
		Name:    "a derived table is built every night, and nothing says from what",
		Asset:   revenueTile,
		Answers: everyDay(buildDaily(fromPDT)),
		Want: sourcetest.Outcome{
			Scopes: wholeLooker,
			Notes: []string{
				"builds of shop::daily are not used: upstream unknown; set derived in [[source]], such as " +
					"\"shop::daily\" = [\"DATABASE.SCHEMA.TABLE\"]",
			},
			Status: "unknown",
			Strip:  "uuu",
		},
	},
	{
		Lie:   sourcetest.Maintenance,
		Name:  "a dashboard of a dead table is saved and opened every day",
		Asset: revenue,
		Answers: everyDay(func(l *standin.Looker, at time.Time) {
			readArchive(l)
			l.Dashboards[0].Updated = at.Add(-time.Hour)
			l.Dashboards[0].Viewed = at.Add(-time.Hour)
		}),
		Want: sourcetest.Outcome{
			Readings: []string{"queried 22 Aug 08:00, checked 22 Aug 09:00"},
			Scopes:   wholeLooker,
			Status:   "stale, needs attention",
			Strip:    "sss",
			Causes:   []sources.ID{archiveTable},
		},
	},
	{
		Lie:     sourcetest.PartialList,
		Name:    "a dashboard is not listed today, and is not in the trash",
		Asset:   revenueTile,
		Answers: changedToday(changed(func(l *standin.Looker) { l.Dashboards = l.Dashboards[1:] })),
		Want: sourcetest.Outcome{
			Scopes: []string{"derived:looker", "tiles:looker/43"},
			Notes: []string{
				"1 dashboard no longer listed since 22 Aug 2026 09:00 UTC and not in the trash: Revenue; check " +
					"the API user's folder access",
			},
			Status: "fresh",
			Strip:  "fff",
		},
	},
	{
		Lie:     sourcetest.PartialList,
		Name:    "the tiles of today cannot be listed",
		Asset:   revenueTile,
		Answers: changedToday(refuses("/queries/run/json", "/dashboard_elements/search")),
		Want: sourcetest.Outcome{
			Notes: []string{
				"System Activity: could not be read, so dashboard elements were searched instead: " +
					"queries/run/json: 403 Forbidden (no); add the missing permission to the API user's role",
			},
			Error: "tiles: dashboard_elements/search: 403 Forbidden (no)\n" +
				"hint: add the missing permission to the " +
				"API user's role",
			Status: "fresh",
			Strip:  "fff",
		},
	},
	{
		Lie:     sourcetest.LostGrant,
		Name:    "System Activity may not be queried any more, which has the builds",
		Asset:   dailyTable,
		Answers: []lookerDay{builtWell, builtWell, refuses("/queries/run/json")},
		Want: sourcetest.Outcome{
			Readings: []string{"built 21 Aug 06:00, checked 21 Aug 09:00"},
			Scopes:   wholeLooker,
			Notes: []string{
				"System Activity: could not be read, so dashboard elements were searched instead: " +
					"queries/run/json: 403 Forbidden (no); add the missing permission to the API user's role",
				"builds of derived tables: could not be read: queries/run/json: 403 Forbidden (no); add the " +
					"missing permission to the API user's role",
			},
			Status: "aging, waiting",
			Strip:  "ffa",
			Causes: []sources.ID{dailyTable},
		},
	},
	{
		Lie:   sourcetest.LostGrant,
		Name:  "see_sql is missing where the explore joins a table that the query may not need",
		Asset: revenueTile,
		Answers: []lookerDay{changed(func(l *standin.Looker) {
			l.DeniesSQL = true
			joinArchive(l)
		})},
		Want: sourcetest.Outcome{
			Scopes: []string{"tiles:looker/42", "tiles:looker/43"},
			Notes: []string{
				"lineage of 2 tiles is not certain, because their SQL is denied: grant see_sql",
				"SQL of query q101 and 1 more: permission denied or not found: queries/q101/run/sql: 403 " +
					"Forbidden (You do not have permission to see SQL); add the missing permission to the API " +
					"user's role",
			},
			Status: "unverified",
			Strip:  "v",
		},
	},
	{
		Lie:     sourcetest.LostGrant,
		Name:    "the model of a tile is not listed any more",
		Asset:   revenueTile,
		Answers: changedToday(changed(func(l *standin.Looker) { clear(l.Explores) })),
		Want: sourcetest.Outcome{
			Scopes: wholeLooker,
			Status: "fresh",
			Strip:  "fff",
		},
	},
	{
		Lie:     sourcetest.LostGrant,
		Name:    "the model of a tile is not listed since a week ago",
		Asset:   revenueTile,
		Answers: sinceAWeek(changed(func(l *standin.Looker) { clear(l.Explores) })),
		Want: sourcetest.Outcome{
			Scopes: []string{"tiles:looker/42", "tiles:looker/43"},
			Notes: []string{
				"SQL of query q101 and 1 more: permission denied or not found: queries/q101/run/sql: 404 Not " +
					"Found (Not found)",
			},
			Status: "unknown",
			Strip:  "uuuuuuuu",
		},
	},
	{
		Lie:     sourcetest.LostGrant,
		Name:    "Looker refuses to sign in",
		Asset:   revenueTile,
		Answers: changedToday(refuses("/login")),
		Want: sourcetest.Outcome{
			Error: "login: 403 Forbidden (no)\n" +
				"hint: add the missing permission to the API user's role",
			Status: "fresh",
			Strip:  "fff",
		},
	},
	{
		Lie:     sourcetest.Renamed,
		Name:    "a dashboard has another title",
		Asset:   revenue,
		Answers: changedToday(changed(func(l *standin.Looker) { l.Dashboards[0].Title = "Turnover" })),
		Want: sourcetest.Outcome{
			Scopes: wholeLooker,
			Status: "fresh",
			Strip:  "fff",
		},
	},
	{
		Lie:     sourcetest.Renamed,
		Name:    "a table has another name, and the explore asks for the old one",
		Asset:   revenueTile,
		Answers: changedToday(lookerDay{tables: []string{"ORDERS_V2"}}),
		Want: sourcetest.Outcome{
			Scopes: wholeLooker,
			Status: "broken, needs attention",
			Strip:  "ffb",
			Causes: []sources.ID{ordersTable},
		},
	},
	{
		Lie:   sourcetest.Renamed,
		Name:  "an explore has another name, and the tile asks for the old one",
		Asset: revenueTile,
		Answers: changedToday(changed(func(l *standin.Looker) {
			l.Explores["shop::sales"] = l.Explores["shop::orders"]
			delete(l.Explores, "shop::orders")
		})),
		Want: sourcetest.Outcome{
			Missing: "Explore shop::orders no longer exists in Looker",
			Scopes:  []string{"tiles:looker/42", "tiles:looker/43"},
			Notes: []string{
				"SQL of query q101 and 1 more: permission denied or not found: queries/q101/run/sql: 404 Not " +
					"Found (Not found)",
			},
			Status: "broken, needs attention",
			Strip:  "uub",
			Causes: []sources.ID{"explore:looker/shop::orders"},
		},
	},
	{
		Lie:     sourcetest.Swapped,
		Name:    "the tile asks another explore, which reads a dead table",
		Asset:   revenueTile,
		Answers: changedToday(changed(readArchive)),
		Want: sourcetest.Outcome{
			Scopes: wholeLooker,
			Status: "stale, needs attention",
			Strip:  "sss",
			Causes: []sources.ID{archiveTable},
		},
	},
	{
		Lie:   sourcetest.Swapped,
		Name:  "the explore reads a dead table since a week ago",
		Asset: revenueTile,
		Answers: sinceAWeek(changed(func(l *standin.Looker) {
			l.Explores["shop::orders"] = standin.Explore{View: "orders", Table: "RAW.SHOP.ARCHIVE", Connection: "snow"}
		})),
		Want: sourcetest.Outcome{
			Scopes: wholeLooker,
			Status: "stale, needs attention",
			Strip:  "ssssssss",
			Causes: []sources.ID{archiveTable},
		},
	},
	{
		Lie:   sourcetest.Cloned,
		Name:  "a dashboard of a dead table is copied today",
		Asset: "tile:looker/44/301",
		Answers: []lookerDay{changed(readArchive), sameDay, changed(func(l *standin.Looker) {
			tile := l.Dashboards[0].Tiles[0]
			tile.ID = "301"
			l.Dashboards = append(
				l.Dashboards,
				standin.Dashboard{ID: "44", Title: "Copy of Revenue", Folder: "7", Tiles: []standin.Tile{tile}},
			)
		})},
		Want: sourcetest.Outcome{
			Scopes: []string{"derived:looker", "tiles:looker/42", "tiles:looker/43", "tiles:looker/44"},
			Status: "stale, needs attention",
			Strip:  "..s",
			Causes: []sources.ID{archiveTable},
		},
	},
	{
		Lie:   sourcetest.FutureTime,
		Name:  "a dashboard was last opened tomorrow",
		Asset: revenue,
		Answers: everyDay(func(l *standin.Looker, at time.Time) {
			l.Dashboards[0].Viewed = at.AddDate(0, 0, 1)
		}),
		Want: sourcetest.Outcome{
			Readings: []string{"queried 23 Aug 09:00, checked 22 Aug 09:00"},
			Scopes:   wholeLooker,
			Status:   "fresh, future time ignored",
			Strip:    "fff",
		},
	},
	{
		Lie:     sourcetest.FutureTime,
		Name:    "the build of today ended tomorrow",
		Asset:   dailyTable,
		Answers: builtToday(func(at time.Time) time.Time { return at.AddDate(0, 0, 1) }),
		Want: sourcetest.Outcome{
			Readings: []string{"built 21 Aug 06:00, checked 21 Aug 09:00"},
			Scopes:   wholeLooker,
			Notes: []string{
				"builds of shop::daily ended later than this run and are ignored; check the clocks of this " +
					"machine and of Looker",
			},
			Status: "aging, waiting",
			Strip:  "ffa",
			Causes: []sources.ID{dailyTable},
		},
	},
	{
		Lie:     sourcetest.FutureTime,
		Name:    "the clock of Looker is some minutes ahead",
		Asset:   dailyTable,
		Answers: builtToday(func(at time.Time) time.Time { return at.Add(5 * time.Minute) }),
		Want: sourcetest.Outcome{
			Readings: []string{"built 22 Aug 09:05, checked 22 Aug 09:00"},
			Scopes:   wholeLooker,
			Status:   "fresh",
			Strip:    "fff",
		},
	},
	{
		Lie:   sourcetest.Epoch,
		Name:  "a dashboard was last opened in 1970",
		Asset: revenue,
		Answers: everyDay(func(l *standin.Looker, _ time.Time) {
			l.Dashboards[0].Viewed = time.Unix(0, 0).UTC()
		}),
		Want: sourcetest.Outcome{
			Scopes: wholeLooker,
			Status: "fresh",
			Strip:  "fff",
		},
	},
	{
		Lie:     sourcetest.Epoch,
		Name:    "the only build ended in 1970",
		Asset:   dailyTable,
		Answers: everyDay(builtAt(func(time.Time) time.Time { return time.Unix(0, 0).UTC() })),
		Want: sourcetest.Outcome{
			Scopes: wholeLooker,
			Status: "unknown",
			Strip:  "uuu",
		},
	},
	{
		Lie:     sourcetest.WrongZone,
		Name:    "System Activity writes the build of 06:00 in the time of Tokyo",
		Asset:   dailyTable,
		Answers: builtToday(func(at time.Time) time.Time { return at.Add(6 * time.Hour) }),
		Want: sourcetest.Outcome{
			Readings: []string{"built 21 Aug 06:00, checked 21 Aug 09:00"},
			Scopes:   wholeLooker,
			Notes: []string{
				"builds of shop::daily ended later than this run and are ignored; check the clocks of this " +
					"machine and of Looker",
			},
			Status: "aging, waiting",
			Strip:  "ffa",
			Causes: []sources.ID{dailyTable},
		},
	},
	{
		Lie:   sourcetest.WrongZone,
		Name:  "the time at which a dashboard was opened has another offset",
		Asset: revenue,
		Answers: everyDay(func(l *standin.Looker, at time.Time) {
			l.Dashboards[0].Viewed = at.Add(-time.Hour).In(time.FixedZone("Tokyo", 9*60*60))
		}),
		Want: sourcetest.Outcome{
			Readings: []string{"queried 22 Aug 08:00, checked 22 Aug 09:00"},
			Scopes:   wholeLooker,
			Status:   "fresh",
			Strip:    "fff",
		},
	},
	{
		Lie:     sourcetest.OtherCase,
		Name:    "SQL writes the table in lower case",
		Asset:   revenueTile,
		Answers: everyDay(askSQL("SELECT * FROM raw.shop.orders")),
		Want: sourcetest.Outcome{
			Scopes: wholeLooker,
			Status: "fresh",
			Strip:  "fff",
		},
	},
	{
		Lie:     sourcetest.OtherCase,
		Name:    "SQL quotes a name that no table has in this case",
		Asset:   revenueTile,
		Answers: everyDay(askSQL(`SELECT * FROM raw.shop."orders"`)),
		Want: sourcetest.Outcome{
			Scopes: wholeLooker,
			Status: "broken, needs attention",
			Strip:  "bbb",
			Causes: []sources.ID{"table:RAW.SHOP.\"orders\""},
		},
	},
}

// readArchive makes the tile read the dead table, by another explore.
func readArchive(l *standin.Looker) {
	l.Dashboards[0].Tiles = []standin.Tile{exploreTile("101", "shop", "archive")}
	l.Explores["shop::archive"] = standin.Explore{View: "archive", Table: "RAW.SHOP.ARCHIVE", Connection: "snow"}
}

// joinArchive joins the dead table to the explore of the tile, whose fields do not need it.
func joinArchive(l *standin.Looker) {
	e := l.Explores["shop::orders"]
	e.Joins = []standin.Join{{Name: "archive", Table: "RAW.SHOP.ARCHIVE"}}
	l.Explores["shop::orders"] = e
}

// askSQL makes the explore of the tile show no table, so that its SQL decides.
func askSQL(sql string) func(*standin.Looker, time.Time) {
	return func(l *standin.Looker, _ time.Time) {
		l.Explores["shop::orders"] = standin.Explore{View: "orders", Connection: "snow"}
		l.SQL["q101"] = sql
		l.SQL["q201"] = sql
	}
}

// builtAt makes the tile read a derived table of ORDERS whose only build ended when end says.
func builtAt(end func(at time.Time) time.Time) func(*standin.Looker, time.Time) {
	return func(l *standin.Looker, at time.Time) {
		buildDaily(fromOrders)(l, at)
		l.Builds[0].At = end(at)
	}
}

// builtToday returns two days on which a derived table of ORDERS is built well, and then one on which its
// build ends when end says.
func builtToday(end func(at time.Time) time.Time) []lookerDay {
	return []lookerDay{builtWell, builtWell, {change: builtAt(end)}}
}

// builtWell is a day on which a derived table of ORDERS is built.
var builtWell = lookerDay{change: buildDaily(fromOrders)}
