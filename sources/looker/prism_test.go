package looker_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path"
	"strings"
	"testing"
	"time"

	"github.com/freshet-status/freshet/sources"
	"github.com/freshet-status/freshet/sources/looker"
)

// A gate stands before a mock that Prism made of the description of the API. It
// asks for a refusal, by the header that Prism has for it, of calls on a path.
type gate struct {
	on     string // a pattern of the path; "" is none
	status int
	after  string // Retry-After; "" is not said
	hits   int
}

// A place is where Looker may refuse, and what is then told of it.
type place struct {
	on   string
	told string // "error", "note", or "" for nothing
	path string // as it is told
}

var places = []place{
	{on: "login", told: "error", path: "login"},
	{on: "folders", told: "error", path: "folders"},
	{on: "dashboards", told: "error", path: "dashboards"},
	{on: "dashboards/search", told: "note", path: "dashboards/search"},
	{on: "lookml_models", told: "note", path: "lookml_models"},
	{on: "queries/run/json", told: "note", path: "queries/run/json"},
	{on: "dashboard_elements/search", told: "error", path: "tiles: dashboard_elements/search"},
	{on: "dashboards/m::x", told: "note", path: "dashboards/m::x"},
	{on: "lookml_models/*/explores/*", told: "note", path: "lookml_models/string/explores/string"},
	{on: "queries/*/run/sql", told: "note", path: "queries/string/run/sql"},
	{on: "logout", told: "", path: ""},
}

// refusedStatuses holds the ways in which Looker refuses a call.
var refusedStatuses = []gate{
	{
		status: 400,
	}, {status: 401}, {status: 403}, {status: 404}, {status: 409}, {status: 422}, {status: 429}, {
		status: 429,
		after:  "1",
	}, {status: 500},
}

// TestPeerOfLookerPrism visits a mock of the description: as it is, and refusing
// on each path with each status. FRESHET_LOOKER_PRISM is its address.
func TestPeerOfLookerPrism(t *testing.T) {
	if os.Getenv("FRESHET_LOOKER_PRISM") == "" {
		t.Skip("FRESHET_LOOKER_PRISM is not set: it is the address of a mock of Looker's API")
	}
	t.Run("plain", plain)
	for _, r := range refusedStatuses {
		for _, p := range places {
			t.Run(r.name(p.on), func(t *testing.T) { refused(t, p, r) })
		}
		for _, on := range []string{"login", "user"} {
			t.Run(r.name("connect "+on), func(t *testing.T) { unconnected(t, on, r) })
		}
	}
}

// name names a test of a refusal. A slash would make it one within another.
func (g *gate) name(on string) string {
	if g.after != "" {
		on += " after " + g.after
	}
	return fmt.Sprint(g.status, " ", strings.ReplaceAll(on, "/", " "))
}

// plain expects that nothing which is asked for is refused, and what samples hold.
func plain(t *testing.T) {
	g := &gate{}
	src := g.open(t)
	seen, answer := observeSource(t, src)
	for _, id := range []sources.ID{"tile:looker/string/string", "tile:looker/m::x/string"} {
		if o := seen[id]; fmt.Sprint(o.Upstream) != "[table:A.B.C]" || o.Traced != "sql" || o.MissingRef != "" {
			t.Errorf("%s: got %+v, want only table:A.B.C by sql, and nothing missing", id, o)
		}
	}
	if fmt.Sprint(
		answer.Notes,
	) != "[System Activity: could not be read, so dashboard elements were searched instead: no dashboard element returned]" {
		t.Errorf("notes: got %q, want only one that System Activity is not read", answer.Notes)
	}
	works, missing := src.(sources.Connector).Connect(t.Context())
	if len(missing) != 0 || len(works) != 6 || works[5] != "see_sql: granted (SQL of tiles)" {
		t.Errorf(
			"Connect: got works %q, missing %v; want 6 works, the last of see_sql, and none missing",
			works,
			missing,
		)
	}
	t.Logf("%d assets by %d calls", len(seen), answer.Requests)
}

// refused expects that a refusal is told once, in words for people, and that a
// visit sees what else there is.
func refused(t *testing.T, p place, g gate) {
	t.Parallel()
	g.on = p.on
	ctx, cancel := context.WithTimeout(t.Context(), 25*time.Second)
	defer cancel()
	answer, err := g.open(t).Observe(ctx)
	if g.hits == 0 || ctx.Err() != nil {
		t.Errorf("refused calls: got %d, context %v; want some before the deadline", g.hits, ctx.Err())
	}
	clean(t, answer.Notes...)
	if err != nil {
		clean(t, err.Error())
	}
	holds(t, p, g, answer, err)
}

// calls is how often a place is asked for: dashboards are searched for their usage,
// and for those that were deleted.
func (p place) calls() int {
	if p.on == "dashboards/search" {
		return 2
	}
	return 1
}

// holds expects a refusal where it is told.
func holds(t *testing.T, p place, g gate, answer sources.Answer, err error) {
	t.Helper()
	says := fmt.Sprintf("%s: %d %s", p.path, g.status, http.StatusText(g.status))
	hidden := p.on == "lookml_models/*/explores/*" && (g.status == 403 || g.status == 404)
	switch notes := strings.Join(answer.Notes, "\n"); {
	case p.told == "error" && (err == nil || !strings.HasPrefix(err.Error(), says)):
		t.Errorf("Observe: got %v, want an error that begins with %s", err, says)
	case p.told != "error" && (err != nil || len(answer.Observations) < 4):
		t.Errorf("Observe: got %d observations and %v, want at least 4 and no error", len(answer.Observations), err)
	case p.told == "note" && strings.Count(notes, says) != p.calls() && !hidden:
		t.Errorf("notes: got %q, want %s, %d times", notes, says, p.calls())
	}
}

// unconnected expects that a refusal ends an attempt to connect, and says why.
func unconnected(t *testing.T, on string, g gate) {
	t.Parallel()
	g.on = on
	ctx, cancel := context.WithTimeout(t.Context(), 25*time.Second)
	defer cancel()
	works, missing := g.open(t).(sources.Connector).Connect(ctx)
	says := fmt.Sprintf("%s: %d %s", on, g.status, http.StatusText(g.status))
	if len(works) != 0 || len(missing) != 1 || !strings.HasPrefix(missing[0].Error(), says) || ctx.Err() != nil {
		t.Fatalf("Connect: got works %q, missing %v; want no works and only %s missing", works, missing, says)
	}
	clean(t, missing[0].Error())
}

// clean expects texts of one line, or of two of which one is a hint, with no
// secret and no address in them.
func clean(t *testing.T, texts ...string) {
	t.Helper()
	for _, s := range texts {
		first, hint, more := strings.Cut(s, "\n")
		if first == "" || more && !strings.HasPrefix(hint, "hint: ") || strings.Contains(hint, "\n") || len(s) > 400 {
			t.Errorf("text: got %q, want one line, or two with a hint, of at most 400 bytes", s)
		}
		for _, private := range []string{secret, "tok123", "127.0.0.1", "://", "{"} {
			if strings.Contains(s, private) {
				t.Errorf("text: got %q, want no %q in it", s, private)
			}
		}
	}
}

// open is the source that visits the mock by way of the gate.
func (g *gate) open(t *testing.T) sources.Source {
	t.Helper()
	peer, err := url.Parse(os.Getenv("FRESHET_LOOKER_PRISM"))
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(&httputil.ReverseProxy{
		Rewrite:        func(r *httputil.ProxyRequest) { r.SetURL(peer); g.ask(r.Out) },
		ModifyResponse: func(r *http.Response) error { return g.answer(t, r) },
	})
	t.Cleanup(server.Close)
	c := &looker.Config{URL: server.URL, ClientID: "id", SecretEnv: "SECRET", Personal: true}
	return c.Open(
		sources.Setting{
			Name:  "looker",
			State: t.TempDir(),
			Now:   func() time.Time { return now },
			Env:   func(string) string { return secret },
		},
	)
}

// refuses reports whether a call is to be refused.
func (g *gate) refuses(r *http.Request) bool {
	hit, _ := path.Match("/api/4.0/"+g.on, r.URL.Path)
	return hit
}

// ask asks the mock for a refusal.
func (g *gate) ask(r *http.Request) {
	r.Header.Del("Accept-Encoding")
	if g.refuses(r) {
		g.hits++
		r.Header.Set("Prefer", fmt.Sprint("code=", g.status))
	}
}

// answer gives an answer the status that was asked for, also where the
// description has none such: the mock says so then, under another status. What it
// does not refuse must be allowed by the description.
func (g *gate) answer(t *testing.T, r *http.Response) error {
	if g.refuses(r.Request) {
		r.StatusCode = g.status
		if g.after != "" {
			r.Header.Set("Retry-After", g.after)
		}
		return nil
	}
	body, err := io.ReadAll(r.Body)
	if r.StatusCode/100 != 2 || r.Header.Get("Sl-Violations") != "" {
		t.Errorf(
			"%s: got status %d, body %s, violations %q; want success without a violation",
			r.Request.URL.Path,
			r.StatusCode,
			body,
			r.Header.Get("Sl-Violations"),
		)
	}
	body = sample(r.Request.URL.Path, body)
	r.Header.Del("Content-Length")
	r.ContentLength = -1
	r.Body = io.NopCloser(bytes.NewReader(body))
	return err
}

// sample makes of the mock's samples a Looker in which every call has a reason: a
// dashboard in LookML beside the other, no row of System Activity (of which the
// description has a text), an explore that is made by SQL, and that SQL.
func sample(of string, body []byte) []byte {
	text := string(body)
	switch {
	case of == "/api/4.0/dashboards":
		one := strings.Trim(text, "[]\n")
		text = "[" + one + "," + strings.Replace(one, `"hidden":true,"id":"string"`, `"hidden":true,"id":"m::x"`, 1) + "]"
	case of == "/api/4.0/queries/run/json":
		text = "[]"
	case strings.Contains(of, "/explores/"):
		text = strings.ReplaceAll(text, `"sql_table_name":"string"`, `"sql_table_name":null`)
	case strings.HasSuffix(of, "/run/sql"):
		text = "SELECT * FROM A.B.C"
	}
	return []byte(text)
}
