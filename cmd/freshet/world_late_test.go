package main

import (
	"maps"
	"testing"
)

// A tardiness is what was late in the world: by asset that has a clock, the first
// day on which it was, with its status then.
type tardiness map[string]string

func (late tardiness) day(dir string, t *testing.T, date string) {
	t.Helper()
	for _, a := range worldAssets(t, dir) {
		if a.Late && a.Clock != nil && late[a.ID] == "" {
			late[a.ID] = date + " " + a.Status
		}
	}
}

// judge compares it with the schedule of the world: sessions came each day at 05:35
// and stopped after the 24th, and the check at 06:00 of the next day did not find
// them; campaigns came on Mondays, which a rule says since eight loads take two
// months, and did not on the 23rd of March.
func (late tardiness) judge(t *testing.T) {
	t.Helper()
	want := tardiness{
		"table:warehouse.raw_web.sessions":  "2026-04-25 aging",
		"table:warehouse.raw_web.campaigns": "2026-03-24 aging",
	}
	if !maps.Equal(late, want) {
		t.Errorf("late assets: got %v, want %v", late, want)
	}
}
