// ---- landscape.js: r(z) and, over the same axis, the bell q that z is drawn from -------------------
// The bell's width is to scale, its height is not.

const GROUND = { left: 34, right: 10, top: 14, bottom: 24, ticks: 17 };   // CSS pixels
const BELL = 0.4;            // of the height
const TANGENT = 36;          // half its length
const MOST_TICKS = 300;      // draws that are marked, the last ones
const AIR = 0.08;            // of the range, above and below r

class Landscape extends BellChart {
  constructor(canvas) { super(canvas, GROUND); }

  /** r decides the range; false while there is no box. */
  begin(r) {
    if (r !== this.r) this.span(r);
    this.r = r;
    return this.open();
  }

  span(r) {
    let low = Infinity, high = -Infinity;
    for (let z = -Z_HALF; z <= Z_HALF; z += 0.02) {
      low = Math.min(low, r.value(z));
      high = Math.max(high, r.value(z));
    }
    const air = AIR * (high - low);
    Object.assign(this, { low: low - air, high: high + air });
  }

  Y(value) { return this.foot - this.tall * (value - this.low) / (this.high - this.low); }
  bell(z, { mean, std }) { return this.foot - BELL * this.tall * Math.exp(-(((z - mean) / std) ** 2) / 2); }

  draw(theme, colour, q, draws, eps) {
    drawFrame(this, theme, GROUND, roundTicks(this.low, this.high, roundStep(this.high - this.low, 5)), roundTicks(-3, 3, 1));
    this.clipped(() => {
      this.curve((z) => this.bell(z, q), theme.q, 2, [], 0.14);
      this.drawTicks(theme, draws);
      this.curve((z) => this.Y(this.r.value(z)), colour, 2.25);
      if (eps !== undefined) this.drawLast(theme, q.mean + q.std * eps);
    });
    this.drawHandles(theme, q);
    this.name(theme, colour, q);
  }

  /** The draws, each a tick on the axis. */
  drawTicks(theme, draws) {
    const { context, foot } = this;
    context.beginPath();
    for (const z of draws) {
      context.moveTo(this.X(z), foot);
      context.lineTo(this.X(z), foot - 7);
    }
    Object.assign(context, { strokeStyle: theme.z, lineWidth: 1, globalAlpha: draws.length > 50 ? 0.4 : 0.8 });
    context.stroke();
    context.globalAlpha = 1;
  }

  /** The last draw: what the score function sees is its height, what the path-wise way sees its tangent. */
  drawLast(theme, z) {
    const { context, foot } = this, x = this.X(z), y = this.Y(this.r.value(z));
    const across = this.X(1) - this.X(0), rise = this.Y(this.r.slope(z)) - this.Y(0), short = TANGENT / Math.hypot(across, rise);
    context.globalAlpha = 0.7;
    drawUpright(this, x, foot, y, theme.z, 1);
    context.globalAlpha = 1;
    Object.assign(context, { strokeStyle: theme.ink, lineWidth: 2 });
    context.beginPath();
    context.moveTo(x - short * across, y - short * rise);
    context.lineTo(x + short * across, y + short * rise);
    context.stroke();
    drawRing(context, theme, x, y, 6);
  }

  /** r and q are named where the other is not. */
  name(theme, colour, q) {
    const { context } = this, side = q.mean > 0 ? -1 : 1, z = side * 2.7;
    context.font = `italic 15px ${theme.serif}`;
    Object.assign(context, { textAlign: "center", textBaseline: "bottom" });
    haloText(context, theme, "r(z)", this.X(z), Math.max(GROUND.top + 6, this.Y(this.r.value(z)) - 6), colour, 5);
    context.textAlign = side < 0 ? "right" : "left";
    haloText(context, theme, "q(z)", this.X(q.mean + side * (0.5 * q.std + 0.06)), this.bell(q.mean + 0.5 * q.std, q) - 2, theme.q, 5);
  }
}
