package sources

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Formats that several packages share, for people and for JSON.

// FormatCount returns a number with its noun, such as "1 day" and "12,480 tables". noun is in the
// singular; a final "ry" becomes "ries", other nouns get an s.
func FormatCount(n int, noun string) string {
	stem, isRy := strings.CutSuffix(noun, "ry")
	switch {
	case n == 1:
		return "1 " + noun
	case isRy:
		return FormatNumber(n) + " " + stem + "ries"
	default:
		return FormatNumber(n) + " " + noun + "s"
	}
}

// FormatNumber returns n with commas between groups of three digits.
func FormatNumber(n int) string {
	digits := strconv.Itoa(n)
	first := 0
	if n < 0 {
		first = 1
	}
	for i := len(digits) - 3; i > first; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// FormatError returns the text of err in one line, with "; " before the hint, as notes need it.
func FormatError(err error) string { return strings.ReplaceAll(err.Error(), "\nhint: ", "; ") }

// ClipText returns s, or its first most bytes and "…" if it is longer. It cuts no rune in
// two.
func ClipText(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

// FormatSize returns a number of bytes for people, such as "7.1 kB" or "2.4 MB".
func FormatSize(bytes int64) string {
	if bytes >= 1e6 {
		return fmt.Sprintf("%.1f MB", float64(bytes)/1e6)
	}
	return fmt.Sprintf("%.1f kB", float64(bytes)/1e3)
}

// NullTime returns t in UTC for JSON; nil, which is null, for the zero time.
func NullTime(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

// NullText returns s for JSON; nil, which is null, for the empty text.
func NullText[T ~string](s T) *T {
	if s == "" {
		return nil
	}
	return &s
}
