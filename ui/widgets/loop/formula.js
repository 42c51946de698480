// ---- formula.js: the step at hand, in symbols and in the numbers that were used --------------------
// Every quantity has a name: x1 x2 · a1 a2 · z · b1 b2 · y1 y2 (x̂) · d1 d2 (δ) · L, dz and g… for a
// derivative of this point's loss, m… for the mean over all points, n… for a weight after the update. A line
// is written once, as "{a1}·{x1}", and read twice: in symbols, where · is a thin space, and in numbers.

const STAGES = [
  { id: "feed", known: "x1 x2", lit: "x1 x2", lines: ["x1 = ", "x2 = "] },
  { id: "encode", known: "x1 x2 z", lit: "x1 x2 a1 a2 z", lines: ["z = {a1}·{x1} + {a2}·{x2}"] },
  {
    id: "decode", known: "x1 x2 z y1 y2", lit: "z b1 b2 y1 y2",
    lines: ["y1 = {b1}·{z}", "y2 = {b2}·{z}"],
  },
  {
    id: "compare", known: "x1 x2 z y1 y2 d1 d2 L", lit: "x1 x2 y1 y2 d1 d2 L",
    lines: ["d1 = {y1} − {x1}", "d2 = {y2} − {x2}", "L = {d1}² + {d2}² | mL"],
  },
  {
    id: "back", known: "x1 x2 z y1 y2 d1 d2 L", lit: "x1 x2 a1 a2 z b1 b2 d1 d2 L",
    lines: [
      "gb1 = 2·{d1}·{z} | mb1", "gb2 = 2·{d2}·{z} | mb2", "dz = 2·({d1}·{b1} + {d2}·{b2})",
      "ga1 = {dz} · {x1} | ma1", "ga2 = {dz} · {x2} | ma2",
    ],
  },
  {
    id: "update", known: "x1 x2", lit: "a1 a2 b1 b2",
    lines: ["a1", "a2", "b1", "b2"].map((weight) => `n${weight} ← {${weight}} − {eta} · {m${weight}}`),
  },
].map((stage) => ({ ...stage, known: new Set(stage.known.split(" ")), lit: new Set(stage.lit.split(" ")) }));

const LETTERS = { a: "a", b: "b", x: "x", y: "x̂", d: "δ" };

/** "a₁", "∂L/∂a₁", "mean ∂L/∂a₁": a quantity as it is written. */
function symbolOf(name) {
  if (name === "eta") return "η";
  if (name === "dz") return "∂L/∂z";
  if (name === "mL") return "mean L";
  if (/^[gm]/.test(name)) return `${name[0] === "m" ? "mean " : ""}∂L/∂${symbolOf(name.slice(1))}`;
  if (name[0] === "n") return symbolOf(name.slice(1));
  return name.length === 1 ? name : LETTERS[name[0]] + "₁₂"[name[1] - 1];
}

/** The node or edge of the diagram that a quantity belongs to. */
function partOf(name) {
  if (name === "dz") return "z";
  return name.replace(/^[gmn]/, "");
}

/** Data have two decimals; the rate is what the handle says; everything else is shown with three. */
function formatTerm(name, value) {
  if (name === "eta") return String(value);
  if (name === "x1" || name === "x2") return formatNumber(value);
  const size = Math.abs(value);
  return formatNumber(value, size >= 9999.5 ? 0 : size >= 99.95 ? 1 : 3);
}

const COLOURS = { x: "is-x", z: "is-z", y: "is-recon", d: "is-recon" };
const colourOf = (name) => COLOURS[name[0]] && name !== "dz" ? COLOURS[name[0]] : "";

class Formula {
  constructor(widget, host) {
    Object.assign(this, { host, stage: null, numbers: [], roving: new Roving(widget, host) });
  }

  /** values: every quantity by name. Lines are made anew only for another stage: a term keeps its focus. */
  paint(stage, values, count) {
    if (stage !== this.stage) this.write(stage, count);
    for (const { node, name, bare } of this.numbers) {
      const text = formatTerm(name, values[name]);
      node.textContent = bare || values[name] >= 0 || !text.startsWith(MINUS) ? text : `(${text})`;
    }
    for (const term of this.terms) {
      const { name } = term.dataset;
      term.setAttribute("aria-label", `${symbolOf(name)} = ${formatTerm(name, values[name])}`);
    }
  }

  write(stage, count) {
    Object.assign(this, { stage, numbers: [], terms: [] });
    const lines = stage.lines.map((line) => this.writeLine(line));
    if (stage.lines.some((line) => line.includes("|"))) {
      const heads = [element("span", "this point", "sub result"), element("span", `mean of ${count}`, "sub mean")];
      lines.unshift(lined("line", heads));
    }
    this.host.replaceChildren(...lines);
    this.roving.take([...this.host.querySelectorAll(".term")]);
  }

  /** "z = {a1}·{x1} + … | mean" → symbol, sign and symbols, numbers, result, mean. */
  writeLine(line) {
    const [, name, sign, right, mean] = line.match(/^(\w+) ([=←]) ([^|]*?)(?: \| (\w+))?$/);
    const pieces = right.match(/\{\w+\}|[^{]+/g) ?? [];
    const symbols = element("span", `${sign} `, "symbols"), numbers = element("span", "= ", "numbers number");
    pieces.forEach((piece, k) => {
      if (piece[0] !== "{") {
        symbols.append(piece.replace(/(?<! )·/g, "\u2009"));
        return numbers.append(piece.replace(/ ?· ?/g, " · "));
      }
      const inner = piece.slice(1, -1);
      symbols.append(this.term(inner));
      numbers.append(this.number(inner, k === 0 && !pieces[1]?.startsWith("²")));
    });
    const left = element("span", "", "left"), result = element("span", pieces.length ? "= " : `${sign} `, "result number");
    left.append(this.term(name));
    result.append(this.number(name, true));
    const cells = pieces.length ? [left, symbols, numbers, result] : [left, result];
    if (mean) {
      cells.push(element("span", "", "mean number"));
      cells.at(-1).append(this.number(mean, true));
    }
    return lined("line", cells);
  }

  /** A symbol that can take the focus: then, or under the pointer, what it stands for is lit. */
  term(name) {
    if (name === "eta") return element("span", symbolOf(name), "symbol");
    const term = Object.assign(element("span", symbolOf(name), `term symbol ${colourOf(name)}`), { role: "img" });
    term.dataset.part = partOf(name);
    term.dataset.name = name;
    this.terms.push(term);
    return term;
  }

  number(name, bare) {
    const node = element("span", "", colourOf(name));
    if (name !== "eta") node.dataset.part = partOf(name);
    this.numbers.push({ node, name, bare });
    return node;
  }
}

function lined(classes, cells) {
  const line = element("div", "", classes);
  line.append(...cells);
  return line;
}
