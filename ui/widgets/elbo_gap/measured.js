// ---- measured.js: an image's posterior and what a q is worth beside it -----------------------------------
// log p(x) and the gap come from the grid; the ELBO from decodings at q's own nodes. Neither knows the other.

const HOLDS = 0.75;             // spacings of the grid in the narrowest q it can integrate

class Measured extends RefinedPosterior {
  /** Can the grid integrate a q as narrow as this? A finer one is begun where it cannot. */
  holds({ std }) {
    const wide = Math.min(...std) >= HOLDS * this.grid.level.spacing;
    if (!wide) this.refine();
    return wide;
  }

  /** Every term of log p(x) = ELBO + gap for q = {mu, cov}, in nats. */
  terms(posterior, q) {
    const { gap, inside, expectedLogPosterior } = gapOnGrid(this.grid, posterior, q);
    const { expected, klPrior, elbo } = elboOf(this.network, posterior.x, q, posterior.c, nodesFor(q));
    const { mu, cov: [[a, b], [, d]] } = q, { logEvidence, error } = posterior;
    return {
      logEvidence, error, elbo, gap, inside, expectedLogLikelihood: expected, klPrior, expectedLogPosterior,
      entropy: 1 + Math.log(2 * Math.PI) + Math.log(a * d - b * b) / 2,
      crossPrior: logPrior(mu) - (a + d) / 2,
    };
  }
}

/** A wide q sees more of the decoder's bends: more nodes per axis. */
function nodesFor({ cov: [[a], [, d]] }) {
  const widest = Math.sqrt(Math.max(a, d));
  return widest < 0.35 ? NODES : widest < 0.55 ? 24 : 32;
}
