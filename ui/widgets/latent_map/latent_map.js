// ---- latent_map.js: one latent plane, as codes and as images -------------------------------------
// Payload. Tensors: weights under "model/…" (without an encoder there is no cloud), "mu" (n, 2), "std"
// (n, 2; may be absent for an autoencoder), "y" (n,) classes, "originals" (m, d) of 0 … levels and
// "originals_index" (m,), the rows they belong to. Header: id (content id of the weights), dataset,
// levels, shape, classes, glyphs (null or one of ● ■ ▲ per class), activation, output, model, likelihood,
// c, beta, prior, ellipses (q(z|x) drawn at first) and most (at most), means ({recon, kl, n, floor} of the
// images kept aside, in nats), words (content/en/cloud.md), state {z, picks, walk, clouds} (first mount only).
//
// The probe is free, standing on z; or it stands on the μ of the input (the image of the pad); or it
// stands `walk` of the way from image A to image B (the last two picked), wherever training takes them.
// State sent to Python: {z, picks, walk, clouds}; neither z nor walk: on the input. In the console:
// canvas.btp.encode(x), .decode(z), .cloud() (the input under this model), .crowd() (rows with ellipses).

const AFTER_THE_FILM = 1200;   // ms without a new keyframe before the lens closes in on the codes
const BUTTON_ZOOM = 1.4;
const WIDE = 6;   // σ from a cloud's centre to the edge of the square that shows it

class LatentMap extends Widget {
  build() {
    Object.assign(this, { picks: [], probe: { z: [0, 0] }, walked: 0, lens: new Lens() });
    this.codes = new Plane(this.find("[data-testid=latent-map]"));
    this.grid = new DecodedGrid(this, this.find(".frame.grid canvas"));
    this.legend = new Legend(this.find(".chips"), { canHide: true, onChange: () => this.redrawCodes() });
    this.walk = new Walk(this, {
      move: (share) => this.walkTo(share), rest: () => this.commit(), soon: () => this.commitSoon(),
    });
    for (const radio of this.root.querySelectorAll(".choice input")) {
      this.listen(radio, "change", () => this.choose(radio.value));
    }
    for (const plane of [this.codes, this.grid.plane]) new Gestures(this, plane, this.answers(plane));
    const zoomBy = (factor) => () => {
      const [x, y] = this.codes.clamp(this.probeAt());   // what the reader looks at stays in place
      this.zoom(this.codes, factor, this.codes.X(x), this.codes.Y(y));
    };
    this.listen(this.find(".zoom .in"), "click", zoomBy(BUTTON_ZOOM));
    this.listen(this.find(".zoom .out"), "click", zoomBy(1 / BUTTON_ZOOM));
    this.listen(this.find(".zoom .fit"), "click", () => this.fit());
    this.crowd = new Crowd(this);
    this.strip = new CloudStrip(this, {
      input: (again) => this.hearInput(again), repaint: () => this.invalidate(),
      drawn: (z) => this.free(z, true), step: () => this.choose("cloud"),
    });
  }

  answers(plane) {
    return {
      aim: (z, first) => {
        if (first) this.before = this.probe;
        this.free(plane.clamp(z));
      },
      undo: () => { this.probe = this.before; this.invalidate(); },
      tap: (x, y, reach) => { if (plane === this.codes) this.pickNear(x, y, reach); },
      rest: () => this.commit(),
      step: (dx, dy) => this.step(dx, dy),
      home: () => { this.free(this.home()); this.commitSoon(); },
      nearest: () => this.pickNearest(),
      letGo: () => { if (!this.probe.z) { this.free(this.probeAt()); this.commit(); } },
      zoom: (factor, x, y) => this.zoom(plane, factor, x, y),
      pan: (dx, dy) => { this.lens.pan(plane, dx, dy); this.see(this.lens.view); },
      fit: () => this.fit(),
    };
  }

  receive({ header, tensors }) {
    const model = readModel(header, tensors), before = this.model;
    const known = before && isSameData(before, model);
    if (known && before.id === model.id) {
      Object.assign(before, { originals: model.originals });   // Python has sent a pick's original
      this.endsShown = "";
      return;
    }
    this.model = model;
    const seen = this.strip.follow(model);
    this.legend.name(header.classes, header.glyphs);
    this.legend.restyle(this.theme);
    if (known) return this.moveTo(model, seen);
    if (!before) this.begin(header.state ?? {}, model);
    else this.begin({ ...header.state, z: null }, model);   // other images: the old picks mean nothing
    this.motion.stop();
    this.lens = new Lens();
    this.lens.view = this.lens.follow(model.needed);
    this.cloud = model.cloud;
    this.see(this.lens.view);
    this.redrawCodes();
  }

  /** What the link or Python remembers. */
  begin(state, model) {
    const isRow = (row) => Number.isInteger(row) && row >= 0 && row < model.cloud.classes.length;
    this.picks = [...new Set(Array.isArray(state.picks) ? state.picks.filter(isRow) : [])].slice(-2);
    this.walked = Math.min(1, Math.max(0, Number(state.walk) || 0));
    this.mode = Number.isFinite(state.walk) ? "walk" : "cloud";
    const isPoint = Array.isArray(state.z) && state.z.length === 2 && state.z.every(Number.isFinite);
    if (isPoint) this.probe = { z: state.z };
    else if (!this.picks.length) this.probe = { z: [0, 0] };
    else this.probe = this.mode === "walk" ? { walk: this.walked } : { input: true };
    this.crowd.show(Number.isInteger(state.clouds) ? state.clouds : model.ellipses);
  }

  /** The same images under new weights: every code moves to its new place. */
  moveTo(model, seen) {
    if (this.probe.drawn) this.choose("cloud");   // that draw was another model's
    this.crowd.show();
    const from = this.cloud, to = model.cloud, start = this.lens.view;
    const end = this.lens.follow(model.needed), points = new Float32Array(to.points.length);
    const std = to.std && from.std ? new Float32Array(to.std.length) : to.std;
    clearTimeout(this.later);
    this.later = setTimeout(() => { if (this.lens.loose) this.fit(); }, AFTER_THE_FILM);
    this.motion.start(NEXT_KEYFRAME, (k) => {
      mixArrays(from.points, to.points, k, points);
      if (std !== to.std) mixArrays(from.std, to.std, k, std);
      this.cloud = k < 1 ? { ...to, points, std } : to;
      this.strip.move(seen, k);
      if (this.lens.auto) this.see(mixViews(start, end, k));
      this.redrawCodes();
    });
  }

  // ---- the cloud

  get walking() { return !this.strip.cloud || this.mode === "walk"; }

  /** The pad has spoken. Its first word does not move a probe that the link or the reader has placed. */
  hearInput(again) {
    if (!this.model) return;
    const placed = this.probe.z || this.probe.walk !== undefined;
    if (this.strip.cloud && (again || !placed)) {
      this.probe = { input: true };
      this.mode = "cloud";
    }
    if (!this.strip.input?.drawing) this.crowd.show();
    this.invalidate();
  }

  choose(mode) {
    this.mode = mode;
    this.probe = mode === "walk" ? { walk: this.walked } : { input: true };
    this.invalidate();
    this.commitSoon();
  }

  // ---- the probe

  ends() {
    const [a = null, b = null] = this.picks;
    return b === null ? [a, a] : [a, b];
  }

  /** Where the probe is, given where codes are (while codes move, `cloud` lags behind the model). */
  probeAt(cloud = this.model.cloud) {
    if (this.probe.z) return this.probe.z;
    const of = this.strip[cloud === this.model.cloud ? "cloud" : "seen"];
    if (this.probe.input && of) return [...of.mu];
    const [a, b] = this.ends(), share = this.probe.walk ?? this.walked, { points } = cloud;
    return [0, 1].map((k) => mix(points[2 * a + k], points[2 * b + k], share));
  }

  free(z, drawn = false) {
    this.probe = { z: [...z], drawn };
    if (drawn) this.commitSoon();
    this.invalidate();
  }

  home() {
    const { x, y, r } = this.lens.view;
    return Math.max(Math.abs(x), Math.abs(y)) < r ? [0, 0] : [x, y];
  }

  step(dx, dy) {
    const { r } = this.lens.view, from = this.probeAt();
    let z = [from[0] + dx * r, from[1] + dy * r];
    if (this.lens.auto) z = this.codes.clamp(z);
    else {
      this.lens.reveal(z);   // the view of a zoomed map follows the keys
      this.see(this.lens.view);
    }
    this.free(z);
    this.commitSoon();
  }

  walkTo(share) {
    this.walked = share;
    this.mode = "walk";
    this.probe = { walk: share };
    this.invalidate();
  }

  pick(row) {
    const last = this.picks.at(-1);
    if (row !== last) this.picks = last === undefined ? [row] : [last, row];
    this.walkTo(1);
  }

  pickNear(x, y, reach) {
    const row = nearestRow(this.codes, this.cloud, this.legend, x, y, reach);
    if (row >= 0) this.pick(row);
  }

  pickNearest() {
    const [x, y] = this.probeAt();
    this.pickNear(this.codes.X(x), this.codes.Y(y), Infinity);
    this.commit();
  }

  settle() {
    if (this.probe.z) this.probe.z = this.probe.z.map((value) => roundTo(value, 3));
    else if (this.probe.walk !== undefined) this.walkTo(roundTo(this.probe.walk, 3));
    const z = this.probeAt(), on = this.picks.length && this.probe.walk === 1 ? `on ${this.className(this.picks.at(-1))}` : "";
    this.speak([`z = ${formatPoint(z, this.digits)}`, on || nearestInWords(this.codes, this.cloud, this.legend, z)].filter(Boolean).join(", "));
    return { z: this.probe.z ?? null, picks: this.picks, walk: this.probe.walk ?? null, clouds: this.crowd.many };
  }

  speak(words) { this.find(".spoken").textContent = words; }

  className(row) { return withArticle(this.model.cloud.names[this.model.cloud.classes[row]]); }

  // ---- the view

  get digits() { return digitsFor(this.lens.view.r); }

  zoom(plane, factor, x, y) {
    this.lens.zoom(plane, factor, x, y);
    this.see(this.lens.view);
  }

  fit() {
    this.lens.auto = true;
    this.glide(this.model.needed);
  }

  /** To the square around a cloud, six σ wide to each side; a point has no width: keep the scale. */
  zoomTo({ mu: [x, y], std, variational }) {
    this.lens.auto = false;
    this.glide({ x, y, r: variational ? WIDE * Math.max(...std) : this.lens.view.r });
  }

  glide(to) {
    const from = this.lens.view;
    if (this.motion.running) return;   // codes are moving: the next keyframe is followed again
    this.motion.start(NEXT_KEYFRAME, (k) => this.see(mixViews(from, to, k)));
  }

  see(view) {
    this.lens.view = view;
    this.codes.look(view);
    this.grid.plane.look(view);
    this.find(".zoom .fit").setAttribute("aria-disabled", String(this.lens.auto));
    this.invalidate();
  }

  // ---- drawing

  redrawCodes() {
    this.codes.stale = true;
    this.invalidate();
  }

  restyle() {
    this.legend.restyle(this.theme);
    this.codes.stale = this.grid.plane.stale = true;
    this.endsShown = "";
    this.strip.redo();
  }

  paint() {
    const { model, theme, codes, walk } = this;
    if (!model || !codes.measure() || !this.grid.plane.measure()) return;
    for (const part of [walk, this.strip]) part.resize(model.shape, codes.small);
    this.paintWords();
    this.paintCodes();
    this.paintGrid();
    const z = this.probeAt(), { network } = model;
    const of = { x: z[0], y: z[1], network, ink: theme.id, digits: this.digits };
    if (!isSame(this.decodedOf, of)) {
      const spent = walk.printProbe(network, z, model.shape, theme, this.digits);
      codes.canvas.dataset.forwardMs = spent.toFixed(3);
      this.decodedOf = of;
    }
    walk.showHandle(this.walked, this.picks.length === 2);
    if (this.walking) this.paintEnds();
    else this.strip.print(z, codes, theme);
    Object.assign(codes.canvas.dataset, {
      ready: "true", model: model.id, points: model.cloud.classes.length,
      z: z.map((value) => value.toFixed(4)).join(","),
    });
  }

  paintWords() {
    const { model, codes } = this, mode = this.walking ? "walk" : "cloud";
    this.find(".below").dataset.mode = mode;
    this.find(".choice").hidden = !this.strip.cloud;
    this.find(`.choice [value=${mode}]`).checked = true;
    if (this.wordsOf === model) return;
    this.wordsOf = model;
    this.find(".frame.codes").classList.toggle("dashed", !model.variational);
    this.find(".frame.grid").classList.toggle("dashed", !model.variational);
    this.find(".clouds").hidden = this.find(".crowd").hidden = !model.variational;
    this.find(".points").hidden = model.variational;
    codes.canvas.btp = {
      encode: (x) => model.network.encode(x), decode: (z) => model.network.decode(z),
      cloud: () => this.strip.cloud, crowd: () => this.crowd.rows,
    };
    codes.canvas.setAttribute("aria-label", `Latent map: the codes of ${model.cloud.classes.length} images. `
      + "Drag, or use the arrow keys, to move the probe; Shift makes larger steps, Home goes to the centre, "
      + "Enter picks the nearest image, plus and minus zoom, 0 fits.");
  }

  paintCodes() {
    const { codes, theme, cloud, legend, model } = this;
    const context = codes.begin(theme, (base) => {
      drawDots(base, codes, theme, cloud, legend);
      if (cloud.std) this.crowd.draw(base, codes, theme, cloud, legend);
      if (model.prior) drawPrior(base, codes, theme);
      drawTicks(base, codes, theme);
      drawNames(base, codes, theme, cloud, legend);
    });
    const z = this.probeAt(cloud);
    if (this.walking) drawWalk(context, codes, theme, cloud, this.ends(), model.variational);
    else this.strip.draw(context, codes, theme, z, true);
    drawProbe(context, codes, theme, z, 1, !this.probe.input);
    if (!this.walking) this.strip.drawOver(context, codes, theme);
  }

  paintGrid() {
    const { theme, model, grid, grid: { plane } } = this;
    grid.want(model.network, model.shape, theme);
    const context = plane.begin(theme, (base) => {
      grid.draw(base);
      if (model.prior) drawPrior(base, plane, theme, false);
    });
    const z = this.probeAt(this.cloud);
    if (!this.walking) this.strip.draw(context, plane, theme, z, false);
    drawProbe(context, plane, theme, z, 1, !this.probe.input);
  }

  paintEnds() {
    const of = `${this.picks} ${this.model.id} ${this.digits}`;
    if (of === this.endsShown) return;
    this.endsShown = of;
    const [a = null, b = null] = this.picks;
    this.walk.printEnds([a, b], this.model, this.theme, this.digits);
  }

  leave() {
    this.grid.stop();
    clearTimeout(this.later);
  }
}

export default mount(LatentMap);
