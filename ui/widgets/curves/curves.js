// ---- curves.js (the widget): a run's losses, and the handle that scrubs through its film ----------
// Payload. Tensors, all (e,): "epoch", "recon", "val_recon", "kl", "val_kl" (no kl for an autoencoder;
// NaN leaves a gap). Header: id, epochs (of the whole run), shown (the epoch on screen), keyframes
// (epochs that can be shown), floor (nats, or null), unit.
//
// The cursor follows the handle at once. Python hears of the nearest keyframe after a rest, on pointer
// up or after a key: state {epoch, serial}, serial growing so that the same epoch can be asked for twice.

const REST = 150;       // ms without a move before Python hears of a scrub
const PATIENCE = 1500;  // ms to wait for Python to show what was asked for

class Curves extends Widget {
  build() {
    Object.assign(this, { serial: 0, shown: 0, asked: null });
    this.panels = ["recon", "kl"].map((name) => {
      const figure = this.find(`.panel.${name}`), panel = new CurvePanel(figure.querySelector("canvas"));
      this.listenToPanel(panel);
      return { name, panel, figure, now: figure.querySelector(".now"), none: figure.querySelector(".none") };
    });
    this.input = this.find(".range");
    this.handle = new RangeHandle(this, this.input, {
      always: true,
      move: (epoch) => this.scrub(epoch),
      rest: () => this.commit(),
      soon: () => this.commitSoon(this.handle.held ? REST : AFTER_A_KEY),
    });
  }

  /** The lines can be dragged along, too. */
  listenToPanel(panel) {
    const canvas = panel.canvas;
    this.listen(canvas, "pointerdown", (event) => {
      if (!this.header || event.button !== 0) return;
      canvas.setPointerCapture(event.pointerId);
      this.dragging = true;
      this.scrub(panel.epochAt(event));
    });
    this.listen(canvas, "pointermove", (event) => {
      if (!this.dragging) return;
      this.scrub(panel.epochAt(event));
      this.commitSoon(REST);
    });
    for (const type of ["pointerup", "pointercancel"]) {
      this.listen(canvas, type, () => {
        if (!this.dragging) return;
        this.dragging = false;
        this.commit();
      });
    }
  }

  receive({ header, tensors }) {
    const count = needTensor(tensors, "epoch", [null]).data.length;
    const series = { epoch: tensors.epoch.data };
    for (const name of ["recon", "val_recon", "kl", "val_kl"]) {
      if (name.endsWith("recon") || tensors[name]) series[name] = needTensor(tensors, name, [count]).data;
    }
    Object.assign(this, { header, series, last: series.epoch[count - 1] ?? 0 });
    this.input.max = Math.max(1, header.epochs);
    const ready = header.keyframes?.at(-1) ?? this.last;
    this.input.style.setProperty("--ready", `${100 * ready / this.input.max}%`);
    this.follow(header.shown ?? this.last);
  }

  /** The film moved on; unless the reader holds the handle or has just asked for another epoch. */
  follow(shown) {
    if (this.asked) {
      const ahead = shown - this.asked.epoch;   // a film that plays on may already be further
      const arrived = ahead >= 0 && ahead <= 2 + this.header.epochs / 10;
      if (arrived || performance.now() > this.asked.until) this.asked = null;
    }
    if (this.handle.held || this.dragging || this.timer || this.asked) return;
    this.shown = Math.min(shown, this.last);
  }

  scrub(epoch) {
    this.shown = Math.round(Math.min(epoch, this.last));
    this.invalidate();
  }

  settle() {
    const frames = this.header.keyframes?.length ? this.header.keyframes : [this.shown];
    const nearest = frames.reduce((best, epoch) =>
      (Math.abs(epoch - this.shown) < Math.abs(best - this.shown) ? epoch : best));
    this.shown = nearest;
    this.serial = Math.max(this.serial + 1, Date.now());   // also grows across a remount
    this.asked = { epoch: nearest, until: performance.now() + PATIENCE };
    return { epoch: nearest, serial: this.serial };
  }

  paint() {
    if (!this.series) return;
    for (const part of this.panels) this.paintPanel(part);
    const text = `epoch ${this.shown} of ${this.header.epochs}`;
    if (!this.handle.held) this.handle.show(this.shown, text);
    this.find("output").textContent = `${this.shown} of ${this.header.epochs}`;
  }

  paintPanel({ name, panel, figure, now, none }) {
    const { series, header, theme, shown } = this;
    const values = series[name], validation = series[`val_${name}`];
    figure.querySelector(".unit").textContent = header.unit ?? "nats per image";
    panel.canvas.hidden = !values;
    if (none) none.hidden = Boolean(values);
    now.hidden = !values;
    if (!values || !panel.measure()) return;
    const lines = [{ name: "train", values }];
    if (validation) lines.push({ name: "validation", values: validation, dashed: true });
    const floor = name === "recon" ? header.floor ?? null : null;
    panel.draw(theme, {
      epoch: series.epoch, lines, epochs: header.epochs, shown, floor, colour: theme[name],
      fromZero: name === "kl",
    });
    const at = series.epoch.indexOf(shown);
    const read = (list) => formatNumber(list?.[at], list?.[at] >= 100 ? 0 : name === "kl" ? 2 : 1);
    now.innerHTML = `<span>${read(values)} <span class="sub">train</span></span>`
      + `<span>${read(validation)} <span class="sub">validation</span></span>`;
    const what = name === "kl" ? "KL" : "Reconstruction";
    panel.canvas.setAttribute("aria-label", `${what} by epoch. At epoch ${shown}: train ${read(values)}, `
      + `validation ${read(validation)} ${header.unit ?? "nats per image"}`);
  }
}

export default mount(Curves);
