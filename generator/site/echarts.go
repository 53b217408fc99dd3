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

// Where the build holds ECharts, script draws the ages with it, in place of our
// own picture: larger, and with a word at each moment. go-echarts makes the
// options alone; colours and words are of assets/charts, and what a page shows
// without script is the same.

// vendor writes ECharts, where the build holds it.
func (w *writer) vendor() error {
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
		if err := w.put(f.Name(), data); err != nil {
			return err
		}
	}
	return nil
}

// echarts reports whether pages may draw with ECharts.
func (w *writer) echarts() bool { return w.wrote["echarts.js"] }

// lively writes the options of a chart beside the page of its asset.
func (w *writer) lively(n *freshness.Node, c *ageChart) error {
	if c == nil || c.Options == nil {
		return nil
	}
	c.Script = fileName(n.ID) + ".js"
	return w.put("t/"+c.Script, c.Options)
}

// options are what ECharts is told, as a script: days since the first midnight,
// and ages in the unit of the scale. Where a point stands for its day nothing is
// known between two.
func (w *writer) options(d drawn, unit string, points []point, daily bool, fresh, stale time.Duration) []byte {
	if !w.echarts() {
		return nil
	}
	one := time.Hour
	if unit == "d" {
		one = 24 * time.Hour
	}
	line := charts.NewLine()
	line.SetGlobalOptions(
		charts.WithAnimation(false),
		charts.WithLegendOpts(opts.Legend{Show: opts.Bool(false)}),
		charts.WithTooltipOpts(opts.Tooltip{Show: opts.Bool(true), Trigger: "axis"}),
		charts.WithGridOpts(opts.Grid{Left: "48", Right: "12", Top: "14", Bottom: "28"}),
		charts.WithXAxisOpts(opts.XAxis{Type: "value", Min: 0, Max: freshness.StripDays, MinInterval: 30, MaxInterval: 30}),
		charts.WithYAxisOpts(opts.YAxis{Type: "value", Min: 0, Max: inOne(d.top, one), MinInterval: inOne(d.top/4, one), MaxInterval: inOne(d.top/4, one)}),
	)
	line.AddSeries("age", nil, charts.WithLineChartOpts(opts.LineChart{ShowSymbol: opts.Bool(false)}))
	line.MultiSeries[0].Data = w.pairs(d, points, one)
	for i, age := range [...]time.Duration{fresh, stale} {
		if age != 0 {
			charts.WithMarkLineNameYAxisItemOpts(opts.MarkLineNameYAxisItem{Name: [...]string{"fresh", "stale"}[i], YAxis: inOne(age, one)})(&line.MultiSeries[0])
		}
	}
	line.Validate()
	data, err := json.Marshal(line.JSON())
	if err != nil {
		panic(err) // there is nothing in it that JSON could not say
	}
	return fmt.Appendf(nil, "window.freshetAge = {\"from\": %q, \"unit\": %q, \"daily\": %t, \"option\": %s};\n", d.from.In(w.r.Zone).Format(time.DateOnly), unit, daily, data)
}

// pairs are the points of the line, with a hole where nothing was known.
func (w *writer) pairs(d drawn, points []point, one time.Duration) (pairs [][2]any) {
	_, offset := d.from.In(w.r.Zone).Zone()
	for i, p := range points {
		_, now := p.at.In(w.r.Zone).Zone()
		x := math.Round(float64(p.at.Unix()-d.from.Unix()+int64(now-offset))/8.64) / 10000
		if p.anew && i > 0 {
			pairs = append(pairs, [2]any{x, nil})
		}
		pairs = append(pairs, [2]any{x, inOne(p.age, one)})
	}
	return pairs
}

// inOne is an age in a unit.
func inOne(age, one time.Duration) float64 {
	return math.Round(1000*float64(age)/float64(one)) / 1000
}
