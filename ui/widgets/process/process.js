// ---- process.js: the generative process, played -----------------------------------------------------
// Payload. Tensors: a decoder's weights under "model/…". Header: id (content id of the weights), shape,
// activation, output, c (the model was trained with), range (of the handle), state {z, seed, c, first}
// (first mount only), words {…}.
//
// A seed gives a z and the noise of one x; "again" takes the next seed's noise and keeps z. The row shows
// the pairs of twelve seeds in a row. State sent to Python: {z, seed, c, first}. In the console:
// canvas.btp = {mean, x, eps, logs, outside, at(z, seed, c)} of the pair at hand.

const FALL = 450;                              // ms for the three steps, one after the other
const MEAN_FROM = 0.4, SAMPLE_FROM = 0.75;     // of that time: when f(z) and x appear
const FALL_RADIUS = 46;                        // CSS pixels: how large the ring of a new z begins
// CSS pixels for an image of the pair at hand and of the row, from so many of the figure's width on.
const ROOMS = [{ from: 860, picture: 168, row: 64 }, { from: 600, picture: 128, row: 64 }, { from: 0, picture: 96, row: 40 }];

class Process extends Widget {
  build() {
    Object.assign(this, { played: 1, touched: null, pointed: null });
    this.plane = new Plane(this.find(".plane"));
    this.canvas = { mean: this.find(".mean canvas"), sample: this.find(".sample canvas") };
    this.graph = new Graph(this, this.find(".graph"));
    this.row = new PairRow(this, this.find(".row"), {
      take: (index) => this.takePair(index), point: (index) => { this.pointed = index; this.invalidate(); },
    });
    this.gestures = new Gestures(this, this.plane, {
      aim: (z) => this.put(this.plane.clamp(z)),
      tap: () => {},
      rest: () => this.commit(),
      step: (dx, dy) => {
        const { r } = this.plane.view, [x, y] = this.z;
        this.put(this.plane.clamp([x + dx * r, y + dy * r]));
        this.commitSoon();
      },
      home: () => { this.put([0, 0]); this.commitSoon(); },
      nearest: () => this.drawZ(),
      letGo: () => {},
    });
    this.handle = new VarianceHandle(this, this.find(".variance"), {
      move: (c) => { this.motion.finish(); this.c = c; this.invalidate(); },
      rest: () => this.commit(), soon: () => this.commitSoon(),
    });
    const press = (name, act) => this.listen(this.find(name), "click", act);
    press(".draw-z", () => this.drawZ());
    press(".draw-x", () => { this.motion.finish(); this.seed += 1; this.commit(); });
    press(".draw-row", () => this.drawRow());
    for (const type of ["pointerover", "focusin"]) {
      this.listen(this.host, type, (event) => this.touch(event.target.closest("[data-part]")?.dataset.part ?? null));
    }
    for (const type of ["pointerleave", "focusout"]) this.listen(this.host, type, () => this.touch(null));
  }

  receive({ header, tensors }) {
    if (header.id === this.header?.id) return;
    this.network = new Network(tensors, "model/", header);
    needPlanar(this.network, header.shape);
    if (!this.header) Object.assign(this, header.state);
    this.header = header;
    this.handle.spread(header.range, header.c, header.words.trained);
    this.find(".half").textContent = formatNumber(this.network.pixels / 2, 0);
    this.plane.canvas.setAttribute("aria-label", header.words.plane);
    this.find(".graph").setAttribute("aria-label", header.words.graph);
    this.find(".row").setAttribute("aria-label", header.words.row);
    this.pairs = null;
  }

  // ---- the process

  /** The reader puts z somewhere; the noise stays. */
  put(z) {
    this.motion.finish();
    this.z = z;
    this.invalidate();
  }

  drawZ() {
    this.seed += 1;
    this.z = drawFrom(this.seed, this.network.pixels).z;
    this.play();
  }

  drawRow() {
    this.first = this.seed + 1;
    this.seed += PAIRS;
    this.z = drawFrom(this.seed, this.network.pixels).z;
    this.pairs = null;
    this.play();
  }

  takePair(index) {
    this.seed = this.first + index;
    this.z = this.pairs[index].z;
    this.play();
  }

  /** z falls, then its mean appears, then the sample around it. */
  play() {
    this.motion.start(FALL, (k) => { this.played = k; this.invalidate(); });
    this.commit();
  }

  /** Everything the pair at hand is: of one z, one seed and one c. */
  pairOf(z, seed, c) {
    const { network } = this, { eps } = drawFrom(seed, network.pixels);
    const begun = performance.now(), mean = network.decode(z), forward = performance.now() - begun;
    const x = sampleAround(mean, eps, c);
    return { z, eps, mean, x, forward, logs: logDensities(z, mean, x, c), outside: [mean, x].map(shareOutside) };
  }

  /** The twelve pairs under the c there is: their codes and means are kept, their samples follow it. */
  twelve() {
    const { network, c } = this;
    this.pairs ??= Array.from({ length: PAIRS }, (_, index) => {
      const { z, eps } = drawFrom(this.first + index, network.pixels);
      return { z, eps, mean: network.decode(z) };
    });
    return this.pairs.map(({ z, eps, mean }) => ({ z, mean, x: sampleAround(mean, eps, c) }));
  }

  touch(part) {
    if (part === this.touched) return;
    this.touched = part;
    this.invalidate();
  }

  settle() {
    this.z = this.z.map((value) => roundTo(value, 3));
    const { z, seed, c, first } = this, { logs } = this.pairOf(z, seed, c);
    this.find(".spoken").textContent = `z = ${formatPoint(z)}, c = ${formatVariance(c)}. log p(z) ${formatNumber(logs.prior)}, `
      + `log p(x|z) ${formatNumber(logs.likelihood)}, log p(x, z) ${formatNumber(logs.joint)} nats.`;
    return { z, seed, c, first };
  }

  // ---- drawing

  restyle() { this.plane.stale = true; }

  paint() {
    if (!this.header || !this.plane.measure()) return;
    const begun = performance.now(), pair = this.pairOf(this.z, this.seed, this.c), twelve = this.twelve();
    this.paintPlane(twelve);
    this.paintPictures(pair);
    this.paintNumbers(pair);
    this.paintModel(pair);
    this.row.print(twelve, this.pairAt(twelve), this.header.shape, this.theme, this.room.row);
    for (const node of this.host.querySelectorAll("[data-part]")) {
      node.classList.toggle("touched", this.lights(node.dataset.part));
    }
    const { canvas } = this.plane, [mean, x, eps] = [pair.mean, pair.x, pair.eps].map((values) => Array.from(values));
    canvas.btp = { ...pair, mean, x, eps, twelve, at: (z, seed, c) => this.pairOf(z, seed, c) };
    Object.assign(canvas.dataset, {
      ready: "true", played: this.played, z: this.z.map((value) => value.toFixed(4)).join(","), seed: this.seed, c: this.c, first: this.first,
      model: this.header.id, forwardMs: pair.forward.toFixed(3), paintMs: (performance.now() - begun).toFixed(3),
    });
  }

  get room() { return ROOMS.find(({ from }) => this.host.clientWidth >= from); }

  /** Which of the twelve is the pair at hand; −1: none. */
  pairAt(twelve) {
    const at = this.seed - this.first, pair = twelve[at];
    return pair && pair.z.every((value, k) => value === this.z[k]) ? at : -1;
  }

  /** A picture lights up with its node, p(x|z) with both of its images, Bayes with both ends of its arrow. */
  lights(part) { return part === this.touched || Boolean(LIT_WITH[this.touched]?.includes(part)); }

  paintPlane(twelve) {
    const { plane, theme } = this;
    const context = plane.begin(theme, (base) => { drawPrior(base, plane, theme); drawTicks(base, plane, theme); });
    twelve.forEach(({ z }, index) => drawCode(context, plane, theme, z, index === this.pointed));
    const fallen = Math.min(1, this.played / MEAN_FROM);
    drawProbe(context, plane, theme, this.z);
    if (fallen < 1) drawFall(context, plane, theme, this.z, FALL_RADIUS * (1 - fallen));
  }

  paintPictures({ mean, x, outside }) {
    const { header: { shape, words }, theme, played } = this;
    for (const [canvas, values, from, name] of [
      [this.canvas.mean, mean, MEAN_FROM, words.mean], [this.canvas.sample, x, SAMPLE_FROM, words.sample],
    ]) {
      if (played < from) clearImage(canvas, shape);
      else printImage(canvas, values, shape, theme);
      fitPixels(canvas, shape, this.room.picture);
      canvas.setAttribute("aria-label", name);
    }
    this.write(".clipped", fill(words.clipped, { mean: formatPercent(outside[0]), sample: formatPercent(outside[1]) }));
  }

  paintNumbers({ logs }) {
    const { c, header: { words } } = this;
    this.write(".z-value", formatPoint(this.z));
    for (const name of ["prior", "likelihood", "joint"]) this.write(`.amount.${name}`, formatNumber(logs[name]));
    this.handle.show(c);
    this.write(".note", c === this.header.c ? words.own : fill(words.other, { c: formatVariance(this.header.c) }));
  }

  paintModel({ x }) {
    const { words } = this.header, mean = x.reduce((sum, value) => sum + value, 0) / x.length;
    const range = `${formatNumber(Math.min(...x), 1)} … ${formatNumber(Math.max(...x), 1)}`;
    this.graph.paint({
      z: [formatPoint(this.z)], c: [formatVariance(this.c)],
      x: [`${x.length} numbers, mean ${formatNumber(mean)}`, range],
    }, words, this.touched);
    this.write(".told", words[`told_${this.touched}`] ?? words.told);
  }

  write(selector, text) {
    const place = this.find(selector);
    if (place.textContent !== text) place.textContent = text;
  }
}

const LIT_WITH = { likelihood: ["f", "c", "x"], bayes: ["z", "x"], joint: ["z", "likelihood"] };
const formatPercent = (share) => `${Math.round(100 * share)} %`;

/** A drawn code of the row: a small dot, larger while its pair is pointed at. */
function drawCode(context, plane, theme, [zx, zy], pointed) {
  context.beginPath();
  context.arc(plane.X(zx), plane.Y(zy), pointed ? 6 : 3, 0, 2 * Math.PI);
  Object.assign(context, { fillStyle: theme.z, strokeStyle: theme.paper, lineWidth: 2 });
  context.stroke();
  context.fill();
}

/** A wide ring that closes in on where z fell. */
function drawFall(context, plane, theme, [zx, zy], beyond) {
  context.beginPath();
  context.arc(plane.X(zx), plane.Y(zy), 8 + beyond, 0, 2 * Math.PI);
  Object.assign(context, { strokeStyle: theme.z, lineWidth: 1.5 });
  context.stroke();
}

export default mount(Process);
