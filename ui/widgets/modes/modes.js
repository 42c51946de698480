// ---- modes.js: one Gaussian over a posterior with two bumps ---------------------------------------
// Payload. Header: id; variances, the stops of c; observed, the range of x; bounds {mean, std: [least, most]}
// of q; state {x, c, q: [mean, std]} (first mount only); start, where Home returns q to; words {…}.
//
// State sent to Python: {x, c, q}. In the console: canvas.btp = {posterior, q, qp, pq, found, kl(x, c, q)}.

const STEPS_A_FRAME = 2;
const BETWEEN = 0.01;       // a mean this near to 0 belongs to neither bump

class Modes extends Widget {
  build() {
    this.chart = new Densities(this.find(".densities"));
    this.bell = new Bell(this, this.chart, {
      hold: () => this.halt(),
      changed: () => this.invalidate(),
      rest: () => this.commit(),
      soon: () => this.commitSoon(),
    });
    this.observed = new RangeHandle(this, this.find(".observed"), this.handle((value) => { this.x = value; }));
    this.variance = new RangeHandle(this, this.find(".variance"), this.handle((value) => { this.c = this.header.variances[value]; }));
    this.listen(this.find(".fit-qp"), "click", () => this.descend());
    this.listen(this.find(".fit-pq"), "click", () => this.matchMoments());
  }

  /** A handle changes what is asked: what was found no longer answers it. */
  handle(put) {
    return {
      move: (value) => { this.halt(); put(value); this.found = {}; this.invalidate(); },
      rest: () => this.commit(),
      soon: () => this.commitSoon(),
    };
  }

  receive({ header }) {
    if (header.id === this.header?.id) return;
    this.bell.within(header.bounds, header.start);
    if (!this.header) {
      const { x, c, q: [mean, std] } = header.state;
      Object.assign(this, { x, c, found: {} });
      this.bell.put({ mean, std });
    }
    this.header = header;
    const { words, observed: [min, max], variances } = header;
    Object.assign(this.find(".observed"), { min, max });
    this.find(".variance").max = variances.length - 1;
    this.find(".found caption").textContent = words.found;
    for (const way of ["qp", "pq"]) {
      this.find(`[data-way=${way}] + .sub`).textContent = words[`from_${way}`];
      this.find(`.fit-${way}`).textContent = words[`fit_${way}`];
    }
  }

  // ---- the two fits

  /** Downhill on KL(q ‖ p) from where q stands, a few steps a frame. */
  descend() {
    this.halt();
    const { bounds } = this.header, posterior = this.posteriorNow();
    let steps = 0;
    const go = (count) => {
      for (let k = 0; k < count; k++, steps++) {
        const next = steps < MOST_STEPS ? oneStep(this.q, posterior, bounds) : null;
        if (!next) return this.finishFit("qp");
        this.bell.put(next);
      }
      this.fitting = requestAnimationFrame(() => go(STEPS_A_FRAME));
    };
    go(stillness.matches ? MOST_STEPS + 1 : STEPS_A_FRAME);
  }

  /** KL(p ‖ q) needs no steps: its best q has the posterior's mean and width. */
  matchMoments() {
    this.halt();
    const from = this.q, to = this.posteriorNow();
    this.motion.start(CHANGE_OF_MODEL, (k) => {
      this.bell.put({ mean: mix(from.mean, to.mean, k), std: mix(from.std, to.std, k) });
      if (k === 1) this.finishFit("pq");
    });
  }

  finishFit(way) {
    this.fitting = 0;
    this.fitted = way;
    this.commit();
    this.found[way] = { ...this.q };   // as the screen has it: rounded
  }

  halt() {
    cancelAnimationFrame(this.fitting);
    this.fitting = 0;
    this.fitted = null;
    this.motion.stop();
  }

  leave() { this.halt(); }

  settle() {
    this.bell.round(3);
    this.announce();
    return { x: roundTo(this.x, 1), c: this.c, q: [this.q.mean, this.q.std] };
  }

  // ---- what follows from it

  get q() { return this.bell.q; }

  posteriorNow() {
    const { x, c } = this;
    if (this.posterior?.x !== x || this.posterior.c !== c) this.posterior = exactPosterior({ x, c });
    return this.posterior;
  }

  /** What the reader should know now. */
  note() {
    const { words } = this.header, posterior = this.posteriorNow(), { q, fitted } = this;
    if (posterior.modes.length < 2) return words.one;
    if (fitted === "pq") return fill(words.covers, { share: formatShare(posterior.density(0) / posterior.density(posterior.modes[1])) });
    if (fitted !== "qp") return words.two;
    if (Math.abs(q.mean) > BETWEEN) return words.falls;
    const least = this.leastOnABump(posterior), here = klFromQ(q, posterior);
    return least < here - 0.01 ? fill(words.between, { least: formatNats(least), here: formatNats(here) }) : words.near;
  }

  /** KL(q ‖ p) where q comes to rest if it starts on a bump. */
  leastOnABump(posterior) {
    const start = { mean: posterior.modes[1], std: 0.2 };
    return klFromQ(restFrom(start, posterior, this.header.bounds), posterior);
  }

  announce() {
    const posterior = this.posteriorNow(), { q, header: { words } } = this;
    this.find(".spoken").textContent = `${fill(words.spoken, {
      mean: formatNumber(q.mean), std: formatNumber(q.std), x: formatNumber(this.x, 1), c: this.c,
      qp: formatNumber(klFromQ(q, posterior)), pq: formatNumber(klFromPosterior(q, posterior)),
    })} ${this.note()}`;
  }

  paint() {
    if (!this.header) return;
    const begun = performance.now(), posterior = this.posteriorNow(), { q, header: { words } } = this;
    if (!this.chart.begin(posterior.density(posterior.modes[0]))) return;
    drawDecoder(this.find(".decoder"), this.theme, posterior, words);
    this.chart.draw(this.theme, posterior, q, words);
    this.paintNumbers(posterior);
    const { canvas } = this.chart, kl = (x, c, [mean, std]) => {
      const p = exactPosterior({ x, c });
      return [klFromQ({ mean, std }, p), klFromPosterior({ mean, std }, p), p.logEvidence];
    };
    canvas.setAttribute("aria-label", words.plane);
    canvas.btp = { posterior, q, qp: klFromQ(q, posterior), pq: klFromPosterior(q, posterior), found: this.found, kl };
    Object.assign(canvas.dataset, {
      ready: "true", q: `${roundTo(q.mean, 4)},${roundTo(q.std, 4)}`, x: roundTo(this.x, 1), c: this.c,
      fitting: Boolean(this.fitting || this.motion.running), paintMs: (performance.now() - begun).toFixed(3),
    });
  }

  paintNumbers(posterior) {
    const { q, found, header: { words, variances } } = this;
    const say = (selector, text) => { this.find(selector).textContent = text; };
    say("[data-way=qp]", `${formatNats(klFromQ(q, posterior))} nats`);
    say("[data-way=pq]", `${formatNats(klFromPosterior(q, posterior))} nats`);
    say(".of-posterior", fill(words.evidence, { evidence: formatNumber(posterior.logEvidence) }));
    say(".of-x", formatNumber(this.x, 1));
    say(".of-c", String(this.c));
    this.observed.show(roundTo(this.x, 1), formatNumber(this.x, 1));
    this.variance.show(variances.indexOf(this.c), String(this.c));
    say(".note", this.note());
    this.find(".found tbody").replaceChildren(...["qp", "pq"].map((way) => this.foundRow(way, found[way], posterior)));
  }

  foundRow(way, q, posterior) {
    const row = document.createElement("tr"), head = element("th", this.header.words[`least_${way}`]);
    head.scope = "row";
    const place = q ? `${formatNumber(q.mean)} ± ${formatNumber(q.std)}` : "–";
    const kl = { qp: q && klFromQ(q, posterior), pq: q && klFromPosterior(q, posterior) };
    const cells = ["qp", "pq"].map((each) => element("td", q ? formatNats(kl[each]) : "–", q && each === way ? "least" : ""));
    row.append(head, element("td", place), ...cells);
    return row;
  }
}

/** Nats with as many decimals as their size leaves room for. */
function formatNats(value) {
  const size = Math.abs(value);
  return formatNumber(value, size >= 999.5 ? 0 : size >= 99.95 ? 1 : 2);
}

export default mount(Modes);
