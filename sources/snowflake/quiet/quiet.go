// Package quiet tells Snowflake's driver, before it begins, to leave alone what
// a visit does not need: it would unpack a library of its own into the folder
// for temporary files at every start, and ask addresses of the network which
// cloud it runs in.
//
// The driver reads this from the environment while packages are made ready, so
// no line of main could come early enough. This package needs none but os, and
// so is ready before the driver is. Builds with the tag minicore_disabled do
// without it.
package quiet

import (
	"errors"
	"os"
)

// Err is why the driver could not be told; nil is that it was.
var Err = errors.Join(
	os.Setenv("SF_DISABLE_MINICORE", "true"),
	os.Setenv("SNOWFLAKE_DISABLE_PLATFORM_DETECTION", "true"),
)
