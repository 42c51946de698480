// ---- closed_form.js: Bayes where f is affine, by the formula ---------------------------------------
// A model is {W, b, c, x}: p(z) = N(0, I) in two dimensions, p(x|z) = N(Wz + b, cI), and the x that was
// seen. W is row by row: [w₁₁, w₁₂, w₂₁, w₂₂]. Answers are {mean (2), covariance (2 × 2), logEvidence in nats}.

const UNIT = [1, 0, 0, 1];

/** The posterior p(z|x) = N(mean, covariance) and the log evidence log p(x) = log N(x; b, WWᵀ + cI). */
function closedForm({ W, b, c, x }) {
  const off = [x[0] - b[0], x[1] - b[1]], Wt = transposeOf(W, 2, 2);
  const precision = product(Wt, W, 2, 2, 2).map((entry, i) => UNIT[i] + entry / c);   // I + WᵀW / c
  const covariance = solve(precision, UNIT, 2, 2);
  const mean = product(covariance, product(Wt, off, 2, 2, 1), 2, 2, 1).map((entry) => entry / c);
  const spread = product(W, Wt, 2, 2, 2).map((entry, i) => entry + c * UNIT[i]);      // WWᵀ + cI
  return { mean, covariance, logEvidence: logNormal(off, spread) };
}

/** log N(off; 0, V) in two dimensions. */
function logNormal(off, V) {
  const determinant = V[0] * V[3] - V[1] * V[2];
  return -dot(off, solve(V, off, 2, 1)) / 2 - Math.log(determinant) / 2 - Math.log(2 * Math.PI);
}

/**
 * The likelihood as a function of z: {centre, values, axes} of the ellipse on which log p(x|z) lies ½ nat
 * below its top. Along an axis (a row of `axes`) where W has no stretch, x says nothing: the value, a
 * variance, is Infinity and the centre 0.
 */
function likelihoodOf({ W, b, c, x }) {
  const off = [x[0] - b[0], x[1] - b[1]], Wt = transposeOf(W, 2, 2), pulled = product(Wt, off, 2, 2, 1);
  const { values: stretch, vectors: axes } = eigenOf(product(Wt, W, 2, 2, 2), 2);     // of WᵀW
  const centre = [0, 0], values = [...stretch].map((square) => (square > NO_STRETCH ? c / square : Infinity));
  values.forEach((variance, k) => {
    const axis = axes.subarray(2 * k, 2 * k + 2), along = variance < Infinity ? dot(axis, pulled) / stretch[k] : 0;
    for (const i of [0, 1]) centre[i] += along * axis[i];
  });
  return { centre, values, axes, stretch };
}

const NO_STRETCH = 1e-9;   // a square: what rounding leaves of none
