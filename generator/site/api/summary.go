package api

import (
	"slices"
	"time"

	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/sources"
)

// A summary is the content of api/v1/summary.json: the site in one small file.
type summary struct {
	Title     string             `json:"title"`
	AsOf      *time.Time         `json:"as_of"`
	BuiltBy   string             `json:"built_by"`
	NextRun   *time.Time         `json:"next_run"`
	Expires   *time.Time         `json:"expires"`
	Timezone  string             `json:"timezone"`
	Tiles     statusCounts       `json:"tiles"`
	Tables    statusCounts       `json:"tables"`
	Coverage  freshness.Coverage `json:"coverage"`
	Sources   []sourceRecord     `json:"sources"`
	Attention []causeRecord      `json:"attention"`
}

// A statusCounts counts assets by status. The six statuses are disjoint; Waiting, Late and
// Failing count some of the same assets again.
type statusCounts struct {
	Fresh      int `json:"fresh"`
	Unverified int `json:"unverified"`
	Aging      int `json:"aging"`
	Stale      int `json:"stale"`
	Broken     int `json:"broken"`
	Unknown    int `json:"unknown"`
	Waiting    int `json:"waiting"`
	Late       int `json:"late"`
	Failing    int `json:"failing"`
}

// newStatusCounts returns c and pending in the form of the API.
func newStatusCounts(c freshness.Counts, pending freshness.PendingCounts) statusCounts {
	return statusCounts{
		Fresh:      c[freshness.Fresh],
		Unverified: c[freshness.Unverified],
		Aging:      c[freshness.Aging],
		Stale:      c[freshness.Stale],
		Broken:     c[freshness.Broken],
		Unknown:    c[freshness.Unknown],
		Waiting:    pending.Waiting,
		Late:       pending.Late,
		Failing:    pending.Failing,
	}
}

// A sourceRecord is the last visit of one source in summary.json.
type sourceRecord struct {
	Name     string     `json:"name"`
	Type     string     `json:"type"`
	OK       bool       `json:"ok"`
	At       *time.Time `json:"at"`
	Seconds  float64    `json:"seconds"`
	Assets   int        `json:"assets"`
	Requests int        `json:"requests"`
	Error    *string    `json:"error"`
}

// buildSummary returns the content of summary.json.
func (w *Writer) buildSummary() summary {
	s := summary{
		Title:     w.Title,
		AsOf:      sources.NullTime(w.Report.At),
		BuiltBy:   "freshet " + w.BuiltBy,
		NextRun:   sources.NullTime(w.NextRun),
		Expires:   sources.NullTime(w.Expires),
		Timezone:  w.Report.Zone.String(),
		Tiles:     newStatusCounts(w.Report.Tiles, w.Report.TilesPending),
		Tables:    newStatusCounts(w.Report.Tables, w.Report.TablesPending),
		Coverage:  w.Report.Coverage,
		Sources:   []sourceRecord{},
		Attention: []causeRecord{},
	}
	for _, v := range w.Report.Sources {
		s.Sources = append(
			s.Sources,
			sourceRecord{
				Name:     v.Source,
				Type:     v.Type,
				OK:       v.OK,
				At:       sources.NullTime(v.At),
				Seconds:  v.Seconds,
				Assets:   v.Assets,
				Requests: v.Requests,
				Error:    sources.NullText(v.Error),
			},
		)
	}
	for _, c := range w.Report.Causes {
		if c.Attention {
			s.Attention = append(s.Attention, w.buildCauseRecord(c))
		}
	}
	return s
}

// sortIDs sorts ids in place and returns them.
func sortIDs(ids []sources.ID) []sources.ID {
	slices.Sort(ids)
	return ids
}
