// ---- objective.js: what is minimised, in nats ----------------------------------------------------
// vae_core/objectives.py is the truth, this is its copy; facts = {likelihood, c} of the payload's
// header. Nothing else in the browser sums over pixels or dimensions of a code.

const LEAST_LOG = -100;   // log of a probability that has been rounded to 0, as torch holds it

/** KL(N(μ, σ²) ‖ N(0, 1)) per dimension: total = mean + spread + log − ½; all arguments (latent,). */
function klTerms(mu, std) {
  return Array.from(mu, (centre, k) => {
    const mean = centre * centre / 2, spread = std[k] * std[k] / 2, log = -Math.log(std[k]);
    return { mean, spread, log, total: mean + spread + log - 0.5 };
  });
}

/** KL(N(μ, diag σ²) ‖ N(0, I)) in nats. */
const klToPrior = (mu, std) => klTerms(mu, std).reduce((sum, { total }) => sum + total, 0);

/** KL(q ‖ N(0, I)) in nats of q = {mu: [2], cov: [[2], [2]]}, whose axes may lean. */
function fullKlToPrior({ mu: [x, y], cov: [[a, b], [, d]] }) {
  return (a + d + x * x + y * y - 2 - Math.log(a * d - b * b)) / 2;
}

/** log p(z) of a code under the prior N(0, I), in nats. */
const logPrior = (z) => z.reduce((sum, value) => sum - (value * value + Math.log(2 * Math.PI)) / 2, 0);

/** −log p(x|z) in nats from the mean x̂ (pixels,), which a Bernoulli likelihood keeps in [0, 1]. */
function negativeLogLikelihood(xHat, x, { likelihood, c }) {
  if (likelihood === "gaussian") return gaussianLoss(xHat, x, c);
  let sum = 0;
  for (let i = 0; i < x.length; i++) {
    sum -= x[i] * Math.max(Math.log(xHat[i]), LEAST_LOG);
    sum -= (1 - x[i]) * Math.max(Math.log1p(-xHat[i]), LEAST_LOG);
  }
  return sum;
}

/**
 * The same from the decoder's output before its mean is taken (Network.outputs; logits under a
 * Bernoulli likelihood): exact where x̂ itself has been rounded to 0 or 1. `from`: where in `output`
 * this image begins.
 */
function negativeLogLikelihoodOfOutput(output, x, { likelihood, c }, from = 0) {
  if (likelihood === "gaussian") return gaussianLoss(output, x, c, from);
  let sum = 0;
  for (let i = 0; i < x.length; i++) {
    const logit = output[from + i];
    sum += Math.max(logit, 0) - logit * x[i] + Math.log1p(Math.exp(-Math.abs(logit)));
  }
  return sum;
}

function gaussianLoss(mean, x, c, from = 0) {
  let squares = 0;
  for (let i = 0; i < x.length; i++) squares += (x[i] - mean[from + i]) ** 2;
  return squares / (2 * c) + gaussianConstant(x.length, c);
}

/** −log p(x|z) is ‖x − f(z)‖² / (2c) + this, whatever z: in nats, of a Gaussian over so many pixels. */
const gaussianConstant = (pixels, c) => pixels / 2 * Math.log(2 * Math.PI * c);

/** The least a Bernoulli likelihood can cost on the grey image x: at x̂ = x, in nats. */
function entropyFloor(x) {
  return negativeLogLikelihood(x, x, { likelihood: "bernoulli" });
}
