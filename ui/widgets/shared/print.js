// ---- print.js: images as ink on paper ----------------------------------------------------------
// A pixel is a number in [0, 1]; 0 is paper, 1 is ink. Identity outputs may leave [0, 1]: clipped.

/** Print `values` (h·w) on `canvas` at the image's native size. */
function printImage(canvas, values, [height, width], theme) {
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
  }
  const context = canvas.getContext("2d");
  const image = context.createImageData(width, height);
  const pixels = new Uint32Array(image.data.buffer);
  for (let i = 0; i < pixels.length; i++) pixels[i] = inkOf(values[i], theme.printed);
  context.putImageData(image, 0, 0);
}

function inkOf(value, table) {
  if (!(value > 0)) return table[0];   // NaN too: a diverged model prints paper
  return table[value >= 1 ? INK_LEVELS : (value * INK_LEVELS + 0.5) | 0];
}

/** Bare paper at the image's native size: nothing is decoded here, or not yet. */
function clearImage(canvas, [height, width]) {
  canvas.width = width;
  canvas.height = height;
}

/** Show an image as large as fits into `room` CSS pixels with all its pixels equally large. */
function fitPixels(canvas, [height, width], room) {
  const scale = Math.max(1, Math.floor(room / Math.max(height, width)));
  canvas.style.width = `${width * scale}px`;
  canvas.style.height = `${height * scale}px`;
}

/** Bytes of an original (0 … levels) as values in [0, 1]. */
function originalImage(bytes, row, pixels, levels) {
  const values = new Float32Array(pixels);
  for (let i = 0; i < pixels; i++) values[i] = bytes[row * pixels + i] / levels;
  return values;
}

const FULLEST = 0.86, EMPTIEST = 0.7;   // share of a cell's side an image may take
const SHARP = 3;   // screen pixels per image pixel from which edges stay hard

/**
 * Many images in a table of columns × rows, painted into one ImageData and put down at once.
 * Where a cell has room, every pixel of an image becomes a square block of screen pixels and
 * nothing is resampled; large images in small cells are laid out enlarged or life-size and the
 * whole sheet is scaled smoothly when it is drawn. A quick sheet is laid out life-size and enlarged.
 */
class Sheet {
  constructor(columns, rows, [height, width], screenWidth, screenHeight, paper, quick = false) {
    Object.assign(this, { columns, rows, height, width, quick });
    const cell = Math.min(screenWidth / columns, screenHeight / rows);
    const side = Math.max(height, width);
    const whole = Math.floor(FULLEST * cell / side);
    this.crisp = !quick && whole * side > EMPTIEST * cell;
    this.sharp = this.crisp || (quick && whole >= SHARP);
    this.block = quick ? 1 : this.crisp ? whole : Math.max(1, Math.ceil(cell / (side + 2)));
    const pitch = this.block * (side + 2);   // one image pixel of paper around each
    this.canvas = document.createElement("canvas");
    this.canvas.width = this.crisp ? screenWidth : columns * pitch;
    this.canvas.height = this.crisp ? screenHeight : rows * pitch;
    this.context = this.canvas.getContext("2d");
    this.image = this.context.createImageData(this.canvas.width, this.canvas.height);
    this.pixels = new Uint32Array(this.image.data.buffer);
    this.pixels.fill(paper);
  }

  /** Paint image `index` (row by row from the top left) from values[from …]. */
  paint(index, values, from, table) {
    const { columns, rows, block, height, width } = this;
    const stride = this.canvas.width;
    const column = index % columns, row = (index / columns) | 0;
    const left = Math.round((column + 0.5) * stride / columns - block * width / 2);
    const top = Math.round((row + 0.5) * this.canvas.height / rows - block * height / 2);
    for (let y = 0; y < height; y++) {
      const start = (top + y * block) * stride + left;
      for (let x = 0, at = start; x < width; x++, at += block) {
        const ink = inkOf(values[from + y * width + x], table);
        for (let k = 0; k < block; k++) this.pixels[at + k] = ink;
      }
      for (let k = 1; k < block; k++) {
        this.pixels.copyWithin(start + k * stride, start, start + width * block);
      }
    }
  }

  /** Put the sheet down on `context`, covering this rectangle. */
  draw(context, left, top, width, height) {
    this.context.putImageData(this.image, 0, 0);
    context.imageSmoothingEnabled = !this.sharp;
    context.imageSmoothingQuality = this.quick ? "low" : "medium";
    context.drawImage(this.canvas, left, top, width, height);
  }
}
