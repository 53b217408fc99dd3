package demo

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/freshet-status/freshet/sources/looker/standin"
)

// Ids of the first folder, dashboard, tile and query in the company's Looker. A
// query has the id of its tile.
const (
	firstFolder    = 10
	firstDashboard = 101
	firstTile      = 1001
)

// FillLooker replaces the folders, dashboards and explores of l by those of the company on day
// d. Each asset that a dashboard reads gets a tile with an explore of its own.
func (c *Company) FillLooker(l *standin.Looker, d Day) {
	l.Folders = []standin.Folder{{ID: "1", Name: "Shared"}}
	l.Dashboards = nil
	l.Explores = make(map[string]standin.Explore)
	folders := make(map[string]string)
	tile := firstTile
	for i, b := range c.Dashboards {
		if folders[b.Folder] == "" {
			folders[b.Folder] = strconv.Itoa(firstFolder + len(folders))
			l.Folders = append(l.Folders, standin.Folder{ID: folders[b.Folder], Name: b.Folder})
		}
		board := standin.Dashboard{
			ID:     strconv.Itoa(firstDashboard + i),
			Title:  b.Label,
			Folder: folders[b.Folder],
			Views:  40 * (len(c.Dashboards) - i),
			Viewed: d.daysBefore(max(b.UnopenedDays-d.DaysAgo, 1)).At("16:20"),
		}
		for _, read := range b.Reads {
			l.Explores["tidewater::"+read] = standin.Explore{
				View:       read,
				Table:      c.relationName(b.Project, read),
				Connection: "snowflake",
			}
			board.Tiles = append(
				board.Tiles,
				standin.Tile{
					ID:    strconv.Itoa(tile),
					Title: b.tileTitle(read),
					Query: &standin.Query{
						ID:      strconv.Itoa(tile),
						Model:   "tidewater",
						Explore: read,
						Fields:  []string{read + ".total"},
					},
				},
			)
			tile++
		}
		l.Dashboards = append(l.Dashboards, board)
	}
}

// tileTitle returns the title of the tile that shows an asset: its name without the schema.
func (b Dashboard) tileTitle(read string) string { return read[strings.LastIndexByte(read, '.')+1:] }

// dashboardAddress returns the address at which people open a dashboard, or "" if it is not in
// the script.
func (c *Company) dashboardAddress(b Dashboard) string {
	for i, other := range c.Dashboards {
		if other.Name == b.Name && other.Project == b.Project {
			return "https://bi.tidewater.example/dashboards/" + strconv.Itoa(firstDashboard+i)
		}
	}
	return ""
}

// relationName returns the relation of a table or model of a project, or "" if there is none of
// that name.
func (c *Company) relationName(project, name string) string {
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
				return strings.ToLower(p.Database + "." + m.schemaName() + "." + m.Name)
			}
		}
	}
	return ""
}
