// ---- row.js: twelve pairs at once, each a mean and a sample around it -------------------------------

const PAIRS = 12;

class PairRow {
  /** on: take(index) when a pair is chosen, point(index) while one is pointed at (null: none). */
  constructor(widget, host, on) {
    this.roving = new Roving(widget, host);
    this.buttons = Array.from({ length: PAIRS }, (_, index) => {
      const button = element("button", "", "pair");
      button.type = "button";
      button.canvases = [0, 1].map(() => element("canvas", "", "printed"));
      button.append(...button.canvases);
      widget.listen(button, "click", () => on.take(index));
      for (const type of ["pointerenter", "focus"]) widget.listen(button, type, () => on.point(index));
      for (const type of ["pointerleave", "blur"]) widget.listen(button, type, () => on.point(null));
      host.append(button);
      return button;
    });
    this.roving.take(this.buttons);
  }

  /** pairs: [{z, mean, x}]; at: the one whose seed is in use, or −1. */
  print(pairs, at, shape, theme, room) {
    pairs.forEach(({ z, mean, x }, index) => {
      const button = this.buttons[index];
      [mean, x].forEach((values, k) => {
        printImage(button.canvases[k], values, shape, theme);
        fitPixels(button.canvases[k], shape, room);
      });
      button.setAttribute("aria-pressed", String(index === at));
      button.setAttribute("aria-label", `Pair ${index + 1}: mean and sample at z = ${formatPoint(z)}`);
    });
  }
}
