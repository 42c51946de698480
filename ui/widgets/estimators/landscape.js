// ---- landscape.js: r(z) and, over the same axis, the bell q that z is drawn from -------------------
// The bell's width is to scale, its height is not. Its mean is a dot on the axis, its width a bar that
// ends in a grip.

const Z_HALF = 3.4;          // of the axis
const GROUND = { left: 34, right: 10, top: 14, bottom: 24, ticks: 17 };   // CSS pixels
const BELL = 0.4;            // of the height
const TANGENT = 36;          // half its length
const MOST_TICKS = 300;      // draws that are marked, the last ones
const AIR = 0.08;            // of the range, above and below r

class Landscape {
  constructor(canvas) { Object.assign(this, { canvas, size: 0 }); }

  /** r decides the range; false while there is no box. */
  begin(r) {
    const begun = beginCanvas(this.canvas);
    if (!begun) return false;
    if (r !== this.r) this.span(r);
    Object.assign(this, begun, { r, size: begun.width });
    return true;
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

  X(z) { return GROUND.left + (this.width - GROUND.left - GROUND.right) * (z / Z_HALF + 1) / 2; }
  Y(value) { return this.foot - this.tall * (value - this.low) / (this.high - this.low); }
  get foot() { return this.height - GROUND.bottom; }
  get tall() { return this.height - GROUND.top - GROUND.bottom; }
  bell(z, { mean, std }) { return this.foot - BELL * this.tall * Math.exp(-(((z - mean) / std) ** 2) / 2); }

  /** [z, y]: y in CSS pixels. */
  at(event) {
    const box = this.canvas.getBoundingClientRect(), x = event.clientX - box.left;
    return [((x - GROUND.left) / (box.width - GROUND.left - GROUND.right) * 2 - 1) * Z_HALF, event.clientY - box.top];
  }

  /** The end of the bar that can be taken hold of: {x, y, way}. */
  grip({ mean, std }) {
    const way = mean + std > Z_HALF - 0.1 ? -1 : 1;
    return { way, x: this.X(mean + way * std), y: this.bell(mean + std, { mean, std }) };
  }

  draw(theme, colour, q, draws, eps) {
    const { context, foot, width } = this;
    drawFrame(this, theme, GROUND, roundTicks(this.low, this.high, roundStep(this.high - this.low, 5)), roundTicks(-3, 3, 1));
    context.save();
    context.beginPath();
    context.rect(GROUND.left, 0, width - GROUND.left - GROUND.right, foot);
    context.clip();
    this.drawBell(theme, q);
    this.drawTicks(theme, draws);
    this.line((z) => this.Y(this.r.value(z)), colour, 2.25);
    if (eps !== undefined) this.drawLast(theme, q.mean + q.std * eps);
    context.restore();
    this.drawHandles(theme, q);
    this.name(theme, colour, q);
  }

  line(height, colour, thick) {
    const { context, width } = this, to = width - GROUND.right;
    context.beginPath();
    for (let x = GROUND.left; x <= to; x += 1) context.lineTo(x, height(((x - GROUND.left) / (to - GROUND.left) * 2 - 1) * Z_HALF));
    Object.assign(context, { strokeStyle: colour, lineWidth: thick, lineJoin: "round" });
    context.stroke();
  }

  drawBell(theme, q) {
    const { context } = this;
    this.line((z) => this.bell(z, q), theme.q, 2);
    context.lineTo(this.width, this.foot);
    context.lineTo(GROUND.left, this.foot);
    Object.assign(context, { fillStyle: theme.q, globalAlpha: 0.14 });
    context.fill();
    context.globalAlpha = 1;
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
    Object.assign(context, { strokeStyle: theme.z, lineWidth: 1, globalAlpha: 0.7 });
    context.beginPath();
    context.moveTo(x, foot);
    context.lineTo(x, y);
    context.stroke();
    context.globalAlpha = 1;
    Object.assign(context, { strokeStyle: theme.ink, lineWidth: 2 });
    context.beginPath();
    context.moveTo(x - short * across, y - short * rise);
    context.lineTo(x + short * across, y + short * rise);
    context.stroke();
    drawRing(context, theme, x, y, 6);
  }

  drawHandles(theme, q) {
    const { context, foot } = this, { x, y, way } = this.grip(q);
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
    context.arc(this.X(q.mean), foot, 4.5, 0, 2 * Math.PI);
    Object.assign(context, { fillStyle: theme.mu, strokeStyle: theme.paper, lineWidth: 3 });
    context.stroke();
    context.fill();
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
