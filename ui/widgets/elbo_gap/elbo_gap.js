// ---- elbo_gap.js: q against one image's exact posterior; ELBO + gap = log p(x) ---------------------------
// Payload. Tensors: "x" (n, d) images of 0 … levels, "y" (n,) classes, the model's weights under "model/…".
// Header: id, shape, dataset, levels, classes, activation, output, likelihood, c (trained with), picks [rows],
// range (of c), bounds {narrow, wide, reach}, state {image, pad, q, c, full} (first mount only), words.
//
// q is a cloud (gaussian.js); null in state: the encoder's. State sent to Python: {image, pad, q: [mean,
// standard deviations, turn], c, full}. Told on the page's bus as "variational" at every change. In the
// console: canvas.btp = {x, c, cloud, q, terms, gaps, posterior, measure(q), encode(x), decode(z)}.

const PICK_ROOM = 40, PICTURE_ROOM = 64;   // CSS pixels of an image
const MISSING = 0.001;          // share of a posterior beyond the plane from which it is said
const SEEN = 0.999;             // mass of a q that the grid must see

class ElboGap extends Widget {
  build() {
    Object.assign(this, { gaps: {}, sheet: {}, pad: false, heard: null });
    this.climber = new Climber(this);
    this.numbers = new Numbers(this, (name) => this.seek(name));
    this.plane = new Plane(this.find("[data-testid=posterior]"));
    this.bars = new SumBars(this, this.find(".bars"));
    this.hand = new Gaussians(this, this.plane, {
      hold: () => { this.halt(); clearTimeout(this.timer); },
      changed: () => { this.halt(); this.keep(); this.invalidate(); },
      rest: () => this.commit(),
      soon: () => this.commitSoon(),
      home: () => this.seek("encoder"),
      chose: () => { this.unsaid = true; this.invalidate(); },
    });
    this.handle = new VarianceHandle(this, this.find(".variance"), {
      move: (c) => this.turnTo(c), rest: () => this.commit(), soon: () => this.commitSoon(),
    });
    const press = (name, action) => this.listen(this.find(name), "click", action);
    press(".before", () => this.pick((this.row + this.count - 1) % this.count));
    press(".after", () => this.pick((this.row + 1) % this.count));
    press(".step", () => { this.halt(); this.climber.step(); this.commitSoon(); });
    press(".fit", () => { const { fitting } = this.climber; this.halt(); if (!fitting) this.climber.fit(); });
    press(".full", () => this.lean(!this.full));
  }

  receive({ header, tensors }) {
    if (header.id === this.header?.id) return;
    const { shape, words, state, picks } = header, pixels = shape[0] * shape[1];
    const network = new Network(tensors, "model/", header), x = needTensor(tensors, "x", [null, pixels]);
    needPlanar(network, shape);
    Object.assign(this, { header, network, pixels, bytes: x.data, count: x.shape[0] });
    this.classes = needTensor(tensors, "y", [this.count]).data;
    Object.assign(this, { measured: new Measured(network), gradient: new Gradient(network, header) });
    Object.assign(this, { c: state.c, full: state.full, row: state.image });
    this.hand.turns = this.full;
    this.handle.spread(header.range, header.c, words.trained);
    this.numbers.name(header);
    for (const name of ["before", "after", "plane"]) this.find(`.${name}`).setAttribute("aria-label", words[name]);
    this.picks = picks.map((row, k) => this.makePick(words[`pick_${k}`], () => this.pick(row)));
    this.padPick = this.makePick(words.pad, () => this.usePad());
    this.padPick.hidden = true;
    this.choose(this.imageOf(this.row), state.q && cloudFrom(state.q));
    hear(this, "input", (detail) => this.ask(detail, state));
  }

  makePick(words, action) {
    const button = Object.assign(element("button", "", "pick"), { type: "button" });
    button.append(element("canvas", "", "printed"), element("span", words));
    this.listen(button, "click", action);
    this.find(".picks").append(button);
    return button;
  }

  // ---- which image

  imageOf(row) {
    const { header: { levels, classes, words }, classes: all, count } = this;
    const said = fill(words.image, { row, count, digit: withArticle(classes[all[row]]) });
    return { x: originalImage(this.bytes, row, this.pixels, levels), words: said };
  }

  pick(row) {
    this.halt();
    Object.assign(this, { row, pad: false });
    this.choose(this.imageOf(row));
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
  ask(detail, state) {
    const fits = detail?.dataset === this.header.dataset && detail.x.length === this.pixels, first = !this.heard;
    const again = fits && !first && detail.drawing === this.heard.drawing && detail.x.every((value, i) => value === this.heard.x[i]);
    this.heard = fits ? detail : null;
    this.padPick.hidden = !fits;
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

  /** q stays where the grid can see all of it: a stretch that would leave the plane is not taken. */
  keep() {
    const { hand: { cloud }, kept, header: { bounds: { narrow, wide, reach } }, measured: { grid: { half } } } = this;
    cloud.std = cloud.std.map((width) => Math.min(wide, Math.max(narrow, width)));
    const { cov } = momentsOf(cloud), most = [0, 1].map((k) => half - reach * Math.sqrt(cov[k][k]));
    this.stopped = cloud.mu.some((at, k) => Math.abs(at) > most[k]);
    const stretched = kept && (cloud.turn !== kept.turn || cloud.std.some((width, k) => width !== kept.std[k]));
    if (this.stopped && stretched) Object.assign(cloud, { std: [...kept.std], turn: kept.turn });
    else if (this.stopped) cloud.mu = cloud.mu.map((at, k) => Math.min(most[k], Math.max(-most[k], at)));
    this.kept = { std: [...cloud.std], turn: cloud.turn };
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
    this.stopped = false;
  }

  /** The encoder's q, or the best there is. */
  seek(name) {
    if (!this.measured.found || (name === "encoder" && this.c !== this.header.c)) return;
    this.halt();
    if (name === "best" && !this.full) this.lean(true);
    if (name !== "encoder") { this.climber.seek(name); return; }
    this.record(name, momentsOf(this.encoder));
    this.go(this.encoder);
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

  record(name, q) {
    const { measured, image: { x }, c } = this, { gap, inside } = measured.terms(measured.posterior(x, c), q);
    if (inside > SEEN) this.gaps[name] = gap;
  }

  go(to) {
    const from = this.hand.cloud, mixed = (name, k) => from[name].map((value, i) => mix(value, to[name][i], k));
    this.motion.start(CHANGE_OF_MODEL, (k) => {
      this.put(k < 1 ? { mu: mixed("mu", k), std: mixed("std", k), turn: mix(from.turn, to.turn, k) } : to);
      if (k === 1) this.commit();
    });
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
    const { header: { words, c }, posterior, measured, fine, climber } = this;
    if (!fine) return measured.done ? fill(words.coarse, { side: posterior.level.side }) : words.refining;
    if (climber.search) return words.seeking;
    if (this.stopped) return words.stopped;
    if (posterior.outside > MISSING) return fill(words.border, { share: formatShare(posterior.outside) });
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
    const posterior = measured.posterior(image.x, c), q = momentsOf(hand.cloud);
    if (posterior !== this.posterior) { this.posterior = posterior; plane.stale = true; }
    this.lookAt(posterior);
    this.fine = measured.suffices(posterior, hand.cloud);
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
    this.tellPage(q);
    this.tellTests(q, measuredIn, performance.now() - begun);
  }

  /** The square that shows the posterior and the encoder's q; it stays while c changes, if it can. */
  lookAt({ mean, cov }, again = false) {
    const { encoder, measured: { grid: { half } }, plane: { view } } = this, width = mean.map((_, k) => Math.sqrt(cov[k][k]));
    const shown = mean.every((at, k) => Math.abs(at - [view.x, view.y][k]) + 2 * width[k] < view.r);
    if (this.looked && !(again && !shown)) return;
    this.looked = true;
    this.plane.look(squareAround(mean, width, encoder, half));
    this.keep();
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
    const { theme, header: { shape, picks, words }, image, hand: { cloud }, network } = this;
    const centre = this.find(".centre canvas");
    printImage(centre, network.decode(cloud.mu), shape, theme);
    if (this.printed) return;
    this.printed = true;
    const original = this.find(".original canvas");
    const show = (canvas, x, room) => { printImage(canvas, x, shape, theme); fitPixels(canvas, shape, room); };
    show(original, image.x, PICTURE_ROOM);
    fitPixels(centre, shape, PICTURE_ROOM);
    original.setAttribute("aria-label", image.words);
    centre.setAttribute("aria-label", words.centre);
    this.picks.forEach((button, k) => show(button.firstChild, this.imageOf(picks[k]).x, PICK_ROOM));
    if (this.heard) show(this.padPick.firstChild, this.heard.x, PICK_ROOM);
  }

  /** What is chosen, where q is, and what is to be said of it. */
  paintState() {
    const { header: { words, picks }, hand: { cloud }, row, pad, full, climber } = this;
    this.numbers.write(".mu", formatPoint(cloud.mu));
    this.numbers.write(".std", formatPoint(cloud.std));
    this.numbers.write(".turned", full ? fill(words.turned, { turn: degrees(cloud.turn) }) : "");
    this.numbers.write(".which", this.image.words);
    this.numbers.write(".note", this.remark());
    this.numbers.write(".fit", climber.fitting ? words.pause : words.fit);
    this.picks.forEach((button, k) => button.setAttribute("aria-pressed", String(!pad && picks[k] === row)));
    this.padPick.setAttribute("aria-pressed", String(pad));
    this.find(".full").setAttribute("aria-checked", String(full));
    this.handle.show(this.c);
  }

  /** "variational": what the derivation's lines are worth for this q. */
  tellPage(q) {
    const { image: { x }, c, terms, told } = this;
    if (told?.x === x && told.c === c && told.terms.gap === terms.gap && told.terms.elbo === terms.elbo) return;
    this.told = { x, c, q, terms };
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
