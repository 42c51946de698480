// ---- diagram.js: the network, two numbers in, one through, two out ----------------------------------
// Drawn at the size it has, so that words keep theirs. What the step at hand uses is lit; a node is empty
// until its number has been computed.

const ROWS = { top: 46, middle: 114, bottom: 182, height: 248 };   // CSS pixels
const ROOMY = 480;   // width from which nodes are larger
const BESIDE = { wide: 25, high: 21 };   // half of a label, with a little air
const EDGES = [
  ["a1", "x1", "z"], ["a2", "x2", "z"], ["b1", "z", "y1"], ["b2", "z", "y2"], ["d1", "y1", "L"], ["d2", "y2", "L"],
];

class Diagram {
  constructor(svg) { this.svg = svg; }

  /** Lay everything out for a width; words: what stands under the columns. */
  build(width, words) {
    const r = width < ROOMY ? 25 : 29;
    const columns = { x: r + 2, z: 0.4 * width, y: 0.71 * width, L: width - r - 2 };
    Object.assign(this, { width, r, parts: {} });
    this.places = {
      x1: [columns.x, ROWS.top], x2: [columns.x, ROWS.bottom], z: [columns.z, ROWS.middle],
      y1: [columns.y, ROWS.top], y2: [columns.y, ROWS.bottom], L: [columns.L, ROWS.middle],
    };
    this.svg.setAttribute("viewBox", `0 0 ${width} ${ROWS.height}`);
    this.svg.replaceChildren(
      ...EDGES.map((edge) => this.makeEdge(...edge)),
      ...Object.keys(this.places).map((name) => this.makeNode(name)),
      ...this.makeWords(words, columns),
    );
  }

  makeNode(name) {
    const [x, y] = this.places[name];
    const group = this.group(name, `node ${colourOf(name)}`);
    group.append(drawn("circle", { cx: x, cy: y, r: this.r }), ...this.label(name, x, y));
    return group;
  }

  /** An edge from border to border, with a tip at either end, and its name and number beside it. */
  makeEdge(name, from, to) {
    const [[x0, y0], [x1, y1]] = [this.places[from], this.places[to]], length = Math.hypot(x1 - x0, y1 - y0);
    const along = (pixels) => [x0 + (x1 - x0) * pixels / length, y0 + (y1 - y0) * pixels / length];
    const [start, end] = [along(this.r + 4), along(length - this.r - 4)], angle = Math.atan2(y1 - y0, x1 - x0);
    const [x, y] = along(length * (to === "z" ? 0.56 : 0.44)), clear = BESIDE.high + BESIDE.wide * Math.abs((y1 - y0) / (x1 - x0));
    const group = this.group(name, `edge ${colourOf(name)}`);
    const tip = ([x, y], turn, kind) => drawn("path", {
      d: "M0 0L-9 4.5L-9 -4.5Z", class: kind, transform: `translate(${x} ${y}) rotate(${(angle + turn) * 180 / Math.PI})`,
    });
    group.append(
      drawn("line", { x1: start[0], y1: start[1], x2: end[0], y2: end[1] }),
      tip(end, 0, "tip forth"), tip(start, Math.PI, "tip back"),
      ...this.label(name, ...(to === "L" ? [(x0 + this.r + this.width) / 2, y0] : [x, y + Math.sign(y - ROWS.middle) * clear])),
    );
    return group;
  }

  /** A symbol with its number under it. */
  label(name, x, y) {
    const symbol = drawn("text", { x, y: y - 4, class: "symbol" }), value = drawn("text", { x, y: y + 13, class: "value" });
    Object.assign(this.parts[name], { symbol, value });
    return [symbol, value];
  }

  makeWords(words, columns) {
    const y = ROWS.height - 6;
    return [["in", 2, "start"], ["through", columns.z, "middle"], ["out", columns.y, "middle"], ["end", this.width - 2, "end"]]
      .map(([name, x, anchor]) => {
        const text = drawn("text", { x, y, class: "words", "text-anchor": anchor });
        text.textContent = words[name];
        return text;
      });
  }

  group(name, classes) {
    const group = drawn("g", { class: classes, "data-part": name });
    this.parts[name] = { group };
    return group;
  }

  /** On the way back an edge carries a slope instead of its weight; after an update, its new weight. */
  paint(stage, values, touched) {
    const back = stage.id === "back", update = stage.id === "update";
    this.svg.classList.toggle("backward", back);
    for (const [name, { group, symbol, value }] of Object.entries(this.parts)) {
      const weight = /^[ab]/.test(name);
      const shown = back && name === "z" ? "dz" : weight && back ? `g${name}` : weight && update ? `n${name}` : name;
      symbol.textContent = symbolOf(shown);
      value.textContent = weight || stage.known.has(name) ? formatTerm(shown, values[shown]) : "";
      group.classList.toggle("dim", !stage.lit.has(name));
      group.classList.toggle("touched", touched === name);
    }
  }
}

function drawn(tag, attributes) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
}
