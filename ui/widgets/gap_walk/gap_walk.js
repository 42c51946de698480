// ---- gap_walk.js: a walk between two codes, over the places where none lies ------------------------------
// Payload. Tensors: the model's weights under "model/…"; "mu" (n, 2), "y" (n,) and "x" (n, d) of 0 … levels of
// the training images. Header: id, activation, output, levels, shape, classes, unit (the mean distance between
// two images), held (median distance of a held-out image to its nearest training image, in units), presets:
// [[name, [a, b]], …], same (what to say where A is B), state {pair, at, z} (first mount only).
//
// The handle walks the straight line from A's code to B's; dragging the map takes the probe off the way, a tap
// on a code makes it the new B. State sent to Python: {pair, at, z}; z null: on the way. In the console:
// canvas.btp.encode, decode, way() (what was measured along it), onScreen(z).

const IMAGE_ROOM = 96, IMAGE_ROOM_SMALL = 80, END_ROOM = 32;   // CSS pixels
const HOW = "Drag, or use the arrow keys, to move the probe; Shift makes larger steps, Home goes back to the "
  + "way, Enter makes the nearest digit the new B.";
const LINES = [
  { name: "code", top: 1.6, words: "Distance to the nearest code" },
  { name: "real", top: 0.6, words: "Distance to the nearest real digit" },
  { name: "change", top: 0.18, words: "Change per hundredth of the way" },
];

class GapWalk extends Widget {
  build() {
    Object.assign(this, { state: null });
    this.plane = new Plane(this.find("[data-testid=latent-map]"));
    this.decoded = this.find("[data-testid=decoded]");
    this.original = this.find(".nearest canvas");
    this.strip = this.find(".strip");
    this.stripBase = document.createElement("canvas");
    this.lines = LINES.map(({ name }) => new WayLines(this.find(`.plot.${name} canvas`), FRAMES));
    this.values = LINES.map(({ name }) => this.find(`.plot.${name} .value`));
    this.legend = { stateOf: () => "lit" };
    this.handle = new RangeHandle(this, this.find(".range"), {
      move: (share) => this.walkTo(share), rest: () => this.commit(), soon: () => this.commitSoon(),
    });
    new Gestures(this, this.plane, {
      aim: (z) => { this.state.z = this.plane.clamp(z); this.invalidate(); },
      tap: (x, y, reach) => this.pickNear(x, y, reach),
      rest: () => this.commit(),
      step: (dx, dy) => this.step(dx, dy),
      home: () => { this.walkTo(this.state.at); this.commitSoon(); },
      nearest: () => { this.pickNear(...this.onScreen(this.probe), Infinity); this.commit(); },
      letGo: () => { this.walkTo(this.state.at); this.commit(); },
    });
  }

  receive({ header, tensors }) {
    if (header.id === this.header?.id) return;
    const network = new Network(tensors, "model/", header), classes = needTensor(tensors, "y", [null]).data;
    const count = classes.length, codes = needTensor(tensors, "mu", [count, 2]).data;
    const bytes = needTensor(tensors, "x", [count, network.pixels]).data;
    const real = new RealImages(Float32Array.from(bytes, (level) => level / header.levels), network.pixels);
    const cloud = makeCloud(codes, null, classes, header.classes, null);
    Object.assign(this, { header, network, codes, bytes, real, cloud, view: fitView(codes, false) });
    this.begin(header.state ?? {}, count);
    this.namePresets();
    this.find(".same").textContent = header.same;
    this.plane.canvas.btp = {
      encode: (x) => network.encode(x), decode: (z) => network.decode(z),
      way: () => ({ code: this.way.code, real: this.way.real, change: this.way.change, rows: this.way.rows }),
      onScreen: (z) => this.onScreen(z),
    };
    this.plane.canvas.setAttribute("aria-label",
      `Latent map of an autoencoder: ${count} digits as dots, and the straight way from A to B. ${HOW}`);
  }

  /** What the link or Python remembers, on the first mount. */
  begin({ pair, at, z }, count) {
    const isRow = (row) => Number.isInteger(row) && row >= 0 && row < count;
    const known = Array.isArray(pair) && pair.length === 2 && pair.every(isRow);
    this.state = {
      at: Number.isFinite(at) ? Math.min(1, Math.max(0, at)) : 0,
      z: Array.isArray(z) ? z : null,
    };
    this.show(known ? pair : this.header.presets[0][1]);
  }

  namePresets() {
    this.presets = this.header.presets.map(([name, pair]) => {
      const button = Object.assign(element("button", name), { type: "button", className: "button" });
      this.listen(button, "click", () => { this.state.z = null; this.show([...pair]); this.commit(); });
      return { button, pair };
    });
    this.find(".presets").replaceChildren(...this.presets.map(({ button }) => button));
  }

  // ---- the way and the probe

  show(pair) {
    this.state.pair = pair;
    this.way = new Way(this.network, this.codes, this.real, this.header.unit, pair);
    this.printed = false;
    this.plane.stale = true;
    this.invalidate();
  }

  get probe() { return this.state.z ?? this.way.at(this.state.at); }

  onScreen([x, y]) { return [this.plane.X(x), this.plane.Y(y)]; }

  walkTo(share) {
    Object.assign(this.state, { at: share, z: null });
    this.invalidate();
  }

  step(dx, dy) {
    const { r } = this.plane.view, [x, y] = this.probe;
    this.state.z = this.plane.clamp([x + dx * r, y + dy * r]);
    this.invalidate();
    this.commitSoon();
  }

  pickNear(x, y, reach) {
    const row = nearestRow(this.plane, this.cloud, this.legend, x, y, reach);
    if (row < 0) return;
    this.walkTo(1);
    if (row !== this.state.pair[1]) this.show([this.state.pair[1], row]);
  }

  settle() {
    const { state } = this;
    state.at = roundTo(state.at, 2);
    if (state.z) state.z = state.z.map((value) => roundTo(value, 3));
    const { code, real, row } = this.measure(), where = state.z ? `z = ${formatPoint(state.z, 1)}` : this.shareText();
    this.find(".spoken").textContent = `${where}: the nearest code is ${formatNumber(code)} away, the nearest digit `
      + `is ${this.className(row)}, ${formatNumber(real)} mean distances away.`;
    return { ...state };
  }

  shareText() {
    const [a, b] = this.state.pair.map((row) => this.className(row));
    return `${Math.round(100 * this.state.at)} % of the way from ${a} to ${b}`;
  }

  /** Whether the handle stands where the way is farthest from all codes. */
  get isWidest() { return this.way.widest > 0 && Math.round(this.state.at * (PLACES - 1)) === this.way.widest; }

  className(row) { return withArticle(this.header.classes[this.cloud.classes[row]]); }

  /** What holds at the probe; `change` on the way only, that of the nearest hundredth. */
  measure() {
    const { probe: z, state, way, header } = this, begun = performance.now(), image = this.network.glance(z);
    const spent = performance.now() - begun, nearest = this.real.nearest(image);
    const change = state.z ? null : way.change[Math.min(PLACES - 2, Math.floor(state.at * (PLACES - 1)))];
    return {
      z, image, spent, row: nearest.row, change,
      code: toNearestCode(this.codes, z), real: nearest.distance / header.unit,
    };
  }

  // ---- drawing

  restyle() { this.printed = false; this.plane.stale = true; }

  resize() { this.printed = false; }

  paint() {
    const { plane, header, theme, state } = this;
    if (!header || !plane.measure()) return;
    plane.look(this.view);
    if (!this.printed) this.print();
    const found = this.measure(), share = state.z ? null : state.at;
    this.paintMap(found);
    this.paintStrip(share);
    this.lines.forEach((line, k) => {
      const value = found[LINES[k].name];
      line.paint(theme, share);
      this.values[k].textContent = value === null ? "–" : formatNumber(value);
    });
    this.handle.show(state.at, `${Math.round(100 * state.at)} % of the way from A to B${this.isWidest ? ", where the circle is widest" : ""}`);
    this.paintImages(found);
    Object.assign(plane.canvas.dataset, {
      ready: "true", model: header.id, points: this.cloud.classes.length, twin: "ae",
      forwardMs: found.spent.toFixed(3), z: found.z.map((value) => value.toFixed(4)).join(","),
    });
  }

  paintMap({ z, code }) {
    const { plane, theme, cloud } = this;
    const context = plane.begin(theme, (base) => {
      drawDots(base, plane, theme, cloud, this.legend);
      drawTicks(base, plane, theme);
      drawNames(base, plane, theme, cloud, this.legend);
      drawWayOn(base, plane, theme, this.state.pair.map((row) => [this.codes[2 * row], this.codes[2 * row + 1]]));
    });
    drawEmptyCircle(context, plane, theme, z, code);
    drawProbe(context, plane, theme, z);
  }

  paintImages({ image, row, z }) {
    const { header, theme, cloud, network } = this;
    printImage(this.decoded, image, header.shape, theme);
    this.find(".value-z").textContent = formatPoint(z, digitsFor(this.view.r));
    const name = header.classes[cloud.classes[row]], of = `${row} ${theme.id}`;
    if (this.nearestOf === of) return;
    this.nearestOf = of;
    printImage(this.original, originalImage(this.bytes, row, network.pixels, header.levels), header.shape, theme);
    this.original.setAttribute("aria-label", `The nearest training image, ${withArticle(name)}`);
    this.find(".nearest b").textContent = name;
  }

  /** Everything that depends on the pair, the size and the colours alone. */
  print() {
    const { header, theme, way, plane, state } = this, { classes } = header;
    this.printStrip();
    this.lines.forEach((line, k) => {
      const { name, top, words } = LINES[k], values = way[name], ends = [Math.min(...values), Math.max(...values)];
      line.print(theme, {
        lines: [{ values, steps: name === "change" }], top, ticks: 2, level: name === "real" ? header.held : null,
        label: `${words}: from ${ends.map((end) => formatNumber(end)).join(" to ")}`,
      });
    });
    const groups = way.frames.map((_, k) => this.cloud.classes[way.rows[k * (PLACES - 1) / (FRAMES - 1)]]);
    this.find(".labels").replaceChildren(...groups.map((group) => {
      const label = element("span", classes[group]);
      label.style.setProperty("--class", theme.classes[group % theme.classes.length]);
      return label;
    }));
    this.strip.setAttribute("aria-label", `${FRAMES} decodings from A to B. Their nearest digits: `
      + `${groups.map((group) => classes[group]).join(", ")}.`);
    state.pair.forEach((row, end) => {
      const canvas = this.find(`.end.${"ab"[end]} canvas`);
      printImage(canvas, originalImage(this.bytes, row, this.network.pixels, header.levels), header.shape, theme);
      fitPixels(canvas, header.shape, END_ROOM);
      canvas.setAttribute("aria-label", `Digit ${"AB"[end]}, ${this.className(row)}`);
    });
    for (const { button, pair } of this.presets) button.setAttribute("aria-pressed", String(String(pair) === String(state.pair)));
    const mark = this.find(".widest");
    mark.style.setProperty("--at", way.widest / (PLACES - 1));
    mark.hidden = state.pair[0] === state.pair[1];
    this.find(".same").hidden = state.pair[0] !== state.pair[1];
    for (const canvas of [this.decoded, this.original]) {
      fitPixels(canvas, header.shape, plane.small ? IMAGE_ROOM_SMALL : IMAGE_ROOM);
    }
    this.printed = true;
  }

  printStrip() {
    const { strip, stripBase, theme, header, way } = this, ratio = window.devicePixelRatio || 1;
    const width = Math.round(strip.clientWidth * ratio), height = Math.round(width / FRAMES);
    for (const canvas of [strip, stripBase]) Object.assign(canvas, { width, height });
    const context = stripBase.getContext("2d");
    context.fillStyle = theme.paper;
    context.fillRect(0, 0, width, height);
    const sheet = new Sheet(FRAMES, 1, header.shape, width, height, theme.printed[0]);
    way.frames.forEach((frame, k) => sheet.paint(k, frame, 0, theme.printed));
    sheet.draw(context, 0, 0, width, height);
  }

  paintStrip(share) {
    const { strip, stripBase, theme } = this, context = strip.getContext("2d"), ratio = window.devicePixelRatio || 1;
    context.drawImage(stripBase, 0, 0);
    if (share === null) return;
    context.fillStyle = theme.z;
    context.globalAlpha = 0.7;
    context.fillRect(Math.round(strip.width * (share * (FRAMES - 1) + 0.5) / FRAMES - ratio / 2), 0, ratio, strip.height);
    context.globalAlpha = 1;
  }
}

/** The way, its ends named. */
function drawWayOn(context, plane, theme, ends) {
  const places = ends.map(([x, y]) => [plane.X(x), plane.Y(y)]);
  for (const [colour, width] of [[theme.paper, 4], [theme.ink, 1.5]]) {
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.beginPath();
    places.forEach(([x, y]) => context.lineTo(x, y));
    context.stroke();
  }
  context.font = `600 14px ${theme.sans}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  places.forEach(([x, y], end) => {
    context.beginPath();
    context.arc(x, y, 4, 0, 2 * Math.PI);
    context.fillStyle = theme.paper;
    context.strokeStyle = theme.ink;
    context.lineWidth = 2;
    context.fill();
    context.stroke();
    haloText(context, theme, "AB"[end], Math.min(plane.size - 9, Math.max(9, x)), y < 24 ? y + 15 : y - 15, theme.ink, 5);
  });
}

/** The largest circle around the probe with no code in it. */
function drawEmptyCircle(context, plane, theme, [x, y], radius) {
  context.fillStyle = theme.z;   // no outline: the ring is the probe's
  context.beginPath();
  context.arc(plane.X(x), plane.Y(y), radius * plane.scale, 0, 2 * Math.PI);
  context.globalAlpha = 0.3;
  context.fill();
  context.globalAlpha = 1;
}

export default mount(GapWalk);
