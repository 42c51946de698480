// ---- wall.js: images nobody drew ----------------------------------------------------------------
// Payload. Tensors: "model/decoder.*". Header: id, activation, output, shape, note (the words beside
// the button), seed? (default 1), label? (the image's name for a screen reader). z ~ N(0, I) is drawn
// and decoded here; the same seed gives the same draws, whatever the model.

const CELL = 48;   // CSS pixels an image has room for

class Wall extends Widget {
  build() {
    this.canvas = this.find("canvas");
    this.seed = null;
    this.listen(this.find("button"), "click", () => { this.seed += 1; this.invalidate(); });
  }

  receive({ header, tensors }) {
    const network = new Network(tensors, "model/", header);
    const [height, width] = header.shape;
    if (network.pixels !== height * width) {
      throw new PayloadError(`The model does not decode to ${height} × ${width} pixels.`);
    }
    this.seed ??= header.seed ?? 1;
    Object.assign(this, { network, header });
    this.find(".sub").replaceChildren(...withSymbols(header.note ?? ""));
    this.canvas.setAttribute("aria-label", header.label ?? "Images decoded from draws of the prior");
  }

  paint() {
    const room = this.canvas.clientWidth, ratio = window.devicePixelRatio || 1;
    if (!this.network || !room) return;
    const columns = Math.max(8, Math.round(room / CELL)), rows = columns < 14 ? 4 : 3;
    const cell = Math.floor(room * ratio / columns);
    this.canvas.width = cell * columns;
    this.canvas.height = cell * rows;
    const { network, theme, canvas } = this;
    const sheet = new Sheet(columns, rows, this.header.shape, canvas.width, canvas.height,
      theme.printed[0]);
    const draw = normalDraws(this.seed), z = new Float32Array(network.latent);
    for (let index = 0; index < columns * rows; index++) {
      for (let k = 0; k < z.length; k++) z[k] = draw();
      sheet.paint(index, network.glance(z), 0, theme.printed);
    }
    const context = canvas.getContext("2d");
    context.fillStyle = theme.paper;
    context.fillRect(0, 0, canvas.width, canvas.height);
    sheet.draw(context, 0, 0, canvas.width, canvas.height);
    Object.assign(canvas.dataset, { ready: "true", model: this.header.id, seed: this.seed });
  }
}

/** p(z) in the prior's ink, z in italics, the rest as it is. */
function withSymbols(note) {
  return note.split(/(p\(z\)|\bz\b)/).map((part) => {
    if (part !== "p(z)" && part !== "z") return document.createTextNode(part);
    const symbol = document.createElement("span");
    symbol.className = part === "z" ? "symbol" : "symbol is-prior";
    symbol.innerHTML = part.replace(/[()]/g, "<b>$&</b>");
    return symbol;
  });
}

export default mount(Wall);
