// ---- film_strips.js: the way between two images, as two models have it ------------------------------
// Payload. Tensors: for each film "<film>/decoder.…" and "<film>/mu" (n, 2), "<film>/std" (n, 2) for a
// VAE; "y" (n,) classes; "x" (n, d) originals, 0 … levels. Header: id, levels, shape, classes, unit (the
// mean distance between two of the images), films: [{name, id, activation, output, twin, title, note}],
// presets: [[name, [a, b]], …], state {pair, at} (first mount only).
//
// The handle walks the straight line from A's code to B's in both models. Named under each frame is the
// class of the training image nearest to it, pixel by pixel. State sent to Python: {pair, at}.

const STRIP_INSET = 2.5;   // CSS pixels, as in the style sheet

class FilmStrips extends Widget {
  build() {
    Object.assign(this, { films: [], pair: null, share: 0.5 });
    this.lines = new WayLines(this.find(".lines"), FRAMES, STRIP_INSET);
    this.input = this.find(".range");
    this.handle = new RangeHandle(this, this.input, {
      move: (share) => { this.share = share; this.invalidate(); },
      rest: () => this.commit(),
      soon: () => this.commitSoon(),
    });
    this.ends = ["a", "b"].map((name, end) => {
      const part = (selector) => this.find(`.end.${name} ${selector}`), choice = part("select");
      this.listen(choice, "change", () => this.choose(end, Number(choice.value)));
      this.listen(choice, "keydown", (event) => event.stopPropagation());
      this.listen(part("button"), "click", () => this.another(end));
      return { choice, original: part("canvas") };
    });
  }

  receive({ header, tensors }) {
    if (header.id === this.id) return;
    const pixels = header.shape[0] * header.shape[1];
    const classes = needTensor(tensors, "y", [null]).data;
    const bytes = needTensor(tensors, "x", [classes.length, pixels]).data;
    const values = Float32Array.from(bytes, (level) => level / header.levels);
    const images = { bytes, classes, pixels, real: new RealImages(values, pixels) };
    const films = header.films.map((facts) => this.readFilm(facts, tensors, classes.length, header.shape));
    if (!this.pair) this.begin(header, classes.length);
    for (const { node } of this.films) node.remove();
    Object.assign(this, { header, images, films, id: header.id, printed: "" });
    this.find(".plot.head").before(...films.map(({ node }) => node));
    this.nameClasses();
    this.namePresets();
  }

  readFilm(facts, tensors, count, shape) {
    const network = new Network(tensors, `${facts.name}/`, facts);
    needPlanar(network, shape);
    const of = (name) => needTensor(tensors, `${facts.name}/${name}`, [count, 2]).data;
    const cloud = { mu: of("mu"), std: facts.twin === "vae" ? of("std") : null };
    return new Film(this, facts.name, facts, network, cloud);
  }

  /** What the link or Python remembers, on the first mount. */
  begin({ state, presets }, count) {
    const isRow = (row) => Number.isInteger(row) && row >= 0 && row < count;
    const known = Array.isArray(state?.pair) && state.pair.length === 2 && state.pair.every(isRow);
    this.pair = [...(known ? state.pair : presets[0][1])];
    const at = state?.at;
    if (Number.isFinite(at)) this.share = Math.min(1, Math.max(0, at));
  }

  nameClasses() {
    const { classes } = this.header, present = new Set(this.images.classes);
    for (const { choice } of this.ends) {
      choice.replaceChildren(...classes.flatMap((name, group) => {
        if (!present.has(group)) return [];
        return [Object.assign(element("option", name), { value: group })];
      }));
    }
  }

  namePresets() {
    this.presets = this.header.presets.map(([name, pair]) => {
      const button = Object.assign(element("button", name), { type: "button", className: "button" });
      this.listen(button, "click", () => this.show([...pair]));
      return { button, pair };
    });
    this.find(".presets").replaceChildren(...this.presets.map(({ button }) => button));
  }

  // ---- the pair

  show(pair) {
    this.pair = pair;
    this.commit();
  }

  /** The first image of a class, or the next one after the image that stands there. */
  choose(end, group, after = -1) {
    const { classes } = this.images, of = (start) => classes.indexOf(group, start);
    const row = of(after + 1) >= 0 ? of(after + 1) : of(0);
    this.show(this.pair.map((old, k) => (k === end ? row : old)));
  }

  another(end) {
    const row = this.pair[end];
    this.choose(end, this.images.classes[row], row);
  }

  settle() {
    this.share = roundTo(this.share, 2);
    this.announce();
    return { pair: this.pair, at: this.share };
  }

  announce() {
    const [a, b] = this.pair.map((row) => this.className(row));
    const seen = this.films.map((film) => {
      const { row } = this.images.real.nearest(film.network.glance(film.at(this.share)));
      return `${film.facts.title}: nearest ${this.className(row)}`;
    });
    this.find(".spoken").textContent = `${this.shareText()} from ${a} to ${b}. ${seen.join("; ")}.`;
  }

  className(row) { return withArticle(this.header.classes[this.images.classes[row]]); }

  shareText() { return `${Math.round(100 * this.share)} % of the way`; }

  // ---- drawing

  restyle() { this.printed = ""; }

  resize() { this.printed = ""; }

  paint() {
    if (!this.films.length) return;
    const key = String(this.pair);
    if (this.printed !== key) this.print();
    this.printed = key;
    this.handle.show(this.share, `${this.shareText()} from A to B`);
    this.find(".share").textContent = this.shareText();
    for (const film of this.films) film.paint(this);
    this.lines.paint(this.theme, this.share);
  }

  /** Everything that depends on the pair alone. */
  print() {
    const { films, images, header, pair, theme } = this;
    for (const film of films) {
      film.develop(images, header.unit);
      film.print(this);
    }
    this.printLines();
    this.ends.forEach(({ choice, original }, end) => {
      const row = pair[end], { pixels } = images;
      choice.value = images.classes[row];
      printImage(original, originalImage(images.bytes, row, pixels, header.levels), header.shape, theme);
      fitPixels(original, header.shape, SMALL_ROOM);
      original.setAttribute("aria-label", `Image ${"AB"[end]}, ${this.className(row)}`);
    });
    for (const { button, pair: its } of this.presets) {
      button.setAttribute("aria-pressed", String(String(its) === String(pair)));
    }
    this.find(".same").hidden = pair[0] !== pair[1];
    this.find(".totals").replaceChildren(...films.flatMap(({ facts, length }) => {
      const total = element("dd", formatNumber(length)), stroke = document.createElement("i");
      stroke.classList.toggle("dashed", facts.twin === "ae");
      total.prepend(stroke);
      return [element("dt", `${facts.title}, all ten steps`), total];
    }));
  }

  /** The change from frame to frame, a line per film. */
  printLines() {
    const said = this.films.map(({ facts, steps }) => `${facts.title} at most ${formatNumber(Math.max(...steps))}`);
    this.lines.print(this.theme, {
      lines: this.films.map(({ facts, steps }) => ({
        values: steps, steps: true, dashed: facts.twin === "ae", dots: true,
      })),
      top: 0.1,   // two equal picks: a flat line on a scale of its own
      ticks: 4,
      label: `Change from frame to frame: ${said.join(", ")} mean distances between images`,
    });
  }
}

export default mount(FilmStrips);
