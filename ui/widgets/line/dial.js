// ---- dial.js: the error of every angle, drawn where the reader has been --------------------------

const DIAL = { left: 44, right: 14, top: 12, bottom: 22 };   // CSS pixels around the curve
const LEAP_OVER = 40;   // degrees between two frames that still count as having been passed

class Dial {
  constructor(canvas) { Object.assign(this, { canvas, been: new Uint8Array(180), last: null }); }

  forget() {
    this.been.fill(0);
    this.last = null;
  }

  /** The reader's line stands at `degrees`; what lies on the way there has been passed. */
  visit(degrees) {
    const here = Math.round(degrees), from = this.last ?? here;
    const way = wrapped(here - from + 90, 180) - 90, step = Math.sign(way) || 1;
    const first = Math.abs(way) > LEAP_OVER ? way : 0;
    for (let k = first; k * step <= way * step; k += step) this.been[wrapped(from + k, 180)] = 1;
    this.last = here;
  }

  /** The whole degree with the least error among those visited: {angle, error}, or null. */
  best(errorOf) {
    let best = null;
    this.been.forEach((seen, angle) => {
      if (!seen) return;
      const error = errorOf(angle);
      if (!best || error < best.error) best = { angle, error };
    });
    return best;
  }

  /**
   * errorOf(degrees) and `spread` in the same unit; now: {angle, error} or null; marks: [{angle, error,
   * name}] of other encoders (angle null: no line); least: {angle, error} once it may be seen; words
   * {best, least}: what stands beside the best so far and the least.
   */
  draw(theme, { errorOf, spread, now, marks, least, words }) {
    const begun = beginCanvas(this.canvas);
    if (!begun) return;
    Object.assign(this, begun, { theme, spread });
    this.drawAxes();
    if (least) this.trace(errorOf, () => true, [4, 4], 1.25);
    this.trace(errorOf, (angle) => this.been[angle], [], 2.25);
    for (const mark of marks) this.drawMark(mark);
    const best = this.best(errorOf);
    if (best && this.been.some((seen, k) => seen && k !== best.angle)) this.drawPoint(best, words.best, theme.ink);
    if (least) this.drawPoint(least, words.least, theme.ink);
    if (now) this.drawNow(now);
  }

  X(angle) { return DIAL.left + (this.width - DIAL.left - DIAL.right) * angle / 180; }
  Y(error) {
    const room = this.height - DIAL.top - DIAL.bottom;
    return this.height - DIAL.bottom - room * (this.spread > 0 ? Math.min(1, error / this.spread) : 0);
  }

  drawAxes() {
    const { context, theme, width, height } = this, foot = height - DIAL.bottom;
    context.font = `400 11px ${theme.sans}`;
    Object.assign(context, { fillStyle: theme.muted, strokeStyle: theme.hairline, lineWidth: 1 });
    context.textBaseline = "middle";
    context.textAlign = "right";
    for (const share of [0, 0.5, 1]) {
      const y = Math.round(this.Y(share * this.spread)) + 0.5;
      context.beginPath();
      context.moveTo(DIAL.left, y);
      context.lineTo(width - DIAL.right, y);
      context.stroke();
      context.fillText(`${100 * share} %`, DIAL.left - 8, y);
    }
    context.textAlign = "center";
    for (let angle = 0; angle <= 180; angle += 45) context.fillText(`${angle}°`, this.X(angle), foot + 13);
  }

  trace(errorOf, isSeen, dash, thick) {
    const { context, theme } = this;
    const to = (angle, kind) => context[kind](this.X(angle), this.Y(errorOf(angle)));
    context.beginPath();
    for (let angle = 0; angle <= 180; angle++) {
      if (!isSeen(angle % 180)) continue;
      const first = Math.max(0, angle - 0.5), last = Math.min(180, angle + 0.5);
      to(first, angle > 0 && isSeen(angle - 1) ? "lineTo" : "moveTo");
      to(last, "lineTo");
    }
    context.setLineDash(dash);
    Object.assign(context, { strokeStyle: theme.recon, lineWidth: thick });
    context.stroke();
    context.setLineDash([]);
  }

  /** Another encoder: a square where its line stands; one without a line is a level. */
  drawMark({ angle, error, name }) {
    const { context, theme } = this, y = this.Y(error);
    Object.assign(context, { strokeStyle: theme.ink, lineWidth: 1.5, fillStyle: theme.paper });
    context.beginPath();
    if (angle === null) {
      context.setLineDash([1.5, 3.5]);
      context.moveTo(DIAL.left, y);
      context.lineTo(this.width - DIAL.right, y);
    } else {
      context.rect(this.X(angle) - 4, y - 4, 8, 8);
      context.fill();
    }
    context.stroke();
    context.setLineDash([]);
    context.font = `italic 14px ${theme.serif}`;
    context.textBaseline = "bottom";
    context.textAlign = angle === null ? "right" : "center";
    haloText(context, theme, name, angle === null ? this.width - DIAL.right : this.X(angle), y - 7, theme.ink);
  }

  drawPoint({ angle, error }, name, colour) {
    const { context, theme } = this, x = this.X(angle), y = this.Y(error);
    context.beginPath();
    context.arc(x, y, 4, 0, 2 * Math.PI);
    Object.assign(context, { fillStyle: theme.paper, strokeStyle: colour, lineWidth: 1.5 });
    context.fill();
    context.stroke();
    context.font = `500 12px ${theme.sans}`;
    const left = x < this.width / 2, low = y > this.height - DIAL.bottom - 16;
    context.textAlign = left ? "left" : "right";
    context.textBaseline = "middle";
    haloText(context, theme, name, x + (left ? 10 : -10), y + (low ? -12 : 12), colour);
  }

  drawNow({ angle, error }) {
    const { context, theme } = this, x = this.X(wrapped(angle, 180));
    Object.assign(context, { strokeStyle: theme.z, lineWidth: 1 });
    context.globalAlpha = 0.55;
    context.beginPath();
    context.moveTo(x, DIAL.top);
    context.lineTo(x, this.height - DIAL.bottom);
    context.stroke();
    context.globalAlpha = 1;
    context.beginPath();
    context.arc(x, this.Y(error), 5, 0, 2 * Math.PI);
    Object.assign(context, { fillStyle: theme.recon, strokeStyle: theme.paper, lineWidth: 3 });
    context.stroke();
    context.fill();
  }
}
