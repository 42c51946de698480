// ---- line.js: be the encoder of a cloud ----------------------------------------------------------
// Payload. Tensors "cloud/on", "cloud/off", "arc/on", "arc/off" (n, 2): a point stands at
// on + (1 − tight / 100) · off, so tightened fully it lies on a line or on an arc. Header: id; arc
// {centre, radius, middle}; state {angle, keep, tight, shape} (first mount only); start, where Home
// returns the line to; chosen, the point that is written out; words {…}.
//
// The line is drawn through the mean; what has been seen of the dial stays here. State sent to Python:
// {angle, keep, tight, shape}. In the console: canvas.btp = {points, codes, returned, error, spread, …}.

const FROM_CENTRE = 12;   // CSS pixels: nearer to the mean a pointer has no direction
const GRIP_AT = 2.6;      // from the mean to the ring
const HOVER = 16;         // CSS pixels from a point that still mean it
const A_DEGREE = 1 / STEP;   // an arrow key turns by one degree, with Shift by five
const NOTHING = 1e-9;     // of the spread: less than float32 keeps of a point
const AXES = { x1: 0, x2: 1 }, SUBSCRIPT = ["₁", "₂"];

class LineFigure extends Widget {
  build() {
    this.plane = new Plane(this.find(".plane"));
    this.plane.view = { x: 0, y: 0, r: 3.4 };
    this.dial = new Dial(this.find(".dial"));
    this.gestures = new Gestures(this, this.plane, {
      aim: (z, first) => { if (!first && this.gestures.moved) this.turnTo(z); },
      tap: (x, y, reach) => this.pick(nearestPoint(this.plane, this.now.points, x, y, 2.5 * reach).row),
      rest: () => { if (this.gestures.moved) this.commit(); },
      step: (dx, dy) => { this.turn(Math.round(this.lineAngle) + A_DEGREE * (dx + dy)); this.commitSoon(); },
      home: () => { this.turn(this.header.start); this.commit(); },
      nearest: () => this.pick((this.chosen + 1) % this.count),
      letGo: () => {},
    });
    this.listen(this.plane.canvas, "pointermove", (event) => this.hover(event));
    this.ways = [...this.root.querySelectorAll("[name=keep]")];
    for (const input of this.ways) {
      this.listen(input, "change", () => { this.keep = input.value; this.commit(); });
      this.listen(input, "keydown", (event) => event.stopPropagation());
    }
    this.tighten = new RangeHandle(this, this.find(".range"), {
      move: (value) => { this.motion.finish(); this.tight = value; this.invalidate(); },
      rest: () => this.commit(),
      soon: () => this.commitSoon(),
    });
    this.listen(this.find(".reveal"), "click", () => { this.revealed = !this.revealed; this.announce(); this.invalidate(); });
  }

  receive({ header, tensors }) {
    if (header.id === this.header?.id) return;
    const { data, shape: [n] } = needTensor(tensors, "cloud/on", [null, 2]);
    const of = (name) => Float64Array.from(needTensor(tensors, name, [n, 2]).data);
    this.clouds = {
      cloud: { on: Float64Array.from(data), off: of("cloud/off") }, arc: { on: of("arc/on"), off: of("arc/off") },
    };
    const { angle, keep, tight, shape } = header.state;
    if (!this.header) Object.assign(this, { angle, keep, tight, shape, chosen: header.chosen, tried: new Set() });
    const { on, off } = this.clouds[this.shape];
    Object.assign(this, { header, count: n, on: on.slice(), off: off.slice() });
    this.writeWords();
    this.measure();
  }

  writeWords() {
    const { words } = this.header, shapes = this.find(".shapes");
    for (const input of this.ways) {
      input.closest("label").querySelector(".sub").textContent = words[`keep_${input.value}`];
    }
    shapes.replaceChildren(words.points);
    const options = ["cloud", "arc"].map((value) => ({ value, words: words[`shape_${value}`] }));
    this.shapes = makeRadios(this, shapes, "shape", options, (value) => this.bend(value));
    this.find(".tighten-name").textContent = words.tighten;
    this.find(".of-which").textContent = words.error;
  }

  // ---- what the reader does

  /** The line that points come back on, in degrees; the arc has none. */
  get lineAngle() {
    if (!(this.keep in AXES)) return this.angle;
    return this.regressionAngle(AXES[this.keep]);
  }

  regressionAngle(kept) {
    const [xx, xy, , yy] = this.now.covariance;
    return wrapped(angleOf(kept ? [xy, yy] : [xx, xy]), 180);
  }

  turnTo(z) {
    const { mean } = this.now, way = [z[0] - mean[0], z[1] - mean[1]];
    if (Math.hypot(...way) * this.plane.scale < FROM_CENTRE) return;
    this.turn(sameLine(angleOf(way), this.lineAngle));
  }

  turn(degrees) {
    this.motion.finish();
    Object.assign(this, { angle: wrapped(degrees, 360), keep: "line" });
    this.invalidate();
  }

  pick(row) {
    if (row < 0) return;
    this.chosen = row;
    this.announcePoint();
    this.invalidate();
  }

  hover(event) {
    if (event.pointerType !== "mouse" || event.buttons || !this.now) return;
    const { x, y } = this.gestures.local(event), { row } = nearestPoint(this.plane, this.now.points, x, y, HOVER);
    if (row < 0 || row === this.chosen) return;
    this.chosen = row;
    this.invalidate();
  }

  /** The same points, moved onto the other shape: another error for every angle, so the dial is blank. */
  bend(shape) {
    this.motion.finish();
    const from = { on: this.on.slice(), off: this.off.slice() }, to = this.clouds[shape];
    Object.assign(this, { shape, revealed: false, keep: this.keep === "arc" ? "line" : this.keep });
    this.dial.forget();
    this.tried.clear();
    this.motion.start(CHANGE_OF_MODEL, (k) => {
      for (const part of ["on", "off"]) mixArrays(from[part], to[part], k, this[part]);
      if (k === 1) this.commit();
      this.invalidate();
    });
  }

  settle() {
    this.angle = wrapped(Math.round(this.angle), 360);
    this.measure();
    this.announce();
    const { angle, keep, tight, shape } = this;
    return { angle, keep, tight, shape };
  }

  // ---- what follows from it

  measure() {
    const { on, off, keep, header: { arc } } = this, loose = 1 - this.tight / 100;
    const points = on.map((place, i) => place + loose * off[i]);
    const cloud = covarianceOf(points, this.count, 2);
    const straight = keep in AXES ? selection(AXES[keep], cloud) : extraction(this.angle, cloud);
    const encoder = keep === "arc" ? alongArc(arc) : straight;
    const spread = cloud.covariance[0] + cloud.covariance[3];
    this.now = { points, ...cloud, ...passThrough(points, encoder), spread };
    return this.now;
  }

  get lossless() { return this.now.error <= NOTHING * this.now.spread; }

  longAxis() {
    const { axes, values } = principalAxes(this.now.points, this.count, 2);
    return { angle: wrapped(angleOf(axes), 180), error: values[1] };
  }

  /** What the reader should know now; "" where the numbers say it all. */
  note() {
    const { words } = this.header, thin = this.tight === 100;
    if (this.lossless) return this.keep === "arc" ? words.lossless_arc : words.lossless;
    if (thin) return words[`thin_${this.shape}`];
    return words[`note_${this.keep}`];
  }

  announce() {
    const { error, spread } = this.now, which = this.keep === "line" ? `${this.degrees()}, ` : "";
    this.find(".spoken").textContent = `${this.header.words[`said_${this.keep}`]} ${which}`
      + `error ${formatNumber(error)}, ${formatShare(error / spread)} lost. ${this.note()}`;
  }

  announcePoint() {
    const { x, z, x_hat } = this.onePoint();
    this.find(".spoken").textContent = `Point ${this.chosen + 1} of ${this.count}: x ${formatPoint(x)}, `
      + `z ${formatNumber(z)}, comes back as ${formatPoint(x_hat)}`;
  }

  onePoint() {
    const { points, codes, returned } = this.now, row = this.chosen;
    const of = (pairs) => [...pairs.subarray(2 * row, 2 * row + 2)];
    return { x: of(points), z: codes[row], x_hat: of(returned) };
  }

  degrees() { return `${Math.round(wrapped(this.angle, 180)) % 180}°`; }

  // ---- drawing

  restyle() { this.plane.stale = true; }

  paint() {
    if (!this.header || !this.plane.measure()) return;
    const begun = performance.now();
    this.measure();
    if (this.keep === "line") this.dial.visit(wrapped(this.angle, 180));
    else this.tried.add(this.keep);
    this.paintPlane();
    this.paintStrip();
    this.paintDial();
    this.paintNumbers();
    const { canvas } = this.plane;
    canvas.btp = { ...this.now, angle: this.angle, keep: this.keep, tight: this.tight, been: this.dial.been };
    Object.assign(canvas.dataset, {
      ready: "true", points: this.count, angle: roundTo(this.angle, 2), keep: this.keep, tight: this.tight,
      shape: this.shape, chosen: this.chosen, error: this.now.error, paintMs: (performance.now() - begun).toFixed(3),
    });
  }

  paintPlane() {
    const { plane, theme, keep, now: { points, returned, mean }, header: { words, arc } } = this;
    const context = plane.begin(theme, (base) => { drawTicks(base, plane, theme); nameAxes(base, plane, theme); });
    if (this.revealed) this.paintLongAxis(context);
    if (keep === "arc") strokeArc(context, plane, theme, arc);
    else if (keep === "line") strokeLine(context, plane, mean, axisOf(this.angle), theme.z, 2);
    else strokeLine(context, plane, mean, axisOf(this.lineAngle), theme.recon, 2, [6, 4]);
    strokeResiduals(context, plane, theme, points, returned);
    fillPoints(context, plane, theme.recon, returned, 1.6, 1);
    fillPoints(context, plane, theme.x, points, plane.small ? 2 : 2.75);
    if (keep === "line") this.paintWay(context);
    if (keep === "line") this.paintGrip(context);
    const { x, x_hat } = this.onePoint();
    ringPoint(context, theme, plane.X(x[0]), plane.Y(x[1]), theme.ink);
    ringPoint(context, theme, plane.X(x_hat[0]), plane.Y(x_hat[1]), theme.recon, 5);
    plane.canvas.setAttribute("aria-label", words.plane);
  }

  /** The end of the line where z grows, and the letter. */
  paintWay(context) {
    const { plane, theme, now: { mean } } = this, axis = axisOf(this.angle);
    const end = reachWithin(plane, mean, axis, Infinity, 16);
    const x = plane.X(mean[0] + end * axis[0]), y = plane.Y(mean[1] + end * axis[1]);
    context.save();
    context.translate(x, y);
    context.rotate(-this.angle * Math.PI / 180);
    context.beginPath();
    for (const [a, b] of [[9, 0], [-3, 6], [-3, -6]]) context.lineTo(a, b);
    context.fillStyle = theme.z;
    context.fill();
    context.restore();
    context.font = `italic 17px ${theme.serif}`;
    Object.assign(context, { textAlign: "center", textBaseline: "middle" });
    haloText(context, theme, "z", x - 16 * axis[0] + 15 * axis[1], y + 16 * axis[1] + 15 * axis[0], theme.z);
  }

  /** The line turns wherever one drags; this shows that it does. */
  paintGrip(context) {
    const { plane, theme, now: { mean } } = this, axis = axisOf(this.angle);
    const far = reachWithin(plane, mean, axis, GRIP_AT, 14);
    ringPoint(context, theme, plane.X(mean[0] + far * axis[0]), plane.Y(mean[1] + far * axis[1]), theme.z, 8);
  }

  paintLongAxis(context) {
    const { plane, theme, now: { mean } } = this, axis = axisOf(this.longAxis().angle);
    strokeLine(context, plane, mean, axis, theme.ink, 1.25, [1.5, 3.5]);
  }

  /** The codes, one tick each: literally what is kept. */
  paintStrip() {
    const begun = beginCanvas(this.find(".strip")), { theme, now: { codes } } = this, { r } = this.plane.view;
    if (!begun) return;
    const { context, width } = begun, X = (z) => width * (z / r + 1) / 2, axis = 24;
    context.font = `400 11px ${theme.sans}`;
    Object.assign(context, { strokeStyle: theme.hairline, fillStyle: theme.muted, textAlign: "center", lineWidth: 1 });
    context.beginPath();
    context.moveTo(0, axis + 0.5);
    context.lineTo(width, axis + 0.5);
    context.stroke();
    for (const { value, text } of roundTicks(-r, r, 1)) context.fillText(text, X(value), axis + 16);
    context.beginPath();
    for (const z of codes) {
      context.moveTo(X(z), 6);
      context.lineTo(X(z), axis);
    }
    Object.assign(context, { strokeStyle: theme.z, globalAlpha: 0.55, lineWidth: 1.25 });
    context.stroke();
    context.globalAlpha = 1;
    ringPoint(context, theme, X(codes[this.chosen]), axis - 9, theme.z, 5);
    this.find(".strip").setAttribute("aria-label", this.header.words.strip);
  }

  paintDial() {
    const { dial, theme, now: { covariance, spread, error }, header: { words } } = this;
    const errorOf = (degrees) => errorAt(covariance, degrees);
    const best = dial.best(errorOf), least = this.revealed ? this.longAxis() : null;
    const say = (text, at) => at && fill(text, { angle: Math.round(at.angle) % 180, share: formatShare(at.error / spread) });
    const numbered = this.revealed ? say(words.best, best) : "";   // its number would give the hidden least away
    const said = { least: say(words.least, least), best: this.revealed ? "" : words.so_far };
    this.find(".been").textContent = numbered || words.been;
    dial.draw(theme, {
      errorOf, spread, least, marks: [...this.tried].map((keep) => this.markOf(keep)), words: said,
      now: this.keep === "line" ? { angle: this.angle, error } : null,
    });
    dial.canvas.setAttribute("aria-label", [words.dial, numbered, said.least].filter(Boolean).join(". "));
  }

  /** Where an encoder that was tried stands on the dial. */
  markOf(keep) {
    const { now, header: { words, arc } } = this, errorOf = (encoder) => passThrough(now.points, encoder).error;
    if (keep === "arc") return { angle: null, name: words.mark_arc, error: errorOf(alongArc(arc)) };
    const kept = AXES[keep];
    return { angle: this.regressionAngle(kept), name: `x${SUBSCRIPT[kept]}`, error: errorOf(selection(kept, now)) };
  }

  paintNumbers() {
    const { now: { error, spread }, header: { words } } = this;
    const say = (name, text) => { this.find(name).textContent = text; };
    say(".error", formatNumber(error));
    say(".share", formatShare(error / spread));
    say(".of-spread", words.spread.replace("{spread}", formatNumber(spread)));
    say(".formula", this.formula());
    say(".how", words[`how_${this.keep}`].replace("{angle}", this.degrees()));
    say(".note", this.note());
    say(".tight", `${this.tight} %`);
    say(".reveal", this.revealed ? words.hide : words.reveal);
    this.find(".reveal").setAttribute("aria-pressed", String(Boolean(this.revealed)));
    this.tighten.show(this.tight, `${this.tight} %`);
    const { x, z, x_hat } = this.onePoint();
    writePassage(this.find(".passage"), x, z, x_hat);
    for (const input of this.shapes) input.checked = input.value === this.shape;
    for (const input of this.ways) {
      input.checked = input.value === this.keep;
      input.closest("label").hidden = input.value === "arc" && this.shape !== "arc";
    }
  }

  formula() {
    if (this.keep in AXES) return `x${SUBSCRIPT[AXES[this.keep]]}`;
    if (this.keep === "arc") return this.header.words.formula_arc;
    const [a, b] = axisOf(this.angle), sign = b < 0 && formatNumber(b) !== "0.00" ? MINUS : "+";
    return `${formatNumber(a)} x₁ ${sign} ${formatNumber(Math.abs(b))} x₂`;
  }
}

function strokeArc(context, plane, theme, { centre, radius }) {
  context.beginPath();
  context.arc(plane.X(centre[0]), plane.Y(centre[1]), radius * plane.scale, 0, 2 * Math.PI);
  Object.assign(context, { strokeStyle: theme.recon, lineWidth: 2 });
  context.setLineDash([6, 4]);
  context.stroke();
  context.setLineDash([]);
}

export default mount(LineFigure);
