package sources

import (
	"encoding/base64"
	"encoding/json"
	"html"
	"io"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// secretMask stands in the place of a secret.
const secretMask = "***"

// minSecretLength is the length of the shortest secret that is hidden. A shorter one would hide words.
const minSecretLength = 4

// minSecretLine is the length of the shortest line of a secret of several lines, such as a private key, that
// is hidden by itself.
const minSecretLine = 16

// Secrets holds the secrets that a process read, and hides them in text from outside: systems repeat
// tokens and passwords in their messages, in the form in which they were sent. Every source passes each
// secret that it reads or is given to Keep. What is recorded, shown or printed passes through Hide in two
// places: the scrape of a visit, and the streams of the command line.
//
// The zero value is empty and ready to use; a nil pointer keeps and hides nothing. It may be used by several
// goroutines.
type Secrets struct {
	lock     sync.Mutex
	forms    map[string]bool // every form in which a secret may be repeated
	longest  []string        // forms, the longest first
	replacer *strings.Replacer
}

// Keep adds a secret and returns it as it is. Space around it does not belong to it.
func (s *Secrets) Keep(value string) string {
	if s == nil {
		return value
	}
	s.lock.Lock()
	defer s.lock.Unlock()
	s.add(strings.TrimSpace(value))
	for line := range strings.Lines(value) {
		if line = strings.TrimSpace(line); len(line) >= minSecretLine {
			s.add(line)
		}
	}
	return value
}

// add adds the forms of a secret that is long enough.
func (s *Secrets) add(value string) {
	if len(value) < minSecretLength {
		return
	}
	for _, form := range listSecretForms(value) {
		if s.forms[form] || len(form) < minSecretLength {
			continue
		}
		if s.forms == nil {
			s.forms = make(map[string]bool)
		}
		s.forms[form] = true
		s.longest = append(s.longest, form)
		s.replacer = nil
	}
}

// Hide returns text with a mask in the place of each secret, in any of its forms. A secret that is cut
// off at the end of text is masked too.
func (s *Secrets) Hide(text string) string {
	if s == nil || text == "" {
		return text
	}
	s.lock.Lock()
	defer s.lock.Unlock()
	if len(s.longest) == 0 {
		return text
	}
	if s.replacer == nil {
		s.replacer = newSecretReplacer(s.longest)
	}
	return s.hideCut(s.replacer.Replace(text))
}

// newSecretReplacer returns a replacer of the forms by the mask. It sorts forms, the longest first.
func newSecretReplacer(forms []string) *strings.Replacer {
	slices.SortFunc(forms, func(a, b string) int { return len(b) - len(a) })
	var pairs []string
	for _, form := range forms {
		pairs = append(pairs, form, secretMask)
	}
	return strings.NewReplacer(pairs...)
}

// minSecretCut is the length of the shortest beginning of a secret that is hidden at the end of a text.
const minSecretCut = 8

// hideCut returns text with a mask in the place of the beginning of a secret where a long text was cut:
// before "…".
func (s *Secrets) hideCut(text string) string {
	parts := strings.Split(text, "…")
	for i := range len(parts) - 1 {
		parts[i] = s.hideEnd(parts[i])
	}
	return strings.Join(parts, "…")
}

// hideEnd returns text with a mask in the place of the beginning of a secret at its end.
func (s *Secrets) hideEnd(text string) string {
	for _, form := range s.longest {
		for n := len(form) - 1; n >= minSecretCut; n-- {
			if rest, found := strings.CutSuffix(text, form[:n]); found {
				return rest + secretMask
			}
		}
	}
	return text
}

// hexPattern matches a byte in the encoding of URLs.
var hexPattern = regexp.MustCompile(`%[0-9A-F]{2}`)

// listSecretForms returns the forms in which a system may repeat a secret: as it is, as URLs, JSON, HTML and Go
// write it, and in base64, alone or within a longer text.
func listSecretForms(value string) []string {
	forms := []string{value, html.EscapeString(value), trimQuotes(strconv.Quote(value)), trimQuotes(strconv.QuoteToASCII(value))}
	for _, escaped := range []string{url.QueryEscape(value), url.PathEscape(value), strings.ReplaceAll(url.QueryEscape(value), "+", "%20")} {
		forms = append(forms, escaped, hexPattern.ReplaceAllStringFunc(escaped, strings.ToLower))
	}
	data, err := json.Marshal(value)
	if err == nil {
		forms = append(forms, trimQuotes(string(data)), strings.ReplaceAll(trimQuotes(string(data)), "/", `\/`))
	}
	return append(forms, listBase64Forms(value)...)
}

// trimQuotes returns a quoted text without the quotes.
func trimQuotes(quoted string) string { return quoted[1 : len(quoted)-1] }

// listBase64Forms returns what stands in base64 for a secret at each of the three places where it may begin in
// a longer text, without the letters that depend on what is around it.
func listBase64Forms(value string) (forms []string) {
	for offset := range 3 {
		padded := strings.Repeat("\x00", offset) + value
		first := (offset*8 + 5) / 6 // letters that hold a bit of the padding
		last := len(padded) * 8 / 6 // letters without a bit of what follows
		for _, encoding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
			encoded := encoding.EncodeToString([]byte(padded))[first:last]
			if len(encoded) >= minSecretCut {
				forms = append(forms, encoded)
			}
		}
	}
	return forms
}

// A SecretWriter hides secrets, and characters that control a terminal, in what is written to another
// writer. Colors stay. A secret must be written at once.
type SecretWriter struct {
	To      io.Writer
	Secrets *Secrets
}

// Write writes p without secrets. It returns len(p) if all of that was written.
func (w SecretWriter) Write(p []byte) (int, error) {
	text := cleanOutput(w.Secrets.Hide(string(p)))
	if _, err := io.WriteString(w.To, text); err != nil {
		return 0, err
	}
	return len(p), nil
}

// colorPattern matches the control sequences that set colors.
var colorPattern = regexp.MustCompile(`\x1b\[[0-9;]*m`)

// cleanOutput returns text with U+FFFD in the place of each character that controls a terminal, but with its
// colors and carriage returns.
func cleanOutput(text string) string {
	var cleaned strings.Builder
	last := 0
	for _, at := range append(colorPattern.FindAllStringIndex(text, -1), []int{len(text), len(text)}) {
		cleaned.WriteString(strings.Map(replaceOutputControl, text[last:at[0]]))
		cleaned.WriteString(text[at[0]:at[1]])
		last = at[1]
	}
	return cleaned.String()
}

// replaceOutputControl returns r as replaceControl does, but keeps carriage returns, which show progress.
func replaceOutputControl(r rune) rune {
	if r == '\r' {
		return r
	}
	return replaceControl(r)
}
