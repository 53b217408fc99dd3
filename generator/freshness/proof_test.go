package freshness_test

import (
	"strings"
	"testing"

	"github.com/freshet-status/freshet/generator/expect"
	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/generator/words"
	"github.com/freshet-status/freshet/sources"
)

// TestWhatNoCheckProvedWaits proves that an asset past a limit needs attention only if a check after
// that limit found nothing: until then its color follows the calendar, and it waits.
func TestWhatNoCheckProvedWaits(t *testing.T) {
	limits := func(fresh, stale string) expect.Rule {
		x := expect.Expectation{FreshWithin: limit(fresh), StaleAfter: limit(stale), SetBy: "rule table:T"}
		return expect.Rule{Match: "table:T", Expect: x}
	}
	for name, tt := range map[string]struct {
		rule            expect.Rule
		loaded, checked float64 // hours ago
		want            freshness.Status
		waits           bool
		says            string
	}{
		"not updated today, checked yesterday": {
			rule: limits("today", "100d"), loaded: 26, checked: 24,
			want: freshness.Aging, waits: true, says: "Last checked yesterday 06:00; its data was from yesterday 04:00 then.",
		},
		"not updated today, checked after midnight": {
			rule: limits("today", "100d"), loaded: 26, checked: 5,
			want: freshness.Aging, says: "Not loaded since yesterday 04:00 (last checked today 01:00).",
		},
		"past a limit of hours, checked before it": {
			rule: limits("24h", "30d"), loaded: 26, checked: 3,
			want: freshness.Aging, waits: true, says: "Last checked today 03:00; its data was from yesterday 04:00 then.",
		},
		"past a limit of hours, checked after it": {
			rule: limits("24h", "30d"), loaded: 26, checked: 1,
			want: freshness.Aging, says: "Not loaded since yesterday 04:00 (last checked today 05:00).",
		},
		"stale, checked before any limit": {
			rule: limits("2h", "4h"), loaded: 26, checked: 25,
			want: freshness.Stale, waits: true, says: "Last checked yesterday 05:00; its data was from yesterday 04:00 then.",
		},
		"stale, checked after the first limit": {
			rule: limits("2h", "24h"), loaded: 26, checked: 12,
			want: freshness.Stale, says: "Not loaded since yesterday 04:00 (last checked yesterday 18:00).",
		},
	} {
		t.Run(name, func(t *testing.T) {
			gl := tells(table("table:T"), sources.Loaded, tt.loaded, tt.checked)
			r := derive(rules(tt.rule), visit(ago(0.5), gl, tile("tile:X", "table:T")))
			n := r.Node("table:T")
			if n.Status != tt.want || n.Waiting != tt.waits || n.Attention == tt.waits {
				t.Errorf("table:T: got %v, waiting %v, attention %v; want %v, waiting %v, attention %v",
					n.Status, n.Waiting, n.Attention, tt.want, tt.waits, !tt.waits)
			}
			if x := r.Node("tile:X"); x.Waiting != tt.waits || x.Attention == tt.waits {
				t.Errorf("tile:X: got waiting %v, attention %v; want %v, %v", x.Waiting, x.Attention, tt.waits, !tt.waits)
			}
			if got := words.DescribeCause(r, r.Causes[0]); !strings.HasPrefix(got, tt.says) {
				t.Errorf("sentence: got %q, want it to begin with %q", got, tt.says)
			}
		})
	}
}
