package bucket

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/freshet-status/freshet/sources/httpclient"
)

// A webBucket is a web server from which anybody may read. It cannot list.
type webBucket struct{ base string }

// webClient makes the requests to web servers. Its timeout includes reading the body.
var webClient = &http.Client{Timeout: 5 * time.Minute, CheckRedirect: rejectPlainRedirect}

// maxRedirects is how many redirects are followed.
const maxRedirects = 5

// rejectPlainRedirect returns an error for a redirect from https to http, where others could read and change
// the file, and for one redirect too many.
func rejectPlainRedirect(r *http.Request, via []*http.Request) error {
	switch {
	case via[0].URL.Scheme == "https" && r.URL.Scheme != "https":
		return errors.New("redirected from https to http")
	case len(via) > maxRedirects:
		return errors.New("too many redirects")
	default:
		return nil
	}
}

// FetchIfChanged opens the file at the path key, unless its ETag is still tag. A page of HTML
// is an error, because it comes from a sign-in or a proxy.
func (b webBucket) FetchIfChanged(ctx context.Context, key, tag string) (io.ReadCloser, string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, b.base+key, nil)
	if err != nil {
		return nil, "", err
	}
	req.Header.Set("User-Agent", "freshet")
	if tag != "" {
		req.Header.Set("If-None-Match", tag)
	}
	resp, err := webClient.Do(req)
	if err != nil {
		return nil, "", httpclient.RedactError(err, "check the address and the outbound firewall")
	}
	if resp.StatusCode == http.StatusOK && !strings.Contains(resp.Header.Get("Content-Type"), "text/html") {
		return resp.Body, resp.Header.Get("ETag"), nil
	}
	resp.Body.Close()
	switch resp.StatusCode {
	case http.StatusOK:
		return nil, "", errors.New("response is HTML\nhint: check for a proxy or sign-in page")
	case http.StatusNotModified:
		return nil, "", ErrUnchanged
	case http.StatusNotFound, http.StatusGone:
		return nil, "", ErrNotFound
	default:
		return nil, "", fmt.Errorf("%s", resp.Status)
	}
}

// ListKeys returns errors.ErrUnsupported.
func (webBucket) ListKeys(context.Context, string, func(string)) error { return errors.ErrUnsupported }
