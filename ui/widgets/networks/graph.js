// ---- graph.js: the graph, drawn --------------------------------------------------------------------
// Cells and pictures are on the canvas; edges, words and what takes the focus lie over it in the SVG. What
// an edge carries forwards (way) and backwards (back) are classes: networks.css gives them their colour.

const STRIPS = ["e1", "e2", "e3", "d1", "d2", "d3"];
const FORWARD = {
  mu: "μ = g(x)", logvar: "log σ²", std: "σ = h(x)", eps: "ε ~ N(0, I)", z: "z = μ + σ ⊙ ε",
  error: "C ‖x − x̂‖²", kl_mu: "½ Σ μ²", kl_std: "½ Σ (σ² − log σ² − 1)", loss: "loss",
};
const BACKWARD = { ...FORWARD, mu: "∂loss/∂μ", logvar: "∂loss/∂log σ²", z: "∂loss/∂z" };
const COLOURS = {
  x: "is-x", mu: "is-mu", logvar: "is-q", std: "is-q", eps: "is-eps", z: "is-z", x_hat: "is-recon", error: "is-recon",
  kl_mu: "is-kl", kl_std: "is-kl",
};

class Graph {
  constructor(canvas, svg) { Object.assign(this, { canvas, svg }); }

  /** Lay everything out for a width; returns the parts' elements, from top to bottom. */
  build(width, { sizes, shape, parts, words }) {
    this.layout = new Layout(width, sizes, shape);
    const { layout, svg } = this;
    for (const each of [this.canvas, svg]) Object.assign(each.style, { width: `${width}px`, height: `${layout.height}px` });
    svg.setAttribute("viewBox", `0 0 ${width} ${layout.height}`);
    this.parts = Object.fromEntries(parts.map((name) => [name, this.makePart(name)]));
    this.mark = drawn("rect", { class: "unit" });
    svg.replaceChildren(
      ...layout.edges().map((edge) => this.makeEdge(edge)), ...layout.breaks().map((place) => this.makeBreak(place)),
      ...this.makeWords(words, sizes), ...Object.values(this.parts).map(({ group }) => group), this.mark,
    );
    return Object.values(this.parts).map(({ group }) => group);
  }

  makeEdge({ part, way, back, draw, d, tip }) {
    const edge = drawn("g", { class: `edge forth-${way} back-${back}${draw ? " through-draw" : ""}`, "data-edge": part });
    const turned = (angle) => `translate(${tip.x} ${tip.y}) rotate(${angle})`;
    edge.append(drawn("path", { d, class: "line" }),
      drawn("path", { d: "M4 0L-3 3L-3 -3Z", class: "tip forth", transform: turned(tip.angle) }),
      drawn("path", { d: "M4 0L-3 3L-3 -3Z", class: "tip back", transform: turned(tip.angle + 180) }));
    return edge;
  }

  makeBreak([x, y]) {
    const group = drawn("g", { class: "break", transform: `translate(${x} ${y})` });
    group.append(drawn("circle", { r: 9 }), drawn("path", { d: "M-5 -5L5 5M-5 5L5 -5" }));
    return group;
  }

  makePart(name) {
    const { x, y, w, h, top, across } = this.layout.places[name];
    const group = drawn("g", { class: `part ${COLOURS[name] ?? ""}`, "data-part": name, role: "button" });
    const room = across ? Math.max(0, 200 - w) / 2 : 0;
    const inset = across ? 2.5 : 0;
    const symbol = drawn("text", { x: x + w / 2, y: y + 16, class: "symbol" });
    const value = drawn("text", { x: x + w / 2, y: y + 34, class: "value" });
    group.append(drawn("rect", { x: x - room, y: top, width: w + 2 * room, height: y + h - top, class: "reach" }),
      drawn("rect", { x: x - inset, y: y - inset, width: w + 2 * inset, height: h + 2 * inset, rx: 3, class: "box" }));
    if (!across) group.append(symbol, value);
    return { group, symbol, value };
  }

  /** Shapes beside the edges, what is shared, and what the pictures are. */
  makeWords(words, sizes) {
    const { places: p, again, rest, middle: m, width } = this.layout, made = [];
    const say = (text, x, y, anchor, classes = "") => {
      const word = drawn("text", { x, y, class: `words ${classes}`, "text-anchor": anchor });
      word.textContent = text;
      made.push(word);
    };
    const beside = (name, gap = GAP) => p[name].y - gap / 2 + 4;
    const chains = [["x", "e1", "e2", "e3"], ["mu", "d1", "d2", "d3", "x_hat"]];   // z is as wide as μ
    for (const [from, name] of chains.flatMap((chain) => chain.slice(1).map((name, k) => [chain[k], name]))) {
      say(`W ${sizes[name]} × ${sizes[from]}, b ${sizes[name]}`, m + 14, beside(name), "start");
      if (STRIPS.includes(name)) say(`${sizes[name]} ELU`, m - 14, beside(name), "end");
    }
    const fork = p.mu.y - 12, heads = `W ${sizes.mu} × ${sizes.e3}, b ${sizes.mu}`;
    for (const [side, name] of [[-1, "g₂"], [1, "h₂"]]) {
      const x = m + side * (width > 450 ? 150 : 108);
      say(name, x, fork - 32, "middle", side < 0 ? "letter is-mu" : "letter is-q");
      say(heads, x + side * 4, fork - 16, "middle");
    }
    say("f", m - 62, beside("d1") + 1, "end", "letter is-recon");
    this.makeBracket(words, made);
    say("x", p.x.x + PICTURE + 12, p.x.y + 26, "start", "letter is-x");
    const [rows, columns] = this.layout.shape;
    say(fill(words.pixels, { rows, columns, count: sizes.x }), p.x.x + PICTURE + 12, p.x.y + 44, "start");
    say("", p.x.x + PICTURE + 12, p.x.y + 60, "start");
    this.image = made.at(-1);
    const beneath = again.y + PICTURE + 16;
    say("x", again.x + PICTURE / 2, beneath, "middle", "letter is-x");
    say("x̂ = f(z)", m + 14, beneath, "start", "letter is-recon");
    say("x − x̂", rest.x + PICTURE / 2, beneath, "middle", "letter is-recon");
    return made;
  }

  /** g₁ = h₁: what the two encoders share, bracketed at the left. */
  makeBracket(words, made) {
    const { places: p, middle: m } = this.layout, x = p.e1.x - 7, [from, to] = [p.x.y + PICTURE + 6, p.e3.y + p.e3.h];
    made.push(drawn("path", { d: `M${x + 4} ${from}H${x}V${to}H${x + 4}`, class: "bracket" }));
    const text = drawn("text", { class: "words", "text-anchor": "middle", transform: `translate(${x - 5} ${(from + to) / 2}) rotate(-90)` });
    text.textContent = words.shared;
    made.push(text);
    const label = drawn("text", { x: m - 62, y: p.e1.y - GAP / 2 + 5, class: "words letter", "text-anchor": "end" });
    label.textContent = "g₁ = h₁";
    made.push(label);
  }

  // ---- what changes

  /** Which image it is, in words. */
  tell(image) { if (this.image.textContent !== image) this.image.textContent = image; }

  /** view: {values, slopes, back, inside, lit (parts), chosen, unit}. */
  paint(theme, view) {
    const { values, slopes, back, inside, lit, chosen, unit } = view, shown = back ? slopes : values;
    this.paintCells(theme, values, shown);
    this.svg.setAttribute("class", `${back ? "backward" : "forward"} ${inside ? "inside" : "outside"}`);
    for (const [name, { group, symbol, value }] of Object.entries(this.parts)) {
      symbol.textContent = name === "z" && inside && !back ? "z ~ N(μ, σ²)" : (back ? BACKWARD : FORWARD)[name] ?? "";
      value.textContent = FORWARD[name] ? inFigures(shown[name] ?? values[name]) : "";
      group.classList.toggle("lit", lit.has(name));
      group.classList.toggle("chosen", name === chosen);
    }
    for (const edge of this.svg.querySelectorAll("[data-edge]")) edge.classList.toggle("lit", lit.has(edge.dataset.edge));
    const cell = this.layout.cellOf(chosen, unit);
    this.mark.classList.toggle("none", !cell);
    if (!cell) return;
    for (const [name, at] of Object.entries({ x: cell.x - 1, y: cell.y - 1, width: cell.w + 2, height: cell.h + 2 })) this.mark.setAttribute(name, at);
  }

  /** Tinted cells, and images as print: paper is the least, ink the most, mid-grey 0 where there are signs. */
  paintCells(theme, values, shown) {
    const begun = beginCanvas(this.canvas);
    if (!begun) return;
    const { context } = begun, { places, again, rest } = this.layout, { x, x_hat } = values;
    for (const name of STRIPS) drawCells(context, theme, places[name], signed(shown[name]));
    drawCells(context, theme, places.x, x);
    drawCells(context, theme, { ...places.x, ...again }, x);
    drawCells(context, theme, places.x_hat, x_hat);
    drawCells(context, theme, { ...places.x, ...rest }, signed(x.map((value, i) => value - x_hat[i]), 1));
    Object.assign(context, { strokeStyle: theme.hairline, lineWidth: 1 });
    for (const { x: left, y, w, h } of [...STRIPS.map((name) => places[name]), places.x, places.x_hat, again, rest]) {
      context.strokeRect(left - 0.5, y - 0.5, w + 1, h + 1);
    }
  }
}

/** Numbers with signs as numbers in [0, 1]: ½ is zero, 1 is the largest there is (or `most`). */
function signed(values, most = Math.max(1e-12, ...values.map(Math.abs))) {
  return Float32Array.from(values, (value) => (1 + value / most) / 2);
}

function drawCells(context, theme, { x, y, w, h, across, rows }, values) {
  const image = document.createElement("canvas");
  printImage(image, values, [rows, across], theme);
  context.imageSmoothingEnabled = false;
  context.drawImage(image, x, y, w, h);
}

/** A number, or a pair of them. */
const inFigures = (value) => (typeof value === "number" ? formatNumber(value) : formatPoint(value));

function drawn(tag, attributes) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
}
