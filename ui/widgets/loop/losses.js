// ---- losses.js: the loss after every round, over PCA's floor ---------------------------------------

const LOSS_PLOT = { left: 34, right: 12, top: 10, bottom: 22, ticks: 16 };   // CSS pixels around the line
const SPANS = [20, 30, 50, 75, 100, 150, 200, 300, 400, 500, 750, 1000, 1500];   // rounds on the axis

class LossCurve {
  constructor(canvas) { this.canvas = canvas; }

  X(n) { return LOSS_PLOT.left + (this.width - LOSS_PLOT.left - LOSS_PLOT.right) * n / this.span; }
  Y(loss) { return this.height - LOSS_PLOT.bottom - (this.height - LOSS_PLOT.top - LOSS_PLOT.bottom) * loss / this.most; }

  /** losses: after 0, 1, … updates. The scale shows twice the first loss: what is beyond leaves at the top. */
  paint(theme, losses, floor, words) {
    const begun = beginCanvas(this.canvas), last = losses.length - 1;
    if (!begun) return;
    const { context } = begun;
    Object.assign(this, begun, { span: SPANS.find((span) => span >= last) ?? MOST_ROUNDS });
    this.most = Math.min(1.08 * Math.max(...losses, 1.2 * floor), 2 * Math.max(losses[0], floor));
    drawFrame(this, theme, { ...LOSS_PLOT, top: LOSS_PLOT.top - 6 },
      roundTicks(0, this.most, roundStep(this.most, 3)), roundTicks(0, this.span, roundStep(this.span, 4)));
    this.drawFloor(context, theme, floor, words);
    this.drawLosses(context, theme, losses);
    this.canvas.setAttribute("aria-label", `${words.loss}: ${formatNumber(losses[last], 3)}. ${words.floor} ${formatNumber(floor, 3)}`);
  }

  drawFloor(context, theme, floor, words) {
    const y = Math.round(this.Y(floor)) + 0.5;
    drawLevel(this, LOSS_PLOT, y, theme.ink, 1.25, [5, 4]);
    context.font = `500 12px ${theme.sans}`;
    context.textAlign = "right";
    context.textBaseline = "bottom";
    haloText(context, theme, `${words.floor} ${formatNumber(floor, 3)}`, this.width - LOSS_PLOT.right, y - 4, theme.ink);
  }

  drawLosses(context, theme, losses) {
    context.save();
    context.beginPath();
    context.rect(LOSS_PLOT.left - 5, 0, this.width, this.height - LOSS_PLOT.bottom + 1);
    context.clip();
    context.strokeStyle = context.fillStyle = theme.recon;
    context.lineWidth = 2;
    context.lineJoin = "round";
    context.beginPath();
    losses.forEach((loss, n) => context.lineTo(this.X(n), Math.max(-50, this.Y(loss))));
    context.stroke();
    const last = losses.length - 1;
    context.beginPath();
    context.arc(this.X(last), this.Y(losses[last]), 4, 0, 2 * Math.PI);
    context.fill();
    context.restore();
  }
}
