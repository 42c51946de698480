// ---- nearest.js: which real image is nearest to one ----------------------------------------------
// Nearest pixel by pixel: Euclidean distance, in the units of the images given.

/** Finds the real image nearest to an image. Pixels that vary most come first: most candidates are
 *  out of the race after a few. */
class RealImages {
  /** x (count, pixels), flat. */
  constructor(x, pixels) {
    Object.assign(this, { pixels, count: x.length / pixels, last: 0 });
    const variance = Array.from({ length: pixels }, (_, i) => {
      let sum = 0, squares = 0;
      for (let at = i; at < x.length; at += pixels) { sum += x[at]; squares += x[at] ** 2; }
      return squares - sum ** 2 / this.count;
    });
    this.order = Int32Array.from(variance.keys()).sort((a, b) => variance[b] - variance[a]);
    this.x = new Float32Array(x.length);
    for (let at = 0; at < x.length; at++) {
      const pixel = at % pixels;
      this.x[at] = x[at - pixel + this.order[pixel]];
    }
    this.wanted = new Float32Array(pixels);
  }

  /** images[from …] → {row, distance}, never row `except`; of equally near ones the first. Begins with
   *  the last answer, which is often the next. */
  nearest(images, { from = 0, except = -1 } = {}) {
    const { order, wanted, pixels } = this;
    for (let i = 0; i < pixels; i++) wanted[i] = images[from + order[i]];
    let row = -1, least = Infinity;
    if (this.last !== except) { row = this.last; least = this.squared(row, Infinity); }
    for (let k = 0; k < this.count; k++) {
      if (k === except) continue;
      const squared = this.squared(k, least);
      if (squared < least || (squared === least && k < row)) { least = squared; row = k; }
    }
    this.last = Math.max(0, row);
    return { row, distance: Math.sqrt(least) };
  }

  /** Squared distance to image `row`, or any number beyond `enough` once it is passed. */
  squared(row, enough) {
    const { x, wanted, pixels } = this, at = row * pixels;
    let sum = 0;
    for (let i = 0; i < pixels && sum <= enough; i += 8) {
      for (let j = i; j < Math.min(i + 8, pixels); j++) {
        const difference = wanted[j] - x[at + j];
        sum += difference * difference;
      }
    }
    return sum;
  }
}
