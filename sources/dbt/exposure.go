package dbt

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/freshet-status/freshet/sources"
)

// expose adds the exposures. One of type dashboard is drawn as a dashboard,
// with a tile for each relation that it depends on, in a folder.
func (p *project) expose() {
	for _, unique := range slices.Sorted(maps.Keys(p.exposures)) {
		e := p.exposures[unique]
		if e.Type == "dashboard" {
			p.dashboard(unique, e)
			continue
		}
		o := p.exposed(unique, e, sources.ID("exposure:"+e.Package+"."+e.Name), sources.Exposure)
		o.Upstream, o.Traced = p.ids(e.DependsOn.Nodes), "exposure"
		p.show(o)
	}
}

func (p *project) show(o sources.Observation) { p.shown = append(p.shown, o) }

func (p *project) dashboard(unique string, e exposure) {
	place := "dbt/" + e.Package + "." + e.Name
	folder := cmp.Or(string(e.Config.Meta.Folder), string(e.Meta.Folder), p.name)
	board := p.exposed(unique, e, sources.ID("dashboard:"+place), sources.Dashboard)
	board.Parent = sources.ID("folder:dbt/" + folder)
	p.show(board)
	p.show(sources.Observation{Asset: sources.Asset{ID: board.Parent, Kind: sources.Folder, Name: folder, Virtual: true, Scope: p.scope}})
	for _, u := range slices.Sorted(maps.Keys(p.reach(e.DependsOn.Nodes))) {
		p.tile(place, board, u)
	}
}

// tile draws what a dashboard reads from one relation.
func (p *project) tile(place string, board sources.Observation, unique string) {
	of, name := p.named(unique), unique[strings.LastIndexByte(unique, '.')+1:]
	if o := p.seen[unique]; o != nil {
		name = o.Name
	}
	p.show(sources.Observation{Asset: sources.Asset{
		ID:       sources.ID("tile:" + place + "/" + of.Place()),
		Kind:     sources.Tile,
		Name:     name,
		Virtual:  true,
		Scope:    p.scope,
		Owner:    board.Owner,
		OwnerBy:  board.OwnerBy,
		Parent:   board.ID,
		Upstream: []sources.ID{of},
		Traced:   "exposure",
	}})
}

func (p *project) exposed(unique string, e exposure, id sources.ID, k sources.Kind) sources.Observation {
	tags := slices.Compact(slices.Sorted(slices.Values(slices.Concat(e.Tags, e.Config.Tags))))
	owner, by := string(cmp.Or(text(e.Owner.String()), e.Config.Meta.Owner, e.Meta.Owner)), sources.Owning("")
	if owner != "" {
		by = sources.ByExposure
	}
	return sources.Observation{Asset: sources.Asset{
		ID:          id,
		Kind:        k,
		Name:        string(cmp.Or(e.Label, text(e.Name))),
		Virtual:     true,
		Scope:       p.scope,
		Aliases:     []string{unique},
		Tags:        tags[:len(tags):len(tags)],
		Owner:       owner,
		OwnerBy:     by,
		Description: sources.Clip(string(e.Description), 4000),
		URL:         string(e.URL),
	}}
}
