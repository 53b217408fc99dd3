package dbt_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/freshet-status/freshet/sources"
	"github.com/freshet-status/freshet/sources/dbt"
	"github.com/freshet-status/freshet/sources/dbt/dbttest"
)

// serveFiles starts a web server that serves fs, with ETags, and counts the files that it sent.
func serveFiles(t testing.TB, fs files) (address string, sent *atomic.Int64) {
	t.Helper()
	sent = new(atomic.Int64)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, there := fs[strings.TrimPrefix(r.URL.Path, "/")]
		tag := fmt.Sprintf(`"%d"`, len(text))
		w.Header().Set("ETag", tag)
		switch {
		case !there:
			http.NotFound(w, r)
		case r.Header.Get("If-None-Match") == tag:
			w.WriteHeader(http.StatusNotModified)
		case strings.HasPrefix(text, "<"):
			w.Header().Set("Content-Type", "text/html")
			_, _ = w.Write([]byte(text))
		case text == "cut":
			w.Header().Set("Content-Length", "1000")
			_, _ = w.Write([]byte("{"))
		default:
			sent.Add(1)
			_, _ = w.Write([]byte(text))
		}
	}))
	t.Cleanup(server.Close)
	return server.URL, sent
}

// newRemoteSource returns a source whose artifacts are at addresses.
func newRemoteSource(t testing.TB, state string, addresses ...string) sources.Source {
	t.Helper()
	c := &dbt.Config{Artifacts: addresses}
	if faults := c.Faults(); len(faults) > 0 {
		t.Fatalf("Faults: got %v, want none", faults)
	}
	return c.Open(sources.Setting{Name: "dbt", Dir: t.TempDir(), State: state, Env: os.Getenv})
}

func TestArtifactsBehindAWebServer(t *testing.T) {
	address, sent := serveFiles(t, files{
		"target/manifest.json":    dbttest.Shop,
		"target/run_results.json": dbttest.RunResults("run", "2026-08-22T05:10:00Z", "", "model.shop.fct success"),
	})
	state := filepath.Join(t.TempDir(), "state")
	for range 2 {
		answer, err := newRemoteSource(t, state, address+"/target").Observe(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if r, _ := dbttest.ReadingOf(dbttest.ByID(answer)["table:PROD.MART.FCT"], sources.Built); r.At.IsZero() ||
			answer.Requests != 5 {
			t.Errorf("Observe: got fct built %v, %d requests; want a build and 5 requests", r, answer.Requests)
		}
	}
	if sent.Load() != 2 {
		t.Errorf("files sent: got %d, want 2, because nothing changed", sent.Load())
	}
	if _, err := newRemoteSource(t, "", address+"/target").Observe(context.Background()); err != nil || sent.Load() != 4 {
		t.Errorf("Observe without a state folder: got %v and %d files sent, want no error and 4", err, sent.Load())
	}
	if left, _ := filepath.Glob(filepath.Join(os.TempDir(), "freshet-artifacts-*")); len(left) > 0 {
		t.Errorf("temporary folders: got %v, want none", left)
	}
}

func TestFaultsOfArtifactsElsewhere(t *testing.T) {
	address, _ := serveFiles(
		t,
		files{"html/manifest.json": "<html>sign in", "cut/manifest.json": "cut", "bad/manifest.json": `{"metadata":`},
	)
	for name, tt := range map[string]struct{ path, want string }{
		"nothing is there": {
			path: "/none",
			want: "ADDRESS/none: no manifest.json\n" +
				"hint: run dbt build or dbt parse, or set artifacts to dbt's target folder",
		},
		"a page of a proxy": {
			path: "/html",
			want: "ADDRESS/html/manifest.json: response is HTML\nhint: check for a proxy or sign-in page",
		},
		"an answer that is cut": {
			path: "/cut",
			want: "ADDRESS/cut/manifest.json: artifact was cut off: unexpected EOF\n" +
				"hint: check the address and the outbound firewall",
		},
		"an artifact that is no": {
			path: "/bad",
			want: "ADDRESS/bad/manifest.json: cut off at byte 12\n" +
				"hint: run dbt again, or repeat the copy",
		},
		"a glob": {
			path: "/runs/*",
			want: "ADDRESS/runs/*: globs do not work on a web server\nhint: list each folder in artifacts",
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := newRemoteSource(t, "", address+tt.path).Observe(context.Background())
			if err == nil || strings.ReplaceAll(err.Error(), address, "ADDRESS") != tt.want {
				t.Errorf("Observe: got %v, want %s", err, tt.want)
			}
		})
	}
}

func TestACutFileIsAskedForAgain(t *testing.T) {
	fs := files{
		"target/manifest.json":    dbttest.Shop,
		"target/run_results.json": dbttest.RunResults("run", "2026-08-21T05:10:00Z", "", "model.shop.fct success"),
	}
	address, _ := serveFiles(t, fs)
	src := newRemoteSource(t, t.TempDir(), address+"/target")
	if _, err := src.Observe(context.Background()); err != nil {
		t.Fatal(err)
	}
	newer := dbttest.RunResults("run", "2026-08-22T05:10:00Z", "", "model.shop.fct error")
	fs["target/run_results.json"] = "cut"
	if _, err := src.Observe(context.Background()); err == nil {
		t.Error("Observe with a file that is cut: got no error, want one")
	}
	fs["target/run_results.json"] = newer
	answer, err := src.Observe(context.Background())
	if err != nil || dbttest.ByID(answer)["table:PROD.MART.FCT"].Attempt.Outcome != sources.Failed {
		t.Errorf("Observe with the newer file: got %v, want no error and a failed build of fct", err)
	}
}

// TestADeadlineEndsWhatHangsElsewhere hangs itself if the deadline ends nothing.
func TestADeadlineEndsWhatHangsElsewhere(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	defer server.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer cancel()
	if _, err := newRemoteSource(t, "", server.URL+"/target").Observe(ctx); err == nil || ctx.Err() == nil {
		t.Errorf("Observe of a server that hangs: got %v, context %v; want an error at the deadline", err, ctx.Err())
	}
}

func TestAddressesThatAreNone(t *testing.T) {
	for address, want := range map[string]string{
		"ftp://host/target": `must be an address such as "s3://bucket/target", ` +
			`"azblob://container/target" or "https://host/target" ` +
			`(got "ftp://host/target")`,
		"http://dbt.corp.example/x":    `must use https (got "http://dbt.corp.example/x")`,
		"https://u:secret@host/target": "must not contain a query or user: credentials are read from the environment",
		"https://host/target?sig=abc":  "must not contain a query or user: credentials are read from the environment",
		"s3://": `must be an address such as "s3://bucket/target", ` +
			`"azblob://container/target" or "https://host/target" (got "s3://")`,
	} {
		c := new(dbt.Config)
		c.Artifacts = append(c.Artifacts, address)
		if faults := c.Faults(); len(faults) != 1 || faults[0].Says != want {
			t.Errorf("faults of %s: got %v, want only %q", address, faults, want)
		}
	}
}

// fillBucket puts files into a bucket: a run in target, and 1,100 folders in runs. Only the
// last one has a manifest.
func fillBucket(t *testing.T, put func(key, text string) error) {
	t.Helper()
	results := dbttest.RunResults("run", "2026-08-22T05:10:00Z", "", "model.shop.fct success")
	if err := errors.Join(put("target/manifest.json", dbttest.Shop), put("target/run_results.json", results)); err != nil {
		t.Fatal(err)
	}
	for i := range 1100 {
		if err := put(fmt.Sprintf("runs/%04d/readme.txt", i), "nothing"); err != nil {
			t.Fatal(err)
		}
	}
	if err := put("runs/1099/manifest.json", dbttest.Shop); err != nil {
		t.Fatal(err)
	}
}

// TestPeerOfS3 reads artifacts from a server that nobody here wrote: FRESHET_S3
// is a bucket to make there, and AWS_ENDPOINT_URL says where.
func TestPeerOfS3(t *testing.T) {
	name := os.Getenv("FRESHET_S3")
	if name == "" {
		t.Skip("FRESHET_S3 is not set: it names a bucket of a server that runs here")
	}
	ctx := context.Background()
	c, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		t.Fatal(err)
	}
	client := s3.NewFromConfig(c, func(o *s3.Options) { o.UsePathStyle = true })
	if _, err := client.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: &name}); err != nil {
		t.Fatal(err)
	}
	fillBucket(t, func(key, text string) error {
		_, err := client.PutObject(ctx, &s3.PutObjectInput{Bucket: &name, Key: &key, Body: strings.NewReader(text)})
		return err
	})
	bucketPeer(t, "s3://"+name, "NoSuchBucket: ")
}

// TestPeerOfAzure does the same in the container FRESHET_AZURE, of the account
// that AZURE_STORAGE_CONNECTION_STRING names.
func TestPeerOfAzure(t *testing.T) {
	name := os.Getenv("FRESHET_AZURE")
	if name == "" {
		t.Skip("FRESHET_AZURE is not set: it names a container of a server that runs here")
	}
	ctx := context.Background()
	client, err := azblob.NewClientFromConnectionString(os.Getenv("AZURE_STORAGE_CONNECTION_STRING"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.CreateContainer(ctx, name, nil); err != nil {
		t.Fatal(err)
	}
	fillBucket(t, func(key, text string) error {
		_, err := client.UploadBuffer(ctx, name, key, []byte(text), nil)
		return err
	})
	bucketPeer(t, "azblob://"+name, "404 ContainerNotFound")
}

// bucketPeer reads what is in a bucket twice: the second time nothing is sent.
func bucketPeer(t *testing.T, address, absent string) {
	state := filepath.Join(t.TempDir(), "state")
	for _, place := range []string{"/target", "/runs/*", "/target/manifest.json"} {
		for i := range 2 {
			began := time.Now()
			answer, err := newRemoteSource(t, state, address+place).Observe(context.Background())
			if err != nil || len(answer.Observations) == 0 {
				t.Fatalf("%s: got %d assets and %v, want some and no error", place, len(answer.Observations), err)
			}
			if i == 1 && answer.Bytes != 0 {
				t.Errorf("%s, second read: got %d bytes, want 0", place, answer.Bytes)
			}
			t.Logf(
				"%s: %d calls, %d bytes, %s",
				place,
				answer.Requests,
				answer.Bytes,
				time.Since(began).Round(time.Millisecond),
			)
		}
	}
	scheme, _, _ := strings.Cut(address, "://")
	_, err := newRemoteSource(t, "", scheme+"://nobody/target").Observe(context.Background())
	if err == nil || !strings.Contains(err.Error(), absent) {
		t.Errorf("bucket that does not exist: got %v, want an error with %q", err, absent)
	}
}
