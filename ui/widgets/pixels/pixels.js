// ---- pixels.js: k of the pixels kept, against k extracted features --------------------------------
// Payload. Tensors: "x" (n, d) training images, 0 … levels. Header: id, levels, shape, examples (rows to
// print), start (the pixels kept at first), words {…}, state {kept} (first mount only).
//
// Both decoders are the best there are for what they get: least squares from the kept pixels, PCA's
// transpose from the features. State sent to Python: {kept}, pixels in the order of their turn.
// In the console: canvas.btp.errors {pixels, features}, .curves, .guess(row), .greedy(k).

const ROOM = 58, ROOM_NARROW = 48, NARROW = 760;   // CSS pixels

class Pixels extends Widget {
  build() {
    this.canvas = this.find("[data-testid=pixels]");
    this.pad = new PixelPad(this, this.canvas, {
      has: (pixel) => this.kept.includes(pixel),
      toggle: (pixel, keep) => this.keep(keep ? [...this.kept, pixel] : this.kept.filter((each) => each !== pixel)),
      walk: (pixel) => { this.spoken(this.placeOf(pixel)); this.invalidate(); },
      rest: () => this.commit(),
      soon: () => this.commitSoon(),
    });
    this.chart = new ErrorCurve(this.find(".chart"));
    this.handle = new RangeHandle(this, this.find(".range"), {
      move: (k) => this.pull(k), rest: () => this.commit(), soon: () => this.commitSoon(),
    });
    this.listen(this.find(".greedy"), "click", () => {
      if (this.pca && this.kept.length) this.settleOn(this.greedy(this.kept.length));
    });
    this.listen(this.find(".none"), "click", () => this.settleOn([]));
  }

  receive({ header, tensors }) {
    if (header.id === this.header?.id) return;
    const [height, width] = header.shape, pixels = height * width;
    const bytes = needTensor(tensors, "x", [null, pixels]);
    Object.assign(this, { pixels, count: bytes.shape[0], images: toUnit(bytes.data, header.levels), pca: null });
    if (!this.header) this.kept = this.usable(header.state?.kept) ?? header.start;
    this.header = header;
    this.layRows();
  }

  usable(kept) {
    const isPixel = (j) => Number.isInteger(j) && j >= 0 && j < this.pixels;
    return Array.isArray(kept) && kept.every(isPixel) && new Set(kept).size === kept.length ? kept : null;
  }

  /** After the first frame: the covariance, its axes, and how much each pixel varies. */
  analyse() {
    this.pca = new Components(this.images, this.count, this.pixels);
    this.spread = Float64Array.from({ length: this.pixels }, (_, j) => Math.sqrt(this.pca.covariance[j * this.pixels + j]));
    this.invalidate();
  }

  // ---- the pixels kept

  keep(kept) {
    this.kept = kept;
    this.invalidate();
  }

  settleOn(kept) {
    this.keep(kept);
    this.commit();
  }

  /** More: what helps most is added. Fewer: the last ones go. */
  pull(k) {
    if (this.pca) this.keep(k <= this.kept.length ? this.kept.slice(0, k) : this.greedy(k, this.kept));
  }

  greedy(k, kept = []) { return greedyPixels(this.pca.covariance, this.pixels, k, kept).picks; }

  /** x̂ of an image from the pixels kept, and from as many features. */
  guesses() {
    const { pca, kept, pixels } = this, { errors, silent } = keeping(pca.covariance, pixels, kept);
    const guess = guessFrom(kept.filter((j) => !silent.includes(j)), pca, pixels);
    const extract = (x) => pca.decode(pca.encode(x, kept.length));
    return { guess, extract, errors, silent };
  }

  // ---- words

  placeOf(pixel) {
    const columns = this.header.shape[1], kept = this.kept.includes(pixel) ? "kept" : "not kept";
    return `Row ${Math.floor(pixel / columns) + 1}, column ${(pixel % columns) + 1}: ${kept}.`;
  }

  resize() { this.printed = null; }

  spoken(text) { this.find(".spoken").textContent = text; }

  settle() {
    this.paint();
    const { pixels, features } = this.errors ?? {}, k = this.kept.length;
    if (this.errors) {
      this.spoken(`${k} numbers kept. Error left per image: ${formatNumber(pixels, 3)} from pixels, `
        + `${formatNumber(features, 3)} from features. ${this.find(".note").textContent}`.trim());
    }
    return { kept: this.kept };
  }

  /** One sentence where there is something to explain. */
  note(silent) {
    const { words } = this.header, { kept, spread, pixels } = this;
    const blank = kept.filter((j) => spread[j] === 0).length;
    if (kept.length === pixels) return words.all;
    if (blank) return words.blank.replace("{n}", blank === 1 ? "One" : String(blank)).replace("{s}", blank === 1 ? "is" : "are");
    if (silent.length) return words.silent;
    return kept.length ? "" : words.none;
  }

  // ---- drawing

  layRows() {
    const { words, examples } = this.header, host = this.find(".rows");
    this.rows = ["x", "pixels", "features"].map((name) => {
      const node = element("div", "", "row"), title = element("div"), images = element("div", "", "images");
      title.append(element("span", words[`row_${name}`], "name"), " ", element("span", words[`sub_${name}`], "sub"));
      const canvases = examples.map(() => element("canvas", "", "printed"));
      canvases.forEach((canvas, i) => {
        canvas.setAttribute("role", "img");
        canvas.setAttribute("aria-label", `${words[`row_${name}`]}, digit ${i + 1}`);
      });
      images.append(...canvases);
      const loss = element("div", "", "loss number");
      node.append(title, images, loss);
      return { node, canvases, loss };
    });
    host.replaceChildren(...this.rows.map(({ node }) => node));
    this.canvas.setAttribute("aria-label", words.pad);
  }

  imageOf(row) { return this.images.subarray(row * this.pixels, (row + 1) * this.pixels); }

  paint() {
    if (!this.header || !this.pad.measure() || !this.chart.measure()) return;
    const begun = performance.now(), { header, kept, pca, theme } = this;
    this.pad.draw(theme, header.shape, kept, this.spread);
    this.handle.show(kept.length, `${kept.length} of ${this.pixels} numbers`);
    this.find(".value").textContent = kept.length;
    const greedy = this.find(".greedy");
    greedy.textContent = header.words.greedy.replace("{k}", kept.length);
    greedy.setAttribute("aria-disabled", String(!kept.length));
    this.find(".none").setAttribute("aria-disabled", String(!kept.length));
    if (pca) this.paintLoss(this.guesses());
    else {
      this.printRow(this.rows[0], (x) => x, "");
      this.later ??= setTimeout(() => this.analyse());
      return;
    }
    Object.assign(this.canvas.dataset, {
      ready: "true", kept: kept.join(","), paintMs: (performance.now() - begun).toFixed(3),
    });
  }

  paintLoss({ guess, extract, errors, silent }) {
    const { pca, kept, rows, canvas, theme, pixels } = this, k = kept.length;
    this.errors = { pixels: errors[k], features: pca.discarded[k] };
    const prints = [(x) => x, guess, extract], lost = [null, this.errors.pixels, this.errors.features];
    rows.forEach((row, i) => { if (i || this.printed !== theme) this.printRow(row, prints[i], lost[i]); });
    this.printed = theme;
    this.find(".note").textContent = this.note(silent);
    const shares = (values) => Array.from(values, (value) => value / pca.total);
    this.chart.draw(theme, {
      most: pixels, k, across: this.header.words.across,
      lines: [
        { name: this.header.words.line_features, shares: shares(pca.discarded), at: 18, below: true },
        { name: k ? this.header.words.line_pixels : "", shares: shares(errors), dashed: true, dots: true, at: k },
      ],
    });
    this.chart.canvas.setAttribute("aria-label", `Error left against numbers kept. With ${k}: `
      + `${formatShare(errors[k] / pca.total)} from pixels, ${formatShare(pca.discarded[k] / pca.total)} from features.`);
    canvas.btp = {
      errors: this.errors, curves: { pixels: errors, features: [...pca.discarded] },
      guess: (row) => [...guess(this.imageOf(row))],
      greedy: (count) => greedyPixels(pca.covariance, pixels, count),
    };
  }

  printRow({ canvases, loss }, print, lost) {
    const { header, theme, pca } = this, room = this.host.clientWidth > NARROW ? ROOM : ROOM_NARROW;
    canvases.forEach((canvas, i) => {
      printImage(canvas, print(this.imageOf(header.examples[i])), header.shape, theme);
      fitPixels(canvas, header.shape, room);
    });
    if (typeof lost !== "number") {
      loss.replaceChildren(element("span", header.words.unit, "sub"));
      return;
    }
    loss.replaceChildren(element("b", formatNumber(lost, 3)),
      element("span", `${formatShare(lost / pca.total)} of the variance`, "sub"));
  }

  leave() { clearTimeout(this.later); }
}

export default mount(Pixels);
