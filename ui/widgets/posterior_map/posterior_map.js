// ---- posterior_map.js: one image's exact posterior -------------------------------------------------
// Payload. Tensors: two networks' weights under "<model>/…", "x" (1, d) of 0 … levels, the image shown
// until the page's pad speaks. Header: id, shape, dataset, levels, image (in words), range (of c), models
// {name: {id, activation, output, c, least (log p(x) of its least likely training image, in nats)}},
// state {z, c, model} (first mount only), words {…}.
//
// The probe stands on the encoder's μ until the reader takes it; another image puts it back there. State
// sent to Python: {z (null: on μ), c, model}. In the console: canvas.btp = {encode, decode, evidence(x, c),
// bayes(z), now, drawn() (what the closer look's outlines go through)}.

const CLOSE = 4;                  // standard deviations from the middle of the closer look to its edge
const LEAST_CLOSE = 0.35;         // half-width of the closest look
const PICTURE_ROOM = 96, PICTURE_ROOM_SMALL = 64;   // CSS pixels
const QUICK = 3;                  // ms of decoding per frame under a closer look that moves
const FADED = 0.5;                // of the decoded images under the contours

class PosteriorMap extends Widget {
  build() {
    Object.assign(this, { z: null, models: {}, told: null });
    this.plane = new Plane(this.find("[data-testid=latent-map]"));
    this.close = new DecodedGrid(this, this.find(".frame.close canvas"), QUICK);
    this.faded = { canvas: document.createElement("canvas") };
    this.canvas = Object.fromEntries(["original", "centre", "probe"].map((name) => [name, this.find(`.${name} canvas`)]));
    for (const plane of [this.plane, this.close.plane]) new Gestures(this, plane, this.answers(plane));
    this.handle = new VarianceHandle(this, this.find(".variance"), {
      move: (c) => { this.c = c; this.invalidate(); }, rest: () => this.commit(), soon: () => this.commitSoon(),
    });
    hear(this, "input", (detail) => {
      this.told = detail;
      if (this.header) this.ask(detail);
    });
  }

  answers(plane) {
    const free = (z) => { this.z = plane.clamp(z); this.invalidate(); };
    const away = (dx, dy) => this.probe.map((value, k) => value + [dx, dy][k] * plane.view.r);
    return {
      aim: free, tap: () => {}, rest: () => this.commit(),
      step: (dx, dy) => { free(away(dx, dy)); this.commitSoon(); },
      home: () => { free([0, 0]); this.commitSoon(); },
      nearest: () => { free(this.now.mean); this.commit(); },
      letGo: () => { this.z = null; this.commit(); },
    };
  }

  receive({ header, tensors }) {
    if (header.id === this.header?.id) return;
    const { shape, levels, words, models, range } = header, pixels = shape[0] * shape[1];
    for (const [name, facts] of Object.entries(models)) {
      const network = new Network(tensors, `${name}/`, facts);
      needPlanar(network, shape);
      this.models[name] = { ...facts, name, network, state: new ExactPosterior(network, facts.c) };
    }
    const first = originalImage(needTensor(tensors, "x", [1, pixels]).data, 0, pixels, levels);
    Object.assign(this, { header, first: { x: first, words: header.image } });
    const { z, c, model } = header.state;
    this.name = this.models[model] ? model : Object.keys(models)[0];
    Object.assign(this, { c, z });
    this.find(".models").replaceChildren();
    this.radios = makeRadios(this, this.find(".models"), "model", Object.keys(models).map((name) =>
      ({ value: name, words: words[`model_${name}`] })), (name) => this.choose(name));
    this.handle.spread(range, this.model.c, words.trained);
    this.plane.canvas.setAttribute("aria-label", words.plane);
    this.close.plane.canvas.setAttribute("aria-label", words.close);
    this.find(".density").textContent = words.density;
    this.ask(this.told);
  }

  get model() { return this.models[this.name]; }

  get probe() { return this.z ?? [...this.q.mu]; }

  choose(name) {
    Object.assign(this, { name, c: this.models[name].c, z: null });
    this.handle.spread(this.header.range, this.c, this.header.words.trained);
    this.encode();
    this.commit();
  }

  /** The pad says which image; null: it has gone. What these models cannot read leaves the first image. */
  ask(detail) {
    const fits = detail?.dataset === this.header.dataset && detail.x.length === this.first.x.length;
    const before = this.input, again = before && fits && detail.x.every((value, i) => value === before.x[i]);
    this.input = fits ? detail : this.first;
    if (this.heard && !again && this.z) Object.assign(this, { z: null, owed: true });   // a link's probe belongs to what the pad says first
    this.heard = fits;
    this.encode();
    if (!this.owed || detail?.drawing) return;   // Python hears of it once the pen is up
    this.owed = false;
    this.commitSoon();
  }

  encode() {
    this.silent = false;
    this.q = this.model.network.encode(this.input.x);
    this.invalidate();
  }

  settle() {
    if (this.z) this.z = this.z.map((value) => roundTo(value, 3));
    const { z, c, name } = this;
    this.silent = false;
    return { z, c, model: name };
  }

  /** Said once what was asked for is on the screen: after a commit, another image, another model. */
  announce() {
    this.silent = true;
    const { now, header: { words } } = this, terms = this.bayes(this.probe);
    const evidence = now.exact ? `log p(x) = ${formatNumber(now.logEvidence)} nats. ` : "";
    const at = now.exact ? `At z = ${formatPoint(this.probe)}: log p(z|x) = ${formatNumber(terms.posterior)} nats. ` : "";
    this.find(".spoken").textContent = `${this.input.words}, c = ${formatVariance(this.c)}. ${evidence}${at}${this.note(words)}`;
  }

  // ---- Bayes

  /** log p(z|x) and what it is made of, in nats, at one z: no grid but for the evidence. */
  bayes(z) {
    const mean = this.model.network.decode(z), prior = logPrior(z);
    const likelihood = -negativeLogLikelihood(mean, this.input.x, { likelihood: "gaussian", c: this.c });
    return { prior, likelihood, posterior: prior + likelihood - this.now.logEvidence };
  }

  /** What is out of the ordinary, in a sentence; "" if nothing is. */
  note(words) {
    const { now, model, c } = this, own = c === model.c;
    if (now.cut) return fill(words.border, { share: formatShare(now.outside) });
    if (now.refining) return words.refining;
    if (!now.exact) return fill(words.refused, { side: now.level.side, error: formatNumber(now.error) });
    if (now.isPrior) return words.collapsed;
    if (own && now.logEvidence < model.least) {
      return fill(words.far, { evidence: formatNumber(now.logEvidence, 1), least: formatNumber(model.least, 1) });
    }
    return own ? "" : fill(words.other, { c: formatVariance(model.c) });
  }

  // ---- drawing

  restyle() { this.plane.stale = this.close.plane.stale = true; }

  leave() {
    this.close.stop();
    cancelAnimationFrame(this.working);
  }

  paint() {
    const { model, plane, close } = this;
    if (!model || !plane.measure() || !close.plane.measure()) return;
    const begun = performance.now();
    this.work();
    if (!model.state.ready) return;
    const found = model.state.ask(this.input.x, this.c), spent = performance.now() - begun, fresh = found !== this.now;
    this.work();   // the question may have begun a finer grid
    if (fresh) {
      this.now = found;
      plane.stale = close.plane.stale = true;
      this.lookAgain();
    }
    this.paintWhole();
    this.paintClose();
    const forward = this.paintPictures();
    this.paintNumbers();
    this.tell(forward);
    if (!this.silent && !found.refining && !this.input.drawing) this.announce();
    if (fresh) Object.assign(plane.canvas.dataset, { bayesMs: spent.toFixed(3), paintMs: (performance.now() - begun).toFixed(3) });
  }

  /** Decode a slice of the grid per frame, until there is nothing left to decode. */
  work() {
    const { state } = this.model;
    if (this.working || state.done) return;
    const slice = () => {
      this.working = 0;
      if (this.model.state.work()) this.invalidate();
      this.work();
    };
    this.working = requestAnimationFrame(slice);
  }

  /** Another image or model: where the closer look lies. It stays while c changes, so that c is seen. */
  lookAgain() {
    const { input, name, model } = this;
    if (this.looked?.input === input && this.looked.name === name) return;
    const { home: { mean, cov, leaves }, grid: { half } } = model.state;
    this.plane.look({ x: 0, y: 0, r: leaves ? half : PRIOR_RADIUS });
    const r = Math.min(this.plane.view.r, Math.max(LEAST_CLOSE, CLOSE * Math.sqrt(Math.max(cov[0][0], cov[1][1]))));
    const [x, y] = mean.map((value) => Math.min(this.plane.view.r - r, Math.max(r - this.plane.view.r, value)));
    const { view } = this.close.plane, kept = input.drawing && this.looked && covers(view, { x, y, r: r / 2 }) && r > view.r / 3;
    if (!kept) this.close.plane.look({ x, y, r });   // under the pen it stays as long as it can
    this.looked = { input, name };
  }

  paintWhole() {
    const { plane, theme, close: { plane: { view } } } = this;
    const context = plane.begin(theme, (base) => {
      this.drawPosterior(base, plane, this.sheet ??= {});
      drawPrior(base, plane, theme);
      drawTicks(base, plane, theme);
      if (view.r < plane.view.r) drawBox(base, plane, theme, view);
      this.drawMarks(base, plane);
    });
    drawProbe(context, plane, theme, this.probe, 1, Boolean(this.z));
  }

  paintClose() {
    const { close, close: { plane }, theme, model: { network }, header: { shape } } = this;
    close.want(network, shape, theme);
    const context = plane.begin(theme, (base) => {
      this.drawFaded(base, plane);
      drawPrior(base, plane, theme, false);
      this.drawPosterior(base, plane, null);
      drawTicks(base, plane, theme);
      this.drawMarks(base, plane);
    });
    drawProbe(context, plane, theme, this.probe, 1, Boolean(this.z));
  }

  /** What each place decodes to, faded; printed anew only with other images: not for another c. */
  drawFaded(base, plane) {
    const { close: { done }, faded, theme } = this, side = plane.base.width;
    if (!done) return;
    if (faded.of !== done || faded.view !== plane.view || faded.canvas.width !== side) {
      Object.assign(faded, { of: done, view: plane.view });
      faded.canvas.width = faded.canvas.height = side;
      const context = faded.canvas.getContext("2d");
      context.scale(plane.ratio, plane.ratio);
      this.close.draw(context);
      Object.assign(context, { fillStyle: theme.paper, globalAlpha: FADED });
      context.fillRect(0, 0, plane.size, plane.size);
    }
    base.drawImage(faded.canvas, 0, 0, plane.size, plane.size);
  }

  /** The smallest regions that hold as much as a Gaussian's 1σ and 2σ; with a sheet, the density too. */
  drawPosterior(context, plane, sheet) {
    const { now, theme, model: { state: { grid: { level } } } } = this;
    if (!now.levels.length) return;
    if (sheet) drawTint(context, plane, level, now.mass, theme.ink, sheet);
    const seen = windowOf(level, now.logJoint, plane.view);
    now.levels.forEach((rim, k) => {
      traceContour(context, plane, seen, rim);
      for (const [colour, width] of [[theme.paper, k ? 4 : 5], [theme.ink, k ? 1.25 : 2]]) {
        if (colour === theme.paper && sheet) continue;
        Object.assign(context, { strokeStyle: colour, lineWidth: width });
        context.stroke();
      }
    });
  }

  /** The encoder's q, where it was made for this c, and the posterior's mean. */
  drawMarks(context, plane) {
    const { theme, q, now } = this, own = this.c === this.model.c;
    if (own) drawEncoder(context, plane, theme, q);
    if (now.exact) drawCross(context, plane, theme, now.mean);
    if (own) drawMean(context, plane, theme, q.mu);
  }

  paintPictures() {
    const { header: { shape }, theme, canvas, now, model: { network }, input } = this;
    const room = this.plane.small ? PICTURE_ROOM_SMALL : PICTURE_ROOM, begun = performance.now();
    const image = network.decode(this.probe), forward = performance.now() - begun;
    const centre = now.exact ? network.decode(now.mean) : null;
    for (const [name, values] of [["original", input.x], ["probe", image], ["centre", centre]]) {
      if (values) printImage(canvas[name], values, shape, theme);
      else clearImage(canvas[name], shape);
      fitPixels(canvas[name], shape, room);
    }
    canvas.original.setAttribute("aria-label", `The image: ${input.words}`);
    canvas.centre.setAttribute("aria-label", "Decoded at the posterior’s mean");
    canvas.probe.setAttribute("aria-label", "Decoded at the probe");
    this.write(".original .words", input.words);
    this.write(".probe .place", formatPoint(this.probe));
    return forward;
  }

  paintNumbers() {
    const { now, q, c, model, header: { words } } = this, terms = this.bayes(this.probe), own = c === model.c;
    const say = (value) => (now.exact ? formatNumber(value) : "–");
    this.write(".amount.posterior", say(terms.posterior));
    this.write(".amount.prior", formatNumber(terms.prior));
    this.write(".amount.likelihood", formatNumber(terms.likelihood));
    this.write(".amount.evidence", say(now.logEvidence));
    this.write(".equation .error", now.exact ? `± ${formatError(now.error)} from the grid` : words.no_evidence);
    const { mean, cov: [[a, b], [, d]] } = now, deviations = [Math.sqrt(a), Math.sqrt(d)];
    this.row(".exact", now.exact ? [formatPoint(mean), formatPoint(deviations), formatNumber(b / deviations[0] / deviations[1])] : ["–", "–", "–"]);
    this.row(".encoder", [formatPoint(q.mu), formatPoint(q.std), words.uncorrelated]);
    this.find(".encoder").hidden = !own;
    for (const input of this.radios) input.checked = input.value === this.name;
    this.handle.show(c);
    this.write(".note", this.note(words));
  }

  row(name, cells) {
    [...this.find(name).querySelectorAll("td")].forEach((cell, k) => {
      if (cell.textContent !== cells[k]) cell.textContent = cells[k];
    });
  }

  write(selector, text) {
    const place = this.find(selector);
    if (place.textContent !== text) place.textContent = text;
  }

  /** For tests, and for who looks at the canvas in the console. */
  tell(forward) {
    const { plane: { canvas }, model, now, c } = this, { network, state } = model;
    canvas.btp = {
      encode: (x) => network.encode(x), decode: (z) => network.decode(z), bayes: (z) => this.bayes(z), now,
      drawn: () => windowOf(state.grid.level, now.logJoint, this.close.plane.view),
      evidence: (x, at) => {
        const { logConstant, error, mean, cov, border } = state.grid.posterior(state.grid.errors(x), at);
        state.found = null;   // its masses have been overwritten
        return { logEvidence: logConstant, error, mean, cov, border };
      },
    };
    Object.assign(canvas.dataset, {
      ready: "true", z: this.probe.map((value) => value.toFixed(4)).join(","), model: model.id, c,
      side: now.level.side, exact: String(now.exact), working: String(!state.done), points: now.level.side ** 2,
      evidence: now.exact ? now.logEvidence.toFixed(4) : "", forwardMs: forward.toFixed(3),
    });
  }
}

export default mount(PosteriorMap);
