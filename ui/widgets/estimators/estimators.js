// ---- estimators.js: the score function and the path-wise way, draw by draw -------------------------
// Payload. Tensors: model/decoder.…, x (pixels,) uint8. Header: id; the decoder's facts (activation, output,
// likelihood, c); shape, levels; second, the coordinate of z that is held while the first is drawn; omega
// [least, most]; bounds {mean: most, std: [least, most]}; start [mean, std], where Home returns q to;
// state {r, q, omega, of, baseline} (first mount only); words {…}.
//
// The draws are ε from a seed: they stay while q is dragged, and z = μ + σε moves with it.
// State sent to Python: {r, q, omega, of, baseline}. In the console: canvas.btp.

const ESTIMATORS_SEED = 9, FIRST_DRAWS = 100, MOST_DRAWS = 20000;
const EVEN = 0.02;      // variances this near to each other are the same

class Estimators extends Widget {
  build() {
    this.chart = new Landscape(this.find(".landscape"));
    this.bell = new Bell(this, this.chart, {
      changed: () => this.invalidate(),
      rest: () => this.commit(),
      soon: () => this.commitSoon(),
    });
    this.frequency = new RangeHandle(this, this.find(".omega input"), {
      move: (value) => { this.omega = value; this.invalidate(); },
      rest: () => this.commit(),
      soon: () => this.commitSoon(),
    });
    for (const button of this.root.querySelectorAll("[data-count]")) {
      this.listen(button, "click", () => this.drawMore(Number(button.dataset.count)));
    }
    this.listen(this.find(".again"), "click", () => { this.rewind(); this.announce(); });
    this.listen(this.find(".baseline"), "click", () => { this.baseline = !this.baseline; this.commit(); });
  }

  receive({ header, tensors }) {
    if (header.id === this.header?.id) return;
    const { shape: [high, wide], levels, words } = header;
    const network = new Network(tensors, "model/", header);
    this.x = originalImage(needTensor(tensors, "x", [high * wide]).data, 0, high * wide, levels);
    Object.assign(this, { network, line: new DecoderLine(network, header, this.x, header.second) });
    this.bell.within(header.bounds, header.start);
    if (!this.header) {
      const { r, q: [mean, std], omega, of, baseline } = header.state;
      Object.assign(this, { kind: r, omega, of, baseline });
      this.bell.put({ mean, std });
      this.header = header;
      this.makeChoices(words);
      this.rewind();
      this.drawMore(FIRST_DRAWS);
    }
    this.header = header;
    [this.frequency.input.min, this.frequency.input.max] = header.omega;
    this.find(".levels .sub").textContent = words.falls_axis;
  }

  makeChoices(words) {
    const worded = (value) => {
      const [name, formula] = words[value].split(" | "), node = element("span", `${name} `);
      node.append(element("span", formula, "symbol"));
      return { value, words: node };
    };
    const chose = (name) => (value) => { this[name] = value; this.commit(); };
    this.kinds = makeRadios(this, this.find(".functions"), "r", ["decoder", "parabola", "cosine"].map(worded), chose("kind"));
    this.slopes = makeRadios(this, this.find(".slopes"), "of", ["mu", "std"].map(worded), chose("of"));
  }

  // ---- what the reader does

  rewind() {
    this.draw = normalDraws(ESTIMATORS_SEED);
    Object.assign(this, { eps: new Float64Array(MOST_DRAWS), count: 0 });
    this.invalidate();
  }

  drawMore(count) {
    const until = Math.min(MOST_DRAWS, this.count + count);
    while (this.count < until) this.eps[this.count++] = this.draw();
    this.announce();
    this.invalidate();
  }

  settle() {
    this.bell.round(2);
    this.omega = roundTo(this.omega, 1);
    this.announce();
    return { r: this.kind, q: [this.q.mean, this.q.std], omega: this.omega, of: this.of, baseline: this.baseline };
  }

  // ---- what follows from it

  get q() { return this.bell.q; }

  /** What is averaged, as it stands. */
  functionNow() {
    if (this.kind !== "cosine") return this.kind === "decoder" ? this.line : parabola;
    if (this.wave?.omega !== this.omega) this.wave = { omega: this.omega, ...cosine(this.omega) };
    return this.wave;
  }

  exactNow() { return exactMoments(this.q, this.functionNow(), this.of, this.baseline); }

  drawnNow(exact) {
    const { eps, count, q, of } = this, r = this.functionNow(), baseline = this.baseline ? exact.baseline : 0;
    return count && {
      score: drawnMoments(eps, count, (one) => scoreFunction(one, q, r, of, baseline)),
      path: drawnMoments(eps, count, (one) => pathwise(one, q, r, of)),
    };
  }

  note({ score, path }) {
    const { words } = this.header, ratio = score / path, worth = (times) => formatNumber(times, times < 9.95 ? 1 : 0);
    if (Math.abs(Math.log(ratio)) < EVEN) return words.even;
    return fill(ratio > 1 ? words.path_wins : words.score_wins, { times: worth(ratio > 1 ? ratio : 1 / ratio) });
  }

  announce() {
    const { words } = this.header, exact = this.exactNow(), both = this.drawnNow(exact);
    this.find(".spoken").textContent = `${fill(words.spoken, {
      mean: formatNumber(this.q.mean), std: formatNumber(this.q.std), n: this.count,
      truth: formatSlope(exact.truth), score: both ? formatSlope(both.score.mean) : "–", path: both ? formatSlope(both.path.mean) : "–",
    })} ${this.note(exact)}`;
  }

  paint() {
    const r = this.functionNow();
    if (!this.chart.begin(r)) return;
    const begun = performance.now(), { q, eps, count, header: { words } } = this;
    const exact = this.exactNow(), both = this.drawnNow(exact), { canvas } = this.chart;
    const marked = Array.from(eps.subarray(Math.max(0, count - MOST_TICKS), count), (one) => q.mean + q.std * one);
    this.chart.draw(this.theme, this.kind === "decoder" ? this.theme.recon : this.theme.ink, q, marked, count ? eps[count - 1] : undefined);
    drawHistograms(this.find(".bars"), this.theme, exact, both, words);
    const groups = { score: both ? groupVariances(both.score.values) : [], path: both ? groupVariances(both.path.values) : [] };
    drawFalls(this.find(".falls"), this.theme, exact, groups, words);
    this.paintControls();
    this.paintLast(r);
    this.paintTable(exact, both);
    canvas.btp = {
      exact, ...both, groups, falls: fallsRange(exact, groups), eps: () => Array.from(eps.subarray(0, count)),
      value: (z) => r.value(z), slope: (z) => r.slope(z), estimate: this.estimate.bind(this),
    };
    Object.assign(canvas.dataset, {
      ready: "true", q: `${roundTo(q.mean, 4)},${roundTo(q.std, 4)}`, r: this.kind, omega: roundTo(this.omega, 2), of: this.of,
      baseline: this.baseline, n: count, paintMs: (performance.now() - begun).toFixed(3),
    });
  }

  /** Both estimators anew, for any setting and seed: for the console. */
  estimate({ r: kind, mean, std, omega, of, baseline }, seed, count) {
    const r = kind === "cosine" ? cosine(omega) : kind === "parabola" ? parabola : this.line, q = { mean, std };
    const exact = exactMoments(q, r, of, baseline), draw = normalDraws(seed), eps = Float64Array.from({ length: count }, draw);
    const brief = ({ mean: centre, variance, error }) => ({ mean: centre, variance, error });
    return {
      exact,
      score: brief(drawnMoments(eps, count, (one) => scoreFunction(one, q, r, of, baseline ? exact.baseline : 0))),
      path: brief(drawnMoments(eps, count, (one) => pathwise(one, q, r, of))),
    };
  }

  paintControls() {
    const { omega, q, header: { words } } = this, full = this.count >= MOST_DRAWS;
    for (const input of this.kinds) input.checked = input.value === this.kind;
    for (const input of this.slopes) input.checked = input.value === this.of;
    this.find(".omega").hidden = this.kind !== "cosine";
    this.find(".unit").hidden = this.kind !== "decoder";
    this.find(".unit").textContent = words.height;
    this.find(".draws .sub").textContent = this.kind === "decoder" ? words.bars_nats : words.bars_axis;
    this.find(".omega output").textContent = `${formatNumber(omega, 1)}, ωσ = ${formatNumber(omega * q.std)}`;
    this.frequency.show(omega, fill(words.frequency, { omega: formatNumber(omega, 1), turn: formatNumber(omega * q.std) }));
    for (const button of this.root.querySelectorAll("[data-count]")) button.setAttribute("aria-disabled", String(full));
    this.find(".baseline").setAttribute("aria-checked", String(this.baseline));
    this.find(".baseline .word").textContent = this.baseline ? "on" : "off";
    this.chart.canvas.setAttribute("aria-label", words.plane);
    this.find(".bars").setAttribute("aria-label", words.bars);
    this.find(".falls").setAttribute("aria-label", words.falls);
  }

  /** The last draw: ε, z, and what r is there; for the decoder, the image it is. */
  paintLast(r) {
    const { q, count, eps, header: { words, shape, second } } = this, images = this.kind === "decoder";
    const z = q.mean + q.std * eps[count - 1], [seen, copy] = this.root.querySelectorAll(".last canvas");
    for (const figure of this.root.querySelectorAll(".last figure")) figure.hidden = !images;
    this.find(".last .sub").textContent = count ? fill(words.last, {
      eps: formatNumber(eps[count - 1]), z: formatNumber(z), r: formatNumber(r.value(z)), slope: formatNumber(r.slope(z)),
    }) : words.none;
    if (!images) return;
    printImage(seen, this.x, shape, this.theme);
    printImage(copy, this.network.glance([count ? z : q.mean, second]), shape, this.theme);
    for (const canvas of [seen, copy]) fitPixels(canvas, shape, 48);
    seen.setAttribute("aria-label", words.seen);
    copy.setAttribute("aria-label", words.copy);
  }

  paintTable(exact, both) {
    const { words } = this.header, cells = (row) => [...this.root.querySelectorAll(`.${row} td`)];
    const subtracted = this.baseline ? "(r(z) − b)" : "r(z)";
    this.find(".score .symbol").textContent = `${subtracted} ${this.of === "mu" ? "ε/σ" : "(ε² − 1)/σ"}`;
    this.find(".path .symbol").textContent = this.of === "mu" ? "r′(z)" : "r′(z) ε";
    this.find(".truth .sub").textContent = this.functionNow().truth ? words.closed : words.quadrature;
    this.find(".baseline .sub").textContent = this.baseline ? fill(words.subtracts, { b: formatSlope(exact.baseline) }) : words.bare;
    this.find(".found .mean").textContent = fill(words.mean_of, { n: this.count.toLocaleString("en").replaceAll(",", " ") });
    for (const row of ["score", "path"]) {
      const [last, mean, variance] = cells(row), found = both?.[row];
      last.textContent = found ? formatSlope(found.values[this.count - 1]) : "–";
      mean.textContent = found ? formatSlope(found.mean) : "–";
      if (found?.error > 0) mean.append(element("span", this.interval(found, exact), "sub"));
      variance.textContent = formatSlope(exact[row]);
    }
    cells("truth")[1].textContent = formatSlope(exact.truth);
    this.find(".note").textContent = this.note(exact);
  }

  interval({ mean, error }, { truth }) {
    const { words } = this.header;
    return `± ${formatSlope(error)}, ${Math.abs(mean - truth) <= error ? words.inside : words.outside}`;
  }
}

/** With as many decimals as its size leaves room for. */
function formatSlope(value) {
  const size = Math.abs(value);
  return formatNumber(value, size >= 99.95 ? 0 : size >= 9.995 ? 1 : size >= 0.0995 || size === 0 ? 2 : 3);
}

export default mount(Estimators);
