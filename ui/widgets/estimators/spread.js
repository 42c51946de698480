// ---- spread.js: what single draws say, and what averaging does to it -------------------------------
// Both histograms share one axis, each as high as its fullest bin. Score function hollow and dashed,
// path-wise filled and solid; the true slope is dotted.

const BINS = 81;
const REACH = 3.2;      // standard deviations of the wider estimator (without its baseline) either way
const SPREAD = { left: 6, right: 6, top: 20, bottom: 24, ticks: 17 };   // CSS pixels
const BAND_TOP = 20;    // of a band: room for its name
const FALLS = { left: 48, right: 92, top: 10, bottom: 24, ticks: 17 };

/** both: {score, path} of drawnMoments, or null without a draw; exact: exactMoments. */
function drawHistograms(canvas, theme, exact, both, words) {
  const begun = beginCanvas(canvas);
  if (!begun) return;
  const { context, width, height } = begun, half = REACH * Math.sqrt(Math.max(exact.bare, exact.path));
  const from = exact.truth - half, room = width - SPREAD.left - SPREAD.right;
  const chart = { ...begun, from, half, room, X: (value) => SPREAD.left + room * (value - from) / (2 * half) };
  const foot = height - SPREAD.bottom, middle = (SPREAD.top + foot) / 2;
  const ticks = roundTicks(from, from + 2 * half, roundStep(2 * half, 7));
  drawFrame(chart, theme, SPREAD, [], ticks);
  drawBand(chart, theme, { top: SPREAD.top, foot: middle, hollow: true, name: words.score, found: both?.score, words });
  drawBand(chart, theme, { top: middle, foot, hollow: false, name: words.path, found: both?.path, words });
  const x = chart.X(exact.truth);
  drawUpright(chart, x, foot, SPREAD.top - 4, theme.ink, 2, [2, 3]);
  context.font = `500 12px ${theme.sans}`;
  Object.assign(context, { textAlign: "center", textBaseline: "alphabetic" });
  haloText(context, theme, words.true_slope, x, SPREAD.top - 8, theme.ink);
}

function drawBand(chart, theme, { top, foot, hollow, name, found, words }) {
  const { context, width } = chart;
  Object.assign(context, { strokeStyle: theme.hairline, lineWidth: 1 });
  context.strokeRect(SPREAD.left, foot + 0.5, chart.room, 0);
  if (found) {
    const { counts, beyond } = histogram(found.values, chart);
    drawBins(chart, theme, counts, top + BAND_TOP, foot, hollow);
    drawMean(chart, theme, found, top + BAND_TOP - 6);
    context.font = `400 11px ${theme.sans}`;
    Object.assign(context, { textAlign: "right", textBaseline: "middle" });
    const share = fill(words.beyond, { share: formatShare(beyond / found.values.length) });
    if (beyond) haloText(context, theme, share, width - SPREAD.right - 4, top + 13, theme.muted);
  }
  context.font = `500 12px ${theme.sans}`;
  Object.assign(context, { textAlign: "left", textBaseline: "middle" });
  haloText(context, theme, name, SPREAD.left + 8, top + 13, theme.ink);
}

/** How many values fall into each bin of the axis, and how many beyond it. */
function histogram(values, { from, half }) {
  const counts = new Uint32Array(BINS), scale = BINS / (2 * half);
  let beyond = 0;
  for (let i = 0; i < values.length; i++) {
    const bin = Math.floor((values[i] - from) * scale);
    if (bin >= 0 && bin < BINS) counts[bin] += 1; else beyond += 1;
  }
  return { counts, beyond };
}

function drawBins({ context, room }, theme, counts, top, foot, hollow) {
  const most = Math.max(1, ...counts), wide = room / BINS;
  context.beginPath();
  context.moveTo(SPREAD.left, foot);
  counts.forEach((count, k) => {
    const y = foot - (foot - top) * count / most, x = SPREAD.left + k * wide;
    context.lineTo(x, y);
    context.lineTo(x + wide, y);
  });
  context.lineTo(SPREAD.left + room, foot);
  Object.assign(context, { fillStyle: theme.ink, strokeStyle: theme.ink, lineWidth: 1.25, globalAlpha: hollow ? 0.06 : 0.55 });
  context.fill();
  context.globalAlpha = 1;
  context.setLineDash(hollow ? [3, 2] : []);
  context.stroke();
  context.setLineDash([]);
}

/** The mean of the draws, a wedge over its interval. */
function drawMean({ context, X }, theme, { mean, error }, y) {
  const x = X(mean);
  Object.assign(context, { strokeStyle: theme.ink, fillStyle: theme.ink, lineWidth: 2 });
  context.beginPath();
  context.moveTo(X(mean - (error || 0)), y);
  context.lineTo(X(mean + (error || 0)), y);
  context.stroke();
  context.beginPath();
  context.moveTo(x, y + 5);
  context.lineTo(x - 5, y - 3);
  context.lineTo(x + 5, y - 3);
  context.closePath();
  context.strokeStyle = theme.paper;
  context.stroke();
  context.fill();
}

/** Variances from the power of ten below all of them to the one above, lines and marks: [low, high]. */
function fallsRange(exact, groups) {
  const measured = [...groups.score, ...groups.path].map(({ variance }) => variance);
  const lines = [exact.bare, exact.score, exact.path], last = GROUPED[GROUPED.length - 1];
  const least = Math.min(...measured, ...lines.map((variance) => variance / last)), most = Math.max(...measured, ...lines);
  return [10 ** Math.floor(Math.log10(least)), 10 ** Math.ceil(Math.log10(most))];
}

/** Variance of a mean of L draws against L, both axes logarithmic: lines exact, marks measured in groups. */
function drawFalls(canvas, theme, exact, groups, words) {
  const begun = beginCanvas(canvas);
  if (!begun) return;
  const { context, width, height } = begun, last = GROUPED[GROUPED.length - 1], log = Math.log10;
  const [low, high] = fallsRange(exact, groups);
  const chart = {
    ...begun,
    X: (L) => FALLS.left + (width - FALLS.left - FALLS.right) * log(L) / log(last),
    Y: (value) => height - FALLS.bottom - (height - FALLS.top - FALLS.bottom) * log(value / low) / log(high / low),
  };
  drawFrame(chart, theme, FALLS, powerTicks(low, high, 7), GROUPED.map((L) => ({ value: L, text: `L = ${L}`.replace(/L = (?!1$)/, "") })));
  const names = [];
  for (const [name, dash] of [["score", [5, 4]], ["path", []]]) {
    context.beginPath();
    context.moveTo(chart.X(1), chart.Y(exact[name]));
    context.lineTo(chart.X(last), chart.Y(exact[name] / last));
    Object.assign(context, { strokeStyle: theme.ink, lineWidth: 1.75 });
    context.setLineDash(dash);
    context.stroke();
    context.setLineDash([]);
    for (const { L, variance } of groups[name]) drawMark(chart, theme, chart.X(L), chart.Y(variance), name === "score");
    names.push({ word: words[name], y: chart.Y(exact[name] / last) });
  }
  nameFalls(chart, theme, names);
}

/** Names at the lines' ends keep their distance. */
function nameFalls({ context, X }, theme, names) {
  keepApart(names.sort((a, b) => a.y - b.y), 15);
  context.font = `500 12px ${theme.sans}`;
  Object.assign(context, { textAlign: "left", textBaseline: "middle" });
  for (const { word, y } of names) haloText(context, theme, word, X(GROUPED[GROUPED.length - 1]) + 8, y, theme.ink);
}

function drawMark({ context }, theme, x, y, hollow) {
  context.beginPath();
  context.arc(x, y, 4, 0, 2 * Math.PI);
  Object.assign(context, { fillStyle: hollow ? theme.paper : theme.ink, strokeStyle: theme.ink, lineWidth: 1.75 });
  context.fill();
  context.stroke();
}
