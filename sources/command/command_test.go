package command_test

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/freshet-status/freshet/sources"
	"github.com/freshet-status/freshet/sources/command"
	"github.com/freshet-status/freshet/sources/sourcetest"
)

// open returns a source named "bi" that runs a shell script, with variables of the environment.
func open(t testing.TB, script string, variables map[string]string) sources.Source {
	t.Helper()
	return openIn(t, nil, script, variables)
}

// openIn returns a source as open does. Times that its program prints without a zone are of zone.
func openIn(t testing.TB, zone *time.Location, script string, variables map[string]string) sources.Source {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the scripts need a Unix shell")
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "list.sh"), []byte(script), 0o644); err != nil {
		t.Fatal(err)
	}
	config := command.Config{Command: []string{"sh", "list.sh"}}
	for name := range variables {
		config.Env = append(config.Env, name)
	}
	env := func(name string) string {
		if value := variables[name]; value != "" || name != "PATH" {
			return value
		}
		return os.Getenv("PATH")
	}
	return config.Open(sources.Setting{Name: "bi", Dir: dir, Env: env, Zone: zone})
}

// printing returns a source whose program prints these lines.
func printing(t testing.TB, lines ...string) sources.Source {
	t.Helper()
	return open(t, printScript(lines...), nil)
}

// printScript returns a script that prints these lines.
func printScript(lines ...string) string {
	return "cat <<'END'\n" + strings.Join(lines, "\n") + "\nEND\n"
}

// lines are what a program prints that lists a dashboard tool completely.
var lines = []string{
	`{"asset": "table:raw.shop.orders", "loaded": "2026-08-22T04:41:07.5Z", "checked": "2026-08-22T05:00:00Z", "tags": ["b", "a", "b"]}`,
	`{"asset": "table:raw.shop.returns", "kind": "view", "loaded": "never", "checked": "2026-08-22 05:00:00", "scope": "tables"}`,
	``,
	`{"asset": "folder:bi/7", "name": "Sales"}`,
	`{"asset": "dashboard:bi/42", "name": "Orders", "parent": "folder:bi/7", ` +
		`"url": "https://bi.example/42", "owner": "Ada", "scope": "dashboards"}`,
	`{"asset": "tile:bi/42/1", "name": "By day", "parent": "dashboard:bi/42", ` +
		`"upstream": ["table:RAW.SHOP.RETURNS", "table:raw.shop.orders"]}`,
	`{"asset": "extract:bi/9", "name": "Extract", "built": "2026-08-22T03:00:00+02:00", ` +
		`"checked": "2026-08-22T05:00:00Z", "job": "job:bi/1"}`,
	`{"asset": "job:bi/1", "name": "Nightly", "failed": "2026-08-22T04:00:00Z", "error": "out of memory"}`,
	`{"scope": "dashboards", "checked": "2026-08-22T05:00:00Z"}`,
	`{"scope": "tables", "checked": "2026-08-22T05:00:00Z"}`,
	`{"note": "The archive is not listed."}`,
}

func TestPromises(t *testing.T) {
	sourcetest.RunSuite(t, func(string) sources.Source { return printing(t, lines...) })
}

func TestLinesBecomeAssets(t *testing.T) {
	answer, err := printing(t, lines...).Observe(t.Context())
	if err != nil {
		t.Fatalf("Observe: got %v, want no error", err)
	}
	found := make(map[sources.ID]sources.Observation)
	for _, o := range answer.Observations {
		found[o.ID] = o
	}
	day := time.Date(2026, 8, 22, 0, 0, 0, 0, time.UTC)
	orders := found["table:RAW.SHOP.ORDERS"]
	if want := day.Add(4*time.Hour + 41*time.Minute + 7*time.Second); !orders.Readings[0].At.Equal(want) {
		t.Errorf("loaded: got %v, want %v", orders.Readings[0].At, want)
	}
	if orders.Name != "ORDERS" || !slices.Equal(orders.Tags, []string{"a", "b"}) {
		t.Errorf("orders: got name %q and tags %q, want ORDERS and a, b", orders.Name, orders.Tags)
	}
	returns := found["table:RAW.SHOP.RETURNS"]
	if returns.Readings[0].At != sources.Never || !returns.Virtual || returns.Scope != "tables:bi" {
		t.Errorf("returns: got %+v, want a view of tables:bi that was never loaded", returns)
	}
	tile := found["tile:bi/42/1"]
	if want := []sources.ID{"table:RAW.SHOP.ORDERS", "table:RAW.SHOP.RETURNS"}; !slices.Equal(tile.Upstream, want) {
		t.Errorf("upstream: got %q, want %q", tile.Upstream, want)
	}
	if got := found["extract:bi/9"].Readings[0].At; !got.Equal(day.Add(time.Hour)) {
		t.Errorf("built: got %v, want 01:00 UTC", got)
	}
	want := sources.Attempt{At: day.Add(4 * time.Hour), Outcome: sources.Failed, Says: "out of memory"}
	if got := found["job:bi/1"].Attempt; got != want {
		t.Errorf("attempt: got %+v, want %+v", got, want)
	}
	if len(answer.Scopes) != 2 || answer.Scopes[0].Name != "dashboards:bi" ||
		!answer.Scopes[0].CheckedAt.Equal(day.Add(5*time.Hour)) {
		t.Errorf("scopes: got %+v, want dashboards:bi and tables:bi at 05:00", answer.Scopes)
	}
	if !slices.Equal(answer.Notes, []string{"The archive is not listed."}) {
		t.Errorf("notes: got %q, want the note of the program", answer.Notes)
	}
}

func TestALineThatCannotBeReadIsNamedAndTheRestIsUsed(t *testing.T) {
	for _, tt := range []struct{ line, want string }{
		{
			line: `{"asset": "table:A.B.C", "lodaed": "never"}`,
			want: "unknown key \"lodaed\"\nhint: the keys are asset, scope",
		},
		{
			line: `{"asset": "table:A.B.C", "loaded": "never"}`,
			want: `checked must be set to a time such as "2026-08-22T05:00:00Z"`,
		},
		{
			line: `{"asset": "table:A.B.C", "loaded": "soon", "checked": "2026-08-22T05:00:00Z"}`,
			want: `loaded must be a time such as "2026-08-22T05:00:00Z" (got "soon")`,
		},
		{
			line: `{"asset": "table:A.B.C", "tags": "a"}`,
			want: `tags must not be a string`,
		},
		{
			line: `{"asset": "table:read_csv('x')"}`,
			want: `asset must be a table such as`,
		},
		{
			line: `{"asset": "orders"}`,
			want: `asset must be an id such as "table:RAW.SHOP.ORDERS" (got "orders")`,
		},
		{
			line: `{"asset": "dashboard:looker/1", "name": "x"}`,
			want: `asset must begin with "dashboard:bi/", the name of the source (got "dashboard:looker/1")`,
		},
		{
			line: `{"asset": "queue:bi/1", "name": "x"}`,
			want: `asset must be a table, view, extract, dashboard, tile, folder or job`,
		},
		{
			line: `{"asset": "tile:bi/1"}`,
			want: `name is missing`,
		},
		{
			line: `{"asset": "tile:bi/1", "name": "x", "kind": "view"}`,
			want: `kind of tile:bi/1 must be "tile" (got "view")`,
		},
		{
			line: `{"asset": "tile:bi/1", "name": "x", "url": "javascript:x"}`,
			want: `url must begin with https:// or http://`,
		},
		{
			line: `{"asset": "tile:bi/1", "name": "x", "parent": "tile:bi/1"}`,
			want: `an asset must not be its own parent or upstream`,
		},
		{
			line: `{"asset": "tile:bi/1", "name": "x", "built": "never"}`,
			want: `a tile cannot have built`,
		},
		{
			line: `{"asset": "table:RAW.SHOP.ORDERS"}`,
			want: `table:RAW.SHOP.ORDERS was printed in line 1 already`,
		},
		{
			line: `{"scope": "project", "checked": "2026-08-22T05:00:00Z"}`,
			want: `scope must be one word such as "dashboards", and not schema`,
		},
		{
			line: `{"scope": "tables"}`,
			want: `checked must be set to a time`,
		},
		{
			line: `{"checked": "2026-08-22T05:00:00Z"}`,
			want: "asset is missing\nhint: a line has asset, or scope and checked, or note",
		},
		{
			line: `{"note": "a"} {"note": "b"}`,
			want: `more than one JSON value`,
		},
		{
			line: `not JSON`,
			want: `not a JSON object: invalid character`,
		},
		{
			line: `{"asset": "table:A.B.C", "failed": "2026-08-22T05:00:00Z", "succeeded": "x"}`,
			want: `failed and succeeded must not be set together`,
		},
		{
			line: `{"asset": "table:A.B.C", "error": "x"}`,
			want: `error needs failed`,
		},
		{
			line: `{"asset": "table:A.B.C", "succeeded": "2026-08-22T05:00:00Z"}`,
			want: "only a job can have succeeded\nhint: use built",
		},
	} {
		t.Run(tt.line, func(t *testing.T) {
			complete := `{"scope": "tables", "checked": "2026-08-22T05:00:00Z"}`
			answer, err := printing(t, lines[0], tt.line, complete).Observe(t.Context())
			if err == nil || !strings.HasPrefix(err.Error(), "sh: line 2: "+tt.want) {
				t.Errorf("error: got %v, want it to begin with %q", err, "sh: line 2: "+tt.want)
			}
			if len(answer.Observations) != 1 || len(answer.Scopes) != 0 {
				t.Errorf(
					"got %d assets and scopes %v, want the asset of line 1 and no scope",
					len(answer.Observations),
					answer.Scopes,
				)
			}
		})
	}
}

func TestManyBadLinesAreOneErrorWithNotes(t *testing.T) {
	answer, err := printing(t, slices.Repeat([]string{"no"}, 30)...).Observe(t.Context())
	if err == nil || !strings.Contains(err.Error(), "; 29 lines more cannot be read") || len(answer.Notes) != 20 {
		t.Errorf("got %v and %d notes, want 29 lines more and 20 notes", err, len(answer.Notes))
	}
}

func TestAProgramThatFails(t *testing.T) {
	secret := map[string]string{"BI_TOKEN": "hunter22"}
	for script, want := range map[string]string{
		"echo 'no route to host' >&2; exit 3":    "sh: exit status 3: no route to host",
		"exit 1":                                 "sh: exit status 1",
		"echo \"denied: $BI_TOKEN\" >&2; exit 1": "sh: exit status 1: denied: ***",
		"true":                                   "sh: the program printed nothing\nhint: print one JSON object a line",
		"head -c 2000000 /dev/zero | tr '\\0' 'a'":   "sh: a line is longer than 1.0 MB\nhint: print one JSON object a line",
		"echo '{\"note\": \"half\"}'; kill -TERM $$": "sh: signal: terminated",
	} {
		t.Run(script, func(t *testing.T) {
			answer, err := open(t, script, secret).Observe(t.Context())
			if err == nil || err.Error() != want {
				t.Errorf("error: got %v, want %q", err, want)
			}
			if len(answer.Scopes) != 0 {
				t.Errorf("scopes: got %v, want none", answer.Scopes)
			}
		})
	}
}

func TestAProgramGetsOnlyTheVariablesThatEnvNames(t *testing.T) {
	t.Setenv("SNOWFLAKE_PASSWORD", "hunter22")
	script := `echo "{\"note\": \"$BI_URL,$SNOWFLAKE_PASSWORD\"}"`
	answer, err := open(t, script, map[string]string{"BI_URL": "there"}).Observe(t.Context())
	if err != nil || !slices.Equal(answer.Notes, []string{"there,"}) {
		t.Errorf("got notes %q and %v, want \"there,\" and no error", answer.Notes, err)
	}
	_, err = open(t, script, map[string]string{"BI_URL": ""}).Observe(t.Context())
	if want := "sh: BI_URL is not set\nhint: set the variable, or remove it from env in [[source]] \"bi\""; err == nil ||
		err.Error() != want {
		t.Errorf("error: got %v, want %q", err, want)
	}
}

func TestAProgramThatIsNotThere(t *testing.T) {
	config := command.Config{Command: []string{"./absent"}}
	src := config.Open(sources.Setting{Name: "bi", Dir: t.TempDir(), Env: os.Getenv})
	_, err := src.Observe(t.Context())
	want := "./absent: not started: no such file or directory\nhint: command holds a program and its arguments, without a shell"
	if err == nil || err.Error() != want {
		t.Errorf("error: got %v, want %q", err, want)
	}
}

func TestWhatAProgramStartedEndsAtItsDeadline(t *testing.T) {
	alive := filepath.Join(t.TempDir(), "alive")
	script := "echo '" + lines[0] + "'\n(while :; do date >>" + alive + "; sleep 0.05; done) &\nwait\n"
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	answer, err := open(t, script, nil).Observe(ctx)
	if err == nil || err.Error() != "sh: did not end in time\nhint: raise deadline in [[source]] \"bi\"" {
		t.Errorf("error: got %v, want one that names the deadline", err)
	}
	if len(answer.Observations) != 1 {
		t.Errorf("got %d assets, want the one that was printed", len(answer.Observations))
	}
	before, _ := os.ReadFile(alive)
	time.Sleep(300 * time.Millisecond)
	if after, _ := os.ReadFile(alive); len(after) != len(before) {
		t.Error("the process that the program started still runs, want it ended")
	}
}

func TestFaultsOfKeys(t *testing.T) {
	config := command.Config{Env: []string{"A B"}}
	want := []sources.Fault{
		{Key: "command", Says: `required, such as ["python3", "dashboards.py"]`},
		{Key: "env", Says: `must be names of environment variables such as "BI_TOKEN" (got "A B")`},
	}
	if got := config.Faults(); !slices.Equal(got, want) {
		t.Errorf("faults: got %v, want %v", got, want)
	}
}
