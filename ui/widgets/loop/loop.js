// ---- loop.js: the training loop, step by step, on four weights ------------------------------------
// Payload. Tensors: "cloud" (n, 2) and "starts" (m, 4) in hundredths, whole numbers; a start is a₁ a₂ b₁ b₂.
// Header: id; rates, from slow to fast; stages, the names and sayings of the six steps; state {start, rate,
// round, stage, point, axis} (first mount only); first, the point fed at first; words {…}.
//
// A round is gradient descent over the whole cloud; the point that is fed is where its numbers are read.
// Rounds follow from start and rate, so another rate shows the same rounds as they would have gone. State
// sent to Python: {start, rate, round, stage, point, axis}. In the console: canvas.btp = {points, starts,
// weights, pass, gradient, losses, floor, angle, …} and descend(start, rate), a Descent.

const UPDATE = 5;                  // the last step of a round
const ROUNDS_A_SECOND = 8, EVENLY = 2;   // at first; after so many seconds the pace doubles every second
const MOST_KEPT = 20, EARLY = 20;        // descents; rounds before it is said that they lead nowhere

class Loop extends Widget {
  build() {
    this.plane = new Plane(this.find(".plane"));
    this.plane.view = { x: 0, y: 0, r: SCENE_RADIUS };
    this.diagram = new Diagram(this.find(".diagram"));
    this.formula = new Formula(this, this.find(".formula"));
    this.curve = new LossCurve(this.find(".losses"));
    this.gestures = new Gestures(this, this.plane, {
      aim: (z) => this.feed(this.nearest(z)),
      tap: () => {},
      rest: () => this.commit(),
      step: (dx, dy) => { this.feed(this.point + Math.sign(dx + dy)); this.commitSoon(); },
      home: () => { this.feed(this.header.first); this.commitSoon(); },
      nearest: () => this.next(),
      letGo: () => {},
    });
    this.handle = new RangeHandle(this, this.find(".range"), {
      move: (at) => { this.halt(); this.rate = this.header.rates[at]; this.invalidate(); },
      rest: () => this.commit(),
      soon: () => this.commitSoon(),
    });
    const press = (name, act) => this.listen(this.find(name), "click", act);
    press(".next", () => this.next());
    press(".ten", () => this.run(this.shown.done + 10));
    press(".run", () => (this.running ? this.pause() : this.run(this.descent().rest())));
    press(".again", () => this.begin(this.start));
    press(".other", () => this.begin((this.start + 1) % this.starts.length));
    press(".switch", () => { this.axisShown = !this.axisShown; this.commit(); });
    for (const type of ["pointerover", "focusin"]) {
      this.listen(this.host, type, (event) => this.touch(event.target.closest("[data-part]")?.dataset.part ?? null));
    }
    for (const type of ["pointerleave", "focusout"]) this.listen(this.host, type, () => this.touch(null));
  }

  receive({ header, tensors }) {
    if (header.id === this.header?.id) return;
    const cloud = needTensor(tensors, "cloud", [null, 2]), starts = needTensor(tensors, "starts", [null, 4]);
    this.flat = Float64Array.from(cloud.data, (hundredths) => hundredths / 100);
    this.points = Array.from({ length: cloud.shape[0] }, (_, k) => [this.flat[2 * k], this.flat[2 * k + 1]]);
    this.starts = Array.from({ length: starts.shape[0] }, (_, k) =>
      [...starts.data.subarray(4 * k, 4 * k + 4)].map((hundredths) => hundredths / 100));
    const { values, axes } = principalAxes(this.flat, this.points.length, 2);
    Object.assign(this, { floor: values[1], axis: [axes[0], axes[1]], descents: new Map() });
    if (!this.header) {
      const { start, rate, round, stage, point, axis } = header.state;
      Object.assign(this, { start, rate, round, stage, point, axisShown: axis });
    }
    this.header = header;
    this.writeWords();
  }

  writeWords() {
    const { words, stages, rates } = this.header;
    for (const name of ["next", "ten", "again", "other"]) this.find(`.${name}`).textContent = words[name];
    this.find(".switch span").textContent = words.axis;
    words.loss = fill(words.loss, { n: this.points.length });
    this.find(".of-what").textContent = words.loss;
    this.find(".formula").setAttribute("aria-label", words.formula);
    this.diagram.svg.setAttribute("aria-label", words.diagram);
    this.stageButtons = stages.map(({ name }, k) => {
      const button = Object.assign(element("button", "", "stage"), { type: "button" });
      button.append(element("span", String(k + 1), "number"), element("span", name));
      this.listen(button, "click", () => this.go(this.shown.round, k));
      return button;
    });
    this.find(".stages").replaceChildren(...this.stageButtons);
    this.handle.input.max = rates.length - 1;
    [rates[0], rates.at(-1)].forEach((rate, k) => { this.find(".ends").children[k].textContent = rate; });
  }

  // ---- where we are

  /** The rounds from a start at a rate: those last looked at are kept. */
  descent(start = this.start, rate = this.rate) {
    const key = `${start} ${rate}`;
    if (!this.descents.has(key)) {
      if (this.descents.size > MOST_KEPT) this.descents.clear();
      this.descents.set(key, new Descent(this.points, this.starts[start], rate));
    }
    return this.descents.get(key);
  }

  /** Round and step on the screen, and how many updates are done; a run that ends early ends the rounds. */
  get shown() {
    const asked = this.round - (this.stage < UPDATE), done = this.descent().after(asked).n;
    if (done === asked) return { round: this.round, stage: this.stage, done };
    return done ? { round: done, stage: UPDATE, done } : { round: 1, stage: Math.min(this.stage, UPDATE - 1), done };
  }

  next() {
    const { round, stage } = this.shown;
    if (stage < UPDATE) this.go(round, stage + 1);
    else if (!this.over) this.go(round + 1, 0);
  }

  /** Whether there is no further round. */
  get over() { return this.shown.done >= this.descent().end; }

  go(round, stage) {
    this.halt();
    const { done } = this.shown, before = this.descent().after(done).weights;
    Object.assign(this, { round, stage });
    const turns = this.shown.done === done + 1;
    this.motion.start(turns ? CHANGE_OF_MODEL : 0, (k) => {
      const { weights } = this.descent().after(this.shown.done);
      this.turned = weights.map((weight, i) => mix(before[i], weight, k));
      this.invalidate();
    });
    this.commitSoon();
  }

  begin(start) {
    this.halt();
    Object.assign(this, { start, round: 1, stage: 0 });
    this.commit();
  }

  feed(row) {
    const count = this.points.length;
    this.point = (row + count) % count;
    this.invalidate();
  }

  nearest([x, y]) { return nearestPoint(this.plane, this.flat, this.plane.X(x), this.plane.Y(y)).row; }

  touch(part) {
    if (part === this.touched) return;
    this.touched = part;
    this.invalidate();
  }

  // ---- many rounds

  /** Update after update until `target` of them are done; faster and faster. */
  run(target) {
    this.halt();
    const from = this.shown.done, most = Math.min(target, this.descent().rest());
    if (most <= from) return this.commit();
    if (stillness.matches) return this.arrive(most);
    const begun = performance.now();
    const tick = (now) => {
      const seconds = Math.max(0, now - begun) / 1000, late = Math.max(0, seconds - EVENLY);
      const made = ROUNDS_A_SECOND * (Math.min(seconds, EVENLY) + (2 ** late - 1) / Math.LN2);
      const done = Math.min(most, from + Math.floor(made));
      if (done === most) return this.arrive(most);
      if (done > from) Object.assign(this, { round: done, stage: UPDATE });
      this.running = requestAnimationFrame(tick);
      this.invalidate();
    };
    this.running = requestAnimationFrame(tick);
    this.invalidate();
  }

  arrive(done) {
    this.running = 0;
    Object.assign(this, { round: done, stage: UPDATE });
    this.commit();
  }

  pause() {
    this.halt();
    this.commit();
  }

  halt() {
    cancelAnimationFrame(this.running);
    this.running = 0;
    this.motion.stop();
    this.turned = null;
  }

  leave() { this.halt(); }

  settle() {
    this.announce();
    const { start, rate, point, axisShown: axis } = this, { round, stage } = this.shown;
    return { start, rate, round, stage, point, axis };
  }

  announce() {
    const { round, stage } = this.shown, { words, stages } = this.header, values = this.values();
    const lines = STAGES[stage].lines.map((line) => line.split(" ")[0])
      .map((name) => `${symbolOf(name)} = ${formatTerm(name, values[name])}`);
    this.find(".spoken").textContent = `${words.round} ${round}, ${stages[stage].name}: ${lines.join(", ")}. `
      + `${words.mean} ${formatNumber(this.now.loss, 3)}. ${this.note()}`;
  }

  // ---- what follows from it

  /** Every quantity by name, as formula.js has them; n… are the weights after the update. */
  values() {
    const { stage, done } = this.shown, descent = this.descent(), point = this.points[this.point];
    const old = descent.after(stage === UPDATE ? done - 1 : done), pass = onePass(old.weights, point);
    const next = stage === UPDATE ? descent.after(done).weights : old.weights, values = { eta: this.rate };
    ["a1", "a2", "b1", "b2"].forEach((name, k) => Object.assign(values, {
      [name]: old.weights[k], [`n${name}`]: next[k], [`g${name}`]: pass.gradient[k], [`m${name}`]: old.gradient[k],
    }));
    const { z, x_hat, delta, dz, loss: L } = pass;
    const [[x1, x2], [y1, y2], [d1, d2]] = [point, x_hat, delta];
    return Object.assign(values, { x1, x2, z, y1, y2, d1, d2, L, dz, mL: old.loss });
  }

  get now() { return this.descent().after(this.shown.done); }

  /** Degrees between the decoder's line and PCA's axis. */
  angle() {
    const [, , b1, b2] = this.now.weights, [u1, u2] = this.axis;
    return Math.atan2(Math.abs(b1 * u2 - b2 * u1), Math.abs(b1 * u1 + b2 * u2)) * 180 / Math.PI;
  }

  note() {
    const { now, header: { words } } = this, descent = this.descent(), { done } = this.shown;
    const values = {
      n: done, loss: formatNumber(now.loss, 3), floor: formatNumber(this.floor, 3), angle: formatNumber(this.angle(), 1),
    };
    if (descent.diverged && done === descent.end) return fill(words.diverged, values);
    if (now.still) return fill(words.still, values);
    if (done >= EARLY && descent.rest() === MOST_ROUNDS) return fill(words.restless, values);
    return this.axisShown ? fill(words.away, values) : "";
  }

  // ---- drawing

  restyle() { this.plane.stale = true; }

  paint() {
    if (!this.header || !this.plane.measure()) return;
    const begun = performance.now(), { round, stage, done } = this.shown, { theme } = this, values = this.values();
    const width = this.diagram.svg.clientWidth;
    if (width !== this.diagram.width) this.diagram.build(width, this.header.words);
    this.diagram.paint(STAGES[stage], values, this.touched);
    this.formula.paint(STAGES[stage], values, this.points.length);
    this.paintPlane();
    const losses = this.descent().rounds.slice(0, done + 1).map(({ loss }) => loss);
    this.curve.paint(theme, losses, this.floor, this.header.words);
    this.paintWords(round, stage);
    for (const node of this.host.querySelectorAll(".formula [data-part]")) {
      node.classList.toggle("touched", node.dataset.part === this.touched);
    }
    const { canvas } = this.plane, { weights, gradient } = this.now;
    canvas.btp = {
      points: this.points, starts: this.starts, weights, gradient, losses, values,
      pass: onePass(weights, this.points[this.point]),
      floor: this.floor, angle: this.angle(), touched: this.touched, descend: (start, rate) => this.descent(start, rate),
    };
    Object.assign(canvas.dataset, {
      ready: "true", start: this.start, rate: this.rate, round, stage: STAGES[stage].id, point: this.point,
      running: String(Boolean(this.running)), paintMs: (performance.now() - begun).toFixed(3),
    });
  }

  paintPlane() {
    const { plane, theme, flat } = this, { stage, done } = this.shown, { weights } = this.now;
    const point = this.points[this.point];
    const turned = this.motion.running ? this.turned : weights;
    drawScene(plane.begin(theme, (base) => drawTicks(base, plane, theme)), plane, theme, {
      flat, point, weights: turned, before: stage === UPDATE ? this.descent().after(done - 1).weights : null,
      stage: STAGES[stage], touched: this.touched, axis: this.axisShown ? this.axis : null, pass: onePass(turned, point),
    });
    plane.canvas.setAttribute("aria-label", this.header.words.plane);
  }

  paintWords(round, stage) {
    const { words, stages, rates } = this.header, say = (name, text) => { this.find(name).textContent = text; };
    say(".numbers-side .name", `${words.round} ${round}: ${stages[stage].name}`);
    say(".saying", stages[stage].saying);
    say(".run", this.running ? words.pause : words.run);
    say(".loss", formatTerm("L", this.now.loss));
    say(".rate .value", String(this.rate));
    say(".note", this.note());
    this.stageButtons.forEach((button, k) => {
      if (k === stage) button.setAttribute("aria-current", "step");
      else button.removeAttribute("aria-current");
    });
    for (const name of [".ten", ".run"]) this.find(name).setAttribute("aria-disabled", String(this.over && !this.running));
    this.find(".next").setAttribute("aria-disabled", String(this.over && stage === UPDATE));
    this.find(".switch").setAttribute("aria-checked", String(this.axisShown));
    this.handle.show(rates.indexOf(this.rate), `η = ${this.rate}`);
  }
}

export default mount(Loop);
