// ---- line.js: one quantity along the way --------------------------------------------------------------

const LINE_HEAD = 7, LINE_FOOT = 5;   // CSS pixels above and below the line

class WayLine {
  constructor(node) {
    this.canvas = node.querySelector("canvas");
    this.value = node.querySelector(".value");
    this.base = document.createElement("canvas");
  }

  /** The frames of the strip stand over the same places. */
  X(share) { return this.width * (share * (FRAMES - 1) + 0.5) / FRAMES; }
  Y(value) { return this.height - LINE_FOOT - (this.height - LINE_FOOT - LINE_HEAD) * value / this.most; }

  /** Whatever stays put while the handle moves. facts: {values, least top of the scale, mark, name, dashed}. */
  print(theme, { values, top, mark = null, words }) {
    const { canvas, base } = this, ratio = window.devicePixelRatio || 1;
    Object.assign(this, { width: canvas.clientWidth, height: canvas.clientHeight, ratio });
    for (const each of [canvas, base]) {
      each.width = Math.round(this.width * ratio);
      each.height = Math.round(this.height * ratio);
    }
    this.most = Math.max(top, 1.05 * Math.max(...values));
    const context = base.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.drawAxis(context, theme);
    if (mark !== null) this.drawMark(context, theme, mark);
    context.strokeStyle = theme.ink;
    context.lineWidth = 2;
    context.lineJoin = "round";
    context.beginPath();   // a change stands between the two places it compares
    values.forEach((value, k) => context.lineTo(this.X((k + (PLACES - values.length) / 2) / (PLACES - 1)), this.Y(value)));
    context.stroke();
    canvas.setAttribute("aria-label", `${words}: from ${formatNumber(Math.min(...values))} to ${formatNumber(Math.max(...values))}`);
  }

  drawAxis(context, theme) {
    context.font = `400 11px ${theme.sans}`;
    context.textBaseline = "middle";
    for (const { value, text } of roundTicks(0, this.most, roundStep(this.most, 2))) {
      const y = Math.round(this.Y(value)) + 0.5;
      context.strokeStyle = theme.hairline;
      context.lineWidth = 1;
      context.beginPath();
      context.moveTo(value ? 22 : 0, y);
      context.lineTo(this.width, y);
      context.stroke();
      context.fillStyle = theme.muted;
      if (value) context.fillText(text, 0, y);
    }
  }

  drawMark(context, theme, value) {
    const y = this.Y(value);
    context.strokeStyle = theme.muted;
    context.lineWidth = 1.25;
    context.setLineDash([5, 4]);
    context.beginPath();
    context.moveTo(22, y);
    context.lineTo(this.width, y);
    context.stroke();
    context.setLineDash([]);
  }

  /** share: where the handle stands, or null while the probe is off the way. */
  paint(theme, share, value) {
    const context = this.canvas.getContext("2d");
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    context.drawImage(this.base, 0, 0);
    context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    this.value.textContent = value === null ? "–" : formatNumber(value);
    if (share === null) return;
    context.fillStyle = theme.z;
    context.globalAlpha = 0.7;
    context.fillRect(Math.round(this.X(share)) - 0.5, 0, 1, this.height);
    context.globalAlpha = 1;
  }
}
