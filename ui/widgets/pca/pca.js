// ---- pca.js: drag the points; the axes follow -----------------------------------------------------
// Payload. Tensors "set/<name>" (n, 2), 2 decimals. Header: id; sets [names, in order]; state {set,
// points: [x₁, x₂, x₁, …] or null, own} (first mount only); start {set, own}; most, points; words {…}.
//
// PCA is done anew in every frame; an axis keeps the sign it had in the frame before. State sent to
// Python: {set, points (null: as they were), own}. In the console: canvas.btp = {points, values, axes,
// error, own: {angle, error}, codes, correlation, dependence, …}.

const VIEW = 3.4, FAR_OUT = 2.5, GOLDEN = 137.5;   // half-width; where new points go, one turn apart
const AS_GOOD = 0.5;   // degrees: the reader's axis goes by whole ones, so no nearer one may exist

class PcaFigure extends Widget {
  build() {
    this.plane = new Plane(this.find(".plane"));
    this.features = new Plane(this.find(".codes"));
    for (const plane of [this.plane, this.features]) plane.view = { x: 0, y: 0, r: VIEW };
    this.mean = [0, 0];
    this.hand = new Hand(this, this.plane, this, {
      changed: (what) => this.changed(what),
      rest: (moved) => { if (moved) this.commit(); else this.announcePoint(); },
      soon: () => this.commitSoon(),
      home: () => this.use(this.set),
      chose: (said) => { this.motion.finish(); if (said) this.announcePoint(); this.invalidate(); },
      add: (z) => this.add(z),
      remove: () => this.remove(),
    });
    this.ways = [...this.root.querySelectorAll("[name=whose]")];
    for (const input of this.ways) {
      this.listen(input, "change", () => { this.whose = input.value; this.announce(); this.invalidate(); });
      this.listen(input, "keydown", (event) => event.stopPropagation());
    }
    this.handle = new RangeHandle(this, this.find(".range"), {
      move: (value) => { this.own = sameLine(value, this.own); this.changed("own"); },
      rest: () => this.commit(),
      soon: () => this.commitSoon(),
    });
    this.listen(this.find(".add"), "click", () => { this.add(this.freePlace()); this.plane.canvas.focus(); });
    this.listen(this.find(".remove"), "click", () => this.remove());
    this.listen(this.find(".again"), "click", () => { this.own = this.header.start.own; this.use(this.set); });
  }

  receive({ header, tensors }) {
    if (header.id === this.header?.id) return;
    this.presets = new Map(header.sets.map((name) => [name, rounded(needTensor(tensors, `set/${name}`, [null, 2]).data)]));
    if (!this.header) {
      const { set, points, own } = header.state;
      Object.assign(this, { set, own, whose: "pca", chosen: 0, edited: points !== null });
      this.points = points ? Float64Array.from(points) : this.presets.get(set).slice();
    }
    this.header = header;
    this.writeWords();
    this.analyse();
  }

  writeWords() {
    const { words, sets } = this.header, host = this.find(".sets");
    const say = (name, text) => { this.find(name).textContent = text; };
    host.replaceChildren(words.points);
    const options = sets.map((value) => ({ value, words: words[`set_${value}`] }));
    this.sets = makeRadios(this, host, "set", options, (value) => this.use(value));
    for (const name of ["add", "remove", "again"]) say(`.${name}`, words[name]);
    say(".own-name", words.own);
    say(".twice .name", words.twice);
    say(".residual-name", words.residual);
    say(".lambda-name", words.lambda);
    say(".features .name", words.features);
    say(".one .name", words.one);
    say(".both .name", words.both);
    this.one = new Matrices(this.find(".one .row"), [
      { name: "E", symbol: "E", rows: 1, columns: 2, says: words.E, role: "is-z" },
      { name: "D", symbol: ["D ", element("b", "="), " Eᵀ"], rows: 2, columns: 1, says: words.D, role: "is-recon" },
      { name: "ED", symbol: "E Eᵀ", rows: 1, columns: 1, says: words.ED },
    ]);
    this.both = new Matrices(this.find(".both .row"), [
      { name: "W", symbol: "W", rows: 2, columns: 2, says: words.W, role: "is-z" },
      { name: "WWt", symbol: "W Wᵀ", rows: 2, columns: 2, says: words.WWt },
      { name: "C", symbol: ["Cov", element("b", "("), "z", element("b", ")")], rows: 2, columns: 2, says: words.C },
    ]);
  }

  // ---- what the reader does

  changed(what) {
    this.motion.finish();
    if (what === "own") this.whose = "own";
    else {
      this.edited = true;
      this.before ??= this.now;
    }
    this.invalidate();
  }

  /** Another set of points; where there are as many, they go there. */
  use(name) {
    this.motion.finish();
    const to = this.presets.get(name), from = this.points;
    Object.assign(this, { set: name, edited: false, whose: "pca", points: to.slice() });
    this.chosen = Math.min(this.chosen, to.length / 2 - 1);
    if (from.length !== to.length) return this.commit();
    this.motion.start(CHANGE_OF_MODEL, (k) => {
      mixArrays(from, to, k, this.points);
      if (k === 1) this.commit();
      this.invalidate();
    });
  }

  add(z) {
    if (this.points.length >= 2 * this.header.most) return;
    this.motion.finish();
    this.points = Float64Array.from([...this.points, ...z]);
    this.chosen = this.points.length / 2 - 1;
    this.edited = true;
    this.commit();
  }

  remove() {
    if (!this.points.length) return;
    this.motion.finish();
    this.points = this.points.filter((_, i) => i >> 1 !== this.chosen);
    this.chosen = Math.max(0, Math.min(this.chosen, this.points.length / 2 - 1));
    this.edited = true;
    this.commit();
  }

  /** Far out, so that the axes answer; two in a row never meet. */
  freePlace() {
    const [a, b] = axisOf(GOLDEN * (this.points.length / 2));
    return [FAR_OUT * a, FAR_OUT * b];
  }

  settle() {
    this.points = rounded(this.points);
    this.own = wrapped(Math.round(this.own), 360);
    this.analyse();
    this.announce();
    this.before = null;
    const own = wrapped(this.own, 180);
    return { set: this.set, points: this.edited ? [...this.points] : null, own };
  }

  // ---- what follows from it

  analyse() {
    const found = analyse(this.points, this.now?.axes), { mean, covariance, spread, codes } = found;
    const own = { angle: wrapped(this.own, 180), error: errorAt(covariance, this.own) };
    this.mean = mean;
    this.now = {
      ...found, own, angle: wrapped(angleOf(found.axes), 180), share: spread > DUST ? found.values[0] / spread : NaN,
      correlation: correlationOf(codes), dependence: correlationOf(codes.map((z, i) => (i % 2 ? z : z * z))),
    };
    return this.now;
  }

  get directed() { return hasAxis(this.now); }

  /** Does the reader's axis stand where PCA's does, as nearly as a whole degree can? */
  get found() {
    const { angle, own, kind } = this.now;
    return kind === "cloud" && Math.abs(wrapped(own.angle - angle + 90, 180) - 90) <= AS_GOOD;
  }

  /** By how many degrees the axes have turned since the gesture began; null: none began, or no axis was one. */
  get turned() {
    const { before, now } = this, isOne = (found) => hasAxis(found) && found.kind !== "even";
    if (!before || !isOne(before) || !isOne(now)) return null;
    return Math.abs(wrapped(angleOf(now.axes) - angleOf(before.axes) + 180, 360) - 180);
  }

  sayTurned() {
    return this.turned === null ? "" : fill(this.header.words.turned, { angle: formatNumber(this.turned, 0) });
  }

  note() {
    const { words } = this.header, { kind, share } = this.now;
    if (this.found) return words.found;
    return words[`note_${kind}`].replace("{share}", `${formatNumber(100 * share, 0)} %`);
  }

  announce() {
    const { n, angle, values, error, own } = this.now, { words } = this.header;
    const variances = `λ ${formatNumber(values[0])} ${words.and} ${formatNumber(values[1])}`;
    const turned = this.sayTurned(), by = turned && `, ${turned}`;
    const axis = this.directed ? `${words.said_pca} ${Math.round(angle) % 180}°${by}, ${variances}, ` : "";
    this.find(".spoken").textContent = `${n} ${words.points}. ${axis}${words.said_error} ${formatNumber(error)}; `
      + `${words.said_own} ${Math.round(own.angle) % 180}°, ${words.said_error} ${formatNumber(own.error)}. ${this.note()}`;
  }

  announcePoint() {
    const { points, chosen, header: { words } } = this;
    if (!points.length) return;
    const which = `${words.said_point} ${chosen + 1} / ${points.length / 2}`;
    this.find(".spoken").textContent = `${which}: ${formatPoint(points.subarray(2 * chosen))}`;
  }

  // ---- drawing

  restyle() { this.plane.stale = this.features.stale = true; }

  paint() {
    if (!this.header || !this.plane.measure() || !this.features.measure()) return;
    const begun = performance.now(), now = this.analyse(), { turned } = this;
    this.paintPlane();
    this.paintFeatures();
    this.paintErrors();
    this.paintMatrices();
    this.paintPoint();
    const { canvas } = this.plane;
    canvas.btp = { ...now, points: this.points, note: this.note(), turned };
    Object.assign(canvas.dataset, {
      ready: "true", points: now.n, set: this.set, kind: now.kind, own: roundTo(now.own.angle, 2), chosen: this.chosen,
      whose: this.whose, error: now.error, ownError: now.own.error, paintMs: (performance.now() - begun).toFixed(3),
    });
  }

  paintPlane() {
    const { plane, theme, points, mean, now, own, whose } = this, many = points.length > 400;
    const context = plane.begin(theme, (base) => { drawTicks(base, plane, theme); nameAxes(base, plane, theme); });
    const returned = whose === "own" ? project(points, mean, axisOf(own)).returned : now.returned;
    if (this.directed || whose === "own") strokeResiduals(context, plane, theme, points, returned);
    strokeLine(context, plane, mean, axisOf(own), theme.ink, whose === "own" ? 1.75 : 1, [6, 4]);
    fillPoints(context, plane, theme.x, points, many ? 2 : plane.small ? 3 : 4);
    if (this.turned !== null) this.paintBefore(context);
    if (this.directed) this.paintAxes(context);
    if (points.length) {
      const [x, y] = points.subarray(2 * this.chosen, 2 * this.chosen + 2);
      ringPoint(context, theme, plane.X(x), plane.Y(y), theme.ink);
      paintMean(context, plane, theme, mean);
    }
    const ring = this.hand.ring();
    ringPoint(context, theme, plane.X(ring[0]), plane.Y(ring[1]), theme.ink, 8);
    plane.canvas.setAttribute("aria-label", this.header.words.plane);
  }

  /** Where the axes stood when the gesture began, and how far they have come. */
  paintBefore(context) {
    const { plane, theme, before: { mean, axes, values } } = this;
    context.globalAlpha = 0.35;
    strokeLine(context, plane, mean, axes, theme.z, 1, [2, 4]);
    [0, 1].forEach((k) => {
      const reach = Math.sqrt(values[k]);
      strokeBetween(context, plane, mean, axes.subarray(2 * k, 2 * k + 2), -reach, reach, theme.z, 3.5);
    });
    context.globalAlpha = 1;
    context.font = `500 14px ${theme.sans}`;
    Object.assign(context, { textAlign: "right", textBaseline: "top" });
    haloText(context, theme, this.sayTurned(), plane.size - 14, 12, theme.z, 5);
  }

  /** PCA's axes to scale, one standard deviation each way; dashed where any other would do. */
  paintAxes(context) {
    const { plane, theme, mean, now: { values, axes, kind } } = this, dash = kind === "even" ? [4, 4] : [];
    [0, 1].forEach((k) => {
      const axis = axes.subarray(2 * k, 2 * k + 2), reach = Math.sqrt(values[k]);
      if (k === 0) {
        context.globalAlpha = 0.55;
        strokeLine(context, plane, mean, axis, theme.z, 1, dash);
        context.globalAlpha = 1;
      }
      strokeBetween(context, plane, mean, axis, -reach, reach, theme.paper, 7);
      strokeBetween(context, plane, mean, axis, -reach, reach, theme.z, 3.5, dash);
      if (reach * plane.scale < 4) return;
      context.font = `italic 17px ${theme.serif}`;
      Object.assign(context, { textAlign: "center", textBaseline: "middle" });
      const end = reach + 15 / plane.scale;
      haloText(context, theme, `z${"₁₂"[k]}`, plane.X(mean[0] + end * axis[0]), plane.Y(mean[1] + end * axis[1]), theme.z, 5);
    });
  }

  /** The codes (z₁, z₂): the same points, seen along the axes. */
  paintFeatures() {
    const { features: plane, theme, now: { codes, correlation, dependence }, header: { words } } = this;
    const context = plane.begin(theme, (base) => {
      drawTicks(base, plane, theme);
      nameAxes(base, plane, { ...theme, x: theme.z }, ["z₁", "z₂"]);
    });
    if (this.directed) fillPoints(context, plane, theme.z, codes, codes.length > 400 ? 1.4 : 2, 0.8);
    this.find(".correlation").textContent = formatNumber(correlation);
    this.find(".dependence").textContent = formatNumber(dependence);
    const strong = Math.abs(dependence) > 0.5;
    const reading = strong ? words.dependent : words.uncorrelated;
    this.find(".reading").textContent = Number.isNaN(dependence) ? words.no_features : reading;
    plane.canvas.setAttribute("aria-label", words.codes);
  }

  paintErrors() {
    const { now: { own, angle, kind, n, ...now }, header: { words } } = this;
    const say = (name, text) => { this.find(name).textContent = text; };
    const [error, lost, dropped] = [now.error, own.error, now.values[1]].map((value) => (n ? value : NaN));
    const [theirs, yours] = [error, lost].map((value) => formatNumber(value));
    const more = theirs === yours ? words.near : fill(words.more, { more: formatNumber(lost - error) });
    const says = {
      own: !this.directed ? "" : this.found || kind === "even" ? words.same : more,
      pca: this.directed ? fill(words.at, { angle: Math.round(angle) % 180 }) : words.none,
    };
    for (const input of this.ways) {
      const label = input.closest("label");
      input.checked = input.value === this.whose;
      label.querySelector(".error").textContent = input.value === "own" ? yours : theirs;
      label.querySelector(".sub").textContent = says[input.value];
    }
    const degrees = Math.round(own.angle) % 180;
    this.handle.show(degrees, `${degrees}°`);
    say(".angle", `${degrees}°`);
    say(".note", this.note());
    say(".residual", formatNumber(error, 4));
    say(".lambda2", formatNumber(dropped, 4));
  }

  paintMatrices() {
    const { now, one, both } = this, there = (values) => (this.directed ? values : null);
    one.show("E", there(now.E));
    one.show("D", there(now.D));
    one.show("ED", there([now.ED]));
    both.show("W", there(now.axes));
    both.show("WWt", there(now.WWt));
    both.show("C", there(now.codeCovariance));
  }

  /** The chosen point through the axis whose residuals are drawn. */
  paintPoint() {
    const { points, chosen, whose, now: { mean, axes }, header: { most } } = this, here = points.length > 0;
    const [a, b] = whose === "own" ? axisOf(this.own) : axes, none = [NaN, NaN];
    const x = here ? [...points.subarray(2 * chosen, 2 * chosen + 2)] : none;
    const z = this.directed ? a * (x[0] - mean[0]) + b * (x[1] - mean[1]) : NaN;
    writePassage(this.find(".passage"), x, z, this.directed ? [mean[0] + a * z, mean[1] + b * z] : here ? [...mean] : none);
    this.find(".which").textContent = whose === "own" ? "z" : "z₁";
    for (const input of this.sets) input.checked = input.value === this.set;
    this.find(".add").setAttribute("aria-disabled", String(points.length >= 2 * most));
    this.find(".remove").setAttribute("aria-disabled", String(!here));
  }
}

const hasAxis = ({ kind }) => !["empty", "single", "spot"].includes(kind);
const rounded = (points) => Float64Array.from(points, (value) => roundTo(value, 2));

/** The mean: a small cross. */
function paintMean(context, plane, theme, mean) {
  const x = plane.X(mean[0]), y = plane.Y(mean[1]);
  for (const [colour, width] of [[theme.paper, 5], [theme.ink, 1.75]]) {
    context.beginPath();
    for (const [dx, dy] of [[6, 0], [0, 6]]) {
      context.moveTo(x - dx, y - dy);
      context.lineTo(x + dx, y + dy);
    }
    Object.assign(context, { strokeStyle: colour, lineWidth: width });
    context.stroke();
  }
}

export default mount(PcaFigure);
