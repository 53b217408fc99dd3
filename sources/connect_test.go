package sources_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/freshet-status/freshet/sources"
)

// A mute connects, and never says so.
type mute struct{ forever chan bool }

func (m mute) Connect(context.Context) ([]string, []error) { <-m.forever; return nil, nil }

func TestATryEndsAtItsDeadline(t *testing.T) {
	works, missing := sources.TryConnect(
		context.Background(),
		stop("hangs", 10*time.Millisecond, nil),
		mute{forever: make(chan bool)},
	)
	if len(works) != 0 || len(missing) != 1 || !strings.HasPrefix(missing[0].Error(), "no response within 10ms") {
		t.Errorf(
			"TryConnect: got works %q, missing %v; want no works and one error that names the deadline",
			works,
			missing,
		)
	}
}
