package looker_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/freshet-status/freshet/sources"
	"github.com/freshet-status/freshet/sources/looker"
	"github.com/freshet-status/freshet/sources/looker/standin"
)

// session is a token that must not come out anywhere.
const session = "canary-session-77f0"

// A hook answers a call itself, or says that it did not.
type hook = func(w http.ResponseWriter, r *http.Request) bool

// at answers one path below the API with a text.
func at(path, text string) hook {
	return func(w http.ResponseWriter, r *http.Request) bool {
		hit := apiPath(r) == path
		if hit {
			_, _ = io.WriteString(w, text)
		}
		return hit
	}
}

// apiPath returns the path of a call below /api/4.0/, as it was sent.
func apiPath(r *http.Request) string { return strings.TrimPrefix(r.URL.EscapedPath(), "/api/4.0/") }

// observeHostile observes a Looker whose token is session, within patience, and checks what
// every answer must keep. before may answer a call itself.
func observeHostile(
	t *testing.T,
	l *standin.Looker,
	before hook,
	patience time.Duration,
	change ...func(*looker.Config),
) (map[sources.ID]sources.Observation, sources.Answer, error) {
	t.Helper()
	l.ID = "id"
	l.Secret = secret
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if before != nil && before(w, r) {
			return
		}
		got := httptest.NewRecorder()
		if r.Header.Get("Authorization") == "token "+session {
			r.Header.Set("Authorization", "token t1")
		}
		l.ServeHTTP(got, r)
		w.WriteHeader(got.Code)
		_, _ = io.WriteString(w, strings.Replace(got.Body.String(), `"access_token":"t1"`, `"access_token":"`+session+`"`, 1))
	}))
	t.Cleanup(server.Close)
	c := &looker.Config{URL: server.URL, ClientID: "id", SecretEnv: "SECRET"}
	for _, f := range change {
		f(c)
	}
	src := c.Open(
		sources.Setting{
			Secrets: new(sources.Secrets),
			Name:    "looker",
			Dir:     t.TempDir(),
			State:   t.TempDir(),
			Now:     func() time.Time { return now },
			Env:     func(string) string { return secret },
		},
	)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	answer, err := src.Observe(ctx)
	return checkAnswer(t, answer, err), answer, err
}

// checkAnswer returns the observations of an answer by id. It fails the test on duplicates,
// assets without name or id, long texts and secrets.
func checkAnswer(t *testing.T, answer sources.Answer, err error) map[sources.ID]sources.Observation {
	t.Helper()
	seen := make(map[sources.ID]sources.Observation)
	for _, o := range answer.Observations {
		if _, twice := seen[o.ID]; twice {
			t.Errorf("%.80s: got two observations, want one", o.ID)
		}
		seen[o.ID] = o
		if o.Name == "" || strings.HasSuffix(string(o.ID), "/") || o.Parent == o.ID || o.Views < 0 {
			t.Errorf("asset: got %.200v, want a name, an id, another parent, and views of at least 0", o)
		}
		shortenNote(t, o.MissingRef)
	}
	for _, n := range answer.Notes {
		shortenNote(t, n)
	}
	if err != nil {
		shortenNote(t, err.Error())
	}
	if all := fmt.Sprint(answer, err); strings.Contains(all, secret) || strings.Contains(all, session) {
		t.Error("answer and error: got a secret in them, want none")
	}
	return seen
}

// shortenNote returns s as one line of at most 500 bytes.
func shortenNote(t *testing.T, says string) {
	t.Helper()
	if strings.Count(says, "\n") > 1 || len(says) > 1000 || !utf8.ValidString(says) {
		t.Errorf(
			"note: got %d bytes in %d lines, %.200q; want at most 1000 bytes of UTF-8 in 2 lines",
			len(says),
			strings.Count(says, "\n")+1,
			says,
		)
	}
}

// refusalText returns notVisible for a 403 or 404, and "not told" for any other error.
func refusalText(answer sources.Answer, err error) string {
	return strings.Join(append([]string{fmt.Sprint(err)}, answer.Notes...), "\n")
}

// rest is what is there whatever the answer to one call may be: the dashboards,
// of which the lists tell.
var rest = []sources.ID{"dashboard:looker/42", "dashboard:looker/shop::board", "folder:looker/7"}

func has(t *testing.T, seen map[sources.ID]sources.Observation, ids ...sources.ID) {
	t.Helper()
	for _, id := range ids {
		if _, ok := seen[id]; !ok {
			t.Errorf("observations: got none of %.80s, want one", id)
		}
	}
}

// wrong are answers with status 200 that are none.
var wrong = map[string]string{
	"a sign-in page":          "\n<!DOCTYPE html><html><title>Sign in</title></html>",
	"a text that is cut":      `[{"id":"4`,
	"nothing":                 "",
	"null":                    "null",
	"a number":                "7",
	"a word":                  `"x"`,
	"an empty list":           "[]",
	"an empty object":         "{}",
	"nulls in a list":         "[null,null]",
	"lists in a list":         "[[],[[]]]",
	"empty objects in a list": "[{},{}]",
	"numbers in a list":       "[7,8]",
	"bytes":                   "\x00\xff\xfe\x01\x80",
	"brackets a million deep": strings.Repeat("[", 1e6),
	"objects a hundred deep":  strings.Repeat(`{"id":`, 100) + "null" + strings.Repeat("}", 100),
	"two answers":             "[]\n[]",
	"an object that says so":  `{"message":"No."}`,
	"every key, and all null": `[{"id":null,"name":null,"title":null,"folder":null,"parent_id":null,` +
		`"hidden":null,"is_personal":null,"explores":null,"query":null,"look":null,` +
		`"result_maker":null,"dashboard_elements":null,"joins":null}]`,
	"an object with null inside": `{"id":null,"dashboard_elements":[null],"joins":[null],"always_join":[null],` +
		`"name":null,"sql_table_name":null}`,
}

// TestWhateverOneCallAnswers lets each call of a visit answer each of the wrong
// answers in turn: the lists that all hangs on end the visit with an error, any
// other takes no dashboard with it.
func TestWhateverOneCallAnswers(t *testing.T) {
	for _, path := range []string{"folders", "dashboards", "dashboards/search", "lookml_models",
		"queries/run/json", "dashboard_elements/search",
		"dashboards/42", "dashboards/shop::board", "lookml_models/shop/explores/orders", "queries/6/run/sql"} {
		for name, text := range wrong {
			t.Run(path+" answers "+name, func(t *testing.T) {
				l := shop()
				l.HasActivity = path != "dashboard_elements/search"
				seen, answer, err := observeHostile(t, l, at(path, text), 20*time.Second)
				if err != nil && path != "folders" && path != "dashboards" && len(seen) == 0 {
					t.Errorf("Observe: got no observations and %v, want those of the other calls", err)
				}
				if path != "folders" && path != "dashboards" {
					has(t, seen, rest...)
				} else if err == nil && strings.HasPrefix(text, "\n<") {
					t.Errorf(
						"Observe: got no error and notes %q, want an error, because the answer is a page",
						answer.Notes,
					)
				}
			})
		}
	}
}

func TestWhatIsSaidOfOneWrongAnswer(t *testing.T) {
	const page = "<html>Sign in</html>"
	for name, tt := range map[string]struct {
		before hook
		want   string
	}{
		"who opens what": {
			before: at("dashboards/search", page),
			want:   "owners and usage of dashboards: could not be read: dashboards/search: response is HTML",
		},
		"which explores there are": {
			before: at("lookml_models", page),
			want:   "list of explores: could not be read: lookml_models: response is HTML",
		},
		"System Activity": {
			before: at("queries/run/json", page),
			want:   "System Activity: could not be read, so dashboard elements were searched instead: queries/run/json: response is HTML",
		},
		"a dashboard in LookML": {
			before: at("dashboards/shop::board", page),
			want:   "dashboard shop::board: could not be read: dashboards/shop::board: response is HTML",
		},
		"an explore": {
			before: at("lookml_models/shop/explores/orders", page),
			want:   "explore shop::orders: could not be read: lookml_models/shop/explores/orders: response is HTML",
		},
		"SQL that is a page": {at("queries/6/run/sql", page), "SQL of query 6: could not be read"},
		"no content where folders are": {
			before: status("folders", http.StatusNoContent, nil),
			want:   "folders: invalid response: unexpected end of JSON input",
		},
		"no content where an explore is": {
			before: status("lookml_models/shop/explores/daily", http.StatusNoContent, nil),
			want:   "explore shop::daily: could not be read",
		},
		"a folder that is a teapot": {status("folders", http.StatusTeapot, nil), "folders: 418"},
		"a Retry-After of a year": {
			before: status("folders", http.StatusTooManyRequests, http.Header{"Retry-After": {"31536000"}}),
			want:   "folders: 429 Too Many Requests\nhint: wait for the next run: Looker is busy",
		},
		"a Retry-After of an age": {
			before: status("folders", http.StatusTooManyRequests, http.Header{"Retry-After": {"9000000000"}}),
			want:   "folders: 429 Too Many Requests",
		},
		"a redirect in a circle": {
			before: status("folders", http.StatusFound, http.Header{"Location": {"folders"}}),
			want:   "folders: 302 Found",
		},
		"a redirect to nowhere": {status("folders", http.StatusFound, nil), "folders: "},
		"a login that is a list": {
			before: at("login", `[]`),
			want:   "login: invalid response: byte 1: expected object, got array",
		},
		"a token that is a number": {
			before: at("login", `{"access_token":77}`),
			want:   "login: invalid response: byte 18: expected string, got number",
		},
		"a token that is no header": {
			before: at("login", `{"access_token":"canary-session-77f0\r\nX: y"}`),
			want:   "folders: net/http: invalid header field value",
		},
		"a login that is sent elsewhere": {
			before: status("login", http.StatusTemporaryRedirect, http.Header{"Location": {"http://127.0.0.1:1/"}}),
			want:   "login: 307 Temporary Redirect",
		},
		"an answer that says it is in gzip": {squeezed("folders", "nonsense", false), "folders: "},
	} {
		t.Run(name, func(t *testing.T) {
			_, answer, err := observeHostile(t, shop(), tt.before, 20*time.Second)
			if !strings.Contains(refusalText(answer, err), tt.want) {
				t.Errorf("error and notes: got %.2000s, want %q in them", refusalText(answer, err), tt.want)
			}
		})
	}
}

// status answers one path with a status, headers and nothing else.
func status(path string, code int, headers http.Header) hook {
	return func(w http.ResponseWriter, r *http.Request) bool {
		hit := apiPath(r) == path
		if hit {
			for key, values := range headers {
				w.Header()[key] = values
			}
			w.WriteHeader(code)
		}
		return hit
	}
}

// squeezed answers one path with what says that it is in gzip.
func squeezed(path, text string, really bool) hook {
	var b bytes.Buffer
	b.WriteString(text)
	if really {
		b.Reset()
		z, _ := gzip.NewWriterLevel(&b, gzip.BestSpeed)
		for range 300 {
			_, _ = io.WriteString(z, text)
		}
		_ = z.Close()
	}
	return func(w http.ResponseWriter, r *http.Request) bool {
		hit := apiPath(r) == path
		if hit {
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(b.Bytes())
		}
		return hit
	}
}

// endless answers one path with so many MB of spaces.
func endless(path string, mb int) hook {
	space := bytes.Repeat([]byte(" "), 1<<20)
	return func(w http.ResponseWriter, r *http.Request) bool {
		hit := apiPath(r) == path
		for range mb {
			if _, err := w.Write(space); !hit || err != nil {
				break
			}
		}
		return hit
	}
}

func TestAnAnswerWithoutEndIsCut(t *testing.T) {
	if testing.Short() {
		t.Skip("these are 1.2 GB")
	}
	mb := strings.Repeat(" ", 1<<20)
	for name, tt := range map[string]struct {
		before hook
		want   string
	}{
		"a list of 300 MB": {only("folders", endless("folders", 300)), "folders: response is larger than 268.4 MB"},
		"an explore of 300 MB": {
			before: only("lookml_models/shop/explores/daily", endless("lookml_models/shop/explores/daily", 300)),
			want: "explore shop::daily: could not be read: lookml_models/shop/explores/daily: response is " +
				"larger than 268.4 MB",
		},
		"300 MB that come as 1": {squeezed("folders", mb, true), "folders: response is larger than 268.4 MB"},
		"SQL of 300 MB": {
			before: only("queries/6/run/sql", endless("queries/6/run/sql", 300)),
			want:   "SQL of query 6: could not be read, or is larger than 8.4 MB",
		},
		"a refusal of 300 MB": {only("folders", func(w http.ResponseWriter, r *http.Request) bool {
			w.WriteHeader(403)
			return endless("folders", 300)(w, r)
		}), "folders: 403 Forbidden"},
		"an answer that never comes": {
			before: only("folders", func(w http.ResponseWriter, r *http.Request) bool { <-r.Context().Done(); return true }),
			want:   "folders: context deadline exceeded",
		},
		"an answer that comes byte by byte":  {only("folders", drip), "folders: response was cut off: context deadline exceeded"},
		"SQL that comes byte by byte":        {only("queries/6/run/sql", drip), "SQL of query 6: could not be read"},
		"an answer that ends before its end": {only("folders", breaks), "folders: "},
	} {
		t.Run(name, func(t *testing.T) {
			patience := 20 * time.Second
			if strings.Contains(name, "never") || strings.Contains(name, "byte by byte") {
				patience = time.Second
			}
			_, answer, err := observeHostile(t, shop(), tt.before, patience)
			if !strings.Contains(refusalText(answer, err), tt.want) {
				t.Errorf("error and notes: got %.2000s, want %q in them", refusalText(answer, err), tt.want)
			}
		})
	}
}

// only lets a hook answer one path.
func only(path string, h hook) hook {
	return func(w http.ResponseWriter, r *http.Request) bool { return apiPath(r) == path && h(w, r) }
}

// drip sends a byte now and then, until nobody listens.
func drip(w http.ResponseWriter, r *http.Request) bool {
	for r.Context().Err() == nil {
		_, _ = io.WriteString(w, "s")
		w.(http.Flusher).Flush()
		time.Sleep(10 * time.Millisecond)
	}
	return true
}

// breaks promises more than it sends.
func breaks(w http.ResponseWriter, _ *http.Request) bool {
	w.Header().Set("Content-Length", "100")
	_, _ = io.WriteString(w, "[")
	return true
}

func TestNoTokenIsCarriedToAnotherHost(t *testing.T) {
	var asked atomic.Int32
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		body, _ := io.ReadAll(r.Body)
		if all := fmt.Sprint(r.Header, r.URL, string(body)); strings.Contains(all, session) || strings.Contains(all, secret) {
			t.Errorf("%s to another host: got a secret in it, want none", r.Method)
		}
		_, _ = io.WriteString(w, `[]`)
	}))
	defer other.Close()
	elsewhere := strings.Replace(other.URL, "127.0.0.1", "localhost", 1)
	for _, path := range []string{"login", "folders", "queries/run/json", "queries/6/run/sql", "logout"} {
		for _, code := range []int{301, 302, 303, 307, 308} {
			t.Run(fmt.Sprint(path, " answers ", code), func(t *testing.T) {
				observeHostile(t, shop(), status(path, code, http.Header{"Location": {elsewhere + "/x"}}), 20*time.Second)
			})
		}
	}
	if asked.Load() == 0 {
		t.Error("calls to the other host: got none, want some, which prove that redirects are followed")
	}
}

// sqlOf is what the tile 106, whose explore tells of no table, is told to read
// when the SQL of its query is so.
func sqlOf(t *testing.T, sql string, change ...func(*looker.Config)) (sources.Observation, sources.Answer, error) {
	t.Helper()
	seen, answer, err := observeHostile(t, shop(), at("queries/8/run/sql", sql), 30*time.Second, change...)
	return seen["tile:looker/42/106"], answer, err
}

func TestSQLOfAnySizeAndKind(t *testing.T) {
	for name, tt := range map[string]struct{ sql, upstream, note string }{
		"2 MB of columns": {
			sql:      "SELECT " + strings.Repeat("a.column_of_ten, ", 1<<17) + "1 FROM RAW.SHOP.ORDERS",
			upstream: "[table:RAW.SHOP.ORDERS]",
			note:     "",
		},
		"2 MB of unions": {
			sql:      strings.Repeat("SELECT * FROM RAW.SHOP.ORDERS UNION ALL ", 1<<16) + "SELECT 1",
			upstream: "[table:RAW.SHOP.ORDERS]",
			note:     "",
		},
		"9 MB": {
			sql:      "SELECT 1 FROM RAW.SHOP.ORDERS -- " + strings.Repeat("x", 9<<20),
			upstream: "[]",
			note:     "SQL of query 8: could not be read, or is larger than 8.4 MB",
		},
		"a megabyte of brackets": {"SELECT * FROM " + strings.Repeat("(", 1<<20), "[]", ""},
		"a megabyte of selects":  {strings.Repeat("SELECT * FROM (", 1<<16), "[]", ""},
		"a comment without an end": {
			sql:      "SELECT * FROM RAW.SHOP.ORDERS /* " + strings.Repeat("/*", 1<<20),
			upstream: "[table:RAW.SHOP.ORDERS]",
			note:     "",
		},
		"a string without an end": {
			sql:      "SELECT * FROM RAW.SHOP.ORDERS WHERE x = '" + strings.Repeat("''", 1<<20),
			upstream: "[table:RAW.SHOP.ORDERS]",
			note:     "",
		},
		"bytes":                      {"\x00\x01\xff\xfe\x80", "[]", ""},
		"JSON":                       {`{"message":"select"}`, "[]", ""},
		"JSON that looks like a row": {`[{"orders.count":7}]`, "[]", ""},
		"nothing":                    {"", "[]", ""},
		"spaces":                     {" \n\t ", "[]", ""},
		"a page":                     {"<html>select * from here</html>", "[]", "SQL of query 8: could not be read"},
		"words":                      {"Please sign in from your own account.", "[]", ""},
		"an error that is none of ours": {"-- Error: the connection is down\nselect * from x", "[]",
			"SQL of query 8: could not be read: Error: the connection is down"},
		"names with every letter": {`SELECT * FROM "a""b"."ü 😀"."x;y"`, `[table:"a""b"."ü 😀"."x;y"]`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			tile, answer, err := sqlOf(t, tt.sql)
			if err != nil || fmt.Sprint(tile.Upstream) != tt.upstream || tile.MissingRef != "" ||
				!strings.Contains(refusalText(answer, err), tt.note) {
				t.Errorf(
					"tile: got %.300v, notes %q, error %v; want %s and a note with %q",
					tile.Upstream,
					answer.Notes,
					err,
					tt.upstream,
					tt.note,
				)
			}
		})
	}
}

// board is a shop whose one dashboard and its one tile have any id.
func board(dashboard, tile string) *standin.Looker {
	l := shop()
	l.Dashboards = []standin.Dashboard{
		{
			ID:     dashboard,
			Title:  "T",
			Folder: "7",
			Tiles:  []standin.Tile{{ID: tile, Title: "T", Query: orders("5", "orders.count")}},
		},
	}
	return l
}

// TestIDsOfAnyForm has a dashboard with an id of each form beside another. What is
// in LookML is asked for by its id, which is one part of the path.
func TestIDsOfAnyForm(t *testing.T) {
	for name, tt := range map[string]struct{ dashboard, tile string }{
		"two colons":                     {"shop::board", "shop::tile"},
		"two colons and a slash":         {"shop::sub/board", "a/b"},
		"a slash that is escaped":        {"shop::sub%2Fboard", "%2F"},
		"a slash without LookML":         {"a/b", "c/d"},
		"spaces":                         {"my board", " "},
		"spaces in LookML":               {" shop:: b ", "a b"},
		"an emoji":                       {"📈", "🟢"},
		"an emoji in LookML":             {"shop::📈 ü", "é"},
		"a question mark and a fragment": {"shop::a?b=c#d&e", "?#"},
		"dots":                           {"shop::../..", ".."},
		"a percent sign":                 {"shop::100%", "%"},
		"a quote and a tag":              {`"><b>`, `'`},
		"10,000 characters":              {strings.Repeat("x", 10000), strings.Repeat("y", 10000)},
		"10,000 characters in LookML":    {"shop::" + strings.Repeat("x", 9994), strings.Repeat("ü", 10000)},
	} {
		t.Run(name, func(t *testing.T) {
			l := board(tt.dashboard, tt.tile)
			l.Dashboards = append(
				l.Dashboards,
				standin.Dashboard{
					ID:     "1",
					Title:  "Other",
					Folder: "7",
					Tiles:  []standin.Tile{{ID: "1", Query: orders("5", "orders.count")}},
				},
			)
			element, _ := json.Marshal(
				map[string]any{
					"id":    tt.tile,
					"title": "T",
					"query": map[string]any{"id": "5", "model": "shop", "view": "orders", "fields": []string{"orders.count"}},
				},
			)
			seen, answer, err := observeHostile(
				t,
				l,
				at("dashboards/"+url.PathEscape(tt.dashboard), `{"dashboard_elements":[`+string(element)+`]}`),
				20*time.Second,
			)
			o := seen[sources.ID("tile:looker/"+tt.dashboard+"/"+tt.tile)]
			if err != nil || fmt.Sprint(o.Upstream) != "[table:RAW.SHOP.ORDERS]" ||
				o.Parent != sources.ID("dashboard:looker/"+tt.dashboard) ||
				len(answer.Notes) > 0 {
				t.Errorf(
					"tile %s: got %.600v, notes %.600q, error %v; want only table:RAW.SHOP.ORDERS, and no notes",
					tt.tile,
					o,
					answer.Notes,
					err,
				)
			}
		})
	}
}

func TestADashboardOfTenThousandTiles(t *testing.T) {
	for _, activity := range []bool{true, false} {
		l := board("42", "1")
		l.HasActivity = activity
		for i := range 9999 {
			l.Dashboards[0].Tiles = append(
				l.Dashboards[0].Tiles,
				standin.Tile{ID: fmt.Sprint(i + 2), Query: orders("5", "orders.count")},
			)
		}
		seen, answer, err := observeHostile(t, l, nil, 30*time.Second)
		traced := 0
		for _, o := range seen {
			if o.Kind == sources.Tile && fmt.Sprint(o.Upstream) == "[table:RAW.SHOP.ORDERS]" {
				traced++
			}
		}
		if err != nil || traced != 10000 {
			t.Errorf("traced tiles: got %d, notes %q, error %v; want 10000 and no error", traced, answer.Notes, err)
		}
	}
}

// chain are folders of which each is in the next; the last is in that of the
// number to.
func chain(n, to int) (all []standin.Folder) {
	for i := range n {
		parent := fmt.Sprint("f", i+1)
		if i == n-1 {
			parent = fmt.Sprint("f", to)
		}
		all = append(all, standin.Folder{ID: fmt.Sprint("f", i), Name: "F", Parent: parent})
	}
	return all
}

func TestFoldersDeepAndInCircles(t *testing.T) {
	for name, tt := range map[string]struct{ folders, to int }{
		"a folder in itself":                     {1, 0},
		"two in each other":                      {2, 0},
		"three in a circle":                      {3, 0},
		"a folder in one that is in itself":      {2, 1},
		"a way of 40 into a circle of 3":         {43, 40},
		"40 deep, in a folder that is not there": {40, 99},
		"2,000 in a circle":                      {2000, 0},
	} {
		t.Run(name, func(t *testing.T) {
			l := board("42", "1")
			l.Folders = chain(tt.folders, tt.to)
			l.Dashboards[0].Folder = "f0"
			seen, _, err := observeHostile(t, l, nil, 20*time.Second)
			if err != nil {
				t.Fatal(err)
			}
			steps := 0
			for at := sources.ID("dashboard:looker/42"); at != ""; at = seen[at].Parent {
				steps++
				if steps > tt.folders+2 {
					t.Fatalf("parents of dashboard 42: got %d, want at most %d", steps, tt.folders+2)
				}
			}
			if tt.to == 99 && steps != tt.folders+2 {
				t.Errorf("parents of dashboard 42: got %d, want %d", steps, tt.folders+2)
			}
		})
	}
}

func TestTilesOfDashboardsThatAreNotThere(t *testing.T) {
	for name, before := range map[string]hook{
		"by System Activity": at("queries/run/json", `[{"dashboard.id":"99","dashboard_element.id":"1","query.id":"5",
  "query.model":"shop","query.view":"orders"},{"dashboard.id":null,"dashboard_element.id":"2","query.id":"5",
  "query.model":"shop","query.view":"orders"},
			{"dashboard.id":42,"dashboard_element.id":101,"dashboard_element.title":null,"query.id":5,"query.model":"shop",
  "query.view":"orders","query.formatted_fields":"[\"orders.count\"]"}]`),
		"by a search": func(w http.ResponseWriter, r *http.Request) bool {
			return at("queries/run/json", `[]`)(w, r) || at("dashboard_elements/search", `[{"id":1,"dashboard_id":99,
  "query":{"id":5,"model":"shop","view":"orders"}},{"id":2,"query":{"id":5,"model":"shop","view":"orders"}},
				{"id":101,"dashboard_id":42,"title":null,"query":{"id":5,"model":"shop","view":"orders","fields":["orders.count"]}}]`)(w, r)
		},
	} {
		t.Run(name, func(t *testing.T) {
			seen, answer, err := observeHostile(t, shop(), before, 20*time.Second)
			if o := seen["tile:looker/42/101"]; err != nil || fmt.Sprint(o.Upstream) != "[table:RAW.SHOP.ORDERS]" ||
				o.Name != "orders" {
				t.Errorf(
					"tile 101: got %+v, notes %q, error %v; want it as orders, with only table:RAW.SHOP.ORDERS",
					o,
					answer.Notes,
					err,
				)
			}
			for id := range seen {
				if strings.HasPrefix(string(id), "tile:looker/99/") || strings.HasPrefix(string(id), "tile:looker//") {
					t.Errorf("%s: got a tile without a dashboard, want none", id)
				}
			}
		})
	}
}

func TestTitlesAndTypesThatLie(t *testing.T) {
	for name, tt := range map[string]struct {
		before hook
		want   func(map[sources.ID]sources.Observation) bool
	}{
		"titles are null": {at("dashboards", `[{"id":"42","title":null,"description":null,"folder":{"id":"7"}}]`),
			func(s map[sources.ID]sources.Observation) bool {
				return s["dashboard:looker/42"].Name == "42" && s["dashboard:looker/42"].Description == ""
			}},
		"titles are numbers, lists and objects": {at("dashboards", `[{"id":1,"title":7},{"id":2,"title":["x"]},`+
			`{"id":3,"title":{"en":"x"}},{"id":4,`+
			`"title":true}]`), func(s map[sources.ID]sources.Observation) bool {
			return s["dashboard:looker/1"].Name == "7" && s["dashboard:looker/2"].Name == "2" &&
				s["dashboard:looker/3"].Name == "3" && s["dashboard:looker/4"].Name == "4"
		}},
		"keys are of another case, and more": {at("dashboards", `[{"ID":"42","Title":"X","nobody":{"knows":[1,`+
			`{"this":null}]}}]`), func(s map[sources.ID]sources.Observation) bool {
			return s["dashboard:looker/42"].Name == "X"
		}},
		"a folder is named by a number": {at("folders", `[{"id":7,"name":7,"parent_id":1.5}]`),
			func(s map[sources.ID]sources.Observation) bool {
				return s["folder:looker/7"].Name == "7" && s["folder:looker/7"].Parent == "folder:looker/1.5"
			}},
		"when it was opened is a number, a word and a future": {at("dashboards/search", `[{"id":"42","last_viewed_at":1723,`+
			`"updated_at":{},"view_count":"many"},`+
			`{"id":"42",`+
			`"last_viewed_at":"2999-01-01T00:00:00Z",`+
			`"view_count":null}]`), func(s map[sources.ID]sources.Observation) bool {
			r := s["dashboard:looker/42"].Readings
			return len(r) == 1 && r[0].IsInFuture() // the history ignores it
		}},
	} {
		t.Run(name, func(t *testing.T) {
			seen, answer, err := observeHostile(t, shop(), tt.before, 20*time.Second)
			if err != nil || !tt.want(seen) {
				t.Errorf(
					"Observe: got %+v, notes %q, error %v; want no error, and what this case expects",
					seen,
					answer.Notes,
					err,
				)
			}
		})
	}
}

func TestADeadlineInTheMiddleKeepsWhatWasSeen(t *testing.T) {
	before := only(
		"lookml_models/shop/explores/orders",
		func(w http.ResponseWriter, r *http.Request) bool { <-r.Context().Done(); return true },
	)
	seen, answer, err := observeHostile(t, shop(), before, time.Second)
	has(t, seen, rest...)
	if err != nil && !errors.Is(err, context.DeadlineExceeded) ||
		!strings.Contains(refusalText(answer, err), "context deadline exceeded") {
		t.Errorf("Observe: got %v, notes %q; want the deadline as error or in a note", err, answer.Notes)
	}
}

func TestWhatHasNoIDIsLeftOut(t *testing.T) {
	for name, text := range map[string]string{
		"empty":  `[{},{},{"id":"42","title":"R"}]`,
		"null":   `[{"id":null,"title":"x"},{"id":"42","title":"R"}]`,
		"object": `[{"id":{"a":1},"title":"x"},{"id":[1],"title":"y"},{"id":"42","title":"R"}]`,
	} {
		for _, path := range []string{"folders", "dashboards"} {
			t.Run(path+" "+name, func(t *testing.T) {
				seen, _, err := observeHostile(t, shop(), at(path, text), 20*time.Second)
				if err != nil || len(seen) < 3 {
					t.Errorf("Observe: got %d assets and %v, want at least 3 and no error", len(seen), err)
				}
			})
		}
	}
}

func TestWhatIsListedTwiceStandsOnce(t *testing.T) {
	for path, text := range map[string]string{
		"dashboards": `[{"id":"42","title":"A"},{"id":42,"title":"B"}]`,
		"folders":    `[{"id":"7","name":"A"},{"id":7,"name":"B"}]`,
		"dashboard_elements/search": `[{"id":"1","dashboard_id":"42","query":{"id":"5","model":"shop",` +
			`"view":"orders"}},{"id":1,"dashboard_id":"42","query":{"id":"5",` +
			`"model":"shop","view":"orders"}}]`,
		"dashboards/shop::board": `{"dashboard_elements":[{"id":"1","query":{"id":"5","model":"shop",` +
			`"view":"orders"}},{"id":"1","query":{"id":"5","model":"shop",` +
			`"view":"orders"}}]}`,
	} {
		t.Run(path, func(t *testing.T) {
			l := shop()
			l.HasActivity = path != "dashboard_elements/search"
			observeHostile(t, l, func(w http.ResponseWriter, r *http.Request) bool {
				return at(path, text)(w, r)
			}, 20*time.Second)
		})
	}
}

func TestNoTokenToAnotherPort(t *testing.T) {
	carried := false
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		carried = carried || strings.Contains(fmt.Sprint(r.Header), session)
		_, _ = io.WriteString(w, `[]`)
	}))
	defer other.Close()
	observeHostile(t, shop(), status("folders", 302, http.Header{"Location": {other.URL + "/x"}}), 20*time.Second)
	if carried {
		t.Error("call to another port: got the token in its header, want none")
	}
}

func TestWhatIsNoSQLHidesNoExplore(t *testing.T) {
	for name, sql := range map[string]string{
		"JSON":    `{"message":"Busy."}`,
		"nothing": "",
		"bytes":   "\x00\xff",
		"words":   "Please sign in.",
	} {
		t.Run(name, func(t *testing.T) {
			seen, answer, err := observeHostile(t, shop(), at("queries/6/run/sql", sql), 20*time.Second)
			if o := seen["tile:looker/42/102"]; len(o.Upstream) == 0 || o.Traced != "explore" ||
				!strings.Contains(refusalText(answer, err), "query 6") {
				t.Errorf(
					"tile 102: got %v by %q, notes %q; want tables by explore, and a note about query 6",
					o.Upstream,
					o.Traced,
					answer.Notes,
				)
			}
		})
	}
}

func TestAnErrorInPlaceOfSQLIsShort(t *testing.T) {
	for name, sql := range map[string]string{
		"broken": "-- Error: view not found: " + strings.Repeat("x", 1<<20),
		"told":   "-- Error: " + strings.Repeat("x", 1<<20),
		"cut":    "-- Error: view not found: \r\xff\n",
	} {
		t.Run(name, func(t *testing.T) { sqlOf(t, sql) })
	}
}

func TestARefusalThatEchoesTellsNoSecret(t *testing.T) {
	for name, tt := range map[string]struct {
		path, says string
	}{
		"login echoes the secret":     {"login", "bad client_secret " + secret},
		"a list echoes the token":     {"folders", "token " + session + " is bad"},
		"an explore echoes the token": {"lookml_models/shop/explores/daily", "token " + session + " is bad"},
		"SQL echoes the token":        {"queries/8/run/sql", "token " + session + " is bad: view not found"},
		"it is cut in a letter":       {"folders", strings.Repeat("ü", 300)},
		"it is cut in a letter, odd":  {"folders", "x" + strings.Repeat("ü", 300)},
		"it has many lines":           {"folders", "a\r\rb\vc\u2028d"},
	} {
		t.Run(name, func(t *testing.T) {
			observeHostile(
				t,
				shop(),
				only(
					tt.path,
					func(w http.ResponseWriter, r *http.Request) bool { standin.WriteError(w, 400, tt.says); return true },
				),
				20*time.Second,
			)
		})
	}
	t.Run("in SQL", func(t *testing.T) { sqlOf(t, "-- Error: token "+session) })
}

func TestALoginWithoutAToken(t *testing.T) {
	for _, text := range []string{`{}`, `null`, `{"access_token":null}`, `{"access_token":""}`, `{"message":"x"}`} {
		l := shop()
		_, answer, err := observeHostile(t, l, at("login", text), 20*time.Second)
		if err == nil || !strings.HasPrefix(err.Error(), "login: ") {
			t.Errorf(
				"login that answers %s: got %v, notes %q after %q; want an error of login",
				text,
				err,
				answer.Notes,
				l.RecordedCalls(),
			)
		}
	}
}

func TestViews(t *testing.T) {
	for _, n := range []string{"9223372036854775807", "1e400", "-5", `"Infinity"`, `"NaN"`, "1e19", "-1e300"} {
		seen, _, _ := observeHostile(t, shop(), at("dashboards/search", `[{"id":"42","view_count":`+n+`}]`), 20*time.Second)
		if v := seen["dashboard:looker/42"].Views; v < 0 {
			t.Errorf("views for %s: got %d, want at least 0", n, v)
		}
	}
}

func TestOneLieAboutATypeTakesNotTheRest(t *testing.T) {
	for name, tt := range map[string]struct {
		path, text string
		want       []sources.ID
		inactive   bool
	}{
		"folders: a text for a bool": {
			path:     "folders",
			text:     `[{"id":"1","name":"A","is_personal":"false"},{"id":"7","name":"B"}]`,
			want:     []sources.ID{"folder:looker/1", "folder:looker/7"},
			inactive: false,
		},
		"folders: a number for a bool": {
			path:     "folders",
			text:     `[{"id":"1","name":"A","is_personal_descendant":0},{"id":"7","name":"B"}]`,
			want:     []sources.ID{"folder:looker/1", "folder:looker/7"},
			inactive: false,
		},
		"folders: a number for a folder": {"folders", `[7,{"id":"7","name":"B"}]`, []sources.ID{"folder:looker/7"}, false},
		"dashboards: hidden is a text": {
			path:     "dashboards",
			text:     `[{"id":"42","title":"A","hidden":"no"},{"id":"43","title":"B"}]`,
			want:     []sources.ID{"dashboard:looker/42", "dashboard:looker/43"},
			inactive: false,
		},
		"dashboards: folder is a text": {
			path:     "dashboards",
			text:     `[{"id":"42","title":"A","folder":"7"},{"id":"43","title":"B"}]`,
			want:     []sources.ID{"dashboard:looker/42", "dashboard:looker/43"},
			inactive: false,
		},
		"dashboards: folder is a list": {
			path:     "dashboards",
			text:     `[{"id":"42","title":"A","folder":[]},{"id":"43","title":"B"}]`,
			want:     []sources.ID{"dashboard:looker/42", "dashboard:looker/43"},
			inactive: false,
		},
	} {
		t.Run(name, func(t *testing.T) {
			l := shop()
			l.HasActivity = !tt.inactive
			seen, answer, err := observeHostile(t, l, at(tt.path, tt.text), 20*time.Second)
			has(t, seen, tt.want...)
			if err != nil {
				t.Errorf("Observe: got %v, notes %q; want no error", err, answer.Notes)
			}
		})
	}
}

func TestStateThatIsHalf(t *testing.T) {
	for _, key := range []string{
		"spent",
		"explores",
		"queries",
		"sql",
		"details",
		"catalogue.looked",
		"catalogue.folders",
		"catalogue.dashboards",
		"catalogue.tiles",
	} {
		t.Run(key, func(t *testing.T) {
			l := shop()
			l.ID = "id"
			l.Secret = secret
			server := httptest.NewServer(l)
			defer server.Close()
			dir := t.TempDir()
			c := &looker.Config{URL: server.URL, ClientID: "id", SecretEnv: "SECRET"}
			src := c.Open(
				sources.Setting{
					Name:  "looker",
					State: dir,
					Now:   func() time.Time { return now },
					Env:   func(string) string { return secret },
				},
			)
			if _, err := src.Observe(context.Background()); err != nil {
				t.Fatal(err)
			}
			var file string
			_ = filepath.WalkDir(dir, func(p string, d os.DirEntry, err error) error {
				if strings.HasSuffix(p, "looker.json") {
					file = p
				}
				return nil
			})
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			text = damageState(t, text, key)
			if err := os.WriteFile(file, text, 0o600); err != nil {
				t.Fatal(err)
			}
			defer func() {
				if p := recover(); p != nil {
					t.Errorf("Observe with a damaged state: got panic %v, want none", p)
				}
			}()
			if _, err := looker.At(src, now.Add(time.Minute)).Observe(context.Background()); err != nil {
				t.Log(err)
			}
			if err := os.WriteFile(file, text, 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := looker.At(src, now.AddDate(0, 0, 1)).Observe(context.Background()); err != nil {
				t.Log(err)
			}
		})
	}
}

// damageState returns the state file with the value of key set to null, or with a null added if
// it is a list.
func damageState(t *testing.T, text []byte, key string) []byte {
	t.Helper()
	var all map[string]any
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	in := all
	if _, k, ok := strings.Cut(key, "."); ok {
		in = all["catalogue"].(map[string]any)
		key = k
	}
	switch v := in[key].(type) {
	case []any:
		in[key] = append(v, nil)
	case nil:
		t.Fatalf("state: got no value of %s, want one to damage", key)
	default:
		in[key] = nil
	}
	out, _ := json.Marshal(all)
	return out
}
