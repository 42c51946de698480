// ---- densities.js: the decoder over z, and under it the densities of z ----------------------------
// Two charts over one axis of z. The posterior is ink and filled, q blue with its mean a dot and its width
// a bar that ends in a grip, the prior dashed.

const Z_HALF = 3.4;                       // of the axis
const ROOM = { left: 34, right: 10, top: 10, bottom: 22, ticks: 16 };   // CSS pixels
const TALL = 2.3;                         // heights of the posterior's peak that fit: q on one bump of two is twice as high
const GRIP_INSET = 9;

/** The axis both charts share, and what a pointer on the lower one means. */
class Densities {
  constructor(canvas) { Object.assign(this, { canvas, size: 0 }); }

  begin(peak) {
    const begun = beginCanvas(this.canvas);
    if (begun) Object.assign(this, begun, { size: begun.width, most: TALL * peak });
    return Boolean(begun);
  }

  X(z) { return axisX(z, this.width); }
  Y(density) { return this.height - ROOM.bottom - (this.height - ROOM.top - ROOM.bottom) * density / this.most; }

  /** [z, y]: y in CSS pixels. */
  at(event) {
    const box = this.canvas.getBoundingClientRect(), x = event.clientX - box.left;
    return [((x - ROOM.left) / (box.width - ROOM.left - ROOM.right) * 2 - 1) * Z_HALF, event.clientY - box.top];
  }

  /** The end of q's bar that can be taken hold of: {x, y, way}. */
  grip({ mean, std }) {
    const way = mean + std > Z_HALF - 0.1 ? -1 : 1, y = this.Y(normalDensity(mean + std, { mean, std }));
    return { way, x: this.X(mean + way * std), y: Math.max(ROOM.top + GRIP_INSET, y) };
  }

  draw(theme, posterior, q, words) {
    const { context } = this;
    const ticks = roundTicks(0, this.most, roundStep(this.most, 3));
    drawFrame(this, theme, ROOM, ticks, roundTicks(-3, 3, 1));
    context.save();
    context.beginPath();
    context.rect(ROOM.left, 0, this.width - ROOM.left - ROOM.right, this.height - ROOM.bottom);
    context.clip();
    this.curve((z) => normalDensity(z, { mean: 0, std: 1 }), theme.prior, 1.5, [5, 4]);
    this.curve(posterior.density, theme.ink, 2, [], 0.1);
    this.curve((z) => normalDensity(z, q), theme.q, 2.25, [], 0.14);
    context.restore();
    this.drawHandles(theme, q);
    this.nameCurves(theme, posterior, q, words);
  }

  curve(density, colour, thick, dash, filled = 0) {
    const { context, width } = this, from = ROOM.left, to = width - ROOM.right, foot = this.height - ROOM.bottom;
    context.beginPath();
    for (let x = from; x <= to; x += 0.5) {
      const z = ((x - from) / (to - from) * 2 - 1) * Z_HALF;
      context.lineTo(x, Math.max(-50, this.Y(density(z))));
    }
    Object.assign(context, { strokeStyle: colour, fillStyle: colour, lineWidth: thick, lineJoin: "round" });
    context.setLineDash(dash);
    context.stroke();
    context.setLineDash([]);
    if (!filled) return;
    context.lineTo(to, foot);
    context.lineTo(from, foot);
    context.globalAlpha = filled;
    context.fill();
    context.globalAlpha = 1;
  }

  drawHandles(theme, q) {
    const { context } = this, { x, y, way } = this.grip(q), centre = this.X(q.mean), foot = this.height - ROOM.bottom;
    Object.assign(context, { strokeStyle: theme.q, lineWidth: 1.25 });
    context.beginPath();
    context.moveTo(this.X(q.mean - way * q.std), y);
    context.lineTo(x, y);
    context.stroke();
    context.beginPath();
    context.arc(x, y, 6.5, 0, 2 * Math.PI);
    Object.assign(context, { fillStyle: theme.paper, lineWidth: 2 });
    context.fill();
    context.stroke();
    context.beginPath();
    context.arc(centre, foot, 4.5, 0, 2 * Math.PI);
    Object.assign(context, { fillStyle: theme.mu, strokeStyle: theme.paper, lineWidth: 3 });
    context.stroke();
    context.fill();
  }

  /** Each curve is named once, at the side where the other is not. */
  nameCurves(theme, posterior, q, words) {
    const { context } = this, mode = posterior.modes.at(q.mean > 0 ? 0 : -1);
    const say = (name, z, y, align, colour) => {
      context.font = `italic 15px ${theme.serif}`;
      Object.assign(context, { textAlign: align, textBaseline: "bottom" });
      haloText(context, theme, name, this.X(z), Math.max(16, y), colour, 5);
    };
    const outward = mode < 0 ? "right" : "left", top = this.Y(posterior.density(mode));
    say(words.posterior_name, mode + (mode < 0 ? -0.1 : 0.1), top - 4, outward, theme.ink);
    const peak = this.Y(normalDensity(q.mean, q)), side = q.mean > 0 ? -1 : 1;
    say("q(z)", q.mean + side * (0.25 * q.std + 0.06), peak - 3, side < 0 ? "right" : "left", theme.q);
    say("p(z)", 2.45, this.Y(0.03) - 4, "left", theme.prior);
  }
}

const axisX = (z, width) => ROOM.left + (width - ROOM.left - ROOM.right) * (z / Z_HALF + 1) / 2;

const normalDensity = (z, { mean, std }) => Math.exp(-(((z - mean) / std) ** 2) / 2) / (std * Math.sqrt(2 * Math.PI));

/** f over z, what was seen as a level, and the noise as a band of one standard deviation on both sides. */
function drawDecoder(canvas, theme, { x, c, modes }, words) {
  const begun = beginCanvas(canvas);
  if (!begun) return;
  const low = -1.8, high = 5.6, { context, width, height } = begun, room = { ...ROOM, bottom: 6 };
  const chart = {
    ...begun, X: (z) => axisX(z, width),
    Y: (value) => room.top + (height - room.top - room.bottom) * (high - value) / (high - low),
  };
  drawFrame(chart, theme, room, [0, 2, 4].map((value) => ({ value, text: String(value) })), []);
  context.save();
  context.beginPath();
  context.rect(room.left, room.top - 4, width - room.left - room.right, height - room.top - room.bottom + 4);
  context.clip();
  const noise = Math.sqrt(c);
  Object.assign(context, { fillStyle: theme.x, globalAlpha: 0.16 });
  context.fillRect(room.left, chart.Y(x + noise), width, chart.Y(x - noise) - chart.Y(x + noise));
  context.globalAlpha = 1;
  drawLevel(chart, room, chart.Y(x), theme.x, 1.5, [1.5, 3.5]);
  context.beginPath();
  for (let z = -Z_HALF; z <= Z_HALF; z += 0.02) context.lineTo(chart.X(z), chart.Y(decode(z)));
  Object.assign(context, { strokeStyle: theme.recon, lineWidth: 2.25 });
  context.stroke();
  for (const mode of modes) {
    context.beginPath();
    context.moveTo(chart.X(mode), chart.Y(decode(mode)));
    context.lineTo(chart.X(mode), height);
    Object.assign(context, { strokeStyle: theme.z, lineWidth: 1, globalAlpha: 0.7 });
    context.stroke();
    context.globalAlpha = 1;
  }
  context.restore();
  context.font = `italic 15px ${theme.serif}`;
  Object.assign(context, { textAlign: "center", textBaseline: "bottom" });
  haloText(context, theme, "x ± √c", chart.X(0), chart.Y(x) - 3, theme.x);
  Object.assign(context, { textAlign: "left", textBaseline: "middle" });
  haloText(context, theme, "f(z)", chart.X(2.02), chart.Y(3.1), theme.recon);
  canvas.setAttribute("aria-label", fill(words.decoder, { x: formatNumber(x, 1), c }));
}
