// ---- graph.js: the graphical model, with the numbers of the pair at hand ----------------------------
// A circle is a random quantity, a shaded one is what gets seen; a dot is fixed; the plate says that all in
// it happens once per image. Each part carries data-part, as the figure's other views of it do.

const PLATE = { x: 6, y: 6, width: 178, height: 294 };
const NODES = { z: [104, 62], x: [104, 222], f: [216, 118], c: [216, 222] };
const BALL = 34, DOT = 5, REACH = 20;
const BACKWARDS = "M76 202C38 176 38 108 74 84";   // from x to z

class Graph {
  constructor(widget, svg) {
    this.parts = {};
    this.roving = new Roving(widget, svg);
    const group = (part, classes, ...children) => {
      const made = drawn("g", { class: `part ${classes}`, "data-part": part, role: "button", tabindex: -1 });
      made.append(...children);
      this.parts[part] = made;
      return made;
    };
    svg.append(
      drawn("rect", { ...PLATE, rx: 3, class: "plate" }), label("N", 174, 290, "symbol plate-name"),
      group("bayes", "dashed", drawn("path", { d: BACKWARDS, class: "reach" }), drawn("path", { d: BACKWARDS, class: "way" }), tip(74, 84, -32), label("p(z|x)", 44, 147, "symbol word")),
      group("likelihood", "", arrow(NODES.z, NODES.x, BALL, BALL), label("p(x|z)", 112, 147, "symbol word left")),
      group("f", "is-recon", arrow(NODES.f, NODES.x, DOT, BALL), ...dot(NODES.f), label("f", NODES.f[0], 104, "symbol word")),
      group("c", "", arrow(NODES.c, NODES.x, DOT, BALL), ...dot(NODES.c), label("c", NODES.c[0], 208, "symbol word"), label("", NODES.c[0], 246, "value")),
      group("z", "is-z", ball(NODES.z, "z"), label("", 104, 24, "value")),
      group("x", "shaded", ball(NODES.x, "x"), label("", 104, 274, "value"), label("", 104, 290, "value")),
    );
    this.roving.take(["z", "likelihood", "x", "f", "c", "bayes"].map((part) => this.parts[part]));
  }

  /** values: {z, c: [text], x: [text, text]}; names: what a part is called, in words. */
  paint(values, names, touched) {
    for (const [part, group] of Object.entries(this.parts)) {
      [...group.querySelectorAll(".value")].forEach((text, k) => { text.textContent = values[part][k]; });
      group.classList.toggle("touched", part === touched);
      group.setAttribute("aria-label", [names[part], ...(values[part] ?? [])].join(" "));
    }
  }
}

function drawn(tag, attributes) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
}

function label(text, x, y, classes) {
  const made = drawn("text", { x, y, class: classes });
  made.textContent = text;
  return made;
}

function ball([cx, cy], name) {
  const group = drawn("g", {});
  group.append(drawn("circle", { cx, cy, r: BALL, class: "ball" }), label(name, cx, cy + 8, "symbol letter"));
  return group;
}

/** A dot and what around it can be touched. */
function dot([cx, cy]) {
  return [[REACH, "reach"], [DOT, "dot"]].map(([r, name]) => drawn("circle", { cx, cy, r, class: name }));
}

/** From the rim of one node, `away` from its centre, to the rim of another. */
function arrow([x0, y0], [x1, y1], away, before) {
  const length = Math.hypot(x1 - x0, y1 - y0), along = (way) => [x0 + (x1 - x0) * way / length, y0 + (y1 - y0) * way / length];
  const [start, end] = [along(away + 2), along(length - before - 3)], group = drawn("g", {});
  group.append(
    drawn("path", { d: `M${start}L${end}`, class: "reach" }), drawn("path", { d: `M${start}L${end}`, class: "way" }), tip(...end, Math.atan2(y1 - y0, x1 - x0) * 180 / Math.PI),
  );
  return group;
}

const tip = (x, y, angle) => drawn("path", { d: "M1 0L-9 4.5L-9 -4.5Z", class: "tip", transform: `translate(${x} ${y}) rotate(${angle})` });
