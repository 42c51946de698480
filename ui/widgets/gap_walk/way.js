// ---- way.js: the straight way from A's code to B's, measured --------------------------------------
// A hundred steps. At each place: how far the nearest code is, what is decoded there, how far the nearest
// real image is from that, and how much the image has changed since the place before.

const PLACES = 101, FRAMES = 11;   // the places of the way, and those shown as images

class Way {
  /** codes (n, 2); real: RealImages of the same rows; unit: the mean distance between two images. */
  constructor(network, codes, real, unit, [a, b]) {
    const at = (share) => [0, 1].map((k) => mix(codes[2 * a + k], codes[2 * b + k], share));
    Object.assign(this, { at, code: [], real: [], change: [], rows: [], frames: [] });
    let before = null;
    for (let k = 0; k < PLACES; k++) {
      const z = at(k / (PLACES - 1)), image = network.decode(z), nearest = real.nearest(image);
      this.code.push(toNearestCode(codes, z));
      this.real.push(nearest.distance / unit);
      this.rows.push(nearest.row);
      if (before) this.change.push(between(before, image) / unit);
      if (k % ((PLACES - 1) / (FRAMES - 1)) === 0) this.frames.push(image);
      before = image;
    }
    this.widest = this.code.indexOf(Math.max(...this.code));
  }
}

/** How far the code nearest to z is: the radius of the largest circle around z with no code in it. */
function toNearestCode(codes, [x, y]) {
  let least = Infinity;
  for (let i = 0; i < codes.length; i += 2) {
    least = Math.min(least, (codes[i] - x) ** 2 + (codes[i + 1] - y) ** 2);
  }
  return Math.sqrt(least);
}

/** Euclidean distance between two images. */
function between(a, b) {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] - b[i]) ** 2;
  return Math.sqrt(sum);
}
