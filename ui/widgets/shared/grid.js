// ---- grid.js: what each place decodes to ---------------------------------------------------------
// The same square as the map, as a table of decoded images: coarse as soon as the view or the weights
// change, fine when they have come to rest. Work is cut into slices so that no frame is missed; until
// it is done the images before it stay, moved to where their square lies in the new view.

const COARSE = 10, FINE = 20;   // images across
const AT_REST = 180;            // ms without a change before the fine table is begun
const FILM_REST = 1500;         // the most to wait for the next keyframe of a film instead
const SLICE = 5;                // ms of decoding per frame
const SAME_FRAME = 9;           // ms: less than from one frame to the next

class DecodedGrid {
  /** quick: coarse tables follow one another as fast as they can, in slices of so many ms. */
  constructor(widget, canvas, quick = 0) {
    Object.assign(this, { widget, quick });
    this.plane = new Plane(canvas);
    this.done = null;   // {of, sheet, count}: what is on the screen
    this.job = null;    // what is being decoded
    Object.assign(this, { rest: AT_REST, changed: -Infinity, sliced: -Infinity });
  }

  /** Is a coarse table on its way? Who changes weights in place waits for it. */
  get busy() { return this.job?.count === COARSE; }

  /** Ask for the images of `network` in the plane's view; called whenever a frame is painted. */
  want(network, shape, theme) {
    const { version } = network;   // of weights that are changed in place
    const of = { network, version, view: this.plane.view, side: this.plane.canvas.width, ink: theme.id };
    if (isSame(this.done?.of, of) || isSame(this.job?.of, of)) return;
    this.stop();
    if (network !== this.wanted?.network) this.rest = this.restBetweenKeyframes();
    this.wanted = { of, network, shape, theme };
    this.job = this.makeJob(COARSE);
    // A frame that has finished one table does not begin the next one as well.
    if (this.quick && performance.now() - this.sliced < SAME_FRAME) this.sliceSoon();
    else this.decodeSlice();
  }

  /** A film that turns fine and coarse twice a second would flicker: wait longer than it does. */
  restBetweenKeyframes() {
    const now = performance.now(), interval = 1.7 * (now - this.changed);
    this.changed = now;
    return interval < 2 * FILM_REST ? Math.min(FILM_REST, Math.max(AT_REST, interval)) : AT_REST;
  }

  draw(base) {
    if (!this.done) return;
    const { plane } = this, { sheet, of: { view: { x, y, r } } } = this.done;
    const side = 2 * r * plane.scale;
    sheet.draw(base, plane.X(x - r), plane.Y(y + r), side, side);
  }

  makeJob(count) {
    const { of, shape, theme } = this.wanted, quick = this.quick > 0 && count === COARSE;
    const key = `${quick} ${of.side} ${shape} ${of.ink}`;
    // Two quick sheets take turns: nothing is allocated in a drag.
    const sheet = quick && this.spare?.key === key ? this.spare
      : new Sheet(count, count, shape, of.side, of.side, theme.printed[0], quick);
    sheet.key = key;
    return { of, count, sheet, next: 0, codes: new Float32Array(2 * BATCH) };
  }

  decodeSlice() {
    const { job } = this, total = job.count ** 2;
    const deadline = performance.now() + (job.count === COARSE && this.quick || SLICE);
    while (job.next < total && performance.now() < deadline) this.decodeBatch(job, total);
    this.sliced = performance.now();
    if (job.next === total) this.finish();
    else this.sliceSoon();
  }

  sliceSoon() { this.frame = requestAnimationFrame(() => this.decodeSlice()); }

  decodeBatch(job, total) {
    const { count, sheet, codes } = job, { network, theme, of: { view: { x, y, r } } } = this.wanted;
    const many = Math.min(BATCH, total - job.next);
    for (let k = 0; k < many; k++) {
      const column = (job.next + k) % count, row = ((job.next + k) / count) | 0;
      codes[2 * k] = x + r * (2 * (column + 0.5) / count - 1);
      codes[2 * k + 1] = y + r * (1 - 2 * (row + 0.5) / count);
    }
    const images = network.decodeMany(codes, many);
    for (let k = 0; k < many; k++) sheet.paint(job.next + k, images, k * network.pixels, theme.printed);
    job.next += many;
  }

  finish() {
    const { of, sheet, count } = this.job, { dataset } = this.plane.canvas;
    this.spare = this.done?.sheet;
    this.done = { of, sheet, count };
    this.job = null;
    this.plane.stale = true;
    if (dataset.across !== String(count)) dataset.across = count;
    this.widget.invalidate();
    if (count === FINE || this.plane.small) return;
    this.timer = setTimeout(() => {
      this.job = this.makeJob(FINE);
      this.decodeSlice();
    }, this.rest);
  }

  /** Whoever moved the weights has let go: the fine table waits for nothing but the coarse one. */
  settle() {
    this.rest = 0;
    if (this.job || this.done?.count !== COARSE || this.plane.small) return;
    clearTimeout(this.timer);
    this.job = this.makeJob(FINE);
    this.decodeSlice();
  }

  stop() {
    clearTimeout(this.timer);
    cancelAnimationFrame(this.frame);
    this.job = null;
  }
}

const isSame = (a, b) => Boolean(a) && Object.keys(b).every((key) => a[key] === b[key]);
