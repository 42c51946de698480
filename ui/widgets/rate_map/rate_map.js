// ---- rate_map.js: drag β -------------------------------------------------------------------------
// Payload. Tensors: the family's weights under "model/…", each layer with its film (film.js); "x" (n, d)
// training images of 0 … levels and "y" (n,) their classes. Header: id (content id of the family),
// levels, shape, classes, glyphs, activation, output, trained and shown (ranges of β), ellipses (how
// many q(z|x) to draw), floor (nats), words {zero, which, information, aggregate}, state {beta, z,
// picked, zero} (first mount only) and, {beta, kl, recon} each, on held-out images: curve (of the family,
// ascending β), individual (networks trained for one β), beyond (one for a β the handle does not reach,
// or null), checks (the reader's).
//
// The probe is free, standing on z, or rides on the picked image's code, wherever β takes it.
// State sent to Python: {beta, z, picked}. In the console: canvas.btp.encode(x), .decode(z), .codes()
// {mu, std} of all images, .fold() {beta, eta}, .split() the KL split: all at the current β.

const SPLIT_SLICE = 4;   // ms per frame for the split's draws while nothing moves
const GRID_SLICE = 2;    // ms of decoding per frame while β moves
const ROOM = 84, ROOM_SMALL = 64;   // CSS pixels for an image under the squares

class RateMap extends Widget {
  build() {
    this.codes = new Plane(this.find("[data-testid=latent-map]"));
    this.grid = new DecodedGrid(this, this.find(".frame.grid canvas"), GRID_SLICE);
    this.chart = new Tradeoff(this.find(".chart"));
    this.decoded = this.find("[data-testid=decoded]");
    this.original = this.find(".original canvas");
    this.legend = new Legend(this.find(".chips"), { canHide: false, onChange: () => this.redrawCodes() });
    this.handle = new BetaHandle(this, {
      move: (beta) => this.weigh(beta), rest: () => this.rest(), soon: () => this.commitSoon(),
    });
    for (const plane of [this.codes, this.grid.plane]) new Gestures(this, plane, this.answers(plane));
  }

  answers(plane) {
    return {
      aim: (z) => this.free(plane.clamp(z)),
      tap: (x, y, reach) => { if (plane === this.codes) this.pickNear(x, y, reach); },
      rest: () => this.commit(),
      step: (dx, dy) => this.step(dx, dy),
      home: () => { this.free([0, 0]); this.commitSoon(); },
      nearest: () => {
        const [x, y] = this.probeAt();
        this.pickNear(this.codes.X(x), this.codes.Y(y), Infinity);
        this.commit();
      },
      letGo: () => { if (this.picked !== null) { this.free(this.probeAt()); this.commit(); } },
    };
  }

  receive({ header, tensors }) {
    const { checks } = header;
    if (this.model?.id === header.id) {
      this.model.checks = checks;   // a run that the reader asked for has come in
      this.chartOf = null;
      return;
    }
    this.model = readRateModel(header, tensors);
    this.split = new KlSplit(this.model.encoder.count);
    this.legend.name(header.classes, header.glyphs);
    this.legend.restyle(this.theme);
    this.handle.spread(header.shown);
    this.begin(header.state ?? {});
    this.model.view = this.viewOfAll();
    for (const plane of [this.codes, this.grid.plane]) plane.look(this.model.view);
    this.paintWords();
    Object.assign(this, { version: null, chartOf: null, pickedOf: "" });
  }

  /** What the link or Python remembers. */
  begin({ beta, z, picked, zero }) {
    const { shown, encoder } = this.model;
    this.beta = this.handle.within(Number.isFinite(beta) && beta > 0 ? beta : shown[0]);
    this.asked = Boolean(zero);
    const isRow = Number.isInteger(picked) && picked >= 0 && picked < encoder.count;
    const isPoint = Array.isArray(z) && z.length === 2 && z.every(Number.isFinite);
    this.picked = isRow ? picked : null;
    this.z = isPoint ? [...z] : [0, 0];
  }

  /** One square for every β, so that codes move and the frame does not. */
  viewOfAll() {
    const { live, encoder, shown: [low, high] } = this.model;
    let view = null;
    for (const share of [0.3, 0.1, 0]) {
      live.fold(low * (high / low) ** share);
      encoder.run();
      const needed = fitView(encoder.mu, true);
      if (!view || needed.r > view.r) view = needed;
    }
    this.split.start(encoder.mu, encoder.std);
    this.model.mostKl = this.split.kl;   // at the lowest β: the length of the bar
    return view;
  }

  // ---- β

  weigh(beta) {
    if (!this.model) return;
    this.beta = beta;
    this.asked = false;
    this.grid.rest = AT_REST;
    this.invalidate();
  }

  /** The handle has been let go. */
  rest() {
    this.resting = true;
    this.commit();
  }

  /** Take every code, and with it everything on the screen, to this.beta. */
  refold() {
    const { live, encoder } = this.model;
    live.fold(this.beta);
    encoder.run();
    this.split.start(encoder.mu, encoder.std);
    this.split.run(COARSE_DRAWS);
    clearTimeout(this.later);
    this.later = setTimeout(() => this.refine(), AT_REST);
    this.version = this.beta;
    if (this.handle.held) this.codes.stale = true;
    else this.placeNames();
  }

  /** While the handle is held a class's name rides on one code; then it looks for the middle again. */
  placeNames() {
    this.model.cloud.middles = middleRows(this.model.cloud);
    this.codes.stale = true;
  }

  /** More draws for the split, a little in every frame. */
  refine() {
    clearTimeout(this.later);
    cancelAnimationFrame(this.slice);
    const beta = this.beta;
    const more = () => {
      if (beta !== this.beta) return;
      const done = this.split.run(Infinity, performance.now() + SPLIT_SLICE);
      this.paintSplit();
      if (!done) this.slice = requestAnimationFrame(more);
    };
    more();
  }

  // ---- the probe

  probeAt() {
    if (this.picked === null) return this.z;
    return [...this.model.encoder.mu.subarray(2 * this.picked, 2 * this.picked + 2)];
  }

  free(z) {
    Object.assign(this, { z: [...z], picked: null });
    this.invalidate();
  }

  step(dx, dy) {
    const { r } = this.codes.view, [x, y] = this.probeAt();
    this.free(this.codes.clamp([x + dx * r, y + dy * r]));
    this.commitSoon();
  }

  pickNear(x, y, reach) {
    const row = nearestRow(this.codes, this.model.cloud, this.legend, x, y, reach);
    if (row >= 0) this.picked = row;
    this.invalidate();
  }

  settle() {
    if (this.picked === null) this.z = this.z.map((value) => roundTo(value, 3));
    const { kl, recon } = onCurve(this.model.curve, this.beta);
    const near = nearestInWords(this.codes, this.model.cloud, this.legend, this.probeAt());
    const riding = this.picked === null ? near && `, ${near}` : `, on ${this.className()}`;
    this.find(".spoken").textContent = `β = ${formatBeta(this.beta)}: reconstruction ${formatNumber(recon, 1)}, `
      + `KL ${formatNumber(kl, 2)} nats per image. z = ${formatPoint(this.probeAt())}${riding}.`;
    return { beta: this.beta, z: this.picked === null ? this.z : null, picked: this.picked };
  }

  className() { return withArticle(this.model.cloud.names[this.model.cloud.classes[this.picked]]); }

  // ---- drawing

  redrawCodes() {
    this.codes.stale = true;
    this.invalidate();
  }

  restyle() {
    this.legend.restyle(this.theme);
    this.codes.stale = this.grid.plane.stale = true;
    this.chartOf = null;
    this.pickedOf = "";
  }

  resize() { this.chartOf = null; }

  paint() {
    const { model, codes, grid, chart } = this;
    if (!model || !codes.measure() || !grid.plane.measure() || !chart.measure()) return;
    if (this.version !== this.beta) this.refold();
    if (this.resting) this.placeNames();
    this.paintCodes();
    this.paintGrid();
    this.paintChart();
    // Words come last: a canvas that sets a face has the page's styles worked out up to then.
    this.paintProbe();
    this.paintLoss();
    this.paintSplit();
    Object.assign(codes.canvas.dataset, {
      ready: "true", model: `${model.id}-beta${this.beta}`, points: model.encoder.count,
      beta: Number(this.beta.toPrecision(6)), z: this.probeAt().map((value) => value.toFixed(4)).join(","),
    });
    if (!this.resting) return;
    this.resting = false;
    grid.settle();
    this.refine();
  }

  paintCodes() {
    const { codes, theme, legend, model } = this, { cloud } = model;
    const context = codes.begin(theme, (base) => {
      drawDots(base, codes, theme, cloud, legend);
      drawEllipses(base, codes, theme, cloud, model.ellipses, legend);
      drawPrior(base, codes, theme);
      drawTicks(base, codes, theme);
      drawNames(base, codes, theme, cloud, legend);
    });
    if (this.picked !== null) drawPicked(context, codes, theme, cloud, this.picked);
    drawProbe(context, codes, theme, this.probeAt());
  }

  paintGrid() {
    const { theme, model: { still, shape }, grid, grid: { plane } } = this;
    if (!grid.busy) {
      still.fold(this.beta);
      grid.want(still.network, shape, theme);
    }
    const context = plane.begin(theme, (base) => {
      grid.draw(base);
      drawPrior(base, plane, theme, false);
    });
    drawProbe(context, plane, theme, this.probeAt());
  }

  paintProbe() {
    const { model, theme, codes, decoded, picked } = this, { live, encoder, shape } = model;
    const z = this.probeAt(), begun = performance.now();
    const image = live.network.glance(z);
    codes.canvas.dataset.forwardMs = (performance.now() - begun).toFixed(3);
    printImage(decoded, image, shape, theme);
    this.find(".place").textContent = formatPoint(z);
    if (picked !== null) this.find(".std").textContent = formatPoint(encoder.std.subarray(2 * picked), 3);
    const room = codes.small ? ROOM_SMALL : ROOM, of = `${picked} ${room}`;
    if (this.pickedOf === of) return;
    this.pickedOf = of;
    for (const canvas of [decoded, this.original]) fitPixels(canvas, shape, room);
    this.find(".original").hidden = this.find(".deviation").hidden = picked === null;
    this.find(".what").textContent = picked === null ? "Click a dot to ride on its code."
      : `riding on ${this.className()}`;
    if (picked === null) return;
    const values = originalImage(model.images, picked, live.network.pixels, model.levels);
    printImage(this.original, values, shape, theme);
    this.original.setAttribute("aria-label", `The image you picked, ${this.className()}`);
  }

  paintChart() {
    const { model, chart, beta } = this;
    if (this.chartOf === beta) return;
    this.chartOf = beta;
    chart.span(model);
    chart.draw(this.theme, model, onCurve(model.curve, beta));
  }

  paintLoss() {
    const { model, chart, beta } = this;
    this.handle.show(beta);
    const { kl, recon } = onCurve(model.curve, beta), text = formatBeta(beta);
    const put = (name, words) => { this.find(`.amount.${name}`).textContent = words; };
    put("loss", formatNumber(recon + beta * kl));
    put("recon", formatNumber(recon));
    put("beta", text);
    put("kl", formatNumber(kl));
    const atTheEnd = beta === model.shown[0];
    this.find(".note").textContent = atTheEnd || this.asked ? model.words.zero : "";
    chart.canvas.setAttribute("aria-label", `Reconstruction against KL. At β = ${text}: `
      + `${formatNumber(recon - model.floor, 1)} nats above the floor for ${formatNumber(kl)} nats of KL.`);
  }

  paintSplit() {
    const { kl, information, aggregate, error, draws } = this.split.result;
    const put = (selector, text) => { this.find(selector).textContent = text; };
    put(".sum .total", formatNumber(kl));
    put(".sum .information", formatNumber(information));
    put(".sum .aggregate", formatNumber(aggregate));
    const width = (share) => `${Math.max(0, 100 * share / this.model.mostKl).toFixed(2)}%`;
    this.find(".parts .information").style.width = width(information);
    this.find(".parts .aggregate").style.width = width(aggregate);
    put(".error", `± ${formatNumber(error, error < 0.01 ? 3 : 2)} nats each: standard error of ${draws} draws`);
  }

  paintWords() {
    const { model, codes } = this, { words } = model;
    this.find(".many").textContent = model.ellipses.length;
    this.find(".many-codes").textContent = model.encoder.count;
    this.find(".floor").textContent = formatNumber(model.floor, 1);
    this.find(".which").textContent = words.which;
    this.find(".mean-information").textContent = words.information;
    this.find(".mean-aggregate").textContent = words.aggregate;
    codes.canvas.setAttribute("aria-label", `Latent map: the codes of ${model.encoder.count} images. `
      + "Drag, or use the arrow keys, to move the probe; Shift makes larger steps, Home goes to the centre, "
      + "Enter picks the nearest image, Escape lets it go.");
    codes.canvas.btp = {
      encode: (x) => model.live.network.encode(x),
      decode: (z) => model.live.network.decode(z),
      codes: () => ({ mu: [...model.encoder.mu], std: [...model.encoder.std] }),
      fold: () => ({ beta: this.version, eta: model.live.family.eta(this.version) }),
      split: () => this.split.result,
    };
  }

  leave() {
    this.grid.stop();
    clearTimeout(this.later);
    cancelAnimationFrame(this.slice);
  }
}

export default mount(RateMap);
