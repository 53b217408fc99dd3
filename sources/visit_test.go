package sources_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/freshet-status/freshet/sources"
)

// A stub answers in one of the ways in which sources answer.
type stub struct {
	name    string
	observe func(context.Context) (sources.Answer, error)
}

func (s stub) Name() string { return s.name }

func (s stub) Observe(ctx context.Context) (sources.Answer, error) { return s.observe(ctx) }

func stop(name string, deadline time.Duration, observe func(context.Context) (sources.Answer, error)) sources.VisitTarget {
	return sources.VisitTarget{Source: stub{name: name, observe: observe}, Type: "stub", Deadline: deadline}
}

func TestOneSourceTakesNothingFromTheOthers(t *testing.T) {
	seen := sources.Answer{
		Observations: []sources.Observation{{Asset: sources.Asset{ID: "table:B"}}, {Asset: sources.Asset{ID: "table:A"}}},
	}
	answers := func(context.Context) (sources.Answer, error) { return seen, nil }
	forever := make(chan bool)
	scrapes := sources.VisitAll(context.Background(), time.Now(), time.Now, []sources.VisitTarget{
		stop("good", time.Minute, answers),
		stop(
			"fails",
			time.Minute,
			func(context.Context) (sources.Answer, error) { return seen, errors.New("the second page is missing") },
		),
		stop("hangs", 10*time.Millisecond, func(context.Context) (sources.Answer, error) { <-forever; return seen, nil }),
		stop("panics", time.Minute, func(context.Context) (sources.Answer, error) { panic("index out of range") }),
	}, nil)
	for i, want := range []struct {
		assets int
		error  string
	}{{2, ""}, {2, "the second page is missing"}, {0, "no response within 10ms"}, {0, "internal error: index out of range"}} {
		s := scrapes[i]
		if len(s.Observations) != want.assets || !strings.HasPrefix(s.Error, want.error) ||
			(want.error == "") != (s.Error == "") {
			t.Errorf("%s: got %d assets, %q; want %d, %q", s.Source, len(s.Observations), s.Error, want.assets, want.error)
		}
	}
	if scrapes[0].Observations[0].ID != "table:A" {
		t.Errorf("first observation: got %s, want table:A", scrapes[0].Observations[0].ID)
	}
}

func TestAVisitCanBeInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	forever := make(chan bool)
	scrapes := sources.VisitAll(ctx, time.Now(), time.Now, []sources.VisitTarget{
		stop("hangs", time.Minute, func(context.Context) (sources.Answer, error) { <-forever; return sources.Answer{}, nil }),
	}, nil)
	if scrapes[0].Error != "interrupted" {
		t.Errorf("error of the scrape: got %q, want one that it was interrupted", scrapes[0].Error)
	}
}
