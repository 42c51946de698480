// ---- components.js: the principal components of a set of images ----------------------------------

/** PCA of images (n, d) in [0, 1]. k numbers kept: z = W (x − mean), x̂ = mean + Wᵀ z, W the first k axes. */
class Components {
  constructor(images, count, pixels) {
    const { mean, covariance, values, axes } = principalAxes(images, count, pixels);
    Object.assign(this, { mean, covariance, values, axes, pixels });
    // What the eigenvalues say is lost with k components: the sum of those not kept, k = 0 … d.
    this.discarded = new Float64Array(pixels + 1);
    for (let k = pixels - 1; k >= 0; k--) this.discarded[k] = this.discarded[k + 1] + values[k];
  }

  get total() { return this.discarded[0]; }

  axis(k) { return this.axes.subarray(k * this.pixels, (k + 1) * this.pixels); }

  /** x (d,) → z (k,). */
  encode(x, k) {
    const centred = this.mean.map((mean, j) => x[j] - mean);
    return Float64Array.from({ length: k }, (_, j) => dot(this.axis(j), centred));
  }

  /** z (k,) → x̂ (d,). */
  decode(z) {
    const x = Float64Array.from(this.mean);
    z.forEach((amount, k) => this.axis(k).forEach((entry, j) => { x[j] += amount * entry; }));
    return x;
  }

  /** Mean squared error per image of these images (n, d), measured, for k = 0 … d: the eigenvalues have no say. */
  errorsOf(images, count) {
    const { pixels, mean } = this, errors = new Float64Array(pixels + 1), left = new Float64Array(pixels);
    const axes = Array.from({ length: pixels }, (_, k) => this.axis(k));
    for (let row = 0; row < count; row++) {
      for (let j = 0; j < pixels; j++) left[j] = images[row * pixels + j] - mean[j];
      errors[0] += dot(left, left) / count;
      axes.forEach((axis, k) => {
        const amount = dot(axis, left);
        for (let j = 0; j < pixels; j++) left[j] -= amount * axis[j];
        errors[k + 1] += dot(left, left) / count;
      });
    }
    return errors;
  }
}

/** Bytes of images (0 … levels) → numbers in [0, 1]. */
const toUnit = (bytes, levels) => Float64Array.from(bytes, (level) => level / levels);
