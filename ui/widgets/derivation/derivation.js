// ---- derivation.js: from the KL nobody can compute to the ELBO, line by line ----------------------
// Payload. Header: id; state {line} (first mount only); why, one sentence per line; terms, one sentence per
// term; words {…}. Values come over the page's bus: "variational" {x, c, terms}, told by elbo_gap.
//
// State sent to Python: {line}, how many lines are written out. In the console: lines.btp = {told, sums}.

class Derivation extends Widget {
  build() {
    this.lines = this.find(".lines");
    this.roving = new Roving(this, this.lines);
    this.listen(this.find(".next"), "click", () => this.go(this.line + 1));
    this.listen(this.find(".back"), "click", () => this.go(this.line - 1));
    this.listen(this.find(".all"), "click", () => this.go(LINES.length));
    for (const type of ["pointerover", "focusin"]) this.listen(this.lines, type, (event) => this.touch(event.target));
    for (const type of ["pointerleave", "focusout"]) this.listen(this.lines, type, () => this.touch(null));
    hear(this, "variational", (told) => { this.told = told; this.invalidate(); });
  }

  receive({ header }) {
    if (header.id === this.header?.id) return;
    if (!this.header) this.line = header.state.line;
    this.header = header;
    for (const name of ["next", "back", "all"]) this.find(`.${name}`).textContent = header.words[name];
    this.write();
  }

  go(line) {
    if (line < 1 || line > LINES.length || line === this.line) return;
    this.line = line;
    this.write();
    this.commit();
  }

  settle() {
    this.announce();
    return { line: this.line };
  }

  // ---- the lines

  /** Lines that stand keep their nodes, and so a term its focus. */
  write() {
    while (this.lines.children.length > this.line) this.lines.lastElementChild.remove();
    while (this.lines.children.length < this.line) this.lines.append(this.makeLine(this.lines.children.length));
    this.roving.take([...this.lines.querySelectorAll(".term")]);
    const { words } = this.header;
    this.find(".where").textContent = fill(words.where, { line: this.line, lines: LINES.length });
    this.find(".next").setAttribute("aria-disabled", String(this.line === LINES.length));
    this.find(".all").setAttribute("aria-disabled", String(this.line === LINES.length));
    this.find(".back").setAttribute("aria-disabled", String(this.line === 1));
  }

  makeLine(number) {
    const { ask, terms } = LINES[number], row = element("li", "", "line"), head = element("span", "", "ask");
    head.append(...typeset(`arg ${ask}_q`).childNodes);
    const body = element("div", "", "terms");
    terms.forEach(([sign, name], k) => body.append(this.makePiece(sign, name, k === 0)));
    row.append(head, body, element("div", "", "sum number"), element("p", this.header.why[number], "why"));
    return row;
  }

  makePiece(sign, name, first) {
    const piece = element("div", "", "piece"), { symbol, colour } = TERMS[name];
    const term = Object.assign(element("div", "", `term ${colour}`), { role: "img" });
    term.dataset.term = name;
    term.dataset.sign = sign;
    term.append(typeset(symbol), element("span", "–", "value number"));
    if (!first || sign < 0) piece.append(element("i", sign < 0 ? MINUS : "+"));
    piece.append(term);
    return piece;
  }

  /** The term under the pointer or in focus, wherever it stands: lit, and said in its line. */
  touch(target) {
    const term = target?.closest?.(".term") ?? null, name = term?.dataset.term;
    for (const each of this.lines.querySelectorAll(".term")) each.classList.toggle("touched", each.dataset.term === name);
    [...this.lines.children].forEach((row, number) => {
      const here = Boolean(term) && row.contains(term), why = row.querySelector(".why");
      why.textContent = here ? this.header.terms[name] : this.header.why[number];
      why.classList.toggle("is-term", here);
    });
  }

  announce() {
    const sum = formatNumber(sumOf(LINES[this.line - 1], this.told)), { words, why } = this.header;
    this.find(".spoken").textContent = fill(words.spoken, { line: this.line, sum, why: why[this.line - 1] });
  }

  // ---- their values

  paint() {
    if (!this.header) return;
    const begun = performance.now(), { told, header: { words } } = this;
    const sums = LINES.map((line) => sumOf(line, told));
    [...this.lines.children].forEach((row, number) => {
      const sum = row.querySelector(".sum"), kept = this.kept(number);
      sum.replaceChildren(`= `, element("b", `${formatNumber(sums[number])} nats`), element("span", fill(words[kept.word], kept), "sub"));
      for (const term of row.querySelectorAll(".term")) this.paintTerm(term, told);
    });
    this.find(".agree").textContent = this.agreement(sums);
    this.lines.btp = { told, sums };
    Object.assign(this.lines.dataset, {
      ready: "true", line: this.line, told: Boolean(told), paintMs: (performance.now() - begun).toFixed(3),
    });
  }

  paintTerm(term, told) {
    const { term: name } = term.dataset, value = formatNumber(valueOf(name, told));
    term.querySelector(".value").textContent = value;
    term.setAttribute("aria-label", `${TERMS[name].symbol.replace("_", " ")} = ${value}`);
  }

  /** How this line's value stands to the one before it. */
  kept(number) {
    const { told } = this;
    if (number === 0) return { word: "first" };
    if (number === 3) return { word: "dropped", constant: formatNumber(valueOf("log_evidence", told)) };
    if (number === 5) return { word: "turned" };
    if (number === 6) return { word: "dropped_more", constant: formatNumber(told ? -constantOf(told) : NaN) };
    return { word: "same" };
  }

  /** Line 3 is measured otherwise than lines 1 and 2: by how much they differ is the grid's error. */
  agreement(sums) {
    const { told, line, header: { words } } = this;
    if (!told) return words.waiting;
    if (line < 3) return "";
    const apart = Math.abs(sums[2] - sums[0]);
    return fill(words.agree, { apart: apart < 0.0001 ? "0.0001" : formatNumber(apart, 4), less: apart < 0.0001 ? words.less : "" });
  }
}

export default mount(Derivation);
