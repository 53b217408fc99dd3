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
				t.Errorf("%s differs by more than its scripts", page)
			}
		case path.Dir(name) != "t" && string(data) != string(bare[name]):
			t.Errorf("%s differs", name)
		}
		if bare[name] == nil {
			delete(lively, name)
		}
	}
	if options != 100 || len(lively) != len(bare) {
		t.Errorf("%d charts; %d files, and %d without ECharts", options, len(lively), len(bare))
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
		t.Fatalf("%s: %v in %s", name, err, data)
	}
	o := age.Option
	if age.From != "2026-05-25" || age.Unit == "" || len(o.XAxis) != 1 || len(o.YAxis) != 1 || len(o.Series) != 1 ||
		len(o.Series[0].Data) < 2 ||
		len(data) > 5000 {
		t.Errorf("%s: %d bytes: %s", name, len(data), data)
	}
}
