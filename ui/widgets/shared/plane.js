// ---- plane.js: a square canvas and the square of the latent plane it shows ---------------------
// view = {x, y, r}: centre and half-width in latent units. The canvas's box *is* the plane: its left
// edge is x − r, its top edge y + r. Everything that stays put while the probe moves is drawn once
// into a base bitmap.

const PRIOR_RADIUS = 3.4;   // half-width that shows a standard normal and its 2σ circle with air
const SMALL = 240;          // CSS pixels; below, marks are drawn smaller

class Plane {
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    this.base = document.createElement("canvas");
    this.view = { x: 0, y: 0, r: PRIOR_RADIUS };
    this.size = 0;
    this.stale = true;
  }

  get small() { return this.size < SMALL; }

  /** Follow the canvas's box; false while it has none. */
  measure() {
    const ratio = window.devicePixelRatio || 1;
    const size = this.canvas.clientWidth, side = Math.round(size * ratio);
    if (side !== this.canvas.width || this.canvas.height !== side || size !== this.size) {
      for (const canvas of [this.canvas, this.base]) canvas.width = canvas.height = side;
      Object.assign(this, { size, ratio: side / Math.max(size, 1), stale: true });
    }
    return side > 0;
  }

  look(view) {
    if (view.x === this.view.x && view.y === this.view.y && view.r === this.view.r) return;
    this.view = view;
    this.stale = true;
  }

  X(x) { return ((x - this.view.x) / this.view.r + 1) * this.size / 2; }
  Y(y) { return (1 - (y - this.view.y) / this.view.r) * this.size / 2; }
  get scale() { return this.size / (2 * this.view.r); }   // CSS pixels per latent unit

  /** Latent coordinates of a pointer event. */
  at(event) {
    const box = this.canvas.getBoundingClientRect(), { x, y, r } = this.view;
    return [
      x + r * (2 * (event.clientX - box.left) / box.width - 1),
      y + r * (1 - 2 * (event.clientY - box.top) / box.height),
    ];
  }

  clamp([zx, zy]) {
    const { x, y, r } = this.view;
    return [Math.min(x + r, Math.max(x - r, zx)), Math.min(y + r, Math.max(y - r, zy))];
  }

  /** Start a frame: `drawBase` is called only if what stays put has changed. */
  begin(theme, drawBase) {
    if (this.stale) {
      const base = this.base.getContext("2d");
      base.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
      base.fillStyle = theme.paper;
      base.fillRect(0, 0, this.size, this.size);
      drawBase(base);
      this.stale = false;
    }
    const context = this.context;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.drawImage(this.base, 0, 0);
    context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    return context;
  }
}

/** The square that shows every code; with a prior, the prior's own square, larger only if need be. */
function fitView(points, prior) {
  const box = { left: Infinity, right: -Infinity, bottom: Infinity, top: -Infinity };
  for (let i = 0; i < points.length; i += 2) {
    const x = points[i], y = points[i + 1];
    if (!Number.isFinite(x) || !Number.isFinite(y)) continue;   // a diverged model
    box.left = Math.min(box.left, x);
    box.right = Math.max(box.right, x);
    box.bottom = Math.min(box.bottom, y);
    box.top = Math.max(box.top, y);
  }
  if (box.left > box.right) return { x: 0, y: 0, r: PRIOR_RADIUS };
  if (prior) {
    const reach = Math.max(-box.left, box.right, -box.bottom, box.top);
    return { x: 0, y: 0, r: Math.max(PRIOR_RADIUS, 1.06 * reach) };
  }
  const half = Math.max(box.right - box.left, box.top - box.bottom) / 2;
  return { x: (box.left + box.right) / 2, y: (box.bottom + box.top) / 2, r: Math.max(1.07 * half, 1e-3) };
}

/** Does `outer` show all of `inner`? */
function covers(outer, inner) {
  const slack = outer.r - inner.r * 0.98;   // the margin of a fit may be used up
  return Math.abs(outer.x - inner.x) <= slack && Math.abs(outer.y - inner.y) <= slack;
}

const mixViews = (from, to, k) => ({
  x: mix(from.x, to.x, k), y: mix(from.y, to.y, k), r: mix(from.r, to.r, k),
});
