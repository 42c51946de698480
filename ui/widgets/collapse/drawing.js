// ---- drawing.js: the variances as bars with c among them, and the deep networks' KL on the same axis -
// The axis of c is logarithmic, so what a bar has beyond c is log(λ / c), twice its KL, to scale.

const SIDES = { left: 36, right: 108 };   // CSS pixels: the handle lies under the axis, see collapse.css
const BARS_FOOT = 24, DEEP_ROOM = { ...SIDES, top: 26, bottom: 24, ticks: 17 };
const TICKS = [0.1, 0.2, 0.3, 0.4, 0.6, 0.8, 1];
const BAR_SHARE = 0.5;   // of a row
const MOST_KL = 0.8;   // nats shown: the lines come in from above

/** A canvas over the axis of c, from `low` to `high`. */
class OverNoise {
  constructor(canvas) { this.canvas = canvas; }

  begin({ low, high }) {
    const begun = beginCanvas(this.canvas);
    if (begun) Object.assign(this, begun, { low, high });
    return begun !== null;
  }

  get wide() { return this.width - SIDES.left - SIDES.right; }
  X(c) { return SIDES.left + this.wide * Math.log(c / this.low) / Math.log(this.high / this.low); }

  /** How far along the axis a pointer is, from 0 to 1. */
  shareAt(event) {
    const box = this.canvas.getBoundingClientRect();
    const share = (event.clientX - box.left - SIDES.left) / (box.width - SIDES.left - SIDES.right);
    return Math.min(1, Math.max(0, share));
  }

  get ticks() {
    return TICKS.filter((value) => this.wide > 260 || value !== 0.8).map((value) => ({ value, text: formatNumber(value, 1) }));
  }

  drawHere(theme, c, foot, top) { drawUpright(this, this.X(c), foot, top, theme.ink, 2); }
}

class Bars extends OverNoise {
  draw(theme, { variances, c, over, words, ...axis }) {
    if (!this.begin(axis)) return false;
    const { context, height } = this, foot = height - BARS_FOOT, row = (foot - over) / variances.length;
    drawFrame(this, theme, { ...SIDES, top: over, bottom: BARS_FOOT, ticks: 17 }, [], this.ticks);
    variances.forEach((lambda, k) => {
      const middle = over + (k + 0.5) * row, tall = BAR_SHARE * row, top = middle - tall / 2, end = this.X(lambda);
      const from = Math.min(end, this.X(c));
      Object.assign(context, { fillStyle: theme.x, globalAlpha: 0.3 });
      context.fillRect(SIDES.left, top, from - SIDES.left, tall);
      Object.assign(context, { fillStyle: theme.kl, globalAlpha: 1 });
      context.fillRect(from, top, end - from, tall);
      Object.assign(context, { font: `400 12px ${theme.sans}`, textAlign: "right", textBaseline: "middle", fillStyle: theme.muted });
      context.fillText(String(k + 1), SIDES.left - 9, middle);
      this.nameBar(theme, k, lambda, c, middle, words);
    });
    this.drawHere(theme, c, foot, over - 6);
    return true;
  }

  /** Its λ stands at a bar's end, beyond the line where that would cross it. */
  nameBar(theme, k, lambda, c, y, words) {
    const { context } = this, gone = lambda <= c, end = this.X(lambda), line = this.X(c);
    const name = `λ${lowered(k + 1)} = ${formatNumber(lambda, 3)}${gone ? ` ${words.gone}` : ""}`;
    const crossed = line >= end && line < end + 12 + context.measureText(name).width;
    Object.assign(context, { textAlign: "left", fillStyle: gone ? theme.muted : theme.ink });
    context.fillText(name, (crossed ? line : end) + 7, y);
  }
}

class DeepChart extends OverNoise {
  Y(kl) { return DEEP_ROOM.top + (this.height - DEEP_ROOM.top - DEEP_ROOM.bottom) * (1 - kl / MOST_KL); }

  /** lots: {raised, scratch}: [{c, kl: one per seed}]; theory(c): nats of a linear VAE of as many numbers. */
  draw(theme, { lots, theory, c, first, words, ...axis }) {
    if (!this.begin(axis)) return false;
    const { context, height } = this, foot = height - DEEP_ROOM.bottom;
    drawFrame(this, theme, DEEP_ROOM, roundTicks(0, MOST_KL, 0.2), this.ticks);
    Object.assign(context, { font: `400 12px ${theme.sans}`, textAlign: "left", textBaseline: "alphabetic", fillStyle: theme.muted });
    context.fillText(words.up, 0, 13);
    drawUpright(this, this.X(first), foot, DEEP_ROOM.top - 4, theme.muted, 1.25, [2, 3]);
    context.save();
    context.beginPath();
    context.rect(0, DEEP_ROOM.top - 8, this.width, foot - DEEP_ROOM.top + 12);
    context.clip();
    this.drawTheory(theme, theory);
    this.drawLot(theme, lots.scratch, [6, 4]);
    this.drawLot(theme, lots.raised, []);
    context.restore();
    this.drawHere(theme, c, foot, DEEP_ROOM.top - 4);
    Object.assign(context, { font: `500 12px ${theme.sans}`, textAlign: "left", textBaseline: "alphabetic" });
    haloText(context, theme, `λ${lowered(1)} = ${formatNumber(first, 3)}`, this.X(first) + 6, DEEP_ROOM.top + 8, theme.ink);
    return true;
  }

  drawTheory(theme, theory) {
    const span = Math.log(this.high / this.low);
    drawFunction(this, DEEP_ROOM, [0, 1], (share) => this.Y(theory(this.low * Math.exp(span * share))), theme.muted, 1.5, [1.5, 3]);
  }

  /** A line through the seeds' means, and a dot per seed. */
  drawLot(theme, lot, dash) {
    const { context } = this;
    context.beginPath();
    for (const { c, kl } of lot) context.lineTo(this.X(c), this.Y(meanOf(kl)));
    Object.assign(context, { strokeStyle: theme.kl, lineWidth: 2, lineJoin: "round" });
    context.setLineDash(dash);
    context.stroke();
    context.setLineDash([]);
    for (const { c, kl } of lot) for (const one of kl) {
      context.beginPath();
      context.arc(this.X(c), this.Y(one), 3, 0, 2 * Math.PI);
      Object.assign(context, { fillStyle: dash.length ? theme.paper : theme.kl, lineWidth: 1.25 });
      context.fill();
      context.stroke();
    }
  }
}

const meanOf = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
