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
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"
)

func (k *call) serveCommand() *cobra.Command {
	addr := ""
	c := &cobra.Command{
		Use:     "serve [flags]",
		Short:   "Preview the site here, built again when the history or the config changes; never scrape",
		Example: "  freshet serve\n  freshet serve --addr 127.0.0.1:0",
		Args:    noArgs,
		RunE:    func(c *cobra.Command, _ []string) error { return k.serve(c.Context(), addr) },
	}
	c.Flags().StringVar(&addr, "addr", "127.0.0.1:8080", "where to listen; port 0 takes a free one")
	return c
}

// A preview is a site in a folder of its own, so that the real output stays as
// the last run left it.
type preview struct {
	*call
	dir  string
	made atomic.Int64 // how many times it was built
	seen string       // the stamp of what it was built of
}

func (k *call) serve(ctx context.Context, addr string) error {
	if err := k.read(); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "freshet-preview-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	p := &preview{call: k, dir: dir}
	p.seen = p.stamp() // before it is built: what changes meanwhile is seen
	if err := p.build(); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return fmt.Errorf("%w\nhint: --addr 127.0.0.1:0 takes a free port", err)
	}
	fmt.Fprintf(k.stdout, "Open http://%s/ (Ctrl-C ends it)\n", listener.Addr())
	return p.listen(ctx, listener)
}

func (p *preview) listen(ctx context.Context, listener net.Listener) error {
	server := &http.Server{Handler: p.handler(), ReadHeaderTimeout: 10 * time.Second}
	go p.watch(ctx)
	go func() {
		<-ctx.Done()
		_ = server.Close()
	}()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

func (p *preview) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/.rebuilt", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, p.made.Load())
	})
	files := http.FileServerFS(os.DirFS(p.dir))
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		files.ServeHTTP(w, r)
	})
	return mux
}

// build makes the site of the last run.
func (p *preview) build() error {
	r, err := p.report()
	if err != nil {
		return err
	}
	info, err := p.info(r)
	if err != nil {
		return err
	}
	info.Preview = true
	if _, err := p.gen.Build(p.dir, r, info); err != nil {
		return err
	}
	p.made.Add(1)
	return nil
}

// watch builds again when something changed. What is wrong then is said, and
// the last good site stays.
func (p *preview) watch(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(time.Second):
		}
		if now := p.stamp(); now != p.seen {
			p.seen = now
			err := p.read()
			if err == nil {
				err = p.build()
			}
			if err != nil {
				tell(p.stderr, err)
			}
		}
	}
}

// stamp changes when the config or a file of the history does.
func (p *preview) stamp() (stamp string) {
	note := func(info fs.FileInfo) {
		stamp += info.Name() + strconv.FormatInt(info.Size(), 10) + info.ModTime().String()
	}
	if info, err := os.Stat(p.file); err == nil {
		note(info)
	}
	_ = filepath.WalkDir(p.cfg.path(p.cfg.top.History), func(_ string, e fs.DirEntry, err error) error {
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
