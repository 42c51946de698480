// ---- race.js: a linear autoencoder trained beside PCA --------------------------------------------
// Payload. Tensors: "<cloud>/covariance" (d, d) of the centred points, 1/N, and for clouds of two numbers
// "<cloud>/points" (n, 2), centred. Header: id; clouds, [[name, largest k], …]; blocks, how many times ten
// seeds there are; state {data, k, block, done} (first mount only); words {…}. The ten are trained here,
// slowed down so that one can watch.
// State sent to Python: {data, k, block, done}. In the console: canvas.btp.

const WATCHED = 1500;   // ms for all steps
const BUSY = 8;         // ms of training per frame

class Race extends Widget {
  build() {
    this.tracks = { ratio: new Track(this.find(".track.ratio")), angle: new Track(this.find(".track.angle")) };
    this.plane = new Plane(this.find(".plane"));
    this.lit = -1;
    this.handle = new RangeHandle(this, this.find(".keep .range"), {
      move: (value) => { this.k = value; this.line(); },
      rest: () => this.commit(),
      soon: () => this.commitSoon(),
    });
    this.listen(this.find(".train"), "click", () => this.train());
    this.listen(this.find(".next"), "click", () => { this.block = this.nextBlock; this.train(); });
    const rowOf = (event) => event.target.closest("tbody tr")?.sectionRowIndex ?? -1;
    this.listen(this.find("tbody"), "pointerover", (event) => this.light(rowOf(event)));
    this.listen(this.find("tbody"), "focusin", (event) => this.light(rowOf(event)));
    for (const type of ["pointerleave", "focusout"]) this.listen(this.find("tbody"), type, () => this.light(-1));
  }

  receive({ header, tensors }) {
    if (header.id === this.header?.id) return;
    this.clouds = Object.fromEntries(header.clouds.map(([name, most]) => {
      const { shape: [d], data: covariance } = needTensor(tensors, `${name}/covariance`, [null, null]);
      return [name, { d, covariance, most, points: tensors[`${name}/points`]?.data ?? null }];
    }));
    if (!this.header) {
      const { data, k, block, done } = header.state ?? {};
      Object.assign(this, { which: data, k, block, header });   // `data` is what a Widget was sent
      this.name();
      this.line();
      if (done) this.advance(0, () => {});
    }
    this.header = header;
    this.invalidate();
  }

  name() {
    const { words, clouds } = this.header;
    const choices = clouds.map(([value]) => ({ value, words: words[value] }));
    this.radios = makeRadios(this, this.find(".choices"), "data", choices, (value) => {
      Object.assign(this, { which: value, k: Math.min(2, this.clouds[value].d - 1) });
      this.line();
      this.commit();
    });
    this.find("thead tr").replaceChildren(...["seed", "arrival", "ratio", "angle"].map((id) =>
      Object.assign(element("th", words[`head_${id}`]), { scope: "col" })));
    const rows = Array.from({ length: FIELD }, () => element("tr"));
    for (const row of rows) row.append(...Array.from({ length: 4 }, () => element("td")));
    this.find("tbody").replaceChildren(...rows);
    new Roving(this, this.find("tbody")).take(rows);
    this.find("table").setAttribute("aria-label", words.table);
    this.find(".angle-sub").textContent = words.angle_sub;
  }

  get seeds() { return Array.from({ length: FIELD }, (_, i) => FIELD * this.block + i + 1); }
  get nextBlock() { return (this.block + 1) % this.header.blocks; }
  get cloud() { return this.clouds[this.which]; }

  /** Ten networks on the starting line. */
  line() {
    cancelAnimationFrame(this.later);
    const { covariance, d, points } = this.cloud;
    this.k = Math.min(this.k, this.cloud.most);
    this.running = false;
    this.runners = new Runners(covariance, d, this.k, this.seeds);
    const reach = points?.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    if (points) this.plane.look({ x: 0, y: 0, r: 1.08 * reach });
    this.plane.stale = true;
    this.invalidate();
  }

  train() {
    this.line();
    this.advance(stillness.matches ? 0 : WATCHED, () => this.commit());
  }

  /** All steps within `watched` ms, or as soon as they can be made without holding up the page. */
  advance(watched, arrived) {
    this.running = true;
    const begun = performance.now();
    const run = (now) => {
      const until = watched ? Math.ceil(LINEAR_STEPS * Math.max(0, now - begun) / watched) : LINEAR_STEPS;
      this.runners.advance(until, BUSY);
      this.running = !this.runners.done;
      if (this.running) this.later = requestAnimationFrame(run);
      else arrived();
      this.invalidate();
    };
    this.later = requestAnimationFrame(run);
  }

  leave() { cancelAnimationFrame(this.later); }

  light(row) {
    if (row === this.lit) return;
    this.lit = row;
    this.invalidate();
  }

  settle() {
    if (this.runners.done) this.find(".spoken").textContent = `${this.verdict()} ${this.took()}`;
    return { data: this.which, k: this.k, block: this.block, done: this.running || this.runners.done };
  }

  // ---- drawing

  restyle() {
    this.plane.stale = true;
    this.invalidate();
  }

  paint() {
    if (!this.runners) return;
    const { theme, runners: { runners, floor } } = this, scales = scalesOf(floor > 0, this.header.words);
    const ratios = runners.map((runner) => runner.ratios.map((ratio) => (floor ? ratio - 1 : ratio)));
    this.tracks.ratio.draw(theme, ratios, scales.ratio, theme.recon, this.lit);
    this.tracks.angle.draw(theme, runners.map((runner) => runner.angles), scales.angle, theme.ink, this.lit);
    this.paintPlane();
    this.paintWords();
    this.paintTable();
    const { canvas } = this.tracks.ratio;
    canvas.btp = {
      runners: this.runners,
      race: (covariance, d, k, seeds) => new Runners(Float64Array.from(covariance), d, k, seeds),
    };
    Object.assign(canvas.dataset, {
      ready: String(!this.running), data: this.which, k: this.k, block: this.block, steps: this.runners.steps,
    });
  }

  /** The line each decoder spans turns onto PCA's axis: shown where there is one line in a plane. */
  paintPlane() {
    const { points } = this.cloud, shown = Boolean(points) && this.k === 1, { plane, theme } = this;
    for (const part of this.root.querySelectorAll(".drawn")) part.hidden = !shown;
    this.find(".cloud figcaption").textContent = this.planeCaption(shown);
    if (!shown || !plane.measure()) return;
    const { runners, pca } = this.runners;
    const context = plane.begin(theme, (base) => {
      fillPoints(base, plane, theme.x, points, plane.small ? 1.5 : 2);
      drawTicks(base, plane, theme);
    });
    runners.forEach(({ ways }, index) => {
      const [x, y] = ways[ways.length - 1], length = Math.hypot(x, y), lit = index === this.lit;
      context.globalAlpha = this.lit < 0 ? 0.6 : lit ? 1 : 0.2;
      if (length > 1e-12) strokeLine(context, plane, [0, 0], [x / length, y / length], theme.recon, lit ? 2.5 : 1.25);
    });
    context.globalAlpha = 1;
    strokeLine(context, plane, [0, 0], pca.axes, theme.ink, 2, [7, 5]);
    this.find(".plane-name").textContent = this.header.words.lines;
    plane.canvas.setAttribute("aria-label", this.header.words.plane);
  }

  /** What is drawn; where nothing can be, its place keeps the rest where it is, and says why. */
  planeCaption(shown) {
    const { k, cloud: { d }, header: { words } } = this;
    return shown ? words.plane : fill(k < d ? words.unseen : words.whole, { k, d });
  }

  get angleName() { return this.k === 1 ? this.header.words.angle_one : this.header.words.angle; }

  paintWords() {
    const { header: { words }, runners, k, cloud } = this, floored = runners.floor > 0;
    for (const input of this.radios) input.checked = input.value === this.which;
    this.handle.input.max = cloud.most;
    this.handle.input.disabled = cloud.most === 1;
    this.handle.show(k, fill(words.kept, { k, d: cloud.d }));
    this.find(".keep b").textContent = k;
    this.find(".train").textContent = words.train;
    const after = FIELD * this.nextBlock;
    this.find(".next").textContent = fill(words.next, { from: after + 1, to: after + FIELD });
    this.find(".ratio-name").textContent = floored ? words.ratio : words.share;
    this.find(".ratio-sub").textContent = fill(floored ? words.ratio_sub : words.share_sub, {
      floor: formatNumber(runners.pca.floor, 3), k, d: cloud.d,
    });
    this.find("th:nth-child(3)").textContent = floored ? words.head_ratio : words.head_share;
    this.find(".angle-name").textContent = this.angleName;
    this.find(".took").textContent = this.took();
    const said = `${this.find(".ratio-name").textContent}. ${this.verdict()}`;
    this.tracks.ratio.canvas.setAttribute("aria-label", said);
    this.tracks.angle.canvas.setAttribute("aria-label", `${this.angleName}. ${this.verdict()}`);
  }

  paintTable() {
    const { runners: field } = this, { runners, steps } = field;
    this.find(".verdict").textContent = this.verdict();
    const rows = this.find("tbody").children;
    runners.forEach((runner, index) => {
      const arrival = field.arrival(runner), ratio = runner.ratios[steps], angle = runner.angles[steps];
      const texts = [
        runner.seed, arrival === null ? "–" : arrival,
        formatNumber(ratio, field.floor ? 4 : 6), `${formatNumber(angle, angle < 10 ? 3 : 1)}°`,
      ];
      rows[index].classList.toggle("lit", index === this.lit);
      texts.forEach((text, k) => { rows[index].children[k].textContent = text; });
    });
  }

  verdict() {
    const { runners: field, header: { words } } = this, { runners, steps } = field;
    if (!steps) return words.before;
    const count = runners.filter((runner) => field.there(runner, steps)).length;
    return fill(field.floor ? words.verdict : words.verdict_share, { count, of: runners.length });
  }

  took() {
    const { runners: { steps, milliseconds, done }, header: { words } } = this;
    if (!steps || !done) return words.how;
    return fill(words.took, { steps: LINEAR_STEPS, ms: formatNumber(milliseconds, milliseconds < 10 ? 1 : 0) });
  }
}

export default mount(Race);
