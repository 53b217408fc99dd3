package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"
)

// newServeCommand returns the command that previews the site and rebuilds it on changes.
func (k *invocation) newServeCommand() *cobra.Command {
	addr := ""
	c := &cobra.Command{
		Use:   "serve [flags]",
		Short: "Preview the site and rebuild it on changes",
		Long: "Preview the site, and rebuild it when the history or site.toml changes. Sources are not\n" +
			"read, and the output folder is not changed.",
		Example: "  freshet serve\n  freshet serve --addr 127.0.0.1:0",
		Args:    rejectArgs,
		RunE:    func(c *cobra.Command, _ []string) error { return k.servePreview(c.Context(), addr) },
	}
	c.Flags().StringVar(&addr, "addr", "127.0.0.1:8080", "`address` to listen on (port 0: any free port)")
	return c
}

// A preview is the site in a temporary folder, so that the output folder stays as the last run
// left it.
type preview struct {
	*invocation
	dir        string
	host       string       // host of the flag --addr
	builds     atomic.Int64 // number of builds, which an open page polls to reload itself
	builtStamp string       // inputStamp of the last build
}

// servePreview builds the site into a temporary folder and serves it at addr until ctx ends.
func (k *invocation) servePreview(ctx context.Context, addr string) error {
	if err := k.loadConfig(); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "freshet-preview-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	p := &preview{invocation: k, dir: dir}
	p.host, _, _ = net.SplitHostPort(addr)
	p.builtStamp = p.inputStamp() // taken before the build, so that a change during the build is noticed
	if err := p.buildPreview(); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return fmt.Errorf("%w\nhint: use --addr 127.0.0.1:0 to choose a free port", err)
	}
	fmt.Fprintf(k.stdout, "Serving http://%s/ (press Ctrl+C to stop)\n", listener.Addr())
	return p.serveAndWatch(ctx, listener)
}

// serveAndWatch serves the preview on listener and rebuilds it on changes, until ctx ends.
func (p *preview) serveAndWatch(ctx context.Context, listener net.Listener) error {
	server := &http.Server{Handler: rejectOtherHosts(p.host, p.newHandler()), ReadHeaderTimeout: 10 * time.Second}
	go p.watchChanges(ctx)
	go func() {
		<-ctx.Done()
		_ = server.Close()
	}()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// rejectOtherHosts returns a handler that answers requests for this machine alone: for the host of the flag
// --addr, for localhost, and for IP addresses. So no page of another site can read the preview by a name that it
// points to this machine.
func rejectOtherHosts(host string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked := r.Host
		if name, _, err := net.SplitHostPort(asked); err == nil {
			asked = name
		}
		isIP := net.ParseIP(strings.Trim(asked, "[]")) != nil
		if !isIP && !strings.EqualFold(asked, "localhost") && !strings.EqualFold(asked, host) {
			http.Error(w, "this preview answers for localhost only", http.StatusMisdirectedRequest)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// newHandler returns a handler for the files of the preview, which browsers must not cache, and
// for /.rebuilt, the number of builds.
func (p *preview) newHandler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/.rebuilt", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, p.builds.Load())
	})
	files := http.FileServerFS(os.DirFS(p.dir))
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		files.ServeHTTP(w, r)
	})
	return mux
}

// buildPreview builds the site of the last run into the folder of the preview.
func (p *preview) buildPreview() error {
	r, err := p.deriveReport()
	if err != nil {
		return err
	}
	info, err := p.siteInfo(r)
	if err != nil {
		return err
	}
	info.Preview = true
	if _, err := p.gen.Build(p.dir, r, info); err != nil {
		return err
	}
	p.builds.Add(1)
	return nil
}

// watchChanges rebuilds the preview when inputStamp changes, checked every second, until ctx
// ends. An error is printed, and the last good site stays.
func (p *preview) watchChanges(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(time.Second):
		}
		if now := p.inputStamp(); now != p.builtStamp {
			p.builtStamp = now
			err := p.loadConfig()
			if err == nil {
				err = p.buildPreview()
			}
			if err != nil {
				reportError(p.stderr, err)
			}
		}
	}
}

// inputStamp returns a text that changes when site.toml or a file of the history changes: their
// names, sizes and modification times.
func (p *preview) inputStamp() (stamp string) {
	note := func(info fs.FileInfo) {
		stamp += info.Name() + strconv.FormatInt(info.Size(), 10) + info.ModTime().String()
	}
	if info, err := os.Stat(p.configFile); err == nil {
		note(info)
	}
	_ = filepath.WalkDir(p.cfg.ResolvePath(p.cfg.Settings.History), func(_ string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return nil
		}
		if info, err := e.Info(); err == nil {
			note(info)
		}
		return nil
	})
	return stamp
}
