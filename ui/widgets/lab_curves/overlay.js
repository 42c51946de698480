// ---- overlay.js: one quantity of several runs over one axis ----------------------------------------
// A run's line has its own mark, its own place between the quantity's colour and ink, and its name where
// it ends: validation solid with full marks, training dashed. A line is {values, train (or null), x, name,
// mark, share, ended, strength}, all lists by epoch; `ended` is a word to say beside the name, or "".

const ROOM = { left: 40, right: 104, top: 14, bottom: 26, ticks: 18 };   // CSS pixels around the lines
const FIRST_READ = 0.03;   // of the axis: what comes before may leave the panel at the top
const MARKED = 7;          // marks along the whole axis, per line
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

/** Draw `figure` = {lines, span (the axis' end), at (the cursor, or null), fromZero, role} on `context`. */
function drawOverlay(context, width, height, theme, figure) {
  const chart = { context, width, height, ...rangeOf(figure) };
  chart.X = (x) => ROOM.left + (width - ROOM.left - ROOM.right) * x / figure.span;
  chart.Y = (value) => height - ROOM.bottom - (height - ROOM.top - ROOM.bottom) * (value - chart.low) / (chart.high - chart.low);
  const across = Math.max(1, roundStep(figure.span, width < 400 ? 3 : 5));
  drawFrame(chart, theme, ROOM, roundTicks(chart.low, chart.high, roundStep(chart.high - chart.low, 4)), roundTicks(0, figure.span, across));
  Object.assign(context, { textAlign: "left" });
  context.fillText(figure.axis, width - ROOM.right + 8, height - ROOM.bottom + ROOM.ticks);
  if (figure.at !== null) drawUpright(chart, Math.round(chart.X(figure.at)) + 0.5, height - ROOM.bottom, ROOM.top, theme.muted, 1);
  figure.lines.forEach((line, index) => drawRun(chart, theme, line, index, figure));
  context.globalAlpha = 1;
  nameRuns(chart, theme, figure);
}

/** The values that let later epochs be read; a run that diverges does not stretch them beyond its start. */
function rangeOf({ lines, span, fromZero }) {
  let low = Infinity, high = -Infinity;
  for (const { values, train, x, ended } of lines) {
    const last = x[x.length - 1], from = Math.min(FIRST_READ * span, last);
    const most = ended === "diverged" ? values[0] : Infinity;
    for (const list of train ? [values, train] : [values]) {
      for (let k = 0; k < x.length; k++) {
        if (x[k] < from || !Number.isFinite(list[k]) || list[k] > most) continue;
        low = Math.min(low, list[k]);
        high = Math.max(high, list[k]);
      }
    }
  }
  if (!(low <= high)) [low, high] = [0, 1];
  const air = 0.06 * Math.max(high - low, 1e-3 * Math.abs(high), 1e-6);
  return { low: fromZero ? 0 : low - air, high: high + air };
}

function drawRun(chart, theme, line, index, { role, span }) {
  const { context } = chart, colour = colourOf(theme, role, line.share);
  Object.assign(context, { strokeStyle: colour, fillStyle: colour, globalAlpha: line.strength, lineJoin: "round" });
  if (line.train) traceRun(chart, line.x, line.train, 1.5, [5, 4]);
  traceRun(chart, line.x, line.values, line.strength < 1 ? 1.5 : 2, []);
  for (let m = 0; m < MARKED; m++) {
    const at = span * (m + 0.25 + index / 4) / MARKED;
    if (m > 0 && at < line.x[line.x.length - 1]) drawLineMark(chart, line, lastUpTo(line.x, at), 3.4);
  }
  const last = line.values.length - 1;
  if (line.ended === "diverged") drawCross(chart, line, last, theme.ink);
  else drawLineMark(chart, line, last, 3.4);
}

/** A line may leave the panel at the top: it is cut there. */
function traceRun(chart, x, values, thick, dash) {
  const { context } = chart, top = ROOM.top - 8;
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

function drawLineMark(chart, { x, values, mark }, k, r) {
  const y = chart.Y(values[k]);
  if (!Number.isFinite(y) || y < ROOM.top - 8) return;
  chart.context.beginPath();
  LINE_MARKS[mark](chart.context, chart.X(x[k]), y, r);
  chart.context.fill();
}

/** Where a run diverged: the last epoch that it has. */
function drawCross(chart, { x, values }, k, colour) {
  const { context } = chart, across = chart.X(x[k]), y = Math.max(ROOM.top, chart.Y(values[k]));
  context.beginPath();
  for (const way of [-1, 1]) {
    context.moveTo(across - 5, y - 5 * way);
    context.lineTo(across + 5, y + 5 * way);
  }
  Object.assign(context, { strokeStyle: colour, lineWidth: 2 });
  context.stroke();
}

/** Names stand to the right of the last points and keep their distance. */
function nameRuns(chart, theme, { lines, role }) {
  const { context, width, height } = chart;
  context.font = `500 12px ${theme.sans}`;
  Object.assign(context, { textAlign: "left", textBaseline: "middle" });
  const names = lines.map((line) => {
    const last = line.x.length - 1, x = chart.X(line.x[last]) + 9;
    return { line, x, y: Math.max(ROOM.top, chart.Y(line.values[last])) };
  }).filter(({ y }) => Number.isFinite(y)).sort((a, b) => a.y - b.y);
  spread(names, 14, ROOM.top, height - ROOM.bottom - 4);
  for (const { line, x, y } of names) {
    const text = fitting(context, line.name, line.ended && `, ${line.ended}`, width - x - 2);
    context.globalAlpha = line.strength;
    Object.assign(context, { strokeStyle: theme.paper, lineWidth: 4, lineJoin: "round" });
    context.strokeText(text, x, y);
    context.fillStyle = colourOf(theme, role, line.share);
    context.fillText(text, x, y);
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

/** name + end, the name cut to what fits into `room` pixels. */
function fitting(context, name, end, room) {
  const signs = [...name], wide = (count) => context.measureText(signs.slice(0, count).join("") + (count < signs.length ? "…" : "") + end).width;
  let count = signs.length;
  while (count > 1 && wide(count) > room) count -= 1;
  return signs.slice(0, count).join("") + (count < signs.length ? "…" : "") + end;
}

/** The last k with x[k] ≤ at; −1 if there is none. */
function lastUpTo(x, at) {
  let k = -1;
  while (k + 1 < x.length && x[k + 1] <= at) k += 1;
  return k;
}

/** A run's colour: a share of the way from the quantity's to ink, or from ink to muted ink. */
function colourOf(theme, role, share) {
  const [a, b] = [channels(theme[role]), channels(role === "ink" ? theme.muted : theme.ink)];
  return `rgb(${a.map((value, k) => Math.round(value + (b[k] - value) * share)).join(", ")})`;
}
