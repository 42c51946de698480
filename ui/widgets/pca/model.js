// ---- model.js: what PCA says of some points -------------------------------------------------------

const DUST = 1e-9;    // a variance this small, or this share of another, is none
const EVEN = 1e-3;    // λ₁ and λ₂ this near to each other, as a share, leave no longer axis

/**
 * PCA of points (n, 2) with the signs of `before`, the axes a moment ago. E = the first axis as a row,
 * D = Eᵀ: z = E (x − mean), x̂ = mean + D z; `error` is measured, the mean of ‖x − x̂‖² over the points.
 */
function analyse(points, before) {
  const n = points.length / 2, { mean, covariance, values, axes } = principalAxes(points, n, 2, before);
  const centred = points.map((value, i) => value - mean[i % 2]);
  const codes = product(centred, transposeOf(axes, 2, 2), n, 2, 2);          // (n, 2): z₁, z₂
  const E = axes.slice(0, 2), D = transposeOf(E, 1, 2);
  const { returned, error } = project(points, mean, E);
  return {
    n, mean, covariance, values, axes, codes, returned, error, E, D,
    ED: dot(E, D),
    WWt: product(axes, transposeOf(axes, 2, 2), 2, 2, 2),
    codeCovariance: covarianceOf(codes, n, 2).covariance,
    spread: covariance[0] + covariance[3],
    kind: kindOf(n, values),
  };
}

/** Every point's nearest one on the line through `mean` along `axis`, and the mean squared distance. */
function project(points, mean, axis) {
  const n = points.length / 2, returned = new Float64Array(2 * n);
  let error = 0;
  for (let i = 0; i < n; i++) {
    const x = points[2 * i], y = points[2 * i + 1], z = axis[0] * (x - mean[0]) + axis[1] * (y - mean[1]);
    const back = [mean[0] + axis[0] * z, mean[1] + axis[1] * z];
    returned.set(back, 2 * i);
    error += ((x - back[0]) ** 2 + (y - back[1]) ** 2) / n;
  }
  return { returned, error };
}

/** In which case the points are; only "cloud" has two axes of different length. */
function kindOf(n, [first, second]) {
  if (n < 2) return n ? "single" : "empty";
  if (first < DUST) return "spot";
  if (second < DUST * first) return n === 2 ? "two" : "flat";
  return first - second < EVEN * first ? "even" : "cloud";
}
