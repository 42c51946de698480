// ---- listing.js: the source that computes the graph, piece by piece ---------------------------------
// A piece belongs to the parts it computes, its own first. It lights with any of them; touched, it lights
// its own (one line may compute three layers).

class Listing {
  constructor(widget, host) {
    this.host = host;
    this.roving = new Roving(widget, host);
  }

  take(functions) {
    this.pieces = [];
    this.host.replaceChildren(...functions.map((each) => this.makeFunction(each)));
    this.roving.take(this.pieces);
  }

  makeFunction({ file, name, lines }) {
    const block = element("div", "", "function"), code = element("pre");
    code.append(...lines.map(({ indent, pieces }) => {
      const line = element("span", "", "line");
      line.style.setProperty("--indent", indent);
      line.append(...pieces.map((piece) => this.makePiece(piece)));
      return line;
    }));
    block.append(element("div", `${file} · ${name}`, "sub file"), code);
    return block;
  }

  makePiece({ text, parts }) {
    const piece = element("span", text, parts.length ? "piece" : "");
    if (!parts.length) return piece;
    piece.dataset.part = parts[0];
    piece.dataset.parts = parts.join(" ");
    piece.setAttribute("role", "button");
    this.pieces.push(piece);
    return piece;
  }

  /** The parts that a piece speaks of itself: with the loop over the layers, all of them. */
  ownParts(piece) {
    const parts = piece.dataset.parts.split(" ");
    return /^[ed]1$/.test(parts[0]) ? parts.slice(0, 3) : parts.slice(0, 1);
  }

  /** Light every piece that computes the part. */
  paint(part) {
    for (const piece of this.pieces) piece.classList.toggle("lit", piece.dataset.parts.split(" ").includes(part));
  }
}
