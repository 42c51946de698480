// ---- gradient.js: the decoder run backwards ------------------------------------------------------
// How −log p(x|z) changes with z, under the Bernoulli likelihood: at the logits its slope is x̂ − x;
// from there it goes back layer by layer, each a product with the transposed weights and with the slope
// of the activation. The forward pass is network.js's own, and so is the kernel of the products.

// Slopes of the activations told from the values they gave: multiply `slopes` by them.
const BACKWARDS = {
  relu: (slopes, values, n) => { for (let i = 0; i < n; i++) if (!(values[i] > 0)) slopes[i] = 0; },
  elu: (slopes, values, n) => { for (let i = 0; i < n; i++) if (values[i] < 0) slopes[i] *= values[i] + 1; },
  tanh: (slopes, values, n) => { for (let i = 0; i < n; i++) slopes[i] *= 1 - values[i] ** 2; },
};

class Gradient {
  /** facts: {activation, output} of the payload's header, as the network was given them. */
  constructor(network, { activation, output }) {
    if (output !== "sigmoid" || !BACKWARDS[activation]) {
      throw new PayloadError(`This page cannot differentiate a decoder of “${activation}” and “${output}”.`);
    }
    this.stack = network.decoder;
    this.throughActivation = BACKWARDS[activation];
    this.back = this.stack.layers.map(transposed);
    this.scratch = this.back.map((layer) => new Float32Array(BATCH * layer.outputs));
    this.error = new Float32Array(BATCH * network.pixels);
  }

  /** z (rows ≤ BATCH, latent), x (pixels,) → d(−log p(x|z))/dz (rows, latent), a view that the next
   *  call overwrites. */
  run(z, rows, x) {
    const x_hat = this.stack.run(z, rows), pixels = x.length;
    for (let i = 0; i < rows * pixels; i++) this.error[i] = x_hat[i] - x[i % pixels];
    let slopes = this.error;
    for (let k = this.back.length - 1; k >= 0; k--) {
      const result = this.scratch[k];
      affine(slopes, rows, this.back[k], result);
      if (k > 0) this.throughActivation(result, this.stack.scratch[k - 1], rows * this.back[k].outputs);
      slopes = result;
    }
    return slopes;
  }
}

/** A layer that multiplies by Wᵀ and adds nothing. */
function transposed({ weight, inputs, outputs }) {
  const turned = new Float32Array(weight.length);
  for (let out = 0; out < outputs; out++) {
    for (let i = 0; i < inputs; i++) turned[i * outputs + out] = weight[out * inputs + i];
  }
  return { weight: turned, bias: new Float32Array(inputs), inputs: outputs, outputs: inputs };
}
