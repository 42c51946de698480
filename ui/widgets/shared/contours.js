// ---- contours.js: a density on a grid, as a tint and as the rims of its regions --------------------
// A grid is {side, spacing, axis}: points in rows over a square of the plane, the lowest row first.

const LEVEL_BINS = 2000, LEVEL_DEPTH = 20;   // nats below the peak: less holds next to nothing
const DARKEST = 0.5;                         // opacity of the tint at the peak

/** For each share, the log density whose region {log ≥ level} is the smallest that holds it. mass sums to 1. */
function levelsHolding(mass, logs, shares) {
  let top = -Infinity;
  for (let i = 0; i < logs.length; i++) if (logs[i] > top) top = logs[i];
  const bins = new Float64Array(LEVEL_BINS), width = LEVEL_DEPTH / LEVEL_BINS;
  for (let i = 0; i < logs.length; i++) {
    const bin = (top - logs[i]) / width | 0;
    if (bin < LEVEL_BINS) bins[bin] += mass[i];
  }
  return shares.map((share) => {
    let held = 0, bin = 0;
    while (bin < LEVEL_BINS && held + bins[bin] < share) held += bins[bin++];
    return top - width * (bin + (bin < LEVEL_BINS ? (share - held) / bins[bin] : 0));
  });
}

/** The curve on which the values are `level`, by marching squares, as a path on `context`. */
function traceContour(context, plane, { columns, rows, values }, level) {
  const across = columns.length;
  context.beginPath();
  for (let row = 0; row < rows.length - 1; row++) {
    for (let column = 0, i = row * across; column < across - 1; column++, i++) {
      const a = values[i] > level, above = values[i + across] > level;
      if (a === above && a === values[i + 1] > level && a === values[i + across + 1] > level) continue;
      const corners = [values[i], values[i + 1], values[i + across + 1], values[i + across]];
      crossCell(context, plane, columns, rows, row, column, corners, level);
    }
  }
}

/** Where the curve crosses the edges of a cell, two by two; on a saddle the higher corners stay apart. */
function crossCell(context, plane, columns, rows, row, column, corners, level) {
  const at = [[column, row], [column + 1, row], [column + 1, row + 1], [column, row + 1]], crossings = [];
  for (let k = 0; k < 4; k++) {
    const next = (k + 1) % 4, from = corners[k] - level, to = corners[next] - level;
    if ((from > 0) === (to > 0)) continue;
    const share = from / (from - to);
    const x = mix(columns[at[k][0]], columns[at[next][0]], share), y = mix(rows[at[k][1]], rows[at[next][1]], share);
    crossings.push({ x: plane.X(x), y: plane.Y(y), rising: to > 0 });
  }
  if (crossings.length === 4 && !crossings[0].rising) crossings.push(crossings.shift());
  for (let k = 0; k + 1 < crossings.length; k += 2) {
    context.moveTo(crossings[k].x, crossings[k].y);
    context.lineTo(crossings[k + 1].x, crossings[k + 1].y);
  }
}

const FINE_ACROSS = 120, MOST_FINER = 6;   // points across a window, and for each of the grid's own

/**
 * The part of a grid that a view shows, its values put between its points by cubics (Catmull and Rom):
 * a curve through few points is then as smooth as what it is drawn from. → {columns, rows, values}.
 */
function windowOf({ side, axis, spacing }, values, { x, y, r }) {
  const index = (at) => Math.min(side - 1, Math.max(0, Math.round((at - axis[0]) / spacing)));
  const [left, right, low, high] = [index(x - r - spacing), index(x + r + spacing), index(y - r - spacing), index(y + r + spacing)];
  const finer = Math.min(MOST_FINER, Math.max(1, Math.round(FINE_ACROSS / (right - left))));
  const across = placesBetween(left, right, finer, side), up = placesBetween(low, high, finer, side);
  const wide = across.length, between = new Float64Array((high - low + 3) * wide), fine = new Float64Array(up.length * wide);
  const rowAt = (k) => Math.min(side - 1, Math.max(0, k)) * side;
  for (let k = low - 1, out = 0; k <= high + 1; k++) {
    const row = rowAt(k);
    for (const { at: [a, b, c, d], weights: [p, q, s, t] } of across) {
      between[out++] = p * values[row + a] + q * values[row + b] + s * values[row + c] + t * values[row + d];
    }
  }
  up.forEach(({ first, weights: [p, q, s, t] }, row) => {
    const from = (first - low) * wide, last = between.length - wide;
    for (let k = 0; k < wide; k++) {
      fine[row * wide + k] = p * between[from + k] + q * between[from + wide + k] + s * between[from + 2 * wide + k]
        + t * between[Math.min(last, from + 3 * wide) + k];
    }
  });
  const onAxis = ({ place }) => axis[0] + place * spacing;
  return { columns: across.map(onAxis), rows: up.map(onAxis), values: fine };
}

/** Places from one point of the grid to another, `finer` for each: which four points each lies among, and their weights. */
function placesBetween(from, to, finer, side) {
  return Array.from({ length: (to - from) * finer + 1 }, (_, k) => {
    const place = from + k / finer, first = Math.floor(place), t = place - first;
    return {
      place, first, at: [-1, 0, 1, 2].map((by) => Math.min(side - 1, Math.max(0, first + by))),
      weights: [t * (t * (2 - t) - 1) / 2, (t * t * (3 * t - 5) + 2) / 2, t * (t * (4 - 3 * t) + 1) / 2, t * t * (t - 1) / 2],
    };
  });
}

/** The density as ink between its points, darkest at its peak. sheet: {} at first, kept for the next one. */
function drawTint(context, plane, { side, spacing, axis }, mass, colour, sheet) {
  if (sheet.canvas?.width !== side) {
    sheet.canvas = document.createElement("canvas");
    sheet.canvas.width = sheet.canvas.height = side;
    sheet.image = sheet.canvas.getContext("2d").createImageData(side, side);
  }
  const { left, right, low, high, most } = boxOf(mass, side);
  const pixels = new Uint32Array(sheet.image.data.buffer), [r, g, b] = channels(colour), ink = (b << 16) | (g << 8) | r;
  for (let row = low; row <= high; row++) {
    const to = (side - 1 - row) * side;   // images count rows downwards
    for (let k = left; k <= right; k++) pixels[to + k] = ((255 * DARKEST * mass[row * side + k] / most + 0.5) << 24) | ink;
  }
  const [wide, tall, top] = [right - left + 1, high - low + 1, side - 1 - high], print = sheet.canvas.getContext("2d");
  print.clearRect(0, 0, side, side);   // smoothing looks a little beyond the box
  print.putImageData(sheet.image, 0, 0, left, top, wide, tall);
  const cell = spacing * plane.scale;   // a point is the middle of its cell
  context.imageSmoothingEnabled = true;
  context.drawImage(sheet.canvas, left, top, wide, tall, plane.X(axis[left]) - cell / 2, plane.Y(axis[high]) - cell / 2, wide * cell, tall * cell);
}

/** The rows and columns between which the density leaves ink at all, and its peak. */
function boxOf(mass, side) {
  let most = 0, left = side - 1, right = 0, low = side - 1, high = 0;
  for (let i = 0; i < mass.length; i++) if (mass[i] > most) most = mass[i];
  for (let row = 0, i = 0; row < side; row++) {
    for (let column = 0; column < side; column++, i++) {
      if (mass[i] * 512 * DARKEST < most) continue;
      left = Math.min(left, column);
      right = Math.max(right, column);
      low = Math.min(low, row);
      high = row;
    }
  }
  return { left, right, low, high, most };
}
