// Package quiet turns off two things that Snowflake's driver does at every start and freshet
// does not need: it unpacks a library of its own into the folder for temporary files, and it
// asks network addresses which cloud it runs in.
//
// The driver reads these settings from the environment while packages are initialized, which is
// before main runs. This package imports only errors and os, so it is initialized before the
// driver. Builds with the tag minicore_disabled do not need the first setting.
package quiet

import (
	"errors"
	"os"
)

// Err is the error from setting the variables, or nil if both are set.
var Err = errors.Join(
	os.Setenv("SF_DISABLE_MINICORE", "true"),
	os.Setenv("SNOWFLAKE_DISABLE_PLATFORM_DETECTION", "true"),
)
