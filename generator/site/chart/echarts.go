package chart

import (
	"encoding/json"
	"fmt"
	"math"
	"time"

	"github.com/go-echarts/go-echarts/v2/charts"
	"github.com/go-echarts/go-echarts/v2/opts"

	"github.com/freshet-status/freshet/generator/freshness"
)

// An options builds the options of a chart for ECharts. x is in days since the first midnight, y in
// unit.
type options struct {
	agePlot
	zone    *time.Location
	unit    string // "h" or "d"
	isDaily bool   // whether each point is the oldest moment of its day, so that no age is shown between two points
}

// build returns a script that sets window.freshetAge to the options of a chart.
func (d *options) build(points []point, fresh, stale time.Duration) []byte {
	unitSize := time.Hour
	if d.unit == "d" {
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
	line.MultiSeries[0].Data = d.buildPairs(points, unitSize)
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
		d.from.In(d.zone).Format(time.DateOnly),
		d.unit,
		d.isDaily,
		data,
	)
}

// buildPairs returns the points as pairs of x (days since the first midnight) and age, with a
// null age before each point that follows a gap. Local midnights are whole numbers, also after
// a change of daylight saving time.
func (d *options) buildPairs(points []point, unitSize time.Duration) (pairs [][2]any) {
	_, offset := d.from.In(d.zone).Zone()
	for i, p := range points {
		_, now := p.at.In(d.zone).Zone()
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
