// ---- heat.js: what the layers look like -----------------------------------------------------------
// Heat is one hue, from paper to the colour of the reconstruction, the same scale for every model.
// Arrows are true to scale, but forces, which have a scale of their own and a key that says it.

// From bare paper to the full colour; what lies beyond looks the same as the end it is beyond.
const HEAT_RANGE = { step: [0, 0.24], nearest: [0.15, 0.6] };
const HEAT_LEVELS = 255;
const ARROW_HEAD = 5;         // CSS pixels
const AMONG_CODES = 2.5;      // standard deviations: 96 % of the codes’ own Gaussian
const MEAN_PULL = 0.075;      // length of the mean pull of reconstruction on μ, as a share of the map
const LEAST_MEAN_PULL = 1;    // nats per unit; weaker pulls than this are drawn as weak as they are

/** values (count²) → a bitmap with one pixel per node. */
function heatBitmap(values, [low, high], theme) {
  const count = HEAT_NODES, table = mixTable(theme.paper, theme.recon);
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = count;
  const context = canvas.getContext("2d"), image = context.createImageData(count, count);
  const pixels = new Uint32Array(image.data.buffer);
  for (let k = 0; k < pixels.length; k++) {
    pixels[k] = table[Math.round(HEAT_LEVELS * Math.min(1, Math.max(0, (values[k] - low) / (high - low))))];
  }
  context.putImageData(image, 0, 0);
  return canvas;
}

function mixTable(from, to) {
  const [a, b] = [channels(from), channels(to)];
  return Uint32Array.from({ length: HEAT_LEVELS + 1 }, (_, level) => {
    const [red, green, blue] = a.map((start, k) => Math.round(mix(start, b[k], level / HEAT_LEVELS)));
    return ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
  });
}

/** A node's pixel lies around the node: the outermost half pixels are outside the frame. */
function drawHeat(context, plane, bitmap) {
  const pitch = plane.size / (HEAT_NODES - 1);
  context.imageSmoothingEnabled = true;
  context.drawImage(bitmap, -pitch / 2, -pitch / 2, plane.size + pitch, plane.size + pitch);
}

/** Codes over a layer: faint ink, and in their own colour once a class is in the spotlight. */
function drawFaintDots(context, plane, theme, cloud, legend) {
  const radius = plane.small ? 0.9 : Math.max(1.2, plane.size / 320), spot = legend.spotlit.size > 0;
  for (const [group, rows] of cloud.rows) {
    const lit = legend.stateOf(group) === "lit";
    context.fillStyle = spot && lit ? theme.classes[group % theme.classes.length] : theme.ink;
    context.globalAlpha = spot ? (lit ? 0.9 : 0.1) : 0.3;
    context.beginPath();
    for (const row of rows) {
      const x = plane.X(cloud.points[2 * row]), y = plane.Y(cloud.points[2 * row + 1]);
      context.moveTo(x + radius, y);
      context.arc(x, y, radius, 0, 2 * Math.PI);
    }
    context.fill();
  }
  context.globalAlpha = 1;
}

/** An arrow between two points in CSS pixels; too short for a head, it is a line. */
function drawVector(context, x0, y0, x1, y1) {
  const length = Math.hypot(x1 - x0, y1 - y0);
  context.beginPath();
  context.moveTo(x0, y0);
  context.lineTo(x1, y1);
  context.stroke();
  const head = Math.min(ARROW_HEAD, 0.6 * length);
  if (head < 1.5) return;
  const ux = (x1 - x0) / length * head, uy = (y1 - y0) / length * head;
  context.beginPath();
  context.moveTo(x1, y1);
  context.lineTo(x1 - ux - 0.45 * uy, y1 - uy + 0.45 * ux);
  context.lineTo(x1 - ux + 0.45 * uy, y1 - uy - 0.45 * ux);
  context.closePath();
  context.setLineDash([]);
  context.fill();
}

/** Arrows from each node to where its image is encoded; `less`: beside them what is left without the
 *  shrinkage. Far from the codes, where nothing was ever encoded, arrows are long and drawn faint. */
function drawTrips(context, plane, theme, { nodes, back, s }, model, less) {
  const trips = Array.from({ length: nodes.length / 2 }, (_, k) => {
    const z = [nodes[2 * k], nodes[2 * k + 1]], end = [back[2 * k], back[2 * k + 1]];
    const left = beyondShrinkage(z, end, model.m, s);
    return { z, end, left: [z[0] + left[0], z[1] + left[1]], strength: isAmongCodes(model, z) ? 1 : 0.22 };
  });
  const draw = (to, colour, strength, width) => {
    context.strokeStyle = context.fillStyle = colour;
    context.lineWidth = width;
    for (const trip of trips) {
      context.globalAlpha = strength * trip.strength;
      drawVector(context, ...[trip.z, trip[to]].flatMap(([x, y]) => [plane.X(x), plane.Y(y)]));
    }
  };
  draw("end", theme.mu, less ? 0.45 : 1, 1.25);
  if (less) draw("left", theme.ink, 1, 1.25);
  context.globalAlpha = 1;
}

/** Within so many standard deviations of the codes' mean? */
function isAmongCodes({ m, A: [[a], [c, d]] }, z) {
  const u = (z[0] - m[0]) / a, v = (z[1] - m[1] - c * u) / d;
  return Math.hypot(u, v) <= AMONG_CODES;
}

/** CSS pixels per nat per unit of μ. */
function pullScale(plane, drawn) {
  let sum = 0;
  for (const { recon } of drawn.values()) sum += lengthOn(recon, 0);
  return MEAN_PULL * plane.size / Math.max(sum / drawn.size, LEAST_MEAN_PULL);
}

/** Both pulls on a code and what is left of them: told apart by colour, dash and width. */
function drawPulls(context, plane, theme, [zx, zy], { recon, kl, residual }, scale, strong = false) {
  const x = plane.X(zx), y = plane.Y(zy), more = strong ? 1 : 0;
  const marks = [[residual, theme.ink, 2.5, []], [recon, theme.recon, 1.25, []], [kl, theme.kl, 1.5, [3, 2]]];
  for (const [pull, colour, width, dash] of marks) {
    context.strokeStyle = context.fillStyle = colour;
    context.lineWidth = width + more;
    context.setLineDash(dash);
    drawVector(context, x, y, x + scale * pull[0], y - scale * pull[1]);
  }
  context.setLineDash([]);
}
