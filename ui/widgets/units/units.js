// ---- units.js: how many of k numbers are used ----------------------------------------------------
// Payload. Tensors per model m (0, 1): "m/decoder.…", "m/mean" (k,) and "m/variance" (k,) of the mean
// codes of the training images. Header: id, shape, threshold, models [{title, loss, activation, output}],
// eigenvalues (descending), range [lowest β, highest β], measured [{name, rows: [{beta, cells: [{warmup,
// units (one per seed), loss}]}]}], shown [warm-up drawn hollow, warm-up drawn filled], state {rank,
// beta, measured} (first mount only), words {…}.
//
// A rank is a place in the order of variance, so both models show the unit of the same rank. State sent
// to Python: {rank, beta, measured}. In the console: host.btp.images(model, rank), host.btp.kept(β).

class Units extends Widget {
  build() {
    this.models = [];
    this.handle = new BetaHandle(this, {
      move: (beta) => { this.beta = beta; this.invalidate(); }, rest: () => this.commit(), soon: () => this.commitSoon(),
    });
    this.chart = new KeptChart(this.find(".chart"));
  }

  receive({ header, tensors }) {
    const first = !this.header, { words, models, measured, range } = header;
    this.header = header;
    if (first) {
      Object.assign(this, header.state);
      this.radios = makeRadios(this, this.find(".measured"), "measured",
        measured.map(({ name }, value) => ({ value, words: name })), (value) => { this.measured = value; this.commit(); });
      this.models = models.map(() => this.buildModel());
      this.find(".pair").replaceChildren(...this.models.map(({ section }) => section));
    }
    this.models.forEach((model, m) => this.readModel(model, tensors, m));
    const lowest = Math.min(...this.models.map(({ variance }) => variance.at(-1)));
    for (const { bars, variance } of this.models) bars.take(variance, header.threshold, 10 ** Math.floor(Math.log10(Math.max(lowest, 1e-6))));
    this.look(this.rank);
    this.handle.spread(range);
    this.find(".measured").setAttribute("aria-label", words.measured);
    for (const name of ["heading", "gloss"]) this.find(`.${name}`).textContent = words[name];
    this.find(".legend").replaceChildren(...["hollow", "filled"].map((kind, m) => element("span", models[m].title, kind)));
    this.host.btp = { images: (m, rank) => [...this.walk(this.models[m], rank)], kept: (beta) => this.kept(beta) };
  }

  buildModel() {
    const section = this.find("template").content.firstElementChild.cloneNode(true);
    const bars = new UnitBars(this, section.querySelector(".bars"), {
      choose: (rank) => this.look(rank), rest: () => this.commit(), soon: () => this.commitSoon(),
    });
    const canvases = Array.from({ length: STEPS }, () => element("canvas", "", "printed"));
    section.querySelector(".row").append(...canvases);
    return { section, bars, canvases };
  }

  readModel(model, tensors, m) {
    const network = new Network(tensors, `${m}/`, this.header.models[m]), k = network.latent;
    const [mean, variance] = ["mean", "variance"].map((name) => needTensor(tensors, `${m}/${name}`, [k]).data);
    const order = Array.from(variance.keys()).sort((a, b) => variance[b] - variance[a]);
    Object.assign(model, { network, mean, order, variance: order.map((unit) => variance[unit]) });
    model.used = model.variance.filter((value) => value > this.header.threshold).length;
  }

  /** Both models show the unit of this rank. */
  look(rank) {
    this.rank = rank;
    for (const model of this.models) model.images = this.walk(model, rank);
    this.invalidate();
  }

  walk({ network, mean, order }, rank) { return walkAlong(network, mean, order[rank]); }

  kept(beta) { return keptByTheory(this.header.eigenvalues, beta, this.models[0].order.length); }

  settle() {
    const { rank, beta, measured, header: { words } } = this;
    const units = this.models.map((model, m) => `${this.header.models[m].title}: ${this.unitWords(model)}.`);
    this.find(".spoken").textContent = [
      `${this.unitName()}.`, ...units, fill(words.spoken, { beta: formatBeta(beta), count: this.kept(beta) }),
    ].join(" ");
    return { rank, beta, measured };
  }

  unitName() { return fill(this.header.words.unit, { rank: this.rank + 1, k: this.models[0].order.length }); }

  /** “variance 0.22, used: pixels change by up to 0.62”, of the unit that is looked at. */
  unitWords({ variance, network, images }) {
    const { words, threshold } = this.header, value = variance[this.rank];
    return fill(value > threshold ? words.used : words.unused, {
      variance: formatNumber(value, value < 0.1 ? 4 : 2), change: formatNumber(largestChange(images, network.pixels), 2),
    });
  }

  paint() {
    if (!this.header) return;
    const begun = performance.now();
    this.models.forEach((model, m) => this.paintModel(model, this.header.models[m]));
    this.paintTheory();
    Object.assign(this.host.dataset, {
      ready: "true", rank: String(this.rank), beta: String(this.beta), measured: String(this.measured),
      paintMs: (performance.now() - begun).toFixed(3),
    });
  }

  paintModel(model, { title, loss }) {
    const { words, shape } = this.header, { section, bars, canvases, network } = model, k = model.order.length;
    const write = (selector, text) => { section.querySelector(selector).textContent = text; };
    bars.draw(this.theme, this.rank, words);
    canvases.forEach((canvas, at) => {
      const from = at * network.pixels;
      printImage(canvas, model.images.subarray(from, from + network.pixels), shape, this.theme);
      fitPixels(canvas, shape, section.clientWidth / STEPS - 4);
    });
    write(".name", title);
    write(".count", fill(words.count, { used: model.used, k }));
    write(".loss", fill(words.loss, { loss }));
    write(".of", this.unitName());
    write(".says", this.unitWords(model));
    write(".low", formatNumber(-REACH, 0));
    write(".middle", words.middle);
    write(".high", `+${REACH}`);
    const { canvas } = bars;
    canvas.setAttribute("aria-label", `${title}: ${words.bars}`);
    for (const [name, value] of [["max", k], ["now", this.rank + 1]]) canvas.setAttribute(`aria-value${name}`, value);
    canvas.setAttribute("aria-valuetext", `${this.unitName()}: ${this.unitWords(model)}`);
  }

  paintTheory() {
    const { header: { words, measured, eigenvalues, range, shown }, beta, models: [{ order }] } = this;
    const { rows } = measured[this.measured], kept = this.kept(beta);
    this.radios.forEach((input, index) => { input.checked = index === this.measured; });
    this.handle.show(beta);
    const groups = shown.map((warmup, at) => ({
      filled: at === 1,
      found: rows.map((row) => ({ beta: row.beta, units: row.cells.find((cell) => cell.warmup === warmup).units })),
    }));
    this.chart.draw(this.theme, { eigenvalues, most: order.length, range, words, groups }, beta);
    this.chart.canvas.setAttribute("aria-label", words.chart);
    this.find(".kept b").textContent = String(kept);
    this.find(".kept .says").textContent = fill(words.kept, { k: order.length, beta: formatBeta(beta) });
    this.paintTable(rows, beta);
  }

  /** A row per β: the theory's count, then per warm-up the fewest and the most units of the seeds, and the mean loss. */
  paintTable(rows, beta) {
    const { words, shown } = this.header, head = document.createElement("tr");
    head.append(element("th", "β"), element("th", words.theory), ...rows[0].cells.map(({ warmup }) => (
      element("th", warmup ? String(warmup) : words.none, ["hollow", "filled"][shown.indexOf(warmup)] ?? "")
    )));
    this.find(".found caption").textContent = words.table;
    this.find(".found thead").replaceChildren(head);
    this.find(".found tbody").replaceChildren(...rows.map((row) => {
      const line = document.createElement("tr"), name = element("th", String(row.beta));
      name.scope = "row";
      line.className = row.beta === beta ? "current" : "";
      line.append(name, element("td", String(this.kept(row.beta)), "theorys"), ...row.cells.map(({ units, loss }) => {
        const cell = element("td", spanOf(units));
        cell.append(element("small", formatNumber(loss, 2)));
        return cell;
      }));
      return line;
    }));
  }
}

/** 6–7: the fewest and the most. */
function spanOf(counts) {
  const low = Math.min(...counts), high = Math.max(...counts);
  return low === high ? String(low) : `${low}–${high}`;
}

export default mount(Units);
