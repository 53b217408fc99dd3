package dbt

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/freshet-status/freshet/sources"
)

// addExposures adds an asset for each exposure. An exposure of type dashboard becomes a
// dashboard in a folder, with a tile for each relation that it depends on.
func (p *project) addExposures() {
	for _, unique := range slices.Sorted(maps.Keys(p.exposures)) {
		e := p.exposures[unique]
		if e.Type == "dashboard" {
			p.addDashboard(unique, e)
			continue
		}
		o := p.buildExposure(unique, e, sources.ID("exposure:"+e.Package+"."+e.Name), sources.Exposure)
		o.Upstream = p.assetIDs(e.DependsOn.Nodes)
		o.Traced = "exposure"
		p.addExposureAsset(o)
	}
}

// addExposureAsset appends o to the assets of exposures.
func (p *project) addExposureAsset(o sources.Observation) {
	p.exposureAssets = append(p.exposureAssets, o)
}

// addDashboard adds a dashboard, its folder and its tiles. The folder is meta.folder of the
// exposure, or else the project.
func (p *project) addDashboard(unique string, e exposure) {
	place := "dbt/" + e.Package + "." + e.Name
	folder := cmp.Or(string(e.Config.Meta.Folder), string(e.Meta.Folder), p.name)
	board := p.buildExposure(unique, e, sources.ID("dashboard:"+place), sources.Dashboard)
	board.Parent = sources.ID("folder:dbt/" + folder)
	p.addExposureAsset(board)
	p.addExposureAsset(
		sources.Observation{
			Asset: sources.Asset{ID: board.Parent, Kind: sources.Folder, Name: folder, Virtual: true, Scope: p.scope},
		},
	)
	for _, u := range slices.Sorted(maps.Keys(p.findRelations(e.DependsOn.Nodes))) {
		p.addTile(place, board, u)
	}
}

// addTile adds the tile of a dashboard for the relation with the unique id. The tile has the
// owner of the dashboard.
func (p *project) addTile(place string, board sources.Observation, unique string) {
	relation := p.assetID(unique)
	name := unique[strings.LastIndexByte(unique, '.')+1:]
	if o := p.observations[unique]; o != nil {
		name = o.Name
	}
	p.addExposureAsset(sources.Observation{Asset: sources.Asset{
		ID:          sources.ID("tile:" + place + "/" + relation.Place()),
		Kind:        sources.Tile,
		Name:        name,
		Virtual:     true,
		Scope:       p.scope,
		Owner:       board.Owner,
		OwnerOrigin: board.OwnerOrigin,
		Parent:      board.ID,
		Upstream:    []sources.ID{relation},
		Traced:      "exposure",
	}})
}

// buildExposure returns the observation of an exposure as an asset with this id and kind,
// without upstream. The owner is the exposure's owner or else its meta.owner.
func (p *project) buildExposure(unique string, e exposure, id sources.ID, kind sources.Kind) sources.Observation {
	tags := slices.Compact(slices.Sorted(slices.Values(slices.Concat(e.Tags, e.Config.Tags))))
	owner := string(cmp.Or(Text(e.Owner.String()), e.Config.Meta.Owner, e.Meta.Owner))
	ownerBy := sources.OwnerOrigin("")
	if owner != "" {
		ownerBy = sources.OwnerFromDBTExposure
	}
	return sources.Observation{Asset: sources.Asset{
		ID:          id,
		Kind:        kind,
		Name:        string(cmp.Or(e.Label, Text(e.Name))),
		Virtual:     true,
		Scope:       p.scope,
		Aliases:     []string{unique},
		Tags:        tags[:len(tags):len(tags)],
		Owner:       owner,
		OwnerOrigin: ownerBy,
		Description: sources.ClipText(string(e.Description), 4000),
		URL:         string(e.URL),
	}}
}
