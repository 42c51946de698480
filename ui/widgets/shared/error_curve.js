// ---- error_curve.js: the error that is left against how many numbers are kept --------------------
// Lines in ink, told apart by dash and mark, named where they end; what a model loses that keeps a fixed
// number of them is a level line. In per cent of the error with none.

const CURVE = { left: 40, right: 12, top: 24, bottom: 36, ticks: 15 };   // CSS pixels around the lines
const MOST_DOTS = 32;   // beyond, a line of dots is no longer one

class ErrorCurve {
  constructor(canvas) { this.canvas = canvas; }

  /** Whether there is room to draw on. */
  measure() { return fitCanvas(this.canvas) !== null; }

  X(k) { return CURVE.left + (this.width - CURVE.left - CURVE.right) * k / this.most; }
  Y(share) { return this.height - CURVE.bottom - (this.height - CURVE.top - CURVE.bottom) * share; }

  /**
   * facts: most, k at the right end; k, where the handle is; lines [{name, shares, dashed, dots}], shares[k]
   * of the error left, `at` the k where the name stands; levels [{name, share, dashed, at}] likewise.
   */
  draw(theme, { most, k, lines, levels = [], across }) {
    Object.assign(this, beginCanvas(this.canvas), { most });
    this.drawAxes(theme, across);
    for (const { share, dashed } of levels) {
      drawLevel(this, CURVE, this.Y(share), theme.recon, 1.75, dashed ? [5, 4] : []);
    }
    this.drawPlace(theme, k);
    for (const line of lines) this.drawLine(theme, line);
    for (const line of lines) this.drawMark(theme, line, k);
    for (const word of [...lines, ...levels]) this.nameIt(theme, word);
  }

  drawAxes(theme, across) {
    const { context, most, height, width } = this;
    const share = (value) => ({ value, text: `${100 * value} %` });
    const quarter = (part) => ({ value: part * most / 4, text: String(part * most / 4) });
    const kept = most % 16 ? roundTicks(0, most, roundStep(most, 5)) : [0, 1, 2, 3, 4].map(quarter);
    drawFrame(this, theme, CURVE, [0, 0.25, 0.5, 0.75, 1].map(share), kept);
    context.font = `400 12px ${theme.sans}`;
    context.textAlign = "right";
    context.fillText(across, width - CURVE.right, height - CURVE.bottom + 31);
    context.textAlign = "left";
    context.fillText("error left", 0, 12);
  }

  drawPlace(theme, k) {
    drawUpright(this, Math.round(this.X(k)) + 0.5, this.height - CURVE.bottom, CURVE.top, theme.muted, 1);
  }

  drawLine(theme, { shares, dashed, dots }) {
    const { context } = this, last = Math.min(shares.length - 1, this.most);
    context.strokeStyle = theme.ink;
    context.lineWidth = 1.75;
    context.lineJoin = "round";
    context.setLineDash(dashed ? [5, 4] : []);
    context.beginPath();
    for (let k = 0; k <= last; k++) context.lineTo(this.X(k), this.Y(shares[k]));
    context.stroke();
    context.setLineDash([]);
    if (!dots || last > MOST_DOTS) return;
    for (let k = 0; k <= last; k++) this.dot(theme, this.X(k), this.Y(shares[k]), 2.25, !dashed);
  }

  drawMark(theme, { shares, dashed }, k) {
    if (k < shares.length) this.dot(theme, this.X(k), this.Y(shares[k]), 4.5, !dashed);
  }

  dot(theme, x, y, radius, filled) {
    const { context } = this;
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.fillStyle = filled ? theme.ink : theme.paper;
    context.fill();
    context.strokeStyle = theme.ink;
    context.lineWidth = 1.5;
    context.stroke();
  }

  /** Names stand above their line, right of k = `at`; `below` puts them under it, left of `at`. */
  nameIt(theme, { name, shares, share, at, below }) {
    if (!name || (shares && shares.length <= at)) return;
    const { context } = this, y = this.Y(shares ? shares[at] : share);
    context.font = `500 12px ${theme.sans}`;
    context.textBaseline = "middle";
    const level = shares === undefined, aside = level ? 0 : below ? -5 : 7;
    const left = level || below || this.X(at) > this.width - 90;
    context.textAlign = left ? "right" : "left";
    const x = this.X(at) + (left ? Math.min(aside, 0) : aside);
    haloText(context, theme, name, x, y + (below ? 11 : -10), level ? theme.recon : theme.ink);
  }
}
