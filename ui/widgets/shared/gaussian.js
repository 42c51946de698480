// ---- gaussian.js: Gaussians on a plane, to be placed and stretched -------------------------------
// A cloud is {mu: [x, y], std: [a, b]}, its axes those of the plane, or turned against the clock by
// `turn` (radians; absent: 0). One cloud is chosen: it has two grips, each a fixed way beyond the end of an
// axis, so that even a cloud of no size can be taken hold of. Where clouds may turn, a grip also turns its
// axis. Anywhere else the nearest cloud is chosen and moved; it never jumps to the finger.
// Keys: arrows move; Enter lets the arrows widen instead, then turn where they may; + and − change both
// widths; Home starts again.

const NARROWEST = 0.02, WIDEST = 3;
const EDGE = 9;       // CSS pixels that a mean and a grip keep from the frame
const WIDEN = 2.5;   // log of a width's change per half-width of the plane an arrow key would move
const TURN = 2.5;    // radians, likewise
const coarsePointer = matchMedia("(pointer: coarse)");

class Gaussians {
  /**
   * on: hold() when a finger lands, changed(framed) at every movement (framed: the frame kept the mean back),
   * rest(), soon(), home(), chose().
   */
  constructor(widget, plane, on) {
    Object.assign(this, { plane, on, clouds: [], chosen: 0, widening: false, held: null });
    Object.assign(this, { turns: false, turning: false });   // may they turn; do the arrow keys
    this.gestures = new Gestures(widget, plane, {
      aim: (z, first) => { if (first) this.take(z); this.drag(z); },
      tap: () => {},
      rest: () => { this.held = null; on.rest(); },
      step: (dx, dy) => this.step(dx, dy),
      home: () => on.home(),
      nearest: () => this.nextKeys(),
      letGo: () => { this.widening = this.turning = false; on.chose(); },
    });
    widget.listen(plane.canvas, "keydown", (event) => this.key(event));
  }

  get cloud() { return this.clouds[this.chosen]; }

  choose(index) {
    if (index === this.chosen) return;
    Object.assign(this, { chosen: index, widening: false, turning: false });
    this.on.chose();
  }

  /** Enter: the arrow keys move, widen, turn, and move again. */
  nextKeys() {
    const { widening, turning, turns } = this;
    Object.assign(this, { widening: !widening && !turning, turning: widening && turns });
    this.on.chose();
  }

  /** The grips of the chosen cloud in CSS pixels: {axis, way, x, y}; `end`: where its 1σ axis ends. */
  grips() {
    const { plane, cloud } = this, gap = coarsePointer.matches ? 30 : 17, last = plane.size - EDGE;
    const centre = [plane.X(cloud.mu[0]), plane.Y(cloud.mu[1])];
    return [0, 1].map((axis) => {
      const [dx, dy] = directionOf(cloud, axis), reach = cloud.std[axis] * plane.scale;
      const place = (far) => [centre[0] + far * dx, centre[1] - far * dy];   // pixels count downwards
      const fits = (far) => place(far).every((at) => at >= EDGE && at <= last);
      const way = !fits(reach + gap) && fits(-reach - gap) ? -1 : 1;
      const [x, y] = place(way * (reach + gap)).map((at) => Math.min(last, Math.max(EDGE, at)));
      return { axis, way, x, y, end: place(way * reach) };
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
      const { axis, way } = grip, { std, turn = 0 } = this.cloud, { along, angle } = this.from(z, axis, way);
      this.held = { axis, way, beyond: along - std[axis], lean: angle - turn };
      return;
    }
    const places = this.clouds.map((cloud, index) => away(cloud) - (index === this.chosen ? 12 : 0));
    this.choose(places.indexOf(Math.min(...places)));   // of two on one spot, the chosen one
    const { mu } = this.cloud;
    this.held = { offset: [z[0] - mu[0], z[1] - mu[1]] };
  }

  drag(z) {
    const { held } = this;
    if (!held) return;
    let framed = false;
    if (held.offset) framed = this.moveTo([z[0] - held.offset[0], z[1] - held.offset[1]]);
    else this.pull(z);
    this.on.changed(framed);
  }

  /** A grip has gone to z: its axis is as long as that, and where it may, it turns to point there. */
  pull(z) {
    const { held: { axis, way, beyond, lean }, cloud } = this;
    if (this.turns) cloud.turn = wrapTurn(this.from(z, axis, way).angle - lean);
    cloud.std[axis] = clampWidth(this.from(z, axis, way).along - beyond);
  }

  /** z as seen from the chosen cloud's mean: how far along an axis, and the turn that would point there. */
  from(z, axis, way) {
    const { cloud } = this, [dx, dy] = directionOf(cloud, axis), x = z[0] - cloud.mu[0], y = z[1] - cloud.mu[1];
    return { along: way * (x * dx + y * dy), angle: Math.atan2(way * y, way * x) - axis * Math.PI / 2 };
  }

  /** The mean goes to z, but stays on the plane, whole; true if that has kept it back. */
  moveTo(z) {
    const { x, y, r } = this.plane.view, most = r - EDGE / this.plane.scale;
    this.cloud.mu = [[z[0], x], [z[1], y]].map(([at, centre]) => Math.min(centre + most, Math.max(centre - most, at)));
    return this.cloud.mu.some((at, k) => at !== z[k]);
  }

  step(dx, dy) {
    const { cloud, plane } = this, { mu, std } = cloud;
    let framed = false;
    if (this.turning) cloud.turn = wrapTurn((cloud.turn ?? 0) + TURN * (dy - dx));
    else if (this.widening) cloud.std = [dx, dy].map((by, k) => clampWidth(std[k] * Math.exp(WIDEN * by)));
    else framed = this.moveTo([mu[0] + dx * plane.view.r, mu[1] + dy * plane.view.r]);
    this.on.changed(framed);
    this.on.soon();
  }

  key(event) {
    const by = { "+": 1, "=": 1, "-": -1, _: -1 }[event.key];
    if (!by || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    this.cloud.std = this.cloud.std.map((width) => clampWidth(width * Math.exp(WIDEN * STEP * by)));
    this.on.changed(false);
    this.on.soon();
  }

  draw(context, theme, labels) {
    const { plane } = this;
    this.clouds.forEach((cloud, index) => {
      drawGaussian(context, plane, theme, cloud, index === this.chosen);
      if (labels) nameGaussian(context, plane, theme, cloud, labels[index]);
    });
    for (const grip of this.grips()) drawGrip(context, theme, grip, this.widening || this.turning);
  }
}

const clampWidth = (width) => Math.min(WIDEST, Math.max(NARROWEST, width));

/** An angle within (−π, π]. */
const wrapTurn = (angle) => angle - 2 * Math.PI * Math.ceil(angle / (2 * Math.PI) - 0.5);

/** Where axis 0 or 1 of a cloud points. */
function directionOf({ turn = 0 }, axis) {
  const x = Math.cos(turn), y = Math.sin(turn);
  return axis ? [-y, x] : [x, y];
}

/** A cloud as {mu, cov}, its covariance in full. */
function momentsOf({ mu, std: [a, b], turn = 0 }) {
  const x = Math.cos(turn), y = Math.sin(turn), off = (a * a - b * b) * x * y;
  return { mu, cov: [[a * a * x * x + b * b * y * y, off], [off, a * a * y * y + b * b * x * x]] };
}

/** {mu, cov} as a cloud; of the four ways to say it the one that is turned least from `near`. */
function cloudOf({ mu, cov: [[a, b], [, d]] }, near = 0) {
  const middle = (a + d) / 2, apart = Math.hypot((a - d) / 2, b), longer = Math.atan2(2 * b, a - d) / 2;
  const quarters = apart ? Math.round((near - longer) / (Math.PI / 2)) : 0;
  const stds = [Math.sqrt(middle + apart), Math.sqrt(middle - apart)];
  return { mu: [...mu], std: quarters % 2 ? stds.reverse() : stds, turn: apart ? wrapTurn(longer + quarters * Math.PI / 2) : near };
}

/** q: solid outlines at 1σ and, fainter, 2σ, to scale; its mean a dot. */
function drawGaussian(context, plane, theme, { mu, std, turn = 0 }, chosen) {
  const x = plane.X(mu[0]), y = plane.Y(mu[1]), [a, b] = std.map((width) => width * plane.scale);
  context.strokeStyle = context.fillStyle = theme.q;
  for (const [sigma, alpha] of [[2, chosen ? 0.5 : 0.3], [1, chosen ? 1 : 0.75]]) {
    context.beginPath();
    context.ellipse(x, y, sigma * a, sigma * b, -turn, 0, 2 * Math.PI);
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

function drawGrip(context, theme, { x, y, end }, filled) {
  context.strokeStyle = theme.q;
  context.lineWidth = 1;
  context.beginPath();
  context.moveTo(...end);
  context.lineTo(x, y);
  context.stroke();
  context.beginPath();
  context.arc(x, y, coarsePointer.matches ? 8 : 6, 0, 2 * Math.PI);
  context.fillStyle = filled ? theme.q : theme.paper;
  context.lineWidth = 2;
  context.fill();
  context.stroke();
}
