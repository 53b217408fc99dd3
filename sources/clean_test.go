package sources_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/freshet-status/freshet/sources"
)

// fillText sets every text in a value to text, and gives every list one element. Names that a source cannot
// choose stay as they are.
func fillText(v reflect.Value, text string) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fillText(v.Index(0), text)
	case reflect.Struct:
		for i := range v.NumField() {
			field := v.Type().Field(i)
			isOurs := field.Name == "Source" || field.Name == "Type" || field.Name == "Outcome" ||
				field.Name == "OwnerOrigin" || field.Name == "Traced"
			if field.IsExported() && !isOurs {
				fillText(v.Field(i), text)
			}
		}
	}
}

// TestNoTextOfAScrapeStaysUnclean puts a secret, and characters that control a terminal, into every text of a scrape, also into those that are added to
// the type later.
func TestNoTextOfAScrapeStaysUnclean(t *testing.T) {
	const canary = "canary-7c1e"
	secrets := new(sources.Secrets)
	secrets.Keep(canary)
	var s sources.Scrape
	fillText(reflect.ValueOf(&s).Elem(), "before "+canary+" \x1b[2J\u202e\x07 after")
	before := encodeScrape(t, s)
	if strings.Count(before, canary) < 20 {
		t.Fatalf("scrape: got the secret in %d places, want it in at least 20", strings.Count(before, canary))
	}
	cleaned := encodeScrape(t, s.Cleaned(secrets))
	for _, unwanted := range []string{canary, `\u001b`, `\u0007`, "\u202e"} {
		if strings.Contains(cleaned, unwanted) {
			t.Errorf("cleaned scrape: got %s, want no %q", cleaned, unwanted)
		}
	}
	if after := encodeScrape(t, s); after != before {
		t.Errorf("scrape itself: got it changed, want it as it was")
	}
}

// encodeScrape returns a scrape as JSON.
func encodeScrape(t *testing.T, s sources.Scrape) string {
	t.Helper()
	data, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
