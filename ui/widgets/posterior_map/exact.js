// ---- exact.js: how fine the grid has to be -----------------------------------------------------------
// The first grid is decoded at once, the next one, for smoother contours, as soon as there is time; a finer
// one only where the evidence asks for it. Where even the finest leaves more doubt, nothing is claimed.

const TOLERANCE = 0.01;      // nats: how far the evidence may be off, or share of the mass that may be missing
const SMOOTH = 161;          // points along a side that every picture gets
const WORK = 6;              // ms of decoding per frame
const AS_PRIOR = 0.01;       // nats from the prior to a posterior that is the prior, for the eye

class ExactPosterior {
  /** c: what the network was trained with. */
  constructor(network, c) { Object.assign(this, { own: c, grid: new PosteriorGrid(network), found: null }); }

  get ready() { return this.grid.ready; }

  get side() { return this.grid.level.side; }

  /** Is there nothing to decode, now? */
  get done() { return !this.grid.job; }

  /** Decode for a frame; true where that has finished a grid. */
  work() {
    if (!this.grid.step(WORK)) return false;
    if (this.side < SMOOTH) this.grid.refine();
    return true;
  }

  /** p(z|x) at this c, on the finest grid there is so far; the same object while nothing has changed. */
  ask(x, c) {
    const { grid, found } = this, { level } = grid;
    if (found?.x === x && found.c === c && found.level === level) return found;
    const errors = grid.errors(x);
    if (found?.x !== x || found.level !== level) this.home = this.placeOf(grid.posterior(errors, this.own));
    const posterior = grid.posterior(errors, c), cut = posterior.outside > TOLERANCE;
    const fine = posterior.error <= TOLERANCE, exact = fine && !cut;   // a finer grid would not reach further out
    const refining = !fine && !cut && (Boolean(grid.job) || grid.refine());
    const levels = fine || cut ? levelsHolding(posterior.mass, posterior.logJoint, SIGMA_SHARES) : [];
    this.found = { ...posterior, x, c, level, side: level.side, exact, cut, refining, levels, isPrior: this.isPrior(posterior) };
    return this.found;
  }

  /** Where the posterior lies at the network's own c, and whether the prior's square cuts some of it off. */
  placeOf({ mean, cov, mass }) {
    const { side, axis } = this.grid.level;
    let inside = 0;
    for (let row = 0; row < side; row++) {
      if (Math.abs(axis[row]) > PRIOR_RADIUS) continue;
      for (let column = 0; column < side; column++) {
        if (Math.abs(axis[column]) <= PRIOR_RADIUS) inside += mass[row * side + column];
      }
    }
    return { mean, cov, leaves: inside < 0.99 };
  }

  isPrior(posterior) {
    const { mean, cov } = posterior, near = Math.hypot(...mean) < 0.5 && cov[0][0] > 0.5 && cov[1][1] > 0.5;
    return near && gapOnGrid(this.grid, posterior, { mu: [0, 0], cov: [[1, 0], [0, 1]] }).gap < AS_PRIOR;
  }
}
