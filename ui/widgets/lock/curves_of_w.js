// ---- curves_of_w.js: what each rule would raise, over w², and the model's spread beside the data's ----
// Mean log p(x) is ink and solid, E_q[log p(x|z)] with q following green and dashed; the ELBO with q held at
// the handle's own is blue and dotted: it touches the ink line there and lies below it elsewhere.

const AXIS = { left: 46, right: 12, top: 12, bottom: 24, ticks: 17 };   // CSS pixels
const DEEPEST = 2.2, AIR = 0.2;   // nats shown under the best mean log p(x), at most; of them, over the highest line

class CurvesOfW {
  constructor(canvas) { this.canvas = canvas; }

  X(square) { return AXIS.left + (this.width - AXIS.left - AXIS.right) * square / this.most; }
  Y(nats) { return AXIS.top + (this.height - AXIS.top - AXIS.bottom) * (this.high - nats) / (this.high - this.low); }

  draw(theme, { square, facts, most, words }) {
    const begun = beginCanvas(this.canvas);
    if (!begun) return false;
    Object.assign(this, begun, { most });
    const [naive, joint] = ["naive", "joint"].map((rule) => RULES[rule](square, facts));
    const top = termsAt(naive, facts).likelihood, best = termsAt(joint, facts).evidence;
    const fall = best - Math.min(termsAt(0, facts).evidence, termsAt(most, facts).evidence);
    const shown = Math.min(DEEPEST, 1.4 * fall);
    Object.assign(this, { high: top + AIR * (top - best + shown), low: best - shown });
    drawFrame(this, theme, AXIS, roundTicks(this.low, this.high, roundStep(this.high - this.low, 5)),
      roundTicks(0, most, 0.4));
    const here = termsAt(square, facts);
    this.clipped(() => {
      this.line((at) => termsAt(at, facts).likelihood, theme.recon, 2, [6, 4]);
      this.line((at) => meanLogLikelihood(Math.sqrt(at), here.q, facts) - here.kl, theme.q, 2, [1.5, 3.5]);
      this.line((at) => termsAt(at, facts).evidence, theme.ink, 2.25, []);
      this.drawHere(theme, square, here);
    });
    this.drawTop(theme, naive, top, theme.recon);
    this.drawTop(theme, joint, best, theme.ink);
    this.nameLines(theme, square, facts, here, words);
    return true;
  }

  clipped(draw) {
    const { context } = this;
    context.save();
    context.beginPath();
    context.rect(AXIS.left - 6, 0, this.width, this.height - AXIS.bottom + 1);
    context.clip();
    draw();
    context.restore();
  }

  line(natsAt, colour, thick, dash) {
    drawFunction(this, AXIS, [0, this.most], (square) => this.Y(natsAt(square)), colour, thick, dash);
  }

  /** At the handle: both terms, and between them what KL takes away. */
  drawHere(theme, square, { likelihood, evidence }) {
    const { context } = this, x = this.X(square), [upper, lower] = [this.Y(likelihood), this.Y(evidence)];
    drawUpright(this, x, this.height - AXIS.bottom, lower, theme.muted, 1);
    drawUpright(this, x, lower, upper, theme.kl, 3);
    for (const [y, colour] of [[upper, theme.recon], [lower, theme.ink]]) {
      context.beginPath();
      context.arc(x, y, 4.5, 0, 2 * Math.PI);
      Object.assign(context, { fillStyle: colour, strokeStyle: theme.paper, lineWidth: 2.5 });
      context.stroke();
      context.fill();
    }
    const side = x > this.width - 50 ? -1 : 1;
    Object.assign(context, { font: `500 13px ${theme.sans}`, textAlign: side < 0 ? "right" : "left", textBaseline: "middle" });
    if (lower - upper > 26) haloText(context, theme, "KL", x + 7 * side, (upper + lower) / 2, theme.kl);
  }

  /** Where a line is highest: a ring. */
  drawTop(theme, square, nats, colour) {
    const { context } = this;
    context.beginPath();
    context.arc(this.X(square), this.Y(nats), 7.5, 0, 2 * Math.PI);
    Object.assign(context, { strokeStyle: colour, lineWidth: 1.75 });
    context.stroke();
  }

  /** At the right end, or over the middle while the handle is at the right. */
  nameLines(theme, square, facts, here, words) {
    const { context, most } = this, aside = square > 0.5 * most, at = (aside ? 0.42 : 0.985) * most;
    Object.assign(context, { font: `500 12px ${theme.sans}`, textAlign: aside ? "center" : "right", textBaseline: "bottom" });
    for (const [name, term, colour] of [[words.line_naive, "likelihood", theme.recon], [words.line_evidence, "evidence", theme.ink]]) {
      const half = context.measureText(name).width / 2 / (this.X(1) - this.X(0)), from = at - (aside ? half : 2 * half);
      const y = Math.min(...[from, from + half, from + 2 * half].map((place) => this.Y(termsAt(Math.max(0, place), facts)[term])));
      haloText(context, theme, name, this.X(at), y - 12, colour, 5);
    }
    this.nameHeld(theme, facts, here, words.line_held);
  }

  /** The line of the locked q is named where it leaves at the bottom, on either side. */
  nameHeld(theme, facts, { q, kl }, name) {
    const { context, most } = this, step = most / 200;
    const shown = (at) => meanLogLikelihood(Math.sqrt(at), q, facts) - kl > this.low + 0.1 * (this.high - this.low);
    let left = 0, right = most;
    while (right > 0 && !shown(right)) right -= step;
    while (left < right && !shown(left)) left += step;
    const inward = right > 0.7 * most && left === 0;   // at the right end, with room only on this side of the line
    const at = right > 0.7 * most && !inward ? left : right;
    Object.assign(context, { textAlign: inward ? "right" : "left", textBaseline: "middle" });
    haloText(context, theme, name, this.X(at) + (inward ? -10 : 10), this.Y(this.low + 0.08 * (this.high - this.low)), theme.q, 5);
  }
}

const SPREAD = { left: 12, right: 12, top: 12, bottom: 22, ticks: 16 }, BARS = 30;

/** The digits along one direction as bars, and the density N(0, w² + c) that the model gives them. */
function drawSpread(canvas, theme, { along, square, facts, words }) {
  const begun = beginCanvas(canvas);
  if (!begun) return;
  const { context, width, height } = begun, half = 3.4 * Math.sqrt(along.lambda), foot = height - SPREAD.bottom;
  const most = 2 / Math.sqrt(2 * Math.PI * along.lambda);   // twice the height of a bell as wide as the data
  const chart = {
    ...begun, X: (x) => SPREAD.left + (width - SPREAD.left - SPREAD.right) * (x / half + 1) / 2,
    Y: (density) => foot - (foot - SPREAD.top) * density / most,
  };
  drawFrame(chart, theme, SPREAD, [], roundTicks(-half, half, roundStep(2 * half, 6)));
  const bar = 2 * half / BARS, counts = new Int32Array(BARS);
  for (const x of along.values) counts[Math.min(BARS - 1, Math.max(0, Math.floor((x + half) / bar)))] += 1;
  Object.assign(context, { fillStyle: theme.x, globalAlpha: 0.4 });
  counts.forEach((count, k) => {
    const x = chart.X(-half + k * bar), top = chart.Y(count / along.values.length / bar);
    context.fillRect(x + 0.5, top, chart.X(bar) - chart.X(0) - 1, foot - top);
  });
  context.globalAlpha = 1;
  const model = square + facts.c, density = (x) => Math.exp(-x * x / (2 * model)) / Math.sqrt(2 * Math.PI * model);
  drawFunction(chart, SPREAD, [-half, half], (x) => chart.Y(density(x)), theme.ink, 2);
  const say = fill(words.spread, { lambda: formatNumber(along.lambda), model: formatNumber(model) });
  canvas.setAttribute("aria-label", say);
  nameSpread(chart, theme, { along, model, words });
}

/** Both variances, written where the eye compares them. */
function nameSpread({ context, width }, theme, { along, model, words }) {
  Object.assign(context, { font: `500 13px ${theme.sans}`, textBaseline: "top" });
  context.textAlign = "left";
  haloText(context, theme, fill(words.data, { lambda: formatNumber(along.lambda) }), SPREAD.left, 2, theme.x, 5);
  context.textAlign = "right";
  haloText(context, theme, fill(words.model, { model: formatNumber(model) }), width - SPREAD.right, 2, theme.ink, 5);
}
