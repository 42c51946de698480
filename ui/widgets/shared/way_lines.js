// ---- way_lines.js: lines along a way, over the frames of a strip that show it ------------------------
// One quantity per canvas, from A to B. Lines are told apart by dash and mark: dashed with open points,
// solid with filled ones. A violet hairline is where the handle stands.

const WAY_FOOT = 6, WAY_HEAD = 10;   // CSS pixels below and above the lines
const WAY_LEFT = 22;                 // kept for the numbers of the axis

class WayLines {
  /** frames: how many stand over the lines, `inset` CSS pixels from both sides. */
  constructor(canvas, frames, inset = 0) {
    Object.assign(this, { canvas, frames, inset, base: document.createElement("canvas") });
  }

  X(share) { return this.inset + (this.width - 2 * this.inset) * (share * (this.frames - 1) + 0.5) / this.frames; }
  Y(value) { return this.height - WAY_FOOT - (this.height - WAY_FOOT - WAY_HEAD) * value / this.most; }

  /**
   * Whatever stays put while the handle moves. lines: [{values, steps, dashed, dots}], values equally far
   * apart, with `steps` between the places they compare; top: of the scale at least; ticks: about how many;
   * level: a value marked across, or null.
   */
  print(theme, { lines, top, ticks, level = null, label }) {
    const fit = fitCanvas(this.canvas), begun = beginCanvas(this.base, this.canvas);
    if (!begun) return;
    const { context } = Object.assign(this, fit, begun);
    this.most = Math.max(top, 1.05 * Math.max(...lines.flatMap(({ values }) => values)));
    this.drawAxis(context, theme, ticks);
    if (level !== null) drawLevel(this, { left: WAY_LEFT, right: 0 }, this.Y(level), theme.muted, 1.25, [5, 4]);
    for (const line of lines) this.drawLine(context, theme, line);
    this.canvas.setAttribute("aria-label", label);
  }

  drawAxis(context, theme, count) {
    context.font = `400 11px ${theme.sans}`;
    context.textBaseline = "middle";
    context.textAlign = "left";
    for (const { value, text } of roundTicks(0, this.most, roundStep(this.most, count))) {
      const y = Math.round(this.Y(value)) + 0.5;
      context.strokeStyle = theme.hairline;
      context.lineWidth = 1;
      context.beginPath();
      context.moveTo(value ? WAY_LEFT : 0, y);
      context.lineTo(this.width, y);
      context.stroke();
      context.fillStyle = theme.muted;
      if (value) context.fillText(text, 0, y);
    }
  }

  drawLine(context, theme, { values, steps = false, dashed = false, dots = false }) {
    const { length } = values;
    const places = values.map((value, k) => [this.X(steps ? (k + 0.5) / length : k / (length - 1)), this.Y(value)]);
    context.strokeStyle = theme.ink;
    context.lineWidth = 2;
    context.lineJoin = "round";
    context.setLineDash(dashed ? [5, 4] : []);
    context.beginPath();
    places.forEach(([x, y]) => context.lineTo(x, y));
    context.stroke();
    context.setLineDash([]);
    if (!dots) return;
    context.fillStyle = dashed ? theme.paper : theme.ink;
    for (const [x, y] of places) {
      context.beginPath();
      context.arc(x, y, 3.5, 0, 2 * Math.PI);
      context.fill();
      context.stroke();
    }
  }

  /** share: where the handle stands, or null while nothing stands on the way. */
  paint(theme, share) {
    const context = this.canvas.getContext("2d");
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    if (share !== null) {
      context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
      context.fillStyle = theme.z;
      context.globalAlpha = 0.7;
      context.fillRect(Math.round(this.X(share)) - 0.5, 0, 1, this.height);
      context.globalAlpha = 1;
      context.setTransform(1, 0, 0, 1, 0, 0);
    }
    context.drawImage(this.base, 0, 0);
  }
}
