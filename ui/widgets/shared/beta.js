// ---- beta.js: β on a logarithmic track ------------------------------------------------------------
// Arrow keys move one per cent of the track, with Shift five; Page Up and Page Down ten; Home and End go
// to the ends. β has three significant digits, so what is shown is what is used.

const POSITIONS = 1000, KEY_STEP = 10, KEY_LEAP = 50;
const ROUND_BETAS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 3, 5, 10, 20, 50, 100];

class BetaHandle {
  constructor(widget, on) {
    this.input = widget.find(".handle .range");
    this.value = widget.find(".handle .value");
    this.ticks = widget.find(".ticks");
    this.handle = new RangeHandle(widget, this.input, {
      move: (position) => on.move(this.betaAt(position)), rest: on.rest, soon: on.soon,
    });
    widget.listen(this.input, "keydown", (event) => this.key(event));
  }

  get held() { return this.handle.held; }

  /** The range on the track, [lowest β, highest β]. */
  spread([low, high]) {
    Object.assign(this, { low, high });
    const within = ROUND_BETAS.filter((beta) => beta > low * 1.05 && beta < high / 1.05);
    this.ticks.replaceChildren(...[low, ...within, high].map((beta) => {
      const tick = document.createElement("span");
      tick.textContent = beta;
      tick.style.setProperty("--at", this.shareOf(beta));
      return tick;
    }));
  }

  shareOf(beta) { return Math.log(beta / this.low) / Math.log(this.high / this.low); }

  betaAt(position) {
    return this.within(this.low * (this.high / this.low) ** (position / POSITIONS));
  }

  within(beta) {
    return Math.min(this.high, Math.max(this.low, Number(beta.toPrecision(3))));
  }

  key(event) {
    const way = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[event.key];
    if (!way || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    this.input.value = Number(this.input.value) + way * (event.shiftKey ? KEY_LEAP : KEY_STEP);
    this.input.dispatchEvent(new Event("input"));
  }

  show(beta) {
    const position = Number(this.input.value), text = formatBeta(beta);
    // The hand is on a place that rounds to this β: leave the thumb under it.
    const there = this.betaAt(position) === beta ? position : Math.round(POSITIONS * this.shareOf(beta));
    this.handle.show(there, `β = ${text}`);
    this.value.textContent = text;
  }
}

/** Three significant digits, two decimals at least below ten: 0.05, 0.30, 0.861, 1.25, 10.0. */
function formatBeta(beta) {
  if (beta >= 1) return beta.toPrecision(3);
  return String(beta).length > 4 ? String(beta) : beta.toFixed(2);
}
