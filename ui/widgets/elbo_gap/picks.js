// ---- picks.js: the images to choose from ---------------------------------------------------------------
// The payload's, a few of them as buttons, and the pad's once there is one. An image is {x (d,), words}.

const PICK_ROOM = 40;   // CSS pixels of an image

class Picks {
  /** on: pick(row), pad(). */
  constructor(widget, host, on) { Object.assign(this, { widget, host, on }); }

  take(header, tensors) {
    const { shape, picks, words } = header, { data, shape: [count] } = needTensor(tensors, "x", [null, shape[0] * shape[1]]);
    Object.assign(this, { header, bytes: data, count, classes: needTensor(tensors, "y", [count]).data });
    this.host.replaceChildren();
    this.buttons = picks.map((row, k) => this.make(words[`pick_${k}`], () => this.on.pick(row)));
    this.pad = this.make(words.pad, () => this.on.pad());
  }

  make(words, action) {
    const button = Object.assign(element("button", "", "pick"), { type: "button" });
    button.append(element("canvas", "", "printed"), element("span", words));
    this.widget.listen(button, "click", action);
    this.host.append(button);
    return button;
  }

  imageOf(row) {
    const { header: { shape, levels, classes, words }, count } = this, digit = withArticle(classes[this.classes[row]]);
    return { x: originalImage(this.bytes, row, shape[0] * shape[1], levels), words: fill(words.image, { row, count, digit }) };
  }

  /** drawn: the pad's image, or null. */
  print(drawn, theme) {
    const { header: { shape, picks } } = this;
    const show = ({ firstChild: canvas }, { x }) => { printImage(canvas, x, shape, theme); fitPixels(canvas, shape, PICK_ROOM); };
    this.buttons.forEach((button, k) => show(button, this.imageOf(picks[k])));
    if (drawn) show(this.pad, drawn);
  }

  /** The row that is chosen; null: the pad. */
  mark(chosen) {
    this.buttons.forEach((button, k) => button.setAttribute("aria-pressed", String(this.header.picks[k] === chosen)));
    this.pad.setAttribute("aria-pressed", String(chosen === null));
  }
}
