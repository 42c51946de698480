// ---- svg.js: a drawing as SVG --------------------------------------------------------------------
// SvgContext has the methods and properties of a canvas's 2D context that drawing code here uses and
// writes elements instead of pixels, so that a figure that can be saved is drawn by the same code.
// It has no createImageData: whoever stamps pixels traces outlines instead (dots.js).

const SVG_SHIFT = { top: 0.8, middle: 0.35, bottom: -0.2 };   // of the font's size, to the baseline
const SVG_ANCHOR = { center: "middle", right: "end" };

const escaped = (text) => String(text).replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);

class SvgContext {
  constructor(width, height) {
    Object.assign(this, { width, height, parts: [], dash: [], states: [], transform: "" });
    Object.assign(this, { strokeStyle: "black", fillStyle: "black", lineWidth: 1, lineJoin: "miter", lineCap: "butt" });
    Object.assign(this, { globalAlpha: 1, font: "10px sans-serif", textAlign: "left", textBaseline: "alphabetic" });
    this.ruler = document.createElement("canvas").getContext("2d");   // measures text
    this.beginPath();
  }

  text() {
    return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${this.width} ${this.height}" `
      + `width="${this.width}" height="${this.height}">\n${this.parts.join("\n")}\n</svg>\n`;
  }

  add(tag, facts, inside = "") {
    const said = Object.entries({ ...facts, transform: this.transform || null })
      .filter(([, value]) => value !== null && value !== undefined)
      .map(([name, value]) => `${name}="${typeof value === "number" ? this.short(value) : escaped(value)}"`);
    this.parts.push(`<${tag} ${said.join(" ")}${inside === "" ? "/>" : `>${inside}</${tag}>`}`);
  }

  short(value) { return String(Math.round(value * 100) / 100); }

  // ---- groups: everything drawn by `draw` moved, and clipped to a rectangle from its origin

  group(left, top, width, height, draw) {
    const id = `clip${this.parts.length}`;
    this.parts.push(`<clipPath id="${id}"><rect width="${width}" height="${height}"/></clipPath>`);
    this.parts.push(`<g transform="translate(${left} ${top})" clip-path="url(#${id})">`);
    draw();
    this.parts.push("</g>");
  }

  save() { this.states.push(this.transform); }
  restore() { this.transform = this.states.pop(); }
  translate(x, y) { this.transform += `translate(${this.short(x)} ${this.short(y)})`; }
  rotate(angle) { this.transform += `rotate(${this.short(angle * 180 / Math.PI)})`; }
  setLineDash(dash) { this.dash = dash; }

  // ---- paths: a circle that is a path of its own becomes a circle

  beginPath() { Object.assign(this, { path: "", whole: [] }); }
  moveTo(x, y) { this.path += `M${this.short(x)} ${this.short(y)}`; }
  lineTo(x, y) { this.path += `${this.path ? "L" : "M"}${this.short(x)} ${this.short(y)}`; }
  closePath() { this.path += "Z"; }
  rect(x, y, width, height) { this.whole.push(["rect", { x, y, width, height }]); }
  arc(x, y, r) { this.whole.push(["circle", { cx: x, cy: y, r }]); }

  /** Whole ones only, as every mark here is. */
  ellipse(x, y, rx, ry, angle) {
    const turn = angle ? ` rotate(${this.short(angle * 180 / Math.PI)})` : "";
    const shape = { cx: 0, cy: 0, rx, ry, transform: `translate(${this.short(x)} ${this.short(y)})${turn}` };
    this.whole.push(["ellipse", shape]);
  }

  stroke() {
    this.put({
      fill: "none", stroke: this.strokeStyle, "stroke-width": this.lineWidth, ...this.faint("stroke-opacity"),
      ...(this.dash.length ? { "stroke-dasharray": this.dash.join(" ") } : {}),
      ...(this.lineJoin === "miter" ? {} : { "stroke-linejoin": this.lineJoin }),
      ...(this.lineCap === "butt" ? {} : { "stroke-linecap": this.lineCap }),
    });
  }

  fill() { this.put({ fill: this.fillStyle, ...this.faint("fill-opacity") }); }

  faint(name) { return this.globalAlpha < 1 ? { [name]: this.globalAlpha } : {}; }

  put(paint) {
    if (this.path) this.add("path", { d: this.path, ...paint });
    for (const [tag, shape] of this.whole) {
      const before = this.transform;
      this.transform += shape.transform ?? "";
      this.add(tag, { ...shape, ...paint });
      this.transform = before;
    }
  }

  fillRect(x, y, width, height) {
    this.add("rect", { x, y, width, height, fill: this.fillStyle, ...this.faint("fill-opacity") });
  }

  // ---- text and images

  measureText(text) {
    this.ruler.font = this.font;
    return this.ruler.measureText(text);
  }

  fillText(text, x, y) { this.write(text, x, y, { fill: this.fillStyle }); }

  strokeText(text, x, y) {
    const rim = { stroke: this.strokeStyle, "stroke-width": this.lineWidth, "stroke-linejoin": this.lineJoin };
    this.write(text, x, y, { fill: "none", ...rim });
  }

  write(text, x, y, paint) {
    const size = Number(/([\d.]+)px/.exec(this.font)?.[1] ?? 10);
    const low = y + size * (SVG_SHIFT[this.textBaseline] ?? 0);
    this.add("text", { x, y: low, style: `font: ${this.font}`, "text-anchor": SVG_ANCHOR[this.textAlign], ...paint }, escaped(text));
  }

  /** A canvas whose pixels stay sharp. */
  drawImage(canvas, x, y, width, height) {
    const sharp = { style: "image-rendering: pixelated", preserveAspectRatio: "none" };
    this.add("image", { href: canvas.toDataURL(), x, y, width, height, ...sharp });
  }
}
