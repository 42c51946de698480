// ---- bars.js: how much each number of a code says about the images --------------------------------
// One bar per unit, sorted by the variance of its mean code, on a logarithmic scale: filled above the
// threshold (used), hollow below. The whole drawing is one control: slide over it, or use the arrow keys.

const BAR_ROOM = { left: 40, right: 6, top: 26, bottom: 20, ticks: 15 };   // CSS pixels
const BAR_KEYS = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 };
const HIGHEST_VARIANCE = 2;   // the prior's is 1

class UnitBars {
  /** on.choose(rank) at once, on.rest() when let go, on.soon() after a key. */
  constructor(widget, canvas, on) {
    Object.assign(this, { canvas, on, held: false });
    widget.listen(canvas, "pointerdown", (event) => {
      if (event.button !== 0) return;
      this.held = true;
      try { canvas.setPointerCapture(event.pointerId); } catch { /* it has already left */ }
      on.choose(this.rankAt(event));
    });
    widget.listen(canvas, "pointermove", (event) => { if (this.held) on.choose(this.rankAt(event)); });
    for (const type of ["pointerup", "pointercancel"]) {
      widget.listen(canvas, type, () => {
        if (this.held) on.rest();
        this.held = false;
      });
    }
    widget.listen(canvas, "keydown", (event) => this.key(event));
    widget.listen(canvas, "blur", () => { if (widget.timer) widget.commit(); });
  }

  /** variance (k,), descending; lowest: the foot of the axis. */
  take(variance, threshold, lowest) { Object.assign(this, { variance, threshold, lowest }); }

  get count() { return this.variance.length; }

  rankAt(event) {
    const { left, width } = this.canvas.getBoundingClientRect();
    const share = (event.clientX - left - BAR_ROOM.left) / (width - BAR_ROOM.left - BAR_ROOM.right);
    return Math.min(this.count - 1, Math.max(0, Math.floor(share * this.count)));
  }

  key(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const step = BAR_KEYS[event.key], last = this.count - 1;
    const to = step ? this.rank + step : { Home: 0, End: last }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    this.on.choose(Math.min(last, Math.max(0, to)));
    this.on.soon();
  }

  X(rank) { return BAR_ROOM.left + (this.width - BAR_ROOM.left - BAR_ROOM.right) * rank / this.count; }
  Y(variance) {
    const share = Math.log(Math.max(variance, this.lowest) / this.lowest) / Math.log(HIGHEST_VARIANCE / this.lowest);
    return this.height - BAR_ROOM.bottom - (this.height - BAR_ROOM.top - BAR_ROOM.bottom) * share;
  }

  draw(theme, rank, words) {
    Object.assign(this, beginCanvas(this.canvas), { rank });
    const { context, count } = this, foot = this.height - BAR_ROOM.bottom, wide = this.X(1) - this.X(0);
    const across = [1, 8, 16, 24, 32].filter((place) => place <= count);
    drawFrame(this, theme, BAR_ROOM, powerTicks(this.lowest, HIGHEST_VARIANCE, 6),
      across.map((place) => ({ value: place - 0.5, text: String(place) })));
    context.font = `400 12px ${theme.sans}`;
    Object.assign(context, { textAlign: "left", fillStyle: theme.muted });
    context.fillText(words.up_bars, 0, 12);
    context.fillStyle = theme.hairline;
    context.fillRect(this.X(rank), BAR_ROOM.top, wide, foot - BAR_ROOM.top);
    const gap = wide > 8 ? 2 : 1;
    this.variance.forEach((variance, at) => {
      const top = this.Y(variance), box = [this.X(at) + gap, top, wide - 2 * gap, foot - top];
      context.fillStyle = context.strokeStyle = theme.mu;
      context.lineWidth = 1;
      if (variance > this.threshold) context.fillRect(...box);
      else context.strokeRect(box[0] + 0.5, top + 0.5, box[2] - 1, Math.max(foot - top - 1, 0));
    });
    this.drawThreshold(theme, words.threshold);
  }

  drawThreshold(theme, word) {
    const { context, width } = this, y = this.Y(this.threshold);
    drawLevel(this, BAR_ROOM, y, theme.ink, 1.25, [5, 4]);
    context.font = `400 12px ${theme.sans}`;
    Object.assign(context, { textAlign: "right", textBaseline: "alphabetic" });
    Object.assign(context, { strokeStyle: theme.paper, lineWidth: 4, lineJoin: "round", fillStyle: theme.ink });
    context.strokeText(word, width - BAR_ROOM.right - 2, y - 5);
    context.fillText(word, width - BAR_ROOM.right - 2, y - 5);
  }
}
