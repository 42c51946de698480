// ---- collapse.js: raise the noise c through the variances of the data --------------------------------
// Payload. Tensors: "mean" (d,), "axes" (directions, d). Header: id; shape of an image; variances λ, the
// widest first; stops of c, evenly in log c; linear [{singular: [one list per seed], angle: the largest in
// degrees, or null}], one per stop; autoencoder [the least, the largest angle of its columns]; deep {raised, scratch: [{c, kl, units: one per seed}]}, latent: their numbers per code; state {stop} (first
// mount only); words {…}.
//
// State sent to Python: {c}. In the console: canvas.btp = {c, rows, foreseen(c), images(c)}.

const STEP = 2;          // z of the images: −2 and 2, where 95 % of N(0, 1) lies between
const ROOM = 32;         // CSS pixels of an image

class Collapse extends Widget {
  build() {
    this.bars = new Bars(this.find(".bars"));
    this.deep = new DeepChart(this.find(".deep"));
    this.handle = new RangeHandle(this, this.find(".range"), {
      move: (stop) => this.move(stop), rest: () => this.commit(), soon: () => this.commitSoon(),
    });
    for (const chart of [this.bars, this.deep]) this.takeHold(chart);
  }

  /** The line itself can be dragged, over either chart. */
  takeHold(chart) {
    const { canvas } = chart, follow = (event) => this.move(Math.round(chart.shareAt(event) * (this.header.stops.length - 1)));
    let held = false;
    this.listen(canvas, "pointerdown", (event) => {
      if (event.button !== 0) return;
      held = true;
      canvas.setPointerCapture(event.pointerId);
      follow(event);
    });
    this.listen(canvas, "pointermove", (event) => { if (held) follow(event); });
    for (const type of ["pointerup", "pointercancel"]) this.listen(canvas, type, () => {
      if (held) this.commit();
      held = false;
    });
  }

  receive({ header, tensors }) {
    if (header.id === this.header?.id) return;
    const { shape, variances, state, words } = header, d = shape[0] * shape[1];
    this.mean = needTensor(tensors, "mean", [d]).data;
    const { data } = needTensor(tensors, "axes", [variances.length, d]);
    this.axes = variances.map((_, k) => data.slice(k * d, (k + 1) * d));
    if (!this.header) this.stop = state.stop;
    this.header = header;
    this.handle.input.max = header.stops.length - 1;
    const say = (selector, text) => { this.find(selector).textContent = text; };
    say(".linear-head .name", words.linear);
    say(".deep-head .name", words.deep);
    say(".deep-head .sub", words.deep_sub);
    say(".gloss", words.gloss);
    this.makeDirections(words);
    this.makeFound(words);
  }

  /** One row per direction: two images, the length foreseen, the length trained, KL. */
  makeDirections(words) {
    const head = document.createElement("tr");
    head.append(element("td"), ...["images", "foreseen", "trained", "kl_of"].map((name) => columnHead(words[name])));
    this.find(".directions thead").replaceChildren(head);
    this.rows = this.header.variances.map((_, k) => {
      const row = document.createElement("tr"), number = element("th", String(k + 1)), cell = element("td"), images = element("span", "", "images");
      number.scope = "row";
      const pair = [-STEP, STEP].map(() => element("canvas", "", "printed"));
      for (const canvas of pair) fitPixels(canvas, this.header.shape, ROOM);
      images.append(...pair);
      cell.append(images);
      row.append(number, cell, element("td"), element("td"), element("td", "", "kl-of"));
      return row;
    });
    this.find(".directions tbody").replaceChildren(...this.rows);
  }

  /** What the deep networks measured at the nearest c that they were trained at. */
  makeFound(words) {
    const head = document.createElement("tr");
    head.append(element("th"), ...["found_kl", "found_units"].map((name) => columnHead(words[name])));
    this.find(".found thead").replaceChildren(head);
    this.found = [["raised", ""], ["scratch", "dashed"], ["theory", "dotted"]].map(([name, dash]) => {
      const row = document.createElement("tr"), label = element("th");
      label.scope = "row";
      label.append(element("span", "", `key ${dash}`), words[name]);
      row.append(label, element("td"), element("td"));
      return row;
    });
    this.find(".found tbody").replaceChildren(...this.found);
  }

  // ---- what the reader does

  get c() { return this.header.stops[this.stop]; }

  move(stop) {
    if (stop === this.stop) return;
    this.stop = stop;
    this.invalidate();
  }

  settle() {
    this.announce();
    return { c: this.c };
  }

  // ---- what follows from it

  /** Of the seeds, the one that is farthest from what was foreseen. */
  trained(k) {
    const { singular } = this.header.linear[this.stop], hoped = foreseen(this.header.variances, this.c)[k].singular;
    return singular.map((seed) => seed[k]).reduce((far, one) => (Math.abs(one - hoped) > Math.abs(far - hoped) ? one : far));
  }

  get counted() {
    const rows = foreseen(this.header.variances, this.c);
    return { survivors: rows.filter((row) => row.survives).length, kl: rows.reduce((sum, { kl }) => sum + kl, 0) };
  }

  imagesAt(k, c) {
    const { singular } = foreseen(this.header.variances, c)[k];
    return [-STEP, STEP].map((step) => decodedAlong(this.mean, this.axes[k], singular, step));
  }

  /** The deep networks' rows nearest to the handle, evenly in log c. */
  get measured() {
    const near = ({ c }) => Math.abs(Math.log(c / this.c));
    const nearest = (lot) => lot.reduce((best, row) => (near(row) < near(best) ? row : best));
    return { raised: nearest(this.header.deep.raised), scratch: nearest(this.header.deep.scratch) };
  }

  theoryAt(c) {
    const rows = foreseen(this.header.variances, c).slice(0, this.header.latent);
    return { kl: rows.reduce((sum, { kl }) => sum + kl, 0), units: rows.filter((row) => row.survives).length };
  }

  announce() {
    const { survivors, kl } = this.counted, { variances, words } = this.header, { raised, scratch } = this.measured;
    this.find(".spoken").textContent = fill(words.spoken, {
      c: formatNumber(this.c, 3), survivors, all: variances.length, kl: formatNumber(kl),
      at: formatNumber(raised.c, 3), raised: spanOf(raised.kl), scratch: spanOf(scratch.kl),
    });
  }

  paint() {
    if (!this.header) return;
    const begun = performance.now(), { theme, c, header } = this, { variances, stops, words, deep } = header;
    const axis = { low: stops[0], high: stops[stops.length - 1], c, words };
    const over = parseFloat(getComputedStyle(this.bars.canvas).getPropertyValue("--over"));
    if (!this.bars.draw(theme, { variances, over, ...axis })) return;
    this.deep.draw(theme, { lots: deep, theory: (at) => this.theoryAt(at).kl, first: variances[0], ...axis });
    this.paintDirections();
    this.paintFound();
    this.find(".axes").textContent = this.sayAxes();
    const { survivors, kl } = this.counted, canvas = this.bars.canvas;
    this.find(".kept").textContent = fill(words.kept, { survivors, all: variances.length });
    this.find(".says").textContent = fill(words.says, { c: formatNumber(c, 3), kl: formatNumber(kl) });
    this.find(".value").textContent = formatNumber(c, 3);
    this.handle.show(this.stop, formatNumber(c, 3));
    canvas.setAttribute("aria-label", fill(words.bars, { survivors, all: variances.length, c: formatNumber(c, 3) }));
    this.deep.canvas.setAttribute("aria-label", words.chart);
    canvas.btp = {
      c, foreseen: (at) => foreseen(variances, at), images: (at) => variances.map((_, k) => this.imagesAt(k, at).map((x) => [...x])),
      x: (at) => this.bars.X(at), theory: (at) => this.theoryAt(at),
    };
    Object.assign(canvas.dataset, { ready: "true", c, survivors, paintMs: (performance.now() - begun).toFixed(3) });
  }

  paintDirections() {
    const { theme, c, header: { variances, shape } } = this;
    foreseen(variances, c).forEach(({ survives, singular, kl }, k) => {
      const [, , hoped, found, cost] = this.rows[k].children;
      this.rows[k].querySelectorAll("canvas").forEach((canvas, side) => printImage(canvas, this.imagesAt(k, c)[side], shape, theme));
      this.rows[k].classList.toggle("gone", !survives);
      hoped.textContent = formatNumber(singular, 4);
      found.textContent = formatNumber(this.trained(k), 4);
      cost.textContent = formatNumber(kl, 3);
    });
  }

  /** How far W's columns are from PCA's axes, and a linear autoencoder's. */
  sayAxes() {
    const { words, linear, autoencoder: [least, most] } = this.header, { angle } = linear[this.stop];
    const own = angle === null ? words.no_axes : fill(words.axes, { angle: formatNumber(Math.max(angle, 0.01)) });
    return `${own} ${fill(words.autoencoder, { least: formatNumber(least, 0), most: formatNumber(most, 0) })}`;
  }

  paintFound() {
    const { raised, scratch } = this.measured, theory = this.theoryAt(raised.c), { words } = this.header;
    this.find(".found caption").textContent = fill(words.nearest, { c: formatNumber(raised.c, 3) });
    const values = [[spanOf(raised.kl), spanOf(raised.units, 0)], [spanOf(scratch.kl), spanOf(scratch.units, 0)], [formatNumber(theory.kl), String(theory.units)]];
    values.forEach(([kl, units], k) => {
      this.found[k].children[1].textContent = kl;
      this.found[k].children[2].textContent = units;
    });
  }
}

function columnHead(words) {
  const head = element("th", words);
  head.scope = "col";
  return head;
}

/** 0.12 … 0.15: the least and the most of some values; one number where they read the same. */
function spanOf(values, digits = 2) {
  const [low, high] = [Math.min(...values), Math.max(...values)].map((value) => formatNumber(value, digits));
  return low === high ? low : `${low} … ${high}`;
}

export default mount(Collapse);
