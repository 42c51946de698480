// ---- best_response.js: be the encoder of three images --------------------------------------------
// Payload. Tensor "x" (3 · sets, d): originals, 0 … levels, three per set. Header: id, levels, shape,
// sets [{name, labels, vae: {mu, std, loss}, best: {…}}], start, tiny, far (twelve numbers each: mean
// and standard deviations of A, B and C), state {set, abc} (first mount only), words {…}.
//
// The decoder is the exact best response to the clouds (response.js); β is 1. State sent to Python:
// {set, abc}. In the console: canvas.btp.clouds, .answer(z), .recon, .kl, .overlap, .floor.

const LETTERS = ["A", "B", "C"], CARD_ROOM = 48, PROBE_ROOM = 72;   // CSS pixels of an image
const BUTTONS = ["tiny", "far", "vae", "best", "start"], DIGITS = 4;   // significant, of a committed number

class BestResponseFigure extends Widget {
  build() {
    Object.assign(this, { z: [0, 0], set: -1 });
    this.plane = new Plane(this.find(".mine .plane"));
    this.answers = new Plane(this.find(".theirs .plane"));
    this.pad = new Gaussians(this, this.plane, {
      hold: () => this.motion.finish(),
      changed: () => { this.motion.finish(); this.invalidate(); },
      rest: () => { this.fit(true); this.commit(); },
      soon: () => this.commitSoon(),
      home: () => this.go(this.header.start),
      chose: () => { this.announce(); this.invalidate(); },
    });
    const probe = (z) => { this.z = this.answers.clamp(z); this.invalidate(); };
    new Gestures(this, this.answers, {
      aim: probe,
      tap: () => {},
      rest: () => this.sayProbe(),
      step: (dx, dy) => { probe([0, 1].map((k) => this.z[k] + [dx, dy][k] * this.answers.view.r)); this.sayProbe(); },
      home: () => { probe([0, 0]); this.sayProbe(); },
      nearest: () => {},
      letGo: () => {},
    });
    this.handle = new RangeHandle(this, this.find(".range"), {
      move: (value) => this.rescale(Math.exp(value)),
      rest: () => this.commit(),
      soon: () => this.commitSoon(),
    });
    this.buttons = BUTTONS.map((name) => this.makeButton(name));
    this.cards = LETTERS.map((letter, index) => this.makeCard(letter, index));
  }

  makeButton(name) {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", className: "button" });
    button.dataset.name = name;
    this.listen(button, "click", () => this.go(this.arrangement(name)));
    this.find(".buttons").append(button);
    return button;
  }

  /** An image and the letter of its cloud: Tab goes from one to the next, the keys move its cloud. */
  makeCard(letter, index) {
    const card = document.createElement("button");
    Object.assign(card, { type: "button", className: "card" });
    card.innerHTML = `<canvas class="printed"></canvas><b>${letter}</b><span class="sub number"></span>`;
    this.listen(card, "focus", () => this.pad.choose(index));
    this.listen(card, "click", () => this.pad.choose(index));
    this.listen(card, "keydown", (event) => { this.pad.key(event); this.pad.gestures.key(event); });
    this.listen(card, "blur", () => { if (this.timer) this.commit(); });
    this.find(".cards").append(card);
    return card;
  }

  receive({ header, tensors }) {
    if (header.id === this.header?.id) return;
    const pixels = header.shape[0] * header.shape[1];
    const x = needTensor(tensors, "x", [3 * header.sets.length, pixels]).data;
    const image = (row) => originalImage(x, row, pixels, header.levels);
    this.responses = header.sets.map((_, set) => new BestResponse([0, 1, 2].map((i) => image(3 * set + i))));
    const first = !this.header;
    this.header = header;
    this.sets = header.sets.map(({ name }, index) => this.makeSet(name, index));
    this.find(".sets").replaceChildren(header.words.images, ...this.sets.map((input) => input.parentElement));
    this.buttons.forEach((button) => { button.textContent = header.words[button.dataset.name]; });
    Object.assign(this.handle.input, { min: SMALLEST, max: LARGEST });
    this.find(".smallest").textContent = header.words.smallest;
    this.find(".largest").textContent = header.words.largest;
    this.find(".least").textContent = header.words.least;
    this.find(".least").style.left = `calc(10px + (100% - 20px) * ${placeOf(1)})`;
    if (first) this.pad.clouds = cloudsOf(header.state?.abc ?? header.start);
    this.use(first ? header.state?.set ?? 0 : this.set);
    this.fit(false);
  }

  makeSet(name, index) {
    const label = document.createElement("label"), input = document.createElement("input");
    Object.assign(input, { type: "radio", name: "set", value: index });
    label.append(input, name);
    this.listen(input, "change", () => { this.use(index); this.commit(); });
    this.listen(input, "keydown", (event) => event.stopPropagation());
    return input;
  }

  use(set) {
    Object.assign(this, { set, response: this.responses[set], facts: this.header.sets[set], printed: null });
    this.sets.forEach((input, index) => { input.checked = index === set; });
    this.invalidate();
  }

  // ---- arrangements

  arrangement(name) {
    const { facts, header } = this;
    if (!(name in facts)) return header[name];
    return facts[name].mu.flatMap((mu, i) => [...mu, ...facts[name].std[i]]);
  }

  /** Move the clouds there; every arrangement on the way is measured too. */
  go(numbers) {
    this.motion.finish();
    const from = this.pad.clouds, to = cloudsOf(numbers), view = this.plane.view, aim = viewOf(to);
    this.pad.widening = false;
    this.motion.start(CHANGE_OF_MODEL, (k) => {
      this.pad.clouds = k < 1 ? mixClouds(from, to, k) : to;
      this.look(mixViews(view, aim, k));
      if (k === 1) this.commit();
    });
  }

  /** The rescaling handle: z → s z, means and widths together. */
  rescale(size) {
    this.motion.finish();
    this.pad.clouds = scaled(this.pad.clouds, size / sizeOf(this.pad.clouds));
    this.fit(false);
    this.invalidate();
  }

  /** Show every cloud, the prior at least. */
  fit(slowly) {
    const from = this.plane.view, to = viewOf(this.pad.clouds);
    if (to.r === from.r) return;
    if (slowly) this.motion.start(NEXT_KEYFRAME, (k) => this.look(mixViews(from, to, k)));
    else this.look(to);
  }

  look(view) {
    for (const plane of [this.plane, this.answers]) plane.look(view);
    this.z = this.answers.clamp(this.z);
    this.invalidate();
  }

  settle() {
    const abc = this.pad.clouds.flatMap(({ mu, std }) => [...mu, ...std])
      .map((value) => Number(roundTo(value, 4).toPrecision(DIGITS)));
    this.pad.clouds = cloudsOf(abc);
    this.announce();
    return { set: this.set, abc };
  }

  measured() {
    const { pad: { clouds } } = this, parts = clouds.map(({ mu, std }) => klTerms(mu, std));
    const mean = (of) => parts.flat().reduce((sum, part) => sum + of(part), 0) / clouds.length;
    const { recon, overlap } = this.response.measure(clouds);
    const kl = mean(({ total }) => total), means = mean((part) => part.mean);
    return { recon, overlap, kl, means, widths: kl - means, loss: recon + kl, parts };
  }

  // ---- words

  announce() {
    if (!this.header) return;
    const { mu, std } = this.pad.cloud, { words } = this.header, { loss, recon, kl } = this.measured();
    this.find(".spoken").textContent = `${this.pad.widening ? words.widening : ""} `
      + `${LETTERS[this.pad.chosen]}: μ = ${formatPoint(mu)}, σ = ${formatPoint(std)}. Loss ${formatNumber(loss)} `
      + `nats: reconstruction ${formatNumber(recon)}, KL ${formatNumber(kl)}.`;
  }

  sayProbe() {
    this.find(".spoken").textContent = `z = ${formatPoint(this.z)}: ${this.find(".shares").textContent}`;
  }

  note({ recon, means, widths, loss }) {
    const { words } = this.header, { clouds } = this.pad;
    const same = [[0, 1], [0, 2], [1, 2]].find(([i, j]) => areSame(clouds[i], clouds[j]));
    if (same) return words.same.replace("{pair}", same.map((i) => LETTERS[i]).join(" and "));
    const narrow = clouds.findIndex(({ std }) => std.some((width) => width === NARROWEST));
    if (narrow >= 0 && recon >= 0.05) return words.narrow.replace("{letter}", LETTERS[narrow]);
    if (loss < this.facts.vae.loss - 0.005) return words.won;
    if (recon < 0.05 && widths > 4) return words.note_tiny;
    if (recon < 0.05 && means > 4) return words.note_far;
    return "";
  }

  // ---- drawing

  restyle() {
    this.printed = null;
    for (const plane of [this.plane, this.answers]) plane.stale = true;
  }

  paint() {
    if (!this.header || !this.plane.measure() || !this.answers.measure()) return;
    const begun = performance.now(), now = this.measured(), { clouds } = this.pad;
    this.paintCards(now);
    this.paintPlane();
    this.paintAnswers();
    this.paintProbe();
    this.paintNumbers(now);
    this.paintScale(now);
    const { canvas } = this.plane;
    canvas.btp = {
      ...now, clouds, floor: this.response.floor,
      answer: ([x, y]) => this.response.answer(clouds, x, y, new Float32Array(this.response.images[0].length)),
    };
    Object.assign(canvas.dataset, {
      ready: "true", abc: clouds.flatMap(({ mu, std }) => [...mu, ...std]).map((v) => v.toPrecision(6)).join(","),
      paintMs: (performance.now() - begun).toFixed(3),
    });
  }

  paintCards({ parts }) {
    const { facts, theme } = this, { shape } = this.header;
    this.cards.forEach((card, i) => {
      const kl = parts[i].reduce((sum, { total }) => sum + total, 0);
      card.setAttribute("aria-pressed", String(i === this.pad.chosen));
      card.setAttribute("aria-label", `Cloud ${LETTERS[i]}, ${withArticle(facts.labels[i])}: KL ${formatNumber(kl)} nats`);
      card.querySelector(".sub").textContent = `KL ${formatNumber(kl, kl > 99 ? 0 : 1)}`;
      if (this.printed) return;
      const canvas = card.querySelector("canvas");
      printImage(canvas, this.response.images[i], shape, theme);
      fitPixels(canvas, shape, CARD_ROOM);
    });
    this.printed = true;
  }

  paintPlane() {
    const { plane, theme } = this;
    const context = plane.begin(theme, (base) => { drawPrior(base, plane, theme); drawTicks(base, plane, theme); });
    this.pad.draw(context, theme, LETTERS);
    plane.canvas.setAttribute("aria-label", this.header.words.plane);
  }

  /** f* over the same square: as many images as stay legible. */
  paintAnswers() {
    const { answers: plane, theme, response, pad: { clouds } } = this, { shape } = this.header;
    const count = Math.max(7, 2 * Math.floor(plane.size / 62) + 1), side = plane.canvas.width;
    const key = `${count} ${side} ${theme.id} ${shape}`;
    if (key !== this.sheetKey) {
      this.sheet = new Sheet(count, count, shape, side, side, theme.printed[0]);
      Object.assign(this, { sheetKey: key, scratch: new Float32Array(shape[0] * shape[1]) });
    }
    const { x, y, r } = plane.view, at = (k) => r * ((2 * k + 1) / count - 1);
    for (let k = 0; k < count * count; k++) {
      const image = response.answer(clouds, x + at(k % count), y - at((k / count) | 0), this.scratch);
      this.sheet.paint(k, image, 0, theme.printed);
    }
    const context = plane.begin(theme, () => {});
    this.sheet.draw(context, 0, 0, plane.size, plane.size);
    clouds.forEach((cloud, i) => {
      outlineGaussian(context, plane, theme, cloud);
      nameGaussian(context, plane, theme, cloud, LETTERS[i]);
    });
    drawProbe(context, plane, theme, this.z);
    plane.canvas.setAttribute("aria-label", this.header.words.answers);
  }

  paintProbe() {
    const { response, pad: { clouds }, z } = this, { shape } = this.header, canvas = this.find(".probe .printed");
    printImage(canvas, response.answer(clouds, z[0], z[1], this.scratch), shape, this.theme);
    fitPixels(canvas, shape, PROBE_ROOM);
    this.find(".probe .is-z").textContent = `z = ${formatPoint(z, digitsFor(this.plane.view.r))}`;
    const shares = [...response.share].map((share, i) => `${LETTERS[i]} ${Math.round(100 * share)} %`);
    this.find(".shares").textContent = shares.join("  ");
  }

  paintNumbers(now) {
    const { words } = this.header, { facts } = this, say = (name, text) => { this.find(name).textContent = text; };
    for (const name of ["loss", "recon", "kl"]) say(`.${name}`, formatNumber(now[name]));
    say(".overlap", `${Math.round(100 * now.overlap)} %`);
    say(".floor", words.floor.replace("{floor}", formatNumber(this.response.floor, 1)));
    say(".parts", `means ${formatNumber(now.means)}\nwidths ${formatNumber(now.widths)}`);
    say(".in-doubt", words.overlap);
    say(".marks", words.marks.replace("{yours}", formatNumber(now.loss))
      .replace("{vae}", formatNumber(facts.vae.loss)).replace("{best}", formatNumber(facts.best.loss)));
    say(".note", this.note(now));
  }

  paintScale({ kl, recon }) {
    const size = sizeOf(this.pad.clouds), text = `size ${Number(size.toPrecision(2))}`;
    drawScale(this.find(".curve"), this.theme, { size, kl, recon });
    this.handle.show(Number(Math.log(clampSize(size)).toFixed(2)), text);
    this.find(".size").textContent = this.header.words.size.replace("{size}", text);
  }
}

/** Twelve numbers → three clouds, and the square that shows them. */
const cloudsOf = (abc) => [0, 4, 8].map((k) => ({ mu: abc.slice(k, k + 2), std: abc.slice(k + 2, k + 4) }));

function viewOf(clouds) {
  const reach = clouds.flatMap(({ mu, std }) => mu.map((value, d) => Math.abs(value) + 1.5 * std[d]));
  return { x: 0, y: 0, r: Math.max(PRIOR_RADIUS, 1.08 * Math.max(...reach)) };
}

const areSame = (a, b) => [0, 1].every((d) => Math.abs(a.mu[d] - b.mu[d]) < 0.3 * a.std[d]
  && Math.abs(Math.log(a.std[d] / b.std[d])) < 0.2);

/** 1σ over printed images: a thin line. */
function outlineGaussian(context, plane, theme, { mu, std }) {
  context.beginPath();
  context.ellipse(plane.X(mu[0]), plane.Y(mu[1]), std[0] * plane.scale, std[1] * plane.scale, 0, 0, 2 * Math.PI);
  context.strokeStyle = theme.q;
  context.lineWidth = 1.25;
  context.stroke();
}

export default mount(BestResponseFigure);
