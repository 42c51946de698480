// ---- layout.js: where everything stands, from top to bottom, for a width ---------------------------
// A part's place is its box {x, y, w, h} in CSS pixels. A strip's cells stand in rows of at most ACROSS; a
// picture's cells are its pixels. `top`: where the room begins that belongs to a part, its edge included.

const ACROSS = 64, CELL_HIGH = 11, WIDEST_CELL = 7, PICTURE = 64;
const GAP = 38, FORK = 54, NODE = 42, BETWEEN = 26, JOIN = 34;
const APART = 3;   // between the middle and each of two lines that run side by side

class Layout {
  /** sizes: units by part, as {e1: 128, …}; shape of an image. */
  constructor(width, sizes, shape) {
    Object.assign(this, { width, sizes, shape, middle: Math.round(width / 2), places: {}, y: 2 });
    this.cell = Math.min(WIDEST_CELL, Math.max(3, Math.floor((width - 40) / ACROSS)));
    const wide = Math.min(156, Math.floor(0.315 * width)), left = 2, right = width - 2 - wide;
    this.picture("x", this.middle - PICTURE / 2);
    for (const name of ["e1", "e2", "e3"]) this.strip(name);
    this.row(FORK, NODE, { mu: [left, wide], logvar: [right, wide] });
    this.row(BETWEEN, NODE, { eps: [this.middle - wide / 2, wide], std: [right, wide - 14] });
    this.row(JOIN, NODE, { z: [this.middle - wide / 2 - 10, wide + 20] });
    for (const name of ["d1", "d2", "d3"]) this.strip(name);
    this.y += GAP;
    this.pictureRow();
    this.row(JOIN + 4, NODE, { kl_mu: [left, wide], error: [this.middle - wide / 2, wide], kl_std: [right, wide] });
    this.row(JOIN, NODE, { loss: [this.middle - wide / 2, wide] });
    this.height = this.y;
  }

  picture(name, x, top = this.y) {
    this.places[name] = { x, y: this.y, w: PICTURE, h: PICTURE, top, across: this.shape[1], rows: this.shape[0] };
    if (name === "x") this.y += PICTURE;
  }

  /** x̂ in the middle, between x once more and what is left of their difference. */
  pictureRow() {
    const aside = Math.min(150, Math.floor(0.29 * this.width));
    this.picture("x_hat", this.middle - PICTURE / 2, this.y - GAP);
    this.again = { x: this.middle - aside - PICTURE / 2, y: this.y, w: PICTURE, h: PICTURE };
    this.rest = { ...this.again, x: this.middle + aside - PICTURE / 2 };
    this.y += PICTURE;
  }

  strip(name) {
    const across = Math.min(ACROSS, this.sizes[name]), rows = Math.ceil(this.sizes[name] / across);
    const w = across * this.cell, top = this.y;
    this.y += GAP;
    this.places[name] = { x: this.middle - w / 2, y: this.y, w, h: rows * CELL_HIGH, top, across, rows };
    this.y += rows * CELL_HIGH;
  }

  row(gap, h, boxes) {
    this.y += gap;
    for (const [name, [x, w]] of Object.entries(boxes)) this.places[name] = { x: Math.round(x), y: this.y, w, h, top: this.y };
    this.y += h;
  }

  /** The unit of a part under a point, or 0: {x, y} in CSS pixels. */
  unitAt(name, { x, y }) {
    const place = this.places[name], { across, rows } = place;
    if (!across) return Math.min((this.sizes[name] ?? 1) - 1, x > place.x + place.w / 2 ? 1 : 0);
    const inside = (share, count) => Math.min(count - 1, Math.max(0, Math.floor(share * count)));
    return inside((y - place.y) / place.h, rows) * across + inside((x - place.x) / place.w, across);
  }

  /** The box of a unit's cell; null for a part that has no cells. */
  cellOf(name, unit) {
    const { x, y, w, h, across, rows } = this.places[name];
    if (!across) return null;
    const [a, b] = [w / across, h / rows];
    return { x: x + (unit % across) * a, y: y + Math.floor(unit / across) * b, w: a, h: b };
  }

  /**
   * Every edge: {part it leads to, way (what passes it forwards), back (what passes it backwards), draw (whether
   * that must pass the draw), d (its path), tip {x, y, angle} in its middle}.
   */
  edges() {
    const { places: p, middle: m, width } = this, edges = [];
    const add = (part, way, back, d, tip, draw = false) => edges.push({ part, way, back, d, tip, draw });
    const down = (part, way, back, x, from, to, draw) =>
      add(part, way, back, `M${x} ${from}V${to}`, { x, y: (from + to) / 2, angle: 90 }, draw);
    const foot = (name) => p[name].y + p[name].h, centre = (name) => p[name].x + p[name].w / 2;
    const curve = (part, way, back, [x0, y0], [x1, y1], draw) => {
      const y = (y0 + y1) / 2;
      add(part, way, back, `M${x0} ${y0}C${x0} ${y} ${x1} ${y} ${x1} ${y1}`,
        { x: (x0 + x1) / 2, y, angle: Math.atan2((y1 - y0) / 2, (x1 - x0) * 0.75) * 180 / Math.PI }, draw);
    };
    [["x", "e1"], ["e1", "e2"], ["e2", "e3"]].forEach(([from, to], k) => {   // g₁ = h₁: two lines, one network
      down(to, "g", k ? "recon" : "none", m - APART, foot(from) + 4, p[to].y - 4, true);
      down(to, "h", k ? "kl" : "none", m + APART, foot(from) + 4, p[to].y - 4);
    });
    for (const [name, way, side] of [["mu", "g", -1], ["logvar", "h", 1]]) {
      const end = centre(name) - side * 20, from = [m + side * APART, foot("e3") + 4];
      curve(name, way, "recon", from, [end, p[name].y - 4], true);
      curve(name, "none", "kl", [from[0] + side * 2 * APART, from[1]], [end + side * 2 * APART, p[name].y - 4]);
    }
    down("std", "h", "recon", centre("std"), foot("logvar") + 1, p.std.y - 1, true);
    curve("z", "g", "recon", [centre("mu"), foot("mu") + 2], [m - 30, p.z.y - 3], true);
    down("z", "eps", "none", m, foot("eps") + 1, p.z.y - 3);
    curve("z", "h", "recon", [centre("std"), foot("std") + 2], [m + 30, p.z.y - 3], true);
    [["z", "d1"], ["d1", "d2"], ["d2", "d3"], ["d3", "x_hat"], ["x_hat", "error"]].forEach(([from, to]) =>
      down(to, "f", "recon", m, foot(from) + (from === "z" ? 1 : 4), p[to].y - 4));
    for (const [name, from, x, side] of [["kl_mu", "mu", 10, -1], ["kl_std", "logvar", width - 10, 1]]) {
      const [top, end] = [foot(from), p[name].y - 3], near = centre(from) + side * 16;
      add(name, "kl", "kl", `M${near} ${top + 2}Q${x} ${top + 6} ${x} ${top + 40}V${end - 34}Q${x} ${end - 4} ${near} ${end}`,
        { x, y: (top + end) / 2, angle: 90 });
    }
    const base = p.loss.y + NODE / 2;
    for (const [name, side] of [["kl_mu", -1], ["kl_std", 1]]) {
      const x = centre(name), end = m + side * 30;
      add("loss", "kl", "kl", `M${x} ${foot(name) + 1}V${base - 12}Q${x} ${base} ${x - side * 12} ${base}H${end + side * 3}`,
        { x: (x + end) / 2, y: base, angle: side < 0 ? 0 : 180 });
    }
    down("loss", "f", "recon", m, foot("error") + 1, p.loss.y - 3);
    return edges;
  }

  /** Where a draw inside the graph breaks what leads into it: points on its two edges. */
  breaks() {
    const { z, mu, std } = this.places, between = (from) => (from.y + from.h + z.y) / 2;
    const x = (from, end) => (from.x + from.w / 2 + end) / 2;
    return [[x(mu, this.middle - 30), between(mu)], [x(std, this.middle + 30), between(std)]];
  }
}
