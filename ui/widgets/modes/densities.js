// ---- densities.js: the decoder over z, and under it the densities of z ----------------------------
// Two charts over one axis of z. The posterior is ink and filled, q blue, the prior dashed.

const ROOM = { left: 34, right: 10, top: 10, bottom: 22, ticks: 16 };   // CSS pixels
const TALL = 2.3;                         // heights of the posterior's peak that fit: q on one bump of two is twice as high

class Densities extends BellChart {
  constructor(canvas) { super(canvas, ROOM); }

  begin(peak) {
    this.most = TALL * peak;
    return this.open();
  }

  Y(density) { return this.foot - this.tall * density / this.most; }
  bell(z, q) { return this.Y(normalDensity(z, q)); }

  draw(theme, posterior, q, words) {
    const ticks = roundTicks(0, this.most, roundStep(this.most, 3));
    drawFrame(this, theme, ROOM, ticks, roundTicks(-3, 3, 1));
    this.clipped(() => {
      this.curve((z) => this.bell(z, { mean: 0, std: 1 }), theme.prior, 1.5, [5, 4]);
      this.curve((z) => this.Y(posterior.density(z)), theme.ink, 2, [], 0.1);
      this.curve((z) => this.bell(z, q), theme.q, 2.25, [], 0.14);
    });
    this.drawHandles(theme, q);
    this.nameCurves(theme, posterior, q, words);
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
    const peak = this.bell(q.mean, q), side = q.mean > 0 ? -1 : 1;
    say("q(z)", q.mean + side * (0.25 * q.std + 0.06), peak - 3, side < 0 ? "right" : "left", theme.q);
    say("p(z)", 2.45, this.Y(0.03) - 4, "left", theme.prior);
  }
}

const normalDensity = (z, { mean, std }) => Math.exp(-(((z - mean) / std) ** 2) / 2) / (std * Math.sqrt(2 * Math.PI));

/** f over z, what was seen as a level, and the noise as a band of one standard deviation on both sides. */
function drawDecoder(canvas, theme, { x, c, modes }, words) {
  const begun = beginCanvas(canvas);
  if (!begun) return;
  const low = -1.8, high = 5.6, { context, width, height } = begun, room = { ...ROOM, bottom: 6 };
  const chart = {
    ...begun, X: (z) => axisX(z, width, room),
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
  drawFunction(chart, room, [-Z_HALF, Z_HALF], (z) => chart.Y(decode(z)), theme.recon, 2.25);
  context.globalAlpha = 0.7;
  for (const mode of modes) drawUpright(chart, chart.X(mode), height, chart.Y(decode(mode)), theme.z, 1);
  context.restore();
  context.font = `italic 15px ${theme.serif}`;
  Object.assign(context, { textAlign: "center", textBaseline: "bottom" });
  haloText(context, theme, "x ± √c", chart.X(0), chart.Y(x) - 3, theme.x);
  Object.assign(context, { textAlign: "left", textBaseline: "middle" });
  haloText(context, theme, "f(z)", chart.X(2.02), chart.Y(3.1), theme.recon);
  canvas.setAttribute("aria-label", fill(words.decoder, { x: formatNumber(x, 1), c }));
}
