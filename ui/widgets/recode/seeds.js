// ---- seeds.js: the same network trained from ten first weights, and PCA --------------------------
// A runner is {name, encoder (2, d), decoder (d, 2), codes (n, 2), m, miss}: m leads from the first
// runner's codes to its own. Each card shows its codes and its copy of the image in hand.

const SLICE = 8;   // ms of training per frame: nobody should feel it while dragging
const CARD_VIEW = 2.2, CARD_THINS = 3;   // half-width of a card's plane in code units; one dot in so many is drawn

class Seeds {
  constructor(widget, chosen) {
    Object.assign(this, { widget, chosen, runners: [], apart: 0 });
    this.host = widget.find(".cards");
  }

  /** images (n, d) centred, pca of pcaOf() and their mean: train the first seed now, the others by and by. */
  begin(images, pca, names, cloud) {
    Object.assign(this, { images, pca, names, d: pca.mean.length, cloud, waiting: names.map((_, k) => k + 1) });
    this.few = new Map([...cloud.rows].map(([group, rows]) => [group, rows.filter((_, k) => k % CARD_THINS === 0)]));
    this.host.replaceChildren();
    this.add(String(this.waiting.shift()), this.start(1).train());
  }

  start(seed) { return new LinearAutoencoder(this.pca.scaled, this.d, 2, seed); }

  get first() { return this.runners[0]; }

  /** Train for a moment; false once everybody has arrived. */
  advance() {
    if (!this.waiting.length) return false;
    const until = performance.now() + SLICE, [seed] = this.waiting;
    if (seed === this.names.length) {
      const { axes } = this.pca;
      this.add(this.names[seed - 1], { encoder: axes, decoder: transposeOf(axes, 2, this.d) });
      this.waiting.shift();
      return false;
    }
    this.training ??= this.start(seed);
    while (this.training.steps < LINEAR_STEPS && performance.now() < until) this.training.step();
    if (this.training.steps < LINEAR_STEPS) return true;
    this.add(String(seed), this.training);
    this.training = null;
    this.waiting.shift();
    return true;
  }

  add(name, { encoder, decoder }) {
    const { images, d, runners } = this, n = images.length / d;
    const codes = product(images, transposeOf(encoder, 2, d), n, d, 2);
    const runner = { name, encoder, decoder, codes, ...matrixBetween(runners[0]?.codes ?? codes, codes) };
    if (runners.length) this.apart = Math.max(this.apart, largestDifference(runners[0], runner, d));
    runners.push(runner);
    this.makeCard(runner);
  }

  makeCard(runner) {
    const card = this.widget.find("template").content.firstElementChild.cloneNode(true);
    const plane = new Plane(card.querySelector(".cloud")), cloud = { ...this.cloud, rows: this.few, points: runner.codes };
    plane.look({ x: 0, y: 0, r: CARD_VIEW });
    card.querySelector(".of").textContent = this.nameOf(runner);
    card.dataset.seed = runner.name;
    this.widget.listen(card, "click", () => this.chosen(runner));
    Object.assign(runner, { card, plane, cloud, copy: card.querySelector(".printed") });
    this.host.append(card);
  }

  nameOf({ name }) { return /^\d/.test(name) ? `seed ${name}` : name; }

  /** Whose codes these are, if anybody's: M to the 4 decimals it is kept with, no bend. */
  whoHas(m, turns) {
    if (turns) return null;
    return this.runners.find((runner) => runner.m.every((entry, i) => Math.abs(entry - m[i]) < 6e-5)) ?? null;
  }

  stale() {
    this.painted = null;
    for (const { plane } of this.runners) plane.stale = true;
  }

  /** What each runner makes of the image picked (a row, or null) stands under its cloud. */
  paint(picked, present) {
    const { widget: { theme, legend, header: { shape } }, pca, d } = this;
    const key = `${picked} ${present?.name} ${this.runners.length}`;
    if (key === this.painted) return;   // nothing here moves while M is pulled
    this.painted = key;
    const image = picked === null ? null : this.images.subarray(picked * d, (picked + 1) * d);
    for (const runner of this.runners) {
      const { plane, card, copy } = runner;
      if (!plane.measure()) continue;
      plane.begin(theme, (base) => drawDots(base, plane, theme, runner.cloud, legend));
      card.setAttribute("aria-pressed", String(runner === present));
      card.setAttribute("aria-label", `${this.nameOf(runner)}: take its codes`);
      copy.style.visibility = image ? "" : "hidden";   // its room stays: the map must not jump
      if (image) printImage(copy, copyOf(runner, image, pca.mean, d), shape, theme);
    }
  }
}

/** x̂ = mean + D E (x − mean), for one centred image. */
function copyOf({ encoder, decoder }, image, mean, d) {
  const code = product(encoder, image, 2, d, 1), copy = product(decoder, code, d, 2, 1);
  return copy.map((value, i) => mean[i] + value);
}

/** By how much one pixel of one image's copy differs at most between two runners, over all images. */
function largestDifference(one, other, d) {
  let most = 0;
  for (let at = 0; at < one.codes.length; at += 2) {
    for (let i = 0; i < d; i++) {
      const a = one.decoder[2 * i] * one.codes[at] + one.decoder[2 * i + 1] * one.codes[at + 1];
      const b = other.decoder[2 * i] * other.codes[at] + other.decoder[2 * i + 1] * other.codes[at + 1];
      most = Math.max(most, Math.abs(a - b));
    }
  }
  return most;
}
