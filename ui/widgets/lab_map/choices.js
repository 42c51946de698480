// ---- choices.js: which plane of a code's k > 2 numbers is shown, and what is held in the others -------

class Choices {
  constructor(widget) {
    this.widget = widget;
    this.on(".kind", ({ value }) => widget.choosePlane(value === "pair" ? this.widestPair() : null));
    this.on(".across", ({ value }) => this.chooseAxis(0, Number(value)));
    this.on(".up", ({ value }) => this.chooseAxis(1, Number(value)));
    this.on(".hold", ({ value }) => widget.chooseHold(value));
  }

  on(selector, then) {
    const select = this.widget.find(selector);
    this.widget.listen(select, "change", () => { then(select); this.widget.commit(); });
    this.widget.listen(select, "keydown", (event) => event.stopPropagation());   // none of Streamlit's shortcuts
  }

  /** The two numbers that vary most, in their own order. */
  widestPair() {
    const { variances, k } = this.widget.model;
    return [...Array(k).keys()].sort((a, b) => variances[b] - variances[a]).slice(0, 2).sort((a, b) => a - b);
  }

  /** The number that is already the other axis changes places with this one. */
  chooseAxis(at, axis) {
    const axes = [...this.widget.axes];
    if (axes[1 - at] === axis) axes[1 - at] = axes[at];
    axes[at] = axis;
    this.widget.choosePlane(axes);
  }

  show() {
    const { model: { k }, axes } = this.widget, find = (selector) => this.widget.find(selector);
    find(".seen").hidden = k < 3;
    if (k < 3) return;
    find(".kind").value = axes ? "pair" : "pca";
    find(".pair").hidden = !axes;
    [".across", ".up"].forEach((name, at) => {
      const select = find(name);
      if (select.length !== k) select.replaceChildren(...Array.from({ length: k }, (_, i) => new Option(`z${lowered(i + 1)}`, i)));
      if (axes) select.value = axes[at];
    });
  }

  showHold() {
    const select = this.widget.find(".hold"), { hold } = this.widget, own = hold instanceof Float64Array;
    select.querySelector("[value=image]").disabled = this.widget.anchor() === null;
    select.querySelector("[value=own]").hidden = !own;
    const value = own ? "own" : hold === null ? "mean" : "image";
    if (select.value !== value) select.value = value;
  }
}
