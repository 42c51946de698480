// ---- errors.js: the largest error of each network, step by step, on a logarithmic scale -------------
// Half is the line between lossy and lossless, for a code in integers as for a pixel in grey levels.

const LEAST = 1e-8, MOST = 1e2;                          // shown of the errors
const AROUND = { left: 44, right: 68, top: 10, bottom: 24, ticks: 17 };   // CSS pixels
const ERROR_TICKS = [[1e-8, "10⁻⁸"], [1e-6, "10⁻⁶"], [1e-4, "10⁻⁴"], [1e-2, "0.01"], [1, "1"], [1e2, "100"]];

class ErrorCurves {
  constructor(canvas) { this.canvas = canvas; }

  X(step) { return AROUND.left + (this.width - AROUND.left - AROUND.right) * step / STEPS; }
  Y(error) {
    const share = Math.log(Math.min(MOST, Math.max(LEAST, error)) / LEAST) / Math.log(MOST / LEAST);
    return this.height - AROUND.bottom - (this.height - AROUND.top - AROUND.bottom) * share;
  }

  /** lines: [{name, values, colour, dash}], an error per step taken so far. */
  paint(theme, lines, lossless) {
    const begun = beginCanvas(this.canvas);
    if (!begun) return;
    const { context } = Object.assign(this, begun);
    this.drawAxes(context, theme);
    this.drawHalf(context, theme, lossless);
    for (const line of lines) this.drawLine(context, line);
    this.nameLines(context, theme, lines);
    this.describe(lines);
  }

  drawAxes(context, theme) {
    drawFrame(this, theme, AROUND, ERROR_TICKS.map(([value, text]) => ({ value, text })),
      [0, 100, 200, 300].map((step) => ({ value: step, text: String(step) })));
    context.textAlign = "left";
    context.fillText("step", this.width - AROUND.right + 14, this.height - AROUND.bottom + AROUND.ticks);
  }

  drawHalf(context, theme, words) {
    const y = Math.round(this.Y(0.5)) + 0.5;
    drawLevel(this, AROUND, y, theme.ink, 1, [1.5, 3.5]);
    context.fillStyle = theme.ink;
    context.textAlign = "right";
    context.textBaseline = "bottom";
    context.fillText(words, this.width - AROUND.right, y - 3);
  }

  drawLine(context, { values, colour, dash }) {
    context.strokeStyle = colour;
    context.lineWidth = 1.5;
    context.lineJoin = "round";
    context.setLineDash(dash);
    context.beginPath();
    values.forEach((value, step) => context.lineTo(this.X(step), this.Y(value)));
    context.stroke();
    context.setLineDash([]);
  }

  /** For a screen reader: where the lines have come to. */
  describe(lines) {
    const steps = lines[0].values.length - 1;
    const last = lines.map(({ name, values }) => `${name} ${formatSmall(values[steps])}`);
    this.canvas.setAttribute("aria-label", `Largest error after ${steps} steps: ${last.join(", ")}`);
  }

  /** Names stand where their lines have come to; they keep their distance. */
  nameLines(context, theme, lines) {
    const names = lines.map(({ name, values, colour }) => ({
      name, colour, x: this.X(values.length - 1) + 6, y: this.Y(values[values.length - 1]),
    })).sort((a, b) => a.y - b.y);
    names.forEach((each, k) => { if (k) each.y = Math.max(each.y, names[k - 1].y + 14); });
    const over = names[names.length - 1].y - (this.height - AROUND.bottom);
    if (over > 0) for (const each of names) each.y -= over;
    context.font = `500 12px ${theme.sans}`;
    context.textAlign = "left";
    context.textBaseline = "middle";
    context.lineWidth = 4;
    context.strokeStyle = theme.paper;
    for (const { name, x, y, colour } of names) {
      context.strokeText(name, x, y);
      context.fillStyle = colour;
      context.fillText(name, x, y);
    }
  }
}
