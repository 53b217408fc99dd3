// Draws the chart of ages with ECharts, in place of the SVG in the page. The
// options come from a script beside the page: no request is made. They are JSON
// without code, so formatters, words and colors are set here.
import { init, use } from "echarts/core";
import { LineChart } from "echarts/charts";
import { GridComponent, MarkLineComponent, TooltipComponent } from "echarts/components";
import { SVGRenderer } from "echarts/renderers";

use([LineChart, GridComponent, MarkLineComponent, TooltipComponent, SVGRenderer]);

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const age = window.freshetAge;
const picture = document.querySelector(".age");
if (age && picture) live(age, picture);

function live({ from, unit, daily, option }, picture) {
  const box = document.createElement("div");
  box.className = "live";
  box.setAttribute("role", "img");
  box.setAttribute("aria-label", picture.querySelector("svg").getAttribute("aria-label"));
  picture.after(box);

  const begin = Date.parse(from + "T00:00Z");
  const day = (x) => { const t = new Date(begin + x * 864e5 + 1); return `${t.getUTCDate()} ${months[t.getUTCMonth()]}`; };
  const minute = (x) => Math.round(x * 1440) / 1440;
  const moment = (x) => `${day(minute(x))} ${new Date(begin + minute(x) * 864e5 + 1).toISOString().slice(11, 16)}`;
  const hours = unit === "d" ? 24 : 1;
  const long = (h) => (h < 2 ? `${Math.floor(h * 60)} minutes` : h < 48 ? `${Math.floor(h)} hours` : `${Math.floor(h / 2.4) / 10} days`);
  const line = option.series[0].data;

  option.xAxis[0].axisLabel = { formatter: (x) => (x >= 90 ? "today" : day(x)), alignMinLabel: "left", alignMaxLabel: "right" };
  option.yAxis[0].axisLabel = { formatter: (y) => (y ? `${y} ${unit}` : "0") };
  option.xAxis[0].axisPointer = { snap: false };
  option.tooltip.formatter = (all) => {
    const said = document.createElement("div");
    const x = pointed ?? all[0].axisValue, y = daily ? within(line, x) : at(line, x);
    said.className = "said";
    if (daily) {
      said.textContent = day(x) + (y === null ? ": unknown" : `: up to ${long(y * hours)} old`);
      return said;
    }
    said.textContent = moment(x) + (y === null ? ": unknown" : `: ${long(y * hours)} old, data from ${moment(x - (y * hours) / 24)}`);
    return said;
  };

  const chart = init(box, null, { renderer: "svg" });
  let pointed; // x of the mouse, also between two points; set before ECharts calls the formatter
  chart.getZr().on("mousemove", (e) => { pointed = chart.convertFromPixel({ xAxisIndex: 0 }, e.offsetX); });
  const draw = () => chart.setOption(coloured(option), true);
  draw();
  new ResizeObserver(() => chart.resize()).observe(box);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
}

/** at returns the age at x, interpolated between points, or null if it is unknown. */
function at(line, x) {
  const after = line.findIndex((p) => p[0] > x);
  if (after < 1) return null;
  const [[x0, y0], [x1, y1]] = [line[after - 1], line[after]];
  return y0 === null || y1 === null ? null : y0 + ((y1 - y0) * (x - x0)) / (x1 - x0);
}

/** within returns the age of the point on the day of x, or null if it is unknown. */
function within(line, x) {
  const point = line.find((p) => Math.floor(p[0]) === Math.floor(x) && p[1] !== null);
  return point ? point[1] : null;
}

/** coloured returns the options with the colors of the page's stylesheet. */
function coloured(option) {
  const css = getComputedStyle(document.documentElement);
  const colour = (name) => css.getPropertyValue("--" + name).trim();
  const text = { color: colour("muted"), fontSize: 12, fontFamily: getComputedStyle(document.body).fontFamily };
  for (const axis of [option.xAxis[0], option.yAxis[0]]) {
    Object.assign(axis.axisLabel, text);
    axis.axisLine = axis.splitLine = { lineStyle: { color: colour("line") } };
    axis.axisTick = { show: false };
  }
  option.xAxis[0].splitLine = { show: false };
  const series = option.series[0];
  series.symbol = "none";
  series.lineStyle = { color: colour("link"), width: 1.5 };
  series.itemStyle = { color: colour("link") };
  if (series.markLine) {
    Object.assign(series.markLine, { silent: true, symbol: "none", label: { show: false } });
    for (const limit of series.markLine.data) {
      limit.lineStyle = limit.name === "fresh" ? { color: colour("aging"), width: 2, type: [7, 4] } : { color: colour("stale"), width: 2, type: [2, 4] };
    }
  }
  Object.assign(option.tooltip, { backgroundColor: colour("card"), borderColor: colour("line"), textStyle: { ...text, color: colour("ink") } });
  return option;
}
