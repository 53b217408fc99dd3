package bucket

import (
	"net/http"
	"testing"
)

// TestRedirects follows redirects between addresses.
func TestRedirects(t *testing.T) {
	const a, b, plain = "https://a.example/x", "https://b.example/x", "http://c.example/x"
	for name, test := range map[string]struct {
		way  []string // the addresses that were asked, and the next one
		want string   // the error; "" for none
	}{
		"to another host":                {way: []string{a, b}},
		"from http to https":             {way: []string{"http://127.0.0.1/x", "https://b.example/x"}},
		"from https to http":             {way: []string{a, plain}, want: "redirected from https to http"},
		"from https to http, by a third": {way: []string{a, b, plain}, want: "redirected from https to http"},
		"in a circle":                    {way: []string{a, b, a, b, a, b, a}, want: "too many redirects"},
	} {
		t.Run(name, func(t *testing.T) {
			var requests []*http.Request
			for _, address := range test.way {
				r, err := http.NewRequest(http.MethodGet, address, nil)
				if err != nil {
					t.Fatal(err)
				}
				requests = append(requests, r)
			}
			last := len(requests) - 1
			err := rejectPlainRedirect(requests[last], requests[:last])
			if got := errorText(err); got != test.want {
				t.Errorf("redirect: got error %q, want %q", got, test.want)
			}
		})
	}
}

// errorText returns the text of an error; "" for none.
func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
