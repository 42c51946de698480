// ---- networks.js: the whole graph of one model, with the numbers of one image ------------------------
// Payload. Tensors: the model's weights under "model/…", "x" (d,) an image of 0 … levels for as long as the
// page has told none. Header: id, activation, output, likelihood, c, dataset, levels, shape; first {row, name}
// of that image; parts, their names from top to bottom; seeds, how many throws; names and sayings of the parts;
// words; listing, the source as {file, name, lines: [{indent, pieces: [{text, parts}]}]}; state {seed, part,
// unit, back, inside} (first mount only).
//
// Heard on the page's bus: "input", the drawn or picked image. State sent to Python: {seed, part, unit, back,
// inside}. In the console: canvas.btp = {values, slopes, lit, see(x, eps, inside) → {values, slopes}}.

class Networks extends Widget {
  build() {
    Object.assign(this, { touched: null, told: null, width: 0 });
    this.canvas = this.find("[data-testid=networks]");
    const svg = this.find(".graph svg");
    this.graph = new Graph(this.canvas, svg);
    this.listen(svg, "keydown", (event) => this.key(event));   // before the roving arrows
    this.roving = new Roving(this, svg);
    this.listing = new Listing(this, this.find(".listing"));
    this.detail = new Detail(this, this.find(".detail"), { step: (by) => this.stepUnit(by) });
    this.listen(this.find(".throw"), "click", () => this.throwDice());
    this.listen(svg, "pointermove", (event) => { if (event.pointerType !== "touch") this.hover(this.partAt(event)); });
    this.listen(svg, "click", (event) => this.choose(this.partAt(event)));
    for (const host of [svg, this.listing.host]) {
      this.listen(host, "pointerleave", () => this.hover(null));
      this.listen(host, "focusin", (event) => this.focus(event.target.closest("[data-part]")));
    }
    this.listen(this.listing.host, "pointerover", (event) => this.hover(this.pieceAt(event.target)));
    this.listen(this.listing.host, "click", (event) => this.choose(this.pieceAt(event.target)));
    hear(this, "input", (detail) => { this.told = detail; this.look(); });
  }

  receive({ header, tensors }) {
    if (header.id === this.header?.id) return;
    const pixels = header.shape[0] * header.shape[1], network = new Network(tensors, "model/", header);
    if (network.pixels !== pixels || network.latent !== 2 || !network.variational) {
      throw new PayloadError("This figure needs a variational autoencoder whose codes are two numbers.");
    }
    this.first = originalImage(needTensor(tensors, "x", [pixels]).data, 0, pixels, header.levels);
    Object.assign(this, { network, back: makeBack(network, header), sizes: sizesOf(network) });
    if (!this.header) this.open(header);
    this.header = header;
    this.writeWords();
    this.look();
  }

  open({ parts, state: { seed, part, unit, back, inside } }) {
    Object.assign(this, { seed, part: parts[part], unit, backward: back, inside });
  }

  writeWords() {
    const { words, listing } = this.header;
    const option = (value) => ({ value, words: words[value] });
    const radios = (selector, values, chose) => {
      const host = this.find(selector);
      host.setAttribute("aria-label", words[selector.slice(1)]);
      return makeRadios(this, host, selector, values.map(option), (value) => { chose(value); this.look(); this.commitSoon(); });
    };
    this.ways = radios(".ways", ["forward", "backward"], (value) => { this.backward = value === "backward"; });
    this.dice = radios(".dice", ["outside", "inside"], (value) => { this.inside = value === "inside"; });
    this.find(".throw").textContent = words.throw;
    this.find(".graph svg").setAttribute("aria-label", words.graph);
    this.find(".listing").setAttribute("aria-label", words.listing);
    this.listing.take(listing);
  }

  // ---- the numbers

  get usable() { return this.told?.dataset === this.header.dataset && this.told.x.length === this.network.pixels; }

  /** Image, throw or way have changed: everything once more. */
  look() {
    if (!this.header) return;
    const begun = performance.now();
    const x = this.usable ? this.told.x : this.first, normal = normalDraws(this.seed);
    Object.assign(this, this.see(x, [normal(), normal()], this.inside));
    this.spent = performance.now() - begun;
    this.invalidate();
  }

  see(x, eps, inside) {
    const values = forwardPass(this.network, Float32Array.from(x), eps, this.header);
    return { values, slopes: backwardPass(this.back, values, inside) };
  }

  throwDice() {
    this.seed = this.seed % this.header.seeds + 1;
    this.look();
    this.commit();
  }

  // ---- what is looked at

  /** {part, unit} under the pointer; without a unit of its own the part's chosen one, or its first. */
  partAt(event) {
    const part = event.target.closest("[data-part]")?.dataset.part;
    if (!part) return null;
    const box = this.canvas.getBoundingClientRect();
    return { part, unit: this.graph.layout.unitAt(part, { x: event.clientX - box.left, y: event.clientY - box.top }) };
  }

  pieceAt(target) {
    const piece = target.closest("[data-part]");
    return piece && { part: piece.dataset.part, unit: this.unitOf(piece.dataset.part), piece };
  }

  unitOf(part) { return part === this.part ? this.unit : 0; }

  hover(found) {
    const same = ["part", "unit", "piece"].every((key) => found?.[key] === this.touched?.[key]);
    if (!this.header || same) return;
    this.touched = found;
    this.invalidate();
  }

  /** The keyboard has come to a part or to a piece of source. */
  focus(target) {
    if (!target?.matches(":focus-visible")) return;
    this.choose(target.dataset.parts ? this.pieceAt(target) : { part: target.dataset.part, unit: this.unitOf(target.dataset.part) });
  }

  choose(found) {
    if (!found) return;
    Object.assign(this, { part: found.part, unit: found.unit, touched: found.piece ? found : null });
    this.roving.stopAt(this.graph.parts[this.part].group);
    this.invalidate();
    this.commitSoon();
  }

  stepUnit(by) {
    const count = this.sizes[this.part] ?? 1;
    this.choose({ part: this.part, unit: (this.unit + by + count) % count });
  }

  /** Left and right go from unit to unit; up and down, as everywhere, from part to part. */
  key(event) {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key], part = event.target.dataset?.part;
    if (!by || !this.sizes[part] || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    this.touched = null;
    this.stepUnit(by);
  }

  settle() {
    this.announce();
    const { seed, part, unit, backward: back, inside, header: { parts } } = this;
    return { seed, part: parts.indexOf(part), unit, back, inside };
  }

  announce() {
    const { words, names } = this.header, { part, unit } = this, count = this.sizes[part] ?? 1;
    const which = count > 1 ? `, ${fill(words.which, { unit: unit + 1, count })}` : "";
    const lines = linesOf(part, unit, this.values, this.backward ? this.slopes : null, words);
    const cut = this.backward && this.inside ? ` ${words.cut}` : "";
    this.find(".spoken").textContent = `${fill(names[part], { n: count })}${which}: ${lines.join("; ")}.${cut}`;
  }

  // ---- drawing

  restyle() { this.width = 0; }

  paint() {
    if (!this.values) return;
    const begun = performance.now(), { header, network, sizes, values, slopes, backward: back, inside, theme } = this;
    this.fit();
    const { part, unit, piece } = this.touched ?? this, lit = this.litParts(part, piece);
    this.graph.paint(theme, { values, slopes, back, inside, lit, chosen: part, unit });
    this.detail.paint(theme, { network, header, sizes, values, slopes, back }, part, unit);
    this.listing.paint(part);
    paintSum(this.find(".sum"), header.words, values, slopes, back, inside);
    this.paintChoices();
    this.canvas.btp = { values, slopes, lit: [...lit], see: (x, eps, way) => this.see(x, eps, way) };
    Object.assign(this.canvas.dataset, {
      ready: "true", part, unit, seed: this.seed, back, inside, image: this.usable ? this.told.words : "first",
      spentMs: (this.spent + performance.now() - begun).toFixed(3),
    });
  }

  litParts(part, piece) { return new Set(piece ? this.listing.ownParts(piece) : [part]); }

  /** The graph is laid out for the width it has. */
  fit() {
    const width = this.find(".graph").clientWidth;
    if (width === this.width) return;
    const { header: { shape, parts, words }, sizes } = this, within = this.graph.svg.contains(this.host.getRootNode().activeElement);
    this.roving.take(this.graph.build(width, { sizes, shape, parts, words }));
    this.width = width;
    const { group } = this.graph.parts[this.part];
    this.roving.stopAt(group);
    if (within) group.focus();
  }

  paintChoices() {
    const { ways, dice, backward, inside, values, header: { parts, names, first } } = this;
    ways.forEach((input) => { input.checked = (input.value === "backward") === backward; });
    dice.forEach((input) => { input.checked = (input.value === "inside") === inside; });
    for (const name of parts) {
      const said = FORWARD[name] ? `: ${inFigures(values[name])}` : "", { group } = this.graph.parts[name];
      group.setAttribute("aria-label", `${fill(names[name], { n: this.sizes[name] })}${said}`);
      group.setAttribute("aria-pressed", String(name === this.part));
    }
    const image = this.usable ? this.told.words : `image ${first.row}, ${withArticle(first.name)}`;
    this.graph.tell(image);
  }
}

/** Units by part, for the parts that have some to choose from. */
function sizesOf({ mean, decoder, pixels, latent }) {
  const widths = (stack, letter) => stack.layers.slice(0, -1).map(({ outputs }, k) => [`${letter}${k + 1}`, outputs]);
  return {
    x: pixels, ...Object.fromEntries(widths(mean, "e")), mu: latent, logvar: latent,
    ...Object.fromEntries(widths(decoder, "d")), x_hat: pixels,
  };
}

export default mount(Networks);
