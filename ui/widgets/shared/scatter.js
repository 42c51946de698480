// ---- scatter.js: points on a plane, a line through them, and what the line loses -----------------
// Points are numbers in a row, x₁ x₂ x₁ x₂ …; angles are degrees, counted from the first axis upwards.

const axisOf = (degrees) => [Math.cos(degrees * Math.PI / 180), Math.sin(degrees * Math.PI / 180)];
const angleOf = ([x, y]) => Math.atan2(y, x) * 180 / Math.PI;
const wrapped = (degrees, turn) => ((degrees % turn) + turn) % turn;

/** Mean squared distance to the line through the mean at this angle: what u · (x − mean) cannot say. */
function errorAt(covariance, degrees) {
  const [a, b] = axisOf(degrees), [xx, xy, , yy] = covariance;
  return Math.max(0, b * b * xx - 2 * a * b * xy + a * a * yy);
}

/** The direction `degrees`, or the opposite one, whichever is nearer to `before`: the line is the same. */
function sameLine(degrees, before) {
  return wrapped(degrees + 180 * Math.round((before - degrees) / 180), 360);
}

/** Row of the point nearest to (x, y) in CSS pixels and how far it is; row −1 beyond `reach`. */
function nearestPoint(plane, points, x, y, reach = Infinity) {
  let row = -1, least = reach;
  for (let i = 0; i < points.length / 2; i++) {
    const away = Math.hypot(plane.X(points[2 * i]) - x, plane.Y(points[2 * i + 1]) - y);
    if (away < least) { least = away; row = i; }
  }
  return { row, away: least };
}

/** All points as dots, in one path. */
function fillPoints(context, plane, colour, points, radius, alpha = 0.8) {
  context.beginPath();
  for (let i = 0; i < points.length; i += 2) {
    const x = plane.X(points[i]), y = plane.Y(points[i + 1]);
    context.moveTo(x + radius, y);
    context.arc(x, y, radius, 0, 2 * Math.PI);
  }
  context.globalAlpha = alpha;
  context.fillStyle = colour;
  context.fill();
  context.globalAlpha = 1;
}

/** x₁ and x₂ at the ends of the frame, as maths. */
function nameAxes(context, plane, theme, names = ["x₁", "x₂"]) {
  const size = plane.small ? 13 : 16;
  context.font = `italic ${size}px ${theme.serif}`;
  context.textAlign = "right";
  context.textBaseline = "alphabetic";
  haloText(context, theme, names[0], plane.size - 7, plane.size - (plane.small ? 7 : 20), theme.x);
  context.textAlign = "left";
  context.textBaseline = "top";
  haloText(context, theme, names[1], plane.small ? 8 : 30, 5, theme.x);
}

/** From every x to the x̂ it comes back as, in one path. */
function strokeResiduals(context, plane, theme, points, returned) {
  context.beginPath();
  for (let i = 0; i < points.length; i += 2) {
    context.moveTo(plane.X(points[i]), plane.Y(points[i + 1]));
    context.lineTo(plane.X(returned[i]), plane.Y(returned[i + 1]));
  }
  context.strokeStyle = theme.recon;
  context.lineWidth = 1;
  context.globalAlpha = points.length > 400 ? 0.4 : 0.7;
  context.stroke();
  context.globalAlpha = 1;
}

/** The whole line through `mean`, frame to frame. */
function strokeLine(context, plane, mean, [a, b], colour, width, dash = []) {
  const far = 4 * plane.view.r;
  strokeBetween(context, plane, mean, [a, b], -far, far, colour, width, dash);
}

function strokeBetween(context, plane, mean, [a, b], from, to, colour, width, dash = []) {
  context.beginPath();
  context.moveTo(plane.X(mean[0] + from * a), plane.Y(mean[1] + from * b));
  context.lineTo(plane.X(mean[0] + to * a), plane.Y(mean[1] + to * b));
  Object.assign(context, { strokeStyle: colour, lineWidth: width });
  context.setLineDash(dash);
  context.stroke();
  context.setLineDash([]);
}

/** How far along `axis` from `mean` one can go, at most `most`, and stay `margin` inside the frame. */
function reachWithin(plane, mean, axis, most, margin) {
  const { x, y, r } = plane.view, edge = r - margin / plane.scale;
  return [x, y].reduce((reach, centre, k) => {
    const room = (Math.sign(axis[k]) * edge + centre - mean[k]) / axis[k];
    return Math.abs(axis[k]) > 1e-9 ? Math.min(reach, Math.max(0, room)) : reach;
  }, most);
}

/** A point that stands out: an open ring around it. */
function ringPoint(context, theme, x, y, colour, radius = 7) {
  for (const [stroke, width] of [[theme.paper, 5], [colour, 2]]) {
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    Object.assign(context, { strokeStyle: stroke, lineWidth: width });
    context.stroke();
  }
}

/** One point's own way, written out: x → z → x̂. */
function writePassage(host, x, z, returned) {
  const say = (name, text) => { host.querySelector(name).textContent = text; };
  say(".of-x", formatPoint(x));
  say(".of-z", formatNumber(z));
  say(".of-x-hat", formatPoint(returned));
  say(".of-error", formatNumber((x[0] - returned[0]) ** 2 + (x[1] - returned[1]) ** 2));
}
