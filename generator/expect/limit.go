package expect

import (
	"fmt"
	"strconv"
	"strings"
	"time"
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
	return Limit{}, fmt.Errorf(`must be "today", calendar days such as "100d" or elapsed time such as "26h" (got %q)`, s)
}

// isExceeded reports whether data that was updated at one moment is older at another than l
// allows. Data that is exactly as old as the limit is not.
func (l Limit) isExceeded(updated, now Moment) bool {
	if l.elapsed != 0 {
		return now.Unix-updated.Unix > int64(l.elapsed/time.Second)
	}
	return now.Day-updated.Day > l.days
}

// nominalAge returns the age that l allows, with calendar days of 24 hours, so that limits of
// both kinds can be compared.
func (l Limit) nominalAge() time.Duration {
	if l.elapsed != 0 {
		return l.elapsed
	}
	return time.Duration(l.days) * 24 * time.Hour
}

// Days returns the number of midnights that l allows to pass; 0 for "today" and for a limit of
// elapsed time.
func (l Limit) Days() int { return l.days }

// Elapsed returns the time that l allows to pass; 0 for a limit in calendar days.
func (l Limit) Elapsed() time.Duration { return l.elapsed }

// IsSet reports whether l is a limit at all.
func (l Limit) IsSet() bool { return l.isSet }

// LongestAge returns the greatest age that l can allow, and whether l is set. A limit in
// calendar days allows up to a day more than its number: data updated just after midnight is
// still of "today" almost 24 hours later.
func (l Limit) LongestAge() (age time.Duration, isSet bool) {
	if l.elapsed != 0 {
		return l.elapsed, l.isSet
	}
	return time.Duration(l.days+1) * 24 * time.Hour, l.isSet
}
