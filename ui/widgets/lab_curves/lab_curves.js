// ---- lab_curves.js: losses of up to four runs over each other --------------------------------------
// Payload. Tensors per run i, all (e,) and in nats per example: "<i>/epoch", "<i>/step", "<i>/recon",
// "<i>/val_recon" and, with a KL term, "<i>/kl", "<i>/val_kl". Header: id; runs [{id, name, epochs, beta,
// state}]; state {axis: "epoch" | "step", train} (first mount only); words.
//
// The cursor belongs to the browser: it follows the mouse, a finger and the handle, and the newest epoch
// until it is moved. State sent to Python: {axis, train}. In the console: canvas.btp.

const MARK_NAMES = ["●", "■", "▲", "◆"];
const QUANTITIES = ["recon", "kl", "loss"], QUANTITY_DIGITS = { recon: 1, kl: 2, loss: 1 };
const GOING = ["training", "queued", "paused"];   // states of a run that may have more to come
const QUANTITY_ROLES = { recon: "recon", kl: "kl", loss: "ink" };
const SAVED = { width: 1056, panel: 514, height: 224, head: 30 };   // CSS pixels of a saved figure
const SAVED_HEIGHT = 2 * (SAVED.head + SAVED.height) + 12;

class LabCurves extends Widget {
  build() {
    Object.assign(this, { runs: [], lit: -1, at: null });
    this.panels = QUANTITIES.map((name) => {
      const figure = this.find(`.panel.${name}`), canvas = figure.querySelector("canvas"), panel = { name, figure, canvas, room: ROOM };
      for (const type of ["pointermove", "pointerdown"]) this.listen(canvas, type, (event) => this.point(event, panel));
      return panel;
    });
    this.rows = new Roving(this, this.find("tbody"));
    this.handle = new RangeHandle(this, this.find(".range"), { move: (k) => this.place(k), rest: () => {}, soon: () => {} });
    this.toggle = this.find(".switch");
    this.listen(this.toggle, "click", () => { this.train = !this.train; this.commit(); });
    this.listen(this.find(".png"), "click", () => this.savePng());
    this.listen(this.find(".svg"), "click", () => this.saveSvg());
    this.panels[0].canvas.btp = { widget: this, SvgContext, drawOverlay, rangeOf, shortTicks, formatLoss, calmEpochs, fitting, spread };
  }

  receive({ header, tensors }) {
    const old = new Map(this.runs.map((run) => [run.id, run.state]));
    if (!this.header) Object.assign(this, header.state);
    this.header = header;
    this.runs = header.runs.map((run, i) => {
      const { data: epoch } = needTensor(tensors, `${i}/epoch`, [null]);
      const list = (name) => needTensor(tensors, `${i}/${name}`, [epoch.length]).data;
      const told = { recon: list("val_recon") }, train = { recon: list("recon") };
      if (tensors[`${i}/kl`]) [told.kl, train.kl] = [list("val_kl"), list("kl")];
      const whole = withLoss(told, run.beta), calm = calmEpochs(whole.loss);
      return { ...run, epoch, step: list("step"), told: whole, train: withLoss(train, run.beta), calm };
    });
    this.findPlaces();
    if (!this.radios) this.buildBar(header.words);
    this.buildRows(header);
    for (const run of this.runs) {
      if (old.has(run.id) && old.get(run.id) !== run.state) this.speak(run);
    }
  }

  buildBar(words) {
    const options = ["epoch", "step"].map((value) => ({ value, words: words[value] }));
    this.find(".choices").setAttribute("aria-label", words.across);
    this.radios = makeRadios(this, this.find(".choices"), "axis", options, (axis) => {
      Object.assign(this, { axis, at: null });
      this.findPlaces();
      this.commit();
    });
    this.find(".switch span").textContent = words.train;
    for (const { name, figure } of this.panels) figure.querySelector(".name").textContent = words[name];
    this.find(".none").textContent = words.no_kl;
    const heads = ["run", "at", "recon", "kl", "loss"].map((name) => element("th", words[`head_${name}`]));
    this.find("thead tr").replaceChildren(...heads);
  }

  /** Rows are made anew only when the runs are others: what has the focus keeps it. */
  buildRows({ runs, words }) {
    for (const panel of this.panels) panel.figure.querySelector(".unit").textContent = words[`unit_${panel.name}`];
    const key = JSON.stringify(runs.map(({ id, name }) => [id, name]));
    if (key === this.rowsOf) return;
    this.rowsOf = key;
    this.lit = -1;
    const rows = runs.map(({ name }, i) => {
      const row = element("tr"), first = element("td");
      first.append(element("i", MARK_NAMES[i]), name);
      row.append(first, ...Array.from({ length: 4 }, () => element("td")));
      for (const [type, lit] of [["pointerenter", i], ["pointerleave", -1], ["focus", i], ["blur", -1]]) {
        row.addEventListener(type, () => { this.lit = lit; this.invalidate(); });
      }
      return row;
    });
    this.find("tbody").replaceChildren(...rows);
    this.rows.take(rows);
  }

  speak({ name, state, epoch }) {
    const word = this.header.words[`spoken_${state}`];
    if (word) this.find(".spoken").textContent = fill(word, { name, epoch: epoch[epoch.length - 1] });
  }

  // ---- the cursor stands on a place that some run has recorded; null: the last of them

  findPlaces() { this.places = [...new Set(this.runs.flatMap((run) => [...run[this.axis]]))].sort((a, b) => a - b); }

  /** Where the axis ends: at the planned end of what goes on, at the last epoch of what has ended. */
  get span() {
    return Math.max(1, ...this.runs.map((run) => {
      const last = run.epoch.length - 1, going = GOING.includes(run.state);
      if (!going || this.axis === "epoch") return going ? run.epochs : run[this.axis][last];
      return last > 0 ? run.step[last] / run.epoch[last] * run.epochs : 1;
    }));
  }

  point(event, { canvas, room }) {
    const box = canvas.getBoundingClientRect(), wide = box.width - room.left - room.right;
    const x = (event.clientX - box.left - room.left) / wide * this.span, { places } = this;
    this.place(places.reduce((best, at, k) => (Math.abs(at - x) < Math.abs(places[best] - x) ? k : best), 0));
  }

  place(k) {
    const { places } = this;
    this.at = k >= places.length - 1 ? null : places[k];
    this.invalidate();
  }

  settle() { return { axis: this.axis, train: this.train }; }

  // ---- paint

  /** What a panel draws: `drawOverlay`'s figure. */
  figureOf(name, at) {
    const lines = this.runs.flatMap((run, i) => (run.told[name] ? [{
      values: run.told[name], train: this.train ? run.train[name] : null, x: run[this.axis], calm: run.calm,
      name: run.name, mark: MARK_NAMES[i], pen: i, ended: ["diverged", "stopped"].includes(run.state) ? this.header.words[run.state] : "",
      strength: this.lit < 0 || this.lit === i ? 1 : 0.25,
    }] : []));
    const { words } = this.header;
    return { lines, span: this.span, at, fromZero: name === "kl", role: QUANTITY_ROLES[name], axis: words[this.axis] };
  }

  paint() {
    if (!this.header) return;
    const { places, theme } = this, at = this.at ?? places[places.length - 1];
    for (const panel of this.panels) {
      const { name, figure, canvas } = panel;
      const made = this.figureOf(name, at);
      canvas.hidden = !made.lines.length;
      if (name === "kl") figure.querySelector(".none").hidden = !canvas.hidden;
      const begun = canvas.hidden ? null : beginCanvas(canvas);
      if (begun) panel.room = drawOverlay(begun.context, begun.width, begun.height, theme, made);
      canvas.setAttribute("aria-label", `${this.header.words[name]}. ${this.inWords(name, at)}`);
    }
    this.paintReading(places, at);
    this.toggle.setAttribute("aria-checked", String(this.train));
    for (const radio of this.radios) radio.checked = radio.value === this.axis;
    Object.assign(this.panels[0].canvas.dataset, { ready: "true", at: String(at), axis: this.axis, runs: String(this.runs.length) });
  }

  paintReading(places, at) {
    const { words } = this.header, input = this.find(".range");
    const where = `${words[this.axis]} ${at}`;
    input.max = Math.max(1, places.length - 1);
    input.setAttribute("aria-label", words[`handle_${this.axis}`]);
    this.find(".axis-name").textContent = words[`handle_${this.axis}`];
    this.handle.show(places.indexOf(at), where);
    this.find("output").textContent = where;
    this.runs.forEach((run, i) => {
      const row = this.find("tbody").children[i], k = lastUpTo(run[this.axis], at);
      row.classList.toggle("lit", i === this.lit);
      const over = at > run[this.axis][run.epoch.length - 1];   // it has no epoch as late as that: its last one stays
      const when = !over ? words.epoch_of : GOING.includes(run.state) ? words.epoch_so_far : words.epoch_last;
      row.children[1].textContent = fill(when, { epoch: run.epoch[k] });
      QUANTITIES.forEach((name, column) => this.write(row.children[column + 2], run, name, k));
    });
  }

  write(cell, run, name, k) {
    const digits = QUANTITY_DIGITS[name], read = (lists) => formatLoss(lists[name]?.[k], digits);
    cell.textContent = read(run.told);
    if (this.train && run.train[name]) cell.append(element("small", `${this.header.words.train_short} ${read(run.train)}`));
  }

  inWords(name, at) {
    return this.runs.map((run) => {
      const k = lastUpTo(run[this.axis], at);
      return `${run.name}: ${formatLoss(run.told[name]?.[k], QUANTITY_DIGITS[name])}`;
    }).join("; ");
  }

  // ---- files: the same drawing without a cursor, and the last epoch of each run in words

  drawSheet(context) {
    const { theme, header: { words } } = this, shown = QUANTITIES.filter((name) => this.runs.some((run) => run.told[name]));
    context.fillStyle = theme.paper;
    context.fillRect(0, 0, SAVED.width, SAVED_HEIGHT);
    shown.forEach((name, k) => this.within(context, k, () => {
      sayAt(context, `${words[name]}, ${words[`unit_${name}`]}`, 8, 20, `600 17px ${theme.serif}`, theme.ink);
      context.translate(0, SAVED.head);
      drawOverlay(context, SAVED.panel - 24, SAVED.height, theme, this.figureOf(name, null));   // other faces may be wider
    }));
    this.within(context, 3, () => this.runs.forEach((run, i) => {
      const y = SAVED.head + 20 + 48 * i, last = run.epoch.length - 1;
      const values = QUANTITIES.filter((name) => run.told[name])
        .map((name) => `${words[`head_${name}`]} ${formatLoss(run.told[name][last], QUANTITY_DIGITS[name])}`);
      const when = `${words[run.state] ?? run.state}, ${fill(words.epoch_of, { epoch: run.epoch[last] })}: `;
      sayAt(context, `${MARK_NAMES[i]} ${run.name}`, 8, y, `600 14px ${theme.sans}`, theme.ink);
      sayAt(context, when + values.join(", "), 24, y + 19, `400 13px ${theme.sans}`, theme.muted);
    }));
  }

  /** Draw in the place k of two by two. */
  within(context, k, draw) {
    context.save();
    context.translate(k % 2 * (SAVED.width - SAVED.panel), Math.floor(k / 2) * (SAVED.head + SAVED.height));
    draw();
    context.restore();
  }

  savePng() {
    const canvas = document.createElement("canvas"), context = canvas.getContext("2d");
    Object.assign(canvas, { width: 2 * SAVED.width, height: 2 * SAVED_HEIGHT });
    context.scale(2, 2);
    this.drawSheet(context);
    canvas.toBlob((blob) => handOver(blob, "curves.png"));
  }

  svgText() {
    const svg = new SvgContext(SAVED.width, SAVED_HEIGHT);
    this.drawSheet(svg);
    return svg.text();
  }

  saveSvg() { handOver(new Blob([this.svgText()], { type: "image/svg+xml" }), "curves.svg"); }
}

/** The loss beside its two terms: recon + beta KL, recon alone where there is no KL. */
function withLoss(terms, beta) {
  return { ...terms, loss: terms.recon.map((recon, k) => recon + (terms.kl ? beta * terms.kl[k] : 0)) };
}

function sayAt(context, text, x, y, font, colour) {
  Object.assign(context, { font, fillStyle: colour, globalAlpha: 1, textAlign: "left", textBaseline: "alphabetic" });
  context.fillText(text, x, y);
}

export default mount(LabCurves);
