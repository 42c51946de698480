// ---- cut.js: a run with the gradient's path cut or whole, as a film -------------------------------
// Payload. Tensors: for each frame k "k/decoder.…", "k/mu" and "k/std" (n, 2); "y" (n,) classes, "x" (m, d)
// of 0 … levels, the images followed, "eps" (m, 2), their draw. Header: id (of the run; "": not trained),
// frames (their epochs), ended, gradient, kl (whether the term counts), epochs, after (how many of them before
// the cut), keyframes and band
// ([low, median, high] of σ by keyframe), recon and kl_term (by epoch, nats, null where unknown), followed
// (rows of x among the codes), levels, shape, classes, activation, output, words, cells: for each of the six
// runs {gradient, kl}, and once it has been made {keyframes, band, said}.
//
// While a run is on, its latest keyframe is sent alone; once it has ended, its film. Nothing goes to
// Python. In the console: canvas.btp.cloud(), .draws(), .decode(z).

const CLOUDS_EVERY = 12;             // one code in twelve shows its cloud
const SIGMA_SHOWN = [0.005, 3];      // the same scale for all six, so that they can be compared
const RECON_SHOWN = [-8, 14];
const PER_FRAME = 330;               // ms, of the film
const PRINT_ROOM = 72;               // CSS pixels for a printed image

class Cut extends Widget {
  build() {
    this.plane = new Plane(this.find("[data-testid=cut-map]"));
    this.lit = { stateOf: () => "lit" };
    this.traces = Object.fromEntries(["sigma", "kl", "recon"].map((name) =>
      [name, new Trace(this.find(`.trace.${name} canvas`))]));
    this.input = this.find(".film .range");
    this.handle = new RangeHandle(this, this.input, {
      move: (place) => { this.pause(); this.show(place); }, rest: () => this.tell(), soon: () => this.tell(),
    });
    this.listen(this.find(".play"), "click", () => (this.playing ? this.pause() : this.play()));
  }

  receive({ header, tensors }) {
    const before = this.header, live = before?.id === header.id;
    if (live && before.ended && header.ended) {   // only the six pictures have changed
      this.header = header;
      return this.buildCells();
    }
    this.pause();
    const count = needTensor(tensors, "y", [null]).data.length, { shape, frames, classes } = header;
    const pixels = shape[0] * shape[1];
    this.images = needTensor(tensors, "x", [header.followed.length, pixels]).data;
    this.eps = needTensor(tensors, "eps", [null, 2]).data;
    this.frames = frames.map((epoch, place) => {
      const codes = (name) => needTensor(tensors, `${place}/${name}`, [count, 2]).data;
      const network = new Network(tensors, `${place}/`, header);
      needPlanar(network, shape);
      const cloud = makeCloud(codes("mu"), codes("std"), tensors.y.data, classes, null);
      return { epoch, network, cloud, view: viewOf(cloud, header.kl) };
    });
    this.header = header;
    this.clouds = Array.from({ length: Math.ceil(count / CLOUDS_EVERY) }, (_, k) => k * CLOUDS_EVERY);
    this.buildTraces();
    this.buildCells();
    this.input.max = Math.max(1, frames.length - 1);
    const made = header.cells.filter(isMade).length, fresh = before && made > this.made;
    this.made = made;
    if (!frames.length) return this.empty();
    if (fresh && !live) {   // it was in the cache: nobody has seen it yet
      this.place = 0;
      return this.play();
    }
    this.show(frames.length - 1, live ? NEXT_KEYFRAME : 0);
  }

  empty() {
    Object.assign(this, { place: 0, cloud: null });
    this.plane.look({ x: 0, y: 0, r: PRIOR_RADIUS });
    this.plane.stale = true;
  }

  // ---- the film

  get shot() { return this.frames[this.place]; }

  /** Show a frame; the codes go there in `duration` ms. */
  show(place, duration = 0) {
    const from = this.cloud, start = this.plane.view;
    this.place = place;
    const { cloud: to, view } = this.shot, points = new Float32Array(to.points.length), std = new Float32Array(to.std.length);
    this.motion.stop();
    const moves = from && from.points.length === to.points.length && this.of === this.header.kl;
    this.of = this.header.kl;
    this.motion.start(moves ? duration : 0, (k) => {
      if (k < 1) {
        mixArrays(from.points, to.points, k, points);
        mixArrays(from.std, to.std, k, std);
      }
      this.cloud = k < 1 ? { ...to, points, std } : to;
      this.plane.look(k < 1 ? mixViews(start, view, k) : view);
      this.plane.stale = true;
      this.invalidate();
    });
  }

  play() {
    const last = this.frames.length - 1;
    this.show(this.place < last ? this.place : 0);
    this.playing = setInterval(() => {
      this.show(this.place + 1, NEXT_KEYFRAME);
      if (this.place === last) this.pause();
    }, PER_FRAME);
  }

  pause() {
    if (!this.playing) return;
    clearInterval(this.playing);
    this.playing = 0;
    this.tell();
    this.invalidate();
  }

  leave() { clearInterval(this.playing); }

  /** For a screen reader: the frame at rest. */
  tell() {
    const { words } = this.header, values = ["sigma", "kl", "recon"].map((name) => `${words[name === "kl" ? "kl_name" : name]} ${this.now(name)}`);
    this.find(".spoken").textContent = `Epoch ${this.shot.epoch}: ${values.join(", ")}.`;
  }

  // ---- the curves

  buildTraces() {
    const { keyframes = [], band = [], recon = [], kl_term: kl = [], words } = this.header;
    const numbers = (values) => values.map((value) => value ?? NaN), epoch = recon.map((_, k) => k);
    this.lines = {
      sigma: { epoch: keyframes, values: band.map((row) => row[1]), edges: [band.map((row) => row[0]), band.map((row) => row[2])] },
      kl: { epoch, values: numbers(kl) },
      recon: { epoch, values: numbers(recon) },
    };
    for (const [name, of] of [["sigma", "sigma"], ["kl", "kl_name"], ["recon", "recon"]]) {
      this.find(`.trace.${name} .name`).textContent = words[of];
      this.find(`.trace.${name} .sub`).textContent = words[`${name}_gloss`];
    }
  }

  /** A quantity at the epoch on screen, as it is written. */
  now(name) {
    const { epoch, values, edges } = this.lines[name], at = this.frames.length ? epoch.indexOf(this.shot.epoch) : -1;
    if (at < 0) return "–";
    if (name === "recon") return formatNumber(values[at], 1);
    const said = sized(values[at]);
    return edges ? `${said} (${sized(edges[0][at])} … ${sized(edges[1][at])})` : said;
  }

  // ---- drawing

  restyle() { this.plane.stale = this.stale = true; }

  resize() { this.stale = true; }

  paint() {
    const { header, plane } = this;
    if (!header || !plane.measure()) return;
    this.paintPath();
    this.paintMap();
    this.paintTraces();
    this.paintPrints();
    if (this.stale) this.paintCells();
    this.stale = false;
    Object.assign(plane.canvas.dataset, {
      ready: "true", run: header.id, gradient: header.gradient, kl: header.kl ? "on" : "off",
      epoch: this.frames.length ? this.shot.epoch : "", frames: header.frames.length, ended: Boolean(header.ended),
    });
    plane.canvas.btp = {
      cloud: () => this.shot.cloud, draws: () => this.draws(), decode: (z) => this.shot.network.decode(z), lines: () => this.lines,
    };
  }

  /** The way back, as it is at the epoch on screen: which of its arrows are cut; and what came of it. */
  paintPath() {
    const { header: { gradient, kl, words, after, cells, ended, id }, frames } = this, path = this.find(".path");
    const now = frames.length && this.shot.epoch <= after ? "pathwise" : gradient;
    Object.assign(path.dataset, { gradient: now, kl: kl ? "on" : "off" });
    path.setAttribute("aria-label", `${words.path}: ${words[now]}, ${kl ? words.on : words.off}`);
    const said = cells.find((cell) => cell.gradient === gradient && cell.kl === kl).said;
    write(this.find(".said"), said ?? (!id ? words.untrained : ended ? words.shipped : words.under_way));
  }

  paintMap() {
    const { plane, theme, header, cloud, lit, frames } = this, trained = frames.length > 0;
    const context = plane.begin(theme, (base) => {
      if (cloud) {
        drawDots(base, plane, theme, cloud, lit);
        drawEllipses(base, plane, theme, cloud, this.clouds, lit);
        for (const row of header.followed) emphasise(base, plane, theme, cloud, row);
      }
      if (header.kl) drawPrior(base, plane, theme);
      drawTicks(base, plane, theme);
      if (cloud) drawNames(base, plane, theme, cloud, lit);
    });
    context.fillStyle = theme.z;
    for (const [x, y] of trained ? this.draws() : []) {
      context.beginPath();
      context.arc(plane.X(x), plane.Y(y), plane.small ? 2.5 : 3.5, 0, 2 * Math.PI);
      context.fill();
    }
    const nothing = this.find(".nothing"), { words } = header;
    nothing.hidden = trained;
    nothing.textContent = words.none;
    this.find(".film").classList.toggle("idle", frames.length < 2);
    this.find(".play").textContent = this.playing ? words.pause : words.play;
    if (!trained) return;
    const { epoch } = this.shot;
    plane.canvas.setAttribute("aria-label", `${words.map} ${epoch}: ${words.sigma} ${this.now("sigma")}`);
    this.handle.show(this.place, `epoch ${epoch} of ${header.epochs}`);
    this.find(".film output").textContent = `epoch ${epoch} of ${header.epochs}`;
  }

  /** z = μ + σ ⊙ ε of the images followed, ε the same in every frame. */
  draws() {
    const { points, std } = this.cloud, { eps } = this;
    return this.header.followed.map((row, image) =>
      [0, 1].map((k) => points[2 * row + k] + std[2 * row + k] * eps[2 * image + k]));
  }

  /** Where a run's path was cut, or null. */
  mark({ gradient }) {
    const { after, words } = this.header;
    return gradient === "pathwise" ? null : { epoch: after, name: words.cut };
  }

  paintTraces() {
    const { header: { epochs, words }, theme, traces, lines, frames } = this, shown = frames.length ? this.shot.epoch : 0;
    const cut = this.mark(this.header), of = { epochs, shown, cut: cut && { ...cut, name: "" } }, line = (name) => (frames.length ? lines[name] : null);
    const level = { value: 1, name: words.one };
    traces.sigma.draw(theme, { ...of, cut, line: line("sigma"), range: SIGMA_SHOWN, log: true, level, colour: theme.q });
    traces.kl.draw(theme, { ...of, line: line("kl"), range: decades(lines.kl.values), log: true, colour: theme.kl });
    traces.recon.draw(theme, { ...of, line: line("recon"), range: RECON_SHOWN, colour: theme.recon });
    for (const name of Object.keys(traces)) {
      this.find(`.trace.${name} .now`).textContent = this.now(name);
      traces[name].canvas.setAttribute("aria-label", `${words[name === "kl" ? "kl_name" : name]}: ${this.now(name)}`);
    }
  }

  paintPrints() {
    const { header: { shape, levels, followed }, images, theme, frames } = this, pixels = shape[0] * shape[1];
    this.find(".prints").hidden = !frames.length;
    if (!frames.length) return;
    const draws = this.draws(), room = Math.min(PRINT_ROOM, (this.host.clientWidth - 90) / followed.length);
    followed.forEach((_, image) => {
      this.print(".originals", image, originalImage(images, image, pixels, levels), room, "");
      this.print(".copies", image, this.shot.network.glance(draws[image]), room, formatPoint(draws[image]));
    });
  }

  print(row, image, values, room, words) {
    const line = this.find(`.prints ${row}`);
    if (!line.children[image + 1]) {
      const cell = document.createElement("td"), canvas = document.createElement("canvas");
      canvas.className = "printed";
      canvas.setAttribute("role", "img");
      cell.append(canvas);
      line.append(cell);
    }
    const canvas = line.children[image + 1].firstChild, name = withArticle(this.header.classes[this.cloud.classes[this.header.followed[image]]]);
    printImage(canvas, values, this.header.shape, this.theme);
    fitPixels(canvas, this.header.shape, room);
    canvas.setAttribute("aria-label", words ? `decoded at z = ${words}, drawn for ${name}` : name);
  }

  // ---- the six

  buildCells() {
    const { cells, words } = this.header;
    this.find(".six .name").textContent = words.six;
    for (const part of [".six", ".cells"]) this.find(part).hidden = !cells.some(isMade);   // nothing to compare yet
    this.small = cells.map((cell) => {
      const node = document.createElement("figure"), caption = document.createElement("figcaption"), canvas = document.createElement("canvas");
      caption.textContent = `${words[cell.gradient]} · ${words[cell.kl ? "on" : "off"]}`;
      canvas.setAttribute("role", "img");
      canvas.setAttribute("aria-label", `${caption.textContent}: ${plainly(cell.said ?? words.empty)}`);
      node.append(caption, canvas, write(element("p", "", "sub"), cell.said ?? words.empty));
      node.className = `cell${isMade(cell) ? "" : " unmade"}`;
      return { cell, node, trace: new Trace(canvas) };
    });
    this.stale = true;
    this.find(".cells").replaceChildren(...this.small.map(({ node }) => node));
  }

  paintCells() {
    const { header: { gradient, kl, epochs, words }, theme, small } = this;
    for (const { cell, node, trace } of small) {
      const chosen = cell.gradient === gradient && cell.kl === kl, { keyframes: epoch, band } = cell;
      node.classList.toggle("chosen", chosen);
      node.setAttribute("aria-current", String(chosen));
      const line = isMade(cell) && { epoch, values: band.map((row) => row[1]), edges: [band.map((row) => row[0]), band.map((row) => row[2])] };
      trace.draw(theme, { line, range: SIGMA_SHOWN, log: true, level: { value: 1, name: words.one }, cut: this.mark(cell), epochs, shown: epochs, colour: theme.q });
    }
  }
}

/** A sentence into a node, **what matters** in bold. */
function write(node, sentence) {
  node.replaceChildren(...sentence.split("**").map((part, k) => (k % 2 ? element("b", part) : part)));
  return node;
}

const plainly = (sentence) => sentence.replaceAll("**", "");

const isMade = (cell) => Boolean(cell.band);

/** 12.64, 1.00, 0.16, 0.0087: two decimals, or as many as show two digits. */
function sized(value) {
  if (!(value > 0) || value >= 0.1) return formatNumber(value, 2);
  return value < 0.001 ? formatTiny(value) : formatNumber(value, 1 - Math.floor(Math.log10(value)));
}

/** The powers of ten around all values, two of them at least. */
function decades(values) {
  const logs = values.filter((value) => value > 0).map(Math.log10);
  const low = Math.min(0, Math.floor(Math.min(...logs, 0))), high = Math.max(1, Math.ceil(Math.max(...logs, 0)));
  return [10 ** low, 10 ** high];
}

/** The square that shows every code and the whole of the clouds that are drawn. */
function viewOf({ points, std }, prior) {
  const ends = Array.from(points);
  for (let row = 0; row < points.length / 2; row += CLOUDS_EVERY) {
    for (const side of [-1, 1]) ends.push(points[2 * row] + side * std[2 * row], points[2 * row + 1] + side * std[2 * row + 1]);
  }
  return fitView(ends, prior);
}

export default mount(Cut);
