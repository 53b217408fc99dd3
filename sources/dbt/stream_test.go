package dbt_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/freshet-status/freshet/sources"
	"github.com/freshet-status/freshet/sources/dbt"
	"github.com/freshet-status/freshet/sources/dbt/dbttest"
)

// writeLarge writes a manifest of so many models, each with some 4 kB of SQL
// that nobody wants, and as many bytes of macros: 100 MB are 14,000 models.
func writeLarge(t testing.TB, models int) (dir string, size int64) {
	t.Helper()
	dir = t.TempDir()
	f, err := os.Create(filepath.Join(dir, "manifest.json"))
	if err != nil {
		t.Fatal(err)
	}
	out := bufio.NewWriter(f)
	sql := strings.Repeat("select a, b, c from x where y = 1 -- \\n", 100)
	fmt.Fprintf(out, `{%s,"macros":{`, dbttest.Metadata("manifest", 12, "2026-08-22T05:00:00Z"))
	for i := range models {
		fmt.Fprintf(out, `"macro.p.m%d":{"macro_sql":"%s"},`, i, sql[:3200])
	}
	fmt.Fprint(out, `"macro.p.last":{}},"nodes":{`)
	for i := range models {
		fmt.Fprintf(
			out,
			`"model.p.m%d":{"resource_type":"model","package_name":"p","name":"m%d",`+
				`"relation_name":"prod.s%d.m%d","description":"The model `+
				`%d.","config":{"materialized":"table"},"depends_on":{"nodes":["model.p.m%d"]},`+
				`"compiled_code":"%s"},`,
			i,
			i,
			i%40,
			i,
			i,
			i/2,
			sql,
		)
	}
	fmt.Fprint(out, `"test.p.last":{}}}`)
	if err := out.Flush(); err != nil {
		t.Fatal(err)
	}
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	return dir, info.Size()
}

// peak runs f and returns how much the heap held at most, and what it holds of
// it afterwards, in MiB.
func peak(f func() any) (most, kept float64) {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	begin := stats.HeapAlloc
	stop := make(chan bool)
	done := make(chan uint64)
	go func() {
		high := uint64(0)
		for {
			var s runtime.MemStats
			runtime.ReadMemStats(&s)
			high = max(high, s.HeapAlloc)
			select {
			case <-stop:
				done <- high
				return
			case <-time.After(5 * time.Millisecond):
			}
		}
	}()
	result := f()
	close(stop)
	high := <-done
	runtime.GC()
	runtime.ReadMemStats(&stats)
	runtime.KeepAlive(result)
	return float64(high-begin) / (1 << 20), (float64(stats.HeapAlloc) - float64(begin)) / (1 << 20)
}

func BenchmarkManifestOf100MB(b *testing.B) {
	dir, size := writeLarge(b, 14000)
	src := (&dbt.Config{Artifacts: []string{"."}}).Open(sources.Setting{Name: "dbt", Dir: dir})
	b.SetBytes(size)
	b.ReportAllocs()
	for b.Loop() {
		most, kept := peak(func() any {
			answer, err := src.Observe(context.Background())
			if err != nil || len(answer.Observations) != 14000 {
				b.Fatalf("Observe: got %d assets and %v, want 14000 and no error", len(answer.Observations), err)
			}
			return answer
		})
		b.ReportMetric(most-kept, "MiB-above-kept")
		b.ReportMetric(kept, "MiB-kept")
	}
}

// TestALargeManifestIsStreamed proves it on a smaller one than the benchmark:
// what a visit holds above what it keeps does not grow with the file.
func TestALargeManifestIsStreamed(t *testing.T) {
	dir, size := writeLarge(t, 3000)
	src := (&dbt.Config{Artifacts: []string{"."}}).Open(sources.Setting{Name: "dbt", Dir: dir})
	most, kept := peak(func() any {
		answer, err := src.Observe(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		return answer
	})
	t.Logf("%d MB: %.1f MiB at most, %.1f MiB kept", size/1e6, most, kept)
	if above := most - kept; above > 16 {
		t.Errorf("memory above what is kept: got %.1f MiB, want at most 16", above)
	}
}
