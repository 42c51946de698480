// ---- scene.js: the two planes of Bayes ---------------------------------------------------------------
// Marks as everywhere: prior dashed, likelihood and f green, posterior in ink; the grid is the tint.

const SO_LONG = 400;   // a direction without an end, drawn

/** {centre, covariance} as an ellipse at `sigma` standard deviations. */
function traceGaussian(context, plane, centre, covariance, sigma) {
  const { values, vectors } = eigenOf(covariance, 2);
  traceAxes(context, plane, centre, values, vectors, sigma);
}

function traceAxes(context, plane, centre, values, axes, sigma) {
  const [a, b] = [...values].map((variance) => Math.min(SO_LONG, sigma * Math.sqrt(variance)) * plane.scale);
  context.beginPath();
  context.ellipse(plane.X(centre[0]), plane.Y(centre[1]), a, b, -Math.atan2(axes[1], axes[0]), 0, 2 * Math.PI);
}

function strokeAs(context, colour, width, dash = []) {
  Object.assign(context, { strokeStyle: colour, lineWidth: width });
  context.setLineDash(dash);
  context.stroke();
  context.setLineDash([]);
}

function dotAt(context, theme, x, y, colour, radius = 4.5) {
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  Object.assign(context, { strokeStyle: theme.paper, lineWidth: 3, fillStyle: colour });
  context.stroke();
  context.fill();
}

/** A name beside a place, `away` CSS pixels off in the direction (dx, dy). */
function nameAt(context, plane, theme, text, [x, y], colour, [dx, dy], away) {
  context.font = `italic ${plane.small ? 13 : 16}px ${theme.serif}`;
  Object.assign(context, { textAlign: "center", textBaseline: "middle" });
  const inside = (at) => Math.min(plane.size - 12, Math.max(12, at));
  haloText(context, theme, text, inside(plane.X(x) + away * dx), inside(plane.Y(y) - away * dy), colour);
}

/** f by what it does to the axes of z and to the prior's circles; with it p(x). */
function drawFunction(context, plane, theme, { W, b, c }) {
  const image = product(W, transposeOf(W, 2, 2), 2, 2, 2), spread = image.map((entry, i) => entry + c * UNIT[i]);
  for (const sigma of [1, 2]) {
    traceGaussian(context, plane, b, spread, sigma);
    strokeAs(context, theme.x, 1);
  }
  for (const sigma of [1, 2]) {
    traceGaussian(context, plane, b, image, sigma);
    strokeAs(context, theme.prior, 1.25, [5, 4]);
  }
  nameDensity(context, plane, theme, b, spread);
  for (const k of [0, 1]) drawWay(context, plane, theme, b, [b[0] + W[k], b[1] + W[2 + k]], `f(e${"₁₂"[k]})`);
}

/** p(x), where its 2σ loop passes on the way down to the right. */
function nameDensity(context, plane, theme, b, spread) {
  const way = [Math.SQRT1_2, -Math.SQRT1_2], far = 2 / Math.sqrt(dot(way, solve(spread, way, 2, 1)));
  const place = [b[0] + far * way[0], b[1] + far * way[1]], { r } = plane.view;
  if (!plane.small && Math.max(...place.map(Math.abs)) < r - 0.35) nameAt(context, plane, theme, "p(x)", place, theme.x, way, 17);
}

/** An arrow from b to where f sends one step of z. */
function drawWay(context, plane, theme, from, to, name) {
  const [x0, y0, x1, y1] = [plane.X(from[0]), plane.Y(from[1]), plane.X(to[0]), plane.Y(to[1])];
  const length = Math.hypot(x1 - x0, y1 - y0);
  if (length < 1) return;
  context.beginPath();
  context.moveTo(x0, y0);
  context.lineTo(x1, y1);
  strokeAs(context, theme.recon, 1.75);
  context.save();
  context.translate(x1, y1);
  context.rotate(Math.atan2(y1 - y0, x1 - x0));
  context.beginPath();
  for (const [a, b] of [[0, 0], [-9, 4], [-9, -4]]) context.lineTo(a, b);
  context.fillStyle = theme.recon;
  context.fill();
  context.restore();
  if (plane.small) return;
  context.font = `italic 14px ${theme.serif}`;
  Object.assign(context, { textAlign: "center", textBaseline: "middle" });
  haloText(context, theme, name, x1 + 20 * (x1 - x0) / length, y1 + 16 * (y1 - y0) / length, theme.recon);
}

/** x, the f(m) that answers it, and what pulls at f(m): x by the likelihood, b by the prior. */
function drawCompromise(context, plane, theme, { b, c, x }, answer) {
  const at = (place) => [plane.X(place[0]), plane.Y(place[1])];
  for (const [end, colour, width, dash] of [[b, theme.prior, 1.5, [5, 4]], [x, theme.recon, 1.5, []]]) {
    context.beginPath();
    context.moveTo(...at(answer));
    context.lineTo(...at(end));
    strokeAs(context, colour, width, dash);
  }
  traceGaussian(context, plane, answer, UNIT, Math.sqrt(c));
  strokeAs(context, theme.recon, 1.5, [1.5, 3.5]);
  dotAt(context, theme, ...at(answer), theme.recon);
  dotAt(context, theme, ...at(x), theme.x, plane.small ? 5 : 6);
  const away = Math.hypot(x[0] - b[0], x[1] - b[1]) || 1, out = [(x[0] - b[0]) / away, (x[1] - b[1]) / away];
  nameAt(context, plane, theme, "x", x, theme.x, out, 15);
  if (!plane.small) nameAt(context, plane, theme, "f(m)", answer, theme.recon, out[0] < 0 ? [-out[1], out[0]] : [out[1], -out[0]], 21);
}

/** The likelihood as a function of z, the grid's posterior as a tint, and over it the formula's. */
function drawPosterior(context, plane, theme, { likelihood, grid, formula }, sheet) {
  if (grid) drawTint(context, plane, grid, grid.mass, theme.ink, sheet);
  const { centre, values, axes, stretch } = likelihood;
  if (stretch[0] > NO_STRETCH) {
    traceAxes(context, plane, centre, values, axes, 1);
    for (const [colour, width, dash] of [[theme.paper, 4, []], [theme.recon, 1.75, [1.5, 3.5]]]) strokeAs(context, colour, width, dash);
  }
  for (const sigma of [2, 1]) {
    traceGaussian(context, plane, formula.mean, formula.covariance, sigma);
    for (const [colour, width] of [[theme.paper, 4], [theme.ink, sigma === 1 ? 2 : 1.25]]) strokeAs(context, colour, width);
  }
  const [x, y] = [plane.X(formula.mean[0]), plane.Y(formula.mean[1])];
  if (Math.min(x, y) < 0 || Math.max(x, y) > plane.size) return drawArrow(context, { ...theme, z: theme.ink }, x, y, plane.size);
  dotAt(context, theme, x, y, theme.ink, plane.small ? 3.5 : 4.5);
  nameLoops(context, plane, theme, likelihood, formula);
}

/** Names over and under the two loops, where neither covers the other's. */
function nameLoops(context, plane, theme, { centre, values, axes, stretch }, { mean, covariance }) {
  const tall = (variance) => Math.sqrt(variance) * plane.scale, size = plane.small ? 12 : 15;
  const inside = (y) => Math.min(plane.size - 26, Math.max(14, y)), wide = plane.small ? 18 : 24;
  const between = (x) => Math.min(plane.size - wide, Math.max(wide, x));
  context.font = `italic ${size}px ${theme.serif}`;
  Object.assign(context, { textAlign: "center", textBaseline: "middle" });
  haloText(context, theme, "p(z|x)", between(plane.X(mean[0])), inside(plane.Y(mean[1]) + 2 * tall(covariance[3]) + 12), theme.ink);
  const up = values[0] * axes[1] ** 2 + values[1] * axes[3] ** 2, y = plane.Y(centre[1]) - tall(up) - 11;
  if (!(stretch[1] > NO_STRETCH) || !Number.isFinite(y)) return;
  const overPosterior = plane.Y(mean[1]) - 2 * tall(covariance[3]) - 11;
  haloText(context, theme, "p(x|z)", between(plane.X(centre[0])), inside(Math.abs(centre[0] - mean[0]) < 1 ? Math.min(y, overPosterior) : y), theme.recon);
}
