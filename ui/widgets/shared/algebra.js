// ---- algebra.js: covariance, principal axes, linear systems -------------------------------------
// Small dense matrices as Float64Array, row by row. Nothing here knows of images or of the screen.

/** x (n, d) → {mean (d,), covariance (d, d), n}: of the centred rows, with 1/N. */
function covarianceOf(x, n, d) {
  const mean = new Float64Array(d), covariance = new Float64Array(d * d), centred = new Float64Array(d);
  for (let i = 0; i < n * d; i++) mean[i % d] += x[i] / n;
  for (let row = 0; row < n; row++) {
    for (let j = 0; j < d; j++) centred[j] = x[row * d + j] - mean[j];
    for (let j = 0; j < d; j++) {
      if (!centred[j]) continue;
      for (let k = j; k < d; k++) covariance[j * d + k] += centred[j] * centred[k] / n;
    }
  }
  for (let j = 0; j < d; j++) for (let k = 0; k < j; k++) covariance[j * d + k] = covariance[k * d + j];
  return { mean, covariance, n };
}

const NO_VARIANCE = 1e-12;   // what rounding leaves of none

/** Correlation of the two numbers in each row of (n, 2); NaN where either does not vary. */
function correlationOf(pairs) {
  const { covariance: [aa, ab, , bb] } = covarianceOf(pairs, pairs.length / 2, 2);
  return aa > NO_VARIANCE && bb > NO_VARIANCE ? ab / Math.sqrt(aa * bb) : NaN;
}

/**
 * Eigenvalues (descending) and eigenvectors (as rows) of a symmetric matrix (d, d), by cyclic Jacobi
 * rotations. An eigenvalue of a covariance is ≥ 0; what rounding leaves below is set to 0.
 */
function eigenOf(matrix, d) {
  const a = Float64Array.from(matrix), v = new Float64Array(d * d);
  for (let j = 0; j < d; j++) v[j * d + j] = 1;
  let total = 0;
  for (const entry of a) total += entry * entry;
  for (let sweep = 0; sweep < 60 && offDiagonal(a, d) > 1e-30 * total; sweep++) {
    for (let p = 0; p < d - 1; p++) for (let q = p + 1; q < d; q++) rotate(a, v, d, p, q);
  }
  const order = Array.from({ length: d }, (_, j) => j).sort((p, q) => a[q * d + q] - a[p * d + p]);
  const vectors = new Float64Array(d * d);
  order.forEach((from, to) => vectors.set(v.subarray(from * d, (from + 1) * d), to * d));
  return { values: Float64Array.from(order, (j) => Math.max(0, a[j * d + j])), vectors };
}

function offDiagonal(a, d) {
  let sum = 0;
  for (let p = 0; p < d - 1; p++) for (let q = p + 1; q < d; q++) sum += 2 * a[p * d + q] ** 2;
  return sum;
}

/** Turn axes p and q so that a[p, q] becomes 0; the rows of v turn with them. */
function rotate(a, v, d, p, q) {
  const off = a[p * d + q];
  if (off === 0) return;
  const theta = (a[q * d + q] - a[p * d + p]) / (2 * off);
  const t = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
  const c = 1 / Math.sqrt(t * t + 1), s = t * c;
  for (let k = 0; k < d; k++) {
    const kp = a[k * d + p], kq = a[k * d + q];
    a[k * d + p] = c * kp - s * kq;
    a[k * d + q] = s * kp + c * kq;
  }
  for (let k = 0; k < d; k++) {
    const pk = a[p * d + k], qk = a[q * d + k], vp = v[p * d + k], vq = v[q * d + k];
    a[p * d + k] = c * pk - s * qk;
    a[q * d + k] = s * pk + c * qk;
    v[p * d + k] = c * vp - s * vq;
    v[q * d + k] = s * vp + c * vq;
  }
  a[p * d + q] = a[q * d + p] = 0;
}

/**
 * PCA of x (n, d): {mean (d,), values (d,) variances along the axes, axes (d, d) as rows}. An axis has no
 * sign of its own: it takes that of `before` (d, d), the axes a moment ago, else its largest entry is > 0.
 */
function principalAxes(x, n, d, before = null) {
  const { mean, covariance } = covarianceOf(x, n, d);
  const { values, vectors: axes } = eigenOf(covariance, d);
  for (let j = 0; j < d; j++) {
    const axis = axes.subarray(j * d, (j + 1) * d);
    const agreement = before ? dot(axis, before.subarray(j * d, (j + 1) * d))
      : axis.reduce((most, entry) => (Math.abs(entry) > Math.abs(most) + 1e-12 ? entry : most), 0);
    if (agreement < 0) for (let k = 0; k < d; k++) axis[k] = -axis[k];
  }
  return { mean, covariance, values, axes };
}

function dot(a, b) {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += a[k] * b[k];
  return sum;
}

/** a (n, m) · b (m, k) → (n, k). */
function product(a, b, n, m, k) {
  const out = new Float64Array(n * k);
  for (let i = 0; i < n; i++) for (let j = 0; j < m; j++) {
    const factor = a[i * m + j];
    if (factor) for (let l = 0; l < k; l++) out[i * k + l] += factor * b[j * k + l];
  }
  return out;
}

/** a (n, m) → its transpose (m, n). */
function transposeOf(a, n, m) {
  const out = new Float64Array(n * m);
  for (let i = 0; i < n; i++) for (let j = 0; j < m; j++) out[j * n + i] = a[i * m + j];
  return out;
}

/**
 * The x (n, m) of a x = b, a (n, n), b (n, m), by elimination with the largest pivot; null where a pivot
 * is not above `least` times the largest entry of a: the matrix is singular, or as good as.
 */
function solve(a, b, n, m, least = 1e-12) {
  const left = Float64Array.from(a), right = Float64Array.from(b);
  const scale = left.reduce((most, entry) => Math.max(most, Math.abs(entry)), 0);
  for (let p = 0; p < n; p++) {
    let best = p;
    for (let i = p + 1; i < n; i++) if (Math.abs(left[i * n + p]) > Math.abs(left[best * n + p])) best = i;
    if (!(Math.abs(left[best * n + p]) > least * scale)) return null;
    if (best !== p) for (const [rows, width] of [[left, n], [right, m]]) swapRows(rows, width, p, best);
    for (let i = 0; i < n; i++) {
      const factor = i === p ? 0 : left[i * n + p] / left[p * n + p];
      if (!factor) continue;
      for (let k = p; k < n; k++) left[i * n + k] -= factor * left[p * n + k];
      for (let k = 0; k < m; k++) right[i * m + k] -= factor * right[p * m + k];
    }
  }
  for (let i = 0; i < n; i++) for (let k = 0; k < m; k++) right[i * m + k] /= left[i * n + i];
  return right;
}

function swapRows(rows, width, p, q) {
  for (let k = 0; k < width; k++) {
    [rows[p * width + k], rows[q * width + k]] = [rows[q * width + k], rows[p * width + k]];
  }
}
