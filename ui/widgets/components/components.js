// ---- components.js: digits put back from k components ---------------------------------------------
// Payload. Tensors: "x" (n, d) training images, 0 … levels, "y" (n,) their classes; for the floor also
// "held_out" (m, d) and a deep autoencoder's weights "deep/…". Header: id, levels, shape, classes, most
// (components the handle reaches), deep (its network header; absent without one), words {…}, state
// {k, row} (first mount only).
//
// PCA is of the training images. State sent to Python: {k, row}. In the console: handle.btp.values (the
// eigenvalues), .measured and .discarded (per k), .held_out (per k), .deep {training, held_out}, .x_hat(row).

const ROOM = 64, BETWEEN = 3.6;   // CSS pixels of a printed digit at most, and its frame and gap

class ComponentsFigure extends Widget {
  build() {
    this.input = this.find(".range");
    this.handle = new RangeHandle(this, this.input, {
      move: (k) => { this.k = k; this.invalidate(); }, rest: () => this.commit(), soon: () => this.commitSoon(),
    });
    this.chart = new ErrorCurve(this.find(".chart"));
    this.eigen = new EigenSheet(this.find(".sheet"));
    this.listen(this.find(".others"), "click", () => { this.row += 1; this.commit(); });
  }

  receive({ header, tensors }) {
    if (header.id === this.header?.id) return;
    const [height, width] = header.shape, pixels = height * width;
    const read = (name) => {
      const { data, shape: [count] } = needTensor(tensors, name, [null, pixels]);
      return { images: toUnit(data, header.levels), count };
    };
    const training = read("x"), classes = needTensor(tensors, "y", [training.count]).data;
    this.sets = { training, ...(header.deep ? { held_out: read("held_out") } : {}) };
    this.groups = header.classes.map((_, group) => [...classes.keys()].filter((row) => classes[row] === group));
    Object.assign(this, { pixels, classes, pca: null, printed: "" });
    if (!this.header) this.begin(header);
    this.header = header;
    this.input.max = header.most;
    this.network = header.deep ? new Network(tensors, "deep/", header.deep) : null;
    for (const part of ["eigen", "agree"]) this.find(`.${part}`).hidden = Boolean(header.deep);
    this.find(".against").hidden = !header.deep;
    this.layRows();
  }

  begin({ state, most }) {
    const within = (value, limit, otherwise) => (Number.isInteger(value) && value >= 0 && value <= limit ? value : otherwise);
    this.k = within(state?.k, most, 2);
    this.row = within(state?.row, 1e4, 0);
  }

  /** After the first frame: PCA, then what k components lose, measured; the deep network a little per frame. */
  analyse() {
    const { training, held_out } = this.sets;
    this.pca = new Components(training.images, training.count, this.pixels);
    this.measured = this.pca.errorsOf(training.images, training.count);
    this.heldOut = held_out ? this.pca.errorsOf(held_out.images, held_out.count) : null;
    if (this.network) this.deep = new DeepErrors(this.network, this.sets, () => this.invalidate());
    this.printed = "";
    this.invalidate();
  }

  settle() {
    this.row %= Math.max(...this.groups.map((rows) => rows.length));
    this.paint();
    if (this.pca) this.find(".spoken").textContent = this.summary();
    return { k: this.k, row: this.row };
  }

  summary() {
    const { k, measured, header: { deep } } = this;
    const verdict = deep ? this.find(".verdict").textContent : this.find(".note").textContent;
    return `${k} component${this.count().s}: error ${formatNumber(measured[k], 3)} per image, ${formatShare(measured[k] / measured[0])} `
      + `of the error with none. ${verdict}`.trim();
  }

  // ---- drawing

  /** The row-th image of every class, from the beginning where a class has no more. */
  shown() { return this.groups.filter((rows) => rows.length).map((rows) => rows[this.row % rows.length]); }

  imageOf(row) { return this.sets.training.images.subarray(row * this.pixels, (row + 1) * this.pixels); }

  layRows() {
    const { words, deep, classes } = this.header;
    this.rows = ["x", "pca", ...(deep ? ["deep"] : [])].map((name) => {
      const node = element("div", "", `row ${name}`), title = element("div"), images = element("div", "", "images");
      const label = element("span", words[`row_${name}`], "name"), sub = element("span", words[`sub_${name}`], "sub");
      title.append(label, " ", sub);
      const canvases = classes.map((digit) => {
        const canvas = element("canvas", "", "printed");
        canvas.setAttribute("role", "img");
        canvas.setAttribute("aria-label", `${words[`row_${name}`]}: ${withArticle(digit)}`);
        return canvas;
      });
      images.append(...canvases);
      node.append(title, images);
      return { name, canvases, sub };
    });
    this.find(".rows").replaceChildren(...this.rows.map(({ canvases }) => canvases[0].closest(".row")));
    this.find(".eigen .sub").textContent = words.eigen;
    this.find(".curve .name").textContent = words.curve;
    this.find(".curve .sub").textContent = words.curve_lines ?? "";
  }

  restyle() { this.printed = ""; }

  resize() { this.printed = ""; }

  paint() {
    if (!this.header || !this.chart.measure()) return;
    const begun = performance.now(), { k, pca, header, input } = this;
    this.handle.show(k, `${k} of ${this.pixels} components`);
    this.find(".value").textContent = k;
    this.print();
    if (!pca) { this.later ??= setTimeout(() => this.analyse()); return; }
    this.printRow("pca", (x) => pca.decode(pca.encode(x, k)), fill(header.words.sub_pca, this.count()));
    this.find(".note").textContent = this.note();
    this.paintChart();
    if (header.deep) this.paintAgainst();
    else {
      this.paintTwice();
      this.eigen.paint(k, this.theme);
      this.eigen.canvas.setAttribute("aria-label", fill(header.words.sheet, { pixels: this.pixels, k }));
    }
    input.btp = {
      values: [...pca.values], discarded: [...pca.discarded], measured: [...this.measured],
      held_out: this.heldOut && [...this.heldOut], deep: this.deep?.errors ?? null,
      x_hat: (row) => [...pca.decode(pca.encode(this.imageOf(row), k))],
    };
    Object.assign(input.dataset, {
      ready: String(!header.deep || Boolean(this.deep.errors)), k, paintMs: (performance.now() - begun).toFixed(3),
    });
  }

  /** What does not change with k. */
  print() {
    const key = `${this.row} ${Boolean(this.pca)}`;
    if (this.printed === key) return;
    this.printed = key;
    this.printRow("x", (x) => x);
    if (this.network) this.printRow("deep", (x) => this.network.decode(this.network.encode(x).mu));
    if (this.pca && !this.header.deep) this.eigen.print(this.pca, this.header.shape, this.theme);
  }

  printRow(name, make, said) {
    const { canvases, sub } = this.rows.find((row) => row.name === name);
    const room = Math.min(ROOM, this.host.clientWidth / canvases.length - BETWEEN);
    this.shown().forEach((row, i) => {
      printImage(canvases[i], make(this.imageOf(row)), this.header.shape, this.theme);
      fitPixels(canvases[i], this.header.shape, room);
    });
    if (said !== undefined) sub.textContent = said;
  }

  /** What a sentence says of k: “1 component”, “2 components”. */
  count() { return { k: this.k, s: this.k === 1 ? "" : "s" }; }

  /** One sentence where k is at an edge. */
  note() {
    const { k, pca, header: { words } } = this;
    const useful = pca.values.filter((value) => value > 1e-12 * pca.total).length;
    if (k === 0) return words.none;
    if (k >= useful) return fill(words.lossless, { useful, blank: this.pixels - useful });
    return "";
  }

  paintChart() {
    const { k, measured, heldOut, header: { words, most }, deep } = this;
    const shares = (values) => Array.from(values, (value) => value / measured[0]).slice(0, most + 1);
    const lines = [{ name: words.line_pca ?? "", shares: shares(measured), at: 3 }];
    const levels = [];
    if (heldOut) {
      lines.push({ shares: shares(heldOut), dashed: true });
      if (deep?.errors) levels.push(
        { share: deep.errors.training / measured[0] },
        { name: words.level_deep, share: deep.errors.held_out / measured[0], at: most, dashed: true });
    }
    this.chart.draw(this.theme, { most, k, lines, levels, across: words.across });
    this.chart.canvas.setAttribute("aria-label", `Error left against number of components; with ${k}: `
      + `${formatShare(measured[k] / measured[0])}.`);
  }

  /** The same number from the images and from the eigenvalues. */
  paintTwice() {
    const { k, pca, measured, sets, pixels, header: { words } } = this;
    const apart = Math.abs(measured[k] - pca.discarded[k]);
    const last = `λ${lowered(pixels)}`, several = k === pixels - 1 ? last : `λ${lowered(k + 1)} + … + ${last}`;
    const sum = k === pixels ? words.no_eigenvalue : several;
    const rows = [
      [words.measured.replace("{n}", sets.training.count), formatNumber(measured[k], 9)],
      [words.eigenvalues.replace("{sum}", sum), formatNumber(pca.discarded[k], 9)],
      [words.apart, formatTiny(apart)],
      [words.left, formatShare(measured[k] / measured[0])],
    ];
    this.find(".twice").replaceChildren(...rows.flatMap(([term, value], i) => {
      const style = i === 3 ? "last" : "";
      return [element("dt", term, style), element("dd", value, `number ${style}`)];
    }));
  }

  paintAgainst() {
    const { k, measured, heldOut, sets, header: { words }, deep } = this, errors = deep.errors;
    const row = (title, sub, values) => {
      const line = document.createElement("tr"), head = element("th", title);
      head.scope = "row";
      head.append(element("span", sub, "sub"));
      line.append(head, ...values.map((value) => element("td", value)));
      return line;
    };
    const heads = [[words.training, sets.training], [words.held_out, sets.held_out]].map(([head, { count }]) => {
      return Object.assign(element("th", fill(head, { n: count })), { scope: "col" });
    });
    this.find(".losses thead tr").replaceChildren(element("td"), ...heads);
    const lost = (value) => (value === undefined ? "…" : formatNumber(value, 3));
    this.find(".losses tbody").replaceChildren(
      row(words.row_pca, fill(words.sub_pca, this.count()), [lost(measured[k]), lost(heldOut[k])]),
      row(words.row_deep, words.sub_deep, [lost(errors?.training), lost(errors?.held_out)]));
    if (!errors) return;
    const caught = [measured[k] <= errors.training, heldOut[k] <= errors.held_out];
    const verdict = caught.every(Boolean) ? words.ahead : caught.some(Boolean) ? words.half : words.behind;
    const [which, other] = caught[0] ? [words.training_name, words.held_out_name] : [words.held_out_name, words.training_name];
    this.find(".verdict").textContent = fill(verdict, { ...this.count(), which, other });
  }

  leave() {
    clearTimeout(this.later);
    this.deep?.stop();
  }
}

export default mount(ComponentsFigure);
