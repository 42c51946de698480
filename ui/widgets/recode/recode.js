// ---- recode.js: the handle M that changes the code and not the error -----------------------------
// Payload. Tensors: "x" (n, d) images, 0 … levels; "y" (n,) classes. Header: id, levels, shape, classes,
// names of the runners (seeds, then PCA), bounds {m, u}: of every entry of M and of u, state {m, bend, picked,
// u} (first mount only), words {…}.
//
// A linear autoencoder is trained here when the figure opens; M and the bend change its codes, its decoder
// undoes them. The probe keeps u, its code before the change, so its image stays while M moves it.
// State sent to Python: {m, bend, picked, u}. In the console: canvas.btp.

const ORIGINAL_ROOM = 80, CARD_ROOM = 40;   // CSS pixels
const SNAP = 5;   // CSS pixels: an arrow's end this near to the other's line, or to 0, lies on it
const IDENTITY = [1, 0, 0, 1];

class Recode extends Widget {
  build() {
    Object.assign(this, { m: IDENTITY, bend: 0, picked: null, u: [0, 0], r: RIM, held: null, between: null });
    this.plane = new Plane(this.find(".plane"));
    this.legend = new Legend(this.find(".chips"), { canHide: false, onChange: () => this.repaintAll() });
    this.seeds = new Seeds(this, (runner) => this.become(runner.m));
    this.reading = new Reading(this);
    new Gestures(this, this.plane, {
      aim: (z, first) => { if (first) this.grasp(z); this.drag(z); },
      tap: (x, y, reach) => this.pickNear(x, y, reach),
      rest: () => { this.held = null; this.commit(); },
      step: (dx, dy) => this.stepProbe(dx, dy),
      home: () => { this.aim([0, 0]); this.commitSoon(); },
      nearest: () => {
        const [x, y] = this.probe();
        this.pickNear(this.plane.X(x), this.plane.Y(y), Infinity);
        this.commit();
      },
      letGo: () => { if (this.picked !== null) { this.aim(this.probe()); this.commit(); } },
    });
    this.grips = [...this.root.querySelectorAll(".grip")];
    this.grips.forEach((grip, arrow) => {
      this.listen(grip, "keydown", (event) => this.keyOnGrip(event, arrow));
      this.listen(grip, "blur", () => { if (this.timer) this.commit(); });
    });
    this.handle = new RangeHandle(this, this.find(".bend .range"), {
      move: (value) => { this.finish(); this.bend = value; this.redraw(); },
      rest: () => this.commit(),
      soon: () => this.commitSoon(),
    });
  }

  receive({ header, tensors }) {
    if (header.id === this.header?.id) return;
    const pixels = header.shape[0] * header.shape[1], x = needTensor(tensors, "x", [null, pixels]);
    const n = x.shape[0], classes = needTensor(tensors, "y", [n]).data;
    const values = Float64Array.from(x.data, (value) => value / header.levels);
    const { mean, covariance, values: variances, axes } = principalAxes(values, n, pixels);
    const pca = { mean, ...pcaOf(covariance, pixels, 2, { values: variances, vectors: axes }) };
    const images = values.map((value, i) => value - mean[i % pixels]);
    Object.assign(this, { header, n, pixels, images, originals: x.data, pca, floor: pca.floor });
    this.begin(header.state ?? {});
    this.cloud = makeCloud(new Float64Array(2 * n), null, classes, header.classes, null);
    this.seeds.begin(images, pca, header.names, this.cloud);
    this.covariance = covarianceOf(this.seeds.first.codes, n, 2).covariance;
    const { codes } = this.seeds.first;
    this.cloud.middles = new Map([...this.cloud.rows].map(([group, rows]) => [group, middleRow(codes, rows)]));
    this.reading.name(header.words);
    this.legend.name(header.classes, null);
    this.legend.restyle(this.theme);
    this.r = this.fitted();
    this.continueTraining();
  }

  /** What the link or Python remembers, on the first mount. */
  begin({ m, bend, picked, u }) {
    if (Array.isArray(m) && m.length === 4 && m.every(Number.isFinite)) this.m = m;
    if (Number.isFinite(bend)) this.bend = bend;
    if (Array.isArray(u) && u.every(Number.isFinite)) this.u = u;
    else this.picked = Number.isInteger(picked) && picked >= 0 && picked < this.n ? picked : 0;
  }

  continueTraining() {
    this.later = requestAnimationFrame(() => {
      const more = this.seeds.advance();
      if (more) this.continueTraining();
      this.invalidate();
    });
  }

  resize() { if (this.header) this.seeds.stale(); }

  leave() { cancelAnimationFrame(this.later); }

  // ---- the probe

  codeOf(row) { return [...this.seeds.first.codes.subarray(2 * row, 2 * row + 2)]; }
  get base() { return this.picked === null ? this.u : this.codeOf(this.picked); }
  probe() { return recode(this.base, this.m, this.bend); }

  /** Put the probe on z; where M has no inverse, on the nearest z there is. */
  aim(z) {
    this.finish();
    this.picked = null;
    this.u = undo(z, wayBack(this.m, this.covariance), this.bend);
    this.invalidate();
  }

  stepProbe(dx, dy) {
    const [x, y] = this.probe();
    this.aim(this.plane.clamp([x + dx * this.r, y + dy * this.r]));
    this.commitSoon();
  }

  pickNear(x, y, reach) {
    if (this.held !== null && this.held !== "probe") return;
    const row = nearestRow(this.plane, this.cloud, this.legend, x, y, reach);
    if (row >= 0) this.picked = row;
    this.invalidate();
  }

  // ---- the handle M

  end(arrow) { return bent([this.m[arrow], this.m[2 + arrow]], this.bend); }

  /** Take hold of an arrow's end, or of the probe. */
  grasp([zx, zy]) {
    this.finish();
    const reach = matchMedia("(pointer: coarse)").matches ? 26 : 15, { plane } = this;
    const away = [0, 1].map((arrow) => {
      const [x, y] = this.end(arrow);
      return Math.hypot(plane.X(x) - plane.X(zx), plane.Y(y) - plane.Y(zy));
    });
    const nearest = away[0] <= away[1] ? 0 : 1;
    this.held = away[nearest] < reach ? nearest : "probe";
  }

  drag(z) {
    const inside = this.plane.clamp(z);
    if (this.held === "probe") this.aim(inside);
    else this.pull(this.held, unbent(inside, this.bend), SNAP / this.plane.scale);
  }

  /** Move the end of an arrow; within `snap` of 0 or of the other arrow's line it lies on it. */
  pull(arrow, to, snap) {
    const other = [this.m[1 - arrow], this.m[3 - arrow]], length = Math.hypot(...other);
    const most = this.header.bounds.m;
    let end = to.map((value) => Math.min(most, Math.max(-most, value)));
    if (Math.hypot(...end) < snap) end = [0, 0];
    else if (length && Math.abs(end[0] * other[1] - end[1] * other[0]) / length < snap) end = onLine(end, other);
    this.m = arrow === 0 ? [end[0], this.m[1], end[1], this.m[3]] : [this.m[0], end[0], this.m[2], end[1]];
    this.redraw();
  }

  keyOnGrip(event, arrow) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const direction = ARROWS[event.key], step = (event.shiftKey ? LEAP : STEP) * this.r;
    const end = [this.m[arrow], this.m[2 + arrow]], other = [this.m[1 - arrow], this.m[3 - arrow]];
    if (!direction && event.key !== "Enter" && event.key !== "Home") return;
    event.preventDefault();
    event.stopPropagation();
    if (event.key === "Home") return this.become(IDENTITY);
    this.finish();
    if (direction) this.pull(arrow, end.map((value, k) => value + step * direction[k]), 1e-6);
    else this.pull(arrow, Math.hypot(...other) ? onLine(end, other) : end, 1e-6);
    this.commitSoon();
  }

  /** Pass over to another M, without a bend. What lies between is only the way there. */
  become(m) {
    this.finish();
    const from = { m: this.m, bend: this.bend, r: this.r };
    Object.assign(this, { m: roundedMatrix(m), bend: 0 });
    const to = { m: this.m, bend: 0, r: this.fitted() };
    this.motion.start(CHANGE_OF_MODEL, (k) => {
      this.r = mix(from.r, to.r, k);
      this.between = k < 1 ? { m: from.m.map((entry, i) => mix(entry, to.m[i], k)), bend: mix(from.bend, 0, k) } : null;
      this.redraw();
    });
    this.commit();
  }

  /** The reader has taken hold of something: what moves arrives. */
  finish() { if (this.motion.running) this.motion.finish(); }

  /** Half-width of the plane that shows every code. */
  fitted() {
    const { codes } = this.seeds.first;
    let reach = 0;
    for (let row = 0; row < this.n; row++) {
      const [x, y] = recode(codes.subarray(2 * row, 2 * row + 2), this.m, this.bend);
      reach = Math.max(reach, Math.abs(x), Math.abs(y));
    }
    return Math.max(RIM, 1.05 * reach, ...this.m.map(Math.abs));
  }

  /** Codes that have left the plane are fetched back once the reader lets go. */
  zoom() {
    const from = this.r, to = this.fitted();
    if (this.motion.running || Math.abs(to - from) < 1e-9) return;
    this.motion.start(CHANGE_OF_MODEL, (k) => { this.r = mix(from, to, k); this.redraw(); });
  }

  settle() {
    this.m = roundedMatrix(this.m);
    this.bend = roundTo(this.bend, 2);
    this.u = within(this.u, this.header.bounds.u).map((value) => roundTo(value, 4));
    this.measureRecoding(this.m, this.bend);
    this.zoom();
    this.reading.announce();
    this.redraw();   // last: what was measured here may be where a movement only leads to
    return { m: this.m, bend: this.bend, picked: this.picked, u: this.picked === null ? this.u : null };
  }

  // ---- drawing

  redraw() {
    this.plane.stale = true;
    this.changed = true;
    this.invalidate();
  }

  repaintAll() {
    this.seeds.stale();
    this.redraw();
  }

  restyle() {
    this.legend.restyle(this.theme);
    this.repaintAll();
  }

  paint() {
    if (!this.header || !this.plane.measure()) return;
    const begun = performance.now(), { m, bend } = this.between ?? this, { plane, theme } = this;
    if (this.changed) this.measureRecoding(m, bend);
    plane.look({ x: 0, y: 0, r: this.r });
    const z = recode(this.base, m, bend);
    const context = plane.begin(theme, (base) => {
      drawDots(base, plane, theme, this.cloud, this.legend);
      if (!this.between) drawTicks(base, plane, theme);
      drawNames(base, plane, theme, this.cloud, this.legend);
    });
    drawProbe(context, plane, theme, z, this.between ? 0.3 : 1);
    for (const arrow of [0, 1]) drawHandle(context, plane, theme, m, bend, arrow);
    const present = this.between ? null : this.seeds.whoHas(this.m, this.bend);
    if (!this.between) this.decode(z);
    this.reading.paint(z, present);
    this.placeGrips();
    this.seeds.paint(this.picked, present);
    this.publish(z, begun);
  }

  measureRecoding(m, bend) {
    const back = wayBack(m, this.covariance), { codes, decoder } = this.seeds.first;
    this.error = errorOfRecoding(this.images, codes, decoder, { m, turns: bend, back }, this.cloud.points);
    Object.assign(this, { back, correlation: correlationOf(this.cloud.points), changed: false });
  }

  /** z → x̂ through the decoder as it now is. */
  decoded(z) {
    const u = undo(z, this.back, this.bend), copy = product(this.seeds.first.decoder, u, this.pixels, 2, 1);
    return copy.map((value, i) => this.pca.mean[i] + value);
  }

  decode(z) {
    const begun = performance.now(), image = this.decoded(z);
    this.plane.canvas.dataset.forwardMs = (performance.now() - begun).toFixed(3);
    printImage(this.find("[data-testid=decoded]"), image, this.header.shape, this.theme);
  }

  /** What the keyboard takes hold of stands where the rings are drawn. */
  placeGrips() {
    const { plane, header: { words } } = this;
    this.grips.forEach((grip, arrow) => {
      const [x, y] = this.end(arrow), side = plane.canvas.offsetLeft;
      grip.style.translate = `${plane.X(x) + side}px ${plane.Y(y) + plane.canvas.offsetTop}px`;
      const end = formatPoint([this.m[arrow], this.m[2 + arrow]]);
      grip.setAttribute("aria-label", fill(words.grip, { arrow: arrow + 1, end }));
    });
  }

  /** x, one image → its code as M and the bend have it. */
  encoded(x) {
    const centred = Float64Array.from(x, (value, i) => value - this.pca.mean[i]);
    return recode(product(this.seeds.first.encoder, centred, 2, this.pixels, 1), this.m, this.bend);
  }

  publish(z, begun) {
    const { canvas } = this.plane;
    canvas.setAttribute("aria-label", fill(this.header.words.plane, { n: this.n }));
    canvas.btp = {
      encode: (x) => ({ mu: this.encoded(x), std: [0, 0] }),
      decode: (code) => this.decoded(code),
      error: this.error, floor: this.floor, correlation: this.correlation, back: this.back,
      between: Boolean(this.between), points: this.cloud.points,
      runners: this.seeds.runners, apart: this.seeds.apart, training: this.seeds.waiting.length,
    };
    Object.assign(canvas.dataset, {
      ready: String(!this.between), model: `${this.header.id}-seed1`, points: this.n, bend: this.bend,
      z: z.map((value) => roundTo(value, 4)).join(","), m: this.m.map((entry) => roundTo(entry, 4)).join(","),
      reach: this.r, paintMs: (performance.now() - begun).toFixed(3),
    });
  }
}

export default mount(Recode);
