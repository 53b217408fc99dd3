// Package bucket reads files from object stores and web servers: S3 and compatible servers,
// Azure Blob Storage, HTTPS. It reads and never writes.
//
//	s3://BUCKET/KEY	     credentials and region as AWS's own tools find them; AWS_ENDPOINT_URL names another server
//	azblob://CONTAINER/KEY  AZURE_STORAGE_CONNECTION_STRING, or AZURE_STORAGE_ACCOUNT with AZURE_STORAGE_KEY or AZURE_STORAGE_SAS_TOKEN
//	https://HOST/PATH	   as anybody may read it
//
// To add a store, implement [Bucket], and add its scheme to schemes and to [Open].
package bucket

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"

	"github.com/freshet-status/freshet/sources/httpclient"
)

// A Bucket is a place that holds files by key.
type Bucket interface {
	// FetchIfChanged opens a file for reading and returns its tag (ETag). tag is that of the
	// version read before, "" for none. The error is [ErrNotFound] if there is no such file, and
	// [ErrUnchanged] if it still has the tag. The caller closes body.
	FetchIfChanged(ctx context.Context, key, tag string) (body io.ReadCloser, newTag string, err error)

	// ListKeys calls each with every key that begins with prefix. The error is [ErrTooMany] if
	// there are more than 200,000 of them, and errors.ErrUnsupported if the store cannot list.
	ListKeys(ctx context.Context, prefix string, each func(key string)) error
}

// Errors of a bucket that callers tell apart.
var (
	ErrNotFound  = errors.New("no such file")
	ErrUnchanged = errors.New("not changed")
	ErrTooMany   = fmt.Errorf("more than %d files\nhint: use a narrower address, such as that of one month", maxKeys)
)

// maxKeys is the largest number of keys that one listing may have.
const maxKeys = 200_000

// schemes holds the URL schemes of addresses that can be read.
var schemes = []string{"s3", "azblob", "https", "http"}

// IsAddress reports whether path is an address of a bucket or a web server and no local path:
// it contains "://".
func IsAddress(path string) bool { return strings.Contains(path, "://") }

// DescribeFault returns what is wrong with an address, as a phrase that follows its key in a
// message; "" if nothing is. It quotes no secret.
func DescribeFault(address string) string {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Host == "" || !slices.Contains(schemes, u.Scheme):
		return fmt.Sprintf(
			"must be an address such as \"s3://bucket/target\", \"azblob://container/target\" or "+
				"\"https://host/target\" (got %q)",
			hideSecrets(address),
		)
	case httpclient.IsInsecure(u):
		return fmt.Sprintf("must use https (got %q)", hideSecrets(address))
	case u.User != nil || u.RawQuery != "":
		return "must not contain a query or user: credentials are read from the environment"
	}
	return ""
}

// hideSecrets returns an address without its query and without the user before an @, which may
// be secret.
func hideSecrets(address string) string {
	address, _, _ = strings.Cut(address, "?")
	if _, rest, ok := strings.Cut(address, "@"); ok {
		return "…@" + rest
	}
	return address
}

// secretVariables are the variables of the environment that hold a secret of a store.
var secretVariables = []string{
	"AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AZURE_STORAGE_KEY", "AZURE_STORAGE_SAS_TOKEN", connectionString,
}

// connectionString is the variable that holds a connection string of Azure, of which each value of some
// length may be a secret.
const connectionString = "AZURE_STORAGE_CONNECTION_STRING"

// ListSecrets returns the secrets of stores that env holds.
func ListSecrets(env func(string) string) (all []string) {
	for _, name := range secretVariables {
		if value := env(name); value != "" {
			all = append(all, value)
		}
	}
	for _, part := range strings.Split(env(connectionString), ";") {
		name, value, _ := strings.Cut(part, "=")
		if name == "AccountKey" || name == "SharedAccessSignature" {
			all = append(all, value)
		}
	}
	return all
}

// Open returns the bucket of an address, and the key that the address names, without slashes
// around it. It errs if [DescribeFault] finds one, or if no client can be made with the
// credentials that are found.
func Open(ctx context.Context, address string, env func(string) string) (Bucket, string, error) {
	if says := DescribeFault(address); says != "" {
		return nil, "", errors.New(says)
	}
	u, err := url.Parse(address)
	if err != nil {
		return nil, "", err
	}
	key := strings.Trim(u.Path, "/")
	switch u.Scheme {
	case "s3":
		b, err := openS3Bucket(ctx, u.Host, env)
		return b, key, err
	case "azblob":
		b, err := openAzureBucket(u.Host, env)
		return b, key, err
	default:
		return webBucket{base: u.Scheme + "://" + u.Host + "/"}, key, nil
	}
}
