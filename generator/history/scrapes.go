package history

import (
	"context"
	"fmt"

	"github.com/freshet-status/freshet/sources"
)

// EachScrape calls do with each scrape of the history, first those of visits, then the imported
// ones. Each has the facts of its own line, so a history that adds them all knows the same.
// Failed visits are left out. It ends with the first error of do, and errs if the history is
// empty.
func (l *Log) EachScrape(ctx context.Context, do func(sources.Scrape) error) error {
	files, err := l.listDayFiles(observations)
	if err != nil {
		return err
	}
	if len(files) == 0 {
		return fmt.Errorf("%s: not a history, or empty\nhint: use the folder that history names in its site.toml", l.dir)
	}
	imports, err := l.listFiles(observations, importSuffix)
	if err != nil {
		return err
	}
	for _, record := range [][]string{files, imports} {
		for files := range groupByMonth(record) {
			if err := eachScrapeOfMonth(ctx, files, do); err != nil {
				return err
			}
		}
	}
	return nil
}

// eachScrapeOfMonth calls do with each scrape in files, which are all files of one month.
func eachScrapeOfMonth(ctx context.Context, files []string, do func(sources.Scrape) error) error {
	f := newPastBuilder()
	for _, file := range files {
		d, err := readDay(file)
		if err != nil {
			return err
		}
		f.parts.addAll(d.parts)
		for _, s := range d.scrapes {
			if err := ctx.Err(); err != nil {
				return err
			}
			restored, err := f.restoreScrape(s)
			if err != nil {
				return &Error{File: displayPath(s.file), Line: s.line, Says: err.Error()}
			}
			if restored == nil {
				continue
			}
			if err := do(*restored); err != nil {
				return err
			}
		}
	}
	return nil
}

// restoreScrape returns the scrape of a line, with its assets, scopes, attempts and readings.
// It returns nil for a failed visit and for one without a list.
func (f *pastBuilder) restoreScrape(s scrapeLine) (*sources.Scrape, error) {
	if s.List == "" || s.Visit.Error != "" {
		return nil, nil
	}
	blocks, err := f.loadBlocks(s.List)
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
	for _, t := range s.Attempts {
		if t.Position < len(answer.Observations) {
			answer.Observations[t.Position].Attempt = t.Attempt
		}
	}
	for _, t := range s.Readings {
		rows, err := f.columnPositions(t, len(answer.Observations))
		if err != nil {
			return nil, err
		}
		t.eachReading(rows, func(i int, r sources.Reading) {
			o := &answer.Observations[i]
			o.Readings = append(o.Readings, r)
		})
	}
	restored := sources.NewImportedScrape(s.Visit.Source, s.Visit.Type, s.Visit.At, answer)
	return &restored, nil
}
