// ---- eigen.js: the components printed as images, those not kept faded ----------------------------

const FADED = 0.72;   // of paper over a component that is not kept

class EigenSheet {
  constructor(canvas) {
    this.canvas = canvas;
    this.base = document.createElement("canvas");
  }

  /** Every component in a square table: mid-grey is 0, ink > 0, paper < 0, each to its own largest entry. */
  print({ axes, pixels }, shape, theme) {
    const { canvas, base } = this, ratio = window.devicePixelRatio || 1;
    const side = Math.round(canvas.clientWidth * ratio);
    for (const each of [canvas, base]) each.width = each.height = side;
    this.columns = Math.ceil(Math.sqrt(pixels));
    this.count = pixels;
    const sheet = new Sheet(this.columns, this.columns, shape, side, side, theme.printed[0]);
    for (let k = 0; k < pixels; k++) {
      const axis = axes.subarray(k * pixels, (k + 1) * pixels);
      const most = axis.reduce((far, entry) => Math.max(far, Math.abs(entry)), 0);
      sheet.paint(k, axis.map((entry) => 0.5 + entry / (2 * most)), 0, theme.printed);
    }
    const context = base.getContext("2d");
    context.fillStyle = theme.paper;
    context.fillRect(0, 0, side, side);
    sheet.draw(context, 0, 0, side, side);
  }

  /** The first k stand out. */
  paint(k, theme) {
    const { canvas, base, columns, count } = this, context = canvas.getContext("2d"), cell = canvas.width / columns;
    context.globalAlpha = 1;
    context.drawImage(base, 0, 0);
    context.globalAlpha = FADED;
    context.fillStyle = theme.paper;
    const row = Math.floor(k / columns), top = Math.round(row * cell), rest = Math.round((k % columns) * cell);
    if (k < count) context.fillRect(rest, top, canvas.width - rest, Math.round((row + 1) * cell) - top);
    context.fillRect(0, Math.round((row + 1) * cell), canvas.width, canvas.height);
  }
}
