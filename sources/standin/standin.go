// Package standin starts the servers in this process that stand in for Snowflake,
// the dbt platform and Looker. Tests and the demo let the real sources visit them.
//
// Each system has a package of its own below its source; this one holds what they
// share. A stand-in listens on the loopback address only.
package standin

import (
	"net"
	"net/http"
	"time"
)

// A Server is a running HTTP server on a free port of this machine.
type Server struct {
	listener net.Listener
	server   *http.Server
}

// Start serves a handler until Close is called, or until the process ends.
func Start(handler http.Handler) (*Server, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &Server{
		listener: listener,
		server:   &http.Server{Handler: handler, ReadHeaderTimeout: time.Minute},
	}
	go func() { _ = s.server.Serve(listener) }()
	return s, nil
}

// StartURL serves a handler until the process ends, and returns the address.
func StartURL(handler http.Handler) (address string, err error) {
	s, err := Start(handler)
	if err != nil {
		return "", err
	}
	return s.URL(), nil
}

// URL returns the address of the server, such as "http://127.0.0.1:40001".
func (s *Server) URL() string { return "http://" + s.listener.Addr().String() }

// Port returns the port on which the server listens.
func (s *Server) Port() int { return s.listener.Addr().(*net.TCPAddr).Port }

// Close stops the server, and every request that it has not answered.
func (s *Server) Close() { _ = s.server.Close() }
