// ---- row.js: the latest draws of one way, and what was counted -----------------------------------

const ACROSS = 12, SHOWN = 24;   // images in a row of the strip, and in all
const STRIP_KEYS = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -ACROSS, ArrowDown: ACROSS };

class DrawnRow {
  /** facts: {way, name, note, recorded: {coverage, precision} as [mean, half]}; on.choose(), on.light(index),
   *  on.stand(index, soon), on.rest(). */
  constructor(widget, facts, on) {
    Object.assign(this, { widget, facts, on });
    this.node = widget.find("template").content.firstElementChild.cloneNode(true);
    const part = (selector) => this.node.querySelector(selector);
    this.strip = part(".strip");
    this.radio = part("input");
    this.drawn = part(".drawn");
    this.cells = { coverage: part(".coverage .here"), precision: part(".precision .here") };
    part(".name").textContent = facts.name;
    part(".sub").textContent = facts.note;
    part(".sample").classList.add(facts.way);
    this.node.dataset.way = this.radio.value = facts.way;
    for (const measure of ["coverage", "precision"]) {
      const [mean, half] = facts.recorded[measure];
      part(`.${measure} .five`).textContent = `${formatNumber(mean)} ± ${formatNumber(half)}`;
    }
    this.base = document.createElement("canvas");
    this.at = 0;
    this.listen();
  }

  listen() {
    const { widget, strip, on } = this, listen = (type, handler) => widget.listen(strip, type, handler);
    widget.listen(this.radio, "change", () => on.choose());
    widget.listen(this.radio, "keydown", (event) => event.stopPropagation());
    let held = false;
    listen("pointerdown", (event) => {
      if (event.button !== 0) return;
      held = true;
      try { strip.setPointerCapture(event.pointerId); } catch { /* it has already left */ }
      on.stand(this.at = this.under(event));
    });
    listen("pointermove", (event) => {
      if (held) on.stand(this.at = this.under(event));
      else if (event.pointerType === "mouse") on.light(this.under(event));
    });
    for (const type of ["pointerup", "pointercancel"]) {
      listen(type, () => { if (held) on.rest(); held = false; });
    }
    listen("pointerleave", () => on.light(null));
    listen("focus", () => { if (!held) on.light(this.at); });
    listen("blur", () => { on.light(null); if (widget.timer) widget.commit(); });
    listen("keydown", (event) => this.key(event));
  }

  key(event) {
    const by = STRIP_KEYS[event.key];
    if (event.altKey || event.ctrlKey || event.metaKey || (by === undefined && event.key !== "Enter")) return;
    event.preventDefault();
    event.stopPropagation();
    const to = this.at + (by ?? 0);
    if (to >= 0 && to < SHOWN) this.at = to;
    this.on.stand(this.at, true);
  }

  /** The image under a pointer. */
  under(event) {
    const box = this.strip.getBoundingClientRect(), down = SHOWN / ACROSS;
    const place = (share, count) => Math.min(count - 1, Math.max(0, Math.floor(share * count)));
    const column = place((event.clientX - box.left) / box.width, ACROSS);
    return ACROSS * place((event.clientY - box.top) / box.height, down) + column;
  }

  /** The images and figures: whenever there are new draws, or size or colours have changed. */
  print({ theme, header: { shape, images } }, set) {
    const { strip, base, cells } = this, ratio = window.devicePixelRatio || 1;
    const width = Math.round(strip.clientWidth * ratio), height = Math.round(width * SHOWN / ACROSS ** 2);
    for (const canvas of [strip, base]) Object.assign(canvas, { width, height });
    const context = base.getContext("2d"), sheet = new Sheet(ACROSS, SHOWN / ACROSS, shape, width, height, theme.printed[0]);
    context.fillStyle = theme.paper;
    context.fillRect(0, 0, width, height);
    set.images.forEach((image, k) => sheet.paint(k, image, 0, theme.printed));
    sheet.draw(context, 0, 0, width, height);
    this.drawn.textContent = `${set.count} draws`;
    for (const measure of ["coverage", "precision"]) cells[measure].textContent = formatNumber(set[measure]);
    strip.setAttribute("aria-label", `${this.facts.name}: the latest ${SHOWN} of ${set.count} decoded draws. `
      + `Coverage ${formatNumber(set.coverage)} of ${images} digits, precision ${formatNumber(set.precision)}. `
      + "Arrow keys put the probe on a draw.");
  }

  /** lit: the image to be framed, or −1. */
  paint(theme, lit, chosen) {
    const { strip, base } = this, context = strip.getContext("2d"), cell = strip.width / ACROSS;
    this.radio.checked = chosen;
    this.node.classList.toggle("chosen", chosen);
    strip.dataset.lit = lit;
    context.drawImage(base, 0, 0);
    if (lit < 0) return;
    context.strokeStyle = theme.z;
    context.lineWidth = 2 * (window.devicePixelRatio || 1);
    const inset = context.lineWidth / 2;
    context.strokeRect((lit % ACROSS) * cell + inset, Math.floor(lit / ACROSS) * cell + inset, cell - 2 * inset, cell - 2 * inset);
  }
}
