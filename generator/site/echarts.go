package site

import (
	"io/fs"
	"strings"

	"github.com/freshet-status/freshet/assets"
	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/generator/site/chart"
)

// If ECharts was bundled ("make charts"), a script draws the chart of ages with
// it, in place of the SVG: larger, and with the age at each moment on hover.
// Colors and words are in assets/charts. A page without script shows the SVG in both cases.

// writeVendor writes the files of assets.Vendor, ECharts and its licenses. It writes nothing if
// ECharts was not bundled.
func (w *writer) writeVendor() error {
	files, err := fs.ReadDir(assets.Vendor, ".")
	if err != nil {
		return err
	}
	for _, f := range files {
		if strings.HasPrefix(f.Name(), ".") {
			continue
		}
		data, err := fs.ReadFile(assets.Vendor, f.Name())
		if err != nil {
			return err
		}
		if err := w.WriteFile(f.Name(), data); err != nil {
			return err
		}
	}
	return nil
}

// hasECharts reports whether the site contains ECharts. It is valid only after writeVendor.
func (w *writer) hasECharts() bool { return w.HasWritten("echarts.js") }

// chartFrame returns what charts share with their pages. It is valid only after writeVendor.
func (w *writer) chartFrame() chart.Frame {
	return chart.Frame{Report: w.report, Axis: w.axisLabels(), FormatDate: w.formatDate, HasECharts: w.hasECharts()}
}

// writeChartOptions writes the ECharts options of n's chart as a script beside n's page, and
// sets c.Script to its file name. It does nothing if c is nil or has no options.
func (w *writer) writeChartOptions(n *freshness.Node, c *chart.Chart) error {
	if c == nil || c.Options == nil {
		return nil
	}
	c.Script = fileName(n.ID) + ".js"
	return w.WriteFile("t/"+c.Script, c.Options)
}
