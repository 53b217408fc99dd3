package command

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"

	"github.com/freshet-status/freshet/sources"
)

// A line is one JSON object that a program prints: an asset, a part that was listed completely, or
// a note. A key that is missing says nothing.
type line struct {
	Asset   string `json:"asset"`   // id, such as "table:RAW.SHOP.ORDERS" or "dashboard:NAME/42" with the name of the source
	Scope   string `json:"scope"`   // of an asset: the part that lists it; alone: a part that was listed completely
	Checked string `json:"checked"` // when the system determined the times of this line
	Note    string `json:"note"`    // what could not be read, in one sentence

	attributes
	times
	attempt
}

// The attributes of an asset are those of [sources.Asset].
type attributes struct {
	Kind        string   `json:"kind"` // of a table: "table", the default, or "view"
	Name        string   `json:"name"`
	Description string   `json:"description"`
	URL         string   `json:"url"`
	Owner       string   `json:"owner"`
	Parent      string   `json:"parent"`
	Job         string   `json:"job"`
	Tags        []string `json:"tags"`
	Upstream    []string `json:"upstream"`
	Views       int64    `json:"views"`
}

// The times of an asset are those of [sources.Clock], each as RFC 3339, or "never".
type times struct {
	Loaded    *string `json:"loaded"`
	DML       *string `json:"dml"`
	Refreshed *string `json:"refreshed"`
	Altered   *string `json:"altered"`
	Built     *string `json:"built"`
	DDL       *string `json:"ddl"`
	Queried   *string `json:"queried"`
}

// An attempt says how the last attempt to build an asset ended, or the last run of a job.
type attempt struct {
	Failed    string `json:"failed"`    // when it failed
	Error     string `json:"error"`     // why it failed
	Succeeded string `json:"succeeded"` // when it ended well; only of a job
}

// lineKeys names the keys of a line, for people.
const lineKeys = "asset, scope, checked, note, kind, name, description, url, owner, parent, job, tags, upstream, views, " +
	"loaded, dml, refreshed, altered, built, ddl, queried, failed, error, succeeded"

// parseLine returns the line that text holds. It errs if text is not one JSON object, or has a key
// or a value that a line cannot have.
func parseLine(text []byte) (l line, err error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&l); err != nil {
		return line{}, explainJSON(err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return line{}, errors.New("more than one JSON value")
	}
	return l, nil
}

// explainJSON returns an error of the decoder in the words of a line.
func explainJSON(err error) error {
	var wrongType *json.UnmarshalTypeError
	if errors.As(err, &wrongType) && wrongType.Field != "" {
		key := wrongType.Field[strings.LastIndexByte(wrongType.Field, '.')+1:]
		return fmt.Errorf("%s must not be a %s", key, wrongType.Value)
	}
	if key, unknown := strings.CutPrefix(err.Error(), "json: unknown field "); unknown {
		return fmt.Errorf("unknown key %s\nhint: the keys are %s", key, lineKeys)
	}
	return fmt.Errorf("not a JSON object: %s", strings.TrimPrefix(err.Error(), "json: "))
}

// A clockTime is a clock and the text of its time; nil if the line does not have it.
type clockTime struct {
	clock sources.Clock
	text  *string
}

// list returns the times of a line, the most reliable first.
func (t times) list() []clockTime {
	return []clockTime{
		{clock: sources.Loaded, text: t.Loaded},
		{clock: sources.DML, text: t.DML},
		{clock: sources.Refreshed, text: t.Refreshed},
		{clock: sources.Altered, text: t.Altered},
		{clock: sources.Built, text: t.Built},
		{clock: sources.DDL, text: t.DDL},
		{clock: sources.Queried, text: t.Queried},
	}
}

// scopeWord matches the texts that may name a part of a system.
var scopeWord = regexp.MustCompile(`^[a-z][a-z0-9_-]*$`)

// naiveLayouts are the forms of a time without a zone.
var naiveLayouts = []string{"2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999"}

// parseTime returns the time of a key in UTC, to the second. A time without a zone is one of zone.
func parseTime(key, text string, zone *time.Location) (time.Time, error) {
	if text == "" {
		return time.Time{}, fmt.Errorf("%s must be set to a time such as \"2026-08-22T05:00:00Z\"", key)
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	for _, layout := range naiveLayouts {
		if err != nil {
			t, err = time.ParseInLocation(layout, text, zone)
		}
	}
	if err != nil || t.Year() < 1970 {
		return time.Time{}, fmt.Errorf("%s must be a time such as \"2026-08-22T05:00:00Z\" (got %q)", key, sources.ClipText(text, 60))
	}
	return t.UTC().Truncate(time.Second), nil
}
