// ---- variance.js: the likelihood's variance c on a logarithmic track -------------------------------
// Arrow keys move one per cent of the track, with Shift five; Page Up and Page Down ten; Home and End go
// to the ends. c has three significant digits, so what is shown is what is used.

const C_POSITIONS = 1000, C_STEP = 10, C_LEAP = 50;
const C_SNAP = 4;   // positions: a place so near to a power of ten is that power

class VarianceHandle {
  /** host holds .range, .value and .ticks; on.move(c) at once, on.rest() when let go, on.soon() after a key. */
  constructor(widget, host, on) {
    Object.assign(this, { input: host.querySelector(".range"), value: host.querySelector(".value"), ticks: host.querySelector(".ticks") });
    Object.assign(this.input, { min: 0, max: C_POSITIONS, step: 1 });
    this.handle = new RangeHandle(widget, this.input, { ...on, move: (position) => on.move(this.cAt(position)) });
    widget.listen(this.input, "keydown", (event) => this.key(event));
  }

  /** The range on the track, [lowest c, highest c], and the c that `word` is written under. */
  spread([low, high], trained, word) {
    Object.assign(this, { low, high });
    const decades = Math.round(Math.log10(high / low));
    this.ticks.replaceChildren(...Array.from({ length: decades + 1 }, (_, k) => {
      const c = Number((low * 10 ** k).toPrecision(3)), tick = element("span", formatVariance(c));
      if (c === trained) tick.append(element("b", word));
      tick.style.setProperty("--at", k / decades);
      return tick;
    }));
  }

  cAt(position) {
    const decades = Math.log10(this.high / this.low), power = Math.log10(this.low) + decades * position / C_POSITIONS;
    const whole = Math.round(power), near = Math.abs(power - whole) * C_POSITIONS <= C_SNAP * decades;
    return this.within(10 ** (near ? whole : power));
  }

  within(c) { return Math.min(this.high, Math.max(this.low, Number(c.toPrecision(3)))); }

  key(event) {
    const way = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[event.key];
    if (!way || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    this.input.value = Number(this.input.value) + way * (event.shiftKey ? C_LEAP : C_STEP);
    this.input.dispatchEvent(new Event("input"));
  }

  show(c) {
    const position = Number(this.input.value), text = formatVariance(c);
    // The hand is on a place that rounds to this c: leave the thumb under it.
    const own = Math.round(C_POSITIONS * Math.log(c / this.low) / Math.log(this.high / this.low));
    this.handle.show(this.cAt(position) === c ? position : own, `c = ${text}`);
    this.value.textContent = text;
  }
}

/** Three significant digits, no more than c needs: 0.001, 0.0316, 0.1. */
const formatVariance = (c) => String(Number(c.toPrecision(3)));
