// Package api writes the API of a site: static files below api/v1. Within v1 keys are only added.
// Times are RFC 3339 in UTC, unknown values are null, lists are sorted, and no key is left out.
// assets/schema.json is its JSON Schema.
package api

import (
	"bytes"
	"encoding/json"
	"time"

	"github.com/freshet-status/freshet/assets"
	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/generator/words"
	"github.com/freshet-status/freshet/sources"
)

// A Writer holds what the API is written from and where it is written to.
type Writer struct {
	Report    *freshness.Report
	Title     string
	BuiltBy   string                               // version of freshet
	NextRun   time.Time                            // zero if no schedule is set
	Expires   time.Time                            // zero if no schedule is set
	Page      func(id sources.ID) string           // returns the page of an asset, relative to the root of the site
	FileName  func(id sources.ID) string           // returns the name of the file of an asset, without extension
	WriteFile func(name string, data []byte) error // writes a file, by its path relative to the root of the site
}

// An assetRecord is one asset in the API: a line of assets.jsonl, or a dashboard or tile in
// dashboards/*.json.
type assetRecord struct {
	assetNames
	assetVerdict
	assetContext
}

// An assetNames holds what an asset is.
type assetNames struct {
	ID           sources.ID   `json:"id"`
	Kind         sources.Kind `json:"kind"`
	Materialized *string      `json:"materialized"`
	Name         string       `json:"name"`
	Aliases      []string     `json:"aliases"`
}

// An assetVerdict holds how an asset is judged, and by what.
type assetVerdict struct {
	Status        *freshness.Status       `json:"status"` // null for a dashboard or folder without tiles
	OwnStatus     *freshness.Status       `json:"own_status"`
	Updated       *time.Time              `json:"updated"`
	UpdatedBefore *time.Time              `json:"updated_before"`
	Clock         *sources.Clock          `json:"clock"`
	CheckedAt     *time.Time              `json:"checked"`
	DataAsOf      *time.Time              `json:"data_as_of"`
	Clocks        map[string]clockReading `json:"clocks"`
	Roots         freshness.RootCount     `json:"roots"`  // 0 of a dashboard or folder
	Expect        *string                 `json:"expect"` // null for a virtual asset without a judged clock
	Due           *time.Time              `json:"due"`
	Waiting       bool                    `json:"waiting"`
	Late          bool                    `json:"late"`
	Failing       bool                    `json:"failing"`
	Tests         freshness.TestCount     `json:"tests"` // of the asset itself
}

// An assetContext holds who owns an asset, where it is shown, and what is around it.
type assetContext struct {
	Owner    *string      `json:"owner"`
	URL      *string      `json:"url"`
	Page     string       `json:"page"`
	Parent   *sources.ID  `json:"parent"`
	Upstream []sources.ID `json:"upstream"`
	Causes   []sources.ID `json:"causes"`
	Tags     []string     `json:"tags"`
	Strip    string       `json:"strip"`
	Traced   *string      `json:"traced"` // how the upstream of a tile is known: sql, explore or exposure
	Views    *int64       `json:"views"`
	Opened   *time.Time   `json:"opened"`
}

// A clockReading is the latest reading of one clock in the API. At is null if the asset was
// never loaded or the time is unknown.
type clockReading struct {
	At        *time.Time `json:"at"`
	CheckedAt *time.Time `json:"checked"`
}

// nonNilSlice returns s, or an empty slice if s is nil, so that JSON has [] and never null.
func nonNilSlice[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

// buildAssetRecord returns the API record of n. Views is null if no view is known, Clock and
// CheckedAt are null if no clock was judged.
func (w *Writer) buildAssetRecord(n *freshness.Node) assetRecord {
	return assetRecord{assetNames: namesOf(n), assetVerdict: verdictOf(n), assetContext: w.contextOf(n)}
}

// namesOf returns what an asset is.
func namesOf(n *freshness.Node) assetNames {
	return assetNames{
		ID:           n.ID,
		Kind:         n.Kind,
		Materialized: sources.NullText(n.Materialized),
		Name:         n.Name,
		Aliases:      nonNilSlice(n.Aliases),
	}
}

// verdictOf returns how an asset is judged.
func verdictOf(n *freshness.Node) assetVerdict {
	v := assetVerdict{
		Updated:       sources.NullTime(n.Updated),
		UpdatedBefore: sources.NullTime(n.UpdatedBefore),
		DataAsOf:      sources.NullTime(n.DataAsOf),
		Clocks:        collectReadings(n),
		Roots:         n.CountRoots(),
		Expect:        expectationText(n),
		Due:           sources.NullTime(n.Due),
		Waiting:       n.Waiting,
		Late:          n.Late,
		Failing:       n.IsFailing(),
		Tests:         n.CountTests(),
	}
	if n.Status != freshness.None {
		v.Status = &n.Status
	}
	if n.OwnStatus != freshness.None {
		v.OwnStatus = &n.OwnStatus
	}
	if n.Clock != nil {
		v.Clock = &n.Clock.Clock
		v.CheckedAt = sources.NullTime(n.Clock.CheckedAt)
	}
	return v
}

// contextOf returns who owns an asset, where it is shown, and what is around it.
func (w *Writer) contextOf(n *freshness.Node) assetContext {
	c := assetContext{
		Owner:    sources.NullText(n.Owner),
		URL:      sources.NullText(n.URL),
		Page:     w.Page(n.ID),
		Parent:   sources.NullText(n.Parent),
		Upstream: nonNilSlice(n.Upstream),
		Causes:   sortedCauseIDs(n.Causes),
		Tags:     nonNilSlice(n.Tags),
		Strip:    n.Strip,
		Traced:   sources.NullText(n.TracedBy()),
		Opened:   sources.NullTime(n.LastOpened()),
	}
	if n.Views > 0 {
		c.Views = &n.Views
	}
	return c
}

// expectationText returns the expectation for n's data in words, or nil for a virtual asset
// that has no judged clock, because only its upstream is judged.
func expectationText(n *freshness.Node) *string {
	if n.Virtual && n.Clock == nil {
		return nil
	}
	return sources.NullText(words.Expectation(n.Expect))
}

// collectReadings returns n's latest reading by clock name. If several sources read the same
// clock, the one that checked last counts.
func collectReadings(n *freshness.Node) map[string]clockReading {
	all := make(map[string]clockReading)
	for _, t := range n.Clocks {
		if old := all[t.Clock.String()]; old.CheckedAt == nil || t.CheckedAt.After(*old.CheckedAt) {
			m := clockReading{At: sources.NullTime(t.At), CheckedAt: sources.NullTime(t.CheckedAt)}
			if t.At.Equal(sources.Never) {
				m.At = nil
			}
			all[t.Clock.String()] = m
		}
	}
	return all
}

// sortedCauseIDs returns the ids of causes in ascending order; never nil.
func sortedCauseIDs(causes []*freshness.Cause) []sources.ID {
	ids := []sources.ID{}
	for _, c := range causes {
		ids = append(ids, c.ID)
	}
	return sortIDs(ids)
}

// Write writes all files below api/v1 but summary.json: assets.jsonl, one file per dashboard and per
// root cause, and schema.json.
func (w *Writer) Write() error {
	var lines bytes.Buffer
	out := json.NewEncoder(&lines)
	out.SetEscapeHTML(false)
	for _, n := range w.Report.Nodes {
		if err := out.Encode(w.buildAssetRecord(n)); err != nil {
			return err
		}
	}
	if err := w.WriteFile("api/v1/assets.jsonl", lines.Bytes()); err != nil {
		return err
	}
	if err := w.writeDashboards(); err != nil {
		return err
	}
	if err := w.writeCauses(); err != nil {
		return err
	}
	return w.WriteFile("api/v1/schema.json", assets.Schema)
}

// WriteSummary writes summary.json, the one file that changes with every run.
func (w *Writer) WriteSummary() error { return w.writeJSON("api/v1/summary.json", w.buildSummary()) }

// writeJSON writes v as one line of JSON, without escaping <, > and &.
func (w *Writer) writeJSON(file string, v any) error {
	var line bytes.Buffer
	out := json.NewEncoder(&line)
	out.SetEscapeHTML(false)
	if err := out.Encode(v); err != nil {
		return err
	}
	return w.WriteFile(file, line.Bytes())
}

// writeDashboards writes api/v1/dashboards/*.json: each dashboard with its tiles.
func (w *Writer) writeDashboards() error {
	for _, n := range w.Report.Nodes {
		if n.Kind != sources.Dashboard {
			continue
		}
		board := struct {
			Dashboard assetRecord   `json:"dashboard"`
			Tiles     []assetRecord `json:"tiles"`
		}{w.buildAssetRecord(n), []assetRecord{}}
		for _, c := range n.Shown {
			board.Tiles = append(board.Tiles, w.buildAssetRecord(c))
		}
		if err := w.writeJSON("api/v1/dashboards/"+w.FileName(n.ID)+".json", board); err != nil {
			return err
		}
	}
	return nil
}

// A causeRecord is a root cause in the API: an entry of attention in summary.json, and the
// first part of causes/*.json.
type causeRecord struct {
	Cause      sources.ID       `json:"cause"`
	Status     freshness.Status `json:"status"`
	Since      *time.Time       `json:"since"`
	Says       string           `json:"says"`
	Owner      *string          `json:"owner"`
	Tiles      int              `json:"tiles"`
	Dashboards int              `json:"dashboards"`
	Page       *string          `json:"page"`
	Views      int64            `json:"views"` // how often the affected dashboards were opened; 0 is unknown
}

// buildCauseRecord returns the API record of c. Page is null if the cause is not an asset.
func (w *Writer) buildCauseRecord(c *freshness.Cause) causeRecord {
	a := causeRecord{
		Cause:      c.ID,
		Status:     c.Status,
		Since:      sources.NullTime(c.Since),
		Says:       words.DescribeCause(w.Report, c),
		Owner:      sources.NullText(c.Owner),
		Tiles:      c.Tiles,
		Dashboards: len(c.Dashboards),
		Views:      c.Views,
	}
	if c.Node != nil {
		a.Page = sources.NullText(w.Page(c.ID))
	}
	return a
}

// writeCauses writes api/v1/causes/*.json: each root cause with the ids of the assets that
// it affects.
func (w *Writer) writeCauses() error {
	for _, c := range w.Report.Causes {
		cause := struct {
			causeRecord
			Attention bool         `json:"attention"`
			Holds     []sources.ID `json:"holds"`
		}{w.buildCauseRecord(c), c.Attention, []sources.ID{}}
		for _, n := range c.Affected {
			cause.Holds = append(cause.Holds, n.ID)
		}
		if err := w.writeJSON("api/v1/causes/"+w.FileName(c.ID)+".json", cause); err != nil {
			return err
		}
	}
	return nil
}
