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

	"github.com/freshet-status/freshet/sources/calls"
)

type s3Bucket struct {
	name   string
	client *s3.Client
}

func openS3(ctx context.Context, name string, env func(string) string) (Bucket, error) {
	c, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return nil, fmt.Errorf("s3: %w", err)
	}
	if c.Region == "" {
		c.Region = "us-east-1"
	}
	elsewhere := env("AWS_ENDPOINT_URL") != "" || env("AWS_ENDPOINT_URL_S3") != ""
	return &s3Bucket{name, s3.NewFromConfig(c, func(o *s3.Options) { o.UsePathStyle = elsewhere })}, nil
}

func (b *s3Bucket) Get(ctx context.Context, key, tag string) (io.ReadCloser, string, error) {
	in := &s3.GetObjectInput{Bucket: &b.name, Key: &key}
	if tag != "" {
		in.IfNoneMatch = &tag
	}
	out, err := b.client.GetObject(ctx, in)
	if err != nil {
		return nil, "", b.explain(err)
	}
	return out.Body, aws.ToString(out.ETag), nil
}

func (b *s3Bucket) List(ctx context.Context, prefix string, each func(key string)) error {
	pages := s3.NewListObjectsV2Paginator(b.client, &s3.ListObjectsV2Input{Bucket: &b.name, Prefix: &prefix})
	for seen := 0; pages.HasMorePages(); {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return b.explain(err)
		}
		if seen += len(page.Contents); seen > most {
			return ErrMany
		}
		for _, o := range page.Contents {
			each(aws.ToString(o.Key))
		}
	}
	return nil
}

// hints say what to do about an error of S3, by its code.
var hints = map[string]string{
	"AccessDenied":          "may the credentials read it? It needs s3:GetObject, and s3:ListBucket for a glob",
	"Forbidden":             "may the credentials read it? It needs s3:GetObject, and s3:ListBucket for a glob",
	"NoSuchBucket":          "is the name of the bucket right?",
	"SignatureDoesNotMatch": "is the secret key right, and the clock of this machine?",
	"InvalidAccessKeyId":    "is the access key right?",
	"ExpiredToken":          "renew the session of AWS",
}

func (b *s3Bucket) explain(err error) error {
	var answer *awshttp.ResponseError
	if errors.As(err, &answer) && answer.HTTPStatusCode() == http.StatusNotModified {
		return ErrSame
	}
	var e smithy.APIError
	if !errors.As(err, &e) {
		return calls.Plain(err, "are credentials there, and is the address let out of this network?")
	}
	switch code := e.ErrorCode(); {
	case code == "NoSuchKey" || code == "NotFound":
		return ErrAbsent
	case hints[code] != "":
		return fmt.Errorf("%s: %s\nhint: %s", code, e.ErrorMessage(), hints[code])
	default:
		return fmt.Errorf("%s: %s", code, e.ErrorMessage())
	}
}
