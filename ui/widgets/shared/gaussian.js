// ---- gaussian.js: Gaussians on a plane, to be placed and stretched -------------------------------
// A cloud is {mu: [x, y], std: [a, b]}, its axes those of the plane. One cloud is chosen: it has two
// grips, each a fixed way beyond the end of an axis, so that even a cloud of no size can be taken hold
// of. Anywhere else the nearest cloud is chosen and moved; it never jumps to the finger.
// Keys: arrows move; Enter lets the arrows widen instead; + and − change both widths; Home starts again.

const NARROWEST = 0.02, WIDEST = 3;
const EDGE = 9;       // CSS pixels that a mean and a grip keep from the frame
const WIDEN = 2.5;   // log of a width's change per half-width of the plane an arrow key would move
const coarsePointer = matchMedia("(pointer: coarse)");

class Gaussians {
  /** on: hold() when a finger lands, changed() at every movement, rest(), soon(), home(), chose(). */
  constructor(widget, plane, on) {
    Object.assign(this, { plane, on, clouds: [], chosen: 0, widening: false, held: null });
    this.gestures = new Gestures(widget, plane, {
      aim: (z, first) => { if (first) this.take(z); this.drag(z); },
      tap: () => {},
      rest: () => { this.held = null; on.rest(); },
      step: (dx, dy) => this.step(dx, dy),
      home: () => on.home(),
      nearest: () => { this.widening = !this.widening; on.chose(); },
      letGo: () => { this.widening = false; on.chose(); },
    });
    widget.listen(plane.canvas, "keydown", (event) => this.key(event));
  }

  get cloud() { return this.clouds[this.chosen]; }

  choose(index) {
    if (index === this.chosen) return;
    Object.assign(this, { chosen: index, widening: false });
    this.on.chose();
  }

  /** The grips of the chosen cloud in CSS pixels: {axis, way, x, y}; `end`: where its 1σ axis ends. */
  grips() {
    const { plane, cloud: { mu, std } } = this, gap = coarsePointer.matches ? 30 : 17;
    const centre = [plane.X(mu[0]), plane.Y(mu[1])];
    return [0, 1].map((axis) => {
      const up = axis ? -1 : 1;   // pixels count downwards
      const end = (way) => centre[axis] + way * up * std[axis] * plane.scale;
      const place = (way) => end(way) + way * up * gap;
      const fits = (way) => place(way) >= EDGE && place(way) <= plane.size - EDGE;
      const way = !fits(1) && fits(-1) ? -1 : 1;
      const at = Math.min(plane.size - EDGE, Math.max(EDGE, place(way)));
      const [x, y] = axis ? [centre[0], at] : [at, centre[1]];
      return { axis, way, x, y, end: end(way) };
    });
  }

  /** Take hold of a grip of the chosen cloud, or of the nearest cloud. */
  take(z) {
    this.on.hold?.();
    const { plane } = this, x = plane.X(z[0]), y = plane.Y(z[1]);
    const away = ({ mu }) => Math.hypot(plane.X(mu[0]) - x, plane.Y(mu[1]) - y);
    const reach = Math.min(coarsePointer.matches ? 26 : 14, ...this.clouds.map(away));
    const far = (grip) => Math.hypot(grip.x - x, grip.y - y);
    const [grip] = this.grips().filter((each) => far(each) < reach).sort((a, b) => far(a) - far(b));
    if (grip) {
      const { axis, way } = grip, { mu, std } = this.cloud;
      this.held = { axis, way, beyond: way * (z[axis] - mu[axis]) - std[axis] };
      return;
    }
    const places = this.clouds.map((cloud, index) => away(cloud) - (index === this.chosen ? 12 : 0));
    this.choose(places.indexOf(Math.min(...places)));   // of two on one spot, the chosen one
    const { mu } = this.cloud;
    this.held = { offset: [z[0] - mu[0], z[1] - mu[1]] };
  }

  drag(z) {
    const { held, cloud } = this;
    if (!held) return;
    if (held.offset) cloud.mu = this.within([z[0] - held.offset[0], z[1] - held.offset[1]]);
    else cloud.std[held.axis] = clampWidth(held.way * (z[held.axis] - cloud.mu[held.axis]) - held.beyond);
    this.on.changed();
  }

  /** A mean stays on the plane, whole. */
  within(z) {
    const { x, y, r } = this.plane.view, most = r - EDGE / this.plane.scale;
    return [[z[0], x], [z[1], y]].map(([at, centre]) => Math.min(centre + most, Math.max(centre - most, at)));
  }

  step(dx, dy) {
    const { cloud, plane } = this, { mu, std } = cloud;
    if (this.widening) cloud.std = [dx, dy].map((by, k) => clampWidth(std[k] * Math.exp(WIDEN * by)));
    else cloud.mu = this.within([mu[0] + dx * plane.view.r, mu[1] + dy * plane.view.r]);
    this.on.changed();
    this.on.soon();
  }

  key(event) {
    const by = { "+": 1, "=": 1, "-": -1, _: -1 }[event.key];
    if (!by || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    this.cloud.std = this.cloud.std.map((width) => clampWidth(width * Math.exp(WIDEN * STEP * by)));
    this.on.changed();
    this.on.soon();
  }

  draw(context, theme, labels) {
    const { plane } = this;
    this.clouds.forEach((cloud, index) => {
      drawGaussian(context, plane, theme, cloud, index === this.chosen);
      if (labels) nameGaussian(context, plane, theme, cloud, labels[index]);
    });
    for (const grip of this.grips()) drawGrip(context, theme, grip, this.widening);
  }
}

const clampWidth = (width) => Math.min(WIDEST, Math.max(NARROWEST, width));

/** q: solid outlines at 1σ and, fainter, 2σ, to scale; its mean a dot. */
function drawGaussian(context, plane, theme, { mu, std }, chosen) {
  const x = plane.X(mu[0]), y = plane.Y(mu[1]), [a, b] = std.map((width) => width * plane.scale);
  context.strokeStyle = context.fillStyle = theme.q;
  for (const [sigma, alpha] of [[2, chosen ? 0.5 : 0.3], [1, chosen ? 1 : 0.75]]) {
    context.beginPath();
    context.ellipse(x, y, sigma * a, sigma * b, 0, 0, 2 * Math.PI);
    context.globalAlpha = 0.07;
    context.fill();
    context.globalAlpha = alpha;
    context.lineWidth = chosen && sigma === 1 ? 2.25 : 1.25;
    context.stroke();
  }
  context.globalAlpha = 1;
  context.beginPath();
  context.arc(x, y, plane.small ? 3 : 4, 0, 2 * Math.PI);
  context.fillStyle = theme.mu;
  context.strokeStyle = theme.paper;
  context.lineWidth = 3;
  context.stroke();
  context.fill();
}

function nameGaussian(context, plane, theme, { mu }, label) {
  context.font = `600 16px ${theme.sans}`;
  context.textAlign = "right";
  context.textBaseline = "bottom";
  haloText(context, theme, label, plane.X(mu[0]) - 6, plane.Y(mu[1]) - 3, theme.ink, 5);
}

function drawGrip(context, theme, { axis, x, y, end }, filled) {
  context.strokeStyle = theme.q;
  context.lineWidth = 1;
  context.beginPath();
  if (axis) context.moveTo(x, end);
  else context.moveTo(end, y);
  context.lineTo(x, y);
  context.stroke();
  context.beginPath();
  context.arc(x, y, coarsePointer.matches ? 8 : 6, 0, 2 * Math.PI);
  context.fillStyle = filled ? theme.q : theme.paper;
  context.lineWidth = 2;
  context.fill();
  context.stroke();
}
