// ---- lock.js: f and q, unlocked one after the other, or together ----------------------------------
// Payload. Tensor "along" (directions, n): centred data along each direction. Header: id; directions, their
// numbers; variances, the stops of c; most, of w²; state {direction, c, square} (first mount only); words {…}.
//
// State sent to Python: {direction, c, square}. In the console: canvas.btp = {…, at(square, lambda, c),
// rules(square, lambda, c), held(square, other, lambda, c)}: closed forms at any place.

const RULE_NAMES = ["held", "naive", "joint"];
const SAME_PLACE = 0.0015;   // of w²: the handle stands where the rule points

class Lock extends Widget {
  build() {
    this.curves = new CurvesOfW(this.find(".curves"));
    const handle = (move) => ({
      move: (value) => { this.motion.finish(); move(value); this.rule = null; this.invalidate(); },
      rest: () => this.commit(),
      soon: () => this.commitSoon(),
    });
    this.squareHandle = new RangeHandle(this, this.find(".square"), handle((value) => { this.square = value; }));
    this.variance = new RangeHandle(this, this.find(".variance"), handle((value) => { this.c = this.header.variances[value]; }));
  }

  receive({ header, tensors }) {
    if (header.id === this.header?.id) return;
    const { directions, variances, most, words, state } = header;
    const { data, shape: [, n] } = needTensor(tensors, "along", [directions.length, null]);
    this.along = directions.map((_, k) => {
      const values = data.slice(k * n, (k + 1) * n);
      return { values, lambda: values.reduce((sum, x) => sum + x * x / n, 0) };
    });
    if (!this.header) Object.assign(this, state);
    this.header = header;
    this.find(".square").max = most;
    this.find(".variance").max = variances.length - 1;
    this.find(".of-units").textContent = words.units;
    this.find(".directions").replaceChildren(element("span", words.directions));
    const options = directions.map((number, k) => ({
      value: k, words: fill(words.direction, { number, lambda: formatNumber(this.along[k].lambda) }),
    }));
    this.choices = makeRadios(this, this.find(".directions"), "direction", options, (value) => this.turn(Number(value)));
    this.makeRules(words);
  }

  /** One row per rule: its button, the w² it picks, mean log p(x) there. */
  makeRules(words) {
    this.rows = RULE_NAMES.map((rule) => {
      const row = document.createElement("tr"), head = element("th"), button = element("button", words[`rule_${rule}`], "button");
      head.scope = "row";
      Object.assign(button, { type: "button" });
      button.dataset.rule = rule;
      this.listen(button, "click", () => this.follow(rule));
      head.append(button);
      row.append(head, element("td"), element("td"));
      return row;
    });
    this.find(".rules tbody").replaceChildren(...this.rows);
  }

  // ---- what the reader does

  get facts() { return { lambda: this.along[this.direction].lambda, c: this.c }; }

  turn(direction) {
    this.motion.finish();
    Object.assign(this, { direction, rule: null });
    this.commit();
  }

  /** Move w to where this rule points. */
  follow(rule) {
    this.motion.finish();
    const from = this.square, to = Math.min(this.header.most, RULES[rule](from, this.facts));
    this.motion.start(CHANGE_OF_MODEL, (k) => {
      this.square = mix(from, to, k);
      if (k === 1) { this.rule = rule; this.commit(); }
      this.invalidate();
    });
  }

  settle() {
    this.square = roundTo(this.square, 3);
    this.announce();
    return { direction: this.direction, c: this.c, square: this.square };
  }

  // ---- what follows from it

  /** What the reader should know now. */
  note() {
    const { square, facts, rule, header: { words } } = this, { lambda, c } = facts;
    const now = { lambda: formatNumber(lambda), c, model: formatNumber(square + c) };
    const at = (name) => Math.abs(square - RULES[name](square, facts)) < SAME_PLACE;
    if (c >= lambda && at("joint")) return fill(words.collapsed, now);
    if (rule === "naive" && at("naive")) return fill(words.naive, { ...now, twice: formatNumber(2 * lambda) });
    if (rule === "held" && !at("held")) return words.climbing;
    if (square === 0) return words.zero;
    if (at("joint")) return fill(words.joint, now);
    return words.locked;
  }

  announce() {
    const { likelihood, kl, evidence } = termsAt(this.square, this.facts), { words } = this.header;
    this.find(".spoken").textContent = `${fill(words.spoken, {
      square: formatNumber(this.square, 3), likelihood: formatNumber(likelihood), kl: formatNumber(kl), evidence: formatNumber(evidence, 3),
    })} ${this.note()}`;
  }

  paint() {
    if (!this.header) return;
    const begun = performance.now(), { square, facts, theme, header: { words, most } } = this;
    if (!this.curves.draw(theme, { square, facts, most, words })) return;
    drawSpread(this.find(".spread"), theme, { along: this.along[this.direction], square, facts, words });
    this.paintNumbers();
    const { canvas } = this.curves, at = (place, lambda, c) => termsAt(place, { lambda, c });
    canvas.setAttribute("aria-label", words.curves);
    canvas.btp = {
      square, ...facts, ...termsAt(square, facts), at,
      rules: (place, lambda, c) => RULE_NAMES.map((rule) => RULES[rule](place, { lambda, c })),
      held: (place, other, lambda, c) => {
        const { q, kl } = at(place, lambda, c);
        return meanLogLikelihood(Math.sqrt(other), q, { lambda, c }) - kl;
      },
    };
    Object.assign(canvas.dataset, {
      ready: "true", square: roundTo(square, 4), c: this.c, direction: this.direction,
      moving: this.motion.running, paintMs: (performance.now() - begun).toFixed(3),
    });
  }

  paintNumbers() {
    const { square, facts, header: { words, variances } } = this, { likelihood, kl, evidence } = termsAt(square, facts);
    const say = (selector, text) => { this.find(selector).textContent = text; };
    say(".likelihood", formatNumber(likelihood));
    say(".kl", formatNumber(kl));
    say(".evidence", formatNumber(evidence, 2));
    say(".of-c", String(this.c));
    say(".note", this.note());
    this.squareHandle.show(roundTo(square, 3), fill(words.square, { square: formatNumber(square, 3), w: formatNumber(Math.sqrt(square)) }));
    this.variance.show(variances.indexOf(this.c), String(this.c));
    for (const input of this.choices) input.checked = Number(input.value) === this.direction;
    RULE_NAMES.forEach((rule, k) => {
      const [, pick, value] = this.rows[k].children, to = RULES[rule](square, facts);
      pick.textContent = formatNumber(to, 3);
      value.textContent = formatNumber(meanLogEvidence(to, facts), 3);
    });
  }
}

export default mount(Lock);
