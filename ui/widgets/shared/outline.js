// ---- outline.js: a drawn outline as a filled shape ------------------------------------------------
// Strokes as in ink.js. What they enclose is filled, moved to its centre of area and kept within the
// sizes the shapes were made in: √(area / π) from 4.5 to 9.5 of 28 pixels.

const SHAPE_SIDE = 28, SHAPE_RADIUS = { least: 4.5, most: 9.5 };
const NOTHING_ENCLOSED = 1;      // pixels: a radius below this is a line
const LINES_PER_PIXEL = 16;      // down; across, coverage is exact

/** strokes → Uint8Array(784) of 0 … 255; null if they enclose nothing. */
function shapeFromInk(strokes) {
  const outline = joinStrokes(strokes).map((value) => value * SHAPE_SIDE / INK_GRID);
  const { area, x, y } = centreOfArea(outline), radius = Math.sqrt(area / Math.PI);
  if (!(radius >= NOTHING_ENCLOSED)) return null;
  const scale = Math.min(SHAPE_RADIUS.most, Math.max(SHAPE_RADIUS.least, radius)) / radius;
  const middle = SHAPE_SIDE / 2;
  const moved = outline.map((value, k) => (value - (k % 2 ? y : x)) * scale + middle);
  return Uint8Array.from(coverage(moved), (share) => Math.round(255 * Math.min(1, share)));
}

/** One closed outline: from the end of each stroke on to the nearest end of one still unused. */
function joinStrokes(strokes) {
  const left = strokes.slice(1), outline = [...strokes[0]];
  while (left.length) {
    const x = outline.at(-2), y = outline.at(-1);
    let best = { distance: Infinity };
    left.forEach((stroke, index) => {
      const start = Math.hypot(stroke[0] - x, stroke[1] - y);
      const end = Math.hypot(stroke.at(-2) - x, stroke.at(-1) - y);
      const distance = Math.min(start, end);
      if (distance < best.distance) best = { distance, index, turned: end < start };
    });
    const [next] = left.splice(best.index, 1);
    outline.push(...(best.turned ? turned(next) : next));
  }
  return outline;
}

function turned(stroke) {
  const back = [];
  for (let i = stroke.length - 2; i >= 0; i -= 2) back.push(stroke[i], stroke[i + 1]);
  return back;
}

function centreOfArea(outline) {
  let area = 0, mx = 0, my = 0;
  eachSpan(outline, (from, to, line) => {
    const width = to - from;
    area += width;
    mx += width * (from + to) / 2;
    my += width * (line + 0.5) / LINES_PER_PIXEL;
  });
  return { area: area / LINES_PER_PIXEL, x: mx / area, y: my / area };
}

/** Share of every pixel that lies inside. */
function coverage(outline) {
  const shares = new Float64Array(SHAPE_SIDE * SHAPE_SIDE);
  eachSpan(outline, (from, to, line) => {
    const row = Math.floor(line / LINES_PER_PIXEL) * SHAPE_SIDE;
    const left = Math.max(0, from), right = Math.min(SHAPE_SIDE, to);
    for (let column = Math.floor(left); column < right; column++) {
      const inside = Math.min(right, column + 1) - Math.max(left, column);
      shares[row + column] += inside / LINES_PER_PIXEL;
    }
  });
  return shares;
}

/** visit(from, to, line) for every stretch inside the outline, line by line; winding counts, not parity. */
function eachSpan(outline, visit) {
  crossingsOf(outline).forEach((crossings, line) => {
    crossings.sort((a, b) => a.x - b.x);
    for (let k = 0, winding = 0; k + 1 < crossings.length; k++) {
      winding += crossings[k].turn;
      if (winding) visit(crossings[k].x, crossings[k + 1].x, line);
    }
  });
}

/** Where the closed outline crosses the middle of every line, and whether it runs down (1) or up (−1). */
function crossingsOf(outline) {
  const lines = Array.from({ length: SHAPE_SIDE * LINES_PER_PIXEL }, () => []);
  const firstBelow = (y) => Math.min(lines.length, Math.max(0, Math.ceil(y * LINES_PER_PIXEL - 0.5)));
  for (let i = 0; i < outline.length; i += 2) {
    const next = i + 2 < outline.length ? i + 2 : 0, y0 = outline[i + 1], y1 = outline[next + 1];
    const slope = (outline[next] - outline[i]) / (y1 - y0), turn = y1 > y0 ? 1 : -1;
    const end = firstBelow(Math.max(y0, y1));
    for (let line = firstBelow(Math.min(y0, y1)); line < end; line++) {
      lines[line].push({ x: outline[i] + slope * ((line + 0.5) / LINES_PER_PIXEL - y0), turn });
    }
  }
  return lines;
}
