package bucket

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"

	"github.com/freshet-status/freshet/sources/httpclient"
)

// An s3Bucket is a bucket of S3, or of a server with the same API.
type s3Bucket struct {
	name   string
	client *s3.Client
}

// openS3Bucket returns the bucket called name, with the credentials and region that AWS's SDK
// finds; without a region, us-east-1. If env names another server, addresses are path-style, as
// such servers need.
func openS3Bucket(ctx context.Context, name string, env func(string) string) (Bucket, error) {
	c, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return nil, fmt.Errorf("s3: %w", err)
	}
	if c.Region == "" {
		c.Region = "us-east-1"
	}
	elsewhere := env("AWS_ENDPOINT_URL") != "" || env("AWS_ENDPOINT_URL_S3") != ""
	return &s3Bucket{name: name, client: s3.NewFromConfig(c, func(o *s3.Options) { o.UsePathStyle = elsewhere })}, nil
}

// FetchIfChanged opens an object, unless its ETag is still tag.
func (b *s3Bucket) FetchIfChanged(ctx context.Context, key, tag string) (io.ReadCloser, string, error) {
	in := &s3.GetObjectInput{Bucket: &b.name, Key: &key}
	if tag != "" {
		in.IfNoneMatch = &tag
	}
	out, err := b.client.GetObject(ctx, in)
	if err != nil {
		return nil, "", b.explainError(err)
	}
	return out.Body, aws.ToString(out.ETag), nil
}

// ListKeys calls each with the key of every object that begins with prefix.
func (b *s3Bucket) ListKeys(ctx context.Context, prefix string, each func(key string)) error {
	pages := s3.NewListObjectsV2Paginator(b.client, &s3.ListObjectsV2Input{Bucket: &b.name, Prefix: &prefix})
	for seen := 0; pages.HasMorePages(); {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return b.explainError(err)
		}
		seen += len(page.Contents)
		if seen > maxKeys {
			return ErrTooMany
		}
		for _, o := range page.Contents {
			each(aws.ToString(o.Key))
		}
	}
	return nil
}

// s3Hints holds advice for people, by error code of S3.
var s3Hints = map[string]string{
	"AccessDenied":          "grant s3:GetObject and, for a glob, s3:ListBucket",
	"Forbidden":             "grant s3:GetObject and, for a glob, s3:ListBucket",
	"NoSuchBucket":          "check the bucket name",
	"SignatureDoesNotMatch": "check the secret key and the clock of this machine",
	"InvalidAccessKeyId":    "check the access key",
	"ExpiredToken":          "renew the AWS session",
}

// explainError returns err as [ErrUnchanged] or [ErrNotFound] or, without the address, as code
// and message of S3 with a hint.
func (b *s3Bucket) explainError(err error) error {
	var answer *awshttp.ResponseError
	if errors.As(err, &answer) && answer.HTTPStatusCode() == http.StatusNotModified {
		return ErrUnchanged
	}
	var e smithy.APIError
	if !errors.As(err, &e) {
		return httpclient.RedactError(err, "check the credentials and the outbound firewall")
	}
	switch code := e.ErrorCode(); {
	case code == "NoSuchKey" || code == "NotFound":
		return ErrNotFound
	case s3Hints[code] != "":
		return fmt.Errorf("%s: %s\nhint: %s", code, e.ErrorMessage(), s3Hints[code])
	default:
		return fmt.Errorf("%s: %s", code, e.ErrorMessage())
	}
}
