// ---- bell.js: one Gaussian q over an axis of z, to be placed and widened --------------------------
// q = {mean, std}. Its mean is a dot on the axis, its width a bar that ends in a grip. Anywhere but at
// the grip a drag moves it; it never jumps to the finger. Keys: left and right move, up and down widen,
// Home starts again.

const Z_HALF = 3.4;        // of the axis
const GRIP_INSET = 9;      // CSS pixels that the grip keeps from the top
const BELL_WIDENS = 2.5;   // log of the width's change per half-width an arrow key would move

/** Where z stands on the axis, in CSS pixels. */
const axisX = (z, width, { left, right }) => left + (width - left - right) * (z / Z_HALF + 1) / 2;

/** A chart over the axis. Its kind adds bell(z, q): where q's curve stands over z, in CSS pixels. */
class BellChart {
  /** room: see chart.js. */
  constructor(canvas, room) { Object.assign(this, { canvas, room }); }

  /** Cleared and ready to be drawn on; false while there is no box. */
  open() {
    const begun = beginCanvas(this.canvas);
    if (begun) Object.assign(this, begun);
    return begun !== null;
  }

  get foot() { return this.height - this.room.bottom; }
  get tall() { return this.foot - this.room.top; }

  X(z) { return axisX(z, this.width, this.room); }

  /** [z, y]: y in CSS pixels. */
  at(event) {
    const box = this.canvas.getBoundingClientRect(), { left, right } = this.room;
    return [((event.clientX - box.left - left) / (box.width - left - right) * 2 - 1) * Z_HALF, event.clientY - box.top];
  }

  /** The end of q's bar that can be taken hold of: {x, y, way}. */
  grip(q) {
    const { mean, std } = q, way = mean + std > Z_HALF - 0.1 ? -1 : 1;
    return { way, x: this.X(mean + way * std), y: Math.max(this.room.top + GRIP_INSET, this.bell(mean + std, q)) };
  }

  /** Nothing is drawn beside the axes. */
  clipped(draw) {
    const { context, width, room } = this;
    context.save();
    context.beginPath();
    context.rect(room.left, 0, width - room.left - room.right, this.foot);
    context.clip();
    draw();
    context.restore();
  }

  /** A curve over z; filled: how strongly, down to the axis. */
  curve(heightAt, colour, thick, dash = [], filled = 0) {
    const { context, width, room, foot } = this;
    drawFunction(this, room, [-Z_HALF, Z_HALF], heightAt, colour, thick, dash);
    if (!filled) return;
    context.lineTo(width - room.right, foot);
    context.lineTo(room.left, foot);
    Object.assign(context, { fillStyle: colour, globalAlpha: filled });
    context.fill();
    context.globalAlpha = 1;
  }

  drawHandles(theme, q) {
    const { context } = this, { x, y, way } = this.grip(q);
    Object.assign(context, { strokeStyle: theme.q, lineWidth: 1.25 });
    context.beginPath();
    context.moveTo(this.X(q.mean - way * q.std), y);
    context.lineTo(x, y);
    context.stroke();
    context.beginPath();
    context.arc(x, y, 6.5, 0, 2 * Math.PI);
    Object.assign(context, { fillStyle: theme.paper, lineWidth: 2 });
    context.fill();
    context.stroke();
    context.beginPath();
    context.arc(this.X(q.mean), this.foot, 4.5, 0, 2 * Math.PI);
    Object.assign(context, { fillStyle: theme.mu, strokeStyle: theme.paper, lineWidth: 3 });
    context.stroke();
    context.fill();
  }
}

/** q under the hand. */
class Bell {
  /** on: hold() when a finger or a key takes q, changed() at every movement, rest(), soon(). */
  constructor(widget, chart, on) {
    Object.assign(this, { chart, on, held: null });
    this.gestures = new Gestures(widget, chart, {
      aim: (at, first) => { if (first) this.take(at); this.drag(at); },
      tap: () => {},
      rest: () => { this.held = null; on.rest(); },
      step: (dx, dy) => this.step(dx, dy),
      home: () => { on.hold?.(); this.put(this.start); on.rest(); },
      nearest: () => {},
      letGo: () => {},
    });
  }

  /** Where q may be, {mean: most, std: [least, most]}, and where Home puts it: [mean, std]. */
  within(bounds, [mean, std]) { Object.assign(this, { bounds, start: { mean, std } }); }

  put(q) {
    this.q = withinBounds(q, this.bounds);
    this.on.changed();
  }

  /** q as Python and the link will have it. */
  round(digits) { this.q = { mean: roundTo(this.q.mean, digits), std: roundTo(this.q.std, digits) }; }

  take([z, y]) {
    this.on.hold?.();
    const { q, chart } = this, { x, y: gripY, way } = chart.grip(q), reach = matchMedia("(pointer: coarse)").matches ? 26 : 14;
    const near = Math.hypot(chart.X(z) - x, y - gripY) < Math.min(reach, Math.abs(chart.X(z) - chart.X(q.mean)) + 6);
    this.held = near ? { way, beyond: way * (z - q.mean) - q.std } : { offset: z - q.mean };
  }

  drag([z]) {
    const { held, q } = this;
    if (!held) return;
    if (held.way) this.put({ mean: q.mean, std: held.way * (z - q.mean) - held.beyond });
    else this.put({ mean: z - held.offset, std: q.std });
  }

  step(dx, dy) {
    this.on.hold?.();
    this.put({ mean: this.q.mean + dx * Z_HALF, std: this.q.std * Math.exp(BELL_WIDENS * dy) });
    this.on.soon();
  }
}

function withinBounds({ mean, std }, { mean: most, std: [narrow, wide] }) {
  return { mean: Math.min(most, Math.max(-most, mean)), std: Math.min(wide, Math.max(narrow, std)) };
}
