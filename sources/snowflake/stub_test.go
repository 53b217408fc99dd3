package snowflake_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// An account is a server in this process that speaks as much of Snowflake's
// protocol as a visit needs: sign-in, statements that are answered by the view
// that they read, and the end of a session. It runs no SQL.
type account struct {
	*httptest.Server
	mu    sync.Mutex
	views map[string]answer // by a word of the statement
	login func(w http.ResponseWriter) bool
	asked []string // the statements
	now   time.Time

	signedIn string // the body of the sign-in
	goodbye  func() // at the end of a session
}

// An answer is what a statement gives.
type answer struct {
	columns []column
	rows    [][]any // strings, times and nil
	code    string  // an error of Snowflake
	says    string
	do      func(w http.ResponseWriter) bool // true if it has answered itself
}

type column struct{ name, kind string }

func newAccount(t testing.TB, views map[string]answer) *account {
	t.Helper()
	a := &account{views: views, now: now}
	a.Server = httptest.NewServer(http.HandlerFunc(a.serve))
	t.Cleanup(func() { a.CloseClientConnections(); a.Close() })
	return a
}

func (a *account) serve(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(gunzip(r))
	switch {
	case strings.HasPrefix(r.URL.Path, "/session/v1/login-request"):
		a.signedIn = string(body)
		if a.login == nil || !a.login(w) {
			reply(w, map[string]any{"token": "t", "masterToken": "m", "validityInSeconds": 3600, "masterValidityInSeconds": 14400, "parameters": []any{}, "sessionInfo": map[string]any{"roleName": "FRESHET_RO"}})
		}
	case strings.HasPrefix(r.URL.Path, "/queries/v1/query-request"):
		var q struct{ SQLText string }
		_ = json.Unmarshal(body, &q)
		a.answer(w, q.SQLText)
	default:
		if a.goodbye != nil {
			a.goodbye()
		}
		reply(w, nil)
	}
}

func itoa(n int) string { return strconv.Itoa(n) }

func (a *account) answer(w http.ResponseWriter, statement string) {
	a.mu.Lock()
	a.asked = append(a.asked, statement)
	a.mu.Unlock()
	for word, view := range a.views {
		if strings.Contains(statement, word) {
			a.give(w, view)
			return
		}
	}
	if strings.Contains(statement, "CURRENT_ROLE") {
		a.give(w, answer{columns: []column{{"NOW", "timestamp_ltz"}, {"ROLE", "text"}, {"WAREHOUSE", "text"}}, rows: [][]any{{a.now, "FRESHET_RO", "FRESHET_WH"}}})
		return
	}
	a.give(w, answer{code: "002003", says: "SQL compilation error:\nObject does not exist or not authorized."})
}

func (a *account) give(w http.ResponseWriter, view answer) {
	switch {
	case view.do != nil && view.do(w):
		return
	case view.code != "":
		refuse(w, view.code, view.says)
		return
	}
	var types []any
	for _, c := range view.columns {
		types = append(types, map[string]any{"name": c.name, "type": c.kind, "nullable": true, "scale": 9, "precision": 38, "length": 1000})
	}
	rows := make([][]*string, len(view.rows))
	for i, row := range view.rows {
		for _, v := range row {
			rows[i] = append(rows[i], wire(v))
		}
	}
	reply(w, map[string]any{"parameters": []any{}, "rowtype": types, "rowset": rows, "total": len(rows), "returned": len(rows), "queryId": "01b0", "queryResultFormat": "json", "statementTypeId": 4096, "version": 1})
}

// wire is a value as Snowflake's JSON has it.
func wire(v any) *string {
	var s string
	switch v := v.(type) {
	case nil:
		return nil
	case time.Time:
		s = fmt.Sprintf("%d.%09d", v.Unix(), v.Nanosecond())
	default:
		s = fmt.Sprint(v)
	}
	return &s
}

func reply(w http.ResponseWriter, data any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"data": data, "success": true, "code": nil, "message": nil})
}

func refuse(w http.ResponseWriter, code, says string) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"data": map[string]any{"queryId": "01b0", "sqlState": "42S02"}, "success": false, "code": code, "message": says})
}

// port is where the account listens.
func (a *account) port(t testing.TB) int {
	t.Helper()
	u, err := url.Parse(a.URL)
	if err != nil {
		t.Fatal(err)
	}
	_, port, err := net.SplitHostPort(u.Host)
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
