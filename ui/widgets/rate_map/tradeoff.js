// ---- tradeoff.js: reconstruction against KL -------------------------------------------------------
// The family's curve as a line with a marker at the handle's β, the VAEs trained for one β as open
// rings, the reader's own as named diamonds. The tangent at the marker has slope −β: along it, recon +
// β KL stays the same.

const NOTHING = 0.05;   // nats of KL: the codes no longer say anything
const MARGIN = { left: 40, right: 14, top: 26, bottom: 38, ticks: 15 };   // CSS pixels around the lines

class Tradeoff {
  constructor(canvas) { this.canvas = canvas; }

  /** Whether there is room to draw on. */
  measure() { return fitCanvas(this.canvas) !== null; }

  /** Axes that hold every point (but one far beyond the others, which stands at the edge). */
  span({ curve, individual, checks, beyond, floor }) {
    const points = [...curve, ...individual, ...checks];
    const highest = Math.max(...points.map((point) => point.recon - floor));
    const near = !beyond || beyond.recon - floor < 2 * highest;
    if (beyond && near) points.push(beyond);
    const kl = points.map((point) => point.kl), recon = points.map((point) => point.recon - floor);
    const air = 0.08 * (Math.max(...recon) - Math.min(...recon));
    this.floor = floor;
    this.right = 1.06 * Math.max(...kl);
    this.low = Math.max(0, Math.min(...recon) - air);
    this.high = Math.max(...recon) + (near ? 1 : 3) * air;   // room for the arrow and its words
  }

  X(kl) { return MARGIN.left + (this.width - MARGIN.left - MARGIN.right) * kl / this.right; }
  Y(recon) {
    const share = (recon - this.floor - this.low) / (this.high - this.low);
    return this.height - MARGIN.bottom - (this.height - MARGIN.top - MARGIN.bottom) * share;
  }

  /** facts: {curve, individual, beyond, checks} of {beta, kl, recon}; here: the marker's. */
  draw(theme, facts, here) {
    Object.assign(this, beginCanvas(this.canvas));
    this.drawAxes(theme);
    this.drawTangent(theme, here);
    this.drawCurve(theme, facts.curve);
    for (const point of facts.individual) this.drawRing(theme, point);
    if (facts.beyond) this.drawBeyond(theme, facts.beyond);
    this.drawMarker(theme, here);
    for (const check of facts.checks) this.drawCheck(theme, check);   // often right under the marker
  }

  drawAxes(theme) {
    const { context, low, high, floor } = this;
    const above = roundTicks(low, high, roundStep(high - low, 5));
    drawFrame(this, theme, MARGIN, above.map(({ value, text }) => ({ value: value + floor, text })),
      roundTicks(0, this.right, roundStep(this.right, 7)));
    context.font = `400 12px ${theme.sans}`;
    context.textAlign = "right";
    context.fillText("KL, nats per image", this.width - MARGIN.right, this.height - MARGIN.bottom + 32);
    context.textAlign = "left";
    context.fillText("reconstruction above its floor, nats per image", 0, 13);
  }

  drawCurve(theme, curve) {
    const { context } = this;
    context.strokeStyle = theme.ink;
    context.lineWidth = 1.75;
    context.lineJoin = "round";
    context.beginPath();
    for (const { kl, recon } of curve) context.lineTo(this.X(kl), this.Y(recon));
    context.stroke();
    context.font = `400 11px ${theme.sans}`;
    context.textBaseline = "middle";
    const [first, last] = [curve[0], curve[curve.length - 1]];
    context.textAlign = "right";
    haloText(context, theme, `β = ${first.beta}`, this.X(first.kl), this.Y(first.recon) - 20, theme.muted);
    context.textAlign = "left";
    haloText(context, theme, `β = ${last.beta}`, this.X(last.kl) + 9, this.Y(last.recon) + 4, theme.muted);
  }

  drawTangent(theme, { beta, kl, recon }) {
    const { context } = this, at = (x) => recon - beta * (x - kl);
    context.save();
    context.beginPath();
    context.rect(MARGIN.left, MARGIN.top, this.width - MARGIN.left - MARGIN.right,
      this.height - MARGIN.top - MARGIN.bottom);
    context.clip();
    context.strokeStyle = theme.kl;
    context.globalAlpha = 0.55;
    context.lineWidth = 1;
    context.setLineDash([2, 3]);
    context.beginPath();
    context.moveTo(this.X(0), this.Y(at(0)));
    context.lineTo(this.X(this.right), this.Y(at(this.right)));
    context.stroke();
    context.restore();
  }

  drawRing(theme, { kl, recon }, radius = 3.5) {
    const { context } = this;
    context.beginPath();
    context.arc(this.X(kl), this.Y(recon), radius, 0, 2 * Math.PI);
    context.fillStyle = theme.paper;
    context.fill();
    context.strokeStyle = theme.ink;
    context.lineWidth = 1.25;
    context.stroke();
  }

  /** A run of a β that the handle does not reach; above the axes an arrow and its number. */
  drawBeyond(theme, point) {
    const { context } = this, x = this.X(point.kl), above = point.recon - this.floor;
    const inside = above <= this.high, y = inside ? this.Y(point.recon) : MARGIN.top + 8;
    if (inside) this.drawRing(theme, point);
    else this.drawUp(theme, x, y);
    context.font = `400 11px ${theme.sans}`;
    context.textAlign = "left";
    context.textBaseline = "middle";
    const outcome = point.kl < NOTHING ? ": collapsed" : "";
    const where = inside ? "" : `, ${formatNumber(above, 0)} nats up`;
    const words = `β = ${point.beta}, its own run${outcome}${where}`;
    haloText(context, theme, words, x + 11, y - (inside ? 6 : 0), theme.muted);
  }

  drawUp(theme, x, y) {
    const { context } = this;
    context.beginPath();
    context.moveTo(x, y - 7);
    context.lineTo(x + 5, y + 3);
    context.lineTo(x - 5, y + 3);
    context.closePath();
    context.fillStyle = theme.ink;
    context.fill();
  }

  drawCheck(theme, { beta, kl, recon }) {
    const { context } = this, x = this.X(kl), y = this.Y(recon), reach = 5.5;
    context.beginPath();
    context.moveTo(x, y - reach);
    context.lineTo(x + reach, y);
    context.lineTo(x, y + reach);
    context.lineTo(x - reach, y);
    context.closePath();
    context.strokeStyle = theme.paper;
    context.lineWidth = 3;
    context.stroke();
    context.fillStyle = theme.ink;
    context.fill();
    context.font = `600 12px ${theme.sans}`;
    context.textBaseline = "middle";
    const left = x > this.width - 90;
    context.textAlign = left ? "right" : "left";
    haloText(context, theme, `yours, β = ${beta}`, left ? x - 10 : x + 10, y - 9, theme.ink);
  }

  drawMarker(theme, { kl, recon }) {
    const { context } = this;
    context.beginPath();
    context.arc(this.X(kl), this.Y(recon), 6, 0, 2 * Math.PI);
    context.strokeStyle = theme.paper;
    context.lineWidth = 4;
    context.stroke();
    context.fillStyle = theme.kl;
    context.fill();
  }
}

/** The curve at `beta`, straight in log β between its points; {beta, kl, recon}. */
function onCurve(curve, beta) {
  const last = curve.length - 1;
  let k = 0;
  while (k < last - 1 && curve[k + 1].beta < beta) k++;
  const [a, b] = [curve[k], curve[k + 1]];
  const share = Math.min(1, Math.max(0, Math.log(beta / a.beta) / Math.log(b.beta / a.beta)));
  return { beta, kl: mix(a.kl, b.kl, share), recon: mix(a.recon, b.recon, share) };
}
