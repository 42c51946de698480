// ---- depth_grid.js: depth against latent dimension -----------------------------------------------
// Payload, all in the header: id, depths [{name, short, layers}] (the rows, the linear one first), dims
// (the columns), readings [{name, digits, better: "low" | "high", meaning, mean, half}] (mean
// and half-width of the interval by row and column), runs [{row, column, seed, values}] (the reader's;
// one value per reading, null where there is none), state {reading, row, column} (first mount only), words {…}.
//
// The better a cell, the more ink is in it, on a logarithmic scale of its own per reading: of the error,
// or of what is missing to 1. State sent to Python: {reading, row, column}.

const GRID_STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
const OWN = 2;   // of the reader's runs, the last ones have room beside the five seeds

class DepthGrid extends Widget {
  build() {
    Object.assign(this, { reading: 0, row: 0, column: 0 });
    this.listen(this.find(".cells"), "keydown", (event) => this.key(event));
    this.listen(this.find(".cells"), "focusout", () => { if (this.timer) this.commit(); });
  }

  receive({ header }) {
    const first = !this.header, { readings, depths, dims } = header;
    this.header = header;
    if (first) Object.assign(this, header.state);
    this.shares = readings.map(sharesOf);
    if (first) {
      this.buildReadings(readings);
      this.buildCells(depths, dims);
    }
  }

  buildReadings(readings) {
    const group = this.find(".readings"), options = readings.map(({ name }, value) => ({ value, words: name }));
    group.setAttribute("aria-label", this.header.words.readings);
    this.radios = makeRadios(this, group, "reading", options, (value) => { this.reading = value; this.commit(); });
  }

  buildCells(depths, dims) {
    const head = document.createElement("tr");
    this.columns = dims.map((dim) => heading("col", dim));
    head.append(document.createElement("td"), ...this.columns);
    this.rows = depths.map(({ name }) => heading("row", name));
    this.cells = depths.map((_, row) => dims.map((__, column) => this.buildCell(row, column)));
    const lines = this.rows.map((header, row) => {
      const line = document.createElement("tr");
      line.className = row ? "" : "ruler";
      line.append(header, ...this.cells[row]);
      return line;
    });
    this.find(".cells thead").replaceChildren(head);
    this.find(".cells tbody").replaceChildren(...lines);
    this.find(".across").textContent = this.header.words.across;
  }

  buildCell(row, column) {
    const cell = document.createElement("td");
    cell.setAttribute("role", "gridcell");
    cell.append(element("span"), element("i", "", "own"));
    this.listen(cell, "click", () => { this.choose(row, column); this.commit(); });
    return cell;
  }

  choose(row, column) {
    Object.assign(this, { row, column });
    this.cells[row][column].focus({ preventScroll: true });
    this.invalidate();
  }

  key(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const { depths, dims } = this.header, step = GRID_STEPS[event.key];
    const within = (place, count) => Math.min(Math.max(place, 0), count - 1);
    if (step) this.choose(within(this.row + step[0], depths.length), within(this.column + step[1], dims.length));
    else if (event.key === "Home") this.choose(this.row, 0);
    else if (event.key === "End") this.choose(this.row, dims.length - 1);
    else return;
    event.preventDefault();
    event.stopPropagation();
    this.commitSoon();
  }

  settle() {
    const { reading, row, column } = this;
    this.find(".spoken").textContent = this.told();
    return { reading, row, column };
  }

  // ---- words

  /** The chosen network and what it measured, for a screen reader. */
  told() {
    const { readings } = this.header, { row, column } = this;
    const facts = readings.map((reading) => `${reading.name} ${interval(reading, row, column)}`);
    return `${this.chosen()}: ${facts.join(", ")}.`;
  }

  chosen() {
    const { depths, dims, words } = this.header, dim = dims[this.column];
    return `${depths[this.row].name}, ${dim} ${dim === 1 ? words.number : words.numbers}`;
  }

  // ---- drawing

  paint() {
    if (!this.header) return;
    const { host, reading, row, column } = this;
    this.radios.forEach((input, index) => { input.checked = index === reading; });
    this.paintCells();
    this.paintScale();
    this.paintFacts();
    Object.assign(host.dataset, { ready: "true", cell: `${row},${column}`, reading: String(reading) });
  }

  paintCells() {
    const { header: { readings, depths, dims, runs, words }, row, column } = this;
    const { digits, mean } = readings[this.reading], narrow = this.host.clientWidth < 480;
    this.find(".cells").setAttribute("aria-label", `${readings[this.reading].name}: ${words.grid}`);
    this.columns.forEach((header, at) => header.classList.toggle("current", at === column));
    this.rows.forEach((header, at) => {
      header.classList.toggle("current", at === row);
      header.textContent = narrow ? depths[at].short : depths[at].name;
    });
    this.cells.forEach((cells, r) => cells.forEach((cell, c) => {
      const chosen = r === row && c === column, own = runs.findLast((run) => run.row === r && run.column === c);
      cell.firstChild.textContent = formatNumber(mean[r][c], digits);
      cell.lastChild.hidden = !own;
      cell.lastChild.textContent = own && own.values[this.reading] !== null ? formatNumber(own.values[this.reading], digits) : "";
      cell.style.setProperty("--share", this.shares[this.reading][r][c].toFixed(3));
      cell.tabIndex = chosen ? 0 : -1;
      cell.setAttribute("aria-selected", String(chosen));
      cell.setAttribute("aria-label", `${depths[r].name}, ${dims[c]}: ${formatNumber(mean[r][c], digits)}${own ? `, ${words.own}` : ""}`);
    }));
  }

  paintScale() {
    const { better, digits, mean, meaning } = this.header.readings[this.reading], all = mean.flat();
    const ends = [Math.min(...all), Math.max(...all)];
    if (better === "low") ends.reverse();
    this.find(".worst").textContent = formatNumber(ends[0], digits);
    this.find(".best").textContent = formatNumber(ends[1], digits);
    this.find(".shade").textContent = this.header.words.shade;
    this.find(".mine").textContent = this.header.words.own;
    this.find(".mine").hidden = !this.header.runs.length;
    this.find(".meaning").textContent = meaning;
  }

  /** The chosen network beside the linear one of as many numbers, and the reader's own runs. */
  paintFacts() {
    const { header: { readings, depths, runs, words }, row, column } = this;
    const own = runs.filter((run) => run.row === row && run.column === column).slice(-OWN);
    this.find(".chosen").textContent = this.chosen();
    this.find(".layers").textContent = depths[row].layers;
    const head = document.createElement("tr");
    head.append(document.createElement("td"), heading("col", words.seeds));
    if (row) head.append(heading("col", words.linear));
    head.append(...own.map(({ seed }) => heading("col", words.seed.replace("{seed}", seed))));
    this.find(".facts thead").replaceChildren(head);
    this.find(".facts tbody").replaceChildren(...readings.map((reading, index) => {
      const line = document.createElement("tr");
      line.className = index === this.reading ? "current" : "";
      line.append(heading("row", reading.name), fact(reading, row, column));
      if (row) line.append(fact(reading, 0, column));
      line.append(...own.map(({ values }) => element("td", formatNumber(values[index], reading.digits))));
      return line;
    }));
    this.find(".gloss").textContent = words.gloss;
  }
}

/** How good each cell is among all of its reading, from 0 to 1. */
function sharesOf({ mean, better }) {
  const goodness = (value) => -Math.log(better === "low" ? value : 1 - value);
  const all = mean.flat().map(goodness), worst = Math.min(...all), best = Math.max(...all);
  return mean.map((values) => values.map((value) => (goodness(value) - worst) / (best - worst || 1)));
}

function heading(scope, text) {
  const made = element("th", text);
  made.scope = scope;
  return made;
}

function fact({ mean, half, digits }, row, column) {
  const made = element("td", formatNumber(mean[row][column], digits));
  made.append(element("small", `± ${formatNumber(half[row][column], digits)}`));
  return made;
}

const interval = ({ mean, half, digits }, row, column) =>
  `${formatNumber(mean[row][column], digits)} ± ${formatNumber(half[row][column], digits)}`;

export default mount(DepthGrid);
