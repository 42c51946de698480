// ---- curves.js: lines over epochs on a canvas ---------------------------------------------------
// One quantity per panel: training solid, validation dashed, both named where they end, no legend and
// no grid. What lies beyond the cursor (recorded, not yet shown) is drawn faint.

const PLOT = { left: 38, right: 74, top: 12, bottom: 26, ticks: 18 };   // CSS pixels around the lines
const FIRST_SHOWN = 0.03;   // of the epochs: what comes before may leave the panel at the top

class CurvePanel {
  constructor(canvas) { this.canvas = canvas; }

  /** Whether there is room to draw on. */
  measure() { return fitCanvas(this.canvas) !== null; }

  X(epoch) { return PLOT.left + (this.width - PLOT.left - PLOT.right) * epoch / this.epochs; }
  Y(value) {
    const share = (value - this.low) / (this.high - this.low);
    return this.height - PLOT.bottom - (this.height - PLOT.top - PLOT.bottom) * share;
  }

  epochAt(event) {
    const box = this.canvas.getBoundingClientRect();
    const share = (event.clientX - box.left - PLOT.left) / (box.width - PLOT.left - PLOT.right);
    return Math.min(1, Math.max(0, share)) * this.epochs;
  }

  /** lines: [{name, values, dashed}] over epoch; floor: a value no model passes, or null. */
  draw(theme, { epoch, lines, epochs, shown, floor, colour, fromZero }) {
    this.epochs = Math.max(1, epochs);
    this.span(epoch, lines, fromZero ? 0 : floor);
    const { context } = Object.assign(this, beginCanvas(this.canvas));
    this.drawAxes(theme);
    if (floor !== null) drawLevel(this, PLOT, this.Y(floor), theme.muted, 1.25, [1.5, 3.5]);
    for (const [until, strength] of [[Infinity, 0.3], [shown, 1]]) {
      context.globalAlpha = strength;
      for (const line of lines) this.drawLine(epoch, line, colour, until);
    }
    context.globalAlpha = 1;
    this.drawCursor(theme, epoch, lines, shown, colour);
    if (floor !== null) this.nameFloor(theme, floor);
    this.nameLines(theme, epoch, lines, colour);
  }

  /** The range of values that lets the later epochs be read. */
  span(epoch, lines, bottom) {
    const first = Math.ceil(FIRST_SHOWN * this.epochs), last = epoch[epoch.length - 1] ?? 0;
    const values = [];
    for (const line of lines) {
      line.values.forEach((value, k) => {
        if (Number.isFinite(value) && epoch[k] >= Math.min(first, last)) values.push(value);
      });
    }
    const least = Math.min(...values, bottom ?? Infinity), most = Math.max(...values);
    const low = Number.isFinite(least) ? least : 0, high = Number.isFinite(most) ? most : 1;
    const air = 0.06 * Math.max(high - low, 1e-3 * Math.abs(high), 1e-6);
    Object.assign(this, { low: bottom === 0 ? 0 : low - air, high: high + air });
  }

  drawAxes(theme) {
    const { context, width, height, low, high, epochs } = this;
    drawFrame(this, theme, PLOT, roundTicks(low, high, roundStep(high - low, 4)),
      roundTicks(0, epochs, Math.max(1, roundStep(epochs, 5))));
    context.textAlign = "left";
    context.fillText("epoch", width - PLOT.right + 8, height - PLOT.bottom + PLOT.ticks);
  }

  nameFloor(theme, floor) {
    const { context } = this;
    context.font = `400 11px ${theme.sans}`;
    context.textAlign = "left";
    context.textBaseline = "bottom";
    const words = `entropy floor ${formatNumber(floor, 1)}`;
    haloWord(context, theme, words, PLOT.left + 8, this.Y(floor) - 3, theme.muted);
  }

  drawLine(epoch, { values, dashed }, colour, until) {
    const context = this.context;
    context.save();
    context.beginPath();
    // A line may leave at the top: early epochs are far off the later ones' scale.
    context.rect(PLOT.left, PLOT.top - 8, this.width, this.height - PLOT.bottom - PLOT.top + 9);
    context.clip();
    context.beginPath();
    let drawing = false;
    for (let k = 0; k < epoch.length && epoch[k] <= until; k++) {
      const known = Number.isFinite(values[k]);
      if (known && drawing) context.lineTo(this.X(epoch[k]), this.Y(values[k]));
      else if (known) context.moveTo(this.X(epoch[k]), this.Y(values[k]));
      drawing = known;
    }
    context.strokeStyle = colour;
    context.lineWidth = 2;
    context.lineJoin = "round";
    context.setLineDash(dashed ? [5, 4] : []);
    context.stroke();
    context.restore();
  }

  drawCursor(theme, epoch, lines, shown, colour) {
    const { context } = this, x = Math.round(this.X(shown)) + 0.5, at = epoch.indexOf(shown);
    drawUpright(this, x, this.height - PLOT.bottom, PLOT.top, theme.ink, 1);
    for (const { values, dashed } of lines) {
      const y = this.Y(values[at]);
      if (!Number.isFinite(y) || y < 2) continue;
      context.beginPath();
      context.arc(x, y, 4, 0, 2 * Math.PI);
      context.fillStyle = dashed ? theme.paper : colour;
      context.strokeStyle = colour;
      context.lineWidth = 2;
      context.fill();
      context.stroke();
    }
  }

  /** A line's name stands to the right of its last point; two names keep their distance. */
  nameLines(theme, epoch, lines, colour) {
    const { context } = this, last = epoch.length - 1;
    if (last < 1) return;
    const names = lines.filter(({ values }) => Number.isFinite(values[last]))
      .map(({ name, values }) => ({ name, y: Math.max(PLOT.top, this.Y(values[last])) }))
      .sort((a, b) => a.y - b.y);
    keepApart(names, 14);
    context.font = `500 12px ${theme.sans}`;
    context.textAlign = "left";
    context.textBaseline = "middle";
    for (const { name, y } of names) haloWord(context, theme, name, this.X(epoch[last]) + 8, y, colour);
  }
}

function haloWord(context, theme, word, x, y, colour) {
  context.lineJoin = "round";
  context.strokeStyle = theme.paper;
  context.lineWidth = 4;
  context.strokeText(word, x, y);
  context.fillStyle = colour;
  context.fillText(word, x, y);
}
