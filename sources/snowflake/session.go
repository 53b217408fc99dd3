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

// A session is one sign-in, for one visit.
type session struct {
	ctx     context.Context
	db      *sql.DB
	answer  sources.Answer
	now     time.Time // of the server
	mode    string    // "account_usage" or "information_schema"
	skipped map[string]bool
}

var silenced sync.Once

// silence keeps the driver from talking: its logs hold addresses.
func silence() {
	_ = sf.GetLogger().SetLogLevel("off")
	sf.GetLogger().SetOutput(io.Discard)
}

// open signs in: the first statement does.
func (s *source) open(ctx context.Context) (*session, error) {
	silenced.Do(silence)
	if quiet.Err != nil {
		return nil, quiet.Err
	}
	c, err := s.config()
	if err != nil {
		return nil, err
	}
	db := sql.OpenDB(sf.NewConnector(sf.SnowflakeDriver{}, *c))
	db.SetMaxOpenConns(1)
	return &session{ctx: ctx, db: db, skipped: make(map[string]bool)}, nil
}

// close ends the session, or leaves it to the server: the driver's own way to
// close waits for a network that hangs.
func (v *session) close() {
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

const between = "hint: is there something between here and Snowflake that answers for it?"

// rows calls read for each row of a statement. What the driver panics with is
// an error of this statement.
func (v *session) rows(statement string, args []any, read func(*sql.Rows) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("a fault in the driver: %v", p)
		}
	}()
	v.answer.Requests++
	ids := make(chan string, 1)
	defer func() { v.query(ids) }()
	rows, err := v.db.QueryContext(sf.WithQueryIDChan(v.ctx, ids), statement, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		v.answer.Rows++
		if err := read(rows); err != nil {
			return fmt.Errorf("the answer does not fit the statement (%w)\n%s", err, between)
		}
	}
	return rows.Err()
}

// query notes the id of a statement, if the driver has told it.
func (v *session) query(ids chan string) {
	select {
	case id := <-ids:
		if id != "" {
			v.answer.Queries = append(v.answer.Queries, id)
		}
	default:
	}
}

func (v *session) note(format string, args ...any) {
	v.answer.Notes = append(v.answer.Notes, fmt.Sprintf(format, args...))
}

// greet asks who and when it is: the cheapest statement, which needs no
// warehouse. A clock that differs from the server's is told.
func (v *session) greet(clock func() time.Time) (role, warehouse string, err error) {
	var r, w sql.NullString
	err = v.rows("SELECT CURRENT_TIMESTAMP()::timestamp_ltz AS now, CURRENT_ROLE() AS role, CURRENT_WAREHOUSE() AS warehouse", nil, func(rows *sql.Rows) error {
		return rows.Scan(&v.now, &r, &w)
	})
	v.now = v.now.UTC()
	if err != nil {
		return "", "", err
	}
	if v.now.IsZero() {
		return "", "", errors.New("the server answered and told nothing\n" + between)
	}
	if clock != nil {
		if off := clock().Sub(v.now).Round(time.Second); off.Abs() > time.Minute {
			v.note("the clock here is %s off that of Snowflake: ages are counted by the clock here", off)
		}
	}
	return r.String, w.String, nil
}
