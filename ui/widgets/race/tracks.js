// ---- tracks.js: one quantity of all runners against the step, on a logarithmic scale -------------

const TRACK = { left: 52, right: 12, top: 10, bottom: 22 };   // CSS pixels around the lines

class Track {
  constructor(canvas) { this.canvas = canvas; }

  /** The first steps, in which most happens, have more room: the axis is one of square roots. */
  X(step) { return TRACK.left + (this.width - TRACK.left - TRACK.right) * Math.sqrt(step / LINEAR_STEPS); }

  Y(value) {
    const { low, high } = this.scale, within = Math.min(high, Math.max(low, value));
    const share = Math.log(within / low) / Math.log(high / low);
    return this.height - TRACK.bottom - share * (this.height - TRACK.top - TRACK.bottom);
  }

  /**
   * lines: values by step, one list per runner; scale: {low, high, ticks: [[value, text]], line: [value,
   * text] to get below}; lit: index of the runner that stands out, or −1.
   */
  draw(theme, lines, scale, colour, lit) {
    const begun = beginCanvas(this.canvas);
    if (!begun) return;
    Object.assign(this, { ...begun, scale });
    this.drawAxes(theme);
    lines.forEach((values, index) => this.drawLine(values, colour, lit < 0 ? 0.55 : index === lit ? 1 : 0.2, index === lit ? 2.5 : 1.25));
    this.drawThreshold(theme);
  }

  drawAxes(theme) {
    const { context, width, height, scale } = this, foot = height - TRACK.bottom;
    context.strokeStyle = theme.hairline;
    context.lineWidth = 1;
    context.beginPath();
    context.moveTo(TRACK.left - 0.5, TRACK.top);
    context.lineTo(TRACK.left - 0.5, foot + 0.5);
    context.lineTo(width - TRACK.right, foot + 0.5);
    context.stroke();
    context.font = `400 11px ${theme.sans}`;
    context.fillStyle = theme.muted;
    Object.assign(context, { textAlign: "right", textBaseline: "middle" });
    for (const [value, text] of scale.ticks) context.fillText(text, TRACK.left - 7, this.Y(value));
    Object.assign(context, { textAlign: "center", textBaseline: "alphabetic" });
    for (const step of [0, 10, 50, 100, 200]) context.fillText(String(step), this.X(step), height - 6);
    context.textAlign = "right";
    context.fillText(`step ${LINEAR_STEPS}`, width - TRACK.right, height - 6);
  }

  drawLine(values, colour, strength, width) {
    const { context } = this;
    context.beginPath();
    values.forEach((value, step) => context.lineTo(this.X(step), this.Y(value)));
    Object.assign(context, { strokeStyle: colour, lineWidth: width, globalAlpha: strength, lineJoin: "round" });
    context.stroke();
    context.globalAlpha = 1;
  }

  drawThreshold(theme) {
    const { context, width, scale: { line: [value, text] } } = this, y = this.Y(value);
    context.strokeStyle = theme.ink;
    context.lineWidth = 1.25;
    context.setLineDash([5, 4]);
    context.beginPath();
    context.moveTo(TRACK.left, y);
    context.lineTo(width - TRACK.right, y);
    context.stroke();
    context.setLineDash([]);
    context.font = `500 12px ${theme.sans}`;
    Object.assign(context, { textAlign: "right", textBaseline: "bottom" });
    haloText(context, theme, text, width - TRACK.right, y - 3, theme.ink);
  }
}

/** The scales of the two tracks; `floored`: whether PCA itself loses anything. */
function scalesOf(floored, words) {
  const ratio = floored
    ? { low: 1e-5, high: 20, ticks: [[10, "11"], [1, "2"], [0.1, "1.1"], [0.01, "1.01"], [1e-3, "1.001"], [1e-4, "1.0001"]], line: [RATIO_LINE - 1, words.ratio_line] }
    : { low: 1e-5, high: 2, ticks: [[1, "1"], [0.1, "0.1"], [0.01, "0.01"], [1e-3, "0.001"], [1e-4, "0.0001"]], line: [RATIO_LINE - 1, words.share_line] };
  const angle = { low: 0.01, high: 100, ticks: [[90, "90°"], [10, "10°"], [1, "1°"], [0.1, "0.1°"], [0.01, "0.01°"]], line: [ANGLE_LINE, words.angle_line] };
  return { ratio, angle };
}
