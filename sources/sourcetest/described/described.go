// Package described holds a server of a test against the description of the API
// that it stands in for: every call and every answer, with schemas closed, so
// that a key which the description does not have is wrong.
package described

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
)

// A description is loaded once.
type description struct {
	once   sync.Once
	router routers.Router
	err    error
}

var (
	mu    sync.Mutex
	known = make(map[string]*description)
)

// By wraps a server so that the test fails where a call or an answer is not as
// the description in the file says that the variable of the environment names.
// Where it names none, the server is used as it is.
func By(t testing.TB, variable string, h http.Handler) http.Handler {
	t.Helper()
	file := os.Getenv(variable)
	if file == "" {
		t.Logf("%s is not set: answers are not held against the description of the API", variable)
		return h
	}
	router := load(t, file)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { answer(t, router, h, w, r) })
}

func load(t testing.TB, file string) routers.Router {
	t.Helper()
	mu.Lock()
	d := known[file]
	if d == nil {
		d = new(description)
		known[file] = d
	}
	mu.Unlock()
	d.once.Do(func() { d.router, d.err = read(file) })
	if d.err != nil {
		t.Fatal(d.err)
	}
	return d.router
}

func read(file string) (routers.Router, error) {
	doc, err := openapi3.NewLoader().LoadFromFile(file)
	if err != nil {
		return nil, err
	}
	doc.Servers = nil
	for _, s := range doc.Components.Schemas {
		if v := s.Value; v != nil && len(v.Properties) > 0 && v.AdditionalProperties.Has == nil && v.AdditionalProperties.Schema == nil {
			v.AdditionalProperties.Has = new(bool)
		}
	}
	return gorillamux.NewRouter(doc)
}

func answer(t testing.TB, router routers.Router, h http.Handler, w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	probe := r.Clone(context.Background())
	probe.Body = io.NopCloser(bytes.NewReader(body))
	route, params, err := router.FindRoute(probe)
	if err != nil {
		t.Errorf("%s %s: %v", r.Method, r.URL.Path, err)
		h.ServeHTTP(w, r)
		return
	}
	in := &openapi3filter.RequestValidationInput{Request: probe, PathParams: params, Route: route,
		Options: &openapi3filter.Options{MultiError: true, AuthenticationFunc: openapi3filter.NoopAuthenticationFunc}}
	wrong(t, r, "the call", openapi3filter.ValidateRequest(context.Background(), in))
	for key := range r.URL.Query() {
		if route.Operation.Parameters.GetByInAndName("query", key) == nil {
			t.Errorf("%s %s: the description has no parameter %q", r.Method, r.URL.Path, key)
		}
	}
	got := httptest.NewRecorder()
	h.ServeHTTP(got, r)
	if got.Code == http.StatusOK && strings.Contains(got.Header().Get("Content-Type"), "json") && !plain(r.URL.Path) {
		out := &openapi3filter.ResponseValidationInput{RequestValidationInput: in, Status: got.Code, Header: got.Header(), Options: &openapi3filter.Options{MultiError: true}}
		out.SetBodyBytes(got.Body.Bytes())
		wrong(t, r, "the answer", openapi3filter.ValidateResponse(context.Background(), out))
	}
	for key, values := range got.Header() {
		w.Header()[key] = values
	}
	w.WriteHeader(got.Code)
	_, _ = w.Write(got.Body.Bytes())
}

// plain reports whether an answer is a file or a result, of which a description
// says nothing but that it is text.
func plain(path string) bool {
	return strings.Contains(path, "/artifacts/") || strings.Contains(path, "/run/")
}

func wrong(t testing.TB, r *http.Request, what string, err error) {
	if err != nil {
		t.Errorf("%s %s: %s: %.600s", r.Method, r.URL.RequestURI(), what, err)
	}
}
