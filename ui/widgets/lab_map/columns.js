// ---- columns.js: rows of numbers instead of images ------------------------------------------------

const LEAST_HEIGHT = 12;   // CSS pixels of a strip of cells

/** An image as large as fits; a strip of cells is not let go thinner than can be seen. */
function fitCells(canvas, shape, room) {
  fitPixels(canvas, shape, room);
  if (shape[0] === 1) canvas.style.height = `${Math.max(LEAST_HEIGHT, parseFloat(canvas.style.height))}px`;
}

/** The first columns of a table in their own units. */
function printColumns(host, x, { names, low, high }) {
  if (host.children.length !== 2 * names.length) {
    host.replaceChildren(...names.flatMap((name) => [Object.assign(element("dt", name), { title: name }), element("dd")]));
  }
  host.querySelectorAll("dd").forEach((cell, i) => { cell.textContent = inOwnUnits(low[i] + x[i] * (high[i] - low[i]), high[i] - low[i]); });
}

/** 60000 → 60 000 */
const spaced = (count) => String(count).replace(/\B(?=(\d{3})+$)/g, " ");
