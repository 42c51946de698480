// ---- elbo_gap.js: q against one image's exact posterior; ELBO + gap = log p(x) ---------------------------
// Payload. Tensors: "x" (n, d) images of 0 … levels, "y" (n,) classes, the model's weights under "model/…".
// Header: id, shape, dataset, levels, classes, activation, output, likelihood, c (trained with), picks [rows],
// range (of c), bounds {narrow, wide, reach}, state {image, pad, q, c, full} (first mount only), words.
//
// q is a cloud (gaussian.js); null in state: the encoder's. State sent to Python: {image, pad, q: [mean,
// standard deviations, turn], c, full}. Told on the page's bus as "variational", {x, c, terms}, at every change.
// In the console: canvas.btp = {x, c, cloud, q, terms, gaps, posterior, measure(q), encode(x), decode(z)}.

const PICTURE_ROOM = 64;        // CSS pixels of an image
const SEEN = 0.999;             // mass of a q that the grid must see

class ElboGap extends Widget {
  build() {
    Object.assign(this, { gaps: {}, sheet: {}, pad: false, input: null, heard: null });
    this.climber = new Climber(this);
    this.numbers = new Numbers(this, (name) => this.seek(name));
    this.plane = new Plane(this.find("[data-testid=posterior]"));
    this.bars = new SumBars(this, this.find(".bars"));
    this.picks = new Picks(this, this.find(".picks"), { pick: (row) => this.pick(row), pad: () => this.usePad() });
    this.hand = new Gaussians(this, this.plane, {
      hold: () => { this.halt(); clearTimeout(this.timer); },
      changed: (framed) => {
        this.halt();
        this.keep();
        if (framed) this.stopped ||= "framed";
        this.invalidate();
      },
      rest: () => this.commit(),
      soon: () => this.commitSoon(),
      home: () => this.seek("encoder"),
      chose: () => { this.unsaid = true; this.invalidate(); },
    });
    this.handle = new VarianceHandle(this, this.find(".variance"), {
      move: (c) => this.turnTo(c), rest: () => this.commit(), soon: () => this.commitSoon(),
    });
    const press = (name, action) => this.listen(this.find(name), "click", action);
    const beside = (by) => (this.row + by + this.picks.count) % this.picks.count;
    press(".before", () => this.pick(beside(-1)));
    press(".after", () => this.pick(beside(1)));
    press(".step", () => { this.halt(); this.climber.step(); this.commitSoon(); });
    press(".fit", () => { const { fitting } = this.climber; this.halt(); if (!fitting) this.climber.fit(); });
    press(".full", () => this.lean(!this.full));
    hear(this, "input", (detail) => {
      this.input = detail;
      if (this.header) this.ask(detail);
    });
  }

  receive({ header, tensors }) {
    if (header.id === this.header?.id) return;
    const { shape, words, state } = header, network = new Network(tensors, "model/", header);
    needPlanar(network, shape);
    this.picks.take(header, tensors);
    Object.assign(this, { header, network, measured: new Measured(network), gradient: new Gradient(network, header) });
    Object.assign(this, { c: state.c, full: state.full, row: state.image, pad: false, heard: null });
    this.hand.turns = this.full;
    this.handle.spread(header.range, header.c, words.trained);
    this.numbers.name(header);
    for (const name of ["before", "after", "plane"]) this.find(`.${name}`).setAttribute("aria-label", words[name]);
    this.choose(this.picks.imageOf(this.row), state.q && cloudFrom(state.q));
    this.ask(this.input);
  }

  // ---- which image

  pick(row) {
    this.halt();
    Object.assign(this, { row, pad: false });
    this.choose(this.picks.imageOf(row));
    this.commitSoon();
  }

  usePad() {
    if (!this.heard) return;
    this.halt();
    this.pad = true;
    this.choose(this.heard);
    if (!this.heard.drawing) this.commitSoon();   // Python hears of it once the pen is up
  }

  /** The pad speaks: its image is one more to choose from; it is chosen at once when it changes. */
  ask(detail) {
    const { header: { dataset, state }, network: { pixels } } = this, first = !this.heard;
    const fits = detail?.dataset === dataset && detail.x.length === pixels;
    const again = fits && !first && detail.drawing === this.heard.drawing && detail.x.every((value, i) => value === this.heard.x[i]);
    this.heard = fits ? detail : null;
    this.picks.pad.hidden = !fits;
    if (!fits && this.pad) this.pick(this.row);
    if (!fits || again) return;
    this.printed = false;
    if (first && state.pad) { this.pad = true; this.choose(detail, state.q && cloudFrom(state.q)); }
    else if (!first) this.usePad();
    this.invalidate();
  }

  /** cloud: where q is put; the encoder's, if that is not said. */
  choose(image, cloud = null) {
    const { mu, std } = this.network.encode(image.x);
    this.encoder = { mu: [...mu], std: [...std], turn: 0 };
    Object.assign(this, { image, gaps: {}, looked: false, printed: false });
    this.put(cloud ?? this.encoder);
  }

  turnTo(c) {
    this.halt();
    Object.assign(this, { c, gaps: {} });
    this.invalidate();
  }

  // ---- where q may be

  /** Put q there, as near as it may. */
  put(cloud) {
    this.hand.clouds = [{ mu: [...cloud.mu], std: [...cloud.std], turn: this.full ? cloud.turn : 0 }];
    this.kept = null;
    this.keep();
    this.invalidate();
  }

  /** q stays where the grid can see all of it; stopped: the word for what keeps it there. */
  keep() {
    const { hand: { cloud }, header: { bounds }, measured: { grid } } = this;
    const { mu, std, turn, stopped } = withinReach(cloud, this.kept, bounds, grid.half);
    Object.assign(cloud, { mu, std: [...std], turn });
    this.kept = { std, turn };
    this.stopped = stopped ? "stopped" : "";
  }

  lean(full) {
    this.halt();
    this.full = full;
    const { cloud } = Object.assign(this.hand, { turns: full, turning: false });
    if (!full && cloud.turn) this.go(cloudOf(upright(momentsOf(cloud))));
    else this.commit();
  }

  // ---- q finds its way

  /** Whatever moves by itself stops: the reader has taken hold of something. */
  halt() {
    this.motion.finish();
    this.climber.stop();
    this.stopped = "";
  }

  /** The encoder's q, or the best there is. */
  seek(name) {
    if (!this.measured.found || (name === "encoder" && this.c !== this.header.c)) return;
    this.halt();
    if (name === "best" && !this.full) this.lean(true);
    if (name !== "encoder") { this.climber.seek(name); return; }
    this.go(this.encoder, name);
  }

  /** The grid is decoded, and a best q sought, a slice per frame. */
  work() {
    const { measured, climber } = this;
    if (this.working || (measured.done && !climber.search)) return;
    this.working = requestAnimationFrame(() => {
      this.working = 0;
      if (!measured.done && measured.work()) this.invalidate();
      if (measured.done) climber.work();
      this.work();
    });
  }

  /** q passes over to `to`, or as near as it may; its gap there is kept under `name`, if there is one. */
  go(to, name) {
    const from = this.hand.cloud;
    this.put(to);
    const { hand: { cloud: end }, stopped } = this, mixed = (part, k) => from[part].map((value, i) => mix(value, end[part][i], k));
    if (name) this.record(name);
    this.motion.start(CHANGE_OF_MODEL, (k) => {
      this.put(k < 1 ? { mu: mixed("mu", k), std: mixed("std", k), turn: mix(from.turn, end.turn, k) } : end);
      if (k < 1) return;
      this.stopped = stopped;
      this.commit();
    });
  }

  record(name) {
    const { measured, image: { x }, c, hand } = this, { gap, inside } = measured.terms(measured.ask(x, c), momentsOf(hand.cloud));
    if (inside > SEEN) this.gaps[name] = gap;
  }

  settle() {
    const { hand: { cloud }, row, pad, c, full, stopped, posterior } = this;
    const round = (values, digits) => values.map((value) => roundTo(value, digits));
    if (posterior) this.lookAt(posterior, true);   // under another c it may have left the view
    this.put({ mu: round(cloud.mu, 3), std: round(cloud.std, 4), turn: roundTo(cloud.turn, 4) });
    this.stopped = stopped;   // what stopped it is said until the next move
    this.unsaid = true;
    const { mu, std, turn } = this.hand.cloud;
    return { image: row, pad, q: [...mu, ...std, turn], c, full };
  }

  leave() {
    this.climber.stop();
    clearTimeout(this.timer);
    cancelAnimationFrame(this.working);
    if (lastTold("variational") === this.told) tell("variational", null);
  }

  // ---- in words

  announce() {
    const { terms, header: { words }, hand: { cloud, widening, turning } } = this;
    this.unsaid = false;
    const keys = (widening && words.widening) || (turning && words.turning) || "", now = fill(words.spoken, {
      image: this.image.words, mu: formatPoint(cloud.mu), std: formatPoint(cloud.std), turn: degrees(cloud.turn),
      elbo: formatNumber(terms.elbo), gap: formatNumber(terms.gap), evidence: formatNumber(terms.logEvidence),
    });
    this.find(".spoken").textContent = `${keys} ${now} ${this.remark()}`.trim();
  }

  /** What is out of the ordinary, in a sentence or two; "" if nothing is. */
  remark() {
    const { header: { words, c }, posterior: { level, exact, cut, outside }, measured, holds, climber } = this;
    if (!holds || !(exact || cut)) return measured.done ? fill(words.coarse, { side: level.side }) : words.refining;
    if (climber.search) return words.seeking;
    const held = this.stopped && words[this.stopped], beyond = cut ? fill(words.border, { share: formatShare(outside) }) : "";
    if (held || beyond) return `${held} ${beyond}`.trim();
    if (climber.arrived) return this.full ? words.arrived : words.arrived_diagonal;
    return this.c === c ? "" : fill(words.other, { c: formatVariance(c) });
  }

  // ---- drawing

  restyle() {
    this.printed = false;
    this.plane.stale = true;
  }

  resize() { this.printed = false; }

  paint() {
    const { measured, plane, image, c, hand } = this;
    if (!image || !plane.measure()) return;
    const begun = performance.now();
    this.work();
    if (!measured.ready) return;
    const posterior = measured.ask(image.x, c), q = momentsOf(hand.cloud);
    if (posterior !== this.posterior) { this.posterior = posterior; plane.stale = true; }
    this.lookAt(posterior);
    this.holds = measured.holds(hand.cloud);
    this.terms = measured.terms(posterior, q);
    this.work();   // a finer grid may have been begun
    const measuredIn = performance.now() - begun;
    this.paintPlane();
    this.paintPictures();
    this.bars.look(this.terms.gap, !hand.held && !this.handle.handle.held && !this.motion.running);
    this.bars.paint(this.terms, this.header.words);
    this.numbers.paint(this);
    this.paintState();
    if (this.unsaid) this.announce();
    this.tellPage();
    this.tellTests(q, measuredIn, performance.now() - begun);
  }

  /** The square that shows the posterior and the encoder's q; it stays while c changes, if it can. */
  lookAt({ mean, cov }, again = false) {
    const { encoder, measured: { grid: { half } }, plane: { view } } = this, width = mean.map((_, k) => Math.sqrt(cov[k][k]));
    const shown = mean.every((at, k) => Math.abs(at - [view.x, view.y][k]) + 2 * width[k] < view.r);
    if (this.looked && !(again && !shown)) return;
    this.looked = true;
    this.plane.look(squareAround(mean, width, encoder, half));
  }

  paintPlane() {
    const { plane, theme, hand, posterior } = this;
    const context = plane.begin(theme, (base) => {
      const seen = windowOf(posterior.level, posterior.logJoint, plane.view);
      drawTint(base, plane, posterior.level, posterior.mass, theme.ink, this.sheet);
      posterior.levels.forEach((rim, k) => {
        traceContour(base, plane, seen, rim);
        Object.assign(base, { strokeStyle: theme.ink, lineWidth: k ? 1.25 : 2 });
        base.stroke();
      });
      drawPrior(base, plane, theme);
      drawTicks(base, plane, theme);
    });
    hand.draw(context, theme);
  }

  paintPictures() {
    const { theme, header: { shape, words }, image, hand: { cloud }, network } = this;
    const centre = this.find(".centre canvas");
    printImage(centre, network.decode(cloud.mu), shape, theme);
    if (this.printed) return;
    this.printed = true;
    const original = this.find(".original canvas");
    printImage(original, image.x, shape, theme);
    for (const canvas of [original, centre]) fitPixels(canvas, shape, PICTURE_ROOM);
    original.setAttribute("aria-label", image.words);
    centre.setAttribute("aria-label", words.centre);
    this.picks.print(this.heard, theme);
  }

  /** What is chosen, where q is, and what is to be said of it. */
  paintState() {
    const { header: { words }, hand: { cloud }, row, pad, full, climber } = this;
    this.numbers.write(".mu", formatPoint(cloud.mu));
    this.numbers.write(".std", formatPoint(cloud.std));
    this.numbers.write(".turned", full ? fill(words.turned, { turn: degrees(cloud.turn) }) : "");
    this.numbers.write(".which", this.image.words);
    this.numbers.write(".note", this.remark());
    this.numbers.write(".fit", climber.fitting ? words.pause : words.fit);
    this.picks.mark(pad ? null : row);
    this.find(".full").setAttribute("aria-checked", String(full));
    this.handle.show(this.c);
  }

  /** "variational": what the derivation's lines are worth for this q. */
  tellPage() {
    const { image: { x }, c, terms, told } = this;
    if (told?.x === x && told.c === c && told.terms.gap === terms.gap && told.terms.elbo === terms.elbo) return;
    this.told = { x, c, terms };
    tell("variational", this.told);
  }

  /** For tests, and for who looks at the canvas in the console. */
  tellTests(q, measuredIn, painted) {
    const { plane: { canvas, view }, network, posterior, terms, gaps, image: { x }, c, hand: { cloud }, measured } = this;
    canvas.btp = {
      x, c, q, cloud, terms, gaps, posterior, measure: (other) => measured.terms(posterior, other),
      encode: (image) => network.encode(image), decode: (z) => network.decode(z),
    };
    Object.assign(canvas.dataset, {
      ready: String(measured.done), q: [...cloud.mu, ...cloud.std, cloud.turn].map((v) => v.toFixed(4)).join(","), c,
      logEvidence: terms.logEvidence.toFixed(5), elbo: terms.elbo.toFixed(5), gap: terms.gap.toFixed(5),
      view: [view.x, view.y, view.r].join(","), side: posterior.level.side, measureMs: measuredIn.toFixed(3), paintMs: painted.toFixed(3),
    });
  }
}

const cloudFrom = ([x, y, a, b, turn]) => ({ mu: [x, y], std: [a, b], turn });

export default mount(ElboGap);
