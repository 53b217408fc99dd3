package looker

import (
	"time"

	"github.com/freshet-status/freshet/sources"
)

// At returns a copy of src whose clock always returns now.
func At(src sources.Source, now time.Time) sources.Source {
	s := *src.(*source)
	s.setting.Now = func() time.Time { return now }
	return &s
}
