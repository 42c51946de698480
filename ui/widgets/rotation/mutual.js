// ---- mutual.js: mutual information of two measured numbers ---------------------------------------
// Kraskov, Stögbauer and Grassberger 2004, first estimator, 3 neighbours, both numbers scaled to standard
// deviation 1: scikit-learn's mutual_info_regression. Sorted by the first number, a point's neighbours
// stand near it in the row, so few distances are needed.

const NEIGHBOURS = 3;

/** Nats; may fall a little below 0 where there is nothing to find. a, b (n,). */
function mutualInformation(a, b) {
  const n = a.length, [x, y] = [a, b].map(toUnitSpread), order = Int32Array.from(x.keys()).sort((i, j) => x[i] - x[j]);
  const xs = Float64Array.from(order, (i) => x[i]), ys = Float64Array.from(order, (i) => y[i]);
  const sorted = Float64Array.from(ys).sort(), psi = digammas(n);
  let sum = 0;
  for (let i = 0; i < n; i++) {
    const reach = neighbourAt(xs, ys, i);
    sum += psi[countWithin(xs, xs[i], reach)] + psi[countWithin(sorted, ys[i], reach)];
  }
  return psi[n] + psi[NEIGHBOURS] - sum / n;
}

/** Distance (the larger of |Δx|, |Δy|) of point i to its third neighbour; xs ascending. */
function neighbourAt(xs, ys, i) {
  const near = new Array(NEIGHBOURS).fill(Infinity);
  let left = i - 1, right = i + 1;
  for (;;) {
    const toLeft = left >= 0 ? xs[i] - xs[left] : Infinity, toRight = right < xs.length ? xs[right] - xs[i] : Infinity;
    const across = Math.min(toLeft, toRight);
    if (across >= near[NEIGHBOURS - 1]) return near[NEIGHBOURS - 1];
    const other = toLeft <= toRight ? left-- : right++, distance = Math.max(across, Math.abs(ys[other] - ys[i]));
    let place = NEIGHBOURS - 1;
    if (distance >= near[place]) continue;
    for (; place > 0 && near[place - 1] > distance; place--) near[place] = near[place - 1];
    near[place] = distance;
  }
}

/** How many of the ascending values are nearer to `value` than `reach`, itself among them. */
const countWithin = (values, value, reach) => firstAbove(values, (each) => each - value >= reach)
  - firstAbove(values, (each) => value - each < reach);

/** The first place where `holds` does; it holds from there on. */
function firstAbove(values, holds) {
  let low = 0, high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(values[middle])) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** ψ(0 … n) at whole numbers; ψ(0) is not used. */
function digammas(n) {
  const psi = new Float64Array(n + 1);
  psi[1] = -0.5772156649015329;
  for (let m = 1; m < n; m++) psi[m + 1] = psi[m] + 1 / m;
  return psi;
}

function toUnitSpread(values) {
  const { mean, spread } = spreadOf(values);
  return Float64Array.from(values, (value) => (value - mean) / spread);
}

function spreadOf(values) {
  let sum = 0, squares = 0;
  for (const value of values) sum += value;
  const mean = sum / values.length;
  for (const value of values) squares += (value - mean) ** 2;
  return { mean, spread: Math.sqrt(squares / values.length) };
}
