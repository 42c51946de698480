// ---- network.js: THE forward pass in the browser -----------------------------------------------
// torch is the truth, this is its copy: weights and activations are stored as Float32, sums are
// accumulated in double precision. Layers are torch's, weight (out, in): encoder.0 … encoder.k,
// then mu and logvar (logvar only in a VAE), and decoder.0 … decoder.m, the last being the output.

const LOGVAR_LIMIT = 10;   // log σ² is clamped to ±10, in training as here
const BATCH = 8;           // rows decoded at a time when many are asked for

const ACTIVATIONS = {
  relu: (values, n) => { for (let i = 0; i < n; i++) if (values[i] < 0) values[i] = 0; },
  elu: (values, n) => { for (let i = 0; i < n; i++) if (values[i] < 0) values[i] = Math.exp(values[i]) - 1; },
  tanh: (values, n) => { for (let i = 0; i < n; i++) values[i] = Math.tanh(values[i]); },
  sigmoid: (values, n) => { for (let i = 0; i < n; i++) values[i] = 1 / (1 + Math.exp(-values[i])); },
  identity: () => {},
};

/** y (rows, out) = x (rows, in) Wᵀ + b. Two rows at a time, four outputs each: twice the speed. */
function affine(x, rows, layer, y) {
  let row = 0;
  for (; row + 1 < rows; row += 2) affineTwoRows(x, row, layer, y);
  if (row < rows) affineRow(x, row, layer, y);
}

function affineRow(x, row, { weight, bias, inputs, outputs }, y) {
  const from = row * inputs, to = row * outputs;
  let out = 0;
  for (; out + 3 < outputs; out += 4) {
    const w0 = out * inputs, w1 = w0 + inputs, w2 = w1 + inputs, w3 = w2 + inputs;
    let a = bias[out], b = bias[out + 1], c = bias[out + 2], d = bias[out + 3];
    for (let i = 0; i < inputs; i++) {
      const value = x[from + i];
      a += value * weight[w0 + i];
      b += value * weight[w1 + i];
      c += value * weight[w2 + i];
      d += value * weight[w3 + i];
    }
    y[to + out] = a;
    y[to + out + 1] = b;
    y[to + out + 2] = c;
    y[to + out + 3] = d;
  }
  for (; out < outputs; out++) y[to + out] = affineOne(x, from, weight, out * inputs, inputs, bias[out]);
}

function affineTwoRows(x, row, { weight, bias, inputs, outputs }, y) {
  const p = row * inputs, q = p + inputs, top = row * outputs, low = top + outputs;
  let out = 0;
  for (; out + 3 < outputs; out += 4) {
    const w0 = out * inputs, w1 = w0 + inputs, w2 = w1 + inputs, w3 = w2 + inputs;
    let a = bias[out], b = bias[out + 1], c = bias[out + 2], d = bias[out + 3];
    let e = a, f = b, g = c, h = d;
    for (let i = 0; i < inputs; i++) {
      const u = x[p + i], v = x[q + i];
      const k0 = weight[w0 + i], k1 = weight[w1 + i], k2 = weight[w2 + i], k3 = weight[w3 + i];
      a += u * k0; b += u * k1; c += u * k2; d += u * k3;
      e += v * k0; f += v * k1; g += v * k2; h += v * k3;
    }
    y[top + out] = a; y[top + out + 1] = b; y[top + out + 2] = c; y[top + out + 3] = d;
    y[low + out] = e; y[low + out + 1] = f; y[low + out + 2] = g; y[low + out + 3] = h;
  }
  for (; out < outputs; out++) {
    y[top + out] = affineOne(x, p, weight, out * inputs, inputs, bias[out]);
    y[low + out] = affineOne(x, q, weight, out * inputs, inputs, bias[out]);
  }
}

function affineOne(x, from, weight, at, inputs, bias) {
  let sum = bias;
  for (let i = 0; i < inputs; i++) sum += x[from + i] * weight[at + i];
  return sum;
}

/** Layers in a row, with scratch space for BATCH rows so that decoding allocates nothing. */
class Stack {
  constructor(layers, hidden, last) {
    this.layers = layers;
    this.inputs = layers[0].inputs;
    this.outputs = layers[layers.length - 1].outputs;
    this.hidden = ACTIVATIONS[hidden];
    this.last = ACTIVATIONS[last];
    this.scratch = layers.map((layer) => new Float32Array(BATCH * layer.outputs));
  }

  /** x (rows ≤ BATCH, inputs) → a view of the scratch that the next call overwrites. */
  run(x, rows, last = this.last) {
    let values = x;
    this.layers.forEach((layer, k) => {
      const result = this.scratch[k];
      affine(values, rows, layer, result);
      const activate = k < this.layers.length - 1 ? this.hidden : last;
      activate(result, rows * layer.outputs);
      values = result;
    });
    return values;
  }
}

class Network {
  /** prefix: "model/", "ae/" …; facts: {activation, output} of the payload's header. */
  constructor(tensors, prefix, { activation, output }) {
    for (const name of [activation, output]) {
      if (!ACTIVATIONS[name]) throw new PayloadError(`“${name}” is not an activation this page knows.`);
    }
    this.decoder = new Stack(readLayers(tensors, `${prefix}decoder`, null), activation, output);
    this.latent = this.decoder.inputs;
    this.pixels = this.decoder.outputs;
    if (tensors[`${prefix}mu.weight`]) this.readEncoder(tensors, prefix, activation);
    this.row = new Float32Array(this.latent);
    this.glance(this.row);   // the first pass compiles; nobody should wait for it while dragging
  }

  readEncoder(tensors, prefix, activation) {
    const hidden = tensors[`${prefix}encoder.0.weight`]
      ? readLayers(tensors, `${prefix}encoder`, this.pixels) : [];
    const width = hidden.length ? hidden[hidden.length - 1].outputs : this.pixels;
    // A Stack whose last layer is mu, and one whose last layer is logvar: they share what is below.
    const head = (name) => new Stack([...hidden, readLayer(tensors, `${prefix}${name}`, width)],
      activation, "identity");
    this.mean = head("mu");
    this.logvar = tensors[`${prefix}logvar.weight`] ? head("logvar") : null;
  }

  get variational() { return Boolean(this.logvar); }

  /** x (pixels,) in [0, 1] → {mu, std}, both (latent,); std is zero where there is no logvar. */
  encode(x) {
    if (!this.mean) throw new PayloadError("This page was sent the decoder only.");
    const input = Float32Array.from(x);
    if (input.length !== this.pixels) throw new PayloadError(`encode needs ${this.pixels} pixels.`);
    const mu = this.mean.run(input, 1).slice(0, this.latent);
    const std = new Float32Array(this.latent);
    if (this.logvar) {
      const raw = this.logvar.run(input, 1);
      std.forEach((_, k) => {
        std[k] = Math.exp(0.5 * Math.min(LOGVAR_LIMIT, Math.max(-LOGVAR_LIMIT, raw[k])));
      });
    }
    return { mu, std };
  }

  /** z (latent,) → x̂ (pixels,): a view that the next call overwrites. */
  glance(z) {
    this.row.set(z);
    return this.decoder.run(this.row, 1);
  }

  /** z (latent,) → x̂ (pixels,), the caller's own. */
  decode(z) {
    if (z.length !== this.latent) throw new PayloadError(`decode needs ${this.latent} numbers.`);
    return this.glance(z).slice(0, this.pixels);
  }

  /** z (count ≤ BATCH, latent) → x̂ (count, pixels): a view that the next call overwrites. */
  decodeMany(z, count) { return this.decoder.run(z, count); }

  /** The same before the last activation: what objective.js takes. Logits under a Bernoulli likelihood. */
  outputs(z, count) { return this.decoder.run(z, count, ACTIVATIONS.identity); }
}

/** name.0, name.1 … as long as there are any, each fitting the one before. */
function readLayers(tensors, name, inputs) {
  const layers = [];
  let width = inputs;
  do {
    const layer = readLayer(tensors, `${name}.${layers.length}`, width);
    layers.push(layer);
    width = layer.outputs;
  } while (tensors[`${name}.${layers.length}.weight`]);
  return layers;
}

function readLayer(tensors, name, inputs) {
  const weight = needTensor(tensors, `${name}.weight`, [null, inputs]);
  const [outputs, width] = weight.shape;
  const bias = needTensor(tensors, `${name}.bias`, [outputs]);
  return { weight: weight.data, bias: bias.data, inputs: width, outputs };
}

/** Complains unless the codes are points of a plane and decode to images of `shape` (height, width). */
function needPlanar({ latent, pixels }, [height, width]) {
  if (latent === 2 && pixels === height * width) return;
  throw new PayloadError(`This figure needs codes of two numbers that decode to ${height} × ${width} pixels; `
    + `this model's have ${latent} and decode to ${pixels}.`);
}
