// ---- layers.js: what is computed over the square ------------------------------------------------
// Each layer is a generator: it yields between batches, so that Slices can stop in time for the next
// frame, and returns what is drawn. Distances between images are Euclidean, in units of `pair`, the
// mean distance between two training images; the lengths of trips in standard deviations of the codes.

const HEAT_NODES = 41, ARROW_NODES = 17;   // nodes along a side, the frame's own edges included
const STEP_SHARE = 0.1;     // length of a step in standard deviations of the codes, as in the measures
const FIT_DRAWS = 1000, FIT_SEED = 6;
const WORK_PER_FRAME = 5;   // ms; a batch more may be under way when they are over

/** Work done a few milliseconds per frame. */
class Slices {
  /** Advance work = {of: a generator, spent: ms}; after each slice `show` finds its result so far. */
  start(work, show) {
    this.stop();
    const turn = () => {
      const begun = performance.now(), until = begun + WORK_PER_FRAME;
      let step;
      do step = work.of.next(); while (!step.done && performance.now() < until);
      Object.assign(work, { result: step.value, complete: step.done });
      work.spent += performance.now() - begun;
      this.frame = step.done ? 0 : requestAnimationFrame(turn);
      show();
    };
    this.frame = requestAnimationFrame(turn);
  }

  stop() {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
  }
}

/** count × count places of a view, row by row from the top left: (count², 2). */
function nodesOf({ x, y, r }, count) {
  const nodes = new Float32Array(2 * count * count);
  for (let k = 0; k < count * count; k++) {
    nodes[2 * k] = x + r * (2 * (k % count) / (count - 1) - 1);
    nodes[2 * k + 1] = y + r * (1 - 2 * Math.floor(k / count) / (count - 1));
  }
  return nodes;
}

/** Decode every row of `codes`, a batch at a time: visit(index of the first, images, how many). */
function* decodeAll(network, codes, visit) {
  for (let from = 0; from < codes.length / 2; from += BATCH) {
    const many = Math.min(BATCH, codes.length / 2 - from);
    visit(from, network.decodeMany(codes.subarray(2 * from, 2 * (from + many)), many), many);
    yield;
  }
}

// ---- step: how fast the image changes

/** The change of the image per step, root mean square over directions, from its slopes gx, gy along
 *  the axes (image and offset): |J A u| for u all around the circle, AAᵀ the covariance of the codes. */
function stepLength(model, pair, [gx, atX], [gy, atY]) {
  const [[a], [c, d]] = model.A;   // A is lower triangular
  let sum = 0;
  for (let i = 0; i < model.network.pixels; i++) {
    const along = a * gx[atX + i] + c * gy[atY + i], across = d * gy[atY + i];
    sum += along * along + across * across;
  }
  return STEP_SHARE * Math.sqrt(sum / 2) / pair;
}

/** Slopes from neighbouring nodes: central inside, one-sided on the frame. */
function* stepHeat(model, { pair }) {
  const count = HEAT_NODES, { pixels } = model.network, spacing = 2 * model.view.r / (count - 1);
  const images = new Float32Array(count * count * pixels), values = new Float32Array(count * count);
  yield* decodeAll(model.network, nodesOf(model.view, count), (from, batch, many) => {
    images.set(batch.subarray(0, many * pixels), from * pixels);
  });
  const gx = new Float32Array(pixels), gy = new Float32Array(pixels);
  const slope = (into, low, high) => {   // nodes `low` and `high`, one or two spacings apart
    for (let i = 0; i < pixels; i++) into[i] = images[high * pixels + i] - images[low * pixels + i];
  };
  const scaled = (into, length) => { for (let i = 0; i < pixels; i++) into[i] /= length; };
  for (let k = 0; k < count * count; k++) {
    const column = k % count, row = (k - column) / count;
    const left = Math.max(0, column - 1), right = Math.min(count - 1, column + 1);
    const top = Math.max(0, row - 1), bottom = Math.min(count - 1, row + 1);
    slope(gx, row * count + left, row * count + right);
    scaled(gx, (right - left) * spacing);
    slope(gy, bottom * count + column, top * count + column);
    scaled(gy, (bottom - top) * spacing);
    values[k] = stepLength(model, pair, [gx, 0], [gy, 0]);
    if (column === 0) yield;
  }
  return { values, mean: meanAtCodes(model, values) };
}

/** The same at one place. */
function stepAt(model, { pair }, [x, y]) {
  const h = 2 * model.view.r / (HEAT_NODES - 1), { pixels } = model.network;
  const around = Float32Array.of(x + h, y, x - h, y, x, y + h, x, y - h);
  const images = model.network.decodeMany(around, 4);
  const slope = (high, low) => Float32Array.from({ length: pixels },
    (_, i) => (images[high * pixels + i] - images[low * pixels + i]) / (2 * h));
  return { value: stepLength(model, pair, [slope(0, 1), 0], [slope(2, 3), 0]) };
}

// ---- nearest: how far from anything real

function* nearestHeat(model, { pair, real }) {
  const values = new Float32Array(HEAT_NODES ** 2), { network } = model;
  yield* decodeAll(network, nodesOf(model.view, HEAT_NODES), (from, batch, many) => {
    for (let k = 0; k < many; k++) {
      values[from + k] = real.nearest(batch, { from: k * network.pixels }).distance / pair;
    }
  });
  return { values, mean: meanAtCodes(model, values) };
}

function nearestAt(model, { pair, real }, z) {
  const { row, distance } = real.nearest(model.network.glance(z));
  return { value: distance / pair, row };
}

/** The heat read off the map (linear between nodes) at every code, and averaged. */
function meanAtCodes({ view: { x, y, r }, cloud: { points } }, values) {
  const count = HEAT_NODES, last = count - 2, count2 = points.length / 2;
  const split = (share) => {
    const at = share * (count - 1), node = Math.min(last, Math.max(0, Math.floor(at)));
    return [node, Math.min(1, Math.max(0, at - node))];
  };
  let sum = 0;
  for (let i = 0; i < points.length; i += 2) {
    const [column, across] = split((points[i] - x + r) / (2 * r));
    const [row, down] = split((y + r - points[i + 1]) / (2 * r));
    const at = row * count + column;
    sum += mix(mix(values[at], values[at + 1], across),
      mix(values[at + count], values[at + count + 1], across), down);
  }
  return sum / count2;
}

// ---- trip: decoded, and encoded again

/** z (rows, 2) → μ(f(z)) (rows, 2). */
function* roundTrips(network, codes) {
  const back = new Float32Array(codes.length);
  yield* decodeAll(network, codes, (from, images, many) => {
    back.set(network.mean.run(images, many).subarray(0, 2 * many), 2 * from);
  });
  return back;
}

/** One factor s for μ(f(z)) ≈ m + s (z − m), least squares over draws of the codes' own Gaussian. */
function fitShrinkage(codes, back, m) {
  let product = 0, square = 0;
  for (let i = 0; i < codes.length; i++) {
    const out = codes[i] - m[i % 2];
    product += out * (back[i] - m[i % 2]);
    square += out * out;
  }
  return product / square;
}

/** What is left of a trip from z to `back` once the shrinkage is taken off. */
const beyondShrinkage = (z, back, m, s) => [0, 1].map((k) => back[k] - m[k] - s * (z[k] - m[k]));

/** One standard deviation of the codes: root mean square of those along the axes. */
const deviation = ({ A: [[a], [c, d]] }) => Math.sqrt((a * a + c * c + d * d) / 2);

/** Draws of the codes' own Gaussian, always the same ones. */
function gaussianDraws({ m, A }, count) {
  const draw = normalDraws(FIT_SEED), codes = new Float32Array(2 * count);
  for (let i = 0; i < count; i++) {
    const [a, b] = [draw(), draw()];
    for (const k of [0, 1]) codes[2 * i + k] = m[k] + A[k][0] * a + A[k][1] * b;
  }
  return codes;
}

function* tripArrows(model) {
  const { network, m } = model, draws = gaussianDraws(model, FIT_DRAWS);
  const nodes = nodesOf(model.view, ARROW_NODES), back = yield* roundTrips(network, nodes);
  const returned = yield* roundTrips(network, draws), s = fitShrinkage(draws, returned, m);
  const sd = deviation(model);
  let raw = 0, less = 0, inward = 0;
  for (let i = 0; i < draws.length; i += 2) {
    const z = [draws[i], draws[i + 1]], end = [returned[i], returned[i + 1]];
    const dx = end[0] - z[0], dy = end[1] - z[1];
    raw += Math.hypot(dx, dy) / sd;
    less += Math.hypot(...beyondShrinkage(z, end, m, s)) / sd;
    inward += dx * (m[0] - z[0]) + dy * (m[1] - z[1]) > 0;
  }
  return { nodes, back, s, raw: raw / FIT_DRAWS, less: less / FIT_DRAWS, inward: inward / FIT_DRAWS };
}

function tripAt(model, _, z) {
  const image = model.network.glance(z), back = [...model.network.mean.run(image, 1).subarray(0, 2)];
  return { value: Math.hypot(back[0] - z[0], back[1] - z[1]) / deviation(model), back };
}
