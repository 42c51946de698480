// ---- overlay.js: one quantity of several runs over one axis ----------------------------------------
// All runs of a panel have its hue. What tells them apart is the run's pen, its mark, which stands at
// places of its own, and its name where it ends; a later pen leaves an earlier one visible under it.
// Validation is drawn in full, training thin and without marks. A line is {values, train (or null), x,
// calm, name, mark, pen, ended, strength}, all lists by epoch; `calm` says of an epoch that it may stretch
// the panel, `ended` is a word to say beside the name, or "".

const ROOM = { left: 40, right: 104, top: 14, bottom: 26, ticks: 18 };   // CSS pixels around the lines, at least
const NAMES_SHARE = 0.27, NAMES_MOST = 150;   // of a wide panel, to the right of the lines
const FIRST_READ = 0.03;   // of the axis: what comes before may leave the panel at the top
const WILD = 0.5;          // an epoch is not calm if its loss is worse than the first by this share
const FAR = 10;            // a run leaves the panel if it lies this many times the others' size above them
const LEAST_SIZE = 10;     // nats: of others that hardly differ or are next to 0
const PLAIN_BELOW = 1e5;   // numbers from here on are written as 2.0 · 10⁵
const MARKED = 7;          // marks along the whole axis, per line
const MARK_SIZE = 3.6, NAME_LEAST = 15;   // CSS pixels: a mark's radius; from name to name
// How a run's line is drawn: width and dash in CSS pixels, share of ink in the hue, share of paper in that.
const PENS = [
  { thick: 4.5, dash: [], ink: 0, pale: 0.25 },
  { thick: 2, dash: [], ink: 0.1, pale: 0 },
  { thick: 2, dash: [10, 6], ink: 0.5, pale: 0 },
  { thick: 2.5, dash: [2.5, 4.5], ink: 1, pale: 0 },
];
const LINE_MARKS = {
  "●": (context, x, y, r) => context.arc(x, y, r, 0, 2 * Math.PI),
  "■": (context, x, y, r) => context.rect(x - 0.9 * r, y - 0.9 * r, 1.8 * r, 1.8 * r),
  "▲": (context, x, y, r) => tracePolygon(context, [[x, y - 1.2 * r], [x + 1.1 * r, y + 0.8 * r], [x - 1.1 * r, y + 0.8 * r]]),
  "◆": (context, x, y, r) => tracePolygon(context, [[x, y - 1.3 * r], [x + 1.3 * r, y], [x, y + 1.3 * r], [x - 1.3 * r, y]]),
};

function tracePolygon(context, [first, ...rest]) {
  context.moveTo(...first);
  for (const corner of rest) context.lineTo(...corner);
  context.closePath();
}

/** Draw `figure` = {lines, span (the axis' end), at (the cursor, or null), fromZero, role} on `context`; its room. */
function drawOverlay(context, width, height, theme, figure) {
  const range = rangeOf(figure), up = shortTicks(range.low, range.high, 4);
  const room = roomFor(context, width, theme, up), chart = { context, width, height, room, ...range };
  chart.X = (x) => room.left + (width - room.left - room.right) * x / figure.span;
  chart.Y = (value) => height - room.bottom - (height - room.top - room.bottom) * (value - chart.low) / (chart.high - chart.low);
  const across = Math.max(1, roundStep(figure.span, width < 400 ? 3 : 5));
  drawFrame(chart, theme, room, up, roundTicks(0, figure.span, across));
  Object.assign(context, { textAlign: "left" });
  context.fillText(figure.axis, width - room.right + 8, height - room.bottom + room.ticks);
  if (figure.at !== null) drawUpright(chart, Math.round(chart.X(figure.at)) + 0.5, height - room.bottom, room.top, theme.muted, 1);
  for (const line of figure.lines) drawRun(chart, theme, line, figure);
  for (const line of figure.lines) markRun(chart, theme, line, figure);
  nameRuns(chart, theme, figure);
  return room;
}

/** Room on the left for the widest number, on the right for the beginning of names. */
function roomFor(context, width, theme, up) {
  context.font = `400 11px ${theme.sans}`;
  const widest = Math.max(0, ...up.map(({ text }) => context.measureText(text).width));
  const right = Math.round(Math.max(ROOM.right, Math.min(NAMES_MOST, NAMES_SHARE * width)));
  return { ...ROOM, left: Math.max(ROOM.left, Math.ceil(widest) + 9), right };
}

/** Round ticks like roundTicks; from 100 000 on, and below .001, as multiples of one power of ten. */
function shortTicks(low, high, count) {
  const step = roundStep(high - low, count), size = Math.max(Math.abs(low), Math.abs(high));
  if (size < PLAIN_BELOW && size >= 1e-3) return roundTicks(low, high, step);
  const power = Math.floor(Math.log10(size)), unit = 10 ** power;
  return roundTicks(low / unit, high / unit, step / unit)
    .map(({ value, text }) => ({ value: value * unit, text: value === 0 ? "0" : `${text} · 10${raised(power)}` }));
}

/** 31.4, or 2.1 · 10⁶ where that is shorter. */
function formatLoss(value, digits) {
  if (!Number.isFinite(value) || Math.abs(value) < PLAIN_BELOW) return formatNumber(value, digits);
  const [front, power] = value.toExponential(1).split("e");
  return `${formatNumber(Number(front), 1)} · 10${raised(Number(power))}`;
}

/** Whether each epoch of a run may stretch the panels: not if its loss is much worse than before training. */
function calmEpochs(loss) {
  const most = loss[0] + WILD * Math.abs(loss[0]);
  return Array.from(loss, (value) => value <= most);
}

/** The values that let later epochs be read, of all runs but those far above the others: {low, high}. */
function rangeOf({ lines, span, fromZero }) {
  const read = (calm) => lines.map((line) => needOf(line, span, calm)).filter(({ low, high }) => low <= high);
  const calm = read(true), needs = (calm.length ? calm : read(false)).sort((a, b) => a.high - b.high);
  let { low, high } = needs[0] ?? { low: 0, high: 1 };
  for (const need of needs) {
    if (need.low > high + FAR * Math.max(high - low, Math.abs(high), LEAST_SIZE)) break;
    [low, high] = [Math.min(low, need.low), Math.max(high, need.high)];
  }
  for (const { values, train } of lines) {   // no line leaves at the foot
    for (const value of train ? [...values, ...train] : values) if (Number.isFinite(value)) low = Math.min(low, value);
  }
  const air = 0.06 * Math.max(high - low, 1e-3 * Math.abs(high), 1e-6);
  return { low: fromZero ? 0 : low - air, high: high + air };
}

/** The range of one run's later epochs, of the calm ones alone or of all. */
function needOf({ values, train, x, calm }, span, onlyCalm) {
  const need = { low: Infinity, high: -Infinity }, from = Math.min(FIRST_READ * span, x[x.length - 1]);
  for (const list of train ? [values, train] : [values]) {
    for (let k = 0; k < x.length; k++) {
      if (x[k] < from || !Number.isFinite(list[k]) || (onlyCalm && !calm[k])) continue;
      need.low = Math.min(need.low, list[k]);
      need.high = Math.max(need.high, list[k]);
    }
  }
  return need;
}

function drawRun(chart, theme, line, { role }) {
  const { context } = chart, pen = PENS[line.pen], colour = markColour(theme, role, pen);
  Object.assign(context, { globalAlpha: line.strength, lineJoin: "round", strokeStyle: between(colour, theme.paper, pen.pale) });
  traceRun(chart, line.x, line.values, pen.thick, pen.dash);
  context.strokeStyle = colour;
  if (line.train) traceRun(chart, line.x, line.train, 1, pen.dash);
  context.globalAlpha = 1;
}

/** Marks stand on the line, also between epochs: those of different runs never at the same place. */
function markRun(chart, theme, line, { role, span }) {
  const { context } = chart, last = lastRead(line.values), end = line.x[last];
  Object.assign(context, { strokeStyle: theme.paper, fillStyle: markColour(theme, role, PENS[line.pen]), globalAlpha: line.strength });
  for (let m = 0; m < MARKED; m++) {
    const at = span * (m + (line.pen + 0.5) / PENS.length) / MARKED;
    if (at < end - 0.02 * span) drawOnLine(chart, line, at);
  }
  if (line.ended === "diverged") drawCross(chart, line, last, theme.ink);
  else if (last >= 0) drawOnLine(chart, line, end);
  context.globalAlpha = 1;
}

function drawOnLine(chart, { x, values, mark }, at) {
  const k = lastUpTo(x, at), part = k + 1 < x.length ? (at - x[k]) / (x[k + 1] - x[k]) : 0;
  const y = chart.Y(part ? values[k] + (values[k + 1] - values[k]) * part : values[k]);
  if (Number.isFinite(y) && y >= chart.room.top - 8) drawLineMark(chart.context, mark, chart.X(at), y);
}

/** A mark with a rim of paper, in the fill and the stroke that are set. */
function drawLineMark(context, mark, x, y) {
  context.beginPath();
  LINE_MARKS[mark](context, x, y, MARK_SIZE);
  context.lineWidth = 2.5;
  context.stroke();
  context.fill();
}

/** A line may leave the panel at the top: it is cut there. */
function traceRun(chart, x, values, thick, dash) {
  const { context } = chart, top = chart.room.top - 8;
  let before = null;
  context.beginPath();
  for (let k = 0; k < values.length; k++) {
    const here = Number.isFinite(values[k]) ? [chart.X(x[k]), chart.Y(values[k])] : null;
    if (before && here && before[1] < top !== here[1] < top) {
      const cut = [before[0] + (here[0] - before[0]) * (top - before[1]) / (here[1] - before[1]), top];
      if (here[1] < top) context.lineTo(...cut);
      else context.moveTo(...cut);
    }
    if (here && here[1] >= top) {
      if (before) context.lineTo(...here);
      else context.moveTo(...here);
    }
    before = here;
  }
  context.lineWidth = thick;
  context.setLineDash(dash);
  context.stroke();
  context.setLineDash([]);
}

/** Where a run diverged: the last epoch that it has. */
function drawCross(chart, { x, values }, k, colour) {
  const { context } = chart, across = chart.X(x[k]), y = Math.max(chart.room.top, chart.Y(values[k]));
  context.beginPath();
  for (const way of [-1, 1]) {
    context.moveTo(across - 5, y - 5 * way);
    context.lineTo(across + 5, y + 5 * way);
  }
  Object.assign(context, { strokeStyle: colour, lineWidth: 2 });
  context.stroke();
}

/** Marks and names stand to the right of the last points and keep their distance; ↑ and its value: a run above. */
function nameRuns(chart, theme, { lines, role }) {
  const { context, width, height, room } = chart;
  context.font = `500 12px ${theme.sans}`;
  Object.assign(context, { textAlign: "left", textBaseline: "middle" });
  const names = lines.filter(({ values }) => lastRead(values) >= 0).map((line) => {
    const last = lastRead(line.values), value = line.values[last], above = value > chart.high;
    const y = Math.max(room.top, chart.Y(value)), beyond = above ? ` ↑ ${formatLoss(value, 1)}` : "";
    return { line, x: chart.X(line.x[last]) + 13, y, beyond };
  }).sort((a, b) => a.y - b.y || a.x - b.x);   // side by side: what stands among the lines goes above
  spread(names, NAME_LEAST, room.top, height - room.bottom - 4);
  for (const { line, x, y, beyond } of names) {
    const text = fitting(context, line.name, beyond, line.ended && `, ${line.ended}`, Math.min(width - x - 9, room.right));
    Object.assign(context, { globalAlpha: line.strength, strokeStyle: theme.paper, lineWidth: 4, lineJoin: "round" });
    context.strokeText(text, x + 8, y);
    context.fillStyle = theme.ink;
    context.fillText(text, x + 8, y);
    context.fillStyle = markColour(theme, role, PENS[line.pen]);
    drawLineMark(context, line.mark, x, y);
  }
  context.globalAlpha = 1;
}

/** Heights {y}, the upper first, at least `least` apart and within [top, foot], moved as little as it takes. */
function spread(names, least, top, foot) {
  names.forEach((name, k) => { if (k) name.y = Math.max(name.y, names[k - 1].y + least); });
  for (let k = names.length - 1, limit = foot; k >= 0; k--, limit = names[k + 1].y - least) {
    names[k].y = Math.max(top + least * k, Math.min(names[k].y, limit));
  }
}

/**
 * name + beyond + end in `room` pixels: the name's first word and `beyond` before all, then `end` if there is
 * room for it, then as much of the name as fits.
 */
function fitting(context, name, beyond, end, room) {
  const fits = (text) => context.measureText(text).width <= room;
  const signs = [...name], first = [...name.split(" ", 1)[0]].length;
  const cut = (count) => signs.slice(0, count).join("").trimEnd() + (count < signs.length && count !== first ? "…" : "") + beyond;
  const tail = fits(cut(first) + end) ? end : "";
  let count = signs.length;
  while (count > 1 && !fits(cut(count) + tail)) count -= 1;
  return cut(count) + tail;
}

/** The last k with x[k] ≤ at; −1 if there is none. */
function lastUpTo(x, at) {
  let k = -1;
  while (k + 1 < x.length && x[k + 1] <= at) k += 1;
  return k;
}

/** The last k that has a number; −1 if there is none. */
const lastRead = (values) => values.findLastIndex(Number.isFinite);

/** A colour a share of the way from one to another. */
function between(from, to, share) {
  const [a, b] = [channels(from), channels(to)];
  return `rgb(${a.map((value, k) => Math.round(value + (b[k] - value) * share)).join(", ")})`;
}

/** The colour of a run's marks: the quantity's hue, or muted ink where that is ink, with the pen's share of ink. */
const markColour = (theme, role, pen) => between(theme[role === "ink" ? "muted" : role], theme.ink, pen.ink);
