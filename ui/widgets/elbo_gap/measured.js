// ---- measured.js: an image's posterior and what a q is worth beside it -----------------------------------
// log p(x) and the gap come from the grid; the ELBO from decodings at q's own nodes. Neither knows the other.

const WORK = 6;                 // ms of decoding or searching per frame
const SMOOTH = 161;             // points along a side that every posterior gets
const TOLERANCE = 0.01;         // nats the grid's log p(x) may be off
const HOLDS = 0.75;             // spacings of the grid in the narrowest q it can integrate
const SIGMA_SHARES = [1 - Math.exp(-1 / 2), 1 - Math.exp(-2)];   // of a plane's Gaussian inside 1σ, 2σ

const CLOSEST = 1.6, AROUND = 3;   // half-width of the closest view; deviations it shows on every side

class Measured {
  constructor(network) { Object.assign(this, { network, grid: new PosteriorGrid(network), found: null }); }

  get ready() { return this.grid.ready; }

  /** Is there nothing to decode, now? */
  get done() { return !this.grid.job; }

  /** Decode for a frame; true where that has finished a grid. */
  work() {
    if (!this.grid.step(WORK)) return false;
    if (this.grid.level.side < SMOOTH) this.grid.refine();
    return true;
  }

  /** p(z|x) at this c; the same object while nothing has changed. */
  posterior(x, c) {
    const { grid, found } = this, { level } = grid;
    if (found?.x === x && found.c === c && found.level === level) return found;
    const posterior = grid.posterior(grid.errors(x), c);
    const levels = levelsHolding(posterior.mass, posterior.logJoint, SIGMA_SHARES);
    this.found = { ...posterior, x, c, level, levels };
    return this.found;
  }

  /** Can the grid tell the evidence, and a q as narrow as this? A finer one is begun where it cannot. */
  suffices({ error }, { std }) {
    const { grid } = this, fine = error <= TOLERANCE && Math.min(...std) >= HOLDS * grid.level.spacing;
    if (!fine && this.done) grid.refine();
    return fine;
  }

  /** Every term of log p(x) = ELBO + gap for q = {mu, cov}, in nats. */
  terms(posterior, q) {
    const { gap, inside, expectedLogPosterior } = gapOnGrid(this.grid, posterior, q);
    const { expected, klPrior, elbo } = elboOf(this.network, posterior.x, q, posterior.c, nodesFor(q));
    const { mu: [x, y], cov: [[a, b], [, d]] } = q, { logEvidence, error } = posterior;
    return {
      logEvidence, error, elbo, gap, inside, expectedLogLikelihood: expected, klPrior, expectedLogPosterior,
      entropy: 1 + Math.log(2 * Math.PI) + Math.log(a * d - b * b) / 2,
      crossPrior: -(x * x + y * y + a + d) / 2 - Math.log(2 * Math.PI),
    };
  }
}

/** A wide q sees more of the decoder's bends: more nodes per axis. */
function nodesFor({ cov: [[a], [, d]] }) {
  const widest = Math.sqrt(Math.max(a, d));
  return widest < 0.35 ? NODES : widest < 0.55 ? 24 : 32;
}

/** The square of the plane that shows a posterior and a cloud, both with their deviations: a view. */
function squareAround(mean, width, cloud, half) {
  const ends = [0, 1].map((k) => [
    Math.max(-half, Math.min(mean[k] - AROUND * width[k], cloud.mu[k] - AROUND * cloud.std[k])),
    Math.min(half, Math.max(mean[k] + AROUND * width[k], cloud.mu[k] + AROUND * cloud.std[k])),
  ]);
  const r = Math.min(half, Math.max(CLOSEST, ...ends.map(([low, high]) => (high - low) / 2)));
  const [x, y] = ends.map(([low, high]) => roundTo(Math.min(half - r, Math.max(r - half, (low + high) / 2)), 2));
  return { x, y, r };
}
