package site_test

import (
	"strings"
	"testing"
	"time"

	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/sources"
)

// TestThePageOfWhatIsFreshStillSaysThatItFails proves, of two tables that read each other, that the
// page of one whose build failed does not call it late because of the other.
func TestThePageOfWhatIsFreshStillSaysThatItFails(t *testing.T) {
	p := &sources.Past{
		Checks: map[string]*sources.CheckTimes{},
		Visits: []sources.Visit{{Source: "dbt", At: now}},
	}
	for id, up := range map[sources.ID]sources.ID{"table:A": "table:B", "table:B": "table:A"} {
		track := &sources.Track{
			Source:   "dbt",
			Asset:    sources.Asset{ID: id, Kind: sources.Model, Name: id.Place(), Upstream: []sources.ID{up}},
			Listings: []sources.Listing{{Came: now.Add(-time.Hour)}},
		}
		track.AddReading(sources.Reading{Clock: sources.Built, At: now.Add(-2 * time.Hour), CheckedAt: now})
		track.AddAttempt(sources.Attempt{At: now.Add(-time.Hour), Outcome: sources.Failed, Says: "no such column"})
		p.Tracks = append(p.Tracks, track)
	}
	for name, page := range renderSite(t, freshness.Derive(p, defaultRules(), now)) {
		if strings.HasPrefix(name, "t/b-") && !strings.Contains(string(page), "Failing because of") {
			t.Errorf("%s: got no sentence that begins with Failing, want one", name)
		}
		if strings.HasPrefix(name, "t/") && strings.Contains(string(page), "Late because of") {
			t.Errorf("%s: got a table that is late, want one that is failing", name)
		}
	}
}
