// Package described compares the server of a test with the OpenAPI description of the API that
// it stands in for: every call and every answer. Schemas are closed, so that a key that the
// description does not have is a failure.
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

// A description is the OpenAPI file of an API, loaded once.
type description struct {
	once   sync.Once
	router routers.Router
	err    error
}

var (
	// descriptionsLock guards descriptions, which holds all that were loaded, by file.
	descriptionsLock sync.Mutex
	descriptions     = make(map[string]*description)
)

// WrapHandler returns h as a handler that fails the test if a call or an answer differs from
// the description. variable is the environment variable that names its file; if that is not
// set, h is returned as it is.
func WrapHandler(t testing.TB, variable string, h http.Handler) http.Handler {
	t.Helper()
	file := os.Getenv(variable)
	if file == "" {
		t.Logf("%s is not set: answers are not held against the description of the API", variable)
		return h
	}
	router := loadRouter(t, file)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { answerAndCompare(t, router, h, w, r) })
}

// loadRouter returns the router of the description in file, which it reads once per process. It
// fails the test if the file cannot be read.
func loadRouter(t testing.TB, file string) routers.Router {
	t.Helper()
	descriptionsLock.Lock()
	d := descriptions[file]
	if d == nil {
		d = new(description)
		descriptions[file] = d
	}
	descriptionsLock.Unlock()
	d.once.Do(func() { d.router, d.err = readDescription(file) })
	if d.err != nil {
		t.Fatalf("description %s: got %v, want no error", file, d.err)
	}
	return d.router
}

// readDescription reads an OpenAPI file, closes its schemas, and returns a router for its paths
// on any server.
func readDescription(file string) (routers.Router, error) {
	doc, err := openapi3.NewLoader().LoadFromFile(file)
	if err != nil {
		return nil, err
	}
	doc.Servers = nil
	for _, s := range doc.Components.Schemas {
		if v := s.Value; v != nil && len(v.Properties) > 0 && v.AdditionalProperties.Has == nil &&
			v.AdditionalProperties.Schema == nil {
			v.AdditionalProperties.Has = new(bool)
		}
	}
	return gorillamux.NewRouter(doc)
}

// answerAndCompare answers r with h, and reports a call, or an answer of JSON with status 200,
// that differs from the description.
func answerAndCompare(t testing.TB, router routers.Router, h http.Handler, w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	probe := r.Clone(context.Background())
	probe.Body = io.NopCloser(bytes.NewReader(body))
	route, params, err := router.FindRoute(probe)
	if err != nil {
		t.Errorf("%s %s: got %v, want a call of the description", r.Method, r.URL.Path, err)
		h.ServeHTTP(w, r)
		return
	}
	in := &openapi3filter.RequestValidationInput{Request: probe, PathParams: params, Route: route,
		Options: &openapi3filter.Options{MultiError: true, AuthenticationFunc: openapi3filter.NoopAuthenticationFunc}}
	reportError(t, r, "the call", openapi3filter.ValidateRequest(context.Background(), in))
	for key := range r.URL.Query() {
		if route.Operation.Parameters.GetByInAndName("query", key) == nil {
			t.Errorf("%s %s: got the parameter %q, want only those of the description", r.Method, r.URL.Path, key)
		}
	}
	got := httptest.NewRecorder()
	h.ServeHTTP(got, r)
	if got.Code == http.StatusOK && strings.Contains(got.Header().Get("Content-Type"), "json") && !isPlainText(r.URL.Path) {
		out := &openapi3filter.ResponseValidationInput{
			RequestValidationInput: in,
			Status:                 got.Code,
			Header:                 got.Header(),
			Options:                &openapi3filter.Options{MultiError: true},
		}
		out.SetBodyBytes(got.Body.Bytes())
		reportError(t, r, "the answer", openapi3filter.ValidateResponse(context.Background(), out))
	}
	for key, values := range got.Header() {
		w.Header()[key] = values
	}
	w.WriteHeader(got.Code)
	_, _ = w.Write(got.Body.Bytes())
}

// isPlainText reports whether the answer at path is a file or a query result, which the
// description only calls text.
func isPlainText(path string) bool {
	return strings.Contains(path, "/artifacts/") || strings.Contains(path, "/run/")
}

// reportError reports err, if it is not nil, as a test failure of the call or the answer that
// part names.
func reportError(t testing.TB, r *http.Request, part string, err error) {
	if err != nil {
		t.Errorf("%s %s: got %s with the error %.600s, want it as described", r.Method, r.URL.RequestURI(), part, err)
	}
}
