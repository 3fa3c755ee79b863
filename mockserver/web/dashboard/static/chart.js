// Charts: <div class="chart" data-series="URL" data-stacked> with, in the same .card, a <p data-summary>.
// The URL answers {times: [unix seconds], series: [{label, values, tone?}], lines: [{of, value}]}: a limit of that series.
"use strict";
(() => {
  const EVERY = 3000; // milliseconds
  const TONES = ["accent", "warn", "info", "good", "bad"];
  const UTC = (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC");
  // A property says `light-dark(…)`, as it is written; somebody's colour is one of both.
  const colour = (tone) => {
    const somebody = document.body.appendChild(document.createElement("i"));
    somebody.style.color = `var(--${tone})`;
    const found = getComputedStyle(somebody).color;
    somebody.remove();
    return found;
  };
  const shown = (value) => (value == null ? "–" : value.toLocaleString("en"));

  const clock = (seconds) => new Date(seconds * 1000).toISOString().slice(11, 16);

  const stacked = (series) =>
    series.map((_, place) => series[0].values.map((_, at) => sum(series.slice(0, place + 1).map((each) => each.values[at]))));
  const sum = (values) => values.reduce((total, value) => total + value, 0);

  const options = (place, told, bars) => {
    const axis = {
      stroke: colour("muted"),
      font: "12px system-ui, sans-serif",
      grid: { stroke: colour("line"), width: 1 },
      ticks: { stroke: colour("line"), width: 1 },
    };
    const lines = told.series.map((each, at) => ({
      label: each.label,
      stroke: colour(each.tone ?? TONES[at % TONES.length]),
      fill: bars ? colour(each.tone ?? TONES[at % TONES.length]) : undefined,
      width: bars ? 0 : 2,
      paths: bars ? uPlot.paths.bars({ size: [0.8, 24], align: 1 }) : uPlot.paths.stepped({ align: 1 }),
      points: { show: false },
      value: (_, __, ___, index) => (index == null ? "–" : shown(each.values[index])),
    }));
    const tones = new Map(lines.map((each) => [each.label, each.stroke]));
    const limits = told.lines.map((each) => ({
      label: `limit of ${each.of}`,
      stroke: tones.get(each.of),
      dash: [6, 4],
      width: 1,
      points: { show: false },
      value: () => shown(each.value),
    }));
    const time = { label: "from", value: (_, seconds) => (seconds == null ? "–" : clock(seconds)) };
    return {
      width: Math.max(place.clientWidth, 200),
      height: 220,
      tzDate: UTC,
      cursor: { drag: { x: false, y: false } },
      scales: { x: { range: (_, low, high) => [low, high + told.times[1] - told.times[0]] }, y: { range: (_, __, high) => [0, Math.max(4, high * 1.1)] } },
      axes: [{ ...axis, values: (_, ticks) => ticks.map(clock) }, { ...axis, size: 46, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000] }],
      // Bars that are stacked are drawn from the highest, so that the lower ones stand before them.
      series: [time, ...(bars ? lines.reverse() : lines), ...limits],
    };
  };

  const data = (told, bars) => {
    const values = bars ? stacked(told.series).reverse() : told.series.map((each) => each.values);
    return [told.times, ...values, ...told.lines.map((each) => told.times.map(() => each.value))];
  };

  const begin = (place) => {
    const bars = "stacked" in place.dataset;
    const summary = place.parentElement.querySelector("[data-summary]");
    let plot = null;
    let last = "";

    const draw = (told) => {
      plot?.destroy();
      plot = new uPlot(options(place, told, bars), data(told, bars), place);
      summary.textContent = told.series.map((each) => `${shown(sum(each.values))} ${each.label}`).join(", ") || "nothing";
    };

    const load = async () => {
      if (!place.isConnected) return stop();
      if (document.visibilityState !== "visible") return;
      const answer = await fetch(place.dataset.series).catch(() => null);
      if (!answer?.ok) return;
      const text = await answer.text();
      if (text !== last) draw(JSON.parse((last = text)));
    };

    const again = () => last && draw(JSON.parse(last));
    const timer = setInterval(load, EVERY);
    const watched = new ResizeObserver(() => plot?.setSize({ width: Math.max(place.clientWidth, 200), height: 220 }));
    const stop = () => {
      clearInterval(timer);
      watched.disconnect();
      plot?.destroy();
      document.removeEventListener("themechange", again);
    };
    watched.observe(place);
    document.addEventListener("themechange", again);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again);
    load();
  };

  const all = () => {
    for (const place of document.querySelectorAll(".chart:not([data-begun])")) {
      place.dataset.begun = "";
      begin(place);
    }
  };
  all();
  document.addEventListener("htmx:afterSettle", all);
})();
