package sources

import (
	"fmt"
	"strings"
	"time"
)

// What several packages write in the same way: to people, and in JSON.

// Count is a number of things in words, such as "1 day" and "3 days".
func Count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// OneLine is an error with its hint in one line, as a note has it.
func OneLine(err error) string { return strings.ReplaceAll(err.Error(), "\nhint: ", "; ") }

// Clip cuts a text after so many bytes, at the end of a rune.
func Clip(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

// Size is a number of bytes in words, such as "7.1 kB".
func Size(bytes int64) string {
	if bytes >= 1e6 {
		return fmt.Sprintf("%.1f MB", float64(bytes)/1e6)
	}
	return fmt.Sprintf("%.1f kB", float64(bytes)/1e3)
}

// NullTime is a time in UTC; the zero time is null.
func NullTime(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

// NullText is a text; the empty text is null.
func NullText[T ~string](s T) *T {
	if s == "" {
		return nil
	}
	return &s
}
