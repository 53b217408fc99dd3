package looker_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/freshet-status/freshet/sources"
	"github.com/freshet-status/freshet/sources/looker/standin"
)

func TestALieInAnElementTakesNotTheRest(t *testing.T) {
	for name, tt := range map[string]struct {
		path, text string
		want       []sources.ID
		inactive   bool
	}{
		"elements: fields are numbers": {
			path: "dashboard_elements/search",
			text: `[{"id":"1","dashboard_id":"42","query":{"id":"5","model":"shop","view":"orders",` +
				`"fields":[7]}},{"id":"2","dashboard_id":"42","query":{"id":"5","model":"shop",` +
				`"view":"orders"}}]`,
			want:     []sources.ID{"tile:looker/42/1", "tile:looker/42/2"},
			inactive: true,
		},
		"elements: fields are a text": {
			path: "dashboard_elements/search",
			text: `[{"id":"1","dashboard_id":"42","query":{"id":"5","model":"shop","view":"orders",` +
				`"fields":"orders.count"}},{"id":"2","dashboard_id":"42","query":{"id":"5",` +
				`"model":"shop","view":"orders"}}]`,
			want:     []sources.ID{"tile:looker/42/1", "tile:looker/42/2"},
			inactive: true,
		},
		"elements: a look is a number": {
			path: "dashboard_elements/search",
			text: `[{"id":"1","dashboard_id":"42","look":7},{"id":"2","dashboard_id":"42",` +
				`"query":{"id":"5","model":"shop","view":"orders"}}]`,
			want:     []sources.ID{"tile:looker/42/1", "tile:looker/42/2"},
			inactive: true,
		},
		"elements: filterables are an object": {
			path: "dashboard_elements/search",
			text: `[{"id":"1","dashboard_id":"42","result_maker":{"filterables":{"listen":{}}}},{"id":"2",` +
				`"dashboard_id":"42","query":{"id":"5","model":"shop","view":"orders"}}]`,
			want:     []sources.ID{"tile:looker/42/1", "tile:looker/42/2"},
			inactive: true,
		},
		"a dashboard: fields are numbers": {
			path:     "dashboards/shop::board",
			text:     `{"dashboard_elements":[{"id":"1","query":{"model":"shop","view":"orders","fields":[7]}},{"id":"2"}]}`,
			want:     []sources.ID{"tile:looker/shop::board/1", "tile:looker/shop::board/2"},
			inactive: false,
		},
	} {
		t.Run(name, func(t *testing.T) {
			l := shop()
			l.HasActivity = !tt.inactive
			seen, _, err := observeHostile(t, l, at(tt.path, tt.text), 20*time.Second)
			if err != nil {
				t.Errorf("Observe: got %v, want no error", err)
			}
			has(t, seen, tt.want...)
		})
	}
}

func TestWhatIsNeverVisibleIsNotAskedForOneByOne(t *testing.T) {
	l := board("42", "0")
	l.DeniesSQL = true
	for i := range 600 {
		l.Dashboards[0].Tiles = append(
			l.Dashboards[0].Tiles,
			standin.Tile{
				ID:    fmt.Sprint(i + 1),
				Query: &standin.Query{ID: fmt.Sprint("q", i), Model: "shop", Explore: "daily", Fields: []string{"daily.total"}},
			},
		)
	}
	_, answer, _ := observeHostile(t, l, nil, 20*time.Second)
	if len(answer.Notes) > 20 || answer.Calls["db_query"] > 50 {
		t.Errorf(
			"Observe: got %d notes, calls %v, first %q; want at most 20 notes and 50 db_query",
			len(answer.Notes),
			answer.Calls,
			answer.Notes[:3],
		)
	}
}

func TestLongIDsInNotes(t *testing.T) {
	l := board("shop::"+strings.Repeat("x", 10000), "1")
	l.Dashboards = append(
		l.Dashboards,
		standin.Dashboard{
			ID:     "1",
			Folder: "7",
			Tiles: []standin.Tile{
				{
					ID: "1",
					Query: &standin.Query{
						ID:      strings.Repeat("q", 10000),
						Model:   strings.Repeat("m", 10000),
						Explore: "e\n\n\ne",
					},
				},
			},
		},
	)
	l.DeniesSQL = true
	_, answer, err := observeHostile(
		t,
		l,
		only(
			"dashboards/"+l.Dashboards[0].ID,
			func(w http.ResponseWriter, r *http.Request) bool { w.WriteHeader(403); return true },
		),
		20*time.Second,
	)
	if err != nil || len(answer.Notes) == 0 {
		t.Fatalf("Observe: got %v and %d notes, want no error and some notes", err, len(answer.Notes))
	}
	for _, n := range answer.Notes {
		if len(n) > 510 || strings.Contains(n, "\n") {
			t.Errorf("note: got %d bytes, want at most 510 in one line", len(n))
		}
	}
}

func TestTitlesOfAMegabyte(t *testing.T) {
	l := board("42", "1")
	l.Dashboards[0].Title = strings.Repeat("x", 1<<20)
	seen, _, _ := observeHostile(t, l, nil, 20*time.Second)
	if n := len(seen["dashboard:looker/42"].Name); n > 10000 {
		t.Errorf("name of dashboard 42: got %d bytes, want at most 10000", n)
	}
}
