package freshness

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/freshet-status/freshet/sources"
)

// A Limit is the greatest age that is still good, in calendar days or in elapsed time. The zero
// Limit is not set.
type Limit struct {
	days    int           // number of midnights that may pass; 0 is "today"
	elapsed time.Duration // elapsed time instead of days, if it is not zero
	isSet   bool
}

// ElapsedLimit returns a limit of elapsed time d. If d is 0, the limit is not set.
func ElapsedLimit(d time.Duration) Limit { return Limit{elapsed: d, isSet: d != 0} }

// ParseLimit parses "today", calendar days such as "100d", or elapsed time in whole minutes
// such as "26h" or "90m". The empty string is the zero Limit.
func ParseLimit(s string) (Limit, error) {
	if s == "" || s == "today" {
		return Limit{isSet: s != ""}, nil
	}
	if n, ok := strings.CutSuffix(s, "d"); ok {
		if days, err := strconv.Atoi(n); err == nil && days > 0 && days < 100_000 {
			return Limit{days: days, isSet: true}, nil
		}
	} else if d, err := time.ParseDuration(s); err == nil && d > 0 && d%time.Minute == 0 {
		return ElapsedLimit(d), nil
	}
	return Limit{}, fmt.Errorf(`must be "today", calendar days such as "100d" or elapsed time such as "26h", is %q`, s)
}

// isExceeded reports whether data updated at at is older at now than l allows. Both are Unix
// seconds; atDay and nowDay are their day numbers. Data that is exactly as old as the limit is
// not.
func (l Limit) isExceeded(at, now int64, atDay, nowDay int) bool {
	if l.elapsed != 0 {
		return now-at > int64(l.elapsed/time.Second)
	}
	return nowDay-atDay > l.days
}

// nominalAge returns the age that l allows, with calendar days of 24 hours, so that limits of
// both kinds can be compared.
func (l Limit) nominalAge() time.Duration {
	if l.elapsed != 0 {
		return l.elapsed
	}
	return time.Duration(l.days) * 24 * time.Hour
}

// String returns the limit in words, such as "today", "100 days" or "26 h".
func (l Limit) String() string {
	switch {
	case l.elapsed != 0:
		return formatElapsed(l.elapsed)
	case l.days == 0:
		return "today"
	default:
		return sources.FormatCount(l.days, "day")
	}
}

// formatElapsed returns d in the largest unit that expresses it exactly, such as "3 × 24 h",
// "26 h" or "90 min".
func formatElapsed(d time.Duration) string {
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
