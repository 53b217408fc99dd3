package snowflake

import (
	"database/sql"
	"hash/fnv"
	"slices"
	"strings"
	"time"

	"github.com/freshet-status/freshet/sources"
)

// A row is one of TABLES. What can be NULL may be.
type row struct {
	database, schema, name, kind string
	transient                    bool
	comment                      sql.NullString
	size                         string // rows and bytes
	created, altered, ddl        sql.NullTime
}

// A table is what stays of a row. Moments are in seconds since 1970, and 0 says
// nothing.
type table struct {
	id               sources.ID
	name, kind       string // kind in the warehouse's words, such as "base table"
	scope, comment   string
	size             uint32
	transient        bool
	made             int64 // when it was made
	altered, defined int64 // when data may have moved, and the definition changed
	moved            int64 // when rows changed, by TABLE_DML_HISTORY
}

// A listing is all that one visit lists. What few tables have stands beside
// them, and observations are made at the end: there are many tables.
type listing struct {
	*source
	tables   []table
	at       map[sources.ID]int32 // where an asset stands in tables
	told     map[sources.ID]*sources.Observation
	scopes   map[[2]string]string
	dynamic  bool      // one of them is a dynamic table
	complete bool      // what is not listed is not there
	look     time.Time // the moment of which the listing tells
	newest   time.Time // the newest change that it tells of
	changed  time.Time // until when TABLE_DML_HISTORY tells; zero is not read
}

func newListing(s *source, look time.Time) *listing {
	return &listing{source: s, look: look, at: make(map[sources.ID]int32), told: make(map[sources.ID]*sources.Observation), scopes: make(map[[2]string]string)}
}

// read takes a row of TABLES.
func (l *listing) read(rows *sql.Rows) error {
	var r row
	err := rows.Scan(&r.database, &r.schema, &r.name, &r.kind, &r.size, &r.created, &r.altered, &r.ddl, &r.comment)
	r.kind, r.transient = strings.CutSuffix(r.kind, " TRANSIENT")
	if err == nil && r.kind != "TEMPORARY TABLE" && !l.leftOut(r.database, r.schema) {
		l.add(r)
	}
	return err
}

func (l *listing) add(r row) {
	for _, at := range []sql.NullTime{r.created, r.altered} {
		if at.Valid && at.Time.After(l.newest) {
			l.newest = at.Time
		}
	}
	id := dialect.Table(l.setting.Namespace, r.database, r.schema, r.name)
	if _, twice := l.at[id]; twice {
		return // one of a name is there; a dropped one may linger
	}
	l.at[id] = int32(len(l.tables))
	l.dynamic = l.dynamic || r.kind == "DYNAMIC TABLE"
	l.tables = append(l.tables, table{
		id: id, name: r.name, kind: r.word(), scope: l.scope(r.database, r.schema), comment: r.comment.String,
		size: r.sized(), transient: r.transient, made: seconds(r.created.Time), altered: seconds(r.dataAltered()), defined: seconds(r.ddl.Time),
	})
}

var dialect = sources.DialectOf("snowflake")

// words are the kinds that there are. A row's own text would be kept a table.
var words = map[string]string{
	"BASE TABLE": "table", "VIEW": "view", "MATERIALIZED VIEW": "materialized view", "DYNAMIC TABLE": "dynamic table",
	"ICEBERG TABLE": "iceberg table", "HYBRID TABLE": "hybrid table", "EXTERNAL TABLE": "external table", "EVENT TABLE": "event table",
}

// word is the kind of a table in the warehouse's words.
func (r row) word() string {
	if word, ok := words[r.kind]; ok {
		return word
	}
	return strings.ToLower(r.kind)
}

// sized stands for rows and bytes: it tells whether they changed, not what they
// are. 0 is not known.
func (r row) sized() uint32 {
	if r.size == "/" {
		return 0
	}
	h := fnv.New32a()
	h.Write([]byte(r.size))
	return max(h.Sum32(), 1)
}

// silent are kinds of which LAST_ALTERED says nothing of data: the data time of
// a dynamic table is another, and a hybrid table leaves its rows out.
func silent(kind string) bool {
	return virtual(kind) || kind == "dynamic table" || kind == "hybrid table"
}

func virtual(kind string) bool { return strings.Contains(kind, "view") }

// dataAltered is when LAST_ALTERED says that data may have moved. It says
// nothing where it is the moment of a definition (LAST_DDL, by two seconds) of
// a table that is older: a comment, a column, a retention.
func (r row) dataAltered() time.Time {
	if silent(r.word()) || !r.altered.Valid {
		return time.Time{}
	}
	const close = 2 * time.Second
	if r.ddl.Valid && r.altered.Time.Sub(r.ddl.Time).Abs() <= close && r.created.Valid && r.ddl.Time.Sub(r.created.Time) > close {
		return time.Time{}
	}
	return r.altered.Time
}

// finish makes the observations of what was listed.
func (l *listing) finish(v *session) {
	l.at = nil // tables change their places, and memory is short
	slices.SortFunc(l.tables, func(a, b table) int { return strings.Compare(string(a.id), string(b.id)) })
	v.answer.Observations = make([]sources.Observation, len(l.tables))
	for i, t := range l.tables {
		v.answer.Observations[i] = l.observation(t)
	}
	if l.complete {
		v.answer.Scopes = l.looked()
	}
}

// looked are the databases that were listed completely: a schema that lists
// nothing is gone. Where site.toml leaves schemas out, it may only be left out,
// so that schemas are named.
func (l *listing) looked() (all []sources.Scope) {
	names := make(map[string]bool)
	for _, scope := range l.scopes {
		if len(l.Exclude) == 0 {
			scope = sources.Around(scope)
		}
		names[scope] = true
	}
	for name := range names {
		all = append(all, sources.Scope{Name: name, Look: l.look})
	}
	return all
}

func (l *listing) observation(t table) sources.Observation {
	o := sources.Observation{Asset: sources.Asset{
		ID: t.id, Kind: sources.Kind(t.kind), Name: t.name, Virtual: virtual(t.kind), Description: t.comment, Scope: t.scope,
	}, Size: t.size, Readings: l.readings(t)}
	if t.transient {
		o.Tags = []string{"transient"}
	}
	if more := l.told[t.id]; more != nil {
		o.Attempt, o.Upstream = more.Attempt, more.Upstream
		o.Readings = append(o.Readings, more.Readings...)
	}
	return o
}

// readings are what the listing and TABLE_DML_HISTORY tell: when rows changed,
// when a table was altered, when a view was defined. A table that the history
// does not tell of was looked at too: nothing newer was found. An alteration
// that the history cannot confirm yet, and one of an external table, which a
// refresh without new files moves too, is in doubt.
func (l *listing) readings(t table) []sources.Reading {
	if silent(t.kind) {
		if virtual(t.kind) && t.defined != 0 {
			return []sources.Reading{{Clock: sources.DDL, At: moment(t.defined), Look: l.look}}
		}
		return nil
	}
	altered := sources.Reading{Clock: sources.Altered, At: moment(t.altered), Look: l.look, Doubt: t.altered != 0 && t.kind == "external table"}
	if t.kind != "table" || l.changed.IsZero() {
		return []sources.Reading{altered}
	}
	altered.Doubt = altered.At.After(l.changed)
	return []sources.Reading{{Clock: sources.DML, At: moment(t.moved), Look: l.changed}, altered}
}

// scope is the one of a schema, whose name its tables share.
func (l *listing) scope(database, schema string) string {
	k := [2]string{database, schema}
	if l.scopes[k] == "" {
		l.scopes[k] = "schema:" + dialect.Print(database, schema)
	}
	return l.scopes[k]
}

// seconds and moment change a time to seconds since 1970 and back; the zero
// time is 0.
func seconds(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}

func moment(seconds int64) time.Time {
	if seconds == 0 {
		return time.Time{}
	}
	return time.Unix(seconds, 0).UTC()
}

// find is a table that is listed, nil if it is not.
func (l *listing) find(database, schema, name string) *table {
	if i, ok := l.at[dialect.Table(l.setting.Namespace, database, schema, name)]; ok {
		return &l.tables[i]
	}
	return nil
}

// more holds what other views tell of a table, nil if it is not listed.
func (l *listing) more(database, schema, name string) *sources.Observation {
	t := l.find(database, schema, name)
	if t == nil {
		return nil
	}
	if l.told[t.id] == nil {
		l.told[t.id] = &sources.Observation{Asset: sources.Asset{ID: t.id}}
	}
	return l.told[t.id]
}
