// ---- network.js: THE forward pass in the browser -----------------------------------------------
// torch is the truth, this is its copy: weights and activations are stored as Float32, sums are
// accumulated in double precision. Layers are torch's, weight (out, in): encoder.0 … encoder.k,
// then mu and logvar (logvar only in a VAE), and decoder.0 … decoder.m, the last being the output.
// Convolutions keep an image as (rows, columns, channels), channels innermost; torch's order of the
// weights is changed to it once, when they are read.

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

/** A dense layer: weight (outputs, inputs). */
class Dense {
  constructor(weight, bias) {
    [this.weight, this.bias] = [weight, bias];
    this.outputs = bias.length;
    this.inputs = weight.length / this.outputs;
  }

  /** x (rows, inputs) → y (rows, outputs). */
  run(x, rows, y) { affine(x, rows, this, y); }
}

/** Halves both sides: every output is a sum over 4 × 4 places, two apart, of each channel. */
class Convolution {
  /** weight (out, in, 4, 4) as torch has it; [height, width] of the output. */
  constructor({ shape: [out, channels], data }, bias, [height, width]) {
    Object.assign(this, { channels, height, width });
    this.inputs = 4 * height * width * channels;
    this.outputs = height * width * out;
    this.kernel = new Dense(reordered(data, [out, channels, 16], [0, 2, 1]), bias);
    this.seen = new Float32Array(height * width * this.kernel.inputs);
  }

  run(x, rows, y) {
    const { channels, height, width, kernel, seen, inputs, outputs } = this;
    for (let row = 0; row < rows; row++) {
      const image = x.subarray(row * inputs, (row + 1) * inputs);
      lookAround(image, [2 * height, 2 * width, channels], [height, width], [-1, -1], 2, 4, seen);
      affine(seen, height * width, kernel, y.subarray(row * outputs, (row + 1) * outputs));
    }
  }
}

/** Doubles both sides: a convolution's transpose. Which 2 × 2 of the 4 × 4 weights an output meets
 *  depends on whether its row and its column are even, so it is four small convolutions. */
class TransposedConvolution {
  /** weight (in, out, 4, 4) as torch has it; [height, width] of the input. */
  constructor({ shape: [channels, out], data }, bias, [height, width]) {
    Object.assign(this, { channels, height, width });
    this.inputs = height * width * channels;
    this.outputs = 4 * height * width * out;
    this.quarters = [[0, 0], [0, 1], [1, 0], [1, 1]].map(([down, right]) => {
      const met = [3 - down, 1 - down].flatMap((i) => [3 - right, 1 - right].map((j) => 4 * i + j));
      const weight = [];
      for (let o = 0; o < out; o++) {
        for (const place of met) for (let c = 0; c < channels; c++) weight.push(data[(c * out + o) * 16 + place]);
      }
      return { down, right, kernel: new Dense(Float32Array.from(weight), bias) };
    });
    this.seen = new Float32Array(height * width * 4 * channels);
    this.sums = new Float32Array(height * width * out);
  }

  run(x, rows, y) {
    const { channels, height, width, seen, sums, inputs, outputs } = this;
    for (let row = 0; row < rows; row++) {
      const image = x.subarray(row * inputs, (row + 1) * inputs);
      for (const { down, right, kernel } of this.quarters) {
        lookAround(image, [height, width, channels], [height, width], [down - 1, right - 1], 1, 2, seen);
        affine(seen, height * width, kernel, sums);
        const out = kernel.outputs;
        for (let i = 0, from = 0; i < height; i++) {   // every second column of every second row
          let to = row * outputs + ((2 * i + down) * 2 * width + right) * out;
          for (let j = 0; j < width; j++, to += out) {
            for (let o = 0; o < out; o++) y[to++] = sums[from++];
          }
        }
      }
    }
  }
}

/** What each of height × width outputs sees: size × size places of all channels, zero beyond the edge,
 *  the first output's from (top, left) on, the next one's `stride` further. */
function lookAround(image, [rows, columns, channels], [height, width], [top, left], stride, size, seen) {
  let to = 0;
  for (let i = 0; i < height; i++) {
    for (let j = 0; j < width; j++) {
      for (let row = i * stride + top, below = row + size; row < below; row++) {
        for (let column = j * stride + left, beyond = column + size; column < beyond; column++) {
          const inside = row >= 0 && row < rows && column >= 0 && column < columns;
          let from = (row * columns + column) * channels;
          for (let c = 0; c < channels; c++) seen[to++] = inside ? image[from++] : 0;
        }
      }
    }
  }
}

/** A tensor of three axes with its axes in another order. */
function reordered(data, shape, order) {
  const steps = [shape[1] * shape[2], shape[2], 1];
  const [n, m, k] = order.map((axis) => shape[axis]);
  const [p, q, r] = order.map((axis) => steps[axis]);
  const result = new Float32Array(data.length);
  let to = 0;
  for (let a = 0; a < n; a++) {
    for (let b = 0; b < m; b++) {
      for (let c = 0; c < k; c++) result[to++] = data[a * p + b * q + c * r];
    }
  }
  return result;
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
      layer.run(values, rows, result);
      const activate = k < this.layers.length - 1 ? this.hidden : last;
      activate(result, rows * layer.outputs);
      values = result;
    });
    return values;
  }
}

class Network {
  /** prefix: "model/", "ae/" …; facts: {activation, output} of the payload's header, and its
   *  architecture and shape, (height, width) of an image, if there are convolutions. */
  constructor(tensors, prefix, { activation, output, architecture, shape }) {
    const conv = architecture === "conv";
    for (const name of [activation, output]) {
      if (!ACTIVATIONS[name]) throw new PayloadError(`“${name}” is not an activation this page knows.`);
    }
    const decoder = conv ? readDoubling(tensors, `${prefix}decoder`, shape)
      : readLayers(tensors, `${prefix}decoder`, null);
    this.decoder = new Stack(decoder, activation, output);
    this.latent = this.decoder.inputs;
    this.pixels = this.decoder.outputs;
    if (tensors[`${prefix}mu.weight`]) {
      const encoder = conv ? readHalving(tensors, `${prefix}encoder`, shape)
        : tensors[`${prefix}encoder.0.weight`] ? readLayers(tensors, `${prefix}encoder`, this.pixels) : [];
      this.readHeads(tensors, prefix, encoder, activation);
    }
    this.row = new Float32Array(this.latent);
    this.glance(this.row);   // the first pass compiles; nobody should wait for it while dragging
  }

  readHeads(tensors, prefix, hidden, activation) {
    const last = hidden[hidden.length - 1];
    // A Stack whose last layer is mu, and one whose last layer is logvar: they share what is below.
    const head = (name) => {
      const layer = readLayer(tensors, `${prefix}${name}`, last ? last.outputs : this.pixels);
      return new Stack([...hidden, last?.kernel ? channelsInnermost(layer, last) : layer], activation, "identity");
    };
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
  return new Dense(weight.data, bias.data);
}

/** Convolutions name.0, name.1 …, the first of which sees an image of `shape` (height, width). */
function readHalving(tensors, name, shape) {
  const layers = [];
  for (let channels = 1, side = shape; tensors[`${name}.${layers.length}.weight`];) {
    const part = `${name}.${layers.length}`;
    side = halves(side);
    const weight = needTensor(tensors, `${part}.weight`, [null, channels, 4, 4]);
    [channels] = weight.shape;
    layers.push(new Convolution(weight, needTensor(tensors, `${part}.bias`, [channels]).data, side));
  }
  return layers;
}

/** A dense layer name.0, then transposed convolutions, the last of which makes an image of `shape`. */
function readDoubling(tensors, name, shape) {
  let side = shape;
  for (let i = 1; tensors[`${name}.${i}.weight`]; i++) side = halves(side);
  const { weight, bias, inputs, outputs } = readLayer(tensors, `${name}.0`, null);
  const area = side[0] * side[1];
  let channels = outputs / area;
  const layers = [new Dense(
    reordered(weight, [channels, area, inputs], [1, 0, 2]), reordered(bias, [channels, area, 1], [1, 0, 2]),
  )];
  for (; tensors[`${name}.${layers.length}.weight`]; side = side.map((n) => 2 * n)) {
    const part = `${name}.${layers.length}`;
    const weights = needTensor(tensors, `${part}.weight`, [channels, null, 4, 4]);
    [, channels] = weights.shape;
    layers.push(new TransposedConvolution(weights, needTensor(tensors, `${part}.bias`, [channels]).data, side));
  }
  return layers;
}

function halves(shape) {
  const side = (shape ?? []).map((n) => n / 2);
  if (side.length === 2 && side.every(Number.isInteger)) return side;
  throw new PayloadError(`Convolutions cannot halve images of ${(shape ?? []).join(" × ")} pixels.`);
}

/** The layer on top of the convolutions takes their output as torch has it, channels outermost. */
function channelsInnermost({ weight, bias, outputs }, { kernel: { outputs: channels }, height, width }) {
  return new Dense(reordered(weight, [outputs, channels, height * width], [0, 2, 1]), bias);
}

/** Complains unless the codes are points of a plane and decode to images of `shape` (height, width). */
function needPlanar({ latent, pixels }, [height, width]) {
  if (latent === 2 && pixels === height * width) return;
  throw new PayloadError(`This figure needs codes of two numbers that decode to ${height} × ${width} pixels; `
    + `this model's have ${latent} and decode to ${pixels}.`);
}
