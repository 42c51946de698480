// ---- bayes.js: x, c and an affine f under the hand; the posterior by the formula and on a grid --------
// Payload. Header: id; functions [{name, f}] to choose from, f = [w₁₁, w₁₂, w₂₁, w₂₂, b₁, b₂]; range [least
// c, most c]; bounds {x, arrow, b} of a coordinate of x, of the length of an arrow and of a coordinate of b;
// start {x}, where Home returns x to; state {x, c, f} (first mount only); words {…}.
//
// State sent to Python: {x, c, f}. In the console: canvas.btp = {now, formula(model), grid(model), same}.

const GRIP_NAMES = ["arrow", "arrow", "origin"];   // the ends of f's two arrows, and b

class Bayes extends Widget {
  build() {
    Object.assign(this, { changing: false, held: null, sheets: new Map(), same: null });
    [this.plane, this.codes] = [...this.root.querySelectorAll(".plane")].map((canvas) => new Plane(canvas));
    new Gestures(this, this.plane, {
      aim: (at, first) => { if (first) this.grasp(at); this.drag(at); },
      tap: () => {},
      rest: () => { this.held = null; this.commit(); },
      step: (dx, dy) => { this.putX([0, 1].map((k) => this.x[k] + [dx, dy][k] * this.plane.view.r)); this.commitSoon(); },
      home: () => { this.putX(this.header.start.x); this.commit(); },
      nearest: () => {},
      letGo: () => this.change(false),
    });
    this.variance = new VarianceHandle(this, this.find(".variance"), {
      move: (c) => { this.motion.finish(); this.c = c; this.renew(); },
      rest: () => this.commit(),
      soon: () => this.commitSoon(),
    });
    this.listen(this.find(".change"), "click", () => this.change(!this.changing));
    this.grips = [...this.root.querySelectorAll(".grip")];
    this.grips.forEach((grip, which) => {
      this.listen(grip, "keydown", (event) => this.keyOnGrip(event, which));
      this.listen(grip, "blur", () => { if (this.timer) this.commit(); });
    });
  }

  receive({ header }) {
    if (header.id === this.header?.id) return;
    if (!this.header) {
      const { x, c, f } = header.state;
      Object.assign(this, { x, c, W: f.slice(0, 4), b: f.slice(4) });
    }
    this.header = header;
    const { functions, range, words } = header;
    const options = functions.map(({ name }) => ({ value: name, words: words[name] }));
    this.find(".functions").replaceChildren();
    this.choices = makeRadios(this, this.find(".functions"), "f", options, (name) => this.become(name));
    this.variance.spread(range, null, "");
    this.renew();
  }

  get f() { return [...this.W, ...this.b]; }
  get model() { const { W, b, c, x } = this; return { W, b, c, x }; }

  // ---- what the reader does

  /** In the other mode a finger takes the nearest of what makes f, never x. */
  grasp(at) {
    this.motion.finish();
    if (!this.changing) return void (this.held = "x");
    const { plane } = this, far = (end) => Math.hypot(plane.X(end[0]) - plane.X(at[0]), plane.Y(end[1]) - plane.Y(at[1]));
    const ends = [0, 1, 2].map((which) => this.end(which)), away = ends.map(far);
    const which = away.indexOf(Math.min(...away));
    this.held = { which, offset: at.map((value, k) => value - ends[which][k]) };
  }

  drag(at) {
    if (this.held === "x") this.putX(at);
    else if (this.held) this.pull(this.held.which, at.map((value, k) => value - this.held.offset[k]));
  }

  putX(at) {
    const { x: most } = this.header.bounds;
    this.x = at.map((value) => Math.min(most, Math.max(-most, value)));
    this.invalidate();
  }

  /** Where an arrow of f ends, or where both begin. */
  end(which) {
    const { W, b } = this;
    return which === 2 ? [...b] : [b[0] + W[which], b[1] + W[2 + which]];
  }

  pull(which, to) {
    const { arrow, b: most } = this.header.bounds;
    if (which === 2) this.b = to.map((value) => Math.min(most, Math.max(-most, value)));
    else {
      const way = to.map((value, k) => value - this.b[k]), shorter = Math.min(1, arrow / Math.hypot(...way));
      this.W = this.W.map((entry, i) => (i % 2 === which ? way[i >> 1] * shorter : entry));
    }
    this.renew();
  }

  keyOnGrip(event, which) {
    const way = ARROWS[event.key], step = (event.shiftKey ? LEAP : STEP) * this.plane.view.r;
    if (!way || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    this.motion.finish();
    this.pull(which, this.end(which).map((value, k) => value + step * way[k]));
    this.commitSoon();
  }

  change(on) {
    this.changing = on;
    this.announce();
    this.renew();
  }

  /** Pass over to another f; what lies between is an f as well. */
  become(name) {
    this.motion.finish();
    const from = this.f, to = this.header.functions.find((each) => each.name === name).f;
    this.towards = to;
    this.motion.start(CHANGE_OF_MODEL, (k) => {
      const f = k < 1 ? from.map((entry, i) => mix(entry, to[i], k)) : [...to];
      Object.assign(this, { W: f.slice(0, 4), b: f.slice(4) });
      this.renew();
      if (k < 1) return;
      this.towards = null;
      this.commit();
    });
  }

  /** f or c is another one: what stays put is drawn again, and S is another S. */
  renew() {
    this.plane.stale = true;
    this.same = null;
    this.invalidate();
  }

  settle() {
    const { bounds: { arrow } } = this.header, rounded = (values) => values.map((value) => roundTo(value, 2));
    const W = rounded(this.W), moved = W.some((entry, i) => entry !== this.W[i]) || rounded(this.b).some((entry, i) => entry !== this.b[i]);
    const long = [0, 1].some((k) => Math.hypot(W[k], W[2 + k]) > arrow);   // rounded up over its bound
    this.W = long ? this.W.map((entry) => Math.trunc(100 * entry) / 100) : W;
    this.b = rounded(this.b);
    this.x = rounded(this.x);
    if (moved) this.renew();
    this.announce();
    return { x: this.x, c: this.c, f: this.f };
  }

  // ---- what follows from it

  measure() {
    const model = this.model, formula = closedForm(model), grid = bayesFineEnough(model);
    const answer = product(model.W, formula.mean, 2, 2, 1).map((value, k) => value + model.b[k]);
    this.now = { model, formula, grid, likelihood: likelihoodOf(model), answer };
    this.remember(grid);
    return this.now;
  }

  /** The grid's S for every x since f and c changed last: how far its entries ever lay apart. */
  remember(grid) {
    if (!grid || this.motion.running) return;
    const at = this.x.join(), S = grid.covariance;
    this.same ??= { places: new Set(), least: [...S], most: [...S] };
    this.same.places.add(at);
    S.forEach((entry, i) => {
      this.same.least[i] = Math.min(this.same.least[i], entry);
      this.same.most[i] = Math.max(this.same.most[i], entry);
    });
  }

  /** The one thing to know about what is on the screen. */
  note() {
    const { header: { words, range, bounds }, now: { model, formula, grid, likelihood }, codes } = this;
    const { stretch, axes } = likelihood, least = Math.sqrt(stretch[1]), { r } = codes.view;
    const along = axes.subarray(2, 4), kept = dot(along, product(formula.covariance, along, 2, 2, 1));
    if (stretch[0] <= NO_STRETCH) return words.constant;
    if (!grid) return words.refused;
    if (formula.mean.some((value) => Math.abs(value) > r)) return fill(words.off_plane, { m: formatPoint(formula.mean) });
    if (least < FLAT) return fill(words.flat_note, { kept: formatNumber(kept, 3), along: formatPoint(along) });
    if (model.c <= range[0]) return fill(words.c_least, { place: formatPoint(likelihood.centre) });
    if (model.c >= range[1]) return words.c_most;
    if (model.x.some((value) => Math.abs(value) >= bounds.x)) return words.edge;
    return this.changing ? words.changing : words.between;
  }

  announce() {
    if (!this.header || !this.plane.size) return;
    const { formula } = this.measure(), std = [0, 3].map((i) => Math.sqrt(formula.covariance[i]));
    this.find(".spoken").textContent = `${fill(this.header.words.spoken, {
      x: formatPoint(this.x), c: formatVariance(this.c), m: formatPoint(formula.mean), std: formatPoint(std),
      evidence: formatNumber(formula.logEvidence),
    })} ${this.note()}`;
  }

  // ---- drawing

  restyle() { this.plane.stale = this.codes.stale = true; }

  paint() {
    if (!this.header || !this.plane.measure() || !this.codes.measure()) return;
    const begun = performance.now(), { plane, codes, theme } = this, now = this.measure();
    const context = plane.begin(theme, (base) => {
      drawTicks(base, plane, theme);
      nameAxes(base, plane, theme);
      drawFunction(base, plane, theme, now.model);
    });
    drawCompromise(context, plane, theme, now.model, now.answer);
    if (this.changing) this.paintGrips(context);
    const other = codes.begin(theme, (base) => { drawTicks(base, codes, theme); drawPrior(base, codes, theme); });
    drawPosterior(other, codes, theme, now, this.sheetFor(now.grid));
    this.placeGrips();
    writeAnswers(this, now);
    this.publish(begun);
  }

  /** The tint's own bitmap, one for each size of grid. */
  sheetFor(grid) {
    if (grid && !this.sheets.has(grid.side)) this.sheets.set(grid.side, {});
    return this.sheets.get(grid?.side);
  }

  paintGrips(context) {
    const { plane, theme } = this;
    for (const which of [0, 1, 2]) {
      const [x, y] = this.end(which);
      ringPoint(context, theme, plane.X(x), plane.Y(y), theme.recon, which === 2 ? 6 : 8);
    }
  }

  /** What the keyboard takes hold of stands where the rings are drawn. */
  placeGrips() {
    const { plane, header: { words } } = this;
    this.grips.forEach((grip, which) => {
      const end = this.end(which);
      grip.hidden = !this.changing;
      grip.style.translate = `${plane.X(end[0]) + plane.canvas.offsetLeft}px ${plane.Y(end[1]) + plane.canvas.offsetTop}px`;
      grip.setAttribute("aria-label", fill(words[GRIP_NAMES[which]], { which: which + 1, end: formatPoint(end) }));
    });
  }

  publish(begun) {
    const { plane: { canvas }, codes, now, header: { words } } = this;
    canvas.setAttribute("aria-label", words.plane);
    codes.canvas.setAttribute("aria-label", words.codes);
    canvas.btp = { now, same: this.same && { places: this.same.places.size, apart: apartOf(this.same) }, formula: closedForm, grid: bayesFineEnough };
    Object.assign(canvas.dataset, {
      ready: String(!this.motion.running), x: this.x.map((value) => roundTo(value, 4)).join(","), c: this.c,
      f: this.f.map((value) => roundTo(value, 4)).join(","), paintMs: (performance.now() - begun).toFixed(3),
    });
    codes.canvas.dataset.ready = "true";
  }
}

const apartOf = ({ least, most }) => Math.max(...most.map((entry, i) => entry - least[i]));

const FLAT = 0.05;   // a stretch below which a direction of z as good as does not reach x

export default mount(Bayes);
