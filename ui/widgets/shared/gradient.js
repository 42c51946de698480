// ---- gradient.js: the decoder run backwards ------------------------------------------------------
// How −log p(x|z) changes with z. At the decoder's output before its mean is taken its slope is x̂ − x
// under the Bernoulli likelihood, (x̂ − x) / c under the Gaussian; from there it goes back layer by layer,
// each a product with the transposed weights and with the slope of the activation. The forward pass is
// network.js's own, and so is the kernel of the products.

// Slopes of the activations told from the values they gave: multiply `slopes` by them.
const BACKWARDS = {
  relu: (slopes, values, n) => { for (let i = 0; i < n; i++) if (!(values[i] > 0)) slopes[i] = 0; },
  elu: (slopes, values, n) => { for (let i = 0; i < n; i++) if (values[i] < 0) slopes[i] *= values[i] + 1; },
  tanh: (slopes, values, n) => { for (let i = 0; i < n; i++) slopes[i] *= 1 - values[i] ** 2; },
};

/** Layers in a row, run backwards: `stack` (network.js) has just run forwards and still holds its values. */
class Backward {
  constructor(stack, activation) {
    if (!BACKWARDS[activation]) throw new PayloadError(`This page cannot differentiate “${activation}”.`);
    this.stack = stack;
    this.throughActivation = BACKWARDS[activation];
    this.back = stack.layers.map(transposed);
    this.scratch = this.back.map((layer) => new Float32Array(BATCH * layer.outputs));
  }

  /** Slopes (rows, outputs) before the last activation → slopes at the input, a view that the next call
   *  overwrites. scratch[k] keeps those at the input of layer k: before the activation of the layer below. */
  run(slopes, rows) {
    for (let k = this.back.length - 1; k >= 0; k--) {
      const result = this.scratch[k];
      affine(slopes, rows, this.back[k], result);
      if (k > 0) this.throughActivation(result, this.stack.scratch[k - 1], rows * this.back[k].outputs);
      slopes = result;
    }
    return slopes;
  }
}

class Gradient {
  /** facts: {activation, output, likelihood, c} of the payload's header, as the network was given them. */
  constructor(network, { activation, output, likelihood, c }) {
    const gaussian = likelihood === "gaussian" && output === "identity";
    if (output !== "sigmoid" && !gaussian) {
      throw new PayloadError(`This page cannot differentiate a decoder that ends in “${output}”.`);
    }
    this.c = gaussian ? c : 1;   // another c may be set
    this.backward = new Backward(network.decoder, activation);
    this.error = new Float32Array(BATCH * network.pixels);
  }

  /** z (rows ≤ BATCH, latent), x (pixels,) → d(−log p(x|z))/dz (rows, latent), a view that the next
   *  call overwrites. */
  run(z, rows, x) {
    const x_hat = this.backward.stack.run(z, rows), pixels = x.length;
    for (let i = 0; i < rows * pixels; i++) this.error[i] = (x_hat[i] - x[i % pixels]) / this.c;
    return this.backward.run(this.error, rows);
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
