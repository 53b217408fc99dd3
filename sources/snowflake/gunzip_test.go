package snowflake_test

import (
	"compress/gzip"
	"io"
	"net/http"
)

// gunzip is the body of a request, which the driver may compress.
func gunzip(r *http.Request) io.Reader {
	if r.Header.Get("Content-Encoding") != "gzip" {
		return r.Body
	}
	z, err := gzip.NewReader(r.Body)
	if err != nil {
		return r.Body
	}
	return z
}
