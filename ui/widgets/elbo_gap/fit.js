// ---- fit.js: gradient ascent on the ELBO --------------------------------------------------------------
// z = μ + L ξ: the draw's randomness ξ stands outside, so the slope of log p(x, z) at a z is a slope of μ
// and of L. Steps are measured in q's own widths, μ + L δ and L (I + A): the natural gradient but for a half
// on A's diagonal, whose exponential is taken so that no width turns negative.

const STEP_LENGTH = 0.3;    // share of the way the slope points
const FARTHEST_STEP = 0.6;  // in q's own widths
const SETTLED = 2e-4;       // slope, in q's own widths, at which an ascent has arrived
const MOST_STEPS = 300;

/** The slopes of the ELBO: δ (2,) of the mean and A (lower: a, b, d) of the factor L, in q's own widths. */
function elboSlopes(gradient, x, q) {
  const { z, weights } = nodesOf(q), { xi } = planeRule(NODES), [l, m, n] = factorOf(q.cov), sums = new Float64Array(6);
  for (let from = 0; from < weights.length; from += BATCH) {
    const many = Math.min(BATCH, weights.length - from);
    const slopes = gradient.run(z.subarray(2 * from, 2 * (from + many)), many, x);   // of −log p(x|z)
    for (let k = 0; k < many; k++) {
      const i = 2 * (from + k), weight = weights[from + k];
      const gx = -slopes[2 * k] - z[i], gy = -slopes[2 * k + 1] - z[i + 1];   // of log p(x|z) + log p(z)
      const u = weight * (l * gx + m * gy), v = weight * n * gy;              // through L
      sums[0] += u; sums[1] += v;
      sums[2] += u * xi[i]; sums[3] += v * xi[i]; sums[4] += v * xi[i + 1];
    }
  }
  // The entropy of q, log det L, adds 1 to each width.
  return { delta: [sums[0], sums[1]], a: sums[2] + 1, b: sums[3], d: sums[4] + 1 };
}

/** One step uphill: q, the size of its slope, and whether it has arrived. full: may L lean? */
function ascend(gradient, x, q, full) {
  const { delta, a, b, d } = elboSlopes(gradient, x, q), [l, m, n] = factorOf(q.cov), lean = full ? b : 0;
  const size = Math.hypot(...delta, a, lean, d), cut = (value) => Math.max(-FARTHEST_STEP, Math.min(FARTHEST_STEP, STEP_LENGTH * value));
  const [s, t] = delta.map(cut), [A, B, D] = [Math.exp(cut(a)), cut(lean), Math.exp(cut(d))];
  const mu = [q.mu[0] + l * s, q.mu[1] + m * s + n * t];
  return { q: { mu, cov: covarianceFrom(l * A, m * A + n * B, n * D) }, size, arrived: size < SETTLED };
}

/** [[l, 0], [m, n]]: the Cholesky factor of a covariance, and back. */
function factorOf([[a, b], [, d]]) {
  const l = Math.sqrt(a), m = b / l;
  return [l, m, Math.sqrt(d - m * m)];
}

function covarianceFrom(l, m, n) {
  return [[l * l, l * m], [l * m, m * m + n * n]];
}

/** The Gaussian with upright axes that is nearest to this one: KL(upright ‖ leaning) is least. */
function upright({ mu, cov: [[a, b], [, d]] }) {
  const det = a * d - b * b;
  return { mu, cov: [[det / d, 0], [0, det / a]] };
}

/** Ascents from several q, a step at a time; the highest of where they arrive. */
class Search {
  constructor(gradient, network, x, c, starts, full) {
    Object.assign(this, { gradient, network, x, c, full, best: null, waiting: starts.map((q) => (full ? q : upright(q))), steps: 0 });
  }

  /** Climb for about `ms`; true when every ascent has ended. */
  work(ms) {
    const deadline = performance.now() + ms;
    while (this.waiting.length && performance.now() < deadline) {
      const { q, arrived } = ascend(this.gradient, this.x, this.waiting[0], this.full);
      this.waiting[0] = q;
      if (!arrived && ++this.steps < MOST_STEPS) continue;
      const { elbo } = elboOf(this.network, this.x, q, this.c);
      if (!(elbo <= this.best?.elbo)) this.best = { q, elbo, arrived };
      this.waiting.shift();
      this.steps = 0;
    }
    return !this.waiting.length;
  }
}
