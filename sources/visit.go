package sources

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"
)

// A VisitTarget is a source to be visited.
type VisitTarget struct {
	Source
	Type     string        // type of the source, as in site.toml
	Deadline time.Duration // longest duration of the visit
}

// VisitAll reads all targets at the same time and returns one scrape per target, in the order
// given. All scrapes have the moment at, in UTC, to the second; now measures how long each
// visit took. A source that fails, hangs or panics does not affect the others: its visit ends
// at its deadline.
//
// done, if not nil, is called with each scrape as soon as it is there, never twice at the same
// time.
func VisitAll(ctx context.Context, at time.Time, now func() time.Time, targets []VisitTarget, done func(Scrape)) []Scrape {
	scrapes := make([]Scrape, len(targets))
	at = at.UTC().Truncate(time.Second)
	var wg sync.WaitGroup
	var doneLock sync.Mutex
	for i, target := range targets {
		wg.Go(func() {
			scrapes[i] = visitSource(ctx, now, at, target)
			doneLock.Lock()
			defer doneLock.Unlock()
			if done != nil {
				done(scrapes[i])
			}
		})
	}
	wg.Wait()
	return scrapes
}

// visitSource reads one source and returns its scrape as of at: sorted, so that the same facts
// always make the same bytes, without checks of a later moment, and with the error in Error.
func visitSource(ctx context.Context, now func() time.Time, at time.Time, target VisitTarget) Scrape {
	s := Scrape{Source: target.Name(), Type: target.Type, At: at}
	began := now()
	answer, err := observeInTime(ctx, target)
	if err != nil {
		s.Error = err.Error()
	}
	// Sorted, so that the same facts always make the same bytes.
	answer.Observations = slices.Clone(answer.Observations)
	answer.Scopes = slices.Clone(answer.Scopes)
	slices.SortFunc(answer.Observations, func(a, b Observation) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(answer.Scopes, func(a, b Scope) int { return cmp.Compare(a.Name, b.Name) })
	s.Answer = answer
	s.dropFuture()
	s.noteFutureReadings()
	s.Seconds = now().Sub(began).Round(100 * time.Millisecond).Seconds()
	return s
}

// A result is what Observe returned.
type result struct {
	Answer
	err error
}

// observeInTime returns what Observe returns, or an error soon after the deadline even if the
// source hangs. A panic of the source becomes an error.
func observeInTime(ctx context.Context, target VisitTarget) (Answer, error) {
	ctx, cancel := context.WithTimeout(ctx, target.Deadline)
	defer cancel()
	a, ok := callWithGrace(ctx, func() (a result) {
		defer func() {
			if p := recover(); p != nil {
				a = result{err: fmt.Errorf("internal error: %v\nhint: report this as a bug; the other sources are not affected", p)}
			}
		}()
		a.Answer, a.err = target.Observe(ctx)
		return a
	})
	if !ok {
		return Answer{}, deadlineError(ctx, target)
	}
	return a.Answer, a.err
}

// callWithGrace runs do and waits for it until ctx ends plus a grace period, in which a source
// that obeys ctx can return what it has read; ok is false if do has not returned by then.
func callWithGrace[T any](ctx context.Context, do func() T) (value T, ok bool) {
	values := make(chan T, 1)
	go func() { values <- do() }()
	select {
	case value = <-values:
		return value, true
	case <-ctx.Done():
	}
	select {
	case value = <-values:
		return value, true
	case <-time.After(gracePeriod):
		return value, false
	}
}

// gracePeriod is how long a source may take to return after its deadline.
const gracePeriod = 2 * time.Second

// deadlineError returns the error of a visit that did not return in time: the visit was
// interrupted if ctx was canceled, else the deadline passed.
func deadlineError(ctx context.Context, target VisitTarget) error {
	if ctx.Err() == context.Canceled {
		return fmt.Errorf("interrupted")
	}
	return fmt.Errorf("no response within %s\nhint: raise deadline in [[source]] %q", target.Deadline, target.Name())
}
