// ---- terrain.js: what lies between the codes ------------------------------------------------------
// Payload. Tensors: per model "<model>/<weight name>", "<model>/mu" (n, 2) and, for VAEs, "<model>/std"
// (n, 2); "y" (n,) classes; "x" (n, d) originals, 0 … levels; "shown" (m,) rows whose forces are drawn;
// "points" (q, 2) and "point_weights" (q,), a Gauss–Hermite rule for a standard normal. Header: id,
// levels, shape, classes, pair (mean distance between two training images), held (median distance of a
// held-out image to its nearest training image, in units of pair), models {<model>: {id, activation,
// output, model, beta, m, A, title}} with m and AAᵀ mean and covariance of the codes, and state {model,
// layer, less, z, picked} (first mount only).
//
// The probe is free, at z, or stands on the picked image's code (z null). Changing the model keeps its
// place on the screen. State sent to Python: {model, layer, less, z, picked}.
// In the console: canvas.btp.encode, decode, gradient(z, x), pulls(x, mu, std, points?, weights?),
// layer() (what is drawn), at(z) (the layer at one place), draws() (those of the shrinkage).

const LAYERS = {   // what is computed once over the square, and what at the probe
  step: { over: stepHeat, at: stepAt },
  nearest: { over: nearestHeat, at: nearestAt },
  trip: { over: tripArrows, at: tripAt },
  forces: { over: forceArrows, at: null },
};

class Terrain extends Widget {
  build() {
    Object.assign(this, { state: { model: "ae", layer: "step", less: false, z: null, picked: 0 } });
    this.plane = new Plane(this.find("[data-testid=latent-map]"));
    this.slices = new Slices();
    this.panel = new Panel(this);
    this.legend = new Legend(this.find(".chips"), { canHide: false, onChange: () => this.redraw() });
    new Gestures(this, this.plane, {
      aim: (z) => this.aim(z),
      tap: (x, y, reach) => this.pickNear(x, y, reach),
      rest: () => this.commit(),
      step: (dx, dy) => this.step(dx, dy),
      home: () => { this.aim([this.plane.view.x, this.plane.view.y]); this.commitSoon(); },
      nearest: () => this.pickNearest(),
      letGo: () => { if (!this.state.z) { this.aim(this.probeAt()); this.commit(); } },
    });
    this.buildChoice("model", (name) => this.show(name, this.state.layer));
    this.buildChoice("layer", (name) => this.show(this.state.model, name));
    this.listen(this.find(".trip"), "click", () => {
      this.state.less = !this.state.less;
      this.redraw();
      this.commit();
    });
  }

  /** Native radios; arrow keys wait for a rest before Python hears. */
  buildChoice(name, choose) {
    const group = this.find(`.${name}s`);
    let byKey = false;
    this.listen(group, "pointerdown", () => { byKey = false; });
    this.listen(group, "keydown", (event) => { byKey = true; event.stopPropagation(); });
    this.listen(group, "change", (event) => {
      choose(event.target.value);
      if (byKey) this.commitSoon();
      else this.commit();
    });
  }

  receive({ header, tensors }) {
    if (header.id === this.id) return;
    const names = Object.keys(header.models ?? {}), classes = needTensor(tensors, "y", [null]).data;
    const [height, width] = header.shape, pixels = height * width;
    const bytes = needTensor(tensors, "x", [classes.length, pixels]).data;
    const originals = Float32Array.from(bytes, (level) => level / header.levels);
    this.images = { ...header, originals, real: new RealImages(originals, pixels) };
    this.models = {};
    for (const name of names) this.models[name] = readModel(name, header, tensors, classes);
    if (!this.id) this.begin(header.state ?? {}, classes.length);
    this.id = header.id;
    this.legend.name(header.classes, null);
    this.legend.restyle(this.theme);
    this.redraw();
  }

  /** What the link or Python remembers, on the first mount. */
  begin(state, count) {
    const { model, layer, less, z, picked } = state, isRow = Number.isInteger(picked) && picked < count;
    this.state.less = less === true;
    this.state.picked = isRow ? Math.max(0, picked) : 0;
    const isPoint = Array.isArray(z) && z.length === 2 && z.every(Number.isFinite);
    this.show(this.models[model] ? model : "ae", LAYERS[layer] ? layer : "step");
    this.state.z = isPoint ? z : null;
  }

  get model() { return this.models[this.state.model]; }

  /** Swap model or layer. An autoencoder has no clouds and so no forces on them. */
  show(name, layer) {
    const { z } = this.state, from = this.model.view, to = this.models[name].view;
    this.state.layer = layer === "forces" && !this.models[name].forces ? "step" : layer;
    this.state.model = name;
    if (z) this.state.z = ["x", "y"].map((axis, k) => to[axis] + to.r * (z[k] - from[axis]) / from.r);
    this.redraw();
  }

  // ---- the probe

  probeAt() {
    const { z, picked } = this.state;
    return z ?? this.pair(this.model.cloud.points, picked);
  }

  pair(values, row) { return [values[2 * row], values[2 * row + 1]]; }

  aim(z) {
    this.state.z = this.plane.clamp(z);
    this.invalidate();
  }

  step(dx, dy) {
    const [x, y] = this.probeAt(), { r } = this.plane.view;
    this.aim([x + dx * r, y + dy * r]);
    this.commitSoon();
  }

  pickNear(x, y, reach) {
    const row = nearestRow(this.plane, this.model.cloud, this.legend, x, y, reach);
    if (row >= 0) Object.assign(this.state, { picked: row, z: null });
    this.invalidate();
  }

  pickNearest() {
    const [x, y] = this.probeAt();
    this.pickNear(this.plane.X(x), this.plane.Y(y), Infinity);
    this.commit();
  }

  settle() {
    const { state } = this;
    if (state.z) state.z = state.z.map((value) => roundTo(value, 3));
    this.announce();
    return { ...state };
  }

  announce() {
    const on = this.state.z ? "" : `On the code of ${this.pickedWords()}. `;
    const reading = this.readAt(this.probeAt());
    const left = reading.residual ? `Residual on μ ${formatPoint(reading.residual)} nats per unit` : "";
    this.find(".spoken").textContent = `${this.model.title}. ${on}z = ${this.pointText(this.probeAt())}. ${left}`
      + this.rows(reading).map(([text, , gloss]) => `${text} ${gloss}`).join(". ");
  }

  pickedWords() { return withArticle(this.images.classes[this.model.cloud.classes[this.state.picked]]); }
  pointText(z) { return formatPoint(z, digitsFor(this.model.view.r)); }

  // ---- what is computed

  /** The layer over the square, as far as it is done; unfinished work goes on, a slice per frame. */
  want() {
    const { model, state: { layer } } = this;
    const work = model.work[layer] ??= { of: LAYERS[layer].over(model, this.images), spent: 0, complete: false };
    if (work === this.working) return work;
    this.working = work;
    this.slices.stop();
    if (work.complete) return work;
    this.slices.start(work, () => {
      if (work.result && !work.seen) this.plane.stale = work.seen = true;
      this.invalidate();
    });
    return work;
  }

  readAt(z) {
    const { model, state: { layer, picked } } = this, { pixels } = model.network;
    if (layer !== "forces") return LAYERS[layer].at(model, this.images, z);
    const x = this.images.originals.subarray(picked * pixels, (picked + 1) * pixels);
    return model.forces.on(x, z, this.pair(model.cloud.std, picked));
  }

  /** The same while nothing that it depends on has changed: a layer under way is painted often. */
  readOnce(z) {
    const { model, layer, picked } = this.state, of = `${model} ${layer} ${picked} ${z}`;
    if (this.reading?.of !== of) this.reading = { of, value: this.readAt(z) };
    return this.reading.value;
  }

  /** The numbers beside the map, as [text, role, gloss]. */
  rows(reading) {
    const { model, images, state: { layer } } = this, done = model.work[layer]?.result;
    const average = done?.mean === undefined ? "–" : formatNumber(done.mean, layer === "step" ? 3 : 2);
    const many = model.cloud.classes.length;
    if (layer === "step") return [
      [formatNumber(reading.value, 3), "is-recon", "at the probe: the change of the image for a step of 0.1 standard deviation of the codes, as a share of the mean distance between two images"],
      [average, "", `on average over the ${many} codes`],
    ];
    if (layer === "nearest") return [
      [formatNumber(reading.value), "is-recon", `from the decoded image to the nearest of ${many} real ones, as a share of the mean distance between two images`],
      [average, "", `on average over the ${many} codes`],
      [formatNumber(images.held), "", "for an image kept aside: the median distance to its nearest"],
    ];
    if (layer === "trip") return tripRows(reading, done, this.pointText(reading.back));
    return [];
  }

  // ---- drawing

  redraw() {
    this.plane.stale = true;
    this.invalidate();
  }

  restyle() {
    this.legend.restyle(this.theme);
    this.bitmap = null;
    this.redraw();
  }

  paint() {
    if (!this.models || !this.plane.measure()) return;
    const { model, plane, state: { layer } } = this;
    plane.look(model.view);
    const work = this.want(), done = work.result, z = this.probeAt();
    this.paintWords();
    const context = plane.begin(this.theme, (base) => this.drawBase(base, done));
    const begun = performance.now(), image = model.network.decode(z);
    plane.canvas.dataset.forwardMs = (performance.now() - begun).toFixed(3);
    printImage(this.panel.decoded, image, this.images.shape, this.theme);
    const reading = this.readOnce(z);
    this.drawReading(context, z, reading);
    this.paintPanel(reading, done, z);
    Object.assign(plane.canvas.dataset, {
      ready: "true", model: model.id, points: model.cloud.classes.length,
      z: z.map((value) => value.toFixed(4)).join(","), layer: work.complete ? layer : "",
      layerMs: work.spent.toFixed(1),
    });
    if (!plane.canvas.btp) plane.canvas.btp = this.console();
  }

  drawBase(base, done) {
    const { plane, theme, model, state: { layer, less } } = this, { cloud } = model;
    const range = HEAT_RANGE[layer];
    if (done && range) {
      if (this.bitmap?.of !== done) this.bitmap = { of: done, canvas: heatBitmap(done.values, range, theme) };
      drawHeat(base, plane, this.bitmap.canvas);
    }
    drawFaintDots(base, plane, theme, cloud, this.legend);
    if (layer === "trip" && done) drawTrips(base, plane, theme, done, model, less);
    if (model.forces) drawPrior(base, plane, theme);
    if (layer === "forces") drawEllipses(base, plane, theme, cloud, model.shown, this.legend);
    drawTicks(base, plane, theme);
    if (layer === "forces" && done) this.drawForces(base, done);
    if (layer !== "forces") drawNames(base, plane, theme, cloud, this.legend);
  }

  drawForces(base, { drawn }) {
    const { plane, theme, model, legend } = this, scale = pullScale(plane, drawn);
    for (const [row, pulls] of drawn) {
      if (legend.stateOf(model.cloud.classes[row]) !== "lit") continue;
      drawPulls(base, plane, theme, this.pair(model.cloud.points, row), pulls, scale);
    }
  }

  /** What moves with the probe. */
  drawReading(context, z, reading) {
    const { plane, theme, model, state: { layer, picked } } = this, drawn = model.work.forces?.result?.drawn;
    if (layer === "forces") {   // the cloud the reader has picked, at z
      emphasise(context, plane, theme, { points: z, std: this.pair(model.cloud.std, picked) }, 0);
    }
    drawProbe(context, plane, theme, z);
    if (layer === "forces" && drawn) drawPulls(context, plane, theme, z, reading, pullScale(plane, drawn), true);
    if (layer !== "trip") return;
    context.strokeStyle = context.fillStyle = theme.mu;
    context.lineWidth = 2.5;
    drawVector(context, ...[z, reading.back].flatMap(([x, y]) => [plane.X(x), plane.Y(y)]));
  }

  paintPanel(reading, done, z) {
    const { panel, plane, theme, model, state: { layer }, images } = this, forces = layer === "forces";
    this.find(".at .value").textContent = this.pointText(z);
    panel.compare(...this.compared(reading), images.shape, theme);
    panel.say(this.rows(reading));
    panel.showScale(HEAT_RANGE[layer], layer === "nearest" ? images.held : null);
    panel.forces.hidden = !forces;
    if (forces) panel.showPulls(reading);
    panel.showKey(forces && done ? pullScale(plane, done.drawn) : null);
    if (forces && done) panel.showSet(done.set, done.total);
    this.resizeImages();
  }

  /** The image that stands beside the decoded one, and what it is. */
  compared(reading) {
    const { model, images, state: { layer, picked } } = this, { pixels } = model.network;
    const original = (row) => images.originals.subarray(row * pixels, (row + 1) * pixels);
    if (layer === "nearest") {
      const what = images.classes[model.cloud.classes[reading.row]];
      return [original(reading.row), `the nearest real image, ${withArticle(what)}`];
    }
    if (layer === "trip") return [model.network.glance(reading.back), "decoded where it comes back"];
    if (layer === "forces") return [original(picked), `the picked image x, ${this.pickedWords()}`];
    return [null, ""];
  }

  resizeImages() {
    const room = this.plane.small ? IMAGE_ROOM_SMALL : IMAGE_ROOM;
    if (this.room === room) return;
    this.room = room;
    for (const canvas of [this.panel.decoded, this.panel.other]) fitPixels(canvas, this.images.shape, room);
  }

  paintWords() {
    const { model, state: { layer, less, model: name } } = this, of = `${name} ${layer} ${less}`;
    if (of === this.wordsOf) return;
    this.wordsOf = of;
    for (const input of this.root.querySelectorAll(".choice input")) {
      input.checked = input.value === (input.name === "model" ? name : layer);
      if (input.value === "forces") input.disabled = !model.forces;
    }
    this.find(".frame").classList.toggle("dashed", !model.forces);
    const toggle = this.find(".trip");
    toggle.hidden = layer !== "trip";
    toggle.setAttribute("aria-checked", String(less));
    toggle.querySelector(".word").textContent = less ? "on" : "off";
    this.panel.top.textContent = layer === "nearest"
      ? "Distance to the nearest real image; dashed: that of an image kept aside. One scale for all models."
      : "Change of the image per step. One scale for all models.";
    this.plane.canvas.setAttribute("aria-label", `Latent map, ${model.title}: `
      + `${model.cloud.classes.length} images as dots under one layer. Drag, or use the arrow keys, to move `
      + "the probe; Shift makes larger steps, Home goes to the centre, Enter picks the nearest image.");
  }

  console() {
    return {
      encode: (x) => this.model.network.encode(x), decode: (z) => this.model.network.decode(z),
      gradient: (z, x) => [...this.model.forces.gradient.run(Float32Array.from(z), 1, x).subarray(0, 2)],
      pulls: (x, mu, std, ...rule) => this.model.forces.ofRecon(x, mu, std, ...rule),
      layer: () => this.model.work[this.state.layer].result,
      at: (z) => this.readAt(z),
      draws: () => [...gaussianDraws(this.model, FIT_DRAWS)],
    };
  }

  leave() { this.slices.stop(); }
}

export default mount(Terrain);
