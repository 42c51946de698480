// ---- hand.js: taking hold of points and of one's own axis -----------------------------------------
// The nearest point is taken, never brought to the finger; the ring at the end of the reader's axis is
// taken if it is nearer still. Keys: Enter next point, Shift + Enter the one before, arrows move it,
// Delete takes it away, Home starts again.

const EDGE = 8;          // CSS pixels a point keeps from the frame
const RING_AT = 2.6;     // from the mean to the ring
const RING_REACH = { mouse: 14, touch: 26 };   // CSS pixels

class Hand {
  /** figure: {points, mean, own, chosen}; on: changed(what), rest(), soon(), home(), chose(), add(z), remove(). */
  constructor(widget, plane, figure, on) {
    Object.assign(this, { plane, figure, on, held: null, kind: "mouse", back: false });
    this.gestures = new Gestures(widget, plane, {
      aim: (z, first) => { if (first) this.take(z); else this.drag(z); },
      tap: () => {},
      rest: () => { const { held } = this; this.held = null; on.rest(held?.moved); },
      step: (dx, dy) => this.step(dx, dy),
      home: () => on.home(),
      nearest: () => this.next(this.back ? -1 : 1),
      letGo: () => {},
    });
    const { canvas } = plane;
    widget.listen(canvas, "pointerdown", ({ pointerType }) => {
      this.kind = pointerType === "mouse" ? "mouse" : "touch";
    }, { capture: true });
    widget.listen(canvas, "keydown", (event) => { this.back = event.shiftKey; }, { capture: true });
    widget.listen(canvas, "keydown", (event) => this.key(event));
    widget.listen(canvas, "dblclick", (event) => on.add(this.within(plane.at(event))));
  }

  /** Where the ring of the reader's own axis stands. */
  ring() {
    const { mean, own } = this.figure, axis = axisOf(own);
    const far = reachWithin(this.plane, mean, axis, RING_AT, 14);
    return [mean[0] + far * axis[0], mean[1] + far * axis[1]];
  }

  take(z) {
    const { plane, figure } = this, [x, y] = [plane.X(z[0]), plane.Y(z[1])];
    const ring = this.ring(), { row, away } = nearestPoint(plane, figure.points, x, y);
    const toRing = Math.hypot(plane.X(ring[0]) - x, plane.Y(ring[1]) - y);
    if (toRing < RING_REACH[this.kind] && toRing <= away) this.held = { ring: true };
    else if (row < 0) return;
    else {
      figure.chosen = row;
      this.held = { offset: [0, 1].map((k) => z[k] - figure.points[2 * row + k]) };
      this.on.chose();
    }
  }

  drag(z) {
    const { held, figure } = this;
    if (!held || !this.gestures.moved) return;
    held.moved = true;
    if (held.ring) {
      const way = [z[0] - figure.mean[0], z[1] - figure.mean[1]];
      if (Math.hypot(...way) > 0.1) figure.own = wrapped(angleOf(way), 360);
    } else this.place(this.within([z[0] - held.offset[0], z[1] - held.offset[1]]));
    this.on.changed(held.ring ? "own" : "points");
  }

  place([x, y]) { this.figure.points.set([x, y], 2 * this.figure.chosen); }

  /** A point stays on the plane, whole. */
  within(z) {
    const { x, y, r } = this.plane.view, most = r - EDGE / this.plane.scale;
    return [[z[0], x], [z[1], y]].map(([at, centre]) => Math.min(centre + most, Math.max(centre - most, at)));
  }

  step(dx, dy) {
    const { figure, plane: { view } } = this, { points, chosen } = figure;
    if (!points.length) return;
    this.place(this.within([points[2 * chosen] + dx * view.r, points[2 * chosen + 1] + dy * view.r]));
    this.on.changed("points");
    this.on.soon();
  }

  next(by) {
    const { figure } = this, n = figure.points.length / 2;
    if (!n) return;
    figure.chosen = wrapped(figure.chosen + by, n);
    this.on.chose(true);
  }

  key(event) {
    if (event.altKey || event.ctrlKey || event.metaKey || !["Delete", "Backspace"].includes(event.key)) return;
    event.preventDefault();
    event.stopPropagation();
    this.on.remove();
  }
}
