package history

import (
	"bytes"
	"encoding/json"
	"hash/fnv"
	"slices"
	"time"

	"github.com/freshet-status/freshet/sources"
)

// Append adds scrapes to the observations, in one write to the file of their
// day. The same scrape again adds nothing, so a run that was cut short can be
// run again. past is what Load gave of the time until now; it is not changed.
//
// It returns how many scrapes were new.
func (l *Log) Append(past *sources.Past, scrapes []sources.Scrape) (added int, err error) {
	if len(scrapes) == 0 {
		return 0, nil
	}
	file := l.file(observations, scrapes[0].At)
	if err := l.mendNewest(observations, file); err != nil {
		return 0, err
	}
	w, err := l.writer(file)
	if err != nil {
		return 0, err
	}
	states := statesOf(past)
	for _, s := range scrapes {
		key := keyOf(s)
		if w.holds(s, key) {
			continue
		}
		added++
		w.scrape(states, s, key)
	}
	return added, appendTo(file, w.out.Bytes())
}

// keyOf names a scrape by its source, moment and content. How long it took, and
// by which statements, is no content.
func keyOf(s sources.Scrape) string {
	s.Seconds, s.Queries, s.Calls = 0, nil, nil
	return hash(s)
}

// A writer makes the lines for one file.
type writer struct {
	today   []scrape
	written parts // what the month's lines hold already
	out     bytes.Buffer
}

// writer reads what stands in the month of a file.
func (l *Log) writer(file string) (*writer, error) {
	w := &writer{written: newParts()}
	files, err := l.days(observations)
	for _, f := range files {
		if month(f) != month(file) || f > file {
			continue
		}
		read := readParts
		if f == file {
			read = readDay
		}
		d, err := read(f)
		if err != nil {
			return nil, err
		}
		w.written.add(d.parts)
		w.today = append(w.today, d.scrapes...)
	}
	return w, err
}

func (w *writer) holds(s sources.Scrape, key string) bool {
	return slices.ContainsFunc(w.today, func(old scrape) bool {
		return old.Key == key && old.Visit.Source == s.Source && old.Visit.At.Equal(s.At)
	})
}

// line adds a line. Facts are made of what can be encoded.
func (w *writer) line(v any) {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	w.out.Write(append(data, '\n'))
}

// scrape adds a scrape, and before it what it leans on.
func (w *writer) scrape(states map[string]state, s sources.Scrape, key string) {
	before := states[s.Source]
	after, left := before.after(s)
	keyframe := !slices.ContainsFunc(w.today, func(old scrape) bool { return old.Visit.Source == s.Source })
	line := scrape{V: version, Key: key, Keyframe: keyframe, Visit: visit(s), Gone: left}
	assets := after.listed()
	if len(assets) > 0 || len(left) > 0 || len(before) > 0 {
		line.List = w.list(assets)
	}
	said := facts{before: before, all: keyframe}
	if keyframe {
		line.Gone = append(line.Gone, stillGone(states, s.Source, after)...)
	}
	for i, a := range assets {
		said.add(i, after[a.ID])
	}
	line.Tries, line.Broken, line.Missed, line.Sizes = said.tries, said.broken, said.missed(), said.sized()
	line.Told = w.told(&said)
	w.line(line)
	w.today = append(w.today, line)
	states[s.Source] = after
}

func visit(s sources.Scrape) sources.Visit {
	return sources.Visit{Source: s.Source, Type: s.Type, At: s.At, Seconds: s.Seconds, Requests: s.Requests, Bytes: s.Bytes, Rows: s.Rows, Queries: s.Queries, Calls: s.Calls, Error: s.Error, Notes: s.Notes, Scopes: s.Scopes, Assets: len(s.Observations)}
}

// list writes the assets in blocks, and names the list of them. Where a block
// ends is told by the ids alone, so one asset more or less changes one block.
func (w *writer) list(assets []sources.Asset) string {
	var blocks []string
	for begin := 0; begin < len(assets); {
		end := begin + 1
		for end < len(assets) && !ends(assets[end-1].ID) {
			end++
		}
		blocks = append(blocks, w.block(assets[begin:end]))
		begin = end
	}
	if blocks == nil {
		blocks = []string{}
	}
	name := hash(blocks)
	if _, there := w.written.lists[name]; !there {
		w.written.lists[name] = blocks
		w.line(list{version, name, blocks})
	}
	return name
}

// ends reports whether a block ends with an asset: one in 64 does.
func ends(id sources.ID) bool {
	h := fnv.New32a()
	h.Write([]byte(id))
	return h.Sum32()%64 == 0
}

func (w *writer) block(assets []sources.Asset) string {
	name := hash(assets)
	if _, there := w.written.blocks[name]; !there {
		w.written.blocks[name] = nil
		w.line(block{version, name, assets})
	}
	return name
}

// small sets are written out, and large ones by name: they come again.
const small = 16

func (w *writer) set(rows []int) (name string, out []int) {
	g := gaps(rows)
	if len(g) <= small {
		return "", g
	}
	name = hash(g)
	if _, there := w.written.sets[name]; !there {
		w.written.sets[name] = g
		w.line(set{version, name, g})
	}
	return name, nil
}

// told writes the columns of each clock: what counts, and what does not.
func (w *writer) told(said *facts) (all []told) {
	for c := range sources.Clocks {
		for kind, rows := range said.told[c] {
			if len(rows) > 0 {
				all = append(all, w.column(told{Clock: c, Ahead: kind == ahead, Doubt: kind == doubt}, rows))
			}
		}
	}
	return all
}

// A row is what one clock told of the asset at a position.
type row struct {
	i    int
	look int64
	age  int64
}

func (w *writer) column(t told, rows []row) told {
	at := make([]int, len(rows))
	for k, r := range rows {
		at[k], t.Look = r.i, max(t.Look, r.look)
	}
	t.Set, t.I = w.set(at)
	before, age := make(column, len(rows)), make(column, len(rows))
	some, any := false, false
	for k, r := range rows {
		before[k], age[k] = t.Look-r.look, r.age
		some, any = some || before[k] != 0, any || age[k] != nothing
	}
	if some {
		t.Before = before
	}
	if any {
		t.Age = age
	}
	return t
}

// reading undoes row.
func reading(t told, look, age int64) sources.Reading {
	r := sources.Reading{Clock: t.Clock, Doubt: t.Doubt, Look: time.Unix(look, 0).UTC()}
	if age != nothing {
		r.At = time.Unix(look-age, 0).UTC()
	}
	return r
}
