// ---- lab_input.js: an input for the lab's networks --------------------------------------------------
// Payload. Tensors: "x" (n, d) training images, 0 … levels; "y" (n,) their classes; "own" (d,) the reader's
// own, 0 … 1, if there is one. Header: id; levels, shape, classes, dataset; table {names, low, high} or null:
// then the pixels are columns, value = low + x (high − low); own {id, name, words} or null; state {source,
// row, turn} (first mount only); words {…}.
//
// Told on the page's bus as "lab-input": {x, shape, table, words, dataset, row, turn}, null while off; dataset
// and row are null for the reader's own. State sent to Python: {source, row, turn}.
// In the console: canvas.btp = {told, turned}.

const INPUT_TURNS = ["as_is", "upside", "inverted", "noise", "shuffled"];
const INPUT_SOURCES = ["off", "row", "own"];
const INPUT_ROOM = 168, INPUT_ROOM_NARROW = 112, STRIP_HEIGHT = 44;   // CSS pixels
const MOST_COLUMNS = 8;   // of a table whose values are written out

class LabInput extends Widget {
  build() {
    Object.assign(this, { source: "off", row: 0, turn: "as_is", told: null });
    this.canvas = this.find("[data-testid=lab-input]");
    this.field = this.find("input.number");
    this.steps = [[this.find(".before"), -1], [this.find(".after"), 1]];
    for (const [button, by] of this.steps) this.listen(button, "click", () => { this.step(by); this.commitSoon(); });
    this.listen(this.field, "input", () => {
      const row = Number(this.field.value) - 1;
      if (this.field.value && this.isRow(row)) this.show({ row }, true);
    });
    this.listen(this.field, "blur", () => this.invalidate());
    this.listen(this.field, "keydown", (event) => event.stopPropagation());
    this.listen(this.canvas, "keydown", (event) => this.key(event));
  }

  receive({ header, tensors }) {
    if (header.id === this.header?.id) return;
    const pixels = header.shape[0] * header.shape[1], x = needTensor(tensors, "x", [null, pixels]);
    const n = x.shape[0], y = needTensor(tensors, "y", [n]).data;
    const own = header.own && needTensor(tensors, "own", [pixels]).data;
    if (!this.header) this.open(header);
    Object.assign(this, { header, n, pixels, x: x.data, y, own, row: Math.min(this.row, n - 1) });
    this.writeWords();
    this.speak();
  }

  open({ state, words }) {
    const { source, row, turn } = state;
    Object.assign(this, { source, row, turn });
    const radios = (host, name, values) => makeRadios(this, this.find(host), name,
      values.map((value) => ({ value, words: words[value] })), (value) => { this.show({ [name]: value }); this.commit(); });
    this.sources = radios(".sources", "source", INPUT_SOURCES);
    this.turns = radios(".turns", "turn", INPUT_TURNS);
  }

  writeWords() {
    const { words, table } = this.header, which = table ? "columns" : "pixels";
    this.find(".name").textContent = words.title;
    this.find(".sources").setAttribute("aria-label", words.title);
    this.find(".turns").setAttribute("aria-label", words.turns);
    this.find(".kind").textContent = table ? words.kind_row : words.kind_image;
    this.field.max = this.n;
    this.field.setAttribute("aria-label", words.field);
    this.steps.forEach(([button], k) => button.setAttribute("aria-label", k ? words.after : words.before));
    const say = (inputs, value, text) => { inputs.find((each) => each.value === value).nextSibling.textContent = text; };
    say(this.sources, "row", words[`row_${which}`]);
    say(this.turns, "shuffled", words[`shuffled_${which}`]);
    this.turns.find((each) => each.value === "upside").parentElement.hidden = Boolean(table);
  }

  isRow(row) { return Number.isInteger(row) && row >= 0 && row < this.n; }

  // ---- what the reader does

  show(change, soon = false) {
    Object.assign(this, change);
    this.speak();
    this.invalidate();
    if (soon) this.commitSoon();
  }

  step(by) {
    if (this.isRow(this.row + by)) this.show({ row: this.row + by });
  }

  key(event) {
    const by = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
    if (!by || this.source !== "row" || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    this.step(by);
    this.commitSoon();
  }

  // ---- what is put in

  /** A table has no upside: there such a turn leaves the row as it is. */
  get turning() { return this.header.table && this.turn === "upside" ? "as_is" : this.turn; }

  /** What the networks get, from 0 to 1; null while there is nothing. */
  values() {
    const whole = this.source === "row" ? originalImage(this.x, this.row, this.pixels, this.header.levels)
      : this.source === "own" ? this.own : null;
    return whole && turned(whole, this.turning);
  }

  /** “image 12, upside down” */
  label() {
    const { words, own, table } = this.header;
    const name = this.source === "own" ? own.name
      : `${table ? words.kind_row : words.kind_image} ${this.row + 1}`.toLowerCase();
    return this.turning === "as_is" ? name : `${name}, ${words[this.turning]}`;
  }

  speak() {
    const x = this.values(), { shape, table, dataset, data } = this.header, isRow = this.source === "row";
    const now = x && {
      x, shape, table, data, words: this.label(), dataset: isRow ? dataset : null, row: isRow ? this.row : null,
      turn: this.turning,
    };
    if (!now && !this.told) return;
    this.told = now;
    tell("lab-input", now);
    this.find(".spoken").textContent = now ? now.words : this.header.words.nothing;
  }

  leave() { if (this.told && lastTold("lab-input") === this.told) tell("lab-input", null); }

  settle() { return { source: this.source, row: this.row, turn: this.turn }; }

  // ---- drawing

  paint() {
    if (!this.header) return;
    const { told, source, canvas } = this;
    for (const input of this.sources) input.checked = input.value === source;
    for (const input of this.turns) input.checked = input.value === this.turning;
    this.find(".stage").hidden = source === "off";
    if (source !== "off") this.paintInput();
    canvas.btp = { told, turned: (x, turn) => [...turned(x, turn)] };
    Object.assign(canvas.dataset, { ready: "true", source, row: this.row, turn: this.turning });
  }

  paintInput() {
    const { told, header, source, n, row } = this, { words, table } = header;
    this.find(".stage").classList.toggle("strip", Boolean(table) && told !== null);
    this.find(".shown").hidden = !told;
    if (told) this.paintPicture();
    this.find(".row").hidden = source !== "row";
    if (this.root.activeElement !== this.field) this.field.value = row + 1;
    this.find(".of").textContent = fill(words.of, { n });
    this.steps.forEach(([button, by]) => button.setAttribute("aria-disabled", String(!this.isRow(row + by))));
    this.find(".turns").hidden = !told;
    const explained = this.find(".explained");
    explained.textContent = words[`what_${this.turning}`] ?? "";
    explained.hidden = !told || (Boolean(table) && !explained.textContent);
    this.paintFacts();
    this.paintColumns();
  }

  paintPicture() {
    const { told, header, canvas, theme } = this, { shape, table, words } = header;
    printImage(canvas, told.x, shape, theme);
    const wide = this.host.clientWidth - 12;
    if (table) {
      canvas.style.width = `${Math.min(wide, 36 * this.pixels)}px`;
      canvas.style.height = `${STRIP_HEIGHT}px`;
    } else fitPixels(canvas, shape, wide > 560 ? INPUT_ROOM : INPUT_ROOM_NARROW);
    canvas.setAttribute("aria-label", `${told.words}. ${this.source === "row" ? words.keys : ""}`.trim());
  }

  paintFacts() {
    const { told, header, source } = this, { words, classes, own } = header, host = this.find(".facts");
    if (!told) { host.textContent = words.bring; return; }
    let [what, more] = [told.words, classes.length > 1 ? fill(words.class, { name: classes[this.y[this.row]] }) : ""];
    if (source === "own") [what, more] = [own.words, this.turning === "as_is" ? "" : words[this.turning]];
    host.replaceChildren(element("span", "x", "symbol is-x"), what, more && element("span", ` · ${more}`, "sub"));
  }

  paintColumns() {
    const { told, header: { table } } = this, host = this.find(".columns");
    host.hidden = !told || !table;
    if (host.hidden) return;
    host.replaceChildren(...table.names.slice(0, MOST_COLUMNS).map((name, k) => {
      const cell = element("div"), span = table.high[k] - table.low[k], title = element("dt", name);
      title.title = name;
      cell.append(title, element("dd", inOwnUnits(table.low[k] + told.x[k] * span, span)));
      return cell;
    }));
    const left = table.names.length - MOST_COLUMNS;
    if (left > 0) host.append(element("div", fill(this.header.words.more, { n: left }), "sub"));
  }
}

export default mount(LabInput);
