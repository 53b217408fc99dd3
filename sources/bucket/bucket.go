// Package bucket reads files that are kept elsewhere: in S3 and what speaks like
// it, in Azure, behind a web server. It reads and never writes.
//
//	s3://BUCKET/KEY         credentials and region as AWS's own tools find them; AWS_ENDPOINT_URL names another server
//	azblob://CONTAINER/KEY  AZURE_STORAGE_CONNECTION_STRING, or AZURE_STORAGE_ACCOUNT with AZURE_STORAGE_KEY or AZURE_STORAGE_SAS_TOKEN
//	https://HOST/PATH       as anybody may read it
package bucket

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"

	"github.com/freshet-status/freshet/sources/calls"
)

// A Bucket is a place with files.
type Bucket interface {
	// Get opens a file. The tag is that of what was read before, "" for nothing;
	// the error is [ErrAbsent] if there is no such file, and [ErrSame] if it has
	// the tag still.
	Get(ctx context.Context, key, tag string) (body io.ReadCloser, newTag string, err error)

	// List calls each with every key that begins so, and reads no more than it
	// has pages for: the error is [ErrMany] past that, and errors.ErrUnsupported
	// where nothing can be listed.
	List(ctx context.Context, prefix string, each func(key string)) error
}

// The errors of a bucket that are no trouble by themselves.
var (
	ErrAbsent = errors.New("there is no such file")
	ErrSame   = errors.New("it is as it was")
	ErrMany   = fmt.Errorf("there are more than %d files\nhint: let the address name a narrower place, such as a month", most)
)

// most is how many keys are listed: pages of a thousand each.
const most = 200_000

// schemes are the ways to name a place.
var schemes = []string{"s3", "azblob", "https", "http"}

// Is reports whether a path names a place elsewhere.
func Is(path string) bool { return strings.Contains(path, "://") }

// Fault is what is wrong with an address, "" if nothing is.
func Fault(address string) string {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Host == "" || !slices.Contains(schemes, u.Scheme):
		return fmt.Sprintf("must be an address such as \"s3://bucket/target\", \"azblob://container/target\" or \"https://host/target\", is %q", clean(address))
	case calls.Open(u):
		return fmt.Sprintf("must begin with https://, is %q", clean(address))
	case u.User != nil || u.RawQuery != "":
		return "must hold no secret: credentials are found in the environment"
	}
	return ""
}

// clean is an address without what may be secret in it.
func clean(address string) string {
	address, _, _ = strings.Cut(address, "?")
	if _, rest, ok := strings.Cut(address, "@"); ok {
		return "…@" + rest
	}
	return address
}

// Open returns the bucket of an address, and the key that it names.
func Open(ctx context.Context, address string, env func(string) string) (Bucket, string, error) {
	if says := Fault(address); says != "" {
		return nil, "", errors.New(says)
	}
	u, err := url.Parse(address)
	if err != nil {
		return nil, "", err
	}
	key := strings.Trim(u.Path, "/")
	switch u.Scheme {
	case "s3":
		b, err := openS3(ctx, u.Host, env)
		return b, key, err
	case "azblob":
		b, err := openAzure(u.Host, env)
		return b, key, err
	default:
		return web{u.Scheme + "://" + u.Host + "/"}, key, nil
	}
}
