// ---- recoding.js: a change of the code, and how a decoder undoes it ------------------------------
// u: two numbers as the trained encoder gives them; z = φ(M u): the code after the change. M is kept as
// [m₁₁, m₁₂, m₂₁, m₂₂]: its columns, (m₁₁, m₂₁) and (m₁₂, m₂₂), are where u = (1, 0) and (0, 1) go.

const RIM = 2.4;      // half-width of the plane at first, in code units; where the bend is counted
const FLAT = 1e-9;    // of M's size squared: a determinant below is 0

/** φ: every point turns around the centre, the further out the more, by `turns` at the rim. */
function bent([x, y], turns) {
  const angle = 2 * Math.PI * turns * Math.hypot(x, y) / RIM, c = Math.cos(angle), s = Math.sin(angle);
  return [c * x - s * y, s * x + c * y];
}

/** φ⁻¹: the distance from the centre is unchanged, so the same angle can be turned back. */
const unbent = (z, turns) => bent(z, -turns);

const times = ([a, b, c, d], [x, y]) => [a * x + b * y, c * x + d * y];
const determinant = ([a, b, c, d]) => a * d - b * c;

/** Do the arrows of M lie on one line? Then two codes become one, and nothing can undo that. */
function isSingular(m) {
  return Math.abs(determinant(m)) <= FLAT * dot(m, m);
}

/** A code u, changed by M and the bend. */
function recode(u, m, turns) {
  return bent(times(m, u), turns);
}

/** A changed code z, as far back to u as it goes: `back` is M⁻¹, or the best matrix where there is none. */
function undo(z, back, turns) {
  return times(back, unbent(z, turns));
}

/**
 * The matrix that leads back from M u to u with the least squared error over codes of this covariance:
 * M⁻¹ wherever M has an inverse. Where it has none, S Mᵀ (M S Mᵀ)⁺, with 1/λ only where λ is not 0.
 */
function wayBack(m, covariance) {
  if (!isSingular(m)) return Array.from(solve(m, [1, 0, 0, 1], 2, 2));
  const transposed = [m[0], m[2], m[1], m[3]], toBoth = product(covariance, transposed, 2, 2, 2);
  const { values, vectors } = eigenOf(product(m, toBoth, 2, 2, 2), 2);
  const inverse = [0, 0, 0, 0];
  for (let axis = 0; axis < 2; axis++) {
    if (!(values[axis] > 1e-9 * values[0])) continue;
    for (let i = 0; i < 4; i++) inverse[i] += vectors[2 * axis + (i >> 1)] * vectors[2 * axis + (i & 1)] / values[axis];
  }
  return Array.from(product(toBoth, inverse, 2, 2, 2));
}

/**
 * Send every image through the changed code and back: z = φ(M u), x̂ = D(back(φ⁻¹(z))). Nothing is taken
 * for granted: all codes are changed, all are decoded, every pixel is compared. codes (n, 2) are u,
 * images (n, d) are centred; fills z (n, 2) and returns the mean of ‖x − x̂‖² over the n images.
 */
function errorOfRecoding(images, codes, decoder, { m, turns, back }, z) {
  const n = codes.length / 2, d = images.length / n;
  let sum = 0;
  for (let row = 0; row < n; row++) {
    const code = recode(codes.subarray(2 * row, 2 * row + 2), m, turns);
    z.set(code, 2 * row);
    const [a, b] = undo(code, back, turns);
    for (let i = 0; i < d; i++) {
      const x_hat = decoder[2 * i] * a + decoder[2 * i + 1] * b;
      sum += (images[row * d + i] - x_hat) ** 2;
    }
  }
  return sum / n;
}

/** The M (2, 2) with M u nearest to v over all rows, by least squares, and its largest miss. */
function matrixBetween(u, v) {
  const n = u.length / 2, uT = transposeOf(u, n, 2);
  const mT = solve(product(uT, u, 2, n, 2), product(uT, v, 2, n, 2), 2, 2);   // (uᵀu) Mᵀ = uᵀv
  const m = [mT[0], mT[2], mT[1], mT[3]];
  let miss = 0;
  for (let row = 0; row < n; row++) {
    const [x, y] = times(m, u.subarray(2 * row, 2 * row + 2));
    miss = Math.max(miss, Math.hypot(v[2 * row] - x, v[2 * row + 1] - y));
  }
  return { m, miss };
}

/** How unequally M stretches: its longest over its shortest stretch; Infinity where it has no inverse. */
function conditionOf(m) {
  if (isSingular(m)) return Infinity;
  const { values: [most] } = eigenOf(product([m[0], m[2], m[1], m[3]], m, 2, 2, 2), 2);
  return most / Math.abs(determinant(m));
}
