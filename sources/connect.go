package sources

import "context"

// A Connector is a source that can test, with its cheapest calls, whether a visit would
// succeed.
type Connector interface {
	// Connect returns a line for each ability that works, and an error for each that is missing,
	// with a hint that fixes it.
	Connect(ctx context.Context) (works []string, missing []error)
}

// TryConnect tests whether a visit of target would succeed. It returns soon after the deadline
// of target even if c does not, because a driver may wait forever.
func TryConnect(ctx context.Context, target VisitTarget, c Connector) (works []string, missing []error) {
	ctx, cancel := context.WithTimeout(ctx, target.Deadline)
	defer cancel()
	type connection struct {
		works   []string
		missing []error
	}
	s, ok := callWithGrace(ctx, func() (s connection) {
		s.works, s.missing = c.Connect(ctx)
		return s
	})
	if !ok {
		return nil, []error{deadlineError(ctx, target)}
	}
	return s.works, s.missing
}

// A GrantScripter is a source that needs rights and can print the script that grants them.
type GrantScripter interface {
	// GrantScript returns the script that an administrator runs to grant the rights.
	GrantScript() string
}
