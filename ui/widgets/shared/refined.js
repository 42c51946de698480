// ---- refined.js: an image's posterior, on a grid as fine as it asks for --------------------------
// The first grid is decoded at once, the next one, for smoother contours, as soon as there is time; a finer
// one only where the evidence asks for it. Where even the finest leaves more doubt, or the plane is too
// small, that is said of the posterior, and nothing is claimed.

const WORK = 6;              // ms of decoding per frame
const SMOOTH = 161;          // points along a side that every picture gets
const TOLERANCE = 0.01;      // nats: how far the evidence may be off; share of the mass that may be missing
const SIGMA_SHARES = [1 - Math.exp(-1 / 2), 1 - Math.exp(-2)];   // of a plane's Gaussian inside 1σ, 2σ

class RefinedPosterior {
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

  /** Is a finer grid on its way? It is begun, if there is one. */
  refine() { return !this.done || this.grid.refine(); }

  /**
   * p(z|x) at this c on the finest grid there is so far, with its log evidence; the same object while nothing
   * has changed. Exactly one is true: exact; cut (too much of it lies beyond the plane, where no finer grid
   * would reach); refining; or, all three false, too narrow for any grid here. levels: its two outlines.
   */
  ask(x, c) {
    const { grid, found } = this, { level } = grid;
    if (found?.x === x && found.c === c && found.level === level) return found;
    const posterior = grid.posterior(grid.errors(x), c), { logConstant, error, outside, mass, logJoint } = posterior;
    const cut = outside > TOLERANCE, fine = error <= TOLERANCE, refining = !fine && !cut && this.refine();
    const levels = fine || cut ? levelsHolding(mass, logJoint, SIGMA_SHARES) : [];
    this.found = { ...posterior, logEvidence: logConstant, x, c, level, exact: fine && !cut, cut, refining, levels };
    return this.found;
  }
}
