// ---- takeaway.js: a map as a file of its own ------------------------------------------------------
// The sheet holds what the figure says: the run's name and settings, the map, what the probe decodes to,
// where it stands. Drawn once by one function, on a canvas of twice the size or as SVG.

const SHEET = { width: 560, side: 520, left: 20, head: 62, foot: 132, room: 84 };   // CSS pixels
const SHEET_HEIGHT = SHEET.head + SHEET.side + SHEET.foot;

/** A plane of the sheet's size, at the view of the one on the screen. */
function sheetPlane(view) {
  const plane = new Plane(document.createElement("canvas")), { side } = SHEET, ratio = 2;
  for (const canvas of [plane.canvas, plane.base]) canvas.width = canvas.height = ratio * side;
  return Object.assign(plane, { view, size: side, ratio });
}

function mapAsPng(widget) {
  const canvas = document.createElement("canvas"), context = canvas.getContext("2d");
  Object.assign(canvas, { width: 2 * SHEET.width, height: 2 * SHEET_HEIGHT });
  context.scale(2, 2);
  context.imageSmoothingEnabled = false;
  drawSheet(context, widget, (plane, facts) => {
    const own = plane.begin(widget.theme, (base) => drawStill(base, plane, widget.theme, facts));
    drawMoving(own, plane, widget.theme, facts);
    context.drawImage(plane.canvas, SHEET.left, SHEET.head, SHEET.side, SHEET.side);
  });
  return canvas;
}

/** Of a large set the images shown at first: a dot per image of sixty thousand is no file to open. */
function mapAsSvg(widget) {
  const svg = new SvgContext(SHEET.width, SHEET_HEIGHT);
  drawSheet(svg, widget, (plane, facts) => svg.group(SHEET.left, SHEET.head, SHEET.side, SHEET.side, () => {
    drawStill(svg, plane, widget.theme, { ...facts, all: null });
    drawMoving(svg, plane, widget.theme, facts);
  }));
  return svg.text();
}

function drawSheet(context, widget, drawMap) {
  const { theme, model, decoded } = widget, { width, side, left, head, room } = SHEET, right = left + side;
  context.fillStyle = theme.paper;
  context.fillRect(0, 0, width, SHEET_HEIGHT);
  const say = (text, x, y, font, colour) => {
    Object.assign(context, { font, fillStyle: colour, textAlign: "left", textBaseline: "alphabetic" });
    context.fillText(text, x, y);
  };
  say(model.name, left, 30, `600 20px ${theme.serif}`, theme.ink);
  say(model.line, left, 50, `400 13px ${theme.sans}`, theme.muted);
  drawMap(sheetPlane(widget.plane.view), widget.facts());
  Object.assign(context, { strokeStyle: theme.ink, lineWidth: 1.5 });
  context.setLineDash(model.variational ? [] : [4, 3]);
  context.beginPath();
  context.rect(left, head, side, side);
  context.stroke();
  context.setLineDash([]);
  const below = head + side, scale = room / Math.max(decoded.width, decoded.height);
  const [w, h] = [decoded.width * scale, Math.max(8, decoded.height * scale)];
  context.drawImage(decoded, left, below + 16, w, h);
  Object.assign(context, { strokeStyle: theme.hairline, lineWidth: 1 });
  context.beginPath();
  context.rect(left, below + 16, w, h);
  context.stroke();
  const lines = [`f(z) at ${widget.pointName()} = ${widget.pointText()}`, widget.planeInWords(), widget.marksInWords()];
  lines.filter(Boolean).forEach((text, k) => say(text, left + w + 16, below + 34 + 20 * k, `400 13px ${theme.sans}`, k ? theme.muted : theme.z));
  drawKey(context, theme, model, left + w + 16, below + 34 + 20 * lines.filter(Boolean).length, right);
}

/** Which colour or figure is which class, as many as one line holds. */
function drawKey(context, theme, { names, glyphs }, x, y, right) {
  if (names.length < 2) return;
  Object.assign(context, { font: `600 13px ${theme.sans}`, textAlign: "left", textBaseline: "alphabetic" });
  for (const [group, name] of names.entries()) {
    const wide = 14 + context.measureText(name).width;
    if (x + wide > right) return;
    context.fillStyle = theme.classes[group % theme.classes.length];
    context.beginPath();
    OUTLINES[glyphs?.[group] ?? "●"](context, x + 4, y - 4.5, 4);
    context.fill();
    context.fillStyle = theme.ink;
    context.fillText(name, x + 11, y);
    x += wide + 8;
  }
}

/** "My run, β = 4" → "my-run-4": a file's name anywhere. */
function fileName(name) {
  const plain = name.normalize("NFKD").toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "");
  return plain.slice(0, 60) || "map";
}

const savePng = (widget) => mapAsPng(widget).toBlob((blob) => handOver(blob, `${fileName(widget.model.name)}.png`));

function saveSvg(widget) {
  handOver(new Blob([mapAsSvg(widget)], { type: "image/svg+xml" }), `${fileName(widget.model.name)}.svg`);
  if (widget.showAll) widget.speak(fill(widget.model.words.svg_shown, { shown: spaced(widget.model.count) }));
}
