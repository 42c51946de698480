// ---- panel.js: one map of the row, what it decodes, what was measured of it -----------------------

const DECODED_ROOM = 112, DECODED_ROOM_ROW = 80, DECODED_ROOM_SMALL = 64;   // CSS pixels
const HOW = "Drag, or use the arrow keys, to move the probe; Shift makes larger steps, Home goes to the "
  + "centre, Enter picks the nearest image, Escape lets it go.";

class Panel {
  constructor(widget, index) {
    Object.assign(this, { widget, index });
    this.node = widget.find("template").content.firstElementChild.cloneNode(true);
    const part = (selector) => this.node.querySelector(selector);
    this.plane = new Plane(part(".plane"));
    this.decoded = part("[data-testid=decoded]");
    this.parts = {
      title: part(".name"), note: part(".sub"), frame: part(".frame"), value: part(".value"),
      measures: part(".measures"),
    };
    this.plane.canvas.btp = {
      encode: (x) => widget.mapOf(index).network.encode(x),
      decode: (code) => widget.mapOf(index).network.decode(code),
    };
  }

  /** change: what is on its way through this panel, or null. */
  paint(map, change, z, zText) {
    const { plane, widget: { theme } } = this;
    this.paintWords(map, change);
    plane.look(change ? change.view : map.view);
    const context = plane.begin(theme, (base) => this.drawBase(base, map, change));
    if (change) drawProbe(context, plane, theme, change.probe, 0.3);
    else {
      if (map.cloud.std && this.widget.picked !== null) {
        drawEllipses(context, plane, theme, map.cloud, [this.widget.picked], this.widget.legend);
      }
      drawProbe(context, plane, theme, z);
      this.decode(map, z, zText);
    }
    Object.assign(plane.canvas.dataset, {
      ready: String(!change), model: map.id, points: map.cloud.classes.length,
      z: z.map((value) => value.toFixed(4)).join(","),
    });
  }

  drawBase(base, map, change) {
    const { plane, widget: { theme, legend } } = this, cloud = change ? change.cloud : map.cloud;
    drawDots(base, plane, theme, cloud, legend);
    if (!change) {   // between two models there are no units
      if (cloud.std) drawEllipses(base, plane, theme, cloud, map.shown, legend);
      if (map.prior) drawPrior(base, plane, theme);
      drawTicks(base, plane, theme);
    }
    drawNames(base, plane, theme, cloud, legend);
  }

  decode(map, z, zText) {
    const { plane, decoded, widget: { header: { shape }, theme, panels } } = this;
    const begun = performance.now();
    const image = map.network.glance(z);
    plane.canvas.dataset.forwardMs = (performance.now() - begun).toFixed(3);
    printImage(decoded, image, shape, theme);
    const large = panels.length > 2 ? DECODED_ROOM_ROW : DECODED_ROOM;
    const room = panels[0].plane.small ? DECODED_ROOM_SMALL : large;
    if (this.room !== room) fitPixels(decoded, shape, this.room = room);
    this.parts.value.textContent = zText;
  }

  paintWords(map, change) {
    if (map === this.worded && Boolean(change) === this.node.classList.contains("changing")) return;
    this.worded = map;
    const { title, note, frame, measures } = this.parts, { canvas } = this.plane;
    this.node.classList.toggle("changing", Boolean(change));
    if (change) clearImage(this.decoded, this.widget.header.shape);
    title.textContent = map.title;
    note.textContent = map.note;
    frame.classList.toggle("dashed", map.twin === "ae");
    canvas.dataset.twin = map.twin;
    this.decoded.setAttribute("aria-label", `Image decoded at the probe: ${map.title}`);
    canvas.setAttribute("aria-label", `Latent map: ${map.title}, ${map.note}. `
      + `${map.cloud.classes.length} images as dots. ${HOW}`);
    measures.hidden = !map.measures;
    measures.replaceChildren(...(map.measures ?? []).flatMap(([name, value, digits]) => [
      element("dt", name), element("dd", formatNumber(value, digits)),
    ]));
  }
}
