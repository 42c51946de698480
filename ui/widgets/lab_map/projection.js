// ---- projection.js: the plane of a latent space that a map shows ---------------------------------
// Codes have k numbers, a map has two: a = V z, V (2, k) with orthonormal rows (k = 1: the second is 0).
// Under V the prior N(0, I) stays N(0, I), and q(z|x) = N(μ, diag σ²) becomes N(V μ, V diag(σ²) Vᵀ).

class Projection {
  constructor(across, up) { Object.assign(this, { across, up, k: across.length }); }

  /** z[from … from + k] → [x, y]. */
  project(z, from = 0) {
    let x = 0, y = 0;
    for (let i = 0; i < this.k; i++) {
      x += this.across[i] * z[from + i];
      y += this.up[i] * z[from + i];
    }
    return [x, y];
  }

  /** The code over the point [x, y] that agrees with `held` in every direction the map does not show. */
  lift([x, y], held) {
    const [hx, hy] = this.project(held);
    return Float64Array.from(held, (value, i) => value + this.across[i] * (x - hx) + this.up[i] * (y - hy));
  }

  /** codes (n, k) → (n, 2). */
  projectAll(codes) {
    const count = codes.length / this.k, points = new Float32Array(2 * count);
    for (let row = 0; row < count; row++) {
      const [x, y] = this.project(codes, row * this.k);
      points[2 * row] = x;
      points[2 * row + 1] = y;
    }
    return points;
  }

  /** The 1σ ellipse of q(z|x): half-axes rx ≥ ry and the angle of the first, counted from across upwards. */
  ellipse(std, from = 0) {
    let xx = 0, xy = 0, yy = 0;
    for (let i = 0; i < this.k; i++) {
      const variance = std[from + i] ** 2;
      xx += this.across[i] ** 2 * variance;
      xy += this.across[i] * this.up[i] * variance;
      yy += this.up[i] ** 2 * variance;
    }
    const { values, vectors } = eigenOf([xx, xy, xy, yy], 2);
    return { rx: Math.sqrt(values[0]), ry: Math.sqrt(values[1]), angle: Math.atan2(vectors[1], vectors[0]) };
  }
}

/** Two of the k numbers: code number i across, j up; i = j only where k = 1. */
function pairOf(k, [i, j]) {
  const unit = (at) => Float64Array.from({ length: k }, (_, axis) => Number(axis === at));
  return new Projection(unit(i), i === j ? new Float64Array(k) : unit(j));
}

/** The plane in which codes (n, k) vary most; `share` of their variance. pca: of algebra.js. */
function widestOf({ axes, values }, k) {
  const projection = new Projection(axes.slice(0, k), axes.slice(k, 2 * k));
  const total = values.reduce((sum, value) => sum + value, 0);
  projection.share = (values[0] + values[1]) / total;
  return projection;
}

const LEAST_SPREAD = 1e-6;   // of codes that have collapsed to one point

/** Mean m and lower triangular A, AAᵀ the covariance (1/(n−1)), of points (n, 2): z = m + A u. */
function standardOf(points) {
  const { mean: m, covariance: [xx, xy, , yy], n } = covarianceOf(points, points.length / 2, 2);
  const unbiased = n / Math.max(1, n - 1), a = Math.sqrt(xx * unbiased) || LEAST_SPREAD;
  const c = xy * unbiased / a, d = Math.sqrt(Math.max(0, yy * unbiased - c * c)) || LEAST_SPREAD;
  return {
    place: ([u, v]) => [m[0] + a * u, m[1] + c * u + d * v],
    standardise: ([x, y]) => [(x - m[0]) / a, (y - m[1] - c * (x - m[0]) / a) / d],
  };
}
