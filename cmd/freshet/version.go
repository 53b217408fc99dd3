package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// version is that of freshet; a release sets it when it links.
var version = "0.1.0"

func (k *call) versionCommand() *cobra.Command {
	c := &cobra.Command{
		Use:     "version [flags]",
		Short:   "Print the version, that of Go, and the commit",
		Example: "  freshet version --json",
		Args:    noArgs,
		RunE: func(*cobra.Command, []string) error {
			if k.json {
				return k.answer(map[string]string{"version": version, "go": runtime.Version(), "commit": commit()})
			}
			_, err := fmt.Fprintf(k.stdout, "freshet %s, %s, commit %s\n", version, runtime.Version(), commit())
			return err
		},
	}
	k.jsonFlag(c)
	return c
}

// commit is what the binary was built from, as far as the build knows.
func commit() string {
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
