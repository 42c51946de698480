// ---- twin_map.js: one probe in two latent maps ---------------------------------------------------
// Payload. Tensors: for each map ae, vae, vae0 (the VAE without its KL term) "<map>/<weight name>" and
// "<map>/mu" (n, 2); "y" (n,) classes; "x" (n, d) originals, 0 … levels. Header: id, levels, shape,
// classes, state {u, kl, picked} (first mount only) and maps: {<map>: {id, activation, output, m, A,
// title?, note?}}. m and A are the mean and the Cholesky factor of the covariance of a map's codes.
//
// The probe is shared in standardised coordinates u: a map places it at z = m + A u. A picked image
// stands on its own code in each map instead, until the probe is dragged or Escape lets it go.
// State sent to Python: {u, kl, picked}. In the console: canvas.btp.encode(x), canvas.btp.decode(z).

const TWINS = {
  ae: { title: "Autoencoder", note: "taught only to copy" },
  vae: { title: "Variational autoencoder", note: "copies, and stays near p(z)" },
  vae0: { title: "Variational autoencoder", note: "without its KL term" },
};
const ORIGINAL_ROOM = 58, DECODED_ROOM = 112, DECODED_ROOM_SMALL = 64;   // CSS pixels

class TwinMap extends Widget {
  build() {
    Object.assign(this, { u: [0, 0], kl: true, picked: null, touched: 0, change: null });
    this.sides = ["left", "right"].map((side, index) => this.buildSide(side, index));
    this.legend = new Legend(this.find(".chips"), { canHide: false, onChange: () => this.redrawMaps() });
    this.toggle = this.find(".switch");
    this.listen(this.toggle, "click", () => this.switchKl());
  }

  buildSide(side, index) {
    const plane = new Plane(this.find(`.${side} .plane`));
    new Gestures(this, plane, {
      aim: (z) => this.aim(index, plane.clamp(z)),
      tap: (x, y, reach) => this.pickNear(index, x, y, reach),
      rest: () => this.commit(),
      step: (dx, dy) => this.step(index, dx, dy),
      home: () => { this.letGo(index); this.u = [0, 0]; this.invalidate(); this.commitSoon(); },
      nearest: () => this.pickNearest(index),
      letGo: () => { if (this.picked !== null) { this.letGo(index); this.commit(); } },
    });
    return {
      plane,
      head: this.find(`.head.${side}`),
      decoded: this.find(`.${side} [data-testid=decoded]`),
      value: this.find(`.${side} .value`),
    };
  }

  receive({ header, tensors }) {
    if (header.id === this.id) return;
    const maps = {};
    for (const name of Object.keys(TWINS)) maps[name] = this.readMap(name, header, tensors);
    const pixels = maps.ae.network.pixels, count = maps.ae.cloud.classes.length;
    const originals = needTensor(tensors, "x", [count, pixels]).data;
    if (!this.id) this.begin(header.state ?? {}, count);
    Object.assign(this, { maps, originals, header, id: header.id, change: null });
    this.legend.name(header.classes, header.glyphs);
    this.legend.restyle(this.theme);
    this.redrawMaps();
  }

  readMap(name, header, tensors) {
    const facts = header.maps?.[name];
    if (!facts) throw new PayloadError(`The data sent for this figure lack the map “${name}”.`);
    const network = new Network(tensors, `${name}/`, facts);
    if (network.latent !== 2) throw new PayloadError("A map draws codes of two numbers.");
    if (network.pixels !== header.shape[0] * header.shape[1]) {
      const size = header.shape.join(" × ");
      throw new PayloadError(`The model “${name}” does not decode to ${size} pixels.`);
    }
    const classes = needTensor(tensors, "y", [null]).data;
    const points = needTensor(tensors, `${name}/mu`, [classes.length, 2]).data;
    const cloud = makeCloud(points, null, classes, header.classes, header.glyphs);
    const prior = name === "vae";
    return { ...TWINS[name], ...facts, name, network, cloud, prior, view: fitView(points, prior) };
  }

  /** What the link or Python remembers, on the first mount. */
  begin(state, count) {
    if (Array.isArray(state.u) && state.u.every(Number.isFinite)) this.u = state.u.slice(0, 2);
    this.kl = state.kl !== false;
    const row = state.picked;
    this.picked = Number.isInteger(row) && row >= 0 && row < count ? row : null;
  }

  // ---- the probe

  mapOf(index) { return this.maps[index === 0 ? "ae" : this.kl ? "vae" : "vae0"]; }

  probeIn(index) {
    const { m, A, cloud } = this.mapOf(index);
    if (this.picked !== null) return [...cloud.points.subarray(2 * this.picked, 2 * this.picked + 2)];
    return [0, 1].map((k) => m[k] + A[k][0] * this.u[0] + A[k][1] * this.u[1]);
  }

  /** Put the probe on z of one map; the other follows through u. */
  aim(index, z) {
    this.motion.finish();
    const { m, A: [[a, b], [c, d]] } = this.mapOf(index);
    const x = z[0] - m[0], y = z[1] - m[1], area = a * d - b * c;
    Object.assign(this, { touched: index, picked: null });
    this.u = [(d * x - b * y) / area, (a * y - c * x) / area];
    this.invalidate();
  }

  step(index, dx, dy) {
    const z = this.probeIn(index), { plane } = this.sides[index], { r } = plane.view;
    this.aim(index, plane.clamp([z[0] + dx * r, z[1] + dy * r]));
    this.commitSoon();
  }

  letGo(index) {
    if (this.picked !== null) this.aim(index, this.probeIn(index));
  }

  pickNear(index, x, y, reach) {
    const row = nearestRow(this.sides[index].plane, this.mapOf(index).cloud, this.legend, x, y, reach);
    if (row >= 0) Object.assign(this, { picked: row, touched: index });
    this.invalidate();
  }

  pickNearest(index) {
    const { plane } = this.sides[index], [x, y] = this.probeIn(index);
    this.motion.finish();
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
    const where = [0, 1].map((index) => `${this.mapOf(index).title}: z = ${this.pointText(index)}`);
    const what = this.picked === null ? "" : `Picked ${withArticle(this.pickedClass())}. `;
    this.find(".spoken").textContent = `${what}${where.join("; ")}.`;
  }

  // ---- the KL term

  /** Swap the right-hand model. The points keep their identity on the way; nothing is decoded there. */
  switchKl() {
    if (!this.maps) return;
    this.motion.finish();
    const from = this.mapOf(1);
    this.kl = !this.kl;
    const to = this.mapOf(1), points = new Float32Array(to.cloud.points.length);
    this.motion.start(CHANGE_OF_MODEL, (k) => {
      const view = mixViews(from.view, to.view, k);
      mixPlaces(from, to, k, view, points);
      this.change = k < 1 ? { from, view, k, cloud: { ...to.cloud, points } } : null;
      this.sides[1].plane.stale = true;
      this.invalidate();
    });
    this.commit();
  }

  // ---- drawing

  redrawMaps() {
    for (const { plane } of this.sides) plane.stale = true;
    this.invalidate();
  }

  restyle() {
    this.legend.restyle(this.theme);
    this.redrawMaps();
  }

  paint() {
    if (!this.maps || !this.sides.every(({ plane }) => plane.measure())) return;
    this.paintWords();
    this.sides.forEach((side, index) => this.paintSide(side, index));
    this.paintPicked();
  }

  paintWords() {
    this.toggle.setAttribute("aria-checked", String(this.kl));
    this.find(".word").textContent = this.kl ? "on" : "off";
    this.body.classList.toggle("changing", Boolean(this.change));
    this.sides.forEach(({ head, plane }, index) => {
      const { title, note, cloud } = this.mapOf(index);
      head.querySelector(".name").textContent = title;
      head.querySelector(".sub").textContent = note;
      plane.canvas.setAttribute("aria-label", `Latent map of the ${title.toLowerCase()}, ${note}: `
        + `${cloud.classes.length} images as dots. Drag, or use the arrow keys, to move the probe; `
        + "Shift makes larger steps, Home goes to the centre, Enter picks the nearest image, "
        + "Escape lets it go.");
    });
  }

  paintSide(side, index) {
    const { plane } = side, map = this.mapOf(index), change = index === 1 ? this.change : null;
    plane.look(change ? change.view : map.view);
    const context = plane.begin(this.theme, (base) => this.drawBase(base, plane, map, change));
    const z = this.probeIn(index);
    if (change) this.drawPassingProbe(context, plane, map);
    else {
      drawProbe(context, plane, this.theme, z);
      this.decode(side, map, z);
      side.value.textContent = this.pointText(index);
    }
    Object.assign(plane.canvas.dataset, {
      ready: String(!change), model: map.id, points: map.cloud.classes.length,
      z: z.map((value) => value.toFixed(4)).join(","),
    });
    plane.canvas.btp ??= {
      encode: (x) => this.mapOf(index).network.encode(x),
      decode: (code) => this.mapOf(index).network.decode(code),
    };
  }

  drawBase(base, plane, map, change) {
    const cloud = change ? change.cloud : map.cloud;
    drawDots(base, plane, this.theme, cloud, this.legend);
    if (!change && map.prior) drawPrior(base, plane, this.theme);
    if (!change) drawTicks(base, plane, this.theme);   // between two models there are no units
    drawNames(base, plane, this.theme, cloud, this.legend);
  }

  drawPassingProbe(context, plane, to) {
    const { from, k, view } = this.change;
    const place = (map) => {
      const z = this.picked === null
        ? [0, 1].map((i) => map.m[i] + map.A[i][0] * this.u[0] + map.A[i][1] * this.u[1])
        : [...map.cloud.points.subarray(2 * this.picked, 2 * this.picked + 2)];
      return [(z[0] - map.view.x) / map.view.r, (z[1] - map.view.y) / map.view.r];
    };
    const [a, b] = [place(from), place(to)];
    const z = [view.x + view.r * mix(a[0], b[0], k), view.y + view.r * mix(a[1], b[1], k)];
    drawProbe(context, plane, this.theme, z, 0.3);
  }

  decode(side, map, z) {
    const { shape } = this.header, begun = performance.now();
    const image = map.network.glance(z);
    side.plane.canvas.dataset.forwardMs = (performance.now() - begun).toFixed(3);
    printImage(side.decoded, image, shape, this.theme);
    const room = this.sides[0].plane.small ? DECODED_ROOM_SMALL : DECODED_ROOM;
    if (side.room !== room) fitPixels(side.decoded, shape, side.room = room);
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

/** Codes on their way from one map to another, moved as they stand on the screen. */
function mixPlaces(from, to, k, view, into) {
  for (let i = 0; i < into.length; i++) {
    const axis = i % 2 ? "y" : "x";
    const a = (from.cloud.points[i] - from.view[axis]) / from.view.r;
    const b = (to.cloud.points[i] - to.view[axis]) / to.view.r;
    into[i] = view[axis] + view.r * mix(a, b, k);
  }
}

export default mount(TwinMap);
