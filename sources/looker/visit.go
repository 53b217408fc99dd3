package looker

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/freshet-status/freshet/sources"
	"github.com/freshet-status/freshet/sources/httpclient"
	"github.com/freshet-status/freshet/sources/looker/client"
	"github.com/freshet-status/freshet/sources/looker/quota"
	"github.com/freshet-status/freshet/sources/looker/trace"
)

// A visit is one read of Looker, with its session, cache and the answer built so far.
type visit struct {
	*source
	ctx     context.Context
	address string // of the API
	client  *client.Client
	cache   *cache
	quota   *quota.Quota
	tracer  *trace.Tracer
	answer  sources.Answer
	errs    []error
}

// startVisit reads the credentials, opens the cache and signs in. endVisit must be called if it
// succeeds.
func (s *source) startVisit(ctx context.Context) (*visit, error) {
	user, err := s.readCredentials()
	if err != nil {
		return nil, err
	}
	now := s.setting.Now().UTC().Truncate(time.Second)
	v := &visit{source: s, ctx: ctx}
	v.address, err = s.Config.newAddress(s.URL).ResolveURL(s.setting.Env)
	if err != nil {
		return nil, err
	}
	v.cache, err = openCache(s.setting, fmt.Sprintf("%s, personal %v", v.instanceAddress(), s.Personal), now)
	if err != nil {
		return nil, err
	}
	v.quota = s.newQuota(v.cache, now)
	v.tracer = s.newTracer(&v.cache.Knowledge)
	v.client, err = client.SignIn(ctx, v.address, user, v.countCall)
	if err != nil {
		return nil, err
	}
	return v, nil
}

// newQuota returns the quota of a visit. Its counts and refusals are those of the cache.
func (s *source) newQuota(k *cache, now time.Time) *quota.Quota {
	return &quota.Quota{
		Limit:     cmp.Or(s.CallsAMonth, quota.DefaultLimit),
		Now:       now,
		ByHistory: s.spent,
		ByCache:   k.Spent,
		Refused:   k.RefusedAt,
	}
}

// newTracer returns a tracer over what the cache knows.
func (s *source) newTracer(known *trace.Knowledge) *trace.Tracer {
	return &trace.Tracer{
		Knowledge:   known,
		Source:      s.setting.Name,
		Namespace:   s.setting.Namespace,
		Dialect:     s.dialect,
		Connections: s.Connections,
		Configured:  s.Derived,
	}
}

// countCall counts one HTTP request in the answer and, if a kind is set, against the quota of
// the month. It runs once for each attempt, so retries count too.
func (v *visit) countCall(kind string) {
	v.answer.Requests++
	if kind != "" {
		v.quota.Count(kind)
	}
}

// tryCall makes an optional call as [quota.Quota.Try] does. Once the context has ended, it stops all
// optional calls of the visit.
func (v *visit) tryCall(kind, subject, id string, call func() error) quota.Outcome {
	outcome := v.quota.Try(kind, subject, id, call)
	if outcome == quota.Refused && v.ctx.Err() != nil {
		v.quota.Stop()
	}
	return outcome
}

// fillAnswer runs the phases of a visit: fetch the lists, fetch lineage, add observations to
// the answer.
func (v *visit) fillAnswer() error {
	c, err := (&lister{visit: v}).fetchCatalogue()
	if err != nil {
		return err
	}
	(&lineageFetcher{visit: v}).fetchLineage(c)
	(&assetBuilder{visit: v}).addObservations(c)
	return errors.Join(v.errs...)
}

// endVisit adds notes on refused calls to the answer, saves the cache and signs out.
func (v *visit) endVisit() {
	for _, note := range v.quota.Notes() {
		v.addNote("%s", note)
	}
	if v.quota.IsStopped() {
		v.addNote("optional calls were skipped after Looker refused one (429) or the deadline passed")
	}
	v.answer.Calls = v.quota.Made()
	if err := v.cache.saveFile(); err != nil {
		v.addNote("cache could not be saved, so the next run repeats its calls: %v", err)
	}
	v.client.SignOut(v.ctx)
}

// instanceAddress returns the address that identifies this Looker in the cache: web if set,
// otherwise that of the API. Set web where the address of the API changes between runs.
func (v *visit) instanceAddress() string {
	if v.Web != "" {
		return v.Web
	}
	return v.address
}

// shortenNote returns s as one line of at most 500 bytes.
func shortenNote(s string) string { return sources.ClipText(strings.Join(strings.Fields(s), " "), 500) }

// addNote adds a formatted note to the answer, as one line of at most 500 bytes.
func (v *visit) addNote(format string, args ...any) {
	v.answer.Notes = append(v.answer.Notes, shortenNote(fmt.Sprintf(format, args...)))
}

// fetchAdmin sends a GET that counts as quota.AdminCalls and decodes the JSON response into the given
// pointer.
func (v *visit) fetchAdmin(path string, q url.Values, into any) error {
	return v.fetchJSON(quota.AdminCalls, httpclient.Call{Path: path, Query: q}, into)
}

// fetchJSON makes a call of the given kind and decodes the JSON response into the given
// pointer. What the client skipped of it becomes a note.
func (v *visit) fetchJSON(kind string, c httpclient.Call, into any) error {
	size, skipped, err := v.client.FetchJSON(v.ctx, kind, c, into)
	v.answer.Bytes += size
	if skipped != "" {
		v.addNote("%s", skipped)
	}
	return err
}

// cleanError returns the first line of an error text from Looker, without the -- of a SQL
// comment and without secrets.
func (v *visit) cleanError(s string) string { return v.client.RedactLine(strings.TrimPrefix(s, "--")) }
