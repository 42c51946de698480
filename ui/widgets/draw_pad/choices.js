// ---- choices.js: one real image of every class, to pick instead of drawing ------------------------
// Buttons in a row: one tab stop, arrows go from image to image, Enter picks.

class Choices {
  constructor(widget, host, onPick) {
    Object.assign(this, { host, onPick, buttons: [] });
    widget.listen(host, "keydown", (event) => this.key(event));
  }

  /** rows: the row to pick for every class; images: row → values in [0, 1]. */
  offer(rows, names) {
    this.rows = rows;
    this.buttons = rows.map((row, group) => {
      const button = document.createElement("button"), canvas = document.createElement("canvas");
      button.type = "button";
      button.className = "choice";
      button.tabIndex = group ? -1 : 0;
      button.setAttribute("aria-label", `Pick ${withArticle(names[group])}`);
      canvas.className = "printed";
      button.append(canvas);
      button.addEventListener("click", () => this.onPick(row));
      return button;
    });
    this.host.replaceChildren(...this.buttons);
  }

  print(imageOf, shape, theme, room) {
    this.buttons.forEach((button, group) => {
      printImage(button.firstChild, imageOf(this.rows[group]), shape, theme);
      fitPixels(button.firstChild, shape, room);
    });
  }

  /** The class in use, or −1: while there is a drawing nothing is. */
  show(group) {
    this.buttons.forEach((button, k) => button.setAttribute("aria-pressed", String(k === group)));
    if (group >= 0) this.aimTabAt(group);
  }

  aimTabAt(group) {
    this.buttons.forEach((button, k) => { button.tabIndex = k === group ? 0 : -1; });
  }

  key(event) {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    event.stopPropagation();   // a key meant for the images is not one of Streamlit's shortcuts
    if (!step) return;
    event.preventDefault();
    const many = this.buttons.length, at = this.buttons.indexOf(this.host.getRootNode().activeElement);
    const next = (at + step + many) % many;
    this.aimTabAt(next);
    this.buttons[next].focus();
  }
}
