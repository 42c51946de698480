// ---- pair.js: the process itself -------------------------------------------------------------------

/** One turn of the process: the z that `seed` draws from the prior, and the noise that makes x of f(z). */
function drawFrom(seed, pixels) {
  const normal = normalDraws(seed);
  const z = [normal(), normal()].map((value) => roundTo(value, 3));   // z ~ p(z) = N(0, I)
  const eps = Float64Array.from({ length: pixels }, normal);          // ε ~ N(0, I), one per pixel
  return { z, eps };
}

/** x = f(z) + √c ε: a draw from p(x|z) = N(f(z), c I). */
function sampleAround(mean, eps, c) {
  return Float64Array.from(mean, (value, i) => value + Math.sqrt(c) * eps[i]);
}

/** log p(z) and log p(x|z) in nats; their sum is log p(x, z). */
function logDensities(z, mean, x, c) {
  const prior = logPrior(z), likelihood = -negativeLogLikelihood(mean, x, { likelihood: "gaussian", c });
  return { prior, likelihood, joint: prior + likelihood };
}

/** The share of numbers that print as bare paper or full ink because they lie outside [0, 1]. */
function shareOutside(values) {
  return values.reduce((count, value) => count + (value < 0 || value > 1), 0) / values.length;
}
