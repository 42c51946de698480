// ---- line.js: the number line, with what lies on it and what both decoders answer along it ----------
// One canvas: the images over their integers, the encoder's answers as dots on the line, then a film per
// decoder on the same scale; where its frames would be too small it shows the integers around the probe
// only, as wide as the canvas. What stays put while the probe moves is drawn once into a base bitmap.

const EDGE = 24;                          // CSS pixels beside the first and the last integer
const LARGEST = 48, CLOSEST = 17;         // of an image over its integer; two of them may be this close
const FRAME_EVERY = 84;                   // CSS pixels that two frames of a film take, about
const NARROWEST_FRAME = 14, WIDEST_FRAME = 56;
const FEWEST_SHOWN = 5, STRETCH_FRAME = 38;   // of a film around the probe: integers, and CSS pixels of a frame
const ROOM = { dots: 34, numbers: 29, title: 27, foot: 12, counted: 26 };   // heights in CSS pixels
const CATCH = 5;                          // CSS pixels from an integer at which the probe snaps to it

class NumberLine {
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    this.base = document.createElement("canvas");
    this.stale = true;
  }

  /** Lay everything out for `count` images; false while there is no room. */
  measure(count, side) {
    const ratio = window.devicePixelRatio || 1, width = this.canvas.clientWidth;
    if (!width) return false;
    if (width === this.width && count === this.count && ratio === this.ratio) return true;
    const pitch = (width - 2 * EDGE) / (count - 1);
    this.every = Math.ceil(CLOSEST / pitch);        // every how many integers an image has room
    const block = Math.max(1, Math.floor(Math.min(LARGEST, 0.94 * pitch * this.every) / side));
    const image = block * side, line = image + ROOM.dots;
    Object.assign(this, { width, count, ratio, pitch, image, line, stale: true, ...filmLayout(width, pitch, count) });
    const foot = this.isStretch ? ROOM.counted : ROOM.foot, film = this.frameHeight;
    this.film = [0, 1].map((k) => line + ROOM.numbers + (k + 1) * ROOM.title + k * (film + foot));
    this.height = Math.ceil(this.film[1] + film + foot);
    this.canvas.style.height = `${this.height}px`;
    for (const each of [this.canvas, this.base]) {
      each.width = Math.round(width * ratio);
      each.height = Math.round(this.height * ratio);
    }
    return true;
  }

  X(t) { return EDGE + (t - 1) * this.pitch; }

  /** Where the frames of a film stand on the line. */
  get places() {
    return Float64Array.from({ length: this.frames }, (_, k) => this.first + k / this.perInterval);
  }

  /** The place on the line under a pointer; close to an integer, that integer. */
  at(event) {
    const box = this.canvas.getBoundingClientRect();
    const t = 1 + ((event.clientX - box.left) * this.width / box.width - EDGE) / this.pitch;
    const inside = Math.min(this.count, Math.max(1, t)), whole = Math.round(inside);
    return Math.abs(inside - whole) * this.pitch < Math.min(CATCH, this.pitch / 8) ? whole : inside;
  }

  paint(theme, lesson, shape, t) {
    const first = Math.min(this.count - this.shown + 1, Math.max(1, Math.round(t) - (this.shown - 1) / 2));
    if (first !== this.first) Object.assign(this, { first, stale: true });
    if (this.stale) this.drawBase(theme, lesson, shape);
    this.stale = false;
    const { context, ratio } = this;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.drawImage(this.base, 0, 0);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.drawProbe(theme, t);
  }

  drawBase(theme, lesson, shape) {
    const { base, ratio, width, height } = this, context = base.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.fillStyle = theme.paper;
    context.fillRect(0, 0, width, height);
    this.drawLine(context, theme);
    this.drawImages(context, theme, lesson, shape);
    this.drawCodes(context, theme, lesson);
    DECODERS.forEach((name, k) => this.drawFilm(context, theme, lesson.film(name, this.places), shape, this.film[k]));
  }

  drawLine(context, theme) {
    const { line, count, every } = this;
    context.strokeStyle = theme.ink;
    context.lineWidth = 1.25;
    context.beginPath();
    context.moveTo(2, line);
    context.lineTo(this.width - 2, line);
    for (let i = 1; i <= count; i++) {
      context.moveTo(this.X(i), line - 3);
      context.lineTo(this.X(i), line + 4);
    }
    context.stroke();
    context.fillStyle = theme.ink;
    if (this.isStretch) {   // which part of the line the films show
      context.fillRect(this.X(this.first), line - 2, (this.shown - 1) * this.pitch, 4);
    }
    context.font = `500 13px ${theme.sans}`;
    context.textAlign = "center";
    context.textBaseline = "top";
    for (let i = 1; i <= count; i++) {
      if (this.hasRoom(i, every)) context.fillText(String(i), this.X(i), line + 12);
    }
  }

  /** The first and the last integer have it; of the others every so many. */
  hasRoom(i, every) {
    return i === this.count || ((i - 1) % every === 0 && (this.count - i) >= every) || every === 1;
  }

  drawImages(context, theme, { x, pixels }, shape) {
    const { image } = this;
    for (let i = 1; i <= this.count; i++) {
      if (!this.hasRoom(i, this.every)) continue;
      const left = this.X(i) - image / 2;
      const sheet = new Sheet(1, 1, shape, image * this.ratio, image * this.ratio, theme.printed[0]);
      sheet.paint(0, x, (i - 1) * pixels, theme.printed);
      sheet.draw(context, left, 0, image, image);
      context.strokeStyle = theme.hairline;
      context.lineWidth = 1;
      context.strokeRect(left + 0.5, 0.5, image - 1, image - 1);
    }
  }

  /** A dot per image where the encoder sends it, tied to the image. */
  drawCodes(context, theme, { codes }) {
    const { line, image } = this, r = Math.min(4.5, Math.max(2, this.pitch / 5));
    const places = Array.from(codes, (code) => Math.min(this.width - 4, Math.max(4, this.X(code))));
    context.strokeStyle = theme.z;
    context.lineWidth = 1;
    context.globalAlpha = 0.55;
    context.beginPath();
    places.forEach((x, k) => {
      context.moveTo(this.X(k + 1), image + 3);
      context.lineTo(x, line);
    });
    context.stroke();
    context.globalAlpha = 1;
    context.fillStyle = theme.z;
    for (const x of places) {
      context.beginPath();
      context.arc(x, line, r, 0, 2 * Math.PI);
      context.fill();
    }
  }

  /** Where a place on the line stands in a film. */
  inFilm(t) { return this.left + ((t - this.first) * this.perInterval + 0.5) * this.frame; }

  drawFilm(context, theme, images, shape, top) {
    const { frame, frames, frameHeight: height, left, ratio } = this, pixels = shape[0] * shape[1];
    const width = frames * frame;
    const sheet = new Sheet(frames, 1, shape, Math.round(width * ratio), Math.round(height * ratio), theme.printed[0]);
    for (let k = 0; k * pixels < images.length; k++) sheet.paint(k, images, k * pixels, theme.printed);
    sheet.draw(context, left, top, width, height);
    context.strokeStyle = theme.hairline;
    context.lineWidth = 1;
    context.strokeRect(left - 0.5, top - 0.5, width + 1, height + 1);
    context.fillStyle = theme.ink;   // a mark under every frame that stands on an integer
    context.textAlign = "center";
    context.textBaseline = "top";
    const mark = Math.min(frame - 2, 14);
    for (let i = this.first; i < this.first + this.shown; i++) {
      context.fillRect(this.inFilm(i) - mark / 2, top + frame + 3, mark, 2);
      if (this.isStretch) context.fillText(String(i), this.inFilm(i), top + frame + 9);
    }
  }

  drawProbe(theme, t) {
    const { context, line } = this, at = this.X(t), x = this.inFilm(t);
    context.strokeStyle = theme.z;
    context.lineWidth = 1;
    context.globalAlpha = 0.7;
    context.beginPath();
    for (const top of this.film) {
      context.moveTo(x, top);
      context.lineTo(x, top + this.frameHeight);
    }
    if (!this.isStretch) {   // one scale for all: a line down to the last film
      context.moveTo(at, line + 8);
      context.lineTo(at, this.film[1]);
    }
    context.stroke();
    context.globalAlpha = 1;
    for (const [colour, width] of [[theme.paper, 7], [theme.z, 3]]) {
      context.strokeStyle = colour;
      context.lineWidth = width;
      context.beginPath();
      context.arc(at, line, 8, 0, 2 * Math.PI);
      context.stroke();
    }
  }
}

/** How a film is laid out on a line of `count` integers, `pitch` CSS pixels apart. */
function filmLayout(width, pitch, count) {
  const perInterval = Math.max(2, 2 * Math.round(pitch / FRAME_EVERY)), aligned = pitch / perInterval;
  if (aligned >= NARROWEST_FRAME) {
    const frameHeight = Math.min(WIDEST_FRAME, aligned), frames = (count - 1) * perInterval + 1;
    return { isStretch: false, shown: count, perInterval, frames, frame: aligned, frameHeight, left: EDGE - aligned / 2 };
  }
  const around = Math.floor((width / STRETCH_FRAME - 1) / perInterval / 2);   // integers on both sides of the probe
  const shown = Math.min(count, Math.max(FEWEST_SHOWN, 2 * around + 1)), frames = (shown - 1) * perInterval + 1;
  const frame = (width - 2) / frames;
  return { isStretch: true, shown, perInterval, frames, frame, frameHeight: frame, left: 1 };
}
