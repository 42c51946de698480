// ---- pad.js: the pixels to keep, each a cell to press --------------------------------------------
// The ink of a cell is how much that pixel varies from image to image; a kept one carries the number of
// its turn. Pressing keeps or drops; a drag goes on doing what it began with.

const FAINT = 0.42;   // of full ink for the pixel that varies most: marks must stand out

class PixelPad {
  /** on.has(pixel): is it kept? on.toggle(pixel, keep) at once; on.rest() when the pointer lets go; on.soon() after a key. */
  constructor(widget, canvas, on) {
    Object.assign(this, { canvas, on, context: canvas.getContext("2d"), cursor: 0, keyed: false, keep: null });
    const listen = (type, handler) => widget.listen(canvas, type, handler);
    listen("pointerdown", (event) => this.press(event));
    listen("pointermove", (event) => this.move(event));
    for (const type of ["pointerup", "pointercancel"]) listen(type, () => this.release());
    listen("keydown", (event) => this.key(event));
    listen("focus", () => { this.keyed = canvas.matches(":focus-visible"); widget.invalidate(); });
    listen("blur", () => { this.keyed = false; widget.invalidate(); if (widget.timer) widget.commit(); });
  }

  measure() {
    const ratio = window.devicePixelRatio || 1, side = Math.round(this.canvas.clientWidth * ratio);
    if (this.canvas.width !== side) this.canvas.width = this.canvas.height = side;
    Object.assign(this, { size: this.canvas.clientWidth, ratio });
    return side > 0;
  }

  /** The pixel under a pointer, or −1. */
  at(event) {
    if (!this.shape) return -1;
    const box = this.canvas.getBoundingClientRect(), [rows, columns] = this.shape;
    const row = Math.floor(rows * (event.clientY - box.top) / box.height);
    const column = Math.floor(columns * (event.clientX - box.left) / box.width);
    return row < 0 || column < 0 || row >= rows || column >= columns ? -1 : row * columns + column;
  }

  press(event) {
    const pixel = this.at(event);
    if (event.button !== 0 || pixel < 0) return;
    try { this.canvas.setPointerCapture(event.pointerId); } catch { /* it has already left */ }
    Object.assign(this, { keep: !this.on.has(pixel), keyed: false, cursor: pixel });
    this.on.toggle(pixel, this.keep);
  }

  move(event) {
    const pixel = this.at(event);
    if (this.keep === null || pixel < 0 || this.on.has(pixel) === this.keep) return;
    this.cursor = pixel;
    this.on.toggle(pixel, this.keep);
  }

  release() {
    if (this.keep === null) return;
    this.keep = null;
    this.on.rest();
  }

  key(event) {
    if (event.altKey || event.ctrlKey || event.metaKey || !this.shape) return;
    const arrow = ARROWS[event.key], press = event.key === " " || event.key === "Enter";
    if (!arrow && !press) return;
    event.preventDefault();
    event.stopPropagation();
    this.keyed = true;
    if (press) {
      this.on.toggle(this.cursor, !this.on.has(this.cursor));
      this.on.soon();
      return;
    }
    const [rows, columns] = this.shape, within = (value, most) => Math.min(most - 1, Math.max(0, value));
    const row = within(Math.floor(this.cursor / columns) - arrow[1], rows);
    this.cursor = row * columns + within(this.cursor % columns + arrow[0], columns);
    this.on.walk(this.cursor);
  }

  /** spread (d,): standard deviation of each pixel; null until it is known. */
  draw(theme, shape, kept, spread) {
    const { context, size, ratio } = this, [rows, columns] = shape, cell = size / columns;
    this.shape = shape;
    const most = spread ? Math.max(...spread) : 1;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.fillStyle = theme.paper;
    context.fillRect(0, 0, size, size);
    for (let j = 0; spread && j < rows * columns; j++) {
      context.globalAlpha = FAINT * spread[j] / most;
      context.fillStyle = theme.ink;
      context.fillRect((j % columns) * cell, Math.floor(j / columns) * cell, cell, cell);
    }
    context.globalAlpha = 1;
    this.drawGrid(theme, rows, columns, cell);
    kept.forEach((pixel, turn) => this.drawKept(theme, pixel, turn, cell));
    if (this.keyed) this.drawCursor(theme, cell);
  }

  drawGrid(theme, rows, columns, cell) {
    const { context, size } = this;
    context.strokeStyle = theme.hairline;
    context.lineWidth = 1;
    context.beginPath();
    for (let k = 1; k < columns; k++) { context.moveTo(k * cell, 0); context.lineTo(k * cell, size); }
    for (let k = 1; k < rows; k++) { context.moveTo(0, k * cell); context.lineTo(size, k * cell); }
    context.stroke();
  }

  corner(pixel, cell) { return [(pixel % this.shape[1]) * cell, Math.floor(pixel / this.shape[1]) * cell]; }

  drawKept(theme, pixel, turn, cell) {
    const { context } = this, [left, top] = this.corner(pixel, cell);
    context.fillStyle = theme.paper;
    context.fillRect(left + 2, top + 2, cell - 4, cell - 4);
    context.strokeStyle = theme.z;
    context.lineWidth = 2.5;
    context.strokeRect(left + 3, top + 3, cell - 6, cell - 6);
    context.fillStyle = theme.z;
    context.font = `600 ${Math.round(Math.min(16, 0.42 * cell))}px ${theme.sans}`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.fillText(turn + 1, left + cell / 2, top + cell / 2 + 1);
  }

  drawCursor(theme, cell) {
    const { context } = this, [left, top] = this.corner(this.cursor, cell);
    context.strokeStyle = theme.ink;
    context.lineWidth = 2;
    context.strokeRect(left + 1, top + 1, cell - 2, cell - 2);
  }
}
