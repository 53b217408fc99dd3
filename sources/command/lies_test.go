package command_test

import (
	"strings"
	"testing"
	"time"

	"github.com/freshet-status/freshet/generator/freshness/freshnesstest"
	"github.com/freshet-status/freshet/sources"
	"github.com/freshet-status/freshet/sources/sourcetest"
)

// A programDay is what the program does in one visit. In its lines DAY stands for the date of the visit
// and NEXT for that of the day after.
type programDay struct {
	lines []string
	end   string // what the script does after it printed the lines
	zone  string // of times without a zone; "" is UTC
}

// visitProgram returns a visit of a program.
func visitProgram(t *testing.T) sourcetest.Visit[programDay] {
	return func(day programDay, at time.Time) []sources.VisitTarget {
		zone, err := time.LoadLocation(day.zone)
		if err != nil {
			t.Fatal(err)
		}
		dates := strings.NewReplacer("DAY", at.Format(time.DateOnly), "NEXT", at.AddDate(0, 0, 1).Format(time.DateOnly))
		script := dates.Replace(printScript(day.lines...)) + day.end
		return []sources.VisitTarget{{Source: openIn(t, zone, script, nil), Type: "command", Deadline: time.Hour}}
	}
}

const (
	orders = sources.ID("table:RAW.SHOP.ORDERS")
	board  = sources.ID("dashboard:bi/42")
)

// Lines of the program.
const (
	wholeTables   = `{"scope": "tables", "checked": "DAYT05:00:00Z"}`
	wholeBoards   = `{"scope": "dashboards", "checked": "DAYT05:00:00Z"}`
	loadedToday   = `{"asset": "table:RAW.SHOP.ORDERS", "scope": "tables", "loaded": "DAYT04:00:00Z", "checked": "DAYT05:00:00Z"}`
	loadedLongAgo = `{"asset": "table:RAW.SHOP.ORDERS", "scope": "tables", "loaded": "2026-02-03T04:00:00Z", "checked": "DAYT05:00:00Z"}`
	otherTable    = `{"asset": "table:RAW.SHOP.RETURNS", "scope": "tables", "loaded": "DAYT04:00:00Z", "checked": "DAYT05:00:00Z"}`
	ordersTile    = `{"asset": "tile:bi/42/1", "name": "By day", "parent": "dashboard:bi/42", "upstream": ["table:RAW.SHOP.ORDERS"]}`
)

// ordersLine returns the line of the table with these keys.
func ordersLine(keys string) string {
	return `{"asset": "table:RAW.SHOP.ORDERS", "scope": "tables", ` + keys + `}`
}

// printed returns a day on which the program prints lines, and that they are all tables.
func printed(lines ...string) programDay { return programDay{lines: append(lines, wholeTables)} }

// wellUntil returns two days on which the table was loaded, and then today.
func wellUntil(today programDay) []programDay {
	return []programDay{printed(loadedToday), printed(loadedToday), today}
}

// always returns three days that are the same.
func always(day programDay) []programDay { return []programDay{day, day, day} }

// ignoredTimes is the note on a table with a time in the future.
const ignoredTimes = "ignored timestamps in the future, of RAW.SHOP.ORDERS; check the clock and time zone of what writes them"

// TestTheLiesOfAProgram has what a program can print wrongly, and what must come out.
func TestTheLiesOfAProgram(t *testing.T) {
	sourcetest.RunLies(t, sourcetest.LieTable[programDay]{
		Open:  visitProgram,
		Judge: freshnesstest.NewJudge(freshnesstest.DefaultRules()),
		Rows:  programLies,
		Untold: map[sourcetest.Lie]string{
			sourcetest.EmptyCommit: "a line has no number of rows, so that what the program prints as built was built",
		},
	})
}

// programLies holds the rows of the table.
var programLies = []sourcetest.LieRow[programDay]{
	{
		Lie:     sourcetest.NoRows,
		Name:    "a table that was loaded every day has no row today",
		Asset:   orders,
		Answers: wellUntil(printed(ordersLine(`"loaded": "never", "checked": "DAYT05:00:00Z"`))),
		Want: sourcetest.Outcome{
			Readings: []string{"loaded no row, checked 22 Aug 05:00"},
			Scopes:   []string{"tables:bi"},
			Status:   "stale, emptied, needs attention",
			Strip:    "ffs",
			Causes:   []sources.ID{orders},
		},
	},
	{
		Lie:   sourcetest.Maintenance,
		Name:  "a dead table is defined anew and queried every day",
		Asset: orders,
		Answers: always(printed(ordersLine(`"loaded": "2026-02-03T04:00:00Z", "ddl": "DAYT04:00:00Z", ` +
			`"queried": "DAYT04:30:00Z", "checked": "DAYT05:00:00Z"`))),
		Want: sourcetest.Outcome{
			Readings: []string{
				"loaded 3 Feb 04:00, checked 22 Aug 05:00",
				"ddl 22 Aug 04:00, checked 22 Aug 05:00",
				"queried 22 Aug 04:30, checked 22 Aug 05:00",
			},
			Scopes: []string{"tables:bi"},
			Status: "stale, needs attention",
			Strip:  "sss",
			Causes: []sources.ID{orders},
		},
	},
	{
		Lie:     sourcetest.DeletedRows,
		Name:    "somebody deletes the newest rows",
		Asset:   orders,
		Answers: wellUntil(printed(ordersLine(`"loaded": "2026-08-15T04:00:00Z", "checked": "DAYT05:00:00Z"`))),
		Want: sourcetest.Outcome{
			Readings: []string{"loaded 15 Aug 04:00, checked 22 Aug 05:00"},
			Scopes:   []string{"tables:bi"},
			Status:   "aging, needs attention",
			Strip:    "ffa",
			Causes:   []sources.ID{orders},
		},
	},
	{
		Lie:     sourcetest.PartialList,
		Name:    "the program fails after the first table",
		Asset:   orders,
		Answers: wellUntil(programDay{lines: []string{otherTable}, end: "echo 'connection reset' >&2; exit 1"}),
		Want: sourcetest.Outcome{
			Error:  "sh: exit status 1: connection reset",
			Status: "aging, waiting",
			Strip:  "ffa",
			Causes: []sources.ID{orders},
		},
	},
	{
		Lie:     sourcetest.PartialList,
		Name:    "the line of the table cannot be read, and the program says that all were printed",
		Asset:   orders,
		Answers: wellUntil(printed(otherTable, ordersLine(`"loaded": "soon", "checked": "DAYT05:00:00Z"`))),
		Want: sourcetest.Outcome{
			Error:  "sh: line 2: loaded must be a time such as \"2026-08-22T05:00:00Z\" (got \"soon\")",
			Status: "aging, waiting",
			Strip:  "ffa",
			Causes: []sources.ID{orders},
		},
	},
	{
		Lie:     sourcetest.PartialList,
		Name:    "a shorter list does not say that it is whole",
		Asset:   orders,
		Answers: wellUntil(programDay{lines: []string{otherTable}}),
		Want: sourcetest.Outcome{
			Status: "aging, waiting",
			Strip:  "ffa",
			Causes: []sources.ID{orders},
		},
	},
	{
		Lie:     sourcetest.LostGrant,
		Name:    "the system of the program refuses it",
		Asset:   orders,
		Answers: wellUntil(programDay{end: "echo 'HTTP 403' >&2; exit 22"}),
		Want: sourcetest.Outcome{
			Error:  "sh: exit status 22: HTTP 403",
			Status: "aging, waiting",
			Strip:  "ffa",
			Causes: []sources.ID{orders},
		},
	},
	{
		Lie:   sourcetest.LostGrant,
		Name:  "the system of the program refuses it for three days",
		Asset: orders,
		Answers: []programDay{
			printed(loadedToday),
			{end: "echo 'HTTP 403' >&2; exit 22"},
			{end: "echo 'HTTP 403' >&2; exit 22"},
			{end: "echo 'HTTP 403' >&2; exit 22"},
		},
		Want: sourcetest.Outcome{
			Error:  "sh: exit status 22: HTTP 403",
			Status: "unknown, needs attention",
			Strip:  "fuuu",
			Causes: []sources.ID{"visit:bi"},
		},
	},
	{
		Lie:     sourcetest.LostGrant,
		Name:    "the program prints nothing and ends well",
		Asset:   orders,
		Answers: wellUntil(programDay{end: "exit 0"}),
		Want: sourcetest.Outcome{
			Error: "sh: the program printed nothing\n" +
				"hint: print one JSON object a line",
			Status: "aging, waiting",
			Strip:  "ffa",
			Causes: []sources.ID{orders},
		},
	},
	{
		Lie:   sourcetest.Renamed,
		Name:  "a dashboard has another title",
		Asset: board,
		Answers: []programDay{
			printed(loadedToday, ordersTile, wholeBoards, `{"asset": "dashboard:bi/42", "name": "Orders", "scope": "dashboards"}`),
			printed(loadedToday, ordersTile, wholeBoards, `{"asset": "dashboard:bi/42", "name": "Sales", "scope": "dashboards"}`),
		},
		Want: sourcetest.Outcome{
			Scopes: []string{"dashboards:bi", "tables:bi"},
			Status: "fresh",
			Strip:  "ff",
		},
	},
	{
		Lie:   sourcetest.Renamed,
		Name:  "a dead table has another name today",
		Asset: "table:RAW.SHOP.ORDERS_V2",
		Answers: []programDay{
			printed(loadedLongAgo),
			printed(strings.Replace(loadedLongAgo, "ORDERS", "ORDERS_V2", 1)),
		},
		Want: sourcetest.Outcome{
			Readings: []string{"loaded 3 Feb 04:00, checked 22 Aug 05:00"},
			Scopes:   []string{"tables:bi"},
			Status:   "stale, needs attention",
			Strip:    ".s",
			Causes:   []sources.ID{"table:RAW.SHOP.ORDERS_V2"},
		},
	},
	{
		Lie:     sourcetest.Swapped,
		Name:    "a table is swapped with a backup of thirty days ago",
		Asset:   orders,
		Answers: wellUntil(printed(ordersLine(`"loaded": "2026-07-23T04:00:00Z", "checked": "DAYT05:00:00Z"`))),
		Want: sourcetest.Outcome{
			Readings: []string{"loaded 23 Jul 04:00, checked 22 Aug 05:00"},
			Scopes:   []string{"tables:bi"},
			Status:   "aging, needs attention",
			Strip:    "ffa",
			Causes:   []sources.ID{orders},
		},
	},
	{
		Lie:   sourcetest.Cloned,
		Name:  "an extract copies a dead table every night",
		Asset: "extract:bi/9",
		Answers: always(printed(loadedLongAgo, `{"asset": "extract:bi/9", "name": "Orders", "built": "DAYT03:00:00Z", `+
			`"checked": "DAYT05:00:00Z", "upstream": ["table:RAW.SHOP.ORDERS"]}`)),
		Want: sourcetest.Outcome{
			Readings: []string{"built 22 Aug 03:00, checked 22 Aug 05:00"},
			Scopes:   []string{"tables:bi"},
			Status:   "stale, needs attention",
			Strip:    "sss",
			Causes:   []sources.ID{orders},
		},
	},
	{
		Lie:     sourcetest.FutureTime,
		Name:    "the newest row is of tomorrow",
		Asset:   orders,
		Answers: wellUntil(printed(ordersLine(`"loaded": "NEXTT04:00:00Z", "checked": "DAYT05:00:00Z"`))),
		Want: sourcetest.Outcome{
			Readings: []string{"loaded 23 Aug 04:00, checked 22 Aug 05:00"},
			Scopes:   []string{"tables:bi"},
			Notes:    []string{ignoredTimes},
			Status:   "aging, waiting, future time ignored",
			Strip:    "ffa",
			Causes:   []sources.ID{orders},
		},
	},
	{
		Lie:   sourcetest.FutureTime,
		Name:  "the clock of the program is a day ahead",
		Asset: orders,
		Answers: wellUntil(programDay{lines: []string{
			ordersLine(`"loaded": "NEXTT04:00:00Z", "checked": "NEXTT05:00:00Z"`),
			`{"scope": "tables", "checked": "NEXTT05:00:00Z"}`,
		}}),
		Want: sourcetest.Outcome{
			Notes:  []string{"ignored 2 values later than this run; check the clocks of this machine and of the sender"},
			Status: "aging, waiting",
			Strip:  "ffa",
			Causes: []sources.ID{orders},
		},
	},
	{
		Lie:     sourcetest.Epoch,
		Name:    "1970 stands for a table that never had a row",
		Asset:   orders,
		Answers: always(printed(ordersLine(`"loaded": "1970-01-01T00:00:00Z", "checked": "DAYT05:00:00Z"`))),
		Want: sourcetest.Outcome{
			Readings: []string{"loaded no row, checked 22 Aug 05:00"},
			Scopes:   []string{"tables:bi"},
			Status:   "stale, never loaded, needs attention",
			Strip:    "sss",
			Causes:   []sources.ID{orders},
		},
	},
	{
		Lie:     sourcetest.Epoch,
		Name:    "year 1 stands for no time",
		Asset:   orders,
		Answers: wellUntil(printed(ordersLine(`"loaded": "0001-01-01T00:00:00Z", "checked": "DAYT05:00:00Z"`))),
		Want: sourcetest.Outcome{
			Error:  "sh: line 1: loaded must be a time such as \"2026-08-22T05:00:00Z\" (got \"0001-01-01T00:00:00Z\")",
			Status: "aging, waiting",
			Strip:  "ffa",
			Causes: []sources.ID{orders},
		},
	},
	{
		Lie:   sourcetest.WrongZone,
		Name:  "times without a zone are of New York",
		Asset: orders,
		Answers: always(programDay{
			lines: []string{ordersLine(`"loaded": "DAY 00:30:00", "checked": "DAY 01:00:00"`), wholeTables},
			zone:  "America/New_York",
		}),
		Want: sourcetest.Outcome{
			Readings: []string{"loaded 22 Aug 04:30, checked 22 Aug 05:00"},
			Scopes:   []string{"tables:bi"},
			Status:   "fresh",
			Strip:    "fff",
		},
	},
	{
		Lie:   sourcetest.WrongZone,
		Name:  "times of Tokyo are printed without their zone",
		Asset: orders,
		Answers: wellUntil(programDay{lines: []string{
			ordersLine(`"loaded": "DAY 13:00:00", "checked": "DAY 14:00:00"`),
			`{"scope": "tables", "checked": "DAY 14:00:00"}`,
		}}),
		Want: sourcetest.Outcome{
			Notes:  []string{"ignored 2 values later than this run; check the clocks of this machine and of the sender"},
			Status: "aging, waiting",
			Strip:  "ffa",
			Causes: []sources.ID{orders},
		},
	},
	{
		Lie:     sourcetest.OtherCase,
		Name:    "the name is written in lower case today",
		Asset:   orders,
		Answers: wellUntil(printed(strings.Replace(loadedToday, "RAW.SHOP.ORDERS", "raw.shop.orders", 1))),
		Want: sourcetest.Outcome{
			Readings: []string{"loaded 22 Aug 04:00, checked 22 Aug 05:00"},
			Scopes:   []string{"tables:bi"},
			Status:   "fresh",
			Strip:    "fff",
		},
	},
	{
		Lie:     sourcetest.OtherCase,
		Name:    "a dead table is printed, and again in lower case as loaded today",
		Asset:   orders,
		Answers: always(printed(loadedLongAgo, strings.Replace(loadedToday, "RAW.SHOP.ORDERS", "raw.shop.orders", 1))),
		Want: sourcetest.Outcome{
			Readings: []string{"loaded 3 Feb 04:00, checked 22 Aug 05:00"},
			Error:    "sh: line 2: table:RAW.SHOP.ORDERS was printed in line 1 already",
			Status:   "stale, needs attention",
			Strip:    "sss",
			Causes:   []sources.ID{orders},
		},
	},
}
