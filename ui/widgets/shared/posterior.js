// ---- posterior.js: p(z|x) by Bayes on a grid over the plane, and a Gaussian q beside it -----------
// The decoder has two codes and a Gaussian likelihood, p(x|z) = N(f(z), c I); the prior is N(0, I).
// The grid is decoded once; after that another image costs one product per point, another c one
// exponential. A Gaussian on the plane is q = {mu: [2], cov: [[2], [2]]} (its ELBO: bound.js). Everything
// is in nats. vae_core/posterior.py is the truth, this is its copy.

const FINEST = 321;      // points along a side, the most a grid is refined to
const NOTHING = -45;     // log of a mass too small to count

class PosteriorGrid {
  /** Points in rows over the square [−half, half]², both ends included, `side` along each axis. */
  constructor(network, { half = 4.5, side = 81 } = {}) {
    Object.assign(this, { network, half, level: null, job: new GridLevel(half, side, network.pixels), x: null });
  }

  /** Is there a grid to ask? While it is being refined, the one before it answers. */
  get ready() { return Boolean(this.level); }

  /** Decode for about `ms`; true when there is nothing left to decode. */
  step(ms) {
    const deadline = performance.now() + ms;
    while (this.job && performance.now() < deadline) {
      if (this.job.decode(this.network)) Object.assign(this, { level: this.job, job: null, x: null });
    }
    return !this.job;
  }

  /** Begin a grid of half the spacing, which keeps these points; false if there is none finer. */
  refine() {
    if (this.job || 2 * this.level.side - 1 > FINEST) return false;
    this.job = new GridLevel(this.half, 2 * this.level.side - 1, this.network.pixels, this.level);
    return true;
  }

  /** ‖x − f(z)‖² (side²,) at every point; kept for the last x (pixels,). */
  errors(x) {
    if (!this.x || x.some((value, k) => value !== this.x[k])) {
      this.x = Float64Array.from(x);
      this.level.measure(this.x);
    }
    return this.level.errors;
  }

  /**
   * Bayes: mass ∝ p(z) p(x|z)^(1/β). logConstant: log p(x), the evidence; where β ≠ 1 it is log Z_β, which is none.
   * error: how far the constant moves when only every other row and column is used, at its worst; border:
   * share of the mass on the outermost points; outside: about the share beyond the plane, if the density there
   * falls as the prior does, by e over a length of 1 / half. mass and logJoint (side²,) are overwritten by the next call.
   */
  posterior(errors, c, beta = 1) {
    const { side, spacing, axis, logPrior, logJoint, mass } = this.level, count = side * side;
    const constant = -gaussianConstant(this.network.pixels, c) / beta, scale = 1 / (2 * c * beta);
    let top = -Infinity;
    for (let i = 0; i < count; i++) {
      const log = constant - scale * errors[i] + logPrior[i];
      logJoint[i] = log;
      if (log > top) top = log;
    }
    const quarters = [0, 0, 0, 0];   // the four grids of twice the spacing that make up this one
    const sums = new Float64Array(6);
    let border = 0;
    for (let row = 0, i = 0; row < side; row++) {
      const y = axis[row], edge = row === 0 || row === side - 1;
      for (let column = 0; column < side; column++, i++) {
        const log = logJoint[i] - top, m = log > NOTHING ? Math.exp(log) : 0;
        mass[i] = m;
        if (!m) continue;
        const x = axis[column];
        quarters[(row & 1) * 2 + (column & 1)] += m;
        sums[0] += m; sums[1] += m * x; sums[2] += m * y;
        sums[3] += m * x * x; sums[4] += m * x * y; sums[5] += m * y * y;
        if (edge || column === 0 || column === side - 1) border += m;
      }
    }
    const total = sums[0], beyond = border / total / (spacing * this.half), [, mx, my, xx, xy, yy] = sums.map((sum) => sum / total);
    for (let i = 0; i < count; i++) mass[i] /= total;
    return {
      logConstant: top + Math.log(total) + 2 * Math.log(spacing),
      error: Math.max(...quarters.map((quarter) => Math.abs(Math.log(4 * quarter / total)))),
      mean: [mx, my],
      cov: [[xx - mx * mx, xy - mx * my], [xy - mx * my, yy - my * my]],
      border: border / total, outside: beyond / (1 + beyond), mass, logJoint,
    };
  }
}

/** One spacing of the grid: its decodings and what follows from them. `coarse`: the one before it. */
class GridLevel {
  constructor(half, side, pixels, coarse = null) {
    const count = side * side, spacing = 2 * half / (side - 1);
    Object.assign(this, { side, pixels, spacing, coarse, next: 0 });
    this.axis = Float64Array.from({ length: side }, (_, k) => k * spacing - half);
    this.f = new Float32Array(count * pixels);
    [this.norms, this.errors, this.logPrior, this.logJoint, this.mass] =
      Array.from({ length: 5 }, () => new Float64Array(count));
    this.codes = new Float32Array(2 * BATCH);
    this.places = new Int32Array(BATCH);
  }

  /** Decode a few points more; true when all are. */
  decode(network) {
    const { side, axis, codes, places, pixels } = this, count = side * side;
    let many = 0;
    for (; this.next < count && many < BATCH; this.next++) {
      const row = Math.floor(this.next / side), column = this.next % side, x = axis[column], y = axis[row];
      this.logPrior[this.next] = logPrior([x, y]);
      if (this.coarse && row % 2 === 0 && column % 2 === 0) { this.keep(this.next, row / 2, column / 2); continue; }
      codes[2 * many] = x;
      codes[2 * many + 1] = y;
      places[many++] = this.next;
    }
    const images = many ? network.decodeMany(codes, many) : null;
    for (let k = 0; k < many; k++) this.put(places[k], images.subarray(k * pixels, (k + 1) * pixels));
    if (this.next === count) this.coarse = null;
    return this.next === count;
  }

  /** This point is one of the coarse grid's. */
  keep(place, row, column) {
    const { f, side } = this.coarse, from = (row * side + column) * this.pixels;
    this.put(place, f.subarray(from, from + this.pixels));
  }

  put(place, image) {
    this.f.set(image, place * this.pixels);
    let norm = 0;
    for (let k = 0; k < this.pixels; k++) norm += image[k] * image[k];
    this.norms[place] = norm;
  }

  /** errors = ‖x‖² − 2 x·f + ‖f‖², four points at a time. */
  measure(x) {
    const { f, norms, errors, pixels } = this, count = errors.length;
    let own = 0;
    for (let k = 0; k < pixels; k++) own += x[k] * x[k];
    for (let i = 0; i < count; i += 4) {
      const last = count - 1, p = i * pixels, q = Math.min(i + 1, last) * pixels;
      const r = Math.min(i + 2, last) * pixels, s = Math.min(i + 3, last) * pixels;
      let a = 0, b = 0, c = 0, d = 0;
      for (let k = 0; k < pixels; k++) {
        const value = x[k];
        a += value * f[p + k]; b += value * f[q + k]; c += value * f[r + k]; d += value * f[s + k];
      }
      errors[i] = own - 2 * a + norms[i];
      if (i + 1 < count) errors[i + 1] = own - 2 * b + norms[i + 1];
      if (i + 2 < count) errors[i + 2] = own - 2 * c + norms[i + 2];
      if (i + 3 < count) errors[i + 3] = own - 2 * d + norms[i + 3];
    }
  }
}

/**
 * KL(q ‖ p(z|x)) by the grid's own rule, without the ELBO. inside: the mass of q the grid sees, 1 unless q
 * leaves the plane or is too narrow for the spacing. expectedLogPosterior: E_q log p(z|x).
 */
function gapOnGrid(grid, { logJoint, logConstant }, { mu, cov }) {
  const { side, spacing, axis } = grid.level, [[a, b], [, d]] = cov, det = a * d - b * b;
  const constant = -Math.log(2 * Math.PI) - Math.log(det) / 2, cell = spacing * spacing;
  let gap = 0, inside = 0, expectedLogPosterior = 0;
  for (let row = 0; row < side; row++) {
    const y = axis[row] - mu[1];
    if (y * y > -2 * NOTHING * d) continue;
    for (let column = 0, i = row * side; column < side; column++, i++) {
      const x = axis[column] - mu[0], square = (d * x * x - 2 * b * x * y + a * y * y) / det;
      if (square > -2 * NOTHING) continue;
      const logQ = constant - square / 2, weight = cell * Math.exp(logQ), logPosterior = logJoint[i] - logConstant;
      gap += weight * (logQ - logPosterior);
      expectedLogPosterior += weight * logPosterior;
      inside += weight;
    }
  }
  return { gap, inside, expectedLogPosterior };
}
