// ---- lens.js: which square of the plane is shown ------------------------------------------------
// Until the reader zooms, the lens follows the codes: it grows at once when a code would leave the
// frame, and shrinks only when the codes have become much smaller. Fit gives it back.

const SHRINK_BELOW = 0.6;   // of the half-width shown
const SPARE = 1.1;          // air taken when growing, so that the next keyframe need not grow again

class Lens {
  constructor() {
    Object.assign(this, { view: null, needed: null, auto: true });
  }

  /** The codes need the view `needed`: where should the lens go? */
  follow(needed) {
    this.needed = needed;
    if (!this.view) return needed;
    if (!this.auto) return this.view;
    if (!covers(this.view, needed)) return { ...needed, r: needed.r * SPARE };
    return needed.r < SHRINK_BELOW * this.view.r ? needed : this.view;
  }

  /** When the film has stopped: the square the codes would have been given on their own. */
  get loose() {
    return this.auto && this.needed && Math.abs(this.needed.r / this.view.r - 1) > 0.04;
  }

  /** Scale by `factor` around the point at (px, py) of `plane`, which stays where it is. */
  zoom(plane, factor, px, py) {
    const { x, y, r } = this.view, reach = this.needed?.r ?? r;
    const radius = Math.min(4 * reach, Math.max(Math.min(reach / 25, r), r / factor));
    const fx = 2 * px / plane.size - 1, fy = 1 - 2 * py / plane.size;
    this.auto = false;
    this.view = { x: x + fx * (r - radius), y: y + fy * (r - radius), r: radius };
  }

  pan(plane, dx, dy) {
    const { x, y, r } = this.view;
    this.auto = false;
    this.view = { x: x - dx / plane.scale, y: y + dy / plane.scale, r };
  }

  /** Move just far enough to show z. */
  reveal([zx, zy]) {
    const { x, y, r } = this.view, inside = 0.94 * r;
    const shift = (value, centre) => value - Math.min(centre + inside, Math.max(centre - inside, value));
    this.view = { x: x + shift(zx, x), y: y + shift(zy, y), r };
  }
}
