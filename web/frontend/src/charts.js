// Draws the figures of a page that has some. A chart is a <figure data-chart> that holds its data in
// a JSON script and says the same in a table beneath; without this script the table is all there is.
import { BarChart, LineChart } from "echarts/charts";
import {
  AriaComponent,
  GridComponent,
  LegendComponent,
  MarkLineComponent,
  TooltipComponent,
} from "echarts/components";
import { init, use } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";

use([
  AriaComponent,
  BarChart,
  CanvasRenderer,
  GridComponent,
  LegendComponent,
  LineChart,
  MarkLineComponent,
  TooltipComponent,
]);

const drawn = new Map();
const language = document.documentElement.lang || "fr";

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

function formatter(unit) {
  const numbers = new Intl.NumberFormat(language, { maximumFractionDigits: 1 });
  return (value) => (value == null ? "–" : unit === "%" ? `${numbers.format(value)} %` : numbers.format(value));
}

function frame(data) {
  const ink = colour("ink-soft");
  const line = colour("line");
  const show = formatter(data.unit);
  const text = { color: ink, fontSize: 12 };
  return {
    ink,
    line,
    show,
    common: {
      animation: !matchMedia("(prefers-reduced-motion: reduce)").matches,
      animationDuration: 350,
      aria: { enabled: false },
      textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
      grid: { left: 8, right: 16, top: data.series.length > 1 ? 36 : 16, bottom: 4, containLabel: true },
      legend:
        data.series.length > 1
          ? {
              // Many names go on one line that turns its pages, so that they never cover the picture.
              type: data.series.length > 2 ? "scroll" : "plain",
              top: 0,
              left: 0,
              icon: "roundRect",
              itemWidth: 12,
              itemHeight: 8,
              textStyle: text,
              pageTextStyle: text,
              pageIconColor: ink,
              pageIconInactiveColor: line,
            }
          : undefined,
      // Drawn in the canvas: a tooltip in HTML would write inline styles, which the policy forbids.
      tooltip: {
        trigger: "axis",
        renderMode: "richText",
        confine: true,
        backgroundColor: colour("paper"),
        borderColor: line,
        textStyle: { color: colour("ink"), fontSize: 12 },
        axisPointer: { type: "line", lineStyle: { color: ink, type: "dashed" } },
        valueFormatter: show,
      },
    },
    text,
  };
}

function lineOption(data) {
  const { common, text, line, show } = frame(data);
  const lone = data.series.length === 1;
  return {
    ...common,
    xAxis: {
      type: "category",
      data: data.labels,
      boundaryGap: false,
      axisLabel: { ...text, hideOverlap: true },
      axisLine: { lineStyle: { color: line } },
      axisTick: { show: false },
    },
    yAxis: {
      type: "value",
      min: 0,
      // People and documents are counted in whole numbers, also where there are none yet.
      minInterval: data.unit === "%" ? 0 : 1,
      // The line to reach is in the picture even where the figures are far below it.
      max: data.mark ? ({ max }) => Math.ceil(Math.max(max, data.mark.value * 1.15)) : null,
      axisLabel: { ...text, formatter: show },
      splitLine: { lineStyle: { color: line } },
      splitNumber: 4,
    },
    series: data.series.map((series, index) => {
      const tone = colour(series.colour || `segment-${index + 1}`);
      return {
        name: series.name,
        type: "line",
        data: series.values,
        symbol: "circle",
        symbolSize: 6,
        showSymbol: data.labels.length <= (lone ? 36 : 2),
        connectNulls: false,
        lineStyle: { width: 2.5, color: tone, type: series.dashed ? "dashed" : "solid" },
        itemStyle: { color: tone },
        areaStyle: lone ? { color: tone, opacity: 0.12 } : undefined,
        markLine: data.mark
          ? {
              silent: true,
              symbol: "none",
              data: [{ yAxis: data.mark.value, name: data.mark.name }],
              label: { formatter: data.mark.name, position: "insideEndTop", color: text.color },
              lineStyle: { color: colour("tone-warn"), type: "dashed" },
            }
          : undefined,
      };
    }),
  };
}

function barOption(data) {
  const { common, text, line, show, ink } = frame(data);
  const stacked = Boolean(data.stacked);
  return {
    ...common,
    grid: { ...common.grid, right: stacked ? 16 : 56 },
    tooltip: { ...common.tooltip, axisPointer: { type: "shadow", shadowStyle: { opacity: 0.08 } } },
    xAxis: {
      type: "value",
      max: data.max ?? null,
      axisLabel: { ...text, formatter: show, hideOverlap: true },
      splitLine: { lineStyle: { color: line } },
      splitNumber: 4,
    },
    yAxis: {
      type: "category",
      inverse: true,
      data: data.labels,
      axisLabel: { ...text, width: 150, overflow: "truncate" },
      axisLine: { lineStyle: { color: line } },
      axisTick: { show: false },
    },
    series: data.series.map((series, index) => ({
      name: series.name,
      type: "bar",
      stack: stacked ? "all" : undefined,
      barMaxWidth: 22,
      data: series.values.map((value, row) => ({
        value,
        itemStyle: {
          color: colour(series.colours ? series.colours[row] : series.colour || `segment-${index + 1}`),
          borderRadius: stacked ? 0 : [0, 4, 4, 0],
        },
      })),
      itemStyle: { color: colour(series.colour || `segment-${index + 1}`) },
      label: stacked
        ? undefined
        : { show: true, position: "right", color: ink, fontSize: 12, formatter: ({ value }) => show(value) },
    })),
  };
}

function columnOption(data) {
  const { common, text, line, show } = frame(data);
  return {
    ...common,
    tooltip: { ...common.tooltip, axisPointer: { type: "shadow", shadowStyle: { opacity: 0.08 } } },
    xAxis: {
      type: "category",
      data: data.labels,
      axisLabel: { ...text, hideOverlap: true },
      axisLine: { lineStyle: { color: line } },
      axisTick: { show: false },
    },
    yAxis: {
      type: "value",
      minInterval: 1,
      axisLabel: { ...text, formatter: show },
      splitLine: { lineStyle: { color: line } },
      splitNumber: 4,
    },
    series: data.series.map((series) => ({
      name: series.name,
      type: "bar",
      stack: data.stacked ? "all" : undefined,
      barMaxWidth: 28,
      data: series.values,
      itemStyle: { color: colour(series.colour) },
    })),
  };
}

const OPTIONS = { bar: barOption, column: columnOption, line: lineOption };

function draw(figure) {
  const canvas = figure.querySelector("[data-chart-canvas]");
  const data = JSON.parse(figure.querySelector("script[type='application/json']").textContent);
  canvas.hidden = false;
  const chart = drawn.get(figure) ?? init(canvas, null, { renderer: "canvas" });
  drawn.set(figure, chart);
  chart.setOption(OPTIONS[data.kind](data), true);
}

function drawAll() {
  for (const figure of document.querySelectorAll("[data-chart]")) draw(figure);
}

drawAll();
// Text that was drawn before the typeface came is drawn again in it.
document.fonts.ready.then(drawAll);
document.addEventListener("themechange", drawAll);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => requestAnimationFrame(drawAll));
addEventListener("resize", () => {
  for (const chart of drawn.values()) chart.resize();
});
