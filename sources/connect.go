package sources

import "context"

// A Connector is a source that can try, with its cheapest calls, whether a visit
// would go well.
type Connector interface {
	// Connect returns what works, a line each, and an error a thing that does
	// not, with the very words that would mend it.
	Connect(ctx context.Context) (works []string, missing []error)
}

// Try lets a stop try whether a visit would go well. It ends at the deadline, even if
// the source does not: a driver may wait for what never comes.
func Try(ctx context.Context, stop Stop, c Connector) (works []string, missing []error) {
	ctx, cancel := context.WithTimeout(ctx, stop.Deadline)
	defer cancel()
	type said struct {
		works   []string
		missing []error
	}
	s, ok := within(ctx, func() (s said) {
		s.works, s.missing = c.Connect(ctx)
		return s
	})
	if !ok {
		return nil, []error{late(ctx, stop)}
	}
	return s.works, s.missing
}

// A Granter is a source that needs rights, and knows how they are given.
type Granter interface {
	// Grants is a script for whoever gives rights.
	Grants() string
}
