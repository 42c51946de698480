// ---- twin_map.js: one probe in several latent maps -------------------------------------------------
// Payload. Tensors: for each map "<map>/<weight name>", "<map>/mu" (n, 2) and, where clouds are drawn,
// "<map>/std" (n, 2); "y" (n,) classes; "x" (n, d) originals, 0 … levels. Header: id, levels, shape,
// classes, state {u, kl, picked} (first mount only), watch (whether the codes of a map can be watched
// moving to the next one's) and
//   maps: {<map>: {id, activation, output, twin, prior, m, A, title, note, short?, shown?, measures?}}
//   panels: [[map], …], from left to right; [map, without]: the switch puts the second in its place.
// m and A are the mean and the Cholesky factor of the covariance of a map's codes, shown the rows whose
// q(z|x) is drawn, measures a list of [name, value, digits].
//
// The probe is shared in standardised coordinates u: a map places it at z = m + A u. A picked image
// stands on its own code in each map instead, until the probe is dragged or Escape lets it go.
// State sent to Python: {u, kl, picked}. In the console: canvas.btp.encode(x), canvas.btp.decode(z).

const ORIGINAL_ROOM = 58;   // CSS pixels
const LOOK_FIRST = 450;     // ms: where the codes come from, before they go; then twice the usual time

class TwinMap extends Widget {
  build() {
    Object.assign(this, { u: [0, 0], kl: true, picked: null, change: null, panels: [] });
    this.legend = new Legend(this.find(".chips"), { canHide: false, onChange: () => this.redrawMaps() });
    this.toggle = this.find(".switch");
    this.listen(this.toggle, "click", () => this.switchKl());
  }

  receive({ header, tensors }) {
    if (header.id === this.id) return;
    const maps = {};
    for (const name of header.panels.flat()) maps[name] = this.readMap(name, header, tensors);
    const { network, cloud } = maps[header.panels[0][0]], count = cloud.classes.length;
    const originals = needTensor(tensors, "x", [count, network.pixels]).data;
    if (!this.id) this.begin(header.state ?? {}, count);
    this.finish();
    Object.assign(this, { maps, originals, header, id: header.id });
    if (!this.panels.length) this.buildPanels();
    this.legend.name(header.classes, header.glyphs);
    this.legend.restyle(this.theme);
    this.redrawMaps();
  }

  readMap(name, header, tensors) {
    const facts = header.maps?.[name];
    if (!facts) throw new PayloadError(`The data sent for this figure lack the map “${name}”.`);
    const network = new Network(tensors, `${name}/`, facts);
    needPlanar(network, header.shape);
    const classes = needTensor(tensors, "y", [null]).data, count = classes.length;
    const points = needTensor(tensors, `${name}/mu`, [count, 2]).data;
    const std = facts.shown ? needTensor(tensors, `${name}/std`, [count, 2]).data : null;
    const cloud = makeCloud(points, std, classes, header.classes, header.glyphs);
    return { ...facts, name, network, cloud, view: fitView(points, facts.prior) };
  }

  buildPanels() {
    const { panels, watch } = this.header, host = this.find(".maps");
    this.panels = panels.map((_, index) => new Panel(this, index));
    this.panels.forEach((panel, index) => new Gestures(this, panel.plane, this.answers(index)));
    host.prepend(...this.panels.map(({ node }) => node));
    host.classList.add(panels.length > 2 ? "row" : "pair");
    host.style.setProperty("--count", panels.length);
    this.toggle.hidden = !panels.some((names) => names.length > 1);
    if (!watch) return;
    this.find(".watch").hidden = false;
    this.panels.slice(1).forEach((_, left) => {
      const button = element("button", `${this.mapOf(left).short} → ${this.mapOf(left + 1).short}`);
      Object.assign(button, { type: "button", className: "button" });
      this.listen(button, "click", () => this.watch(left));
      this.find(".watch").append(button);
    });
  }

  answers(index) {
    return {
      aim: (z) => this.aim(index, this.panels[index].plane.clamp(z)),
      tap: (x, y, reach) => this.pickNear(index, x, y, reach),
      rest: () => this.commit(),
      step: (dx, dy) => this.step(index, dx, dy),
      home: () => { this.letGo(index); this.u = [0, 0]; this.invalidate(); this.commitSoon(); },
      nearest: () => this.pickNearest(index),
      letGo: () => { if (this.picked !== null) { this.letGo(index); this.commit(); } },
    };
  }

  /** What the link or Python remembers, on the first mount. */
  begin(state, count) {
    if (Array.isArray(state.u) && state.u.every(Number.isFinite)) this.u = state.u.slice(0, 2);
    this.kl = state.kl !== false;
    const row = state.picked;
    this.picked = Number.isInteger(row) && row >= 0 && row < count ? row : null;
  }

  // ---- the probe

  mapOf(index) {
    const names = this.header.panels[index];
    return this.maps[this.kl ? names[0] : names.at(-1)];
  }

  probeOn({ m, A, cloud }) {
    if (this.picked !== null) return [...cloud.points.subarray(2 * this.picked, 2 * this.picked + 2)];
    return [0, 1].map((k) => m[k] + A[k][0] * this.u[0] + A[k][1] * this.u[1]);
  }

  probeIn(index) { return this.probeOn(this.mapOf(index)); }

  /** Put the probe on z of one map; the others follow through u. */
  aim(index, z) {
    this.finish();
    const { m, A: [[a, b], [c, d]] } = this.mapOf(index);
    const x = z[0] - m[0], y = z[1] - m[1], area = a * d - b * c;
    this.picked = null;
    this.u = [(d * x - b * y) / area, (a * y - c * x) / area];
    this.invalidate();
  }

  step(index, dx, dy) {
    const z = this.probeIn(index), { plane } = this.panels[index], { r } = plane.view;
    this.aim(index, plane.clamp([z[0] + dx * r, z[1] + dy * r]));
    this.commitSoon();
  }

  letGo(index) {
    if (this.picked !== null) this.aim(index, this.probeIn(index));
  }

  pickNear(index, x, y, reach) {
    const row = nearestRow(this.panels[index].plane, this.mapOf(index).cloud, this.legend, x, y, reach);
    if (row >= 0) this.picked = row;
    this.invalidate();
  }

  pickNearest(index) {
    const { plane } = this.panels[index], [x, y] = this.probeIn(index);
    this.finish();
    this.pickNear(index, plane.X(x), plane.Y(y), Infinity);
    this.commit();
  }

  settle() {
    if (this.picked === null) this.u = this.u.map((value) => roundTo(value, 3));
    this.announce();
    return { u: this.u.map((value) => roundTo(value, 3)), kl: this.kl, picked: this.picked };
  }

  announce() {
    if (!this.maps) return;
    const where = this.panels.map(({ plane }, index) => {
      const { title, cloud } = this.mapOf(index);
      const near = this.picked === null ? nearestInWords(plane, cloud, this.legend, this.probeIn(index)) : "";
      return [`${title}: z = ${this.pointText(index)}`, near].filter(Boolean).join(", ");
    });
    const what = this.picked === null ? "" : `Picked ${withArticle(this.pickedClass())}. `;
    this.find(".spoken").textContent = `${what}${where.join("; ")}.`;
  }

  // ---- from one model to another

  /** Swap the models that have a twin without its KL term. */
  switchKl() {
    if (!this.maps) return;
    this.finish();
    const index = this.header.panels.findIndex((names) => names.length > 1), from = this.mapOf(index);
    this.kl = !this.kl;
    this.motion.start(CHANGE_OF_MODEL, this.passing(index, from));
    this.commit();
  }

  /** Show, in the map to its right, how the codes of map `left` would have to move. */
  watch(left) {
    this.finish();
    const [from, to] = [this.mapOf(left), this.mapOf(left + 1)], step = this.passing(left + 1, from);
    step(0);
    this.later = setTimeout(() => this.motion.start(2 * CHANGE_OF_MODEL, step), LOOK_FIRST);
    this.find(".spoken").textContent = `In the map “${to.title}” the codes move from where “${from.title}” `
      + "has them to their own places. Nothing is decoded between two models.";
  }

  passing(index, from) {
    const to = this.mapOf(index), points = new Float32Array(to.cloud.points.length);
    return (k) => {
      const places = [this.probeOn(from), this.probeOn(to)];
      this.change = k < 1 ? { index, ...passage(from, to, places, k, points) } : null;
      this.panels[index].plane.stale = true;
      this.invalidate();
    };
  }

  /** The reader has taken hold of something: what moves arrives. */
  finish() {
    clearTimeout(this.later);
    this.motion.finish();
    if (!this.change) return;
    this.panels[this.change.index].plane.stale = true;
    this.change = null;
    this.invalidate();
  }

  leave() { clearTimeout(this.later); }

  // ---- drawing

  redrawMaps() {
    for (const { plane } of this.panels) plane.stale = true;
    this.invalidate();
  }

  restyle() {
    this.legend.restyle(this.theme);
    this.redrawMaps();
  }

  paint() {
    if (!this.maps || !this.panels.every(({ plane }) => plane.measure())) return;
    this.paintSwitch();
    this.panels.forEach((panel, index) => {
      const change = this.change?.index === index ? this.change : null;
      panel.paint(this.mapOf(index), change, this.probeIn(index), this.pointText(index));
    });
    this.paintPicked();
  }

  paintSwitch() {
    if (this.toggle.getAttribute("aria-checked") === String(this.kl)) return;
    this.toggle.setAttribute("aria-checked", String(this.kl));
    this.find(".word").textContent = this.kl ? "on" : "off";
  }

  paintPicked() {
    const canvas = this.find(".picked .printed"), words = this.find(".picked .sub");
    const key = `${this.picked} ${this.id} ${this.theme.id}`;
    if (key === this.pickedShown) return;
    this.pickedShown = key;
    canvas.hidden = this.picked === null;
    words.textContent = this.picked === null ? "Pick a dot to see the image behind it."
      : `the image you picked, ${withArticle(this.pickedClass())}`;
    if (this.picked === null) return;
    const { shape, levels } = this.header, pixels = shape[0] * shape[1];
    printImage(canvas, originalImage(this.originals, this.picked, pixels, levels), shape, this.theme);
    fitPixels(canvas, shape, ORIGINAL_ROOM);
    canvas.setAttribute("aria-label", `The image you picked, ${withArticle(this.pickedClass())}`);
  }

  pickedClass() { return this.header.classes[this.mapOf(0).cloud.classes[this.picked]]; }

  pointText(index) { return formatPoint(this.probeIn(index), digitsFor(this.mapOf(index).view.r)); }
}

export default mount(TwinMap);
