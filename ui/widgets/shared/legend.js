// ---- legend.js: the classes, each a chip ---------------------------------------------------------
// A spotlight makes every other class step back to hairline; with `canHide` a chip goes round shown →
// spotlight → hidden. The glyph tells the class (the digit itself, or ● ■ ▲ with a name), colour helps.

class Legend {
  constructor(host, { canHide, onChange }) {
    Object.assign(this, { host, canHide, onChange, chips: [], key: null });
    this.spotlit = new Set();
    this.hidden = new Set();
  }

  /** "lit", "faded" or "hidden": how marks of this class are drawn. */
  stateOf(group) {
    if (this.hidden.has(group)) return "hidden";
    return this.spotlit.size && !this.spotlit.has(group) ? "faded" : "lit";
  }

  /** Make the chips, once per set of classes; the reader's choices survive new data. */
  name(names, glyphs) {
    const key = JSON.stringify([names, glyphs]);
    if (key === this.key) return;
    this.key = key;
    this.spotlit.clear();
    this.hidden.clear();
    this.chips = names.map((name, group) => this.makeChip(name, glyphs?.[group], group));
    this.host.replaceChildren(...this.chips);
    this.host.classList.toggle("worded", Boolean(glyphs) || names.some((name) => name.length > 2));
    this.refresh();
  }

  makeChip(name, glyph, group) {
    const chip = document.createElement("button");
    chip.type = "button";
    chip.className = "chip";
    chip.dataset.name = name;
    chip.textContent = glyph ? `${glyph} ${name}` : name;
    chip.addEventListener("click", () => this.turn(group));
    return chip;
  }

  turn(group) {
    if (this.hidden.has(group)) this.hidden.delete(group);
    else if (!this.spotlit.has(group)) this.spotlit.add(group);
    else {
      this.spotlit.delete(group);
      if (this.canHide) this.hidden.add(group);
    }
    this.refresh();
    this.onChange();
  }

  refresh() {
    this.chips.forEach((chip, group) => {
      const state = this.hidden.has(group) ? "hidden" : this.spotlit.has(group) ? "spotlight" : "shown";
      chip.dataset.state = state;
      chip.dataset.drawn = this.stateOf(group);
      if (this.canHide) chip.setAttribute("aria-label", `Class ${chip.dataset.name}: ${state}`);
      else {
        chip.setAttribute("aria-label", `Spotlight class ${chip.dataset.name}`);
        chip.setAttribute("aria-pressed", String(state === "spotlight"));
      }
    });
  }

  restyle(theme) {
    this.chips.forEach((chip, group) => {
      chip.style.setProperty("--class", theme.classes[group % theme.classes.length]);
    });
  }
}
