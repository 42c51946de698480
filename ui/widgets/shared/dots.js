// ---- dots.js: thousands of codes, stamped --------------------------------------------------------
// Filling two thousand arcs costs several milliseconds, once per frame while codes move. A dot has only
// a handful of shapes, one per fraction of a pixel it can stand on: each is rendered once by the canvas
// and then mixed into the pixels by hand, fifteen times faster.

const PHASES = 4;   // places per pixel and axis

// One figure of a class: its outline around (x, y). Squares and triangles cover about a disc's area.
const OUTLINES = {
  "●": (context, x, y, r) => context.arc(x, y, r, 0, 2 * Math.PI),
  "■": (context, x, y, r) => context.rect(x - 0.89 * r, y - 0.89 * r, 1.78 * r, 1.78 * r),
  "▲": (context, x, y, r) => {
    context.moveTo(x, y - 1.42 * r);
    context.lineTo(x + 1.3 * r, y + 0.85 * r);
    context.lineTo(x - 1.3 * r, y + 0.85 * r);
    context.closePath();
  },
};
const stampCache = new Map();

/** One figure of `radius` device pixels at every phase: which pixels it covers, and how much. */
function makeStamps(glyph, radius) {
  const key = `${glyph} ${radius.toFixed(2)}`;
  if (stampCache.has(key)) return stampCache.get(key);
  const reach = Math.ceil(1.5 * radius) + 1, size = 2 * reach + 1;
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = size;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const phases = [];
  for (let phase = 0; phase < PHASES * PHASES; phase++) {
    context.clearRect(0, 0, size, size);
    context.beginPath();
    const x = reach + ((phase % PHASES) + 0.5) / PHASES;
    const y = reach + (Math.floor(phase / PHASES) + 0.5) / PHASES;
    (OUTLINES[glyph] ?? OUTLINES["●"])(context, x, y, radius);
    context.fill();
    phases.push(coveredPixels(context.getImageData(0, 0, size, size).data, size, reach));
  }
  const stamps = { phases, reach };
  stampCache.set(key, stamps);
  return stamps;
}

function coveredPixels(data, size, reach) {
  const covered = [];
  for (let k = 0; k < size * size; k++) if (data[4 * k + 3]) covered.push(k);
  return {
    dx: Int16Array.from(covered, (k) => (k % size) - reach),
    dy: Int16Array.from(covered, (k) => Math.floor(k / size) - reach),
    cover: Float64Array.from(covered, (k) => data[4 * k + 3] / 255),
  };
}

/** Codes as dots on paper, the whole bitmap; classes the reader has faded lie underneath. */
function drawDots(context, plane, theme, cloud, legend) {
  if (!context.createImageData) return traceDots(context, plane, theme, cloud, legend);
  const side = plane.base.width;
  if (plane.dots?.width !== side) plane.dots = context.createImageData(side, side);
  new Uint32Array(plane.dots.data.buffer).fill(theme.printed[0]);
  eachClass(plane, theme, cloud, legend, ({ rows, glyph, radius, colour, strength }) => {
    const stamps = makeStamps(glyph, radius * plane.ratio), ink = channels(colour);
    for (const row of rows) {
      const x = plane.X(cloud.points[2 * row]) * plane.ratio;
      const y = plane.Y(cloud.points[2 * row + 1]) * plane.ratio;
      stamp(plane.dots, stamps, x, y, ink, strength);
    }
  });
  context.putImageData(plane.dots, 0, 0);
}

/** The same dots as outlines, for a context without pixels (svg.js). */
function traceDots(context, plane, theme, cloud, legend) {
  eachClass(plane, theme, cloud, legend, ({ rows, glyph, radius, colour, strength }) => {
    Object.assign(context, { fillStyle: colour, globalAlpha: strength });
    for (const row of rows) {
      context.beginPath();
      OUTLINES[glyph](context, plane.X(cloud.points[2 * row]), plane.Y(cloud.points[2 * row + 1]), radius);
      context.fill();
    }
  });
  context.globalAlpha = 1;
}

/** visit({rows, glyph, radius, colour, strength}) for every class that is drawn, faded ones first. */
function eachClass(plane, theme, cloud, legend, visit) {
  const size = plane.small ? 1.1 : Math.max(1.5, plane.size / 230);
  const radius = size * (cloud.glyphs ? 1.2 : 1) * (cloud.finer ?? 1);
  for (const lit of [false, true]) {
    for (const [group, rows] of cloud.rows) {
      const state = legend.stateOf(group);
      if (state === "hidden" || (state === "lit") !== lit) continue;
      const colour = lit ? theme.classes[group % theme.classes.length] : theme.hairline;
      const named = cloud.glyphs?.[group], glyph = OUTLINES[named] ? named : "●";
      visit({ rows, glyph, radius, colour, strength: lit ? 0.8 : 0.7 });
    }
  }
}

/** Mix one dot into `image` at (x, y) device pixels. */
function stamp({ data, width, height }, { phases, reach }, x, y, [red, green, blue], strength) {
  const left = Math.floor(x), top = Math.floor(y);
  const near = left >= -reach && top >= -reach && left < width + reach && top < height + reach;
  if (!near) return;   // also where a diverged model has put NaN
  const whole = left >= reach && top >= reach && left < width - reach && top < height - reach;
  const phase = Math.floor((y - top) * PHASES) * PHASES + Math.floor((x - left) * PHASES);
  const { dx, dy, cover } = phases[phase];
  for (let k = 0; k < cover.length; k++) {
    const column = left + dx[k], row = top + dy[k];
    if (!whole && (column < 0 || row < 0 || column >= width || row >= height)) continue;
    const at = 4 * (row * width + column), share = cover[k] * strength;
    data[at] += (red - data[at]) * share;
    data[at + 1] += (green - data[at + 1]) * share;
    data[at + 2] += (blue - data[at + 2]) * share;
  }
}
