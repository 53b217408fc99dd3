package snowflake

import (
	"database/sql"
	"hash/fnv"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/freshet-status/freshet/sources"
)

// A row is one row of TABLES. Fields that can be NULL have a null type.
type row struct {
	database, schema, name, kind string
	transient                    bool
	comment                      sql.NullString
	size                         string // row count and bytes, such as "12/3456"; "/" if neither is known
	created, altered, ddl        sql.NullTime
	number                       sql.NullInt64 // id of the table, which stays when names are swapped
}

// A table holds what is kept of a row. Times are in Unix seconds; 0 is unknown.
type table struct {
	id               sources.ID
	name, kind       string // kind as in kindNames, such as "table" or "dynamic table"
	scope            sources.ScopeName
	comment          string
	size             uint32
	rows             int64 // -1: not known
	number           int64 // id of the table in the account; 0 if not known
	transient        bool
	created          int64 // when the table was created
	altered, defined int64 // when the data may have changed, and when the definition did
	rowsChanged      int64 // when rows were last added or updated, from TABLE_DML_HISTORY
}

// A listing holds all tables and views of one visit. Facts that only few of them have are kept
// apart in details, and observations are built at the end, because an account can have 100,000
// tables.
type listing struct {
	*source
	tables       []*table             // pointers, because growing a slice of tables copies them all again
	positions    map[sources.ID]int32 // index of each asset in tables; nil once fillAnswer has sorted them
	numbers      map[int64]int32      // the same by the id of the table in the account
	details      map[sources.ID]*sources.Observation
	scopes       map[[2]string]sources.ScopeName
	hasDynamic   bool      // whether a dynamic table is listed
	complete     bool      // whether an asset that is not listed does not exist
	checked      time.Time // moment at which the listing was true
	newestChange time.Time // newest creation or alteration time in it
	dmlHorizon   time.Time // moment until which TABLE_DML_HISTORY is complete; zero if it was not read
	dmlBegin     time.Time // moment from which it was read
}

// newListing returns an empty listing that is true at the moment checked, zero if that is not
// known yet.
func newListing(s *source, checked time.Time) *listing {
	return &listing{
		source:    s,
		checked:   checked,
		positions: make(map[sources.ID]int32),
		numbers:   make(map[int64]int32),
		details:   make(map[sources.ID]*sources.Observation),
		scopes:    make(map[[2]string]sources.ScopeName),
	}
}

// scanRow scans a row of TABLES and adds it, unless it is a temporary table or its schema is
// excluded.
func (l *listing) scanRow(rows *sql.Rows) error {
	var r row
	err := rows.Scan(&r.database, &r.schema, &r.name, &r.kind, &r.size, &r.created, &r.altered, &r.ddl, &r.comment, &r.number)
	r.kind, r.transient = strings.CutSuffix(r.kind, " TRANSIENT")
	if err == nil && r.kind != "TEMPORARY TABLE" && !l.isExcluded(r.database, r.schema) {
		l.addTable(r)
	}
	return err
}

// addTable adds the table of r, unless its id is listed already, and updates newestChange.
func (l *listing) addTable(r row) {
	for _, at := range []sql.NullTime{r.created, r.altered} {
		if at.Valid && at.Time.After(l.newestChange) {
			l.newestChange = at.Time
		}
	}
	id := dialect.TableID(l.setting.Namespace, r.database, r.schema, r.name)
	if _, twice := l.positions[id]; twice {
		return // the view may still have a dropped table of the same name
	}
	l.positions[id] = int32(len(l.tables))
	if r.number.Valid {
		l.numbers[r.number.Int64] = int32(len(l.tables))
	}
	l.hasDynamic = l.hasDynamic || r.kind == "DYNAMIC TABLE"
	l.tables = append(l.tables, &table{
		id:        id,
		name:      r.name,
		kind:      r.kindName(),
		scope:     l.schemaScope(r.database, r.schema),
		comment:   r.comment.String,
		size:      r.sizeHash(),
		rows:      r.rowCount(),
		number:    r.number.Int64,
		transient: r.transient,
		created:   toUnix(r.created.Time),
		altered:   toUnix(r.dataAltered()),
		defined:   toUnix(r.ddl.Time),
	})
}

// dialect is the naming rule of Snowflake: names without quotes are upper case.
var dialect = sources.DialectOf("snowflake")

// kindNames maps table types of Snowflake to kinds of assets. Its strings are shared, so that
// no text is kept per row.
var kindNames = map[string]string{
	"BASE TABLE": "table", "VIEW": "view", "MATERIALIZED VIEW": "materialized view", "DYNAMIC TABLE": "dynamic table",
	"ICEBERG TABLE": "iceberg table", "HYBRID TABLE": "hybrid table", "EXTERNAL TABLE": "external table", "EVENT TABLE": "event table",
}

// kindName returns the kind of the asset: its table type in lower case, "table" for a base
// table.
func (r row) kindName() string {
	if name, ok := kindNames[r.kind]; ok {
		return name
	}
	return strings.ToLower(r.kind)
}

// sizeHash returns a hash of row count and bytes, which shows whether they changed between two
// visits. It is 0 if neither is known.
func (r row) sizeHash() uint32 {
	if r.size == "/" {
		return 0
	}
	h := fnv.New32a()
	h.Write([]byte(r.size))
	return max(h.Sum32(), 1)
}

// rowCount returns the number of rows; -1 if it is not known.
func (r row) rowCount() int64 {
	text, _, _ := strings.Cut(r.size, "/")
	rows, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return -1
	}
	return rows
}

// shouldIgnoreAltered reports whether LAST_ALTERED of a kind means nothing for its data: a view
// has none, a dynamic table has a data time of its own, and for a hybrid table LAST_ALTERED
// does not cover rows.
func shouldIgnoreAltered(kind string) bool {
	return isVirtual(kind) || kind == "dynamic table" || kind == "hybrid table"
}

// isVirtual reports whether a kind is a view, which holds no data of its own.
func isVirtual(kind string) bool { return strings.Contains(kind, "view") }

// dataAltered returns LAST_ALTERED if the data may have changed then, else the zero time. It is
// the zero time if LAST_ALTERED is within two seconds of a LAST_DDL that is later than the
// creation: only a comment, a column or a setting changed then.
func (r row) dataAltered() time.Time {
	if shouldIgnoreAltered(r.kindName()) || !r.altered.Valid {
		return time.Time{}
	}
	const tolerance = 2 * time.Second
	if r.ddl.Valid && r.altered.Time.Sub(r.ddl.Time).Abs() <= tolerance && r.created.Valid &&
		r.ddl.Time.Sub(r.created.Time) > tolerance {
		return time.Time{}
	}
	return r.altered.Time
}

// fillAnswer sets the observations of the answer, sorted by id, and its scopes if the listing
// is complete.
func (l *listing) fillAnswer(v *session) {
	l.numbers = nil
	l.positions = nil // sorting changes the positions, and this frees memory
	slices.SortFunc(l.tables, func(a, b *table) int { return strings.Compare(string(a.id), string(b.id)) })
	v.answer.Observations = make([]sources.Observation, len(l.tables))
	for i, t := range l.tables {
		v.answer.Observations[i] = l.buildObservation(t)
		l.tables[i] = nil // frees memory while the observations need more
	}
	if l.complete {
		v.answer.Scopes = l.completeScopes()
	}
}

// completeScopes returns the scopes that were listed completely. They are databases, so that a
// schema without tables counts as listed too, and the account, so that a database without tables does;
// unless site.toml names databases. If it excludes schemas they are the listed schemas, because an
// excluded one still exists.
func (l *listing) completeScopes() (all []sources.Scope) {
	names := make(map[sources.ScopeName]bool)
	for _, scope := range l.scopes {
		if len(l.Exclude) == 0 {
			scope = scope.Enclosing()
		}
		names[scope] = true
	}
	if len(l.Exclude) == 0 && len(l.Databases) == 0 {
		names[sources.NewScopeName(sources.AccountScope, l.setting.Name)] = true
	}
	for name := range names {
		all = append(all, sources.Scope{Name: name, CheckedAt: l.checked})
	}
	return all
}

// buildObservation returns the observation of t with the details from the other views.
func (l *listing) buildObservation(t *table) sources.Observation {
	o := sources.Observation{Asset: sources.Asset{
		ID: t.id, Kind: sources.Kind(t.kind), Name: t.name, Virtual: isVirtual(t.kind), Description: t.comment, Scope: t.scope,
	}, Storage: t.storage(), Readings: l.buildReadings(t)}
	if t.transient {
		o.Tags = []string{"transient"}
	}
	if more := l.details[t.id]; more != nil {
		o.Attempt = more.Attempt
		o.Upstream = more.Upstream
		o.Readings = append(o.Readings, more.Readings...)
	}
	return o
}

// storage returns what is stored under the name of t.
func (t *table) storage() sources.Storage {
	s := sources.Storage{Hash: t.size, Rows: t.rows, Created: fromUnix(t.created)}
	if t.number != 0 {
		h := fnv.New32a()
		h.Write(strconv.AppendInt(nil, t.number, 10))
		s.Table = max(h.Sum32(), 1)
	}
	return s
}

// buildReadings returns the readings of the clocks DDL, DML and Altered for t. Where
// TABLE_DML_HISTORY covers t, it decides until its horizon.
func (l *listing) buildReadings(t *table) []sources.Reading {
	switch {
	case isVirtual(t.kind) && t.defined != 0:
		return []sources.Reading{{Clock: sources.DDL, At: fromUnix(t.defined), CheckedAt: l.checked}}
	case shouldIgnoreAltered(t.kind):
		return nil
	case t.rows == 0:
		empty := sources.Reading{Clock: sources.Altered, At: sources.Never, CheckedAt: l.checked}
		return append(l.appendRowChange(make([]sources.Reading, 0, 2), t), empty)
	case l.isCoveredByDML(t):
		return l.appendPossibleChange(l.appendRowChange(make([]sources.Reading, 0, 2), t), t)
	default:
		return []sources.Reading{{
			Clock:       sources.Altered,
			At:          fromUnix(t.altered),
			CheckedAt:   l.checked,
			Unconfirmed: t.altered != 0 && t.kind == "external table", // a refresh without new files sets it too
		}}
	}
}

// isCoveredByDML reports whether TABLE_DML_HISTORY was read and has tables of t's kind.
func (l *listing) isCoveredByDML(t *table) bool { return t.kind == "table" && !l.dmlHorizon.IsZero() }

// appendRowChange appends the reading of the clock DML for t: when rows were last added or updated; if the
// table was created since the history begins and had no change, when it was created; else a bound. A
// table that was created after the horizon has none.
func (l *listing) appendRowChange(readings []sources.Reading, t *table) []sources.Reading {
	begin := l.dmlBegin.Unix()
	if !l.isCoveredByDML(t) || t.created > l.dmlHorizon.Unix() {
		return readings
	}
	r := sources.Reading{Clock: sources.DML, CheckedAt: l.dmlHorizon}
	switch {
	case t.rowsChanged != 0:
		r.At = fromUnix(t.rowsChanged)
	case t.created >= begin:
		r.At = fromUnix(t.created)
	case t.altered != 0:
		r.At = fromUnix(min(begin, t.altered))
		r.Bound = true
	default:
		r.At = l.dmlBegin
		r.Bound = true
	}
	return append(readings, r)
}

// appendPossibleChange appends the reading of the clock Altered for a table that TABLE_DML_HISTORY covers.
// After the horizon nothing confirms it yet. Before, the history has the row changes of that time; a
// time without one is none of data, and no reading.
func (l *listing) appendPossibleChange(readings []sources.Reading, t *table) []sources.Reading {
	altered := sources.Reading{Clock: sources.Altered, At: fromUnix(t.altered), CheckedAt: l.checked}
	isLater := t.altered > l.dmlHorizon.Unix()
	hourEnd := t.rowsChanged + int64(time.Hour/time.Second)
	switch {
	case t.altered != 0 && isLater:
		altered.Unconfirmed = true
	case t.rowsChanged == 0 || t.altered < t.rowsChanged || t.altered > hourEnd:
		return readings
	}
	return append(readings, altered)
}

// schemaScope returns the name of the scope of a schema. All tables of a schema share one
// string.
func (l *listing) schemaScope(database, schema string) sources.ScopeName {
	k := [2]string{database, schema}
	if l.scopes[k] == "" {
		l.scopes[k] = sources.NewScopeName(sources.SchemaScope, dialect.FormatNames(database, schema))
	}
	return l.scopes[k]
}

// toUnix returns t in Unix seconds; the zero time is 0.
func toUnix(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}

// fromUnix returns the time of Unix seconds in UTC; 0 is the zero time.
func fromUnix(seconds int64) time.Time {
	if seconds == 0 {
		return time.Time{}
	}
	return time.Unix(seconds, 0).UTC()
}

// findTable returns a listed table, or nil if it is not listed.
func (l *listing) findTable(database, schema, name string) *table {
	if i, ok := l.positions[dialect.TableID(l.setting.Namespace, database, schema, name)]; ok {
		return l.tables[i]
	}
	return nil
}

// detailsOf returns the observation that collects what other views have about a table, or nil
// if the table is not listed.
func (l *listing) detailsOf(database, schema, name string) *sources.Observation {
	t := l.findTable(database, schema, name)
	if t == nil {
		return nil
	}
	return l.ensureDetails(t.id)
}

// ensureDetails returns the observation that collects what other views have about a listed table.
func (l *listing) ensureDetails(id sources.ID) *sources.Observation {
	if l.details[id] == nil {
		l.details[id] = &sources.Observation{Asset: sources.Asset{ID: id}}
	}
	return l.details[id]
}

// addUpstream adds up to what the listed table id reads, which stays sorted.
func (l *listing) addUpstream(id, up sources.ID) {
	o := l.ensureDetails(id)
	if i, there := slices.BinarySearch(o.Upstream, up); !there && up != id {
		o.Upstream = slices.Insert(o.Upstream, i, up)
	}
}
