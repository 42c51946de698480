// ---- detail.js: one part looked at: its weights as an image, one unit's own picture, its numbers ----

const MATRIX = 256, MATRIX_SMALL = 192, UNIT_ROOM = 104;   // CSS pixels
const ROOMY = 400;                     // width from which the larger fits beside a unit's picture
const MARGIN = 2;                      // around the matrix, for the mark of a unit at its edge

class Detail {
  /** on: step(by) to another unit. */
  constructor(widget, host, on) {
    this.host = host;
    const find = (selector) => host.querySelector(selector);
    Object.assign(this, {
      name: find(".name"), units: find(".units"), which: find(".which"), saying: find(".saying"), workings: find(".workings"),
      matrix: find(".matrix"), picture: find(".picture"),
    });
    widget.listen(find(".before"), "click", () => on.step(-1));
    widget.listen(find(".after"), "click", () => on.step(1));
  }

  /** The layer that computes a part: {weight, inputs, outputs}; undefined if none does. */
  static layerOf(network, part) {
    const { mean, logvar, decoder } = network, [letter, number] = part;
    if (/^e\d$/.test(part)) return mean.layers[number - 1];
    if (/^d\d$/.test(part)) return decoder.layers[number - 1];
    return { mu: mean.layers.at(-1), logvar: logvar.layers.at(-1), x_hat: decoder.layers.at(-1) }[part];
  }

  /** What a unit is in pictures: the weights it reads the image with, or what it adds to the picture. */
  static pictureOf(network, part, unit) {
    if (part === "e1") {
      const { weight, inputs } = network.mean.layers[0];
      return weight.slice(unit * inputs, (unit + 1) * inputs);
    }
    if (part !== `d${network.decoder.layers.length - 1}`) return null;
    const { weight, inputs, outputs } = network.decoder.layers.at(-1);
    return Float32Array.from({ length: outputs }, (_, pixel) => weight[pixel * inputs + unit]);
  }

  paint(theme, { network, header, sizes, values, slopes, back }, part, unit) {
    const { words, names, sayings, shape } = header, count = sizes[part] ?? 1;
    const name = fill(names[part], { n: count }), which = fill(words.which, { unit: unit + 1, count });
    this.write(this.name, name);
    this.write(this.saying, sayings[part]);
    this.units.hidden = count === 1;
    this.write(this.which, which);
    this.workings.replaceChildren(...linesOf(part, unit, values, back ? slopes : null, words).map((line) => element("div", line)));
    const layer = Detail.layerOf(network, part), picture = Detail.pictureOf(network, part, unit);
    this.matrix.hidden = !layer;
    this.picture.hidden = !picture;
    const stamp = [part, unit, theme.id, this.host.clientWidth].join();   // another image changes no weight
    if (stamp === this.stamp) return;
    this.stamp = stamp;
    if (layer) this.paintMatrix(theme, layer, unit, words, name);
    if (picture) this.paintPicture(theme, picture, shape, words[part === "e1" ? "reads" : "adds"], `${name}, ${which}`);
  }

  /** Rows are units, columns what they read; where there are more units than inputs it lies on its side. */
  paintMatrix(theme, { weight, inputs, outputs }, unit, words, name) {
    const turned = outputs > inputs, [across, rows] = turned ? [outputs, inputs] : [inputs, outputs];
    const side = this.host.clientWidth < ROOMY ? MATRIX_SMALL : MATRIX, scale = side / across;
    const canvas = this.matrix.querySelector("canvas");
    const most = weight.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
    const shown = turned ? transposed({ weight, inputs, outputs }).weight : weight;
    Object.assign(canvas.style, { width: `${side + 2 * MARGIN}px`, height: `${rows * scale + 2 * MARGIN}px` });
    const begun = beginCanvas(canvas);
    if (!begun) return;
    drawCells(begun.context, theme, { x: MARGIN, y: MARGIN, w: side, h: rows * scale, across, rows }, signed(shown, most));
    Object.assign(begun.context, { strokeStyle: theme.ink, lineWidth: 2 });
    const at = MARGIN + unit * scale;
    begun.context.strokeRect(...(turned ? [at, MARGIN, scale, rows * scale] : [MARGIN, at, side, scale]));
    canvas.setAttribute("aria-label", `${name}: ${fill(words.weights, { rows: outputs, columns: inputs })}`);
    this.write(this.matrix.querySelector(".least"), formatNumber(-most));
    this.write(this.matrix.querySelector(".most"), formatNumber(most));
    this.write(this.matrix.querySelector("figcaption"),
      `W ${outputs} × ${inputs}, ${turned ? words.columns : words.rows}`);
  }

  paintPicture(theme, values, shape, words, label) {
    const canvas = this.picture.querySelector("canvas"), most = Math.max(...values.map(Math.abs));
    printImage(canvas, signed(values), shape, theme);
    fitPixels(canvas, shape, UNIT_ROOM);
    canvas.setAttribute("aria-label", `${label}: ${words}, ±${formatNumber(most)}`);
    this.write(this.picture.querySelector("figcaption"), `${words}, ±${formatNumber(most)}`);
  }

  write(place, text) { if (place.textContent !== text) place.textContent = text; }
}
