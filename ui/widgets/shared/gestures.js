// ---- gestures.js: mouse, pen, touch and keys on a plane ----------------------------------------
// The whole map drags, not only the ring. `on` answers:
//   aim(z)            the probe goes to z while a pointer is down
//   tap(x, y, reach)  it ended where it began: CSS pixels; true if an image was picked
//   rest()            a pointer has let go: time to commit
//   undo()            a second finger landed: this was no aim
//   step(dx, dy)      arrow keys, in half-widths · home() · nearest() (Enter) · letGo() (Escape)
//   zoom(factor, x, y), pan(dx, dy), fit()     only where the map zooms; CSS pixels

const STILL = 4;            // CSS pixels a pointer may wander and still mean a tap
const STEP = 0.02, LEAP = 0.1;   // of the half-width
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

class Gestures {
  /** widget: whose listeners these are (they go when it goes). */
  constructor(widget, plane, on) {
    Object.assign(this, { plane, canvas: plane.canvas, on });
    this.down = new Map();   // pointer id → where it is
    this.mode = null;        // "aim", "pan", "pinch", or null
    const listen = (type, handler, options) => widget.listen(this.canvas, type, handler, options);
    listen("pointerdown", (event) => this.press(event));
    listen("pointermove", (event) => this.move(event));
    listen("pointerup", (event) => this.release(event, true));
    listen("pointercancel", (event) => this.release(event, false));
    listen("keydown", (event) => this.key(event));
    listen("blur", () => { if (widget.timer) widget.commit(); });   // the reader may be leaving the page
    if (!on.zoom) return;
    listen("wheel", (event) => this.wheel(event), { passive: false });
    listen("dblclick", () => on.fit());
  }

  local(event) {
    const box = this.canvas.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }

  press(event) {
    if (event.button !== 0 && !(this.on.pan && event.button === 1)) return;
    this.down.set(event.pointerId, this.local(event));
    try { this.canvas.setPointerCapture(event.pointerId); } catch { /* it has already left */ }
    if (this.down.size === 2 && this.on.zoom) return this.startPinch();
    if (this.down.size > 1) return;
    this.start = this.local(event);
    this.moved = false;
    this.mode = this.on.pan && (event.shiftKey || event.button === 1) ? "pan" : "aim";
    if (event.button === 1) event.preventDefault();
    if (this.mode === "aim") this.on.aim(this.plane.at(event), true);
  }

  move(event) {
    const before = this.down.get(event.pointerId);
    if (!before) return;
    const now = this.local(event);
    if (this.mode === "pinch") this.pinch(event.pointerId, now);
    this.down.set(event.pointerId, now);
    if (this.mode === "pan") this.on.pan(now.x - before.x, now.y - before.y);
    if (this.mode !== "aim") return;
    this.moved ||= Math.hypot(now.x - this.start.x, now.y - this.start.y) > STILL;
    this.on.aim(this.plane.at(event));
  }

  release(event, willingly) {
    if (!this.down.delete(event.pointerId)) return;
    const mode = this.mode;
    if (this.down.size === 0) this.mode = null;
    else if (mode === "pinch") this.mode = "spent";   // the finger that stays does not aim
    if (mode !== "aim" || this.down.size) return;
    const { x, y } = this.local(event);
    if (willingly && !this.moved) this.on.tap(x, y, event.pointerType === "touch" ? 10 : 7);
    this.on.rest();
  }

  startPinch() {
    if (this.mode === "aim") this.on.undo();
    this.mode = "pinch";
  }

  /** Two fingers: what was under them stays under them. */
  pinch(id, now) {
    const other = [...this.down].find(([key]) => key !== id)?.[1];
    if (!other) return;
    const before = this.down.get(id);
    const spread = (a) => Math.hypot(a.x - other.x, a.y - other.y);
    const factor = spread(now) / Math.max(spread(before), 1);
    this.on.pan((now.x - before.x) / 2, (now.y - before.y) / 2);
    this.on.zoom(factor, (now.x + other.x) / 2, (now.y + other.y) / 2);
  }

  /** A page must scroll past a map: the wheel zooms one that is in use, or with Ctrl (a pinch). */
  wheel(event) {
    const inUse = this.canvas.getRootNode().activeElement === this.canvas;
    if (!inUse && !event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    const { x, y } = this.local(event);
    const notch = event.deltaMode === 1 ? event.deltaY * 16 : event.deltaY;
    this.on.zoom(Math.exp(-Math.max(-60, Math.min(60, notch)) * (event.ctrlKey ? 0.01 : 0.003)), x, y);
  }

  key(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const answer = this.answerTo(event);
    if (!answer) return;
    event.preventDefault();
    event.stopPropagation();
    answer();
  }

  answerTo(event) {
    const { on } = this, middle = this.plane.size / 2;
    const arrow = ARROWS[event.key], step = event.shiftKey ? LEAP : STEP;
    if (arrow) return () => on.step(arrow[0] * step, arrow[1] * step);
    if (event.key === "Home") return on.home;
    if (event.key === "Enter") return on.nearest;
    if (event.key === "Escape") return on.letGo;
    if (!on.zoom) return null;
    if (event.key === "+" || event.key === "=") return () => on.zoom(1.4, middle, middle);
    if (event.key === "-" || event.key === "_") return () => on.zoom(1 / 1.4, middle, middle);
    if (event.key === "0") return on.fit;
    return null;
  }
}
