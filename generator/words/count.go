package words

import "github.com/freshet-status/freshet/sources"

// Count returns a number with its noun, such as "1 day" and "12,480 tables". noun is in the
// singular.
func Count(n int, noun string) string { return sources.FormatCount(n, noun) }

// Number returns a number with commas between groups of three digits.
func Number(n int) string { return sources.FormatNumber(n) }

// Verb returns the form of a verb that agrees with a number: one for 1, many otherwise.
func Verb(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}
