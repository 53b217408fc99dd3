package bucket

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blob"

	"github.com/freshet-status/freshet/sources/httpclient"
)

// An azureBucket is a container of Azure Blob Storage.
type azureBucket struct {
	name   string
	client *azblob.Client
}

// openAzureBucket returns the container called name, with the credentials that env holds.
func openAzureBucket(name string, env func(string) string) (Bucket, error) {
	client, err := newAzureClient(env)
	if err != nil {
		return nil, httpclient.RedactError(
			err,
			"set AZURE_STORAGE_CONNECTION_STRING, or AZURE_STORAGE_ACCOUNT with AZURE_STORAGE_KEY or "+
				"AZURE_STORAGE_SAS_TOKEN",
		)
	}
	return &azureBucket{name: name, client: client}, nil
}

// newAzureClient returns a client with the credentials that env holds: a connection string, or
// an account with a shared key or a SAS token. It errs if no account is named.
func newAzureClient(env func(string) string) (*azblob.Client, error) {
	account := env("AZURE_STORAGE_ACCOUNT")
	key := env("AZURE_STORAGE_KEY")
	address := "https://" + account + ".blob.core.windows.net/"
	switch {
	case env("AZURE_STORAGE_CONNECTION_STRING") != "":
		return azblob.NewClientFromConnectionString(env("AZURE_STORAGE_CONNECTION_STRING"), nil)
	case account == "":
		return nil, errors.New("no account of Azure is set")
	case key != "":
		credential, err := azblob.NewSharedKeyCredential(account, key)
		if err != nil {
			return nil, errors.New("AZURE_STORAGE_KEY: not a valid key")
		}
		return azblob.NewClientWithSharedKeyCredential(address, credential, nil)
	default:
		return azblob.NewClientWithNoCredential(address+"?"+strings.TrimPrefix(env("AZURE_STORAGE_SAS_TOKEN"), "?"), nil)
	}
}

// FetchIfChanged opens a blob, unless its ETag is still tag.
func (b *azureBucket) FetchIfChanged(ctx context.Context, key, tag string) (io.ReadCloser, string, error) {
	options := new(azblob.DownloadStreamOptions)
	if tag != "" {
		etag := azcore.ETag(tag)
		options.AccessConditions = &blob.AccessConditions{
			ModifiedAccessConditions: &blob.ModifiedAccessConditions{IfNoneMatch: &etag},
		}
	}
	out, err := b.client.DownloadStream(ctx, b.name, key, options)
	if err != nil {
		return nil, "", b.explainError(err)
	}
	newTag := ""
	if out.ETag != nil {
		newTag = string(*out.ETag)
	}
	if out.ErrorCode != nil || tag != "" && newTag == tag { // 304 is no error to the client
		_ = out.Body.Close()
		return nil, "", ErrUnchanged
	}
	return out.Body, newTag, nil
}

// ListKeys calls each with the name of every blob that begins with prefix.
func (b *azureBucket) ListKeys(ctx context.Context, prefix string, each func(key string)) error {
	pages := b.client.NewListBlobsFlatPager(b.name, &azblob.ListBlobsFlatOptions{Prefix: &prefix})
	for seen := 0; pages.More(); {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return b.explainError(err)
		}
		seen += len(page.Segment.BlobItems)
		if seen > maxKeys {
			return ErrTooMany
		}
		for _, o := range page.Segment.BlobItems {
			each(*o.Name)
		}
	}
	return nil
}

// explainError returns err as [ErrUnchanged] or [ErrNotFound] or, without the address, as
// status and code of Azure with a hint.
func (b *azureBucket) explainError(err error) error {
	var e *azcore.ResponseError
	if !errors.As(err, &e) {
		return httpclient.RedactError(err, "check the account name and the outbound firewall")
	}
	switch {
	case e.StatusCode == http.StatusNotModified:
		return ErrUnchanged
	case e.ErrorCode == "BlobNotFound":
		return ErrNotFound
	case e.StatusCode == http.StatusForbidden || e.StatusCode == http.StatusUnauthorized:
		return fmt.Errorf("%d %s\nhint: allow the credentials to read blobs and, for a glob, to list them", e.StatusCode, e.ErrorCode)
	default:
		return fmt.Errorf("%d %s", e.StatusCode, e.ErrorCode)
	}
}
