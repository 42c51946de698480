// ---- draw_pad.js: what the page's maps are asked about, drawn or picked ---------------------------
// Payload. Tensors: "x" (n, d) images of 0 … levels, "rows" (n,) their rows among the training images,
// "y" (n,) classes, the autoencoder's weights under "ae/…". Header: id, dataset, levels, shape, classes,
// activation, output, first (row picked at first), most (ink of the fullest image), far (distance), words
// {title, hint, label, gloss, limit, and what `remark` may say}, state {ink, image} (first mount only).
//
// A drawing lies over the picked image; without one, or where it encloses nothing, the image counts.
// Told on the page's bus as "input" (see `tellPage`). State sent to Python: {ink, image}. In the console:
// canvas.btp.see(strokes) → x, canvas.btp.thin(strokes) → strokes.

const READERS = { digits: digitFromInk, shapes: shapeFromInk };
const PEN_WIDTH = { digits: 0.055, shapes: 0.012 };   // of the pad's side
const FILL = 0.14;                                    // how much ink an outline is filled with
const VIEW_ROOM = 96, VIEW_ROOM_SMALL = 42;          // CSS pixels
const CHOICE_ROOM = 32, CHOICE_ROOM_SMALL = 28;
const ROW_FROM = 300;                                 // from this width on all stands in a row
const AT_EDGE = 0.5;                                  // 512ths: what lies outside is cut off here

class DrawPad extends Widget {
  build() {
    Object.assign(this, { strokes: [], picked: null, pointer: null, lifted: false, left: false });
    this.canvas = this.find("[data-testid=draw-pad]");
    this.seen = this.find(".seen canvas");
    this.near = this.find(".near canvas");
    this.choices = new Choices(this, this.find(".choices"), (row) => this.pick(row));
    this.listen(this.canvas, "pointerdown", (event) => this.press(event));
    this.listen(this.canvas, "pointermove", (event) => this.move(event));
    for (const type of ["pointerup", "pointercancel"]) {
      this.listen(this.canvas, type, (event) => this.release(event));
    }
    this.listen(this.find(".undo"), "click", () => this.change(this.strokes.slice(0, -1)));
    this.listen(this.find(".clear"), "click", () => this.change([]));
    this.listen(this.find(".another"), "click", () => this.pick(this.another()));
  }

  receive({ header, tensors }) {
    if (header.id === this.header?.id) return;
    const pixels = header.shape[0] * header.shape[1], network = new Network(tensors, "ae/", header);
    if (network.pixels !== pixels || !READERS[header.dataset]) {
      throw new PayloadError("This pad cannot draw what these models read.");
    }
    const rows = needTensor(tensors, "rows", [null]).data, classes = needTensor(tensors, "y", [rows.length]).data;
    const bytes = needTensor(tensors, "x", [rows.length, pixels]).data;
    const real = new RealImages(bytes, pixels);
    Object.assign(this, { header, network, rows, classes, bytes, real, pixels, printed: null });
    const state = header.state ?? {};
    this.picked = rows.includes(state.image) ? state.image : header.first;
    this.strokes = readInk(state.ink);
    this.choices.offer(header.classes.map((_, group) => rows[classes.indexOf(group)]), header.classes);
    this.name();
    this.look();
  }

  name() {
    const { words } = this.header;
    this.find(".name").textContent = words.title;
    this.find(".hint").textContent = words.hint;
    this.find(".gloss").textContent = words.gloss;
    this.find(".limit").textContent = words.limit;
    this.canvas.setAttribute("aria-label", words.label);
    this.canvas.btp = {
      see: (strokes) => this.asPixels(this.read(strokes)),
      thin: (strokes) => thinOut(strokes),
    };
  }

  // ---- the pen

  press(event) {
    if (!this.header || event.button !== 0 || this.pointer !== null) return;
    try { this.canvas.setPointerCapture(event.pointerId); } catch { /* it has already left */ }
    Object.assign(this, { pointer: event.pointerId, lifted: true, left: false });
    this.add(event);
    this.look();
  }

  move(event) {
    if (event.pointerId !== this.pointer) return;
    const passed = event.getCoalescedEvents?.() ?? [];
    for (const part of passed.length ? passed : [event]) this.add(part);
    this.look();
  }

  release(event) {
    if (event.pointerId !== this.pointer) return;
    this.pointer = null;
    this.commit();
  }

  /** One more point; what lies outside the pad is cut off, and a line that comes back is a new one. */
  add(event) {
    const box = this.canvas.getBoundingClientRect(), edge = INK_GRID - AT_EDGE;
    const x = INK_GRID * (event.clientX - box.left) / box.width;
    const y = INK_GRID * (event.clientY - box.top) / box.height;
    const inside = (value) => Math.min(edge, Math.max(AT_EDGE, value));
    const point = [inside(x), inside(y)], outside = point[0] !== x || point[1] !== y;
    this.left ||= outside;
    if (outside && this.lifted) return;
    if (this.lifted) this.strokes = [...this.strokes, point];
    else this.strokes.at(-1).push(...point);
    this.lifted = outside;
  }

  // ---- what stands on the pad

  /** Another drawing: undone, or cleared. */
  change(strokes) {
    if (!this.header || strokes.length === this.strokes.length) return;
    Object.assign(this, { strokes, left: false });
    this.commit();
  }

  pick(row) {
    Object.assign(this, { picked: row, strokes: [], left: false });
    this.commit();
  }

  /** The next image of the picked one's class. */
  another() {
    const { classes, rows } = this, many = rows.length, at = rows.indexOf(this.picked);
    for (let step = 1; step < many; step++) {
      const index = (at + step) % many;
      if (classes[index] === classes[at]) return rows[index];
    }
    return this.picked;
  }

  settle() {
    this.strokes = thinOut(this.strokes);
    this.look();
    this.find(".spoken").textContent = this.inWords();
    return { ink: inkText(this.strokes), image: this.picked };
  }

  // ---- what the network sees of it

  /** strokes → whole grey levels; null if there is nothing to see. */
  read(strokes) { return strokes.length ? READERS[this.header.dataset](strokes) : null; }

  /** Whole levels as values in [0, 1]; null stays null. */
  asPixels(levels) { return levels && Float32Array.from(levels, (level) => level / this.header.levels); }

  look() {
    const begun = performance.now(), drawn = this.read(this.strokes), at = this.rows.indexOf(this.picked);
    const levels = drawn ?? this.bytes.subarray(at * this.pixels, (at + 1) * this.pixels);
    const found = this.real.nearest(levels, { except: drawn ? -1 : at });   // both in whole grey levels
    const distance = found.distance / this.header.levels;
    this.now = { drawn: Boolean(drawn), levels, group: this.classes[at], nearest: found.row, distance };
    this.tellPage();
    this.canvas.dataset.spentMs = (performance.now() - begun).toFixed(3);
    this.invalidate();
  }

  /** "input": what the maps of this page are asked about; null once there is no pad. */
  tellPage() {
    const { header: { dataset, shape, classes }, now } = this, x = this.asPixels(now.levels);
    const row = now.drawn ? null : this.picked;
    const words = now.drawn ? "your drawing" : `image ${row}, ${withArticle(classes[now.group])}`;
    const drawing = this.pointer !== null;
    const group = now.drawn ? this.classes[now.nearest] : now.group;
    this.told = { x, row, group, words, shape, dataset, answer: this.answerTo(x), drawing };
    tell("input", this.told);
  }

  /** What the autoencoder rebuilds: its single answer. */
  answerTo(x) { return this.network.decode(this.network.encode(x).mu); }

  leave() {
    if (lastTold("input") === this.told) tell("input", null);   // unless another pad has spoken
  }

  // ---- in words

  get far() { return this.now.distance > this.header.far; }

  /** What is out of the ordinary, in a sentence or two; "" if nothing is. */
  remark() {
    const { strokes, now, header: { words, most } } = this;
    if (strokes.length && !now.drawn) return words.open;
    if (now.drawn && isDot(strokes)) return words.dot;
    const ink = now.levels.reduce((sum, level) => sum + level, 0) / this.header.levels;
    if (now.drawn && ink > most) return words.full;
    return [this.left ? words.outside : "", this.far ? words.far : ""].join(" ").trim();
  }

  nearestName() { return withArticle(this.header.classes[this.classes[this.now.nearest]]); }

  inWords() {
    const remark = this.remark();
    return `The network sees ${this.told.words}. Nearest real image: ${this.nearestName()}, `
      + `distance ${formatNumber(this.now.distance)}. ${remark}`;
  }

  // ---- drawing

  restyle() { this.printed = null; }

  resize() { this.printed = null; }

  paint() {
    if (!this.now) return;
    this.paintPad();
    this.paintWords();
    if (this.printed !== this.now) this.paintViews();
    this.printed = this.now;
    Object.assign(this.canvas.dataset, {
      ready: "true", distance: this.now.distance.toFixed(4),
      row: this.told.row ?? "", points: this.strokes.reduce((sum, stroke) => sum + stroke.length / 2, 0),
    });
  }

  paintPad() {
    const { canvas, theme, strokes } = this, ratio = window.devicePixelRatio || 1;
    const side = Math.round(canvas.clientWidth * ratio), scale = side / INK_GRID;
    if (canvas.width !== side || canvas.height !== side) canvas.width = canvas.height = side;
    const context = canvas.getContext("2d"), { dataset } = this.header;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, side, side);
    context.setTransform(scale, 0, 0, scale, 0, 0);
    Object.assign(context, { lineCap: "round", lineJoin: "round", strokeStyle: theme.ink, fillStyle: theme.ink });
    context.lineWidth = PEN_WIDTH[dataset] * INK_GRID;
    if (dataset === "shapes" && strokes.length) {
      tracePath(context, joinStrokes(strokes));
      context.globalAlpha = FILL;
      context.fill();
      context.globalAlpha = 1;
    }
    for (const stroke of strokes) {
      tracePath(context, stroke);
      context.stroke();
    }
  }

  paintWords() {
    const { now } = this, blank = !this.strokes.length;
    for (const name of [".undo", ".clear"]) this.find(name).setAttribute("aria-disabled", String(blank));
    this.find(".hint").hidden = !blank;
    this.write(".said", this.remark());
    this.write(".distance", formatNumber(now.distance));
    this.write(".what", this.nearestName());
    this.write(".which", now.drawn ? "real" : "other");
    this.write(".another .class", ` ${this.header.classes[now.group]}`);
    this.choices.show(now.drawn ? -1 : now.group);
  }

  write(selector, words) {
    const place = this.find(selector);
    if (place.textContent !== words) place.textContent = words;
  }

  paintViews() {
    const { theme, now, told: { shape, words, x } } = this;
    const image = (index) => originalImage(this.bytes, index, this.pixels, this.header.levels);
    printImage(this.seen, x, shape, theme);
    printImage(this.near, image(now.nearest), shape, theme);
    this.seen.setAttribute("aria-label", `What the network sees: ${words}`);
    this.near.setAttribute("aria-label", `Nearest real image, ${this.nearestName()}`);
    if (this.printed) return;
    const row = this.host.clientWidth > ROW_FROM, room = row ? CHOICE_ROOM_SMALL : CHOICE_ROOM;
    for (const canvas of [this.seen, this.near]) fitPixels(canvas, shape, row ? VIEW_ROOM_SMALL : VIEW_ROOM);
    this.choices.print((at) => image(this.rows.indexOf(at)), shape, theme, room);
  }
}

/** A trace for the context's next stroke or fill; one point alone is a dot. */
function tracePath(context, stroke) {
  context.beginPath();
  context.moveTo(stroke[0], stroke[1]);
  if (stroke.length === 2) context.lineTo(stroke[0] + 0.01, stroke[1]);   // a line of no length is not drawn
  for (let i = 2; i < stroke.length; i += 2) context.lineTo(stroke[i], stroke[i + 1]);
}

function isDot(strokes) {
  const { left, right, top, bottom } = inkBox(strokes);
  return Math.max(right - left, bottom - top) < SMALLEST;
}

export default mount(DrawPad);
