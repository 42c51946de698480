// ---- trace.js: one quantity over the epochs of a run ----------------------------------------------
// On a logarithmic scale where it spans many powers of ten; a band around the line if there is one.
// What lies beyond the epoch on screen is drawn faint.

const TRACE = { left: 40, right: 12, top: 14, bottom: 22, ticks: 15 };   // CSS pixels around the lines
const FAINT = 0.3;

class Trace {
  constructor(canvas) { this.canvas = canvas; }

  X(epoch) { return TRACE.left + (this.width - TRACE.left - TRACE.right) * epoch / this.epochs; }
  Y(value) {
    const { low, high, log } = this, at = log ? Math.log10(Math.max(value, low)) - Math.log10(low) : value - low;
    const share = at / (log ? Math.log10(high / low) : high - low);
    return this.height - TRACE.bottom - (this.height - TRACE.top - TRACE.bottom) * share;
  }

  /**
   * line: {epoch, values, edges}, edges [low, high] of the band by epoch or null; range: [low, high] shown;
   * level: {value, name} marked across, cut: {epoch, name} marked upwards, either null; shown: the epoch on screen.
   */
  draw(theme, { line, range, log, level, cut, epochs, shown, colour }) {
    const begun = beginCanvas(this.canvas);
    if (!begun) return;
    Object.assign(this, begun, { epochs, low: range[0], high: range[1], log });
    const up = log ? powerTicks(...range, this.height < 110 ? 3 : 5) : roundTicks(...range, roundStep(range[1] - range[0], 4));
    drawFrame(this, theme, TRACE, up, [0, epochs / 2, epochs].map((value) => ({ value, text: String(Math.round(value)) })));
    if (level) this.drawLevel(theme, level);
    if (cut) this.drawCut(theme, cut);
    if (!line) return;
    for (const [until, strength] of [[Infinity, FAINT], [shown, 1]]) {
      this.context.globalAlpha = strength;
      this.drawLine(line, until, colour);
    }
    this.context.globalAlpha = 1;
    this.drawNow(theme, line, shown, colour);
  }

  drawLevel(theme, { value, name }) {
    const { context } = this, y = Math.round(this.Y(value)) + 0.5;
    drawLevel(this, TRACE, y, theme.muted, 1.25, [5, 4]);
    context.font = `400 11px ${theme.sans}`;
    Object.assign(context, { textAlign: "right", textBaseline: "bottom" });
    haloText(context, theme, name, this.width - TRACE.right, y - 3, theme.muted);
  }

  drawCut(theme, { epoch, name }) {
    const { context } = this, x = Math.round(this.X(epoch)) + 0.5;
    drawUpright(this, x, this.height - TRACE.bottom, 2, theme.ink, 1);
    context.font = `400 11px ${theme.sans}`;
    Object.assign(context, { textAlign: "left", textBaseline: "top" });
    haloText(context, theme, name, x + 5, 0, theme.ink);
  }

  drawLine({ epoch, values, edges }, until, colour) {
    const { context, width, height } = this;
    const known = epoch.map((_, k) => k).filter((k) => epoch[k] <= until && Number.isFinite(values[k]));
    context.save();
    context.beginPath();   // the first epochs are off the scale of the later ones
    context.rect(TRACE.left, TRACE.top - 3, width, height - TRACE.bottom - TRACE.top + 4);
    context.clip();
    Object.assign(context, { strokeStyle: colour, fillStyle: colour, lineWidth: 2, lineJoin: "round" });
    if (edges) {
      const alpha = context.globalAlpha;
      context.beginPath();
      for (const k of known) context.lineTo(this.X(epoch[k]), this.Y(edges[1][k]));
      for (const k of [...known].reverse()) context.lineTo(this.X(epoch[k]), this.Y(edges[0][k]));
      context.globalAlpha = 0.18 * alpha;
      context.fill();
      context.globalAlpha = alpha;
    }
    context.beginPath();
    for (const k of known) context.lineTo(this.X(epoch[k]), this.Y(values[k]));
    context.stroke();
    context.restore();
  }

  drawNow(theme, { epoch, values }, shown, colour) {
    const at = epoch.indexOf(shown), { context } = this;
    if (at < 0 || !(values[at] <= this.high)) return;
    context.beginPath();
    context.arc(this.X(shown), this.Y(values[at]), 4, 0, 2 * Math.PI);
    Object.assign(context, { fillStyle: colour, strokeStyle: theme.paper, lineWidth: 1.5 });
    context.fill();
    context.stroke();
  }
}
