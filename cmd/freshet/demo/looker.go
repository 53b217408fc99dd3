package demo

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/freshet-status/freshet/sources/looker/standin"
)

// first are the numbers of the first folder, dashboard, tile and query in the
// company's Looker.
const (
	firstFolder    = 10
	firstDashboard = 101
	firstTile      = 1001
)

// Fill puts the company's folders, dashboards and tiles into its Looker: a tile
// for each thing that a dashboard reads, asked of an explore of its own, as they are
// on a day.
func (c *Company) Fill(l *standin.Looker, d Day) {
	l.Folders = []standin.Folder{{ID: "1", Name: "Shared"}}
	l.Dashboards, l.Explores = nil, make(map[string]standin.Explore)
	folders := make(map[string]string)
	tile := firstTile
	for i, b := range c.Boards {
		if folders[b.Folder] == "" {
			folders[b.Folder] = strconv.Itoa(firstFolder + len(folders))
			l.Folders = append(l.Folders, standin.Folder{ID: folders[b.Folder], Name: b.Folder})
		}
		board := standin.Dashboard{ID: strconv.Itoa(firstDashboard + i), Title: b.Label, Folder: folders[b.Folder], Views: 40 * (len(c.Boards) - i), Viewed: d.before(max(b.Opened-d.Ago, 1)).At("16:20")}
		for _, read := range b.Reads {
			l.Explores["tidewater::"+read] = standin.Explore{View: read, Table: c.relation(b.Project, read), Connection: "snowflake"}
			board.Tiles = append(board.Tiles, standin.Tile{ID: strconv.Itoa(tile), Title: b.title(read), Query: &standin.Query{ID: strconv.Itoa(tile), Model: "tidewater", Explore: read, Fields: []string{read + ".total"}}})
			tile++
		}
		l.Dashboards = append(l.Dashboards, board)
	}
}

// title is what people call a tile.
func (b Board) title(read string) string { return read[strings.LastIndexByte(read, '.')+1:] }

// address is where people open a dashboard.
func (c *Company) address(b Board) string {
	for i, other := range c.Boards {
		if other.Name == b.Name && other.Project == b.Project {
			return "https://bi.tidewater.example/dashboards/" + strconv.Itoa(firstDashboard+i)
		}
	}
	return ""
}

// relation is the table that a project calls so.
func (c *Company) relation(project, name string) string {
	for _, t := range c.Tables {
		if t.Project == project && t.Name == name {
			return cmp.Or(t.Relation, "raw."+t.Name)
		}
	}
	for _, m := range c.Models {
		if m.Project != project || m.Name != name {
			continue
		}
		for _, p := range c.Projects {
			if p.Name == project {
				return strings.ToLower(p.Database + "." + m.schema() + "." + m.Name)
			}
		}
	}
	return ""
}
