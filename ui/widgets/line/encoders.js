// ---- encoders.js: three ways to keep one number of two -------------------------------------------
// Each is {encode([x₁, x₂]) → z, decode(z) → [x̂₁, x̂₂]}; `cloud` is {mean, covariance}.

/** Selection: keep x₁ (or x₂) as it is. The decoder's best straight answer for the other: regression. */
function selection(kept, { mean, covariance }) {
  const other = 1 - kept, variance = covariance[3 * kept];
  const slope = variance > 0 ? covariance[1] / variance : 0;
  return {
    encode: (x) => x[kept],
    decode: (z) => {
      const guess = mean[other] + slope * (z - mean[kept]);
      return kept ? [guess, z] : [z, guess];
    },
  };
}

/** Extraction: how far along a line through the mean; back comes the line's nearest point. */
function extraction(degrees, { mean }) {
  const [a, b] = axisOf(degrees);
  return {
    encode: ([x, y]) => a * (x - mean[0]) + b * (y - mean[1]),
    decode: (z) => [mean[0] + a * z, mean[1] + b * z],
  };
}

/** A family that is not straight: how far along a circle; back comes the circle's nearest point. */
function alongArc({ centre, radius, middle }) {
  return {
    encode: ([x, y]) => {
      const turn = angleOf([x - centre[0], y - centre[1]]) - middle;
      return -radius * (wrapped(turn + 180, 360) - 180) * Math.PI / 180;   // to the right: larger
    },
    decode: (z) => {
      const [a, b] = axisOf(middle - z / radius * 180 / Math.PI);
      return [centre[0] + radius * a, centre[1] + radius * b];
    },
  };
}

/** points (n, 2) through an encoder: {codes (n,), returned (n, 2), error: mean squared distance}. */
function passThrough(points, { encode, decode }) {
  const n = points.length / 2, codes = new Float64Array(n), returned = new Float64Array(2 * n);
  let error = 0;
  for (let i = 0; i < n; i++) {
    const x = [points[2 * i], points[2 * i + 1]], x_hat = decode(codes[i] = encode(x));
    returned.set(x_hat, 2 * i);
    error += ((x[0] - x_hat[0]) ** 2 + (x[1] - x_hat[1]) ** 2) / n;
  }
  return { codes, returned, error };
}
