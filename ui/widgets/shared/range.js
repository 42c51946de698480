// ---- range.js: a handle -------------------------------------------------------------------------
// A native input[type=range]. The screen follows every `input`; Python hears on pointer up or after a
// rest. Never on `change`: that fires for every key press.

class RangeHandle {
  /** on.move(value) at once; on.rest() when the pointer lets go; on.soon() after a key. */
  constructor(widget, input, on) {
    Object.assign(this, { input, held: false });
    widget.listen(input, "pointerdown", () => { this.held = true; });
    widget.listen(input, "input", () => {
      on.move(Number(input.value));
      if (!this.held || on.always) on.soon();
      this.paint();
    });
    const release = () => {
      if (!this.held) return;
      this.held = false;
      on.rest();
    };
    for (const type of ["pointerup", "pointercancel"]) widget.listen(input, type, release);
    widget.listen(input, "blur", () => { if (widget.timer) widget.commit(); });
    // A key meant for the handle is not one of Streamlit's shortcuts.
    widget.listen(input, "keydown", (event) => event.stopPropagation());
  }

  /** Show `value`, said in words as `text`. */
  show(value, text) {
    if (Number(this.input.value) !== value) this.input.value = value;
    if (text !== undefined) this.input.setAttribute("aria-valuetext", text);
    this.paint();
  }

  /** How much of the track is inked: up to `--filled`. */
  paint() {
    const { min, max, value } = this.input;
    const share = (value - min) / Math.max(max - min, 1e-9);
    this.input.style.setProperty("--filled", `${(100 * share).toFixed(2)}%`);
  }
}
