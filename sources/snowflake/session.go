package snowflake

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	sf "github.com/snowflakedb/gosnowflake/v2"

	"github.com/freshet-status/freshet/sources"
	"github.com/freshet-status/freshet/sources/snowflake/quiet"
)

// A session is one sign-in to Snowflake, used for one visit. It collects the answer of the
// visit.
type session struct {
	ctx     context.Context
	db      *sql.DB
	answer  sources.Answer
	now     time.Time // time of the server when the session began, in UTC
	mode    string    // the schema that the listing was read from: "account_usage" or "information_schema"
	skipped map[string]bool
}

// silenceOnce guards silenceDriver, because the driver's logger is global.
var silenceOnce sync.Once

// silenceDriver turns off the driver's logs, because they contain signed addresses.
func silenceDriver() {
	_ = sf.GetLogger().SetLogLevel("off")
	sf.GetLogger().SetOutput(io.Discard)
}

// openSession returns a session that runs one statement at a time. It makes no request: the
// driver signs in with the first statement. It errs if a key, a token or the connection file
// cannot be read.
func (s *source) openSession(ctx context.Context) (*session, error) {
	silenceOnce.Do(silenceDriver)
	if quiet.Err != nil {
		return nil, quiet.Err
	}
	c, err := s.driverConfig()
	if err != nil {
		return nil, err
	}
	db := sql.OpenDB(sf.NewConnector(sf.SnowflakeDriver{}, *c))
	db.SetMaxOpenConns(1)
	return &session{ctx: ctx, db: db, skipped: make(map[string]bool)}, nil
}

// closeWithTimeout ends the session and waits for at most closeTimeout, because the driver
// waits without limit for a network that hangs. A session that is left open ends on the server.
func (v *session) closeWithTimeout() {
	done := make(chan bool, 1)
	go func() {
		defer func() { _ = recover() }()
		_ = v.db.Close()
		done <- true
	}()
	select {
	case <-done:
	case <-time.After(closeTimeout):
	}
}

// proxyHint is the hint for answers that Snowflake itself would not send.
const proxyHint = "hint: check for a proxy or firewall that answers for Snowflake"

// queryRows runs a statement and calls read for each row of its result. It counts the request
// and the rows, and records the query id. A panic of the driver and a row that read rejects are
// returned as errors.
func (v *session) queryRows(statement string, args []any, read func(*sql.Rows) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("internal error of the driver: %v", p)
		}
	}()
	v.answer.Requests++
	ids := make(chan string, 1)
	defer func() { v.recordQueryID(ids) }()
	rows, err := v.db.QueryContext(sf.WithQueryIDChan(v.ctx, ids), statement, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		v.answer.Rows++
		if err := read(rows); err != nil {
			return fmt.Errorf("response does not match the statement (%w)\n%s", err, proxyHint)
		}
	}
	return rows.Err()
}

// recordQueryID appends the query id in ids to the answer. ids is empty if the driver has not
// sent one.
func (v *session) recordQueryID(ids chan string) {
	select {
	case id := <-ids:
		if id != "" {
			v.answer.Queries = append(v.answer.Queries, id)
		}
	default:
	}
}

// addNote appends a formatted note to the answer.
func (v *session) addNote(format string, args ...any) {
	v.answer.Notes = append(v.answer.Notes, fmt.Sprintf(format, args...))
}

// fetchIdentity sets v.now to the time of the server and returns the role and the warehouse of
// the session, "" if none is set. Its statement is the cheapest one and needs no warehouse. It
// adds a note if clock, which may be nil, differs from the server by more than a minute.
func (v *session) fetchIdentity(clock func() time.Time) (role, warehouse string, err error) {
	var r, w sql.NullString
	err = v.queryRows(
		"SELECT CURRENT_TIMESTAMP()::timestamp_ltz AS now, CURRENT_ROLE() AS role, CURRENT_WAREHOUSE() AS warehouse",
		nil,
		func(rows *sql.Rows) error {
			return rows.Scan(&v.now, &r, &w)
		},
	)
	v.now = v.now.UTC()
	if err != nil {
		return "", "", err
	}
	if v.now.IsZero() {
		return "", "", errors.New("empty response\n" + proxyHint)
	}
	if clock != nil {
		if off := clock().Sub(v.now).Round(time.Second); off.Abs() > time.Minute {
			v.addNote("clock of this machine is %s off Snowflake's; ages are counted by the clock of this machine", off)
		}
	}
	return r.String, w.String, nil
}
