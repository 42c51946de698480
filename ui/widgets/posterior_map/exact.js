// ---- exact.js: where an image's posterior lies, and whether it is more than the prior -----------------

const AS_PRIOR = 0.01;       // nats from the prior to a posterior that is the prior, for the eye

class ExactPosterior extends RefinedPosterior {
  /** c: what the network was trained with. */
  constructor(network, c) {
    super(network);
    this.own = c;
  }

  /** `home`, where it lies at the network's own c, goes first: the grid holds one posterior at a time. */
  ask(x, c) {
    const { grid, found } = this;
    if (found?.x !== x || found.level !== grid.level) this.home = this.placeOf(grid.posterior(grid.errors(x), this.own));
    const posterior = super.ask(x, c);
    posterior.isPrior ??= this.isPrior(posterior);
    return posterior;
  }

  /** Where a posterior lies, and whether the prior's square cuts some of it off. */
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
