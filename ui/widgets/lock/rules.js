// ---- rules.js: one direction of a linear decoder, in closed form ----------------------------------
// z ~ N(0, 1), x = w z + noise of variance c; data of mean 0 and variance lambda. q(z|x) = N(v x, s2).
// Everything is a mean over the data, in nats; square stands for w², on which all of it depends.

/** The best q for this w: the exact posterior. */
function bestCode(w, c) {
  const model = w * w + c;   // the variance that the model gives x
  return { v: w / model, s2: c / model };
}

/** Mean of E_q[log p(x|z)]: x − w z has mean square (1 − w v)² λ + w² s². */
function meanLogLikelihood(w, { v, s2 }, { lambda, c }) {
  return -((1 - w * v) ** 2 * lambda + w * w * s2) / (2 * c) - Math.log(2 * Math.PI * c) / 2;
}

/** Mean of KL(q ‖ p(z)): it does not know w. */
const meanKl = ({ v, s2 }, { lambda }) => (s2 + v * v * lambda - 1 - Math.log(s2)) / 2;

/** Mean of log p(x), the model's own density N(0, w² + c). */
function meanLogEvidence(square, { lambda, c }) {
  const model = square + c;
  return -Math.log(2 * Math.PI * model) / 2 - lambda / (2 * model);
}

/** q held, f free: the w that raises E_q[log p(x|z)] most. Here KL may be left out, since q does not move. */
const bestDecoder = ({ v, s2 }, { lambda }) => v * lambda / (v * v * lambda + s2);

/** The w² each rule picks; square: where w stands now. */
const RULES = {
  held: (square, facts) => bestDecoder(bestCode(Math.sqrt(square), facts.c), facts) ** 2,
  naive: (square, { lambda, c }) => Math.max(0, 2 * lambda - c),   // q follows f, and KL is forgotten
  joint: (square, { lambda, c }) => Math.max(0, lambda - c),       // q follows f, and KL stays
};

/** What stands at w²: the two terms under the best q, and their difference, which is mean log p(x). */
function termsAt(square, facts) {
  const w = Math.sqrt(square), q = bestCode(w, facts.c);
  const likelihood = meanLogLikelihood(w, q, facts), kl = meanKl(q, facts);
  return { w, q, likelihood, kl, elbo: likelihood - kl, evidence: meanLogEvidence(square, facts) };
}
