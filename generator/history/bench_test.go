package history_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/freshet-status/freshet/generator/history"
	"github.com/freshet-status/freshet/sources"
)

// companyScrape returns a visit of many assets: six in ten are tables, 85 in 100 of them built
// that day, and the rest are views and tiles.
func companyScrape(at time.Time, assets int, r *rand.Rand) sources.Scrape {
	s := sources.Scrape{Source: "dbt", Type: "dbt", At: at}
	s.Scopes = []sources.Scope{{Name: "project:big", CheckedAt: at}}
	for i := range assets {
		o := sources.Observation{Asset: sources.Asset{
			ID: sources.ID(
				fmt.Sprintf("table:ANALYTICS.S%03d.MODEL_NUMBER_%05d", i%100, i),
			), Kind: sources.Model, Materialized: "table",
			Name: fmt.Sprintf(
				"model_number_%05d",
				i,
			), Scope: "project:big", Aliases: []string{fmt.Sprintf("model.big.model_number_%05d", i)},
			Owner: "data", Description: "One of very many.", Virtual: i%10 >= 6,
		}}
		if i > 0 {
			o.Upstream = []sources.ID{sources.ID(fmt.Sprintf("table:ANALYTICS.S%03d.MODEL_NUMBER_%05d", i/2%100, i/2))}
		}
		if !o.Virtual {
			reading := sources.Reading{Clock: sources.Built, CheckedAt: at}
			if r.IntN(100) < 85 {
				reading.At = at.Add(-time.Duration(60+r.IntN(3600)) * time.Second)
			}
			o.Readings = []sources.Reading{reading}
		}
		s.Observations = append(s.Observations, o)
	}
	return s
}

// writeHistory returns a history of so many days of a company, its directory and the time of
// its last visit.
func writeHistory(b *testing.B, days, assets int) (*history.Log, string, time.Time) {
	b.Helper()
	dir := b.TempDir()
	l := history.Open(dir)
	r := rand.New(rand.NewPCG(1, 2))
	at := morning
	past := new(sources.Past)
	for day := range days {
		at = morning.AddDate(0, 0, day)
		if _, _, err := l.Append(past, []sources.Scrape{companyScrape(at, assets, r)}); err != nil {
			b.Fatalf("append: got error %v, want none", err)
		}
		var err error
		past, err = l.Load(at, at)
		if err != nil {
			b.Fatalf("load: got error %v, want none", err)
		}
	}
	return l, dir, at
}

func BenchmarkLoad90Days10000Assets(b *testing.B) {
	l, dir, end := writeHistory(b, 91, 10000)
	b.ReportAllocs()
	for b.Loop() {
		past, err := l.Load(end.AddDate(0, 0, -90), end)
		if err != nil || len(past.Tracks) != 10000 {
			b.Fatalf("load of 90 days: got error %v, want none and 10,000 tracks", err)
		}
	}
	b.ReportMetric(float64(bytesIn(dir))/1e6/91*365, "MB/year")
}

func BenchmarkAppend10000Assets(b *testing.B) {
	l, _, end := writeHistory(b, 2, 10000)
	past, err := l.Load(end, end)
	if err != nil {
		b.Fatalf("load of one day: got error %v, want none", err)
	}
	r := rand.New(rand.NewPCG(3, 4))
	b.ReportAllocs()
	for b.Loop() {
		end = end.Add(time.Minute)
		if _, _, err := l.Append(past, []sources.Scrape{companyScrape(end, 10000, r)}); err != nil {
			b.Fatalf("append of one scrape: got error %v, want none", err)
		}
	}
}

func bytesIn(dir string) (n int64) {
	_ = filepath.Walk(dir, func(_ string, info os.FileInfo, err error) error {
		if err == nil && !info.IsDir() {
			n += info.Size()
		}
		return nil
	})
	return n
}
