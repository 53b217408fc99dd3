package history

import (
	"context"
	"fmt"

	"github.com/freshet-status/freshet/sources"
)

// Tell calls tell with every moment that the history has, what was imported
// among them: with the facts that stand in its line, so that whoever takes over
// all of them knows the same. A visit that failed saw nothing.
func (l *Log) Tell(ctx context.Context, tell func(sources.Scrape) error) error {
	files, err := l.days(observations)
	if err != nil {
		return err
	}
	if len(files) == 0 {
		return fmt.Errorf("%s: is no history, or an empty one\nhint: it is the folder that history in site.toml names", l.dir)
	}
	imports, err := l.files(observations, imported)
	if err != nil {
		return err
	}
	for _, record := range [][]string{files, imports} {
		for files := range months(record) {
			if err := tellMonth(ctx, files, tell); err != nil {
				return err
			}
		}
	}
	return nil
}

func tellMonth(ctx context.Context, files []string, tell func(sources.Scrape) error) error {
	f := newFold()
	for _, file := range files {
		d, err := readDay(file)
		if err != nil {
			return err
		}
		f.parts.add(d.parts)
		for _, s := range d.scrapes {
			if err := ctx.Err(); err != nil {
				return err
			}
			told, err := f.scrapeOf(s)
			if err != nil {
				return &Error{short(s.file), s.line, err.Error()}
			}
			if told == nil {
				continue
			}
			if err := tell(*told); err != nil {
				return err
			}
		}
	}
	return nil
}

// scrapeOf makes of a line the scrape that tells of its facts; nil is none.
func (f *fold) scrapeOf(s scrape) (*sources.Scrape, error) {
	if s.List == "" || s.Visit.Error != "" {
		return nil, nil
	}
	blocks, err := f.blocks(s.List)
	if err != nil {
		return nil, err
	}
	var answer sources.Answer
	for _, b := range blocks {
		for _, a := range f.assets[b] {
			answer.Observations = append(answer.Observations, sources.Observation{Asset: a})
		}
	}
	answer.Scopes = s.Visit.Scopes
	for _, t := range s.Tries {
		if t.I < len(answer.Observations) {
			answer.Observations[t.I].Attempt = t.Attempt
		}
	}
	for _, t := range s.Told {
		rows, err := f.rowsOf(t, len(answer.Observations))
		if err != nil {
			return nil, err
		}
		t.readings(rows, func(i int, r sources.Reading) {
			o := &answer.Observations[i]
			o.Readings = append(o.Readings, r)
		})
	}
	told := sources.Recalled(s.Visit.Source, s.Visit.Type, s.Visit.At, answer)
	return &told, nil
}
