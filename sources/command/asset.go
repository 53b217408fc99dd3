package command

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/freshet-status/freshet/sources"
)

// buildObservation returns what a line says of an asset.
func (r *reader) buildObservation(l line) (o sources.Observation, err error) {
	o.Asset, err = r.buildAsset(l)
	if err != nil {
		return o, err
	}
	o.Readings, err = r.buildReadings(l, o.Asset)
	if err != nil {
		return o, err
	}
	o.Attempt, err = r.buildAttempt(l, o.Asset)
	return o, err
}

// buildAsset returns the attributes of an asset.
func (r *reader) buildAsset(l line) (a sources.Asset, err error) {
	a = sources.Asset{
		Name:        sources.ClipText(l.Name, 200),
		Description: l.Description,
		Owner:       l.Owner,
		URL:         l.URL,
		Tags:        slices.Compact(slices.Sorted(slices.Values(l.Tags))),
		Views:       max(0, l.Views),
	}
	a.ID, err = r.parseOwnID(l.Asset)
	if err != nil {
		return a, err
	}
	a.Kind, err = kindOf(a.ID, l.Kind)
	if err != nil {
		return a, err
	}
	if a.Owner != "" {
		a.OwnerOrigin = sources.OwnerFromCommand
	}
	if a.ID.IsTable() {
		a.Name = cmp.Or(a.Name, a.ID.RelationName())
	}
	if a.Name == "" {
		return a, errors.New("name is missing")
	}
	if !isWebAddress(a.URL) {
		return a, fmt.Errorf("url must begin with https:// or http:// (got %q)", sources.ClipText(a.URL, 60))
	}
	a.Virtual = a.Kind == sources.View || a.Kind == sources.Tile || a.Kind.IsContainer()
	a.Scope, err = r.nameScope(l.Scope)
	if err != nil {
		return a, err
	}
	return a, r.addRefs(&a, l)
}

// addRefs sets the assets to which an asset refers.
func (r *reader) addRefs(a *sources.Asset, l line) (err error) {
	for _, text := range l.Upstream {
		id, err := r.parseID("upstream", text)
		if err != nil {
			return err
		}
		a.Upstream = append(a.Upstream, id)
	}
	slices.Sort(a.Upstream)
	a.Upstream = slices.Compact(a.Upstream)
	if l.Parent != "" {
		a.Parent, err = r.parseID("parent", l.Parent)
		if err != nil {
			return err
		}
	}
	if l.Job != "" {
		a.Job, err = r.parseID("job", l.Job)
		if err != nil {
			return err
		}
	}
	if a.Parent == a.ID || slices.Contains(a.Upstream, a.ID) {
		return errors.New("an asset must not be its own parent or upstream")
	}
	return nil
}

// parseOwnID returns the id of an asset that the program prints: a table, or something of this
// source.
func (r *reader) parseOwnID(text string) (sources.ID, error) {
	id, err := r.parseID("asset", text)
	if err != nil || id.IsTable() {
		return id, err
	}
	place, isOwn := strings.CutPrefix(id.Place(), r.setting.Name+"/")
	if !isOwn || place == "" {
		return id, fmt.Errorf("asset must begin with \"%s:%s/\", the name of the source (got %q)", id.Kind(), r.setting.Name, text)
	}
	return id, nil
}

// parseID returns the id that a key holds. Names of a table are stored as the warehouse stores them.
func (r *reader) parseID(key, text string) (sources.ID, error) {
	id := sources.ID(sources.ClipText(text, 500))
	if id.Kind() == "" || id.Place() == "" || strings.ContainsAny(text, "\n\r\t") {
		return id, fmt.Errorf("%s must be an id such as \"table:RAW.SHOP.ORDERS\" (got %q)", key, id)
	}
	if !id.IsTable() {
		return id, nil
	}
	names := r.dialect.ParseRelation(id.Place())
	if len(names) == 0 {
		return id, fmt.Errorf("%s must be a table such as \"table:RAW.SHOP.ORDERS\" (got %q)", key, id)
	}
	return r.dialect.TableID(r.setting.Namespace, names...), nil
}

// kindsByID holds the kind of an asset by the kind of its id. An extract is a copy of data that a
// dashboard tool keeps.
var kindsByID = map[string]sources.Kind{
	"table":     sources.Table,
	"extract":   sources.Derived,
	"dashboard": sources.Dashboard,
	"tile":      sources.Tile,
	"folder":    sources.Folder,
	"job":       sources.Job,
}

// kindOf returns the kind of an asset. Only a table has a choice: table or view.
func kindOf(id sources.ID, text string) (sources.Kind, error) {
	kind := kindsByID[id.Kind()]
	switch {
	case kind == "":
		return "", fmt.Errorf("asset must be a table, view, extract, dashboard, tile, folder or job (got %q)", id)
	case id.IsTable() && text == string(sources.View):
		return sources.View, nil
	case text != "" && text != id.Kind():
		return "", fmt.Errorf("kind of %s must be %q (got %q)", id, id.Kind(), text)
	default:
		return kind, nil
	}
}

// isWebAddress reports whether text is "" or an address that a page may link to.
func isWebAddress(text string) bool {
	u, err := url.Parse(text)
	return text == "" || err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != ""
}

// buildReadings returns the times of an asset. It errs for times that an asset of its kind cannot
// have, and if the time of their check is missing.
func (r *reader) buildReadings(l line, a sources.Asset) (readings []sources.Reading, err error) {
	for _, t := range l.times.list() {
		if t.text == nil {
			continue
		}
		if !canHave(a, t.clock) {
			return nil, fmt.Errorf("a %s cannot have %s", a.Kind, t.clock)
		}
		reading := sources.Reading{Clock: t.clock, At: sources.Never}
		if *t.text != "never" {
			reading.At, err = parseTime(t.clock.String(), *t.text, r.zone)
			if err != nil {
				return nil, err
			}
		}
		reading.CheckedAt, err = parseTime("checked", l.Checked, r.zone)
		if err != nil {
			return nil, err
		}
		readings = append(readings, reading)
	}
	return readings, nil
}

// canHave reports whether an asset can have a clock: a job has none, and what holds no data of its
// own only those that need none.
func canHave(a sources.Asset, c sources.Clock) bool {
	switch {
	case a.Kind == sources.Job:
		return false
	case a.Kind == sources.View:
		return c == sources.Loaded || !c.CanDecideStatus()
	case a.Virtual:
		return c == sources.Queried
	default:
		return true
	}
}

// buildAttempt returns how the last attempt ended; the zero Attempt if the line does not say.
func (r *reader) buildAttempt(l line, a sources.Asset) (sources.Attempt, error) {
	var err error
	attempt := sources.Attempt{}
	switch {
	case l.Failed != "" && l.Succeeded != "":
		return attempt, errors.New("failed and succeeded must not be set together")
	case l.Failed != "":
		attempt.Outcome = sources.Failed
		attempt.Says = sources.ClipText(l.Error, 300)
		attempt.At, err = parseTime("failed", l.Failed, r.zone)
	case l.Error != "":
		return attempt, errors.New("error needs failed, the time at which it happened")
	case l.Succeeded != "" && a.Kind != sources.Job:
		return attempt, errors.New("only a job can have succeeded\nhint: use built for what was built")
	case l.Succeeded != "":
		attempt.Outcome = sources.Succeeded
		attempt.At, err = parseTime("succeeded", l.Succeeded, r.zone)
	}
	return attempt, err
}
