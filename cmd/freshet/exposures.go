package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/sources"
)

func (k *call) exposuresCommand() *cobra.Command {
	project, drift := "", false
	c := &cobra.Command{
		Use:     "exposures [flags]",
		Short:   "Print the dashboards that were traced as exposures of dbt",
		Long:    "Print an exposures.yml of the dashboards that were traced to tables that dbt knows,\nor how the exposures that dbt has differ from what tiles read.",
		Example: "  freshet exposures > models/exposures.yml\n  freshet exposures --drift",
		Args:    noArgs,
		RunE: func(*cobra.Command, []string) error {
			if drift && project != "" {
				return usageError{errors.New("freshet exposures: --drift is of all projects, and takes no --project")}
			}
			return k.exposures(project, drift)
		},
	}
	c.Flags().StringVar(&project, "project", "", "the `name` of the dbt project that the file is for, where there are several")
	c.Flags().BoolVar(&drift, "drift", false, "say how the exposures that dbt has differ from what tiles read")
	k.asOfFlag(c)
	k.jsonFlag(c)
	return c
}

func (k *call) exposures(project string, drift bool) error {
	if err := k.read(); err != nil {
		return err
	}
	r, err := k.report()
	if err != nil {
		return err
	}
	if drift {
		return k.drift(r)
	}
	if project, err = projectOf(r, project); err != nil {
		return err
	}
	all := exposuresOf(r, project)
	if k.json {
		return k.answer(all)
	}
	return writeExposures(k.stdout, all)
}

// projectOf is the project whose file is asked for. A name of one means nothing
// in another.
func projectOf(r *freshness.Report, name string) (string, error) {
	all := r.Projects()
	switch {
	case name != "" && !slices.Contains(all, name):
		return "", usageError{fmt.Errorf("freshet exposures: no project %q of dbt was seen\nhint: there is %s", name, strings.Join(all, ", "))}
	case name == "" && len(all) > 1:
		return "", usageError{fmt.Errorf("freshet exposures: for which project of dbt?\nhint: --project %s", strings.Join(all, ", or --project "))}
	case name == "" && len(all) == 1:
		name = all[0]
	}
	return name, nil
}

// A drifted is one way in which the exposures of dbt and the dashboards differ.
type drifted struct {
	ID       sources.ID   `json:"id"` // of the dashboard, or of dbt's where no other was seen
	Name     string       `json:"name"`
	What     string       `json:"what"`     // "drift", "no exposure" or "no dashboard"
	Exposure *string      `json:"exposure"` // dbt's unique id
	Unread   []sources.ID `json:"unread"`   // it names them, and no tile reads them
	Unsaid   []sources.ID `json:"unsaid"`   // tiles read them, and it does not name them
	Says     string       `json:"says"`
}

// drift says where exposures and dashboards differ.
func (k *call) drift(r *freshness.Report) error {
	all := driftsOf(r)
	if k.json {
		return k.answer(all)
	}
	for _, d := range all {
		fmt.Fprintf(k.stdout, "%s %q: %s\n", d.ID, d.Name, d.Says)
	}
	if len(all) > 0 {
		return nil
	}
	if !slices.ContainsFunc(r.Nodes, func(n *freshness.Node) bool { return n.Kind == sources.Dashboard }) {
		_, err := fmt.Fprintln(k.stdout, "no dashboard was seen")
		return err
	}
	_, err := fmt.Fprintln(k.stdout, "every dashboard that was seen has its exposure, and every exposure names what tiles read")
	return err
}

func driftsOf(r *freshness.Report) []drifted {
	all := []drifted{}
	add := func(n *freshness.Node, what string, exposure sources.ID, d freshness.Drift, says string) {
		one := drifted{ID: n.ID, Name: n.Name, What: what, Unread: list(d.Unread, same), Unsaid: list(d.Unsaid, same), Says: says}
		if exposure != "" {
			name := exposureName(exposure)
			one.Exposure, one.Says = &name, name+" "+says
		}
		all = append(all, one)
	}
	for _, n := range r.Nodes {
		for _, d := range n.Drift {
			add(n, "drift", d.Exposure, d, differs(r, d))
		}
	}
	can := describable(r)
	for _, n := range r.Undescribed() {
		says := "no exposure describes it"
		if !can[n.ID] {
			says += ", and none can: no tile is traced to a table that dbt knows"
		}
		add(n, "no exposure", "", freshness.Drift{}, says)
	}
	for _, n := range r.Astray() {
		says := "has no address"
		if n.URL != "" {
			says = "has the address " + n.URL + ", which is that of no dashboard that was seen"
		}
		add(n, "no dashboard", n.ID, freshness.Drift{}, says)
	}
	return all
}

// describable are the dashboards that the file of some project has.
func describable(r *freshness.Report) map[sources.ID]bool {
	can := make(map[sources.ID]bool)
	for _, project := range r.Projects() {
		for _, d := range r.Describe(project) {
			can[d.ID] = true
		}
	}
	return can
}

// exposureName is the unique id of dbt for what it describes as a dashboard.
func exposureName(id sources.ID) string {
	return "exposure." + strings.TrimPrefix(id.Place(), "dbt/")
}

// differs says how an exposure and the tiles of its dashboard differ.
func differs(r *freshness.Report, d freshness.Drift) string {
	var forgot, private, unknown []sources.ID
	for _, id := range d.Unsaid {
		switch n := r.Node(id); {
		case n == nil || !n.InDBT():
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
			says = append(says, before+strings.Join(list(ids, sources.ID.Place), ", ")+after)
		}
	}
	add("names ", d.Unread, ", which no tile reads")
	add("does not name ", forgot, ", which tiles read")
	add("cannot name ", private, ", which tiles read and dbt keeps private")
	add("cannot name ", unknown, ", which tiles read and dbt does not know")
	return strings.Join(says, "; ")
}
