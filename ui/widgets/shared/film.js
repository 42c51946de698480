// ---- film.js: one network for every β --------------------------------------------------------------
// Every layer of the family has, beside its weight W and bias, a tensor film (4, out) with the rows
// a, b, c, d. At η, log β scaled to [−1, 1] over the range it was trained for, the layer computes
//   2 sigmoid(aη + b) ⊙ (W h) + bias + cη + dη²,
// so at one β it folds into an ordinary layer with weight diag(2 sigmoid(aη + b)) W, and all of them into
// an ordinary Network. Each fold overwrites that network's weights in place and changes its `version`.

class FilmFamily {
  /** facts: {activation, output, trained: [lowest β, highest β]} of the payload's header. */
  constructor(tensors, prefix, facts) {
    const [low, high] = facts.trained.map(Math.log), names = Object.keys(tensors);
    Object.assign(this, { prefix, facts, middle: (low + high) / 2, half: (high - low) / 2 });
    this.layers = names.filter((name) => name.startsWith(prefix) && name.endsWith(".film"))
      .map((name) => readFilmLayer(tensors, prefix, name.slice(prefix.length, -".film".length)));
  }

  eta(beta) { return (Math.log(beta) - this.middle) / this.half; }
}

/** A family at one β, with weights of its own. `part`: the layers to fold, by how their names begin. */
class FoldedFamily {
  constructor(family, part = "") {
    this.family = family;
    this.layers = new Map();
    const tensors = {};
    for (const layer of family.layers) {
      if (!layer.name.startsWith(part)) continue;
      const { name, inputs, outputs, weight, bias } = layer, gate = new Float64Array(outputs);
      const folded = { ...layer, free: layer, gate, weight: weight.slice(), bias: bias.slice() };
      this.layers.set(name, folded);
      tensors[`${family.prefix}${name}.weight`] = { shape: [outputs, inputs], data: folded.weight };
      tensors[`${family.prefix}${name}.bias`] = { shape: [outputs], data: folded.bias };
    }
    this.network = new Network(tensors, family.prefix, family.facts);
  }

  fold(beta) {
    if (beta === this.network.version) return;
    for (const layer of this.layers.values()) foldLayer(layer, this.family.eta(beta));
    this.network.version = beta;
  }
}

function readFilmLayer(tensors, prefix, name) {
  const { shape: [outputs, inputs], data } = needTensor(tensors, `${prefix}${name}.weight`, [null, null]);
  const bias = needTensor(tensors, `${prefix}${name}.bias`, [outputs]).data;
  const film = needTensor(tensors, `${prefix}${name}.film`, [4, outputs]).data;
  return { name, inputs, outputs, weight: data, bias, film };
}

function foldLayer({ inputs, outputs, free, film, gate, weight, bias }, eta) {
  for (let out = 0; out < outputs; out++) {
    const [a, b, c, d] = [film[out], film[outputs + out], film[2 * outputs + out], film[3 * outputs + out]];
    const factor = 2 / (1 + Math.exp(-(a * eta + b)));
    gate[out] = factor;
    bias[out] = free.bias[out] + c * eta + d * eta * eta;
    const to = (out + 1) * inputs;
    for (let at = out * inputs; at < to; at++) weight[at] = factor * free.weight[at];
  }
}

/**
 * The codes of all images at a folded family's β, fast enough for every frame of a drag. A gate acts
 * after the linear map, so the first layer's product W x is made once; later weights are transposed and
 * widened to doubles, a ReLU's zeros are skipped. The same numbers as Network.encode's.
 */
class FastEncoder {
  /** folded: a FoldedFamily with its encoder; images (n, pixels) whole grey levels 0 … levels. */
  constructor({ family, layers, network }, images, levels) {
    if (family.facts.activation !== "relu" || !network.variational) {
      throw new PayloadError("This figure re-encodes the images of a VAE with ReLU layers only.");
    }
    const count = images.length / network.pixels;
    const hidden = [...layers.keys()].filter((name) => name.startsWith("encoder.")).sort();
    this.first = layers.get(hidden[0]);
    this.inner = hidden.slice(1).map((name) => transposedLayer([layers.get(name)]));
    this.heads = transposedLayer([layers.get("mu"), layers.get("logvar")]);
    this.count = count;
    this.kept = firstProducts(this.first, images, levels, count);
    this.mu = new Float32Array(2 * count);
    this.std = new Float32Array(2 * count);
    const width = Math.max(...[this.first, ...this.inner, this.heads].map((layer) => layer.outputs));
    // Non-zero activations of a row: where their weights begin, and their values.
    this.active = { at: new Int32Array(width), value: new Float64Array(width), count: 0 };
  }

  /** Bring mu and std (n, 2) to the β the family was last folded for. */
  run() {
    for (const layer of [...this.inner, this.heads]) refresh(layer);
    const [next] = [...this.inner, this.heads], { active, mu, std, heads } = this, { sums } = heads;
    for (let row = 0; row < this.count; row++) {
      gatherFirst(this.first, this.kept, row, next.outputs, active);
      this.inner.forEach((layer, k) => {
        addUp(layer, active);
        gather(layer.sums, layer.outputs, (this.inner[k + 1] ?? heads).outputs, active);
      });
      addUp(heads, active);
      for (let k = 0; k < 2; k++) {
        mu[2 * row + k] = sums[k];
        const logvar = Math.min(LOGVAR_LIMIT, Math.max(-LOGVAR_LIMIT, sums[2 + k]));
        std[2 * row + k] = Math.exp(0.5 * logvar);
      }
    }
  }
}

/** Some layers with the same inputs as one, its weight (in, out) and its sums in double precision. */
function transposedLayer(parts) {
  const outputs = parts.reduce((sum, part) => sum + part.outputs, 0), { inputs } = parts[0];
  const weight = new Float64Array(inputs * outputs);
  return { parts, inputs, outputs, weight, bias: new Float64Array(outputs), sums: new Float64Array(outputs) };
}

/** Take the folded weights of a layer's parts over. */
function refresh({ parts, inputs, outputs, weight, bias }) {
  let from = 0;
  for (const part of parts) {
    for (let out = 0; out < part.outputs; out++) {
      bias[from + out] = part.bias[out];
      for (let i = 0; i < inputs; i++) weight[i * outputs + from + out] = part.weight[out * inputs + i];
    }
    from += part.outputs;
  }
}

/** W x of every image, (n, outputs), before gate and bias: it does not depend on β. */
function firstProducts({ inputs, outputs, free }, images, levels, count) {
  const weight = new Float64Array(inputs * outputs), kept = new Float32Array(count * outputs);
  for (let out = 0; out < outputs; out++) {
    for (let i = 0; i < inputs; i++) weight[i * outputs + out] = free.weight[out * inputs + i];
  }
  const layer = { outputs, weight, bias: new Float64Array(outputs), sums: new Float64Array(outputs) };
  const active = { at: new Int32Array(inputs), value: new Float64Array(inputs), count: 0 };
  const values = new Float64Array(inputs);
  for (let row = 0; row < count; row++) {
    for (let i = 0; i < inputs; i++) values[i] = images[row * inputs + i] / levels;
    gather(values, inputs, outputs, active);
    addUp(layer, active);
    kept.set(layer.sums, row * outputs);
  }
  return kept;
}

/** ReLU of the first hidden layer of one row. */
function gatherFirst({ outputs, gate, bias }, kept, row, stride, active) {
  const { at, value } = active, from = row * outputs;
  let n = 0;
  for (let j = 0; j < outputs; j++) {
    const x = gate[j] * kept[from + j] + bias[j];
    if (x > 0) { at[n] = j * stride; value[n++] = x; }
  }
  active.count = n;
}

/** ReLU of `values`, kept where it is not zero. */
function gather(values, length, stride, active) {
  const { at, value } = active;
  let n = 0;
  for (let i = 0; i < length; i++) {
    const x = values[i];
    if (x > 0) { at[n] = i * stride; value[n++] = x; }
  }
  active.count = n;
}

/** sums (out,) = Wᵀ's rows of the active inputs, each times its value, + bias; eight sums at a time. */
function addUp({ outputs, weight, bias, sums }, { at, value, count }) {
  let out = 0;
  for (; out + 7 < outputs; out += 8) {
    let a = bias[out], b = bias[out + 1], c = bias[out + 2], d = bias[out + 3];
    let e = bias[out + 4], f = bias[out + 5], g = bias[out + 6], h = bias[out + 7];
    for (let k = 0; k < count; k++) {
      const x = value[k], i = at[k] + out;
      a += x * weight[i]; b += x * weight[i + 1]; c += x * weight[i + 2]; d += x * weight[i + 3];
      e += x * weight[i + 4]; f += x * weight[i + 5]; g += x * weight[i + 6]; h += x * weight[i + 7];
    }
    sums[out] = a; sums[out + 1] = b; sums[out + 2] = c; sums[out + 3] = d;
    sums[out + 4] = e; sums[out + 5] = f; sums[out + 6] = g; sums[out + 7] = h;
  }
  for (; out < outputs; out++) {
    let sum = bias[out];
    for (let k = 0; k < count; k++) sum += value[k] * weight[at[k] + out];
    sums[out] = sum;
  }
}
