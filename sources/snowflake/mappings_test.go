package snowflake_test

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/freshet-status/freshet/sources"
	"github.com/freshet-status/freshet/sources/snowflake"
	"github.com/freshet-status/freshet/sources/sourcetest"
)

// A mapping is one request with its answer, in the words of WireMock, as the
// driver publishes them for its own tests.
type mapping struct {
	Scenario string `json:"scenarioName"`
	In       string `json:"requiredScenarioState"`
	Then     string `json:"newScenarioState"`
	Request  struct {
		Method  string             `json:"method"`
		URL     string             `json:"url"`
		Pattern string             `json:"urlPathPattern"`
		Query   map[string]matcher `json:"queryParameters"`
		Headers map[string]matcher `json:"headers"`
		Body    []matcher          `json:"bodyPatterns"`
	} `json:"request"`
	Response struct {
		Status  int               `json:"status"`
		JSON    json.RawMessage   `json:"jsonBody"`
		Body    string            `json:"body"`
		Headers map[string]string `json:"headers"`
		Delay   int               `json:"fixedDelayMilliseconds"`
	} `json:"response"`
}

type matcher struct {
	Equal    string         `json:"equalTo"`
	Matches  string         `json:"matches"`
	JSON     any            `json:"equalToJson"`
	JSONPath map[string]any `json:"matchesJsonPath"` // only ever "is absent", under $.data
}

func (m matcher) takes(text string) bool {
	var body any
	_ = json.Unmarshal([]byte(text), &body)
	switch {
	case m.JSON != nil:
		return lastRefresh(m.JSON, body)
	case m.JSONPath != nil:
		data, _ := body.(map[string]any)["data"].(map[string]any)
		_, there := data[strings.TrimPrefix(m.JSONPath["expression"].(string), "$.data.")]
		return !there
	case m.Matches != "":
		return regexp.MustCompile("^(" + m.Matches + ")$").MatchString(text)
	default:
		return m.Equal == text
	}
}

// lastRefresh returns the last refresh that ended between begin and end: its data time and its
// end. ok is false if there is none.
func lastRefresh(a, b any) bool {
	want, ok := a.(map[string]any)
	if !ok {
		return a == b
	}
	got, _ := b.(map[string]any)
	for k, v := range want {
		if !lastRefresh(v, got[k]) {
			return false
		}
	}
	return true
}

// A player answers as mappings say; what none speaks of is not found.
type player struct {
	mu     sync.Mutex
	all    []mapping
	states map[string]string
	played []string // the scenarios, or patterns, in order
}

func play(t *testing.T, files ...string) (*player, int) {
	t.Helper()
	p := &player{states: make(map[string]string)}
	for _, file := range files {
		data, err := os.ReadFile(sourcetest.CorpusPath(t, "snowflake", "gosnowflake_wiremock", file))
		if err != nil {
			t.Fatal(err)
		}
		var of struct{ Mappings []mapping }
		if err := json.Unmarshal(data, &of); err != nil {
			t.Fatalf("%s: got %v, want it to be JSON", file, err)
		}
		p.all = append(p.all, of.Mappings...)
	}
	server := httptest.NewServer(p)
	t.Cleanup(server.Close)
	return p, server.Listener.Addr().(*net.TCPAddr).Port
}

func (p *player) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	m := p.find(r, string(body))
	if m == nil {
		http.NotFound(w, r)
		return
	}
	time.Sleep(time.Duration(m.Response.Delay) * time.Millisecond)
	for k, v := range m.Response.Headers {
		w.Header().Set(k, v)
	}
	w.WriteHeader(max(m.Response.Status, http.StatusOK))
	_, _ = io.WriteString(w, m.Response.Body+string(m.Response.JSON))
}

func (p *player) find(r *http.Request, body string) *mapping {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, m := range p.all {
		if !p.takes(m, r, body) {
			continue
		}
		if m.Then != "" {
			p.states[m.Scenario] = m.Then
		}
		p.played = append(p.played, m.Request.Pattern)
		return &p.all[i]
	}
	return nil
}

func (p *player) takes(m mapping, r *http.Request, body string) bool {
	state := p.states[m.Scenario]
	if m.In != "" && m.In != state && (m.In != "Started" || state != "") {
		return false
	}
	q := m.Request
	ok := (q.Method == "" || q.Method == r.Method) && (q.URL == "" || q.URL == r.URL.RequestURI()) &&
		(q.Pattern == "" || regexp.MustCompile("^("+q.Pattern+")$").MatchString(r.URL.Path))
	for name, want := range q.Query {
		ok = ok && want.takes(r.URL.Query().Get(name))
	}
	for name, want := range q.Headers {
		ok = ok && want.takes(r.Header.Get(name))
	}
	for _, want := range q.Body {
		ok = ok && want.takes(body)
	}
	return ok
}

// TestPublishedAnswers plays what the driver's authors recorded: of signing in
// that works, the first statement then gets what it did not ask for.
func TestPublishedAnswers(t *testing.T) {
	const wrongAnswer = "sign in: response does not match the statement (sql: expected 1 destination arguments in Scan, not 3)\n" +
		"hint: check for a proxy or firewall that answers for Snowflake"
	byPassword := func(user, word string) func(*snowflake.Config) {
		return func(c *snowflake.Config) {
			c.User = user
			c.PasswordEnv = word
		}
	}
	byToken := func(file string) func(*snowflake.Config) {
		return func(c *snowflake.Config) {
			c.User = "testUser"
			c.TokenFile = file
		}
	}
	for name, tt := range map[string]struct {
		files  []string
		change func(*snowflake.Config)
		played string
		want   string
	}{
		"a password": {
			files:  []string{"auth/password/successful_flow.json", "select1.json", "close_session.json"},
			change: byPassword("testUser", "GOOD"),
			played: "login query close",
			want:   wrongAnswer,
		},
		"a wrong password": {
			files:  []string{"auth/password/invalid_password.json"},
			change: byPassword("testUser", "BAD"),
			played: "login",
			want: "sign in: 390100 (08004): Incorrect username or password was specified.\n" +
				"hint: check the user and the secret",
		},
		"a wrong user": {
			files:  []string{"auth/password/invalid_user.json"},
			change: byPassword("bogus", "GOOD"),
			played: "login",
			want: "sign in: 390422 (08004): Incorrect username or password was specified.\n" +
				"hint: check the user, and the network policy of the account",
		},
		"a wrong account": {
			files:  []string{"auth/password/invalid_host.json"},
			change: byPassword("testUser", "GOOD"),
			played: "login",
			want: "sign in: 260008 (08004): failed to connect to db. verify account name is correct. HTTP: " +
				"403, URL: URL\n" +
				"hint: check account, such as \"myorg-myaccount\", and the outbound firewall",
		},
		"a token": {
			files:  []string{"auth/pat/successful_flow.json", "select1.json", "close_session.json"},
			change: byToken("some PAT"),
			played: "login query close",
			want:   wrongAnswer,
		},
		"a token that died": {
			files:  []string{"auth/pat/invalid_token.json"},
			change: byToken("some PAT"),
			played: "login",
			want: "sign in: 394400 (08004): Programmatic access token is invalid.\n" +
				"hint: renew the programmatic access token: it is wrong, expired or disabled",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, port := play(t, tt.files...)
			_, err := openAt(t, port, tt.change).Observe(context.Background())
			if err == nil {
				t.Fatalf("Observe: got no error, want %s", tt.want)
			}
			if got := regexp.MustCompile(`http://\S+`).ReplaceAllString(err.Error(), "URL"); got != tt.want {
				t.Errorf("error of Observe:\ngot  %s\nwant %s", got, tt.want)
			}
			if got := p.story(); got != tt.played {
				t.Errorf("calls played: got %s, want %s", got, tt.played)
			}
		})
	}
}

// TestPublishedAnswersOfALongQueryEndInAnError hangs itself if neither an answer nor the deadline ends
// the visit.
func TestPublishedAnswersOfALongQueryEndInAnError(t *testing.T) {
	_, port := play(t, "auth/password/successful_flow.json", "query/long_running_query.json", "close_session.json")
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	_, err := openAt(t, port, func(c *snowflake.Config) {
		c.User = "testUser"
		c.PasswordEnv = "GOOD"
	}).Observe(ctx)
	if err == nil {
		t.Error("Observe of a query that runs long: got no error, want one")
	}
}

func (p *player) story() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	words := map[string]string{
		"/session/v1/login-request.*": "login",
		"/queries/v1/query-request.*": "query",
		"/session":                    "close",
	}
	var all []string
	for _, pattern := range p.played {
		all = append(all, words[pattern])
	}
	return strings.Join(all, " ")
}

func openAt(t *testing.T, port int, change func(*snowflake.Config)) sources.Source {
	t.Helper()
	dir := t.TempDir()
	c := new(snowflake.Config)
	c.Account = "testAccount"
	c.Host = "127.0.0.1"
	c.Port = port
	c.Protocol = "http"
	change(c)
	if c.TokenFile != "" {
		token := c.TokenFile
		c.TokenFile = filepath.Join(dir, "token")
		if err := os.WriteFile(c.TokenFile, []byte(token), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return c.Open(sources.Setting{Name: "snowflake", Dir: dir, Now: time.Now, Env: func(name string) string {
		return map[string]string{"GOOD": "testPassword", "BAD": "INVALID_PASSWORD"}[name]
	}})
}
