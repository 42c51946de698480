// ---- matrices.js: encoder and decoder as numbers that move ---------------------------------------

class Matrices {
  /** host: where they stand; entries: [{name, symbol (a text, or texts and nodes), rows, columns, says}]. */
  constructor(host, entries) {
    this.cells = new Map();
    host.replaceChildren(...entries.map((entry) => this.make(entry)));
  }

  make({ name, symbol, rows, columns, says, role = "" }) {
    const living = element("div", "", "living"), equals = element("div", "", "equals");
    const matrix = element("div", "", `matrix number ${role}`), head = element("span", "", `symbol ${role}`);
    head.append(...[symbol].flat());
    matrix.style.gridTemplateColumns = `repeat(${columns}, auto)`;
    const cells = Array.from({ length: rows * columns }, () => element("span"));
    matrix.append(...cells);
    equals.append(head, element("span", "="), matrix);
    const gloss = element("span", says, "sub");
    living.append(equals, gloss);
    this.cells.set(name, { cells, gloss });
    return living;
  }

  /** values: a row of numbers, or null for “there is none”; then nothing is said of it either. */
  show(name, values) {
    const { cells, gloss } = this.cells.get(name);
    gloss.style.visibility = values ? "" : "hidden";
    cells.forEach((cell, k) => {
      const text = values ? formatNumber(values[k]) : "–";
      if (cell.textContent !== text) cell.textContent = text;
    });
  }
}
