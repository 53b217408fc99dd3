package sources

import (
	"fmt"
	"strings"
	"time"
)

// Formats that several packages share, for people and for JSON.

// FormatCount returns a number with its noun, such as "1 day", "3 days" and "3 queries". noun is
// in the singular; the plural is made with an s, or with "ries" if the noun ends in "ry".
func FormatCount(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	if stem, ok := strings.CutSuffix(noun, "ry"); ok {
		return fmt.Sprintf("%d %sries", n, stem)
	}
	return fmt.Sprintf("%d %ss", n, noun)
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
