package freshness_test

import (
	"strings"
	"testing"

	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/generator/lineage"
	"github.com/freshet-status/freshet/sources"
)

func moves(from, to sources.ID) freshness.Rules {
	r := rules()
	r.Moves = []lineage.Move{{From: from, To: to}}
	return r
}

func TestARenamedTableKeepsItsHistory(t *testing.T) {
	old := loaded("table:RAW.S.GL", 50)
	now1 := loaded("table:RAW.S.GL_ENTRIES", 2)
	old.Readings[0].CheckedAt = ago(49)
	scrapes := []sources.Scrape{visit(ago(49), old), visit(ago(1), now1)}
	r := derive(moves("table:RAW.S.GL", "table:RAW.S.GL_ENTRIES"), scrapes...)
	n := r.Node("table:RAW.S.GL_ENTRIES")
	if n == nil || !strings.HasSuffix(n.Strip, "f.f") || r.Node("table:RAW.S.GL") != nil {
		t.Errorf("table:RAW.S.GL_ENTRIES: got %+v, want both days fresh in its strip, and no node of the old name", n)
	}
	if plain := derive(rules(), scrapes...).Node("table:RAW.S.GL_ENTRIES"); !strings.HasSuffix(plain.Strip, "..f") {
		t.Errorf("strip without the move: got %s, want ..f at its end", plain.Strip)
	}
}

func TestWhatStillRefersToTheOldNameIsBroken(t *testing.T) {
	old := loaded("table:RAW.S.GL", 50)
	now1 := loaded("table:RAW.S.GL_ENTRIES", 2)
	old.Readings[0].CheckedAt = ago(49)
	reader := built("table:P.M.A", 2, "table:RAW.S.GL")
	r := derive(
		moves("table:RAW.S.GL", "table:RAW.S.GL_ENTRIES"),
		visit(ago(49), old, built("table:P.M.A", 50, "table:RAW.S.GL")),
		visit(ago(1), now1, reader),
	)
	if n := r.Node("table:P.M.A"); n.Status == freshness.Fresh {
		t.Errorf("status of table:P.M.A, which reads the old name: got %s, want not fresh", n.Status)
	}
}

func TestTwoTablesThatAreBothThereAreNotOne(t *testing.T) {
	r := derive(moves("table:RAW.S.A", "table:RAW.S.B"), visit(ago(1), loaded("table:RAW.S.A", 50), loaded("table:RAW.S.B", 2)))
	if r.Node("table:RAW.S.A") == nil || r.Node("table:RAW.S.A").Status != freshness.Aging ||
		r.Node("table:RAW.S.B").Status != freshness.Fresh {
		t.Error("tables of a move that are both listed: got one or another status, want RAW.S.A aging, RAW.S.B fresh")
	}
}

func TestARenamedSourceKeepsWhatItSaw(t *testing.T) {
	board := asset("dashboard:bi/1", sources.Dashboard, true)
	x := tile("tile:bi/1/2", "table:RAW.S.A")
	x.Parent = board.ID
	x.Traced = "sql"
	was := board
	wasX := x
	was.ID = "dashboard:looker/1"
	wasX.ID = "tile:looker/1/2"
	wasX.Parent = "dashboard:looker/1"
	first := loaded("table:RAW.S.A", 50)
	first.Readings[0].CheckedAt = ago(49)
	r := derive(
		moves("source:looker", "source:bi"),
		visit(ago(49), first),
		visitOf("looker", ago(49), was, wasX),
		visit(ago(1), loaded("table:RAW.S.A", 2)),
		visitOf("bi", ago(1), board, x),
	)
	if n := r.Node(x.ID); n == nil || !strings.HasSuffix(n.Strip, "f.f") || r.Node(wasX.ID) != nil ||
		r.Node(board.ID).Counts.Total() != 1 {
		t.Errorf("%s: got %+v, want both days fresh in its strip, no node of the old name, 1 tile on its dashboard",
			x.ID, n)
	}
	if len(r.Sources) != 2 || r.Sources[0].Source != "bi" {
		t.Errorf("sources in the report: got %d, want 2, bi first", len(r.Sources))
	}
}
