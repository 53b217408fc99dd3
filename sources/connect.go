package sources

import "context"

// A Connector is a source that can try, with its cheapest calls, whether a visit
// would go well.
type Connector interface {
	// Connect returns what works, a line each, and an error a thing that does
	// not, with the very words that would mend it.
	Connect(ctx context.Context) (works []string, missing []error)
}

// A Granter is a source that needs rights, and knows how they are given.
type Granter interface {
	// Grants is a script for whoever gives rights.
	Grants() string
}
