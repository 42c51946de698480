// ---- number_line.js: slide between the integers ------------------------------------------------------
// Payload. Tensors: "x" (n, d) originals, 0 … levels; "y" (n,) classes. Header: id, levels, shape, classes;
// unit, the mean distance between two of the images; most, how many a line may have; words {…}; state
// {n, seed, draw, t, note} (first mount only).
//
// Networks are trained here, in slices of a frame: at once when the figure appears or the images change,
// slowly enough to be watched after *Train again*. State sent to Python: {n, seed, draw, t}.
// canvas.btp (for tests): lesson, the networks shown; line, what is drawn; newLesson(n, seed, draw), untrained; drawRows.

const SLICE = 7;               // ms of training per frame
const WATCHABLE = 3000;        // ms a training takes that somebody asked to see
const PER_ARROW = 5;           // integers per half-width of gestures.js: arrows .1, with Shift .5
const SEEDS = 1000;
const LARGE_ROOM = 112, SMALL_ROOM = 88;   // CSS pixels

class NumberLineFigure extends Widget {
  build() {
    this.line = new NumberLine(this.find(".line"));
    this.errors = new ErrorCurves(this.find(".errors"));
    this.handle = new RangeHandle(this, this.find(".range"), {
      move: (n) => this.teach({ n, note: "" }),
      rest: () => this.commit(),
      soon: () => this.commitSoon(),
    });
    new Gestures(this, this.line, {
      aim: (t) => this.slide(t),
      tap: () => false,
      rest: () => this.commit(),
      step: (dx, dy) => { this.slide(this.t + PER_ARROW * (dx + dy)); this.commitSoon(); },
      home: () => { this.slide(1); this.commitSoon(); },
      nearest: () => { this.slide(Math.round(this.t)); this.commitSoon(); },
    });
    this.listen(this.line.canvas, "keydown", (event) => {
      if (event.key !== "End") return;
      event.preventDefault();
      event.stopPropagation();
      this.slide(this.n);
      this.commitSoon();
    });
    this.listen(this.find(".again"), "click", () => this.again({ seed: (this.seed + 1) % SEEDS }));
    this.listen(this.find(".other"), "click", () => this.again({ draw: (this.draw + 1) % SEEDS }));
  }

  receive({ header, tensors }) {
    if (header.id === this.header?.id) return;
    const pixels = header.shape[0] * header.shape[1];
    const classes = needTensor(tensors, "y", [null]).data;
    const bytes = needTensor(tensors, "x", [classes.length, pixels]).data;
    const real = new RealImages(Float32Array.from(bytes, (level) => level / header.levels), pixels);
    if (!this.header) Object.assign(this, { note: "", ...header.state });
    Object.assign(this, { header, images: { bytes, classes, pixels, real } });
    this.find(".range").max = header.most;
    this.nameParts();
    this.teach({});
  }

  nameParts() {
    const { words } = this.header;
    for (const name of DECODERS) {
      this.find(`.film.${name} .name`).textContent = words[name];
      this.find(`.film.${name} .sub`).textContent = words[`note_${name}`];
      this.find(`.${name} ~ .name`).textContent = words[name];
    }
    this.find(".training .sub").textContent = words.errors;
  }

  // ---- training

  newLesson(n, seed, draw) {
    const { bytes, classes, pixels } = this.images;
    const rows = drawRows(bytes, classes, n, draw), chosen = new Uint8Array(rows.length * pixels);
    rows.forEach((row, k) => chosen.set(bytes.subarray(row * pixels, (row + 1) * pixels), k * pixels));
    return Object.assign(new Lesson(chosen, rows.length, this.header.levels, seed), { rows });
  }

  /** New networks, trained as fast as the page stays smooth, or as slowly as can be watched. */
  teach(change, watchable = false) {
    Object.assign(this, change);
    this.lesson = this.newLesson(this.n, this.seed, this.draw);
    this.n = this.lesson.count;
    this.t = Math.min(this.n, this.t);
    this.halfway = null;
    this.trainingMs = 0;
    this.pace = { begun: performance.now(), length: watchable && !stillness.matches ? WATCHABLE : 0 };
    cancelAnimationFrame(this.next);
    this.next = requestAnimationFrame(() => this.train());
    this.refresh();
  }

  /** Train from the start, to be watched. */
  again(change) {
    this.teach({ ...change, note: "" }, true);
    this.commit();
  }

  /** One frame's share of the training. */
  train() {
    const { lesson, pace: { begun, length } } = this, now = performance.now();
    const share = length ? Math.min(1, (now - begun) / length) : 1;
    const due = Math.ceil(STEPS * share ** 2);   // most happens in the first steps
    while (lesson.steps < due && performance.now() - now < SLICE) lesson.step();
    this.trainingMs += performance.now() - now;
    if (lesson.done) this.finish();
    else this.next = requestAnimationFrame(() => this.train());
    this.refresh();
  }

  finish() {
    const { lesson, images, header } = this;
    this.halfway = Object.fromEntries(
      DECODERS.map((name) => [name, lesson.halfway(name, images.real, header.unit)]));
    if (this.used) this.announce();   // the first training goes on by itself
  }

  refresh() {
    this.line.stale = true;
    this.invalidate();
  }

  leave() { cancelAnimationFrame(this.next); }

  // ---- the probe

  slide(t) {
    this.t = Math.min(this.n, Math.max(1, roundTo(t, 4)));
    this.invalidate();
  }

  settle() {
    this.t = roundTo(this.t, 2);
    this.used = true;
    this.announce();
    return { n: this.n, seed: this.seed, draw: this.draw, t: this.t };
  }

  /** The integers on both sides of the probe; on the last one, it and the one before. */
  get pair() {
    const lower = Math.min(this.n - 1, Math.floor(this.t));
    return [lower, lower + 1];
  }

  imageName(i) { return withArticle(this.header.classes[this.images.classes[this.lesson.rows[i - 1]]]); }

  whereText() {
    const [lower, upper] = this.pair, text = formatNumber(this.t, Number.isInteger(this.t) ? 0 : 2);
    if (Number.isInteger(this.t)) return `${text}, the code of ${this.imageName(this.t)}`;
    return `${text}, between ${this.imageName(lower)} at ${lower} and ${this.imageName(upper)} at ${upper}`;
  }

  announce() {
    const { lesson, header: { words } } = this;
    const seen = DECODERS.map((name) => `${words[name]} ${formatNumber(this.away[name])}`).join(", ");
    this.find(".spoken").textContent = `${this.whereText()}. ${words.nearest}: ${seen}. `
      + `${this.tally().map(({ value, text }) => `${value} ${text}`).join(", ")}, step ${lesson.steps}.`;
  }

  /** How far each decoder's answer at the probe is from the nearest real image. */
  get away() {
    const { lesson, images: { real }, header: { unit } } = this;
    return Object.fromEntries(
      DECODERS.map((name) => [name, real.nearest(lesson.decode(name, this.t)).distance / unit]));
  }

  // ---- drawing

  restyle() { this.line.stale = true; }

  resize() { this.line.stale = true; }

  paint() {
    const { line, lesson, theme, header } = this;
    if (!lesson || !line.measure(this.n, Math.max(...header.shape))) return;
    if (line.stale) this.paintTraining();
    line.paint(theme, lesson, header.shape, this.t);
    this.paintPlace();
    const { canvas } = line;
    canvas.btp = { lesson, line, drawRows, newLesson: (n, seed, draw) => this.newLesson(n, seed, draw) };
    Object.assign(canvas.dataset, {
      ready: "true", t: this.t, n: this.n, seed: this.seed, draw: this.draw,
      trained: lesson.done, steps: lesson.steps, pace: this.pace.length, trainingMs: this.trainingMs.toFixed(0),
    });
    canvas.setAttribute("aria-valuemax", this.n);
    canvas.setAttribute("aria-valuenow", roundTo(this.t, 2));
    canvas.setAttribute("aria-valuetext", this.whereText());
  }

  /** What changes with training, not with the probe. */
  paintTraining() {
    const { lesson, line, theme, header: { words }, n } = this;
    this.handle.show(n, `${n} images`);
    this.find(".count").textContent = n;
    this.find(".note").textContent = this.note;
    this.find(".note").hidden = !this.note;
    this.find(".tally").replaceChildren(...this.tally().flatMap(({ value, text }, k) => [
      k ? " · " : "", element("b", value), ` ${text}`,
    ]));
    DECODERS.forEach((name, k) => { this.find(`.film.${name}`).style.top = `${line.film[k] - 25}px`; });
    this.find("tbody").replaceChildren(...this.rows().map(([head, values]) => {
      const row = document.createElement("tr");
      row.append(Object.assign(element("th", head), { scope: "row" }));
      if (!values) row.className = "heading";
      row.append(...(values ?? ["", ""]).map((value) => element("td", value)));
      return row;
    }));
    const { history } = lesson;
    this.errors.paint(theme, [
      { name: words.encoder, values: history.encoder, colour: theme.z, dash: [] },
      { name: words.hats, values: history.hats, colour: theme.recon, dash: [] },
      { name: words.waves, values: history.waves, colour: theme.recon, dash: [5, 3] },
    ], words.lossless);
  }

  tally() {
    const { lesson: { exact, recovered }, header: { words }, n } = this;
    return [
      { value: `${exact} of ${n}`, text: words.exact },
      ...DECODERS.map((name) => ({ value: `${recovered[name]} of ${n}`, text: words[`recovered_${name}`] })),
    ];
  }

  rows() {
    const { lesson, halfway, header: { words } } = this;
    const each = (text) => DECODERS.map(text), last = (values) => values[values.length - 1];
    return [
      [words.at_integers],
      [words.loss, each((name) => formatSmall(lesson.loss(name)))],
      [words.worst, each((name) => formatSmall(last(lesson.history[name])))],
      [words.at_halves],
      [words.blend, each((name) => (halfway ? formatNumber(halfway[name].blend) : "–"))],
      [words.nearest, each((name) => (halfway ? formatNumber(halfway[name].nearest) : "–"))],
    ];
  }

  /** Both answers at the probe, and the images on both sides. */
  paintPlace() {
    const { lesson, header: { shape, words }, theme, pair, t } = this, { pixels } = lesson;
    this.find(".at .value").textContent = formatNumber(t, 2);
    ["lower", "upper"].forEach((name, k) => {
      const canvas = this.find(`.${name}`), i = pair[k];
      printImage(canvas, lesson.x.subarray((i - 1) * pixels, i * pixels), shape, theme);
      fitPixels(canvas, shape, Math.min(SMALL_ROOM, this.host.clientWidth / 5.5));
      this.find(`.${name} + .sub`).textContent = words.image.replace("{i}", i);
      canvas.setAttribute("aria-label", `Image ${i}, ${this.imageName(i)}`);
    });
    const { away } = this;
    for (const name of DECODERS) {
      const canvas = this.find(`canvas.${name}`), copied = Number.isInteger(t) && lesson.back[name][t - 1];
      this.find(`.${name} ~ .here`).textContent = (copied ? words.copied : words.away)
        .replace("{i}", t).replace("{away}", formatNumber(away[name]));
      printImage(canvas, lesson.decode(name, t), shape, theme);
      fitPixels(canvas, shape, Math.min(LARGE_ROOM, this.host.clientWidth / 4));
      canvas.setAttribute("aria-label", `${words[name]} at ${formatNumber(t, 2)}`);
    }
  }
}

/** A small number as it is: 0.031, then 4 · 10⁻⁵. */
function formatSmall(value) {
  if (value > 0 && value < 1e-3) return formatTiny(value);
  return formatNumber(value, value >= 9.95 ? 1 : value >= 0.995 ? 2 : 3);
}

export default mount(NumberLineFigure);
