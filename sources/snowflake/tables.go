package snowflake

import (
	"database/sql"
	"hash/fnv"
	"slices"
	"strings"
	"time"

	"github.com/freshet-status/freshet/sources"
)

// A table is a row of TABLES. What can be NULL may be.
type table struct {
	database, schema, name, kind    string
	transient, rows, bytes, comment sql.NullString
	created, altered, ddl           sql.NullTime
	dynamic, iceberg, hybrid        sql.NullString
}

// A listing is all that one visit lists.
type listing struct {
	*source
	all      []*sources.Observation
	block    []sources.Observation // where the next ones go: a slice of all of them would be copied as it grows
	at       map[string]int        // where an asset stands in all, by its names
	altered  []int64               // LAST_ALTERED of each, in seconds since 1970; 0 where it tells nothing of data
	defined  []int64               // LAST_DDL of each; 0 where it is not told
	scopes   map[string]string
	rowed    []bool // whether TABLE_DML_HISTORY tells of it
	dynamic  int
	complete bool      // what is not listed is not there
	look     time.Time // the moment of which the listing tells
	newest   time.Time // the newest change that it tells of
	changed  time.Time // until when TABLE_DML_HISTORY tells; zero is not read
}

// read takes a row of TABLES.
func (l *listing) read(rows *sql.Rows) error {
	var t table
	err := rows.Scan(&t.database, &t.schema, &t.name, &t.kind, &t.transient, &t.rows, &t.bytes, &t.created, &t.altered, &t.ddl, &t.comment, &t.dynamic, &t.iceberg, &t.hybrid)
	if err == nil && t.kind != "TEMPORARY TABLE" && !l.leftOut(t.database, t.schema) {
		l.add(t)
	}
	return err
}

// key names an asset by its stored names.
func key(database, schema, name string) string { return database + "\x00" + schema + "\x00" + name }

func (l *listing) add(t table) {
	for _, at := range []sql.NullTime{t.created, t.altered} {
		if at.Valid && at.Time.After(l.newest) {
			l.newest = at.Time
		}
	}
	k := key(t.database, t.schema, t.name)
	if _, twice := l.at[k]; twice {
		return // one of a name is there; a dropped one may linger
	}
	l.at[k] = len(l.all)
	o := l.next()
	*o = t.observation(l.setting.Namespace)
	o.Scope = l.scope(t.database, t.schema)
	l.all = append(l.all, o)
	l.altered = append(l.altered, seconds(t.dataAltered()))
	l.defined = append(l.defined, seconds(t.ddl.Time))
	l.rowed = append(l.rowed, t.word() == "table" && t.hybrid.String != "YES")
	if t.dynamic.String == "YES" {
		l.dynamic++
	}
}

// next is room for one observation.
func (l *listing) next() *sources.Observation {
	const size = 1024
	if len(l.block) == 0 {
		l.block = make([]sources.Observation, size)
	}
	o := &l.block[0]
	l.block = l.block[1:]
	return o
}

var dialect = sources.DialectOf("snowflake")

func (t table) observation(namespace string) sources.Observation {
	o := sources.Observation{Asset: sources.Asset{
		ID:          dialect.Table(namespace, t.database, t.schema, t.name),
		Kind:        sources.Kind(t.word()),
		Name:        t.name,
		Virtual:     strings.Contains(t.kind, "VIEW"),
		Description: t.comment.String,
	}, Size: t.size(), Readings: make([]sources.Reading, 0, 2)}
	if t.transient.String == "YES" {
		o.Tags = []string{"transient"}
	}
	return o
}

// word is the kind of a table in the warehouse's words.
func (t table) word() string {
	switch {
	case t.dynamic.String == "YES":
		return "dynamic table"
	case t.iceberg.String == "YES":
		return "iceberg table"
	case t.hybrid.String == "YES":
		return "hybrid table"
	case t.kind == "BASE TABLE":
		return "table"
	default:
		return strings.ToLower(t.kind)
	}
}

// size stands for rows and bytes: it tells whether they changed, not what they
// are.
func (t table) size() uint32 {
	if !t.rows.Valid && !t.bytes.Valid {
		return 0
	}
	h := fnv.New32a()
	h.Write([]byte(t.rows.String + "/" + t.bytes.String))
	return max(h.Sum32(), 1)
}

// dataAltered is when LAST_ALTERED says that data may have moved. It says
// nothing of data in a view, a dynamic table, whose data time is another, and a
// hybrid table, which leaves its rows out; nor where it is the moment of a
// definition (LAST_DDL, by two seconds) of a table that is older: a comment, a
// column, a retention.
func (t table) dataAltered() time.Time {
	silent := strings.Contains(t.kind, "VIEW") || t.dynamic.String == "YES" || t.hybrid.String == "YES"
	if silent || !t.altered.Valid {
		return time.Time{}
	}
	const close = 2 * time.Second
	if t.ddl.Valid && t.altered.Time.Sub(t.ddl.Time).Abs() <= close && t.created.Valid && t.ddl.Time.Sub(t.created.Time) > close {
		return time.Time{}
	}
	return t.altered.Time.UTC().Truncate(time.Second)
}

// finish adds what the listing itself tells: when tables were altered, and views
// defined. An alteration that TABLE_DML_HISTORY cannot confirm yet, and one of
// an external table, which a refresh without new files moves too, is in doubt.
func (l *listing) finish(v *session) {
	schemas := make(map[string]bool)
	for i, o := range l.all {
		schemas[o.Scope] = true
		if o.Virtual && l.defined[i] != 0 {
			o.Readings = append(o.Readings, sources.Reading{Clock: sources.DDL, At: moment(l.defined[i]), Look: l.look})
		}
		if o.Virtual || o.Kind == "dynamic table" || o.Kind == "hybrid table" {
			continue
		}
		at := moment(l.altered[i])
		doubt := !at.IsZero() && (o.Kind == "external table" || l.rowed[i] && !l.changed.IsZero() && at.After(l.changed))
		o.Readings = append(o.Readings, sources.Reading{Clock: sources.Altered, At: at, Look: l.look, Doubt: doubt})
	}
	if l.complete {
		for scope := range schemas {
			v.answer.Scopes = append(v.answer.Scopes, sources.Scope{Name: scope, Look: l.look})
		}
	}
	slices.SortFunc(l.all, func(a, b *sources.Observation) int { return strings.Compare(string(a.ID), string(b.ID)) })
	v.answer.Observations = make([]sources.Observation, len(l.all))
	for i, o := range l.all {
		v.answer.Observations[i] = *o
	}
}

// scope is the one of a schema, whose name its tables share.
func (l *listing) scope(database, schema string) string {
	k := key(database, schema, "")
	if l.scopes == nil {
		l.scopes = make(map[string]string)
	}
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

// of is the observation of an asset, nil if it is not listed.
func (l *listing) of(database, schema, name string) *sources.Observation {
	if i, ok := l.at[key(database, schema, name)]; ok {
		return l.all[i]
	}
	return nil
}
