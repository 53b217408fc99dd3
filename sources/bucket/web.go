package bucket

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/freshet-status/freshet/sources/calls"
)

// A web is a server from which anybody may read.
type web struct{ base string }

var client = &http.Client{Timeout: 5 * time.Minute}

func (b web) Get(ctx context.Context, key, tag string) (io.ReadCloser, string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, b.base+key, nil)
	if err != nil {
		return nil, "", err
	}
	req.Header.Set("User-Agent", "freshet")
	if tag != "" {
		req.Header.Set("If-None-Match", tag)
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, "", calls.Plain(err, "is the address right, and is it let out of this network?")
	}
	if resp.StatusCode == http.StatusOK && !strings.Contains(resp.Header.Get("Content-Type"), "text/html") {
		return resp.Body, resp.Header.Get("ETag"), nil
	}
	resp.Body.Close()
	switch resp.StatusCode {
	case http.StatusOK:
		return nil, "", errors.New("the answer is a page of HTML\nhint: a sign-in page or a proxy may stand between")
	case http.StatusNotModified:
		return nil, "", ErrSame
	case http.StatusNotFound, http.StatusGone:
		return nil, "", ErrAbsent
	default:
		return nil, "", fmt.Errorf("%s", resp.Status)
	}
}

func (web) List(context.Context, string, func(string)) error { return errors.ErrUnsupported }
