// ---- reading.js: the numbers beside the plane, and what is said of them --------------------------

const SAME_CODE = 0.004;   // of the half-width: two dots this near stand on one spot
const UNEVEN = 10, TINY = 0.1;   // where two decimals of M would print another matrix: its stretches, its size

class Reading {
  constructor(widget) { this.widget = widget; }

  find(selector) { return this.widget.find(selector); }
  put(selector, text) { this.find(selector).textContent = text; }

  /** What does not change with M. */
  name(words) {
    for (const term of ["error", "floor", "correlation"]) {
      this.put(`.${term} + .sub`, fill(words[term], { n: this.widget.n }));
    }
    this.put(".codes", fill(words.codes, { n: this.widget.n }));
    this.put(".bend p", words.bend);
    this.put(".ten .name", words.ten);
  }

  paint(z, present) {
    const { widget } = this, { header: { words } } = widget;
    this.paintCopy(z);
    if (widget.between) return;
    const singular = isSingular(widget.m), condition = conditionOf(widget.m);
    this.put(".error", formatNumber(widget.error, 4));
    this.put(".floor", formatNumber(widget.floor, 4));
    this.put(".correlation", formatNumber(widget.correlation, 2));
    this.paintMatrix(".m .entries", widget.m, decimalsOf(widget.m, condition));
    this.paintMatrix(".back .entries", singular ? null : widget.back, 2);
    this.put(".det", formatDeterminant(singular ? 0 : determinant(widget.m)));
    this.put(".condition", singular ? "–" : formatNumber(condition, condition > 99 ? 0 : 1));
    widget.handle.show(widget.bend, fill(words.turns, { turns: formatNumber(widget.bend) }));
    this.put(".bend .value", formatNumber(widget.bend));
    this.put(".note", this.note(singular, condition));
    this.put(".passage", this.passage(present, singular));
    this.paintTen();
  }

  paintMatrix(selector, m, decimals) {
    const texts = m ? m.map((entry) => formatNumber(entry, Math.abs(entry) > 99 ? 0 : decimals)) : ["–", "–", "–", "–"];
    this.find(selector).replaceChildren(...texts.map((text) => element("span", text)));
  }

  /** The image in hand, its code, its copy; where M is singular, another image with the same code. */
  paintCopy(z) {
    const { widget } = this, { picked, header: { words, classes, levels, shape }, theme, cloud } = widget;
    this.find(".body").classList.toggle("changing", Boolean(widget.between));
    this.put(".between", widget.between ? words.between : "");
    this.put(".at", widget.between ? "" : ` = ${formatPoint(z)}`);
    const key = `${picked} ${theme.id}`, canvas = this.find(".original");
    if (key !== this.shown) {
      this.shown = key;
      for (const each of widget.root.querySelectorAll(".copy .printed")) fitPixels(each, shape, ORIGINAL_ROOM);
      const word = picked === null ? "" : withArticle(classes[cloud.classes[picked]]);
      this.put(".picked", picked === null ? words.pick : fill(words.picked, { digit: word }));
      this.put(".of-whom", picked === null ? words.no_copy : words.copy);
      canvas.setAttribute("aria-label", picked === null ? words.pick : fill(words.picked, { digit: word }));
      if (picked === null) clearImage(canvas, shape);
      else printImage(canvas, originalImage(widget.originals, picked, widget.pixels, levels), shape, theme);
    }
    this.paintOther(z);
  }

  paintOther(z) {
    const { widget } = this, { header: { words, classes, levels, shape }, cloud, theme } = widget;
    const row = widget.between || !isSingular(widget.m) ? -1 : farthestWithTheSameCode(widget, z);
    this.find(".other").hidden = row < 0;
    if (row < 0) return;
    this.find(".other").dataset.row = row;
    const canvas = this.find(".other .printed"), said = fill(words.other, { digit: withArticle(classes[cloud.classes[row]]) });
    printImage(canvas, originalImage(widget.originals, row, widget.pixels, levels), shape, theme);
    this.put(".other .sub", said);
    canvas.setAttribute("aria-label", said);
  }

  paintTen() {
    const { seeds, n, header: { words, levels } } = this.widget;
    const apart = () => fill(words.apart, { n, levels, apart: formatTiny(levels * seeds.apart) });
    this.put(".ten .sub", seeds.waiting.length ? words.training : apart());
  }

  /** One sentence on what the picture shows. */
  note(singular, condition) {
    const { m, bend, error, header: { words } } = this.widget;
    if (singular && dot(m, m) === 0) return fill(words.nothing, { error: formatNumber(error, 2) });
    if (singular) return fill(words.singular, { error: formatNumber(error, 2) });
    if (condition > 50) return fill(words.nearly, { condition: formatNumber(condition, 0) });
    if (bend) return words.bent;
    if (IDENTITY.every((entry, i) => entry === m[i])) return words.start;
    if (determinant(m) < 0) return words.mirrored;
    return words.straight;
  }

  /** How seed 1's codes become these, if they are another seed's. */
  passage(present, singular) {
    const { m, header: { words } } = this.widget;
    if (singular) return dot(m, m) === 0 ? words.both_lost : words.one_lost;
    if (!present) return words.own;
    const name = /^\d/.test(present.name) ? "seed" : "pca";
    if (present.name === "1") return words.passage_first;
    return fill(words[`passage_${name}`], { seed: present.name, miss: formatTiny(present.miss), n: this.widget.n });
  }

  announce() {
    const { m, bend, error, floor, correlation, header: { words } } = this.widget;
    const [a, b, c, d] = m.map((entry) => formatNumber(entry));
    this.put(".spoken", fill(words.spoken, {
      one: `(${a}, ${c})`, two: `(${b}, ${d})`, bend: formatNumber(bend),
      error: formatNumber(error, 4), floor: formatNumber(floor, 4), correlation: formatNumber(correlation),
    }));
  }
}

/** Decimals of M on the screen: all 4 that are kept where 2 would make another matrix of it. */
function decimalsOf(m, condition) {
  const exact = m.every((entry) => roundTo(entry, 2) === entry);
  return exact || (condition <= UNEVEN && Math.max(...m.map(Math.abs)) >= TINY) ? 2 : 4;
}

/** 0.35, 0.0012, 1 · 10⁻⁸: a determinant, of which something is always left on the screen. */
function formatDeterminant(value) {
  const size = Math.abs(value);
  if (size === 0 || size >= 0.1) return formatNumber(value);
  if (size < 1e-4) return (value < 0 ? MINUS : "") + formatTiny(size);
  return formatNumber(value, 1 - Math.floor(Math.log10(size)));
}

/** Of the images whose dot stands on z, the one whose code differed most before M; −1: none. */
function farthestWithTheSameCode({ cloud, picked, base, seeds, r, n }, z) {
  const { codes } = seeds.first;
  let best = -1, most = 0.2;
  for (let row = 0; row < n; row++) {
    if (row === picked || Math.hypot(cloud.points[2 * row] - z[0], cloud.points[2 * row + 1] - z[1]) > SAME_CODE * r) continue;
    const away = Math.hypot(codes[2 * row] - base[0], codes[2 * row + 1] - base[1]);
    if (away > most) { most = away; best = row; }
  }
  return best;
}

/** The nearest point to `end` on the line through 0 and `other`. */
function onLine(end, other) {
  const share = dot(end, other) / dot(other, other);
  return other.map((value) => share * value);
}

/** A probe too far out, fetched back along its own direction until no entry is larger than `bound`. */
function within(u, bound) {
  const over = Math.max(1, ...u.map((value) => Math.abs(value) / bound));
  return u.map((value) => value / over);
}

/**
 * M as it is kept: 4 decimals. A singular one stays singular: its longer arrow is rounded to 2 decimals and
 * the other to a multiple with 2 decimals.
 */
function roundedMatrix(m) {
  if (!isSingular(m)) return Array.from(m, (entry) => roundTo(entry, 4));
  const arrows = [[m[0], m[2]], [m[1], m[3]]], longer = Math.hypot(...arrows[0]) >= Math.hypot(...arrows[1]) ? 0 : 1;
  const kept = arrows[longer].map((value) => roundTo(value, 2)), size = dot(arrows[longer], arrows[longer]);
  const share = size ? roundTo(dot(arrows[1 - longer], arrows[longer]) / size, 2) : 0;
  arrows[longer] = kept;
  arrows[1 - longer] = kept.map((value) => roundTo(share * value, 4));
  return [arrows[0][0], arrows[1][0], arrows[0][1], arrows[1][1]];
}

/** An arrow of M: where u = (1, 0) or (0, 1) goes, bent as the plane is; its end is a ring to pull. */
function drawHandle(context, plane, theme, m, turns, arrow) {
  const end = [m[arrow], m[2 + arrow]], pieces = turns ? 32 : 1;
  context.beginPath();
  context.moveTo(plane.X(0), plane.Y(0));
  for (let k = 1; k <= pieces; k++) {
    const [x, y] = bent(end.map((value) => value * k / pieces), turns);
    context.lineTo(plane.X(x), plane.Y(y));
  }
  for (const [colour, width] of [[theme.paper, 6], [theme.ink, 2]]) {
    Object.assign(context, { strokeStyle: colour, lineWidth: width, lineCap: "round", lineJoin: "round" });
    context.stroke();
  }
  const [x, y] = bent(end, turns), px = plane.X(x), py = plane.Y(y), radius = plane.small ? 7 : 8;
  context.beginPath();
  context.arc(px, py, radius, 0, 2 * Math.PI);
  context.fillStyle = theme.paper;
  context.fill();
  Object.assign(context, { strokeStyle: theme.ink, lineWidth: 2.5, lineCap: "butt" });
  context.stroke();
  context.font = `600 11px ${theme.sans}`;
  Object.assign(context, { textAlign: "center", textBaseline: "middle", fillStyle: theme.ink });
  context.fillText(String(arrow + 1), px, py + 0.5);
}
