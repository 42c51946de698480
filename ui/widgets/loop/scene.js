// ---- scene.js: the same round on the plane ----------------------------------------------------------
// Data x grey; the decoder's line, where every answer lies, in the code's colour; answers x̂ and what they
// miss green. PCA's axis, once asked for, dashed.

const SCENE_RADIUS = 2.6;   // half-width that shows the cloud with air
const ORIGIN = [0, 0];      // the cloud is centred

/** scene: {flat (x₁ x₂ x₁ x₂ …), point, weights, before (a step ago, or null), stage, touched, axis (or null), pass}. */
function drawScene(context, plane, theme, { flat, point, weights, before, stage, touched, axis, pass }) {
  const answered = !["feed", "encode"].includes(stage.id), compared = answered && stage.id !== "decode";
  const dot = plane.small ? 2.25 : 3;
  context.globalAlpha = 0.45;
  if (before) strokeLine(context, plane, ORIGIN, before.slice(2), theme.z, 1.25);
  context.globalAlpha = 1;
  strokeLine(context, plane, ORIGIN, weights.slice(2), theme.z, 2.25);
  if (axis) drawAxis(context, plane, theme, axis);
  if (answered) fillPoints(context, plane, theme.recon, answersOf(flat, weights), 2.25, 1);
  fillPoints(context, plane, theme.x, flat, dot);
  drawTouched(context, plane, theme, touched, weights, pass);
  if (compared) drawMiss(context, plane, theme, point, pass.x_hat, /^[dL]/.test(touched));
  ringPoint(context, theme, plane.X(point[0]), plane.Y(point[1]), theme.ink, /^x/.test(touched) ? 10 : 7);
  nameAt(context, plane, theme, "x", point, -13, -14, theme.x);
  if (answered) drawAnswer(context, plane, theme, pass.x_hat, point, /^y/.test(touched));
}

/** Every point's answer: all of them lie on the line. */
function answersOf(flat, weights) {
  const answers = new Float64Array(flat.length);
  for (let i = 0; i < flat.length; i += 2) answers.set(onePass(weights, [flat[i], flat[i + 1]]).x_hat, i);
  return answers;
}

function drawAxis(context, plane, theme, axis) {
  strokeLine(context, plane, ORIGIN, axis, theme.ink, 1.5, [5, 4]);
  context.font = `500 12px ${theme.sans}`;
  Object.assign(context, { textAlign: "center", textBaseline: "bottom" });
  const at = -0.9 * plane.view.r;   // along the axis, the words above it
  haloText(context, theme, "PCA’s axis", plane.X(at * axis[0]) - 6, plane.Y(at * axis[1]) - 12, theme.ink);
}

function drawMiss(context, plane, theme, from, to, strong) {
  strokeSegment(context, plane, from, to, theme.recon, strong ? 4 : 2);
}

function drawAnswer(context, plane, theme, [x, y], point, strong) {
  context.beginPath();
  context.arc(plane.X(x), plane.Y(y), strong ? 8 : 5.5, 0, 2 * Math.PI);
  Object.assign(context, { fillStyle: theme.recon, strokeStyle: theme.paper, lineWidth: 2 });
  context.fill();
  context.stroke();
  nameAt(context, plane, theme, "x̂", [x, y], 13, y <= point[1] ? 15 : -15, theme.recon);
}

/** What a term under the pointer is on the plane: a layer's weights as an arrow, z as the way along the line. */
function drawTouched(context, plane, theme, touched, [a1, a2, b1, b2], { x_hat }) {
  const end = { a: [a1, a2], b: [b1, b2], z: x_hat }[touched?.[0]];
  if (!end) return;
  const colour = touched === "z" ? theme.z : theme.ink;
  strokeSegment(context, plane, ORIGIN, end, colour, 4);
  if (touched !== "z") nameAt(context, plane, theme, touched[0], end, 11, -11, colour);
}

function strokeSegment(context, plane, from, to, colour, width) {
  context.beginPath();
  context.moveTo(plane.X(from[0]), plane.Y(from[1]));
  context.lineTo(plane.X(to[0]), plane.Y(to[1]));
  Object.assign(context, { strokeStyle: colour, lineWidth: width });
  context.stroke();
}

function nameAt(context, plane, theme, name, [x, y], dx, dy, colour) {
  context.font = `italic 17px ${theme.serif}`;
  Object.assign(context, { textAlign: "center", textBaseline: "middle" });
  const inside = (value) => Math.min(plane.size - 12, Math.max(12, value));
  haloText(context, theme, name, inside(plane.X(x) + dx), inside(plane.Y(y) + dy), colour);
}
