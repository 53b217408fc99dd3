package sources

import "slices"

// WithoutSecrets returns s with a mask in the place of each secret, in all its text. s is not changed.
func (s Scrape) WithoutSecrets(secrets *Secrets) Scrape {
	s.Error = secrets.Hide(s.Error)
	s.Notes = hideAll(secrets, s.Notes)
	s.Queries = hideAll(secrets, s.Queries)
	s.Scopes = slices.Clone(s.Scopes)
	for i := range s.Scopes {
		s.Scopes[i].Name = hideName(secrets, s.Scopes[i].Name)
	}
	s.Unlisted = slices.Clone(s.Unlisted)
	for i, scope := range s.Unlisted {
		s.Unlisted[i] = UnlistedScope{Name: hideName(secrets, scope.Name), Says: secrets.Hide(scope.Says)}
	}
	s.Observations = slices.Clone(s.Observations)
	for i := range s.Observations {
		s.Observations[i].hideSecrets(secrets)
	}
	return s
}

// hideSecrets masks the secrets in the text of o.
func (o *Observation) hideSecrets(secrets *Secrets) {
	o.Asset.hideSecrets(secrets)
	o.Attempt.Says = secrets.Hide(o.Attempt.Says)
	o.MissingRef = secrets.Hide(o.MissingRef)
	o.MissingID = hideName(secrets, o.MissingID)
	o.Tests = slices.Clone(o.Tests)
	for i := range o.Tests {
		o.Tests[i].Name = secrets.Hide(o.Tests[i].Name)
		o.Tests[i].Says = secrets.Hide(o.Tests[i].Says)
	}
}

// hideSecrets masks the secrets in the text of a.
func (a *Asset) hideSecrets(secrets *Secrets) {
	a.ID = hideName(secrets, a.ID)
	a.Kind = hideName(secrets, a.Kind)
	a.Materialized = secrets.Hide(a.Materialized)
	a.Name = secrets.Hide(a.Name)
	a.Scope = hideName(secrets, a.Scope)
	a.Aliases = hideAll(secrets, a.Aliases)
	a.Tags = hideAll(secrets, a.Tags)
	a.Owner = secrets.Hide(a.Owner)
	a.Description = secrets.Hide(a.Description)
	a.URL = secrets.Hide(a.URL)
	a.Parent = hideName(secrets, a.Parent)
	a.Upstream = hideAll(secrets, a.Upstream)
	a.Job = hideName(secrets, a.Job)
}

// hideName returns a text of some type without secrets.
func hideName[T ~string](secrets *Secrets, name T) T { return T(secrets.Hide(string(name))) }

// hideAll returns texts without secrets: all itself if they hold none.
func hideAll[T ~string](secrets *Secrets, all []T) []T {
	for i, text := range all {
		hidden := hideName(secrets, text)
		if hidden == text {
			continue
		}
		all = slices.Clone(all)
		for j := i; j < len(all); j++ {
			all[j] = hideName(secrets, all[j])
		}
		return all
	}
	return all
}
