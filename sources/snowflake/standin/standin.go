// Package standin is a server in this process that speaks as much of Snowflake's
// protocol as a visit needs: sign-in, statements that are answered by the view
// that they read, and the end of a session. Tests and the demo let the real
// source visit it, through the real driver.
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

// An Account is a running server. Its fields may be set before the first visit;
// Set changes what it holds later.
type Account struct {
	Now     func() time.Time                 // what CURRENT_TIMESTAMP tells
	Login   func(w http.ResponseWriter) bool // true if it has answered a sign-in itself
	Goodbye func()                           // is called at the end of a session

	*standin.Server

	mu       sync.Mutex
	views    map[string]Answer
	asked    []string
	signedIn string
}

// An Answer is what a statement gives.
type Answer struct {
	Columns []Column
	Rows    [][]any                          // texts, times and nil
	Code    string                           // an error of Snowflake, such as "002003"; "" is none
	Says    string                           // its words
	Do      func(w http.ResponseWriter) bool // true if it has answered itself
}

// A Column has a name and a type of Snowflake, such as "text".
type Column struct{ Name, Type string }

// Start listens on a free port of this machine. views are answers by a word of
// the statement.
func Start(views map[string]Answer) (*Account, error) {
	a := &Account{views: views}
	server, err := standin.Start(http.HandlerFunc(a.serve))
	if err != nil {
		return nil, err
	}
	a.Server = server
	return a, nil
}

// Set changes what it answers.
func (a *Account) Set(views map[string]Answer) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.views = views
}

// Asked are the statements until now.
func (a *Account) Asked() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]string{}, a.asked...)
}

// SignedIn is the body of the last sign-in.
func (a *Account) SignedIn() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.signedIn
}

func (a *Account) serve(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(plain(r))
	switch {
	case strings.HasPrefix(r.URL.Path, "/session/v1/login-request"):
		a.mu.Lock()
		a.signedIn = string(body)
		a.mu.Unlock()
		if a.Login == nil || !a.Login(w) {
			reply(w, map[string]any{"token": "t", "masterToken": "m", "validityInSeconds": 3600, "masterValidityInSeconds": 14400, "parameters": []any{}, "sessionInfo": map[string]any{"roleName": "FRESHET_RO"}})
		}
	case strings.HasPrefix(r.URL.Path, "/queries/v1/query-request"):
		var q struct{ SQLText string }
		_ = json.Unmarshal(body, &q)
		a.give(w, a.answer(q.SQLText))
	case strings.HasPrefix(r.URL.Path, "/session"):
		if a.Goodbye != nil {
			a.Goodbye()
		}
		reply(w, nil)
	case strings.HasPrefix(r.URL.Path, "/telemetry"):
		reply(w, nil)
	default:
		http.NotFound(w, r)
	}
}

// plain is the body of a request, which the driver may compress.
func plain(r *http.Request) io.Reader {
	if r.Header.Get("Content-Encoding") != "gzip" {
		return r.Body
	}
	z, err := gzip.NewReader(r.Body)
	if err != nil {
		return r.Body
	}
	return z
}

// answer finds what a statement gives.
func (a *Account) answer(statement string) Answer {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.asked = append(a.asked, statement)
	for word, view := range a.views {
		if strings.Contains(statement, word) {
			return view
		}
	}
	if strings.Contains(statement, "CURRENT_ROLE") {
		return Answer{Columns: []Column{{"NOW", "timestamp_ltz"}, {"ROLE", "text"}, {"WAREHOUSE", "text"}}, Rows: [][]any{{a.Now(), "FRESHET_RO", "FRESHET_WH"}}}
	}
	return Answer{Code: "002003", Says: "SQL compilation error:\nObject does not exist or not authorized."}
}

// id is that of the last statement.
func (a *Account) id() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return fmt.Sprintf("01b0-%04d", len(a.asked))
}

func (a *Account) give(w http.ResponseWriter, view Answer) {
	switch {
	case view.Do != nil && view.Do(w):
		return
	case view.Code != "":
		Refuse(w, view.Code, view.Says)
		return
	}
	types := []any{}
	for _, c := range view.Columns {
		types = append(types, map[string]any{"name": c.Name, "type": c.Type, "nullable": true, "scale": 9, "precision": 38, "length": 1000})
	}
	rows := make([][]*string, len(view.Rows))
	for i, row := range view.Rows {
		for _, v := range row {
			rows[i] = append(rows[i], wire(v))
		}
	}
	reply(w, map[string]any{"parameters": []any{}, "rowtype": types, "rowset": rows, "total": len(rows), "returned": len(rows), "queryId": a.id(), "queryResultFormat": "json", "statementTypeId": 4096, "version": 1})
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

// Refuse answers with an error of Snowflake.
func Refuse(w http.ResponseWriter, code, says string) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"data": map[string]any{"queryId": "01b0", "sqlState": "42S02"}, "success": false, "code": code, "message": says})
}
