// ---- forces.js: what pulls on a cloud -------------------------------------------------------------
// The loss of one image is E_q[−log p(x|z)] + β KL(q ‖ p), with q = N(μ, σ²). Its two terms pull on μ
// and on log σ: minus their slopes, in nats per unit. The expectation is taken over `points`, the nodes
// of a Gauss–Hermite rule (8 × 8), several times closer than as many draws would be.
// A pull is four numbers: on μ₁, μ₂, log σ₁, log σ₂.

class Forces {
  /** points (n, 2) in units of σ around μ, weights (n,) that add up to one. */
  constructor(model, points, weights) {
    Object.assign(this, { model, points, weights });
    this.gradient = new Gradient(model.network, model);
    this.codes = new Float32Array(2 * BATCH);
  }

  /** Of reconstruction, on the cloud (mu, std) of image x (pixels,). */
  ofRecon(x, mu, std, points = this.points, weights = this.weights) {
    const pull = [0, 0, 0, 0], { codes } = this;
    for (let from = 0; from < weights.length; from += BATCH) {
      const many = Math.min(BATCH, weights.length - from);
      for (let i = 0; i < 2 * many; i++) codes[i] = mu[i % 2] + std[i % 2] * points[2 * from + i];
      const slopes = this.gradient.run(codes, many, x);
      for (let i = 0; i < 2 * many; i++) {
        const k = i % 2, slope = weights[from + (i >> 1)] * slopes[i];
        pull[k] -= slope;
        pull[2 + k] -= slope * std[k] * points[2 * from + i];   // dz/dlog σ = σε
      }
    }
    return pull;
  }

  /** Of β KL, in closed form. */
  ofKl(mu, std) {
    const { beta } = this.model;
    return [...[0, 1].map((k) => -beta * mu[k]), ...[0, 1].map((k) => -beta * (std[k] ** 2 - 1))];
  }

  on(x, mu, std) {
    const recon = this.ofRecon(x, mu, std), kl = this.ofKl(mu, std);
    return { recon, kl, residual: recon.map((pull, k) => pull + kl[k]) };
  }
}

const lengthOn = (pull, from) => Math.hypot(pull[from], pull[from + 1]);   // from: 0 for μ, 2 for log σ

/** Running means over images: the lengths of the pulls, and the residual itself. */
class PullsOfASet {
  constructor() {
    Object.assign(this, { count: 0, residual: [0, 0, 0, 0] });
    this.lengths = [0, 2].map(() => ({ recon: 0, kl: 0, residual: 0 }));
  }

  add(pulls) {
    this.count++;
    [0, 2].forEach((from, k) => {
      for (const name of Object.keys(this.lengths[k])) this.lengths[k][name] += lengthOn(pulls[name], from);
    });
    for (let k = 0; k < 4; k++) this.residual[k] += pulls.residual[k];
  }

  /** k: 0 for μ, 1 for log σ → mean lengths, and `balance`, the length of the mean residual. */
  means(k) {
    const entries = Object.entries(this.lengths[k]).map(([name, sum]) => [name, sum / this.count]);
    return { ...Object.fromEntries(entries), balance: lengthOn(this.residual, 2 * k) / this.count };
  }
}

/** First the clouds that are drawn, then, for the means, all the others. */
function* forceArrows(model, { originals }) {
  const { forces, shown, cloud: { points, std, classes } } = model, { pixels } = model.network;
  const of = (values, row) => [values[2 * row], values[2 * row + 1]];
  const pulls = (row) => forces.on(originals.subarray(row * pixels, (row + 1) * pixels), of(points, row), of(std, row));
  const drawn = new Map(), set = new PullsOfASet();
  for (const row of shown) {
    drawn.set(row, pulls(row));
    set.add(drawn.get(row));
    yield;
  }
  const result = { drawn, set, total: classes.length };
  for (let row = 0; row < classes.length; row++) {
    if (drawn.has(row)) continue;
    set.add(pulls(row));
    yield result;
  }
  return result;
}
