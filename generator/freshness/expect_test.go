package freshness_test

import (
	"testing"

	"github.com/freshet-status/freshet/generator/expect"
	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/generator/words"
	"github.com/freshet-status/freshet/sources"
)

func TestParseLimit(t *testing.T) {
	for name, tt := range map[string]struct {
		text, says string
		ok         bool
	}{
		"nothing says nothing":        {"", "today", true},
		"today":                       {"today", "today", true},
		"a calendar day":              {"1d", "1 day", true},
		"calendar days":               {"100d", "100 days", true},
		"elapsed time":                {"26h", "26 hours", true},
		"elapsed minutes":             {"90m", "90 minutes", true},
		"a word that is no age":       {"soon", "", false},
		"an age before birth":         {"-1d", "", false},
		"days and hours do not mix":   {"1d12h", "", false},
		"an age without a unit":       {"26", "", false},
		"no time at all, in any unit": {"0h", "", false},
		"seconds are too fine":        {"90s", "", false},
	} {
		t.Run(name, func(t *testing.T) {
			l, err := expect.ParseLimit(tt.text)
			if (err == nil) != tt.ok || tt.ok && words.Limit(l) != tt.says {
				t.Errorf("limit %q: got %q, %v, want %q, valid %v", tt.text, words.Limit(l), err, tt.says, tt.ok)
			}
		})
	}
}

func TestWhoSaysWhatIsExpected(t *testing.T) {
	rule := func(match, within, stale string) expect.Rule {
		return expect.Rule{
			Match:  match,
			Expect: expect.Expectation{FreshWithin: limit(within), StaleAfter: limit(stale), SetBy: "rule " + match},
		}
	}
	static := expect.Rule{Match: "table:RAW.*", Expect: expect.Expectation{Static: true, SetBy: "rule table:RAW.*"}}
	dbt := func(o sources.Observation, warn, error int64) sources.Observation {
		o.WarnAfter = warn
		o.ErrorAfter = error
		return o
	}
	gl := sources.ID("table:RAW.GL")
	old := loaded(gl, 3000)
	seed := old
	seed.Kind = sources.Seed
	tagged := loaded(gl, 30)
	tagged.Tags = []string{"finance"}

	for name, tt := range map[string]struct {
		seen  sources.Observation
		rules []expect.Rule
		want  freshness.Status
		words string
	}{
		"nobody, so the default": {
			seen:  loaded(gl, 30),
			rules: nil,
			want:  freshness.Aging,
			words: "updated every day; stale after 100 days (default)",
		},
		"a rule": {
			seen:  loaded(gl, 30),
			rules: []expect.Rule{rule("table:*", "31h", "")},
			want:  freshness.Fresh,
			words: "updated within 31 hours; stale after 100 days (rule table:*)",
		},
		"a rule matches without case": {
			seen:  loaded(gl, 30),
			rules: []expect.Rule{rule("TABLE:raw.*", "31h", "")},
			want:  freshness.Fresh,
			words: "updated within 31 hours; stale after 100 days (rule TABLE:raw.*)",
		},
		"a rule may match a tag": {
			seen:  tagged,
			rules: []expect.Rule{rule("finance", "31h", "")},
			want:  freshness.Fresh,
			words: "updated within 31 hours; stale after 100 days (rule finance)",
		},
		"a star crosses dots, not slashes": {
			seen:  loaded("table:azure/RAW.GL", 30),
			rules: []expect.Rule{rule("table:*GL", "31h", "")},
			want:  freshness.Aging,
			words: "updated every day; stale after 100 days (default)",
		},
		"the first rule wins": {
			seen:  loaded(gl, 30),
			rules: []expect.Rule{rule("*.GL", "20h", "25h"), rule("*", "31h", "")},
			want:  freshness.Stale,
			words: "updated within 20 hours; stale after 25 hours (rule *.GL)",
		},
		"a later rule fills the missing half": {
			seen:  loaded(gl, 30),
			rules: []expect.Rule{rule("*", "20h", ""), rule("*", "", "29h")},
			want:  freshness.Stale,
			words: "updated within 20 hours; stale after 29 hours (rule *)",
		},
		"raised to the half that was said": {
			seen:  loaded(gl, 30),
			rules: []expect.Rule{rule("*", "31h", ""), rule("*", "", "29h")},
			want:  freshness.Fresh,
			words: "updated within 31 hours; stale after 31 hours (rule *)",
		},
		"or lowered to it": {
			seen:  loaded(gl, 30),
			rules: []expect.Rule{rule("*", "", "29h"), rule("*", "31h", "")},
			want:  freshness.Stale,
			words: "updated within 29 hours; stale after 29 hours (rule *)",
		},
		"a rule for something else": {
			seen:  loaded(gl, 30),
			rules: []expect.Rule{rule("table:ERP.*", "31h", "")},
			want:  freshness.Aging,
			words: "updated every day; stale after 100 days (default)",
		},
		"what dbt warns of is aging": {
			seen:  dbt(loaded(gl, 1.5), 3600, 7200),
			rules: nil,
			want:  freshness.Aging,
			words: "warn after 1 hour, error after 2 hours (dbt)",
		},
		"what dbt calls an error is stale": {
			seen:  dbt(loaded(gl, 2.5), 3600, 7200),
			rules: nil,
			want:  freshness.Stale,
			words: "warn after 1 hour, error after 2 hours (dbt)",
		},
		"exactly what dbt allows is fresh": {
			seen:  dbt(loaded(gl, 1), 3600, 7200),
			rules: nil,
			want:  freshness.Fresh,
			words: "warn after 1 hour, error after 2 hours (dbt)",
		},
		"a warning alone leaves the default's error": {
			seen:  dbt(loaded(gl, 30), 3600*24, 0),
			rules: nil,
			want:  freshness.Aging,
			words: "warn after 24 hours (dbt)",
		},
		"an error alone leaves the default's warning": {
			seen:  dbt(loaded(gl, 7), 0, 3600*24),
			rules: nil,
			want:  freshness.Aging,
			words: "error after 24 hours (dbt)",
		},
		"a rule comes before dbt": {
			seen:  dbt(loaded(gl, 1.5), 3600, 7200),
			rules: []expect.Rule{rule("*", "2h", "3h")},
			want:  freshness.Fresh,
			words: "updated within 2 hours; stale after 3 hours (rule *)",
		},
		"dbt fills the half that a rule leaves": {
			seen:  dbt(loaded(gl, 2.5), 3600, 7200),
			rules: []expect.Rule{rule("*", "1h", "")},
			want:  freshness.Stale,
			words: "updated within 1 hour; stale after 2 hours (rule *)",
		},
		"static is never aging or stale": {
			seen:  old,
			rules: []expect.Rule{static},
			want:  freshness.Fresh,
			words: "static, never ages (rule table:RAW.*)",
		},
		"static wins over never loaded": {
			seen:  tells(table(gl), sources.Loaded, now.Sub(sources.Never).Hours(), 1),
			rules: []expect.Rule{static},
			want:  freshness.Fresh,
			words: "static, never ages (rule table:RAW.*)",
		},
		"static comes too late after a limit": {
			seen:  old,
			rules: []expect.Rule{rule("*", "2h", ""), static},
			want:  freshness.Stale,
			words: "updated within 2 hours; stale after 100 days (rule *)",
		},
		"a limit comes too late after static": {
			seen:  old,
			rules: []expect.Rule{static, rule("*", "2h", "")},
			want:  freshness.Fresh,
			words: "static, never ages (rule table:RAW.*)",
		},
		"a seed is static": {seed, nil, freshness.Fresh, "static, never ages (a seed)"},
		"a seed that is ruled is not": {
			seen:  seed,
			rules: []expect.Rule{rule("*", "2h", "")},
			want:  freshness.Stale,
			words: "updated within 2 hours; stale after 100 days (rule *)",
		},
		"static needs no clock": {
			seen:  table(gl),
			rules: []expect.Rule{static},
			want:  freshness.Fresh,
			words: "static, never ages (rule table:RAW.*)",
		},
		"an owner alone is no choice of what to expect": {
			seen:  loaded(gl, 30),
			rules: []expect.Rule{{Match: "*", Owner: "me", Expect: expect.Expectation{SetBy: "rule *"}}},
			want:  freshness.Aging,
			words: "updated every day; stale after 100 days (default)",
		},
	} {
		t.Run(name, func(t *testing.T) {
			n := derive(rules(tt.rules...), visit(ago(1), tt.seen)).Node(tt.seen.ID)
			if n.Status != tt.want || words.Expectation(n.Expect) != tt.words {
				t.Errorf("status and expectation of %s: got %v, %q, want %v, %q",
					tt.seen.ID, n.Status, words.Expectation(n.Expect), tt.want, tt.words)
			}
		})
	}
}

func TestStaticIsUnknownWhenNobodyListsIt(t *testing.T) {
	static := expect.Rule{Match: "table:CODES", Expect: expect.Expectation{Static: true, SetBy: "rule"}}
	codes := table("table:CODES")
	reader := view("table:V", "table:CODES")
	r := derive(rules(static), visit(ago(37), codes, reader), sources.Scrape{Source: "dbt", At: ago(1), Error: "no network"})
	if n := r.Node("table:V"); n.Status != freshness.Unknown || len(n.Causes) != 1 || n.Causes[0].ID != "visit:dbt" {
		t.Errorf("table:V over a static table not listed for 37 hours: got %v by %v, want unknown by visit:dbt",
			n.Status, causes(n))
	}
	if r := derive(rules(static), visit(ago(35), codes, reader), sources.Scrape{
		Source: "dbt",
		At:     ago(1),
		Error:  "no network",
	}); r.Node("table:V").Status != freshness.Fresh {
		t.Errorf("table:V over a static table listed 35 hours ago: got %v, want fresh", r.Node("table:V").Status)
	}
}

func TestARuleSaysWhoOwns(t *testing.T) {
	o := loaded("table:T", 3)
	o.Owner = "dbt's owner"
	ruled := expect.Rule{Match: "*", Owner: "me"}
	if n := derive(rules(ruled), visit(ago(1), o)).Node("table:T"); n.Owner != "me" {
		t.Errorf("owner of table:T by a rule: got %q, want %q", n.Owner, "me")
	}
	if n := derive(rules(), visit(ago(1), o)).Node("table:T"); n.Owner != "dbt's owner" {
		t.Errorf("owner of table:T without a rule: got %q, want %q", n.Owner, "dbt's owner")
	}
}

func TestARuleMayMatchAFolder(t *testing.T) {
	folder := asset("folder:F", sources.Folder, true)
	board := asset("dashboard:D", sources.Dashboard, true)
	folder.Name = "Finance"
	board.Parent = "folder:F"
	x := tile("tile:X", "table:T")
	x.Parent = "dashboard:D"
	r := derive(rules(expect.Rule{Match: "finance", Owner: "cfo"}), visit(ago(1), folder, board, x, loaded("table:T", 3)))
	if n := r.Node("tile:X"); n.Owner != "cfo" {
		t.Errorf("owner of tile:X by the rule for its folder: got %q, want %q", n.Owner, "cfo")
	}
}
