package site

import (
	"slices"
	"time"

	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/sources"
)

// A summary is summary.json: the site in one small file.
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
	Sources   []sourceLine       `json:"sources"`
	Attention []attentionRow     `json:"attention"`
}

// statusCounts count by status, which are disjoint; waiting and late are among
// them.
type statusCounts struct {
	Fresh   int `json:"fresh"`
	Aging   int `json:"aging"`
	Stale   int `json:"stale"`
	Broken  int `json:"broken"`
	Unknown int `json:"unknown"`
	Waiting int `json:"waiting"`
	Late    int `json:"late"`
}

func countsOf(c freshness.Counts, pending freshness.Pending) statusCounts {
	return statusCounts{Fresh: c[freshness.Fresh], Aging: c[freshness.Aging], Stale: c[freshness.Stale], Broken: c[freshness.Broken], Unknown: c[freshness.Unknown], Waiting: pending.Waiting, Late: pending.Late}
}

type sourceLine struct {
	Name     string     `json:"name"`
	Type     string     `json:"type"`
	OK       bool       `json:"ok"`
	At       *time.Time `json:"at"`
	Seconds  float64    `json:"seconds"`
	Assets   int        `json:"assets"`
	Requests int        `json:"requests"`
	Error    *string    `json:"error"`
}

func (w *writer) summary() summary {
	s := summary{
		Title: w.info.Title, AsOf: sources.NullTime(w.r.At), BuiltBy: "freshet " + w.info.BuiltBy, NextRun: sources.NullTime(w.info.NextRun), Expires: sources.NullTime(w.info.Expires),
		Timezone: w.r.Zone.String(), Tiles: countsOf(w.r.Tiles, w.r.TilesPending), Tables: countsOf(w.r.Tables, w.r.TablesPending), Coverage: w.r.Coverage,
		Sources: []sourceLine{}, Attention: []attentionRow{},
	}
	for _, v := range w.r.Sources {
		s.Sources = append(s.Sources, sourceLine{v.Source, v.Type, v.OK, sources.NullTime(v.At), v.Seconds, v.Assets, v.Requests, sources.NullText(v.Error)})
	}
	for _, c := range w.r.Causes {
		if c.Attention {
			s.Attention = append(s.Attention, w.attentionRow(c))
		}
	}
	return s
}

func sortedIDs(ids []sources.ID) []sources.ID {
	slices.Sort(ids)
	return ids
}
