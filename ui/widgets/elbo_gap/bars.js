// ---- bars.js: log p(x) as a bar, split into ELBO and gap -------------------------------------------------
// A log density has no zero to begin at: the axis shows a window of so many nats, log p(x) near its right
// end. The window grows in steps when the gap needs it and shrinks when the hand has let go.

const SPANS = [10, 30, 100, 300, 1000, 3000, 10000, 30000, 100000];   // nats the window may show
const ROOM_RIGHT = 0.04;    // of the track, beyond log p(x)
const LABEL_ROOM = 52;      // CSS pixels a part needs for its name

class SumBars {
  constructor(widget, host) {
    Object.assign(this, { widget, host, span: SPANS[0], aim: SPANS[0], zoom: new Motion(), written: "" });
    this.parts = Object.fromEntries(["elbo", "gap", "evidence"].map((name) => [name, host.querySelector(`.part.${name}`)]));
    this.ticks = host.querySelector(".ticks");
  }

  /** The window that shows a gap; it shrinks only `atRest`. */
  look(gap, atRest) {
    const fits = SPANS.find((span) => gap < 0.9 * span) ?? SPANS.at(-1);
    if (fits === this.aim || (fits < this.aim && !atRest)) return;
    const from = Math.log(this.span), to = Math.log(fits);
    this.aim = fits;
    this.zoom.start(NEXT_KEYFRAME, (k) => { this.span = Math.exp(mix(from, to, k)); this.widget.invalidate(); });
  }

  paint({ elbo, gap, logEvidence }, words) {
    const { span, parts, host } = this, low = logEvidence - span, width = host.clientWidth;
    const at = (nats) => Math.max(0, (1 - ROOM_RIGHT) * (nats - low) / span);
    const split = at(elbo), end = at(logEvidence);
    this.place(parts.elbo, 0, split, width);
    this.place(parts.gap, split, Math.max(end, at(elbo + gap)) - split, width);
    this.place(parts.evidence, 0, end, width);
    host.setAttribute("aria-label", fill(words.bars, { elbo: formatNumber(elbo), gap: formatNumber(gap), evidence: formatNumber(logEvidence) }));
    this.paintTicks(low, span, at);
  }

  place(part, from, share, width) {
    part.style.left = `${(100 * from).toFixed(3)}%`;
    part.style.width = `${(100 * share).toFixed(3)}%`;
    part.toggleAttribute("data-thin", share * width < LABEL_ROOM);
  }

  paintTicks(low, span, at) {
    const step = roundStep(span, 5), ticks = roundTicks(low + 0.04 * span, low + span / (1 - ROOM_RIGHT), step);
    const places = ticks.map(({ value, text }) => [`${(100 * at(value)).toFixed(2)}%`, text]), written = places.join();
    if (written === this.written) return;
    this.written = written;
    this.ticks.replaceChildren(...places.map(([left, text]) => {
      const tick = element("span", text);
      tick.style.left = left;
      return tick;
    }));
  }
}
