package sources

import (
	"slices"
	"strings"
	"unicode"
)

// Cleaned returns s with a mask in the place of each secret, and with U+FFFD in the place of each character
// that controls a terminal or the direction of text, in all its text. s is not changed.
func (s Scrape) Cleaned(secrets *Secrets) Scrape {
	s.Error = cleanText(secrets, s.Error)
	s.Notes = cleanAll(secrets, s.Notes)
	s.Queries = cleanAll(secrets, s.Queries)
	s.Scopes = slices.Clone(s.Scopes)
	for i := range s.Scopes {
		s.Scopes[i].Name = cleanText(secrets, s.Scopes[i].Name)
	}
	s.Unlisted = slices.Clone(s.Unlisted)
	for i, scope := range s.Unlisted {
		s.Unlisted[i] = UnlistedScope{Name: cleanText(secrets, scope.Name), Says: cleanText(secrets, scope.Says)}
	}
	s.Observations = slices.Clone(s.Observations)
	for i := range s.Observations {
		s.Observations[i].clean(secrets)
	}
	return s
}

// clean cleans the text of o.
func (o *Observation) clean(secrets *Secrets) {
	o.Asset.clean(secrets)
	o.Attempt.Says = cleanText(secrets, o.Attempt.Says)
	o.MissingRef = cleanText(secrets, o.MissingRef)
	o.MissingID = cleanText(secrets, o.MissingID)
	o.Tests = slices.Clone(o.Tests)
	for i := range o.Tests {
		o.Tests[i].Name = cleanText(secrets, o.Tests[i].Name)
		o.Tests[i].Says = cleanText(secrets, o.Tests[i].Says)
	}
}

// clean cleans the text of a.
func (a *Asset) clean(secrets *Secrets) {
	a.ID = cleanText(secrets, a.ID)
	a.Kind = cleanText(secrets, a.Kind)
	a.Materialized = cleanText(secrets, a.Materialized)
	a.Name = cleanText(secrets, a.Name)
	a.Scope = cleanText(secrets, a.Scope)
	a.Aliases = cleanAll(secrets, a.Aliases)
	a.Tags = cleanAll(secrets, a.Tags)
	a.Owner = cleanText(secrets, a.Owner)
	a.Description = cleanText(secrets, a.Description)
	a.URL = cleanText(secrets, a.URL)
	a.Parent = cleanText(secrets, a.Parent)
	a.Upstream = cleanAll(secrets, a.Upstream)
	a.Job = cleanText(secrets, a.Job)
}

// cleanText returns a text of some type without secrets and control characters. Every line ends in "\n".
func cleanText[T ~string](secrets *Secrets, text T) T {
	unix := strings.ReplaceAll(secrets.Hide(string(text)), "\r\n", "\n")
	return T(strings.Map(replaceControl, unix))
}

// replaceControl returns r, a line end for another line end, or U+FFFD for a character that controls a terminal or
// the direction of text. Line ends and tabs stay.
func replaceControl(r rune) rune {
	const nextLine = '\u0085'
	if r == '\r' || r == nextLine {
		return '\n'
	}
	isDirection := r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069'
	isControl := unicode.IsControl(r) && r != '\n' && r != '\t'
	if isDirection || isControl {
		return unicode.ReplacementChar
	}
	return r
}

// cleanAll returns texts without secrets and control characters: all itself if they hold none.
func cleanAll[T ~string](secrets *Secrets, all []T) []T {
	for i, text := range all {
		cleaned := cleanText(secrets, text)
		if cleaned == text {
			continue
		}
		all = slices.Clone(all)
		for j := i; j < len(all); j++ {
			all[j] = cleanText(secrets, all[j])
		}
		return all
	}
	return all
}
