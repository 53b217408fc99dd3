// Package standin is a server in this process that speaks the part of Snowflake's protocol that
// a visit needs: sign-in, statements, and the end of a session. A statement is answered by the
// view that it reads. Tests and the demo can so run the real source, through the real driver.
//
// It runs no SQL, keeps no table and lets everybody in.
package standin

import (
	"github.com/freshet-status/freshet/sources/standin"

	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"
)

// An Account is a running server. Its fields may be set before the first visit; SetViews
// changes what it answers later.
type Account struct {
	Now            func() time.Time                 // returns CURRENT_TIMESTAMP
	InterceptLogin func(w http.ResponseWriter) bool // called first at a sign-in; true if it has answered itself; may be nil
	OnLogout       func()                           // called at the end of a session; may be nil

	*standin.Server

	mu         sync.Mutex
	views      map[string]Answer
	statements []string
	lastLogin  string
}

// An Answer is the result of a statement: rows, or an error.
type Answer struct {
	Columns   []Column
	Rows      [][]any                          // values are texts, times and nil
	Code      string                           // code of an error of Snowflake, such as "002003"; "" if there is none
	Says      string                           // message of the error
	Intercept func(w http.ResponseWriter) bool // called first; true if it has answered itself; may be nil
}

// A Column has a name and a type of Snowflake, such as "text".
type Column struct{ Name, Type string }

// Start serves an account on a free port of this machine. views holds an answer for each word
// that a statement may contain.
func Start(views map[string]Answer) (*Account, error) {
	a := &Account{views: views}
	server, err := standin.Start(http.HandlerFunc(a.serveRequest))
	if err != nil {
		return nil, err
	}
	a.Server = server
	return a, nil
}

// SetViews replaces the answers, by a word of the statement.
func (a *Account) SetViews(views map[string]Answer) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.views = views
}

// Statements returns the text of all statements until now, oldest first.
func (a *Account) Statements() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]string{}, a.statements...)
}

// LastLogin returns the body of the last sign-in, in JSON; "" if there was none.
func (a *Account) LastLogin() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.lastLogin
}

// serveRequest answers one request of the driver.
func (a *Account) serveRequest(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(requestBody(r))
	switch {
	case strings.HasPrefix(r.URL.Path, "/session/v1/login-request"):
		a.mu.Lock()
		a.lastLogin = string(body)
		a.mu.Unlock()
		if a.InterceptLogin == nil || !a.InterceptLogin(w) {
			writeData(
				w,
				map[string]any{
					"token":                   "t",
					"masterToken":             "m",
					"validityInSeconds":       3600,
					"masterValidityInSeconds": 14400,
					"parameters":              []any{},
					"sessionInfo":             map[string]any{"roleName": "FRESHET_RO"},
				},
			)
		}
	case strings.HasPrefix(r.URL.Path, "/queries/v1/query-request"):
		var q struct{ SQLText string }
		_ = json.Unmarshal(body, &q)
		a.writeAnswer(w, a.findAnswer(q.SQLText))
	case strings.HasPrefix(r.URL.Path, "/session"):
		if a.OnLogout != nil {
			a.OnLogout()
		}
		writeData(w, nil)
	case strings.HasPrefix(r.URL.Path, "/telemetry"):
		writeData(w, nil)
	default:
		http.NotFound(w, r)
	}
}

// requestBody returns the body of a request, which the driver may compress.
func requestBody(r *http.Request) io.Reader {
	if r.Header.Get("Content-Encoding") != "gzip" {
		return r.Body
	}
	z, err := gzip.NewReader(r.Body)
	if err != nil {
		return r.Body
	}
	return z
}

// findAnswer records a statement, and returns the answer for a word in it. Without one it
// answers who is signed in, or that the object does not exist.
func (a *Account) findAnswer(statement string) Answer {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.statements = append(a.statements, statement)
	for word, view := range a.views {
		if strings.Contains(statement, word) {
			return view
		}
	}
	if strings.Contains(statement, "CURRENT_ROLE") {
		return Answer{
			Columns: []Column{
				{Name: "NOW", Type: "timestamp_ltz"},
				{Name: "ROLE", Type: "text"},
				{Name: "WAREHOUSE", Type: "text"},
			},
			Rows: [][]any{{a.Now(), "FRESHET_RO", "FRESHET_WH"}},
		}
	}
	return Answer{Code: "002003", Says: "SQL compilation error:\nObject does not exist or not authorized."}
}

// queryID returns the id of the last statement.
func (a *Account) queryID() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return fmt.Sprintf("01b0-%04d", len(a.statements))
}

// writeAnswer answers with the rows or the error of view, in the form of Snowflake's query API.
func (a *Account) writeAnswer(w http.ResponseWriter, view Answer) {
	switch {
	case view.Intercept != nil && view.Intercept(w):
		return
	case view.Code != "":
		WriteError(w, view.Code, view.Says)
		return
	}
	types := []any{}
	for _, c := range view.Columns {
		types = append(
			types,
			map[string]any{"name": c.Name, "type": c.Type, "nullable": true, "scale": 9, "precision": 38, "length": 1000},
		)
	}
	rows := make([][]*string, len(view.Rows))
	for i, row := range view.Rows {
		for _, v := range row {
			rows[i] = append(rows[i], encodeValue(v))
		}
	}
	writeData(
		w,
		map[string]any{
			"parameters":        []any{},
			"rowtype":           types,
			"rowset":            rows,
			"total":             len(rows),
			"returned":          len(rows),
			"queryId":           a.queryID(),
			"queryResultFormat": "json",
			"statementTypeId":   4096,
			"version":           1,
		},
	)
}

// encodeValue returns a value as Snowflake's JSON has it: a text, for times in seconds since
// 1970; nil is null.
func encodeValue(v any) *string {
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

// writeData answers that a request succeeded, with data.
func writeData(w http.ResponseWriter, data any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"data": data, "success": true, "code": nil, "message": nil})
}

// WriteError answers with an error of Snowflake.
func WriteError(w http.ResponseWriter, code, says string) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).
		Encode(map[string]any{
			"data":    map[string]any{"queryId": "01b0", "sqlState": "42S02"},
			"success": false,
			"code":    code,
			"message": says,
		})
}
