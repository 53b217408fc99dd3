package sources_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/freshet-status/freshet/sources"
)

// secretEncodings holds the ways in which a system may repeat a secret.
var secretEncodings = map[string]func(string) string{
	"raw":              func(s string) string { return s },
	"query":            url.QueryEscape,
	"path":             url.PathEscape,
	"lower-case hex":   func(s string) string { return url.Values{"secret": {s}}.Encode() },
	"JSON":             encodeJSON,
	"JSON for HTML":    func(s string) string { data, _ := json.Marshal(s); return string(data) },
	"HTML":             html.EscapeString,
	"Go":               func(s string) string { return fmt.Sprintf("%q", s) },
	"base64":           func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) },
	"base64 of URLs":   func(s string) string { return base64.URLEncoding.EncodeToString([]byte(s)) },
	"a basic header":   func(s string) string { return base64.StdEncoding.EncodeToString([]byte("user:" + s)) },
	"within a base64":  func(s string) string { return base64.StdEncoding.EncodeToString([]byte("ab" + s + "cd")) },
	"a bearer header":  func(s string) string { return "Authorization: Bearer " + s + "\r\n" },
	"a form":           func(s string) string { return "client_id=x&client_secret=" + url.QueryEscape(s) + "&x=1" },
	"a clipped answer": func(s string) string { return "denied: " + s[:len(s)-1] + "…" },
}

// encodeJSON returns s as JSON without the escapes for HTML.
func encodeJSON(s string) string {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(s)
	return out.String()
}

// TestSecretsAreHiddenInEveryEncoding hides random secrets in every encoding.
func TestSecretsAreHiddenInEveryEncoding(t *testing.T) {
	for name, encode := range secretEncodings {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				value := rapid.StringMatching(`[a-zA-Z0-9+/=&<>"'%~ ._-]{10,40}[a-z0-9]{2}`).Draw(t, "secret")
				var set sources.Secrets
				value = strings.TrimSpace(set.Keep(value))
				text := "message: " + encode(value)
				hidden := set.Hide(text)
				if hidden == text {
					t.Errorf("text: got %q, want a mask in it", hidden)
				}
				for form, encodeAgain := range secretEncodings {
					if form != "a clipped answer" && strings.Contains(hidden, encodeAgain(value)) {
						t.Errorf("text: got %q, want no secret in it", hidden)
					}
				}
			})
		})
	}
}

// TestWhatIsNoSecretStays hides secrets in texts that hold none.
func TestWhatIsNoSecretStays(t *testing.T) {
	var set sources.Secrets
	set.Keep("hunter2-hunter2")
	set.Keep("abc") // too short to be hidden
	for _, text := range []string{"", "hunter", "Not loaded since 3 Nov.", "hunter2-hunter…", "abc"} {
		want := text
		if text == "hunter2-hunter…" {
			want = "***…"
		}
		if got := set.Hide(text); got != want {
			t.Errorf("text: got %q, want %q", got, want)
		}
	}
	var none *sources.Secrets
	if got := none.Hide(none.Keep("hunter2-hunter2")); got != "hunter2-hunter2" {
		t.Errorf("no set: got %q, want the text as it is", got)
	}
}

// TestEachLineOfAKeyIsHidden repeats one line of a private key.
func TestEachLineOfAKeyIsHidden(t *testing.T) {
	var set sources.Secrets
	set.Keep("-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0B\nAQEFAASCBKcwggSjAgEAAoIB\n-----END PRIVATE KEY-----\n")
	if got := set.Hide("bad line AQEFAASCBKcwggSjAgEAAoIB"); got != "bad line ***" {
		t.Errorf("text: got %q, want the line masked", got)
	}
}

// TestAWriterLetsNoTextControlTheTerminal writes colors, progress, and sequences that come from outside.
func TestAWriterLetsNoTextControlTheTerminal(t *testing.T) {
	for text, want := range map[string]string{
		"\x1b[32mfresh\x1b[0m\tx\n":     "\x1b[32mfresh\x1b[0m\tx\n",
		"\r3 of 5":                      "\r3 of 5",
		"a\x1b[2Jb\x1b]0;title\x07":     "a\ufffd[2Jb\ufffd]0;title\ufffd",
		"table \u202egnp.exe\u2066 ü 倉": "table \ufffdgnp.exe\ufffd ü 倉",
	} {
		var out bytes.Buffer
		fmt.Fprint(sources.SecretWriter{To: &out}, text)
		if out.String() != want {
			t.Errorf("%q: got %q, want %q", text, out.String(), want)
		}
	}
}

// TestAWriterHidesSecrets writes a secret.
func TestAWriterHidesSecrets(t *testing.T) {
	var out bytes.Buffer
	set := new(sources.Secrets)
	set.Keep("hunter2-hunter2")
	n, err := fmt.Fprintf(sources.SecretWriter{To: &out, Secrets: set}, "token %s\n", "hunter2-hunter2")
	if err != nil || n != len("token hunter2-hunter2\n") || out.String() != "token ***\n" {
		t.Errorf("written: got %q, %d bytes, error %v; want a mask, and the length of the text", out.String(), n, err)
	}
}
