// ---- drawing.js: the map, on a canvas or as SVG ---------------------------------------------------

const CAP = 3;   // CSS pixels: half the height of the ends of q over a single number

/** What stays put while the probe moves. all: every image's code, or null. */
function drawStill(base, plane, theme, { model, seen, legend, all }) {
  drawDots(base, plane, theme, all ?? seen.cloud, legend);
  base.strokeStyle = base.fillStyle = theme.q;
  base.lineWidth = 1.25;
  for (const row of model.shown) {
    const ellipse = seen.ellipses.get(row);
    if (!ellipse || legend.stateOf(model.classes[row]) !== "lit") continue;
    const area = ellipse.rx * (ellipse.ry || ellipse.rx);
    drawSpread(base, plane, seen.cloud.points.subarray(2 * row, 2 * row + 2), ellipse, {
      fill: Math.min(0.14, 0.008 / area), line: Math.min(1, Math.max(0.3, 0.12 / Math.sqrt(area))),
    });
  }
  if (model.prior && model.k === 1) drawPriorLines(base, plane, theme);
  else if (model.prior) drawPrior(base, plane, theme);
  drawTicks(base, plane, theme, model.k > 1);
  if (seen.cloud.rows.size > 1) drawNames(base, plane, theme, seen.cloud, legend);
}

/** q(z|x) in the plane, 1σ to scale: a leaning ellipse, over a single number a bar. */
function drawSpread(context, plane, [x, y], { rx, ry, angle }, { fill, line }) {
  const X = plane.X(x), Y = plane.Y(y), wide = rx * plane.scale;
  context.beginPath();
  if (ry) context.ellipse(X, Y, wide, ry * plane.scale, -angle, 0, 2 * Math.PI);
  else {
    context.moveTo(X - wide, Y);
    context.lineTo(X + wide, Y);
    for (const end of [X - wide, X + wide]) {
      context.moveTo(end, Y - CAP);
      context.lineTo(end, Y + CAP);
    }
  }
  context.globalAlpha = fill;
  if (ry) context.fill();
  context.globalAlpha = line;
  context.stroke();
  context.globalAlpha = 1;
}

/** p(z) over a single number: where 1σ and 2σ end. */
function drawPriorLines(context, plane, theme) {
  Object.assign(context, { strokeStyle: theme.prior, lineWidth: 1.5 });
  context.setLineDash([5, 4]);
  context.beginPath();
  for (const sigma of [-2, -1, 1, 2]) {
    context.moveTo(plane.X(sigma), 0);
    context.lineTo(plane.X(sigma), plane.size);
  }
  context.stroke();
  context.setLineDash([]);
  if (plane.small) return;
  Object.assign(context, { font: `italic 15px ${theme.serif}`, textAlign: "left", textBaseline: "top" });
  haloText(context, theme, "p(z)", plane.X(1) + 5, 6, theme.prior);
}

/** What moves: the image that was picked, the input, the probe. */
function drawMoving(context, plane, theme, { model, seen, spot, picked, input, free }) {
  if (picked !== null) drawMarked(context, plane, theme, spot, seen.ellipses.get(picked));
  if (input) {
    drawMarked(context, plane, theme, input.point, input.ellipse);
    const X = plane.X(input.point[0]), Y = plane.Y(input.point[1]), right = X < plane.size - 24;
    Object.assign(context, { font: `italic 600 ${plane.small ? 13 : 16}px ${theme.serif}`, textAlign: "left", textBaseline: "bottom" });
    haloText(context, theme, "x", right ? X + 9 : X - 17, Y - 6, theme.ink);
  }
  drawProbe(context, plane, theme, spot, 1, free || !model.variational);   // the ring would hide an ellipse
}

/** One image's μ, and its q(z|x) if it has one. */
function drawMarked(context, plane, theme, point, ellipse) {
  Object.assign(context, { fillStyle: theme.q, strokeStyle: theme.q, lineWidth: 2.25 });
  if (ellipse) drawSpread(context, plane, point, ellipse, { fill: 0.16, line: 1 });
  context.beginPath();
  context.arc(plane.X(point[0]), plane.Y(point[1]), plane.small ? 2.5 : 3.5, 0, 2 * Math.PI);
  Object.assign(context, { strokeStyle: theme.paper, lineWidth: 2, fillStyle: theme.mu });
  context.stroke();
  context.fill();
}
