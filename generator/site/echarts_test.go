package site_test

import (
	"encoding/json"
	"os"
	"path"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/freshet-status/freshet/assets"
)

// The tests expect the same pages wherever ECharts was bundled and where not.
func TestMain(m *testing.M) {
	assets.Vendor = fstest.MapFS{}
	os.Exit(m.Run())
}

// renderBundled returns the files of a site whose build holds these files as assets.Vendor.
func renderBundled(t *testing.T, files fstest.MapFS) map[string][]byte {
	t.Helper()
	before := assets.Vendor
	defer func() { assets.Vendor = before }()
	assets.Vendor = files
	return renderSite(t, dashboardsReport(3))
}

// TestEChartsOnlyAddsToTheSite proves that a build without it makes the same
// pages, but for the scripts that they name.
func TestEChartsOnlyAddsToTheSite(t *testing.T) {
	bare := renderBundled(t, fstest.MapFS{".gitkeep": {}})
	lively := renderBundled(t, fstest.MapFS{".gitkeep": {}, "echarts.js": {Data: []byte("draw")}})
	options := 0
	for name, data := range lively {
		switch {
		case name == "echarts.js":
		case path.Dir(name) == "t" && path.Ext(name) == ".js":
			options++
			checkOptions(t, name, data)
			page := strings.TrimSuffix(name, ".js") + ".html"
			script := "\n<script src=\"" + path.Base(name) + "\" defer></script>\n<script src=\"../echarts.js\" defer></script>"
			if got := strings.Replace(string(lively[page]), script, "", 1); got != string(bare[page]) {
				t.Errorf("%s with ECharts: got other changes than its scripts, want none", page)
			}
		case path.Dir(name) != "t" && string(data) != string(bare[name]):
			t.Errorf("%s with ECharts: got other bytes, want the same as without", name)
		}
		if bare[name] == nil {
			delete(lively, name)
		}
	}
	if options != 100 || len(lively) != len(bare) {
		t.Errorf("site with ECharts: got %d charts, %d other files, want 100, and %d files",
			options, len(lively), len(bare))
	}
}

// checkOptions compares the options of a chart with what assets/charts/chart.js reads.
func checkOptions(t *testing.T, name string, data []byte) {
	t.Helper()
	var age struct {
		From, Unit string
		Option     struct {
			XAxis, YAxis []struct{ Type string }
			Series       []struct {
				Data     [][2]*float64
				MarkLine struct{ Data []struct{ Name string } }
			}
		}
	}
	text, ok := strings.CutPrefix(strings.TrimSuffix(string(data), ";\n"), "window.freshetAge = ")
	if err := json.Unmarshal([]byte(text), &age); err != nil || !ok {
		t.Fatalf("options of %s: got error %v in %s, want JSON set as window.freshetAge", name, err, data)
	}
	o := age.Option
	if age.From != "2026-05-25" || age.Unit == "" || len(o.XAxis) != 1 || len(o.YAxis) != 1 || len(o.Series) != 1 ||
		len(o.Series[0].Data) < 2 ||
		len(data) > 5000 {
		t.Errorf("options of %s: got %d bytes, %s, want at most 5,000 with a date, a unit, 2 axes and 1 series",
			name, len(data), data)
	}
}
