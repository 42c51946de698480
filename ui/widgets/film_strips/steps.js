// ---- steps.js: the change from frame to frame, a line per film -------------------------------------
// The points stand between the frames they compare. Dashed and open: the autoencoder; solid and filled:
// the VAE.

const FOOT = 6, HEAD = 10;   // CSS pixels below and above the lines

class StepLines {
  constructor(canvas) {
    this.canvas = canvas;
    this.base = document.createElement("canvas");
  }

  X(share) { return this.inset + (this.width - 2 * this.inset) * (share * (FRAMES - 1) + 0.5) / FRAMES; }
  Y(value) { return this.height - FOOT - (this.height - FOOT - HEAD) * value / this.most; }

  /** Whatever stays put while the handle moves. */
  print(theme, films) {
    const { canvas, base } = this, ratio = window.devicePixelRatio || 1;
    Object.assign(this, { width: canvas.clientWidth, height: canvas.clientHeight, ratio, inset: 2.5 });
    for (const each of [canvas, base]) {
      each.width = Math.round(this.width * ratio);
      each.height = Math.round(this.height * ratio);
    }
    const largest = Math.max(...films.flatMap((film) => film.steps));
    this.most = Math.max(1.05 * largest, 0.1);   // two equal picks: a flat line on a scale of its own
    const context = base.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.drawAxis(context, theme);
    for (const film of films) this.drawLine(context, theme, film.steps, film.facts.twin === "ae");
    const said = films.map(({ facts, steps }) =>
      `${facts.title} at most ${formatNumber(Math.max(...steps))}`).join(", ");
    canvas.setAttribute("aria-label", `Change from frame to frame: ${said} mean distances between images`);
  }

  drawAxis(context, theme) {
    context.font = `400 11px ${theme.sans}`;
    context.textBaseline = "middle";
    context.textAlign = "left";
    for (const { value, text } of roundTicks(0, this.most, roundStep(this.most, 4))) {
      const y = Math.round(this.Y(value)) + 0.5;
      context.strokeStyle = theme.hairline;
      context.lineWidth = 1;
      context.beginPath();
      context.moveTo(value ? 20 : 0, y);
      context.lineTo(this.width, y);
      context.stroke();
      context.fillStyle = theme.muted;
      if (value) context.fillText(text, 0, y);
    }
  }

  drawLine(context, theme, steps, dashed) {
    const places = steps.map((step, k) => [this.X((k + 0.5) / (FRAMES - 1)), this.Y(step)]);
    context.strokeStyle = theme.ink;
    context.lineWidth = 2;
    context.lineJoin = "round";
    context.setLineDash(dashed ? [5, 4] : []);
    context.beginPath();
    places.forEach(([x, y]) => context.lineTo(x, y));
    context.stroke();
    context.setLineDash([]);
    context.fillStyle = dashed ? theme.paper : theme.ink;
    for (const [x, y] of places) {
      context.beginPath();
      context.arc(x, y, 3.5, 0, 2 * Math.PI);
      context.fill();
      context.stroke();
    }
  }

  paint(theme, share) {
    const context = this.canvas.getContext("2d");
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    context.fillStyle = theme.z;
    context.globalAlpha = 0.7;
    context.fillRect(Math.round(this.X(share)) - 0.5, 0, 1, this.height);
    context.globalAlpha = 1;
    context.drawImage(this.base, 0, 0, this.width, this.height);
  }
}
