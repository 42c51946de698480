// ---- drawing.js: the decoder as a generator: where to draw? -------------------------------------------
// Payload. Tensors: the model's weights under "model/…"; "mu" (n, 2), "x" (n, d) of 0 … levels and "y" (n,)
// of n real images; "axes" (d, k), the first principal axes of the training images as columns; "radii"
// (n,), how far each image's ball reaches along them. Header: id, activation, output, levels, shape,
// classes, images (n), most (draws of each way at most), ways [{way, name, note, recorded}], and state
// {z, way, seed, count} (first mount only).
//
// One seed gives each way its own endless sequence of draws: the first `count` of it are drawn. State sent
// to Python: {z, way, seed, count}; with z null the probe stands on the first code. In the console:
// canvas.btp.encode, decode, region() (box, mean, covariance), drawn() (codes, near, reached of each way),
// sample(way, many, seed), onScreen(z), flatness(codes).

const MARK_REACH = 8;        // CSS pixels around a draw's mark
const SLICE = 24;            // draws of each way in one frame, of all that are asked for
const DECODED = 96, DECODED_SMALL = 80;   // CSS pixels
const SEEDS = 1000;
const HOW = "Drag, or use the arrow keys, to move the probe; Shift makes larger steps, Home goes to the origin, "
  + "Enter picks the nearest draw.";

class Drawing extends Widget {
  build() {
    Object.assign(this, { state: null, lit: null, rows: [] });
    this.plane = new Plane(this.find("[data-testid=latent-map]"));
    this.decoded = this.find("[data-testid=decoded]");
    new Gestures(this, this.plane, {
      aim: (z) => this.aim(this.plane.clamp(z)),
      tap: (x, y, reach) => this.standNear(x, y, reach),
      rest: () => this.commit(),
      step: (dx, dy) => this.step(dx, dy),
      home: () => { this.aim([0, 0]); this.commitSoon(); },
      nearest: () => { this.standNear(...this.onScreen(this.probe), Infinity); this.commit(); },
      letGo: () => {},
    });
    this.listen(this.plane.canvas, "pointermove", (event) => this.hover(event));
    this.listen(this.plane.canvas, "pointerleave", () => this.light(null));
    this.listen(this.find(".again"), "click", () => this.drawMore(SHOWN));
    this.listen(this.find(".all"), "click", () => this.drawAll());
    this.listen(this.find(".over"), "click", () => this.startOver());
  }

  receive({ header, tensors }) {
    if (header.id === this.header?.id) return;
    const network = new Network(tensors, "model/", header), { pixels } = network, n = header.images;
    const tensor = (name, expected) => needTensor(tensors, name, expected).data;
    const codes = tensor("mu", [n, 2]), levels = tensor("x", [n, pixels]);
    const images = Float32Array.from(levels, (level) => level / header.levels);
    const balls = new Balls(images, tensor("axes", [pixels, null]), tensor("radii", [n]), pixels);
    const region = measureCodes(codes), cloud = makeCloud(codes, null, tensor("y", [n]), header.classes, null);
    Object.assign(this, { header, network, codes, balls, region, cloud });
    this.view = viewOf(codes, region);
    this.find(".all").textContent = `Draw all ${header.most}`;
    this.sets = header.ways.map(({ way }, index) => new DrawnSet(way, index, balls, network));
    this.buildRows();
    this.begin(header.state ?? {});
    this.describe();
  }

  /** What the link or Python remembers. */
  begin({ z, way, seed, count }) {
    this.state = {
      z: Array.isArray(z) ? z : null,
      way: WAYS.includes(way) ? way : WAYS[0],
      seed: Number.isInteger(seed) ? seed : 1,
    };
    const first = Number.isInteger(count) ? Math.min(this.header.most, Math.max(SHOWN, count)) : SHOWN;
    for (const set of this.sets) set.begin(this.state.seed, first, this.region);
    this.drawn();
  }

  buildRows() {
    this.rows = this.header.ways.map((facts, index) => new DrawnRow(this, facts, {
      choose: () => { this.choose(facts.way); this.commitSoon(); },
      light: (at) => this.light(at === null ? null : { way: facts.way, at }),
      stand: (at, soon) => {
        this.choose(facts.way);
        this.aim(this.sets[index].shown(at));
        this.light({ way: facts.way, at });
        if (soon) this.commitSoon();
      },
      rest: () => this.commit(),
    }));
    this.find(".rows").replaceChildren(...this.rows.map(({ node }) => node));
  }

  describe() {
    const { plane, network, region, header } = this, flat = flatness(region);
    this.find(".note").textContent = flat;
    this.find(".note").hidden = !flat;
    plane.canvas.btp = {
      encode: (x) => network.encode(x), decode: (z) => network.decode(z), region: () => region,
      drawn: () => Object.fromEntries(this.sets.map(({ way, codes, near, reached }) =>
        [way, { codes, near, reached: [...reached] }])),
      sample: (way, many, seed) => {
        const chance = { uniform: uniformDraws(seed), normal: normalDraws(seed) };
        return Array.from({ length: many }, () => drawCode(way, region, chance));
      },
      onScreen: (z) => this.onScreen(z),
      flatness: (codes) => flatness(measureCodes(codes)),
    };
    plane.canvas.setAttribute("aria-label", `Latent map of an autoencoder: the codes of ${header.images} digits `
      + `as dots, and where three ways to draw a code draw. ${HOW}`);
  }

  // ---- draws

  get set() { return this.sets[WAYS.indexOf(this.state.way)]; }

  drawMore(wanted) {
    if (!this.add(wanted)) return;
    this.speakOfDraws();
    this.commit();
  }

  /** Up to the most there can be, a few in each frame: the page stays alive. */
  drawAll() {
    cancelAnimationFrame(this.next);
    if (!this.add(SLICE)) return;
    if (this.set.count < this.header.most) {
      this.next = requestAnimationFrame(() => this.drawAll());
      return;
    }
    this.speakOfDraws();
    this.commit();
  }

  /** That many more draws of each way, as far as there is room; returns how many. */
  add(wanted) {
    const many = Math.min(wanted, this.header.most - this.set.count);
    if (!many) return 0;
    for (const set of this.sets) set.draw(many, this.region);
    this.drawn();
    return many;
  }

  leave() { cancelAnimationFrame(this.next); }

  startOver() {
    cancelAnimationFrame(this.next);
    this.state.seed = this.state.seed % SEEDS + 1;
    for (const set of this.sets) set.begin(this.state.seed, SHOWN, this.region);
    this.drawn();
    this.speakOfDraws();
    this.commit();
  }

  drawn() {
    this.lit = null;
    this.printed = "";
    this.plane.stale = true;
    this.invalidate();
  }

  choose(way) {
    if (way === this.state.way) return;
    this.state.way = way;
    this.plane.stale = true;
    this.invalidate();
  }

  /** The draw that stands out in its row and on the map; null: none. */
  light(lit) {
    if (lit?.at === this.lit?.at && lit?.way === this.lit?.way) return;
    this.lit = lit;
    this.invalidate();
  }

  // ---- the probe

  get probe() { return this.state.z ?? [this.codes[0], this.codes[1]]; }

  onScreen([x, y]) { return [this.plane.X(x), this.plane.Y(y)]; }

  aim(z) {
    this.state.z = [...z];
    const at = this.markNear(...this.onScreen(z), MARK_REACH);
    this.light(at < 0 ? null : { way: this.state.way, at });
    this.invalidate();
  }

  step(dx, dy) {
    const { r } = this.plane.view, [x, y] = this.probe;
    this.aim(this.plane.clamp([x + dx * r, y + dy * r]));
    this.commitSoon();
  }

  hover(event) {
    if (event.buttons || event.pointerType !== "mouse") return;
    const at = this.markNear(...this.onScreen(this.plane.at(event)), MARK_REACH);
    this.light(at < 0 ? null : { way: this.state.way, at });
  }

  /** Which of the images shown of the chosen way has its mark nearest to a place, −1 if none within reach. */
  markNear(x, y, reach) {
    let best = -1, least = reach;
    this.set.images.forEach((_, at) => {
      const [px, py] = this.onScreen(this.set.shown(at)), away = Math.hypot(px - x, py - y);
      if (away < least) { least = away; best = at; }
    });
    return best;
  }

  standNear(x, y, reach) {
    const at = this.markNear(x, y, reach);
    if (at >= 0) this.aim(this.set.shown(at));
  }

  settle() {
    const { state, network, balls } = this;
    if (state.z) state.z = state.z.map((value) => roundTo(value, 3));
    const near = balls.holding(network.glance(this.probe)).length;
    if (!this.told) this.speak(`z = ${formatPoint(this.probe, 1)}, ${this.nearText(near)}`);
    this.told = false;
    return { ...state, count: this.set.count };
  }

  speakOfDraws() {
    const counted = this.rows.map(({ facts }, k) => `${facts.name} ${formatNumber(this.sets[k].coverage)}`);
    this.speak(`${this.set.count} draws each. Coverage: ${counted.join(", ")}.`);
    this.told = true;   // the commit that follows has nothing to add
  }

  speak(words) { this.find(".spoken").textContent = words; }

  nearText(near) { return near ? `near ${near} of ${this.header.images} digits` : "near none of the digits"; }

  // ---- drawing

  restyle() { this.plane.stale = true; this.printed = ""; }

  resize() { this.printed = ""; }

  paint() {
    const { plane, state, header, theme, lit } = this;
    if (!header || !plane.measure()) return;
    plane.look(this.view);
    if (!this.printed) this.print();
    const near = this.decode();
    const context = plane.begin(theme, (base) => this.drawBase(base));
    drawLit(context, plane, theme, this.cloud.points, near);
    drawProbe(context, plane, theme, this.probe);
    if (lit) drawMark(context, theme, ...this.onScreen(this.sets[WAYS.indexOf(lit.way)].shown(lit.at)), true);
    for (const row of this.rows) {
      const { way } = row.facts;
      row.paint(theme, lit?.way === way ? lit.at : -1, way === state.way);
    }
    Object.assign(plane.canvas.dataset, {
      ready: "true", model: header.id, points: header.images, twin: "ae", way: state.way, draws: this.set.count,
      z: this.probe.map((value) => value.toFixed(4)).join(","),
    });
  }

  /** Everything that depends on the draws, the size and the colours alone. */
  print() {
    const { header, rows, sets, set, plane } = this, full = set.count >= header.most;
    rows.forEach((row, k) => row.print(this, sets[k]));
    this.find(".again").setAttribute("aria-disabled", String(full));
    this.find(".all").setAttribute("aria-disabled", String(full));
    this.find(".count").textContent = `${set.count} of ${header.most} draws from each`;
    fitPixels(this.decoded, header.shape, plane.small ? DECODED_SMALL : DECODED);
    this.printed = "yes";
  }

  /** The image at the probe; returns the rows of the real images it comes near. */
  decode() {
    const { network, header, theme, probe: z } = this, begun = performance.now();
    const image = network.glance(z);
    this.plane.canvas.dataset.forwardMs = (performance.now() - begun).toFixed(3);
    printImage(this.decoded, image, header.shape, theme);
    const near = this.balls.holding(image);
    this.find(".value").textContent = formatPoint(z, digitsFor(this.view.r));
    this.find(".near").textContent = this.nearText(near.length) + (near.length ? ": the large dots" : "");
    return near;
  }

  /** Codes, in colour those of images that some draw has come near; then regions and draws. */
  drawBase(base) {
    const { plane, theme, cloud, region, set, header } = this, classes = header.classes.length;
    const rows = new Map();
    cloud.classes.forEach((group, row) => {
      const shown = set.reached[row] ? group : classes + group;
      if (!rows.has(shown)) rows.set(shown, []);
      rows.get(shown).push(row);
    });
    const isReached = { stateOf: (group) => (group < classes ? "lit" : "faded") };
    drawDots(base, plane, { ...theme, hairline: theme.missed ??= fadedInk(theme) }, { ...cloud, rows }, isReached);
    const places = drawRegions(base, plane, theme, region, this.state.way);
    drawTicks(base, plane, theme);
    drawSet(base, plane, theme, set);
    drawNames(base, plane, theme, cloud, { stateOf: () => "lit" });
    nameRegions(base, plane, theme, places, this.state.way);
    this.find(".reached").textContent = set.reached.reduce((sum, one) => sum + one, 0);
  }
}

/** Grey that can still be seen: halfway between hairline and muted ink. */
function fadedInk({ hairline, muted }) {
  const [from, to] = [channels(hairline), channels(muted)];
  return `rgb(${from.map((start, k) => Math.round(mix(start, to[k], 0.4))).join(", ")})`;
}

/** The draws of a way: those shown in its row as rings, the earlier ones as specks. */
function drawSet(context, plane, theme, set) {
  const first = set.count - set.images.length, side = plane.small ? 2 : 2.5;
  context.fillStyle = theme.z;
  context.globalAlpha = 0.35;
  set.codes.slice(0, first).forEach(([x, y]) => {
    context.fillRect(plane.X(x) - side / 2, plane.Y(y) - side / 2, side, side);
  });
  context.globalAlpha = 1;
  for (const [x, y] of set.codes.slice(first)) drawMark(context, theme, plane.X(x), plane.Y(y), false);
}

function drawMark(context, theme, x, y, lit) {
  for (const [colour, width] of [[theme.paper, lit ? 6 : 3.5], [theme.z, lit ? 3 : 1.5]]) {
    context.beginPath();
    context.arc(x, y, lit ? 7 : 3.5, 0, 2 * Math.PI);
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.stroke();
  }
}

/** The codes of the images that the probe's image comes near. */
function drawLit(context, plane, theme, points, rows) {
  context.fillStyle = theme.ink;
  for (const row of rows) {
    context.beginPath();
    context.arc(plane.X(points[2 * row]), plane.Y(points[2 * row + 1]), plane.small ? 2 : Math.max(3, plane.size / 120), 0, 2 * Math.PI);
    context.fill();
  }
}

export default mount(Drawing);
