// ---- gradients.js: the slope of E[r(z)], z ~ N(μ, σ²), from one draw, two ways --------------------
// r = {value(z), slope(z), truth(q, of)}, q = {mean, std}; of: "mu" or "std", what the slope is taken
// in. Both estimators have the true slope as their mean. truth is null where no formula is known.

/** The score function: how large r was, times how the draw's own log-density changes with μ or σ. */
function scoreFunction(eps, q, r, of, baseline) {
  const z = q.mean + q.std * eps;
  const score = of === "mu" ? eps / q.std : (eps * eps - 1) / q.std;   // ∂ log q(z)/∂μ, ∂ log q(z)/∂σ
  return (r.value(z) - baseline) * score;
}

/** Path-wise: how r changes with z, times how z = μ + σε moves with μ or σ. */
function pathwise(eps, q, r, of) {
  const z = q.mean + q.std * eps;
  const moved = of === "mu" ? 1 : eps;   // ∂z/∂μ, ∂z/∂σ
  return r.slope(z) * moved;
}

const CENTRE = 1;   // of the parabola

const parabola = {
  value: (z) => (z - CENTRE) ** 2,
  slope: (z) => 2 * (z - CENTRE),
  truth: ({ mean, std }, of) => (of === "mu" ? 2 * (mean - CENTRE) : 2 * std),
};

/** cos ωz: E[cos ωz] = cos(ωμ) exp(−ω²σ²/2). */
const cosine = (omega) => ({
  value: (z) => Math.cos(omega * z),
  slope: (z) => -omega * Math.sin(omega * z),
  truth: ({ mean, std }, of) => {
    const left = Math.exp(-((omega * std) ** 2) / 2);
    return of === "mu" ? -omega * Math.sin(omega * mean) * left : -omega * omega * std * Math.cos(omega * mean) * left;
  },
});

const LINE_END = 8, KNOT_STEP = 0.02, KNOTS = Math.round(2 * LINE_END / KNOT_STEP) + 1;

/** −log p(x|z) in nats along a line z = (t, `second`) through the latent plane: decoded at knots and
 *  joined by cubics that have the decoder's own slope there. */
class DecoderLine {
  constructor(network, facts, x, second) {
    const gradient = new Gradient(network, facts), z = new Float32Array(2 * BATCH);
    this.values = new Float64Array(KNOTS);
    this.slopes = new Float64Array(KNOTS);
    this.truth = null;
    for (let from = 0; from < KNOTS; from += BATCH) {
      const rows = Math.min(BATCH, KNOTS - from);
      for (let k = 0; k < rows; k++) z.set([(from + k) * KNOT_STEP - LINE_END, second], 2 * k);
      const slopes = gradient.run(z, rows, x), x_hat = network.outputs(z, rows);
      for (let k = 0; k < rows; k++) {
        this.values[from + k] = negativeLogLikelihoodOfOutput(x_hat, x, facts, k * x.length);
        this.slopes[from + k] = slopes[2 * k];
      }
    }
  }

  value(t) {
    const far = onLine(t), k = Math.min(far | 0, KNOTS - 2), s = far - k, u = 1 - s, { values: v, slopes: d } = this;
    return u * u * ((1 + 2 * s) * v[k] + s * KNOT_STEP * d[k]) + s * s * ((1 + 2 * u) * v[k + 1] - u * KNOT_STEP * d[k + 1]);
  }

  slope(t) {
    const far = onLine(t), k = Math.min(far | 0, KNOTS - 2), s = far - k, u = 1 - s, { values: v, slopes: d } = this;
    return 6 * s * u * (v[k + 1] - v[k]) / KNOT_STEP + u * (1 - 3 * s) * d[k] + s * (3 * s - 2) * d[k + 1];
  }
}

/** Where t lies on the line, counted in knots. */
const onLine = (t) => Math.min(Math.max((t + LINE_END) / KNOT_STEP, 0), KNOTS - 1);
