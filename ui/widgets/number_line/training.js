// ---- training.js: a small network, back-propagation, Adam ------------------------------------------
// Layers as in network.js, {weight (out, in), bias, inputs, outputs}, all in double precision, and `unit`:
// what a neuron makes of its sum. The products of the forward pass are network.js's own.

const UNITS = {
  relu: { value: (a) => Math.max(0, a), slope: (a) => (a > 0 ? 1 : 0) },
  // 1 at its centre, 0 from one integer further. On a kink the slope counts as 0, as in torch: the hats
  // stand on the integers, so training does not move them.
  hat: { value: (a) => Math.max(0, 1 - Math.abs(a)), slope: (a) => (Math.abs(a) < 1 ? -Math.sign(a) : 0) },
  wave: { value: (a) => Math.sin(a), slope: (a) => Math.cos(a) },
  identity: { value: (a) => a, slope: () => 1 },
};
const ADAM_MOMENTS = [0.9, 0.999];   // β₁ and β₂

/** One step of training: feed, compare, back-propagate, update. Returns what it answered before. */
function learn(network, x, target, rows, rate) {
  const answer = network.forward(x, rows);
  // The loss is the squared error, summed over the outputs, a mean over the rows. Its slope at each output:
  const slopes = answer.map((value, i) => 2 * (value - target[i]) / rows);
  network.backward(slopes, rows);
  network.update(rate);
  return answer;
}

class Perceptron {
  constructor(...layers) {
    const zeros = ({ length }) => new Float64Array(length);
    const running = (values) => ({ mean: zeros(values), square: zeros(values) });
    this.layers = layers.map((layer) => ({
      ...layer,
      gradient: [zeros(layer.weight), zeros(layer.bias)],
      moments: [running(layer.weight), running(layer.bias)],
    }));
    this.updates = 0;
  }

  /** x (rows, inputs) → (rows, outputs); each layer keeps what it was fed and its sums for `backward`. */
  forward(x, rows) {
    return this.layers.reduce((input, layer) => {
      const sums = new Float64Array(rows * layer.outputs);
      affine(input, rows, layer, sums);
      Object.assign(layer, { input, sums });
      return sums.map(UNITS[layer.unit].value);
    }, x);
  }

  /** slopes (rows, outputs) of the loss → the gradient of every weight and bias, from the last layer down. */
  backward(slopes, rows) {
    for (const layer of [...this.layers].reverse()) {
      const { input, sums, inputs, outputs, weight, unit, gradient: [weights, biases] } = layer;
      const below = new Float64Array(rows * inputs);
      weights.fill(0);
      biases.fill(0);
      for (let row = 0; row < rows; row++) {
        for (let out = 0; out < outputs; out++) {
          const slope = slopes[row * outputs + out] * UNITS[unit].slope(sums[row * outputs + out]);
          if (slope === 0) continue;
          biases[out] += slope;
          for (let i = 0; i < inputs; i++) {
            weights[out * inputs + i] += slope * input[row * inputs + i];
            below[row * inputs + i] += slope * weight[out * inputs + i];
          }
        }
      }
      slopes = below;
    }
  }

  /** Adam: each number moves by about `rate` against its gradient. */
  update(rate) {
    this.updates += 1;
    for (const { weight, bias, gradient, moments } of this.layers) {
      adamStep(weight, gradient[0], moments[0], this.updates, rate, ADAM_MOMENTS);
      adamStep(bias, gradient[1], moments[1], this.updates, rate, ADAM_MOMENTS);
    }
  }
}
