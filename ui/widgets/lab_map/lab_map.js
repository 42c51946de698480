// ---- lab_map.js: one network of the lab, its codes in a plane, one probe for all maps ---------------
// Payload. Tensors: weights under "model/…", those of eight bits with a "scale/…" (rows,) beside them;
// "mu" (n, k) of the images shown, "y" (n,) their classes; "std" (m, k) of the rows "std_rows" (m,);
// where they exist "losses" (101,), percentiles of the loss over the images kept aside, and "all_mu" (N, k),
// "all_y" (N,) of every training image. Header: id, name, line (settings), slot, live, coarse (eight bits), data (whose images),
// shape, classes, glyphs, table (null or {names, low, high} of the first columns: value = low + x (high −
// low)), shown (rows whose q(z|x) is drawn), words (content/en/lab_map.md), state (first mount only) and
// what network.js needs: activation, output, model, likelihood, c, beta, prior, architecture.
//
// Maps meet on the bus: lab-probe {u, from}, the probe in each map's own standard deviations;
// lab-pick {row, data}, a picked image, or null; lab-spotlight {names, groups}; lab-input, what to encode.
// A code is z = h + Vᵀ a: a where the probe is in the plane, h what is held in all other directions.
// State sent to Python: {u, picked, data, axes, hold}; hold: null (the picked image's code, else the mean),
// "mean", a row, or k numbers.

const ROOM = 84, ROOM_SMALL = 64;   // CSS pixels of the decoded image

class LabMap extends Widget {
  build() {
    Object.assign(this, { u: [0, 0], probe: "u", picked: null, hold: null, axes: null, showAll: false });
    this.plane = new Plane(this.find("[data-testid=latent-map]"));
    this.decoded = this.find("[data-testid=decoded]");
    this.legend = new Legend(this.find(".chips"), { canHide: false, onChange: () => this.tellSpotlight() });
    this.input = new InputPart(this);
    this.list = new CodeList(this, {
      move: (i, value) => this.setNumber(i, value), rest: () => this.commit(), soon: () => this.commitSoon(),
    });
    new Gestures(this, this.plane, {
      aim: (z) => this.aim(this.plane.clamp(z)),
      tap: (x, y, reach) => this.pickNear(x, y, reach),
      rest: () => this.commit(),
      step: (dx, dy) => this.step(dx, dy),
      home: () => { this.aim([this.plane.view.x, this.plane.view.y]); this.commitSoon(); },
      nearest: () => { const [x, y] = this.spot(); this.pickNear(this.plane.X(x), this.plane.Y(y), Infinity); this.commit(); },
      letGo: () => { if (this.probe !== "u") { this.aim(this.spot()); this.commit(); } },
    });
    this.choices = new Choices(this);
    this.listen(this.find(".all"), "click", () => { this.showAll = !this.showAll; this.redraw(); });
    this.listen(this.find(".png"), "click", () => savePng(this));
    this.listen(this.find(".svg"), "click", () => saveSvg(this));
  }


  receive({ header, tensors }) {
    const before = this.model;
    if (before && isSamePicture(before, header, tensors)) {
      Object.assign(before, { name: header.name, line: header.line });
      this.worded = null;
      return;
    }
    const model = readPicture(header, tensors), from = this.seen;
    if (!before) this.begin(model);
    else if (before.data !== model.data || before.k !== model.k) this.forget();
    this.model = model;
    this.legend.name(model.names, model.glyphs);
    this.legend.restyle(this.theme);
    this.list.follow(model);
    this.input.ask();
    this.choices.show();
    this.see(seenIn(model, this.axes, from?.pca), before?.data === model.data && before.k === model.k ? from : null);
    if (!before) this.hearOthers();
  }

  /** What the link or Python remembers. */
  begin({ state, count, k, data, slot }) {
    const kept = lastTold(`lab-plane-${slot}`) ?? state, isRow = (row) => Number.isInteger(row) && row >= 0 && row < count;
    const isList = (list, length) => Array.isArray(list) && list.length === length && list.every(Number.isFinite);
    if (isList(state.u, 2)) this.u = [...state.u];
    if (isRow(state.picked) && state.data === data) Object.assign(this, { picked: state.picked, probe: "picked", hold: state.picked });
    this.placed = this.picked !== null || this.u.some(Boolean);
    if (k < 3) return;
    if (isList(kept.axes, 2) && kept.axes.every((axis) => isRow(axis) && axis < k) && kept.axes[0] !== kept.axes[1]) this.axes = kept.axes;
    if (kept.hold === "mean") this.hold = null;
    else if (isRow(kept.hold)) this.hold = kept.hold;
    else if (isList(kept.hold, k)) this.hold = Float64Array.from(kept.hold);
  }

  hearOthers() {
    hear(this, "lab-probe", ({ u, from }) => {
      if (from === this) return;
      Object.assign(this, { u, probe: "u", picked: null });
      this.invalidate();
    });
    hear(this, "lab-pick", (pick) => {
      if (pick && pick.data === this.model.data && pick.row < this.model.count) this.stand(pick.row);
    });
    hear(this, "lab-spotlight", ({ names, groups }) => {
      if (names !== String(this.model.names)) return;
      this.legend.spotlit = new Set(groups);
      this.legend.refresh();
      this.redraw();
    });
    hear(this, "lab-input", (told) => this.hearInput(told));
  }

  /** Other images, or codes of another length: old places mean nothing. */
  forget() { Object.assign(this, { probe: "u", picked: null, hold: null, axes: null, seen: null }); }

  // ---- the plane

  /** Show codes as `seen` has them; those of `from`, the same images a keyframe ago, move there. */
  see(seen, from = null) {
    this.seen = seen;
    this.all = null;
    const start = this.plane.view, roomy = from && this.model.live && covers(start, seen.view) && seen.view.r > 0.6 * start.r;
    const end = roomy ? start : seen.view, to = seen.cloud;
    this.motion.stop();
    if (!from) this.lay(to, end);
    else {
      const points = new Float32Array(to.points.length), away = this.cloud.points;
      this.motion.start(NEXT_KEYFRAME, (k) => {
        mixArrays(away, to.points, k, points);
        this.lay(k < 1 ? { ...to, points } : to, mixViews(start, end, k));
      });
    }
  }

  lay(cloud, view) {
    this.cloud = cloud;
    this.plane.look(view);
    this.redraw();
  }

  /** axes: [i, j], or null: PCA. The probe stays on its code; only what is seen of it changes. */
  choosePlane(axes) {
    const code = this.code();
    this.axes = axes;
    this.see(seenIn(this.model, axes, this.seen.pca));
    this.choices.show();
    if (this.probe === "u") this.aim(this.seen.projection.project(code));
  }

  /** where: "mean" or "image". */
  chooseHold(where) {
    this.hold = where === "mean" ? null : this.anchor();
    this.invalidate();
  }

  /** The image whose code can be held: the picked one, the input, or the last of them. */
  anchor() { return this.picked ?? (this.input.answer ? "input" : typeof this.hold === "number" ? this.hold : this.last ?? null); }

  held() {
    const { model, hold } = this;
    if (typeof hold === "number") return codeOf(model, hold);
    if (hold === "input") return this.input.answer?.mu ?? model.mean;
    return hold ?? model.mean;
  }

  // ---- the probe

  /** Where the probe is in the plane. */
  spot() {
    const { probe, seen, model } = this;
    if (probe === "picked") return seen.projection.project(codeOf(model, this.picked));
    if (probe === "input" && this.input.answer) return seen.projection.project(this.input.answer.mu);
    return seen.standard.place(this.u);
  }

  /** The code under the probe, (k,). */
  code() { return this.seen.projection.lift(this.spot(), this.held()); }

  aim(spot) {
    const { seen, model, u } = this, [a, b] = seen.standard.standardise(spot);
    if (this.picked !== null) this.last = this.picked;
    Object.assign(this, { u: [a, model.k > 1 ? b : u[1]], probe: "u", picked: null });
    this.tellProbe();
    this.invalidate();
  }

  tellProbe() {
    tell("lab-probe", { u: this.u, from: this });
    if (lastTold("lab-pick")) tell("lab-pick", null);
  }

  step(dx, dy) {
    const [x, y] = this.spot(), { r } = this.plane.view;
    this.aim(this.plane.clamp([x + dx * r, y + dy * r]));
    this.commitSoon();
  }

  stand(row) {
    Object.assign(this, { picked: row, probe: "picked", hold: row, last: row });
    this.invalidate();
  }

  pickNear(x, y, reach) {
    const row = nearestRow(this.plane, this.cloud, this.legend, x, y, reach);
    if (row < 0) return;
    this.aim(this.seen.projection.project(codeOf(this.model, row)));   // for maps of other images
    this.stand(row);
    tell("lab-pick", { row, data: this.model.data });
  }

  /** One of the k numbers: the plane is left if it has to be, so what is held changes with it. */
  setNumber(i, value) {
    const code = this.code();
    code[i] = value;
    this.hold = code;
    this.aim(this.seen.projection.project(code));
  }

  /** The pad has spoken. Its first word does not move a probe that the link or the reader has placed. */
  hearInput(told) {
    this.input.hear(told);
    if (this.input.answer && !this.placed) Object.assign(this, { probe: "input", picked: null, hold: "input" });
    else if (!this.input.answer && this.hold === "input") this.hold = null;
    if (!this.input.answer && this.probe === "input") this.probe = "u";
    this.placed = false;
    this.invalidate();
  }

  tellSpotlight() {
    tell("lab-spotlight", { names: String(this.model.names), groups: [...this.legend.spotlit] });
  }

  settle() {
    if (this.probe === "u") {
      this.u = this.u.map((value) => roundTo(value, 3));
      this.tellProbe();
    }
    const { hold, picked, axes, model } = this;
    const saidHold = hold instanceof Float64Array ? this.roundedHold() : hold === "input" ? null : hold;
    const plane = { axes, hold: saidHold === picked ? null : saidHold ?? (picked === null ? null : "mean") };
    tell(`lab-plane-${model.slot}`, plane);
    const near = this.who() || nearestInWords(this.plane, this.cloud, this.legend, this.spot(), model.words[model.k === 2 ? "near" : "near_here"]);
    this.speak([`${this.pointName()} = ${this.pointText()}`, near].filter(Boolean).join(", "));
    return { u: this.u.map((value) => roundTo(value, 3)), picked, data: model.data, ...plane };
  }

  /** Rounded where it stands, so that the link gives the same picture. */
  roundedHold() {
    this.hold = this.hold.map((value) => roundTo(value, 3));
    return [...this.hold];
  }

  speak(words) { this.find(".spoken").textContent = words; }
  // ---- drawing

  redraw() {
    this.plane.stale = true;
    this.invalidate();
  }

  restyle() {
    this.legend.restyle(this.theme);
    this.shown = null;
    this.redraw();
  }

  /** What drawing.js draws. */
  facts() {
    const { model, seen, cloud, legend, picked } = this;
    if (this.showAll && model.all) this.all ??= allIn(model, seen);
    const spot = picked === null ? this.spot() : cloud.points.subarray(2 * picked, 2 * picked + 2);
    return { model, seen: { ...seen, cloud }, legend, picked, spot, free: this.probe === "u", input: this.input.mark(seen), all: this.showAll ? this.all : null };
  }

  paint() {
    const { model, plane, theme } = this;
    if (!model || !plane.measure()) return;
    this.paintWords();
    const facts = this.facts();
    const context = plane.begin(theme, (base) => drawStill(base, plane, theme, facts));
    drawMoving(context, plane, theme, facts);
    this.paintDecoded(facts.spot);
    this.input.print(theme);
    Object.assign(plane.canvas.dataset, {
      ready: "true", model: model.id, points: (facts.all ?? this.cloud).classes.length,
      z: Array.from(this.spot(), (value) => value.toFixed(4)).join(","),
    });
  }

  paintDecoded() {
    const { model, plane, decoded, theme } = this, code = this.code(), { canvas } = plane;
    const key = `${code} ${model.id} ${theme.id} ${plane.small} ${this.list.host.open}`;
    if (key === this.shown) return;
    this.shown = key;
    const begun = performance.now(), image = model.network.glance(code);
    canvas.dataset.forwardMs = (performance.now() - begun).toFixed(3);
    printImage(decoded, image, model.shape, theme);
    fitCells(decoded, model.shape, plane.small ? ROOM_SMALL : ROOM);
    this.find(".what").textContent = this.pointName();
    this.find(".value").textContent = this.pointText();
    this.find(".who").textContent = this.who();
    if (model.k > 2) canvas.dataset.code = Array.from(code, (value) => value.toFixed(4)).join(",");
    this.list.show(code);
    this.find(".plane-words").textContent = this.planeInWords();
    if (model.table) printColumns(this.find(".columns"), image, model.table);
  }

  paintWords() {
    const { model, plane: { canvas } } = this;
    this.choices.showHold();
    this.find(".all").setAttribute("aria-checked", String(this.showAll));
    if (this.worded === model) return;
    this.worded = model;
    this.find(".frame").classList.toggle("dashed", !model.variational);
    this.find(".chips").hidden = model.names.length < 2;
    this.find(".columns").hidden = !model.table;
    this.find(".coarse").hidden = !model.coarse;
    this.find(".coarse").textContent = model.words.eight;
    this.find(".all").hidden = !model.all;
    if (model.all) this.find(".all span").textContent = fill(model.words.all, { n: spaced(model.all.classes.length) });
    canvas.dataset.twin = model.variational ? "vae" : "ae";
    canvas.btp = {
      encode: (x) => model.network.encode(x), decode: (z) => model.network.decode(z), seen: () => this.seen,
      input: () => ({ ...this.input.answer, share: this.input.share }), svg: () => mapAsSvg(this), png: () => mapAsPng(this),
      shareBelow, countBelow, held: () => this.held(),
    };
    canvas.setAttribute("aria-label", `Latent map of ${model.name}, ${model.line}: ${model.count} images as dots. `
      + "Drag, or use the arrow keys, to move the probe in every map; Shift makes larger steps, Home goes to the "
      + "centre, Enter picks the nearest image, Escape lets it go.");
  }

  pointText() { return formatCode(this.model.k > 1 ? this.spot() : [this.spot()[0]], digitsFor(this.plane.view.r)); }

  /** What the numbers of pointText are. */
  pointName() {
    const { model: { k }, axes } = this;
    if (k < 3) return "z";
    return axes ? `(z${lowered(axes[0] + 1)}, z${lowered(axes[1] + 1)})` : "(PC 1, PC 2)";
  }

  who() {
    const { picked, probe, model } = this;
    if (probe === "input") return model.words.on_input;
    return picked === null ? "" : fill(model.words.on_image, { class: withArticle(model.names[model.classes[picked]]) });
  }

  /** Which plane this is and where everything else is held; "" where there is nothing else. */
  planeInWords() {
    const { model: { k, words }, axes, seen, hold } = this;
    if (k < 3) return k === 1 ? words.one : "";
    const held = hold instanceof Float64Array ? "own" : hold === null ? "mean" : hold === "input" ? "input" : "image";
    const rest = fill(words[`held_${held}`], { others: k === 3 ? "The other direction is" : `The other ${k - 2} directions are` });
    return axes ? fill(words.pair, { i: lowered(axes[0] + 1), j: lowered(axes[1] + 1), rest })
      : fill(words.pca, { share: formatShare(seen.projection.share), rest });
  }

  marksInWords() {
    const { model: { k, variational, prior, words } } = this;
    if (k === 1) return prior ? words.marks_one : "";
    return !variational ? words.marks_point : prior ? words.marks : words.marks_q;
  }
}

/** (0.27, −0.34), or the one number. */
const formatCode = (values, digits) => (values.length === 1 ? formatNumber(values[0], digits) : formatPoint(values, digits));

export default mount(LabMap);
