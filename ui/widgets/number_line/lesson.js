// ---- lesson.js: one encoder and two decoders, taught to send N images to 1 … N and back -------------
// All three are taught by `learn`, the same way: the encoder to answer image i with i, both decoders to
// answer i with image i. Rounding the encoder's answer gives the code.

const STEPS = 300, RATE = 0.02;          // of training; the rate falls to 0 along half a cosine
const HIDDEN = 64, WAVES = 128;          // neurons
const WAVE_SPEED = 4;                    // radians per integer: standard deviation over the waves
const DECODERS = ["hats", "waves"];

/** Decoder 1: a neuron per integer, which answers near it and nowhere else. */
function hatDecoder(count, pixels, draw) {
  const hats = newLayer(1, count, "hat", () => 1);
  hats.bias.forEach((_, j) => { hats.bias[j] = -(j + 1); });   // its centre is j + 1
  return new Perceptron(hats, newLayer(count, pixels, "identity", () => draw() / Math.sqrt(4 * count)));
}

/** Decoder 2: sines of many speeds, each going on all along the line. */
function waveDecoder(pixels, draw) {
  const waves = newLayer(1, WAVES, "wave", () => WAVE_SPEED * draw());
  waves.bias.forEach((_, j) => { waves.bias[j] = Math.PI * draw(); });
  return new Perceptron(waves, newLayer(WAVES, pixels, "identity", () => draw() / Math.sqrt(WAVES)));
}

function newEncoder(pixels, draw) {
  return new Perceptron(
    newLayer(pixels, HIDDEN, "relu", () => Math.sqrt(2 / pixels) * draw()),
    newLayer(HIDDEN, 1, "identity", () => draw() / Math.sqrt(HIDDEN)),
  );
}

function newLayer(inputs, outputs, unit, draw) {
  const weight = Float64Array.from({ length: inputs * outputs }, draw);
  return { weight, bias: new Float64Array(outputs), inputs, outputs, unit };
}

class Lesson {
  /** bytes (count, pixels): whole grey levels 0 … levels; seed: of the first weights. */
  constructor(bytes, count, levels, seed) {
    const pixels = bytes.length / count, draw = normalDraws(seed);
    Object.assign(this, { bytes, count, levels, pixels, steps: 0 });
    this.x = Float64Array.from(bytes, (level) => level / levels);
    this.integers = Float64Array.from({ length: count }, (_, k) => k + 1);
    // The encoder's own output is about as wide as its first answers: it need not learn to count first.
    this.middle = (count + 1) / 2;
    this.spread = count / 4;
    this.places = this.integers.map((i) => (i - this.middle) / this.spread);
    this.encoder = newEncoder(pixels, draw);
    this.hats = hatDecoder(count, pixels, draw);
    this.waves = waveDecoder(pixels, draw);
    this.history = { encoder: [], hats: [], waves: [] };   // the largest error after 0, 1, … steps
    this.compare(...this.answers());
  }

  get done() { return this.steps >= STEPS; }

  /** Teach all three once. */
  step() {
    const { encoder, x, places, integers, count } = this;
    const rate = RATE * (1 + Math.cos(Math.PI * this.steps / STEPS)) / 2;
    const before = [learn(encoder, x, places, count, rate),
      ...DECODERS.map((name) => learn(this[name], integers, x, count, rate))];
    if (this.steps) this.compare(...before);
    this.steps += 1;
    if (this.done) this.compare(...this.answers());
  }

  answers() {
    const { x, integers, count } = this;
    return [this.encoder.forward(x, count), ...DECODERS.map((name) => this[name].forward(integers, count))];
  }

  /** Every image's code, and whether everything comes back: the whole number, every grey level. */
  compare(places, ...images) {
    const { count, pixels, levels, integers, history } = this;
    this.codes = places.map((place) => this.middle + this.spread * place);
    this.exact = integers.filter((i) => Math.round(this.codes[i - 1]) === i).length;
    history.encoder.push(largest(this.codes, (i) => this.codes[i] - integers[i]));
    this.back = {};        // by decoder, of every image: whether it is back
    this.recovered = {};
    DECODERS.forEach((name, k) => {
      const off = (i) => levels * images[k][i] - this.bytes[i];
      const rows = Array.from({ length: count }, (_, row) => row * pixels);
      const isBack = (from) => this.bytes.subarray(from, from + pixels)
        .every((level, i) => Math.round(levels * images[k][from + i]) === level);
      this.back[name] = rows.map(isBack);
      this.recovered[name] = this.back[name].filter(Boolean).length;
      history[name].push(largest(images[k], off));
    });
  }

  /** Squared error of a decoder at the integers, a mean over the images. */
  loss(name) {
    return this[name].forward(this.integers, this.count)
      .reduce((sum, value, i) => sum + (value - this.x[i]) ** 2 / this.count, 0);
  }

  /** t → the image as it is printed: no ink below 0, none above 1. */
  decode(name, t) { return this.film(name, Float64Array.of(t)); }

  /** Places t (n,) → images (n, pixels), as they are printed. */
  film(name, places) {
    return this[name].forward(places, places.length).map((value) => Math.min(1, Math.max(0, value)));
  }

  /** Half-way between neighbours, means over the pairs: how far a decoder's image is from the average of
   *  both, and from the nearest of `real` images. In units of `unit`. */
  halfway(name, real, unit) {
    const { count, pixels, x } = this, pairs = count - 1;
    const images = this.film(name, this.integers.slice(0, -1).map((i) => i + 0.5));
    let blend = 0, nearest = 0;
    for (let pair = 0; pair < pairs; pair++) {
      let squared = 0;
      for (let at = pair * pixels; at < (pair + 1) * pixels; at++) {
        squared += (images[at] - (x[at] + x[at + pixels]) / 2) ** 2;
      }
      blend += Math.sqrt(squared) / pairs / unit;
      nearest += real.nearest(images, { from: pair * pixels }).distance / pairs / unit;
    }
    return { blend, nearest };
  }
}

function largest(values, off) {
  let most = 0;
  for (let i = 0; i < values.length; i++) most = Math.max(most, Math.abs(off(i)));
  return most;
}

/** Rows of `count` different images: one of each class in any order, then a second of each, … */
function drawRows(bytes, classes, count, seed) {
  const draw = uniformDraws(seed), key = Array.from(classes, draw), met = new Map(), round = [];
  const order = Array.from(classes.keys()).sort((a, b) => key[a] - key[b]);
  for (const row of order) {
    round[row] = met.get(classes[row]) ?? 0;
    met.set(classes[row], round[row] + 1);
  }
  order.sort((a, b) => round[a] - round[b]);
  const pixels = bytes.length / classes.length, seen = new Set(), rows = [];
  for (const row of order) {
    const image = bytes.subarray(row * pixels, (row + 1) * pixels).join();
    if (seen.has(image)) continue;   // an encoder cannot send one image to two integers
    seen.add(image);
    if (rows.push(row) === count) break;
  }
  return rows;
}
