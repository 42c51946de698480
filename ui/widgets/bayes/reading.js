// ---- reading.js: the posterior as numbers, the grid's beside the formula's ----------------------------

const ROWS = [
  ["m₁", ({ mean }) => mean[0]], ["m₂", ({ mean }) => mean[1]],
  ["S₁₁", ({ covariance }) => covariance[0]], ["S₁₂", ({ covariance }) => covariance[1]], ["S₂₂", ({ covariance }) => covariance[3]],
  ["log p(x), nats", ({ logEvidence }) => logEvidence],
];

/** Everything outside the two squares. */
function writeAnswers(figure, now) {
  const { header: { words, functions }, c, x, W, b, changing, towards } = figure, { formula, grid, answer } = now;
  const say = (name, text) => { figure.find(name).textContent = text; };
  const plain = [...W, ...b].every((entry, i) => entry === functions[0].f[i]);
  say(".of-x", formatPoint(x));
  say(".of-f", formatPoint(answer));
  say(".of-m", formatPoint(formula.mean));
  say(".of-std", formatPoint([0, 3].map((i) => Math.sqrt(formula.covariance[i]))));
  say(".hint", changing ? words.hint_f : words.hint_x);
  say(".of-mean", fill(plain ? words.mean_plain : words.mean, { x: formatPoint(x), d: formatVariance(1 + c), m: formatPoint(formula.mean) }));
  say(".of-covariance", fill(plain ? words.covariance_plain : words.covariance, { c: formatVariance(c), d: formatVariance(1 + c), s: formatNumber(formula.covariance[0], 3) }));
  say(".same", sameForEveryX(figure, words));
  say(".places", grid ? ` ${grid.side}² places` : "");
  say(".note", figure.note());
  say(".on-off", changing ? "on" : "off");
  figure.find(".change").setAttribute("aria-checked", String(changing));
  figure.variance.show(c);
  figure.choices.forEach((input, k) => { input.checked = (towards ?? [...W, ...b]).every((entry, i) => entry === functions[k].f[i]); });
  figure.find(".answers tbody").replaceChildren(...ROWS.map(([name, of], k) => answerRow(name, of, now, k === ROWS.length - 1)));
}

function sameForEveryX({ same }, words) {
  if (!same) return "";
  const count = same.places.size;
  return count < 2 ? words.same_one : fill(words.same_many, { n: count, apart: formatTiny(apartOf(same)).replaceAll(" ", "\u00a0") });
}

function answerRow(name, of, { grid, formula }, evidence) {
  const row = element("tr", "", evidence ? "evidence" : ""), head = element("th", name);
  head.scope = "row";
  const numbers = [grid ? formatNumber(of(grid), 4) : "–", formatNumber(of(formula), 4)];
  const off = grid ? formatTiny(Math.abs(of(grid) - of(formula))) : "–";
  row.append(head, ...[...numbers, off].map((text) => element("td", text)));
  return row;
}
