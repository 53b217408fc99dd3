package sources

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"
)

// A Stop is a source on the round of visits.
type Stop struct {
	Source
	Type     string        // as in site.toml
	Deadline time.Duration // how long the visit may take
}

// VisitAll observes every source at the same time, as of one moment, and returns
// one scrape a source, in the order given. The clock tells how long each took. A
// source that fails, hangs or panics takes nothing from the others: its visit
// ends at its deadline.
//
// done, if not nil, is called as each source has answered.
func VisitAll(ctx context.Context, at time.Time, clock func() time.Time, stops []Stop, done func(Scrape)) []Scrape {
	scrapes := make([]Scrape, len(stops))
	at = at.UTC().Truncate(time.Second)
	var wg sync.WaitGroup
	var one sync.Mutex
	for i, stop := range stops {
		wg.Go(func() {
			scrapes[i] = visit(ctx, clock, at, stop)
			one.Lock()
			defer one.Unlock()
			if done != nil {
				done(scrapes[i])
			}
		})
	}
	wg.Wait()
	return scrapes
}

func visit(ctx context.Context, clock func() time.Time, at time.Time, stop Stop) Scrape {
	s := Scrape{Source: stop.Name(), Type: stop.Type, At: at}
	began := clock()
	answer, err := observe(ctx, stop)
	if err != nil {
		s.Error = err.Error()
	}
	// Sorted, so that the same facts always make the same bytes.
	answer.Observations, answer.Scopes = slices.Clone(answer.Observations), slices.Clone(answer.Scopes)
	slices.SortFunc(answer.Observations, func(a, b Observation) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(answer.Scopes, func(a, b Scope) int { return cmp.Compare(a.Name, b.Name) })
	s.Answer = answer
	s.honest()
	s.Seconds = clock().Sub(began).Round(100 * time.Millisecond).Seconds()
	return s
}

type answered struct {
	Answer
	err error
}

// observe ends at the deadline, even if the source does not.
func observe(ctx context.Context, stop Stop) (Answer, error) {
	ctx, cancel := context.WithTimeout(ctx, stop.Deadline)
	defer cancel()
	a, ok := within(ctx, func() (a answered) {
		defer func() {
			if p := recover(); p != nil {
				a = answered{err: fmt.Errorf("a fault in freshet: %v\nhint: please report it; the other sources were visited", p)}
			}
		}()
		a.Answer, a.err = stop.Observe(ctx)
		return a
	})
	if !ok {
		return Answer{}, late(ctx, stop)
	}
	return a.Answer, a.err
}

// within is what do returns, unless it is silent after the context ended: one that
// minds its context says where it was, and what it saw before.
func within[T any](ctx context.Context, do func() T) (said T, ok bool) {
	got := make(chan T, 1)
	go func() { got <- do() }()
	select {
	case said = <-got:
		return said, true
	case <-ctx.Done():
	}
	select {
	case said = <-got:
		return said, true
	case <-time.After(grace):
		return said, false
	}
}

// grace is how long a source has to answer after its deadline.
const grace = 2 * time.Second

func late(ctx context.Context, stop Stop) error {
	if ctx.Err() == context.Canceled {
		return fmt.Errorf("the visit was interrupted")
	}
	return fmt.Errorf("no answer within %s\nhint: raise deadline in [[source]] %q, or look why it hangs", stop.Deadline, stop.Name())
}
