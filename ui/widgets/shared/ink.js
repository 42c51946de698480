// ---- ink.js: from a pen's path to the network's input ---------------------------------------------
// A drawing is a list of strokes, a stroke a flat list [x0, y0, x1, y1, …] in 512ths of the pad, y
// downwards. Pure functions; the input comes back in the data's own whole grey levels.

const INK_GRID = 512;
const MOST_POINTS = 80;       // kept of a drawing when the pen lifts
const LEAST_DEVIATION = 2;    // 512ths that a thinned line may lie off the drawn one, if 80 points do

// ---- a drawing as text: three characters a point, strokes set apart by dots

const INK_DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

function inkText(strokes) {
  return strokes.map((stroke) => {
    let text = "";
    for (let i = 0; i < stroke.length; i += 2) {
      const place = stroke[i] * INK_GRID + stroke[i + 1];
      text += INK_DIGITS[place >> 12] + INK_DIGITS[(place >> 6) & 63] + INK_DIGITS[place & 63];
    }
    return text;
  }).join(".");
}

/** The strokes of a text; [] if it is no drawing. */
function readInk(text) {
  if (typeof text !== "string" || !/^([\w-]{3})+(\.([\w-]{3})+)*$/.test(text)) return [];
  return text.split(".").map((part) => part.match(/.{3}/g).flatMap((three) => {
    const place = [...three].reduce((sum, digit) => sum * 64 + INK_DIGITS.indexOf(digit), 0);
    return [place >> 9, place & (INK_GRID - 1)];
  }));
}

/** The drawing on whole 512ths with as few points as show it: what a link can hold. */
function thinOut(strokes) {
  const whole = (value) => Math.min(INK_GRID - 1, Math.max(0, Math.round(value)));
  let thinned = strokes.slice(-MOST_POINTS / 2).map((stroke) => stroke.map(whole));
  const count = () => thinned.reduce((sum, stroke) => sum + stroke.length / 2, 0);
  for (let off = LEAST_DEVIATION; off < INK_GRID; off *= 1.4) {
    const shorter = thinned.map((stroke) => thinStroke(stroke, off));
    if (off > LEAST_DEVIATION && count() <= MOST_POINTS) break;
    thinned = shorter;
  }
  return thinned;
}

/** Douglas and Peucker: between two kept points no point lies further off their line than `off`. */
function thinStroke(stroke, off) {
  const kept = [stroke[0], stroke[1]];
  const keep = (from, to) => {
    const far = farthest(stroke, from, to);
    if (far.distance > off) {
      keep(from, far.at);
      keep(far.at, to);
    } else if (to > from) kept.push(stroke[to], stroke[to + 1]);
  };
  keep(0, stroke.length - 2);
  return kept;
}

function farthest(stroke, from, to) {
  const x = stroke[from], y = stroke[from + 1], dx = stroke[to] - x, dy = stroke[to + 1] - y;
  const squared = dx * dx + dy * dy, far = { distance: 0, at: from };
  for (let at = from + 2; at < to; at += 2) {
    const px = stroke[at] - x, py = stroke[at + 1] - y;
    const share = squared ? Math.min(1, Math.max(0, (px * dx + py * dy) / squared)) : 0;
    const distance = Math.hypot(px - share * dx, py - share * dy);
    if (distance > far.distance) Object.assign(far, { distance, at });
  }
  return far;
}

/** {left, right, top, bottom} of a drawing. */
function inkBox(strokes) {
  const box = { left: Infinity, right: -Infinity, top: Infinity, bottom: -Infinity };
  for (const stroke of strokes) {
    for (let i = 0; i < stroke.length; i += 2) {
      box.left = Math.min(box.left, stroke[i]);
      box.right = Math.max(box.right, stroke[i]);
      box.top = Math.min(box.top, stroke[i + 1]);
      box.bottom = Math.max(box.bottom, stroke[i + 1]);
    }
  }
  return box;
}

// ---- digits: 8 × 8 counts of inked cells, as scikit-learn's were made from scans of 32 × 32
// Made upright, stretched to the digits' box of 20 × 32 cells (across at most 1.5 times as much as
// down), set half-way between the box's middle and the line's own, and thickened or thinned to the
// digits' mean ink of 312 cells.

const CELLS = 32, DIGIT_WIDTH = 20, DIGIT_INK = 312;
const MOST_SLANT = 0.8, MOST_WIDENED = 1.5, MOST_HEIGHTENED = 3;
const PEN = { first: 2.2, least: 1.2, most: 3.6 };   // radius in cells
const SMALLEST = 24;       // 512ths: a dot's tremble is no figure, it is not blown up
const MOST_PLACES = 2000;  // the pen is set down this often at most

/** strokes → Uint8Array(64) of 0 … 16. */
function digitFromInk(strokes) {
  const places = penPlaces(strokes), mean = makeUpright(places);
  const box = { ...inkBox([places]), mean }, distances = new Float64Array(CELLS * CELLS);
  let radius = PEN.first, squared = 0;
  for (let pass = 0; pass < 2; pass++) {   // the pen's radius decides how much room the line has
    squaredDistances(places, box, radius, distances);
    const enough = distances.slice().sort()[DIGIT_INK - 1];
    squared = Math.min(PEN.most ** 2, Math.max(PEN.least ** 2, enough));
    radius = Math.sqrt(squared);
  }
  const counts = new Uint8Array(64);
  distances.forEach((distance, cell) => {
    if (distance <= squared) counts[(cell >> 7) * 8 + ((cell & 31) >> 2)] += 1;
  });
  return counts;
}

/** Points close to each other all along the strokes, flat. */
function penPlaces(strokes) {
  const box = inkBox(strokes), size = Math.max(box.right - box.left, box.bottom - box.top, SMALLEST);
  let length = 0;
  eachLine(strokes, (x, y, dx, dy) => { length += Math.hypot(dx, dy); });
  const step = Math.max(size / 64, length / MOST_PLACES), places = [];
  eachLine(strokes, (x, y, dx, dy) => {
    const many = Math.max(1, Math.ceil(Math.hypot(dx, dy) / step));
    for (let k = 0; k < many; k++) places.push(x + dx * k / many, y + dy * k / many);
  });
  for (const stroke of strokes) places.push(stroke.at(-2), stroke.at(-1));
  return places;
}

function eachLine(strokes, visit) {
  for (const stroke of strokes) {
    for (let i = 2; i < stroke.length; i += 2) {
      const x = stroke[i - 2], y = stroke[i - 1];
      visit(x, y, stroke[i] - x, stroke[i + 1] - y);
    }
  }
}

/** Shear the points, in place, until x and y are uncorrelated: the line no longer leans. → mean x. */
function makeUpright(places) {
  const many = places.length / 2;
  let mx = 0, my = 0, xy = 0, yy = 1e-6;
  for (let i = 0; i < places.length; i += 2) { mx += places[i]; my += places[i + 1]; }
  mx /= many;
  my /= many;
  for (let i = 0; i < places.length; i += 2) {
    xy += (places[i] - mx) * (places[i + 1] - my);
    yy += (places[i + 1] - my) ** 2;
  }
  const slant = Math.min(MOST_SLANT, Math.max(-MOST_SLANT, xy / yy));
  for (let i = 0; i < places.length; i += 2) places[i] -= slant * (places[i + 1] - my);
  return mx;
}

/** Squared distance of every cell's centre to the nearest point; Infinity beyond the thickest pen. */
function squaredDistances(places, { left, right, top, bottom, mean }, radius, distances) {
  const width = Math.max(right - left, SMALLEST), height = Math.max(bottom - top, SMALLEST);
  const across = (DIGIT_WIDTH - 2 * radius) / width, down = (CELLS - 2 * radius) / height;
  const sy = Math.min(down, MOST_HEIGHTENED * across), sx = Math.min(across, MOST_WIDENED * sy);
  const cx = ((left + right) / 2 + mean) / 2, cy = (top + bottom) / 2, reach = Math.ceil(PEN.most);
  distances.fill(Infinity);
  for (let i = 0; i < places.length; i += 2) {
    const px = (places[i] - cx) * sx + CELLS / 2, py = (places[i + 1] - cy) * sy + CELLS / 2;
    const firstColumn = Math.max(0, Math.floor(px - reach)), firstRow = Math.max(0, Math.floor(py - reach));
    const lastColumn = Math.min(CELLS - 1, Math.ceil(px + reach));
    const lastRow = Math.min(CELLS - 1, Math.ceil(py + reach));
    for (let row = firstRow; row <= lastRow; row++) {
      const v = row + 0.5 - py;
      for (let column = firstColumn; column <= lastColumn; column++) {
        const u = column + 0.5 - px, cell = row * CELLS + column, distance = u * u + v * v;
        if (distance < distances[cell]) distances[cell] = distance;
      }
    }
  }
}
