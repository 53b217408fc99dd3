package main

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/freshet-status/freshet/generator/exposures"
	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/sources"
)

// A exposuresCommand generates and compares dbt exposures.
type exposuresCommand struct{ *invocation }

// newExposuresCommand returns the command that proposes dbt exposures for traced dashboards, or
// prints how existing exposures differ from them.
func (k *invocation) newExposuresCommand() *cobra.Command {
	run := exposuresCommand{invocation: k}
	flags := exposuresFlags{}
	c := &cobra.Command{
		Use:   "exposures [flags]",
		Short: "Generate dbt exposures from traced dashboards",
		Long: "Print dbt exposures for the dashboards whose tiles read dbt tables and that no exposure\n" +
			"describes yet, add them to a file with --write, or compare existing exposures with\n" +
			"--drift. --write creates the file, or keeps everything that is in it.",
		Example: "  freshet exposures\n" +
			"  freshet exposures --project finance --write models/exposures.yml\n" +
			"  freshet exposures --drift",
		Args: rejectArgs,
		RunE: func(*cobra.Command, []string) error { return run.runExposures(flags) },
	}
	c.Flags().StringVar(&flags.project, "project", "", "dbt `project` to generate for")
	c.Flags().StringVar(&flags.write, "write", "", "`file` to add the exposures to")
	c.Flags().BoolVar(&flags.drift, "drift", false, "compare existing exposures with what tiles read")
	k.addAsOfFlag(c)
	k.addJSONFlag(c)
	return c
}

// An exposuresFlags holds the flags of the command that it does not share with others.
type exposuresFlags struct {
	project string // dbt project; "" for the only one
	write   string // path of the file to extend; "" to print
	drift   bool
}

// check returns a usage error for flags that exclude each other.
func (f exposuresFlags) check(json bool) error {
	both := ""
	switch {
	case f.drift && f.project != "":
		both = "--drift, --project"
	case f.drift && f.write != "":
		both = "--drift, --write"
	case json && f.write != "":
		both = "--json, --write"
	default:
		return nil
	}
	return usageError{error: errors.New("freshet exposures: use only one of: " + both)}
}

// runExposures proposes the exposures of a dbt project. With the flag drift it prints how the
// existing exposures of all projects differ from the dashboards instead.
func (k exposuresCommand) runExposures(flags exposuresFlags) error {
	err := flags.check(k.json)
	if err != nil {
		return err
	}
	err = k.loadConfig()
	if err != nil {
		return err
	}
	r, err := k.deriveReport()
	if err != nil {
		return err
	}
	if flags.drift {
		return k.printDrift(r)
	}
	project, err := chooseProject(r, flags.project)
	if err != nil {
		return err
	}
	return k.proposeExposures(r, project, flags.write)
}

// proposeExposures prints an exposure for each dashboard that neither dbt nor the file at path
// describes yet, or adds it to that file unless path is "".
func (k exposuresCommand) proposeExposures(r *freshness.Report, project, path string) error {
	file, err := openExposuresFile(path)
	if err != nil {
		return err
	}
	drafts := exposures.Drafts(r, project)
	all := dropDescribed(buildExposures(drafts, project), file.entries, r.CanonicalLink)
	all, taken := splitTaken(all, file.entries, exposures.Names(r, project))
	for _, e := range taken {
		fmt.Fprintf(k.stderr, "nothing to propose for %s: exposure %s exists without the url of this dashboard\n", e.Dashboard, e.Name)
	}
	if len(all)+len(taken) == 0 {
		fmt.Fprintln(k.stderr, "nothing to propose: "+explainNothing(exposures.HasDashboards(r), len(drafts)))
	}
	return k.deliverExposures(all, file)
}

// deliverExposures adds all to the file, or prints it as YAML or JSON if there is no file. Where all
// is empty it prints only JSON, an empty list, and writes nothing.
func (k exposuresCommand) deliverExposures(all []exposure, file exposuresFile) error {
	switch {
	case k.json:
		return k.printJSON(all)
	case len(all) == 0:
		return nil
	case file.name == "":
		text, err := encodeYAML(documentNode(all))
		fmt.Fprint(k.stdout, text)
		return err
	}
	err := file.add(all)
	if err != nil {
		return fmt.Errorf("write %s: %w", file.name, err)
	}
	fmt.Fprintf(k.stdout, "added %s to %s\n", sources.FormatCount(len(all), "exposure"), file.name)
	return nil
}

// dropDescribed returns the exposures whose url no entry of a file has.
func dropDescribed(all []exposure, entries []fileEntry, canonicalLink func(string) string) []exposure {
	links := make(map[string]bool)
	for _, e := range entries {
		links[exposures.FormatLink(e.URL, canonicalLink)] = true
	}
	delete(links, "")
	return slices.DeleteFunc(all, func(e exposure) bool { return links[exposures.FormatLink(e.URL, canonicalLink)] })
}

// splitTaken returns the exposures with a name that is free, and those whose name an entry of the
// file or another exposure of the project has. dbt rejects a name that it finds twice.
func splitTaken(all []exposure, entries []fileEntry, names map[string]bool) (free, taken []exposure) {
	for _, e := range entries {
		names[e.Name] = true
	}
	free = []exposure{}
	for _, e := range all {
		if names[e.Name] {
			taken = append(taken, e)
		} else {
			free = append(free, e)
		}
	}
	return free, taken
}

// explainNothing returns why there is no exposure to propose. drafts is the number of dashboards
// that read a table of the dbt project.
func explainNothing(hasDashboards bool, drafts int) string {
	switch {
	case !hasDashboards:
		return noDashboards
	case drafts == 0:
		return "no tile is traced to a dbt table"
	default:
		return "every dashboard that reads a dbt table is already described by an exposure"
	}
}

// chooseProject returns the dbt project to write the file for: name, or the only project if
// name is empty, or "" if there is none. It errs if the project is unknown, or if there are
// several and none is named.
func chooseProject(r *freshness.Report, name string) (string, error) {
	all := exposures.Projects(r)
	switch {
	case name != "" && !slices.Contains(all, name):
		return "", usageError{
			error: fmt.Errorf(
				"freshet exposures: no dbt project %q (found: %s)\nhint: choose one with --project",
				name,
				cmp.Or(strings.Join(all, ", "), "none"),
			),
		}
	case name == "" && len(all) > 1:
		return "", usageError{
			error: fmt.Errorf(
				"freshet exposures: several dbt projects: %s\nhint: choose one with --project",
				strings.Join(all, ", "),
			),
		}
	case name == "" && len(all) == 1:
		name = all[0]
	}
	return name, nil
}

// A driftEntry is one difference between the exposures of dbt and the dashboards, as printed in
// JSON.
type driftEntry struct {
	ID         sources.ID   `json:"id"` // of the dashboard, or of dbt's exposure if it has none
	Name       string       `json:"name"`
	What       string       `json:"what"`     // "drift", "no exposure" or "no dashboard"
	Exposure   *string      `json:"exposure"` // dbt's unique id
	Unread     []sources.ID `json:"unread"`   // named by the exposure, and read by no tile
	Undeclared []sources.ID `json:"unsaid"`   // read by tiles, and not named by the exposure
	Says       string       `json:"says"`
}

// noDashboards is why nothing can be said of exposures where no BI tool lists a dashboard.
const noDashboards = "no dashboard of a BI source is known"

// printDrift prints the differences between exposures and dashboards, or a sentence if there
// are none. Without dashboards to compare with it prints only that, on standard error.
func (k exposuresCommand) printDrift(r *freshness.Report) error {
	all := collectDrifts(r)
	hasDashboards := exposures.HasDashboards(r)
	if !hasDashboards {
		fmt.Fprintln(k.stderr, "nothing to compare: "+noDashboards)
	}
	if k.json {
		return k.printJSON(all)
	}
	for _, d := range all {
		fmt.Fprintf(k.stdout, "%s %q: %s\n", d.ID, d.Name, d.Says)
	}
	if hasDashboards && len(all) == 0 {
		fmt.Fprintln(k.stdout, "all dashboards have exposures, and all exposures match")
	}
	return nil
}

// collectDrifts returns the differences of existing exposures, then the dashboards without an
// exposure, then the exposures without a dashboard.
func collectDrifts(r *freshness.Report) []driftEntry {
	all := []driftEntry{}
	add := func(n *freshness.Node, what string, exposure sources.ID, d exposures.Drift, says string) {
		one := driftEntry{
			ID:         n.ID,
			Name:       n.Name,
			What:       what,
			Unread:     mapSlice(d.Unread, keepID),
			Undeclared: mapSlice(d.Undeclared, keepID),
			Says:       says,
		}
		if exposure != "" {
			name := exposureName(exposure)
			one.Exposure = &name
			one.Says = name + " " + says
		}
		all = append(all, one)
	}
	for _, n := range r.Nodes {
		for _, d := range exposures.DriftsOf(r, n) {
			add(n, "drift", d.Exposure, d, describeDrift(r, d))
		}
	}
	can := describableDashboards(r)
	for _, n := range exposures.UnmatchedDashboards(r, r.CanonicalLink) {
		says := "no exposure"
		if !can[n.ID] {
			says += "; none can be generated because no tile is traced to a dbt table"
		}
		add(n, "no exposure", "", exposures.Drift{}, says)
	}
	for _, n := range exposures.UnmatchedExposures(r, r.CanonicalLink) {
		says := "has no url"
		if n.URL != "" {
			says = "has url " + n.URL + ": no such dashboard was found"
		}
		add(n, "no dashboard", n.ID, exposures.Drift{}, says)
	}
	return all
}

// describableDashboards returns the ids of the dashboards for which an exposure can be written
// in some project.
func describableDashboards(r *freshness.Report) map[sources.ID]bool {
	can := make(map[sources.ID]bool)
	for _, project := range exposures.Projects(r) {
		for _, d := range exposures.Drafts(r, project) {
			can[d.ID] = true
		}
	}
	return can
}

// exposureName returns dbt's unique id of an exposure, given its id as a dashboard.
func exposureName(id sources.ID) string {
	return "exposure." + strings.TrimPrefix(id.Place(), "dbt/")
}

// describeDrift returns the sentence for what an exposure names and no tile reads, and for what
// tiles read and it does not name, with the reason if it cannot.
func describeDrift(r *freshness.Report, d exposures.Drift) string {
	var forgot, private, unknown []sources.ID
	for _, id := range d.Undeclared {
		switch n := r.Node(id); {
		case n == nil || !exposures.IsInDBT(n):
			unknown = append(unknown, id)
		case n.Private:
			private = append(private, id)
		default:
			forgot = append(forgot, id)
		}
	}
	var says []string
	add := func(before string, ids []sources.ID, after string) {
		if len(ids) > 0 {
			says = append(says, before+strings.Join(mapSlice(ids, sources.ID.Place), ", ")+after)
		}
	}
	add("lists ", d.Unread, ", not read by any tile")
	add("misses ", forgot, "")
	add("cannot list ", private, ": private in dbt")
	add("cannot list ", unknown, ": not in dbt")
	return strings.Join(says, "; ")
}
