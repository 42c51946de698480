// ---- tracks.js: one quantity of all runners against the step, on a logarithmic scale -------------

const TRACK = { left: 52, right: 12, top: 10, bottom: 22, ticks: 16 };   // CSS pixels around the lines

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
    lines.forEach((values, index) => {
      const strength = lit < 0 ? 0.55 : index === lit ? 1 : 0.2;
      this.drawLine(values, colour, strength, index === lit ? 2.5 : 1.25);
    });
    this.drawThreshold(theme);
  }

  drawAxes(theme) {
    const { context, width, height, scale } = this;
    drawFrame(this, theme, TRACK, scale.ticks.map(([value, text]) => ({ value, text })),
      [0, 10, 50, 100, 200].map((step) => ({ value: step, text: String(step) })));
    context.textAlign = "right";
    context.fillText(`step ${LINEAR_STEPS}`, width - TRACK.right, height - TRACK.bottom + TRACK.ticks);
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
    drawLevel(this, TRACK, y, theme.ink, 1.25, [5, 4]);
    context.font = `500 12px ${theme.sans}`;
    Object.assign(context, { textAlign: "right", textBaseline: "bottom" });
    haloText(context, theme, text, width - TRACK.right, y - 3, theme.ink);
  }
}

/** The scales of the two tracks; `floored`: whether PCA itself loses anything. */
function scalesOf(floored, words) {
  const below = [[0.1, "1.1"], [0.01, "1.01"], [1e-3, "1.001"], [1e-4, "1.0001"]];
  const shares = [1, 0.1, 0.01, 0.001, 0.0001].map((share) => [share, String(share)]);
  const ratio = floored
    ? { low: 1e-5, high: 20, ticks: [[10, "11"], [1, "2"], ...below], line: [RATIO_LINE - 1, words.ratio_line] }
    : { low: 1e-5, high: 2, ticks: shares, line: [RATIO_LINE - 1, words.share_line] };
  const degrees = [90, 10, 1, 0.1, 0.01].map((angle) => [angle, `${angle}°`]);
  const angle = { low: 0.01, high: 100, ticks: degrees, line: [ANGLE_LINE, words.angle_line] };
  return { ratio, angle };
}
