package site

import (
	"bytes"
	"encoding/json"
	"time"

	"github.com/freshet-status/freshet/assets"
	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/sources"
)

// The API is files too: additive only within v1. Times are RFC 3339 in UTC,
// what is not known is null, lists are sorted, and no key is left out.

// An assetLine is a line of assets.jsonl.
type assetLine struct {
	ID           sources.ID             `json:"id"`
	Kind         sources.Kind           `json:"kind"`
	Materialized *string                `json:"materialized"`
	Name         string                 `json:"name"`
	Aliases      []string               `json:"aliases"`
	Status       freshness.Status       `json:"status"`
	OwnStatus    *freshness.Status      `json:"own_status"`
	Updated      *time.Time             `json:"updated"`
	Clock        *sources.Clock         `json:"clock"`
	Look         *time.Time             `json:"look"`
	DataAsOf     *time.Time             `json:"data_as_of"`
	Clocks       map[string]clockMoment `json:"clocks"`
	Expect       *string                `json:"expect"` // null for what holds no data of its own
	Due          *time.Time             `json:"due"`
	Waiting      bool                   `json:"waiting"`
	Late         bool                   `json:"late"`
	Owner        *string                `json:"owner"`
	URL          *string                `json:"url"`
	Page         string                 `json:"page"`
	Parent       *sources.ID            `json:"parent"`
	Upstream     []sources.ID           `json:"upstream"`
	Causes       []sources.ID           `json:"causes"`
	Tags         []string               `json:"tags"`
	Strip        string                 `json:"strip"`
	Traced       *string                `json:"traced"` // of a tile
	Views        *int64                 `json:"views"`
	Opened       *time.Time             `json:"opened"`
}

type clockMoment struct {
	At   *time.Time `json:"at"`
	Look *time.Time `json:"look"`
}

// list is never null.
func list[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

func (w *writer) assetLine(n *freshness.Node) assetLine {
	l := assetLine{
		ID: n.ID, Kind: n.Kind, Materialized: sources.NullText(n.Materialized), Name: n.Name, Aliases: list(n.Aliases),
		Status: n.Status, Updated: sources.NullTime(n.Updated), DataAsOf: sources.NullTime(n.DataAsOf), Clocks: clocksOf(n),
		Expect: expectOf(n), Owner: sources.NullText(n.Owner), URL: sources.NullText(n.URL), Page: w.hrefs[n.ID], Parent: sources.NullText(n.Parent),
		Upstream: list(n.Upstream), Causes: causeIDs(n.Causes), Tags: list(n.Tags), Strip: n.Strip,
	}
	l.Traced, l.Opened = sources.NullText(n.TracedBy()), sources.NullTime(n.Opened())
	l.Due, l.Waiting, l.Late = sources.NullTime(n.Due), n.Waiting, n.Late
	if n.Views > 0 {
		l.Views = &n.Views
	}
	if n.Own != freshness.None {
		l.OwnStatus = &n.Own
	}
	if n.Clock != nil {
		l.Clock, l.Look = &n.Clock.Clock, sources.NullTime(n.Clock.Look)
	}
	return l
}

func expectOf(n *freshness.Node) *string {
	if n.Virtual && n.Clock == nil {
		return nil
	}
	return sources.NullText(n.Expect.String())
}

func clocksOf(n *freshness.Node) map[string]clockMoment {
	all := make(map[string]clockMoment)
	for _, t := range n.Clocks {
		if old := all[t.Clock.String()]; old.Look == nil || t.Look.After(*old.Look) {
			m := clockMoment{At: sources.NullTime(t.At), Look: sources.NullTime(t.Look)}
			if t.At.Equal(sources.Never) {
				m.At = nil
			}
			all[t.Clock.String()] = m
		}
	}
	return all
}

func causeIDs(causes []*freshness.Cause) []sources.ID {
	ids := []sources.ID{}
	for _, c := range causes {
		ids = append(ids, c.ID)
	}
	return sortedIDs(ids)
}

// api writes the machine-readable side of the site.
func (w *writer) api() error {
	var lines bytes.Buffer
	out := json.NewEncoder(&lines)
	out.SetEscapeHTML(false)
	for _, n := range w.r.Nodes {
		if err := out.Encode(w.assetLine(n)); err != nil {
			return err
		}
	}
	if err := w.put("api/v1/assets.jsonl", lines.Bytes()); err != nil {
		return err
	}
	if err := w.apiDashboards(); err != nil {
		return err
	}
	if err := w.apiCauses(); err != nil {
		return err
	}
	if err := w.put("api/v1/schema.json", assets.Schema); err != nil {
		return err
	}
	return w.json("api/v1/summary.json", w.summary())
}

func (w *writer) json(file string, v any) error {
	w.buf.Reset()
	out := json.NewEncoder(&w.buf)
	out.SetEscapeHTML(false)
	if err := out.Encode(v); err != nil {
		return err
	}
	return w.put(file, w.buf.Bytes())
}

func (w *writer) apiDashboards() error {
	for _, n := range w.r.Nodes {
		if n.Kind != sources.Dashboard {
			continue
		}
		board := struct {
			Dashboard assetLine   `json:"dashboard"`
			Tiles     []assetLine `json:"tiles"`
		}{w.assetLine(n), []assetLine{}}
		for _, c := range n.Shown {
			board.Tiles = append(board.Tiles, w.assetLine(c))
		}
		if err := w.json("api/v1/dashboards/"+fileName(n.ID)+".json", board); err != nil {
			return err
		}
	}
	return nil
}

// An attentionRow is a cause in summary.json.
type attentionRow struct {
	Cause      sources.ID       `json:"cause"`
	Status     freshness.Status `json:"status"`
	Since      *time.Time       `json:"since"`
	Says       string           `json:"says"`
	Owner      *string          `json:"owner"`
	Tiles      int              `json:"tiles"`
	Dashboards int              `json:"dashboards"`
	Page       *string          `json:"page"`
	Views      int64            `json:"views"` // of these dashboards, as far as is known
}

func (w *writer) attentionRow(c *freshness.Cause) attentionRow {
	a := attentionRow{Cause: c.ID, Status: c.Status, Since: sources.NullTime(c.Since), Says: c.Says, Owner: sources.NullText(c.Owner), Tiles: c.Tiles, Dashboards: len(c.Dashboards), Views: c.Views}
	if c.Node != nil {
		a.Page = sources.NullText(w.hrefs[c.ID])
	}
	return a
}

func (w *writer) apiCauses() error {
	for _, c := range w.r.Causes {
		cause := struct {
			attentionRow
			Attention bool         `json:"attention"`
			Holds     []sources.ID `json:"holds"`
		}{w.attentionRow(c), c.Attention, []sources.ID{}}
		for _, n := range c.Held {
			cause.Holds = append(cause.Holds, n.ID)
		}
		if err := w.json("api/v1/causes/"+fileName(c.ID)+".json", cause); err != nil {
			return err
		}
	}
	return nil
}
