// ---- linear.js: an autoencoder without a bend, and PCA to judge it by ----------------------------
// With linear layers and centred images the loss depends on the images through their covariance C
// alone: the mean of ‖x − D E x‖² is tr C − 2 tr(D E C) + tr(DᵀD E C Eᵀ). So one step sees every image.

const LINEAR_STEPS = 400, LINEAR_RATE = 0.05;   // the rate falls to 0 along half a cosine
const MOMENTS = [0.9, 0.99];   // Adam's β₁ and β₂

/** The encoder E (k, d) and the decoder D (d, k), trained from small random weights. */
class LinearAutoencoder {
  /** covariance (d, d) of the centred images; the weights start from `seed`. */
  constructor(covariance, d, k, seed) {
    const draw = normalDraws(seed), small = 0.5 / Math.sqrt(d);
    const first = () => Float64Array.from({ length: k * d }, () => small * draw());
    Object.assign(this, { covariance, d, k, encoder: first(), decoder: first(), steps: 0 });
    this.moments = [0, 1].map(() => ({ mean: new Float64Array(k * d), square: new Float64Array(k * d) }));
  }

  /** The loss, and its gradient in every weight of E and of D; kept until the weights change. */
  lossAndGradients() {
    if (this.kept) return this.kept;
    const { covariance, encoder, decoder, d, k } = this, decoderT = transposeOf(decoder, d, k);
    const codeToX = product(encoder, covariance, k, d, d);                     // E C
    const codes = product(codeToX, transposeOf(encoder, k, d), k, d, k);       // E C Eᵀ, the codes' covariance
    const gram = product(decoderT, decoder, k, d, k);                          // DᵀD
    const copied = product(decoder, codes, d, k, k), answered = product(gram, codeToX, k, k, d);
    const wanted = product(decoderT, covariance, k, d, d);
    const forEncoder = answered.map((value, i) => 2 * (value - wanted[i]));    // 2 (DᵀD E C − DᵀC)
    const codeToXT = transposeOf(codeToX, k, d);
    const forDecoder = copied.map((value, i) => 2 * (value - codeToXT[i]));    // 2 (D E C Eᵀ − C Eᵀ)
    let loss = dot(codes, gram) - 2 * dot(codeToX, decoderT);
    for (let i = 0; i < d; i++) loss += covariance[i * d + i];
    return this.kept = { loss, gradients: [forEncoder, forDecoder] };
  }

  /** Change every weight a little, against its gradient: one step of Adam. */
  step() {
    const { gradients } = this.lossAndGradients(), t = ++this.steps;
    const rate = LINEAR_RATE * (1 + Math.cos(Math.PI * Math.min(1, t / LINEAR_STEPS))) / 2;
    this.kept = null;
    [this.encoder, this.decoder].forEach((weights, layer) => {
      adamStep(weights, gradients[layer], this.moments[layer], t, rate, MOMENTS);
    });
  }

  get loss() { return this.lossAndGradients().loss; }

  train() {
    while (this.steps < LINEAR_STEPS) this.step();
    return this;
  }
}

/**
 * PCA of a covariance (d, d) for k numbers: the variances along all axes, the first k axes as rows, the
 * floor (what they leave, the sum of the other variances) and the covariance scaled to a first variance
 * of 1, so that one learning rate serves every cloud. Where nothing varies it throws a sentence.
 */
function pcaOf(covariance, d, k, { values, vectors } = eigenOf(covariance, d)) {
  if (!(values[0] > 1e-12)) {
    throw new PayloadError("All these points lie on one spot. Where nothing varies there is no axis to find.");
  }
  const floor = values.subarray(k).reduce((sum, value) => sum + value, 0);
  const scaled = Float64Array.from(covariance, (value) => value / values[0]);
  return { values, axes: vectors.slice(0, k * d), floor: floor > 1e-12 * values[0] ? floor : 0, scaled };
}

/**
 * The largest principal angle, in degrees, between the plane a decoder (d, k) spans and the plane of the
 * axes (k, d): 0 where they are one plane. It is the largest lean out of the axes' plane that any
 * direction of the decoder's has. 90 for a decoder that spans less than k directions.
 */
function largestAngle(decoder, axes, d, k) {
  const { values, vectors } = eigenOf(product(transposeOf(decoder, d, k), decoder, k, d, k), k);
  if (!(values[k - 1] > 1e-14 * values[0])) return 90;
  const unit = vectors.map((entry, i) => entry / Math.sqrt(values[Math.floor(i / k)]));
  const basis = product(decoder, transposeOf(unit, k, k), d, k, k);          // orthonormal columns
  const shadow = product(transposeOf(axes, k, d), product(axes, basis, k, d, k), d, k, k);
  const lean = basis.map((entry, i) => entry - shadow[i]);
  const sines = eigenOf(product(transposeOf(lean, d, k), lean, k, d, k), k).values;
  return Math.asin(Math.min(1, Math.sqrt(sines[0]))) * 180 / Math.PI;
}
