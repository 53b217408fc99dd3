package site

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"math"
	"strings"
	"time"

	"github.com/go-echarts/go-echarts/v2/charts"
	"github.com/go-echarts/go-echarts/v2/opts"

	"github.com/freshet-status/freshet/assets"
	"github.com/freshet-status/freshet/generator/freshness"
)

// If ECharts was bundled ("make charts"), a script draws the chart of ages with
// it, in place of the SVG: larger, and with the age at each moment on hover.
// go-echarts only builds the options; colors and words are in assets/charts. A
// page without script shows the SVG in both cases.

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
		if err := w.writeFile(f.Name(), data); err != nil {
			return err
		}
	}
	return nil
}

// hasECharts reports whether the site contains ECharts. It is valid only after writeVendor.
func (w *writer) hasECharts() bool { return w.written["echarts.js"] }

// writeChartOptions writes the ECharts options of n's chart as a script beside n's page, and
// sets c.Script to its file name. It does nothing if c is nil or has no options.
func (w *writer) writeChartOptions(n *freshness.Node, c *ageChart) error {
	if c == nil || c.Options == nil {
		return nil
	}
	c.Script = fileName(n.ID) + ".js"
	return w.writeFile("t/"+c.Script, c.Options)
}

// buildChartOptions returns a script that sets window.freshetAge to the options of a chart, or
// nil if the site has no ECharts. x is in days since the first midnight, y in unit ("h" or
// "d"). daily says that each point is the oldest moment of its day, so that the script shows no
// age between two points.
func (w *writer) buildChartOptions(d agePlot, unit string, points []point, daily bool, fresh, stale time.Duration) []byte {
	if !w.hasECharts() {
		return nil
	}
	unitSize := time.Hour
	if unit == "d" {
		unitSize = 24 * time.Hour
	}
	line := charts.NewLine()
	line.SetGlobalOptions(
		charts.WithAnimation(false),
		charts.WithLegendOpts(opts.Legend{Show: opts.Bool(false)}),
		charts.WithTooltipOpts(opts.Tooltip{Show: opts.Bool(true), Trigger: "axis"}),
		charts.WithGridOpts(opts.Grid{Left: "48", Right: "12", Top: "14", Bottom: "28"}),
		charts.WithXAxisOpts(opts.XAxis{Type: "value", Min: 0, Max: freshness.StripDays, MinInterval: 30, MaxInterval: 30}),
		charts.WithYAxisOpts(
			opts.YAxis{
				Type:        "value",
				Min:         0,
				Max:         ageInUnits(d.top, unitSize),
				MinInterval: ageInUnits(d.top/4, unitSize),
				MaxInterval: ageInUnits(d.top/4, unitSize),
			},
		),
	)
	line.AddSeries("age", nil, charts.WithLineChartOpts(opts.LineChart{ShowSymbol: opts.Bool(false)}))
	line.MultiSeries[0].Data = w.buildPairs(d, points, unitSize)
	for i, age := range [...]time.Duration{fresh, stale} {
		if age != 0 {
			charts.WithMarkLineNameYAxisItemOpts(
				opts.MarkLineNameYAxisItem{Name: [...]string{"fresh", "stale"}[i], YAxis: ageInUnits(age, unitSize)},
			)(&line.MultiSeries[0])
		}
	}
	line.Validate()
	data, err := json.Marshal(line.JSON())
	if err != nil {
		panic(err) // the options hold only values that JSON can encode
	}
	return fmt.Appendf(
		nil,
		"window.freshetAge = {\"from\": %q, \"unit\": %q, \"daily\": %t, \"option\": %s};\n",
		d.from.In(w.report.Zone).Format(time.DateOnly),
		unit,
		daily,
		data,
	)
}

// buildPairs returns the points as pairs of x (days since the first midnight) and age, with a
// null age before each point that follows a gap. Local midnights are whole numbers, also after
// a change of daylight saving time.
func (w *writer) buildPairs(d agePlot, points []point, unitSize time.Duration) (pairs [][2]any) {
	_, offset := d.from.In(w.report.Zone).Zone()
	for i, p := range points {
		_, now := p.at.In(w.report.Zone).Zone()
		x := math.Round(float64(p.at.Unix()-d.from.Unix()+int64(now-offset))/8.64) / 10000
		if p.afterGap && i > 0 {
			pairs = append(pairs, [2]any{x, nil})
		}
		pairs = append(pairs, [2]any{x, ageInUnits(p.age, unitSize)})
	}
	return pairs
}

// ageInUnits returns age as a multiple of unitSize, rounded to three decimals.
func ageInUnits(age, unitSize time.Duration) float64 {
	return math.Round(1000*float64(age)/float64(unitSize)) / 1000
}
