package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// version is the version of freshet. A release sets it with a linker flag.
var version = "0.1.0"

// newVersionCommand returns the command that prints the versions of freshet and Go, and the
// commit.
func (k *invocation) newVersionCommand() *cobra.Command {
	c := &cobra.Command{
		Use:     "version [flags]",
		Short:   "Print the freshet version, Go version and commit",
		Example: "  freshet version --json",
		Args:    rejectArgs,
		RunE: func(*cobra.Command, []string) error {
			if k.json {
				return k.printJSON(map[string]string{"version": version, "go": runtime.Version(), "commit": commitHash()})
			}
			_, err := fmt.Fprintf(k.stdout, "freshet %s, %s, commit %s\n", version, runtime.Version(), commitHash())
			return err
		},
	}
	k.addJSONFlag(c)
	return c
}

// commitHash returns the commit that the binary was built from, or "unknown" if the build did
// not record it.
func commitHash() string {
	info, _ := debug.ReadBuildInfo()
	if info != nil {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				return s.Value
			}
		}
	}
	return "unknown"
}
