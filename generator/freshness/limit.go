package freshness

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/freshet-status/freshet/sources"
)

// A Limit is the greatest age that is still good. The zero Limit says nothing.
type Limit struct {
	days    int           // midnights
	elapsed time.Duration // or time, if it is not zero
	said    bool
}

// Elapsed returns a limit of so much time; none for zero.
func Elapsed(d time.Duration) Limit { return Limit{elapsed: d, said: d != 0} }

// ParseLimit reads "today", calendar days such as "100d", or elapsed time such
// as "26h" or "90m". Nothing is the zero Limit.
func ParseLimit(s string) (Limit, error) {
	if s == "" || s == "today" {
		return Limit{said: s != ""}, nil
	}
	if n, ok := strings.CutSuffix(s, "d"); ok {
		if days, err := strconv.Atoi(n); err == nil && days > 0 && days < 100_000 {
			return Limit{days: days, said: true}, nil
		}
	} else if d, err := time.ParseDuration(s); err == nil && d > 0 && d%time.Minute == 0 {
		return Elapsed(d), nil
	}
	return Limit{}, fmt.Errorf(`must be "today", calendar days such as "100d" or elapsed time such as "26h", is %q`, s)
}

// passed reports whether data that moved at at, on the day atDay, is older at
// now, on the day nowDay, than l allows.
func (l Limit) passed(at, now int64, atDay, nowDay int) bool {
	if l.elapsed != 0 {
		return now-at > int64(l.elapsed/time.Second)
	}
	return nowDay-atDay > l.days
}

// most is the longest time that l allows, or nearly.
func (l Limit) most() time.Duration {
	if l.elapsed != 0 {
		return l.elapsed
	}
	return time.Duration(l.days) * 24 * time.Hour
}

// String is the limit as people say it: "today", "100 days", "26 h".
func (l Limit) String() string {
	switch {
	case l.elapsed != 0:
		return elapsed(l.elapsed)
	case l.days == 0:
		return "today"
	default:
		return sources.Count(l.days, "day")
	}
}

// elapsed is a time in the largest unit that tells it exactly.
func elapsed(d time.Duration) string {
	switch {
	case d%(24*time.Hour) == 0 && d >= 72*time.Hour:
		return fmt.Sprintf("%d × 24 h", d/(24*time.Hour))
	case d%time.Hour == 0:
		return fmt.Sprintf("%d h", d/time.Hour)
	case d%time.Minute == 0:
		return fmt.Sprintf("%d min", d/time.Minute)
	default:
		return d.String()
	}
}
