// ---- centres.js: what stands on the posterior --------------------------------------------------------

/** q(z|x), thin, at 1σ and 2σ. */
function drawEncoder(context, plane, theme, { mu, std }) {
  Object.assign(context, { strokeStyle: theme.q, lineWidth: 1.5 });
  for (const sigma of [1, 2]) {
    context.beginPath();
    context.ellipse(plane.X(mu[0]), plane.Y(mu[1]), sigma * std[0] * plane.scale, sigma * std[1] * plane.scale, 0, 0, 2 * Math.PI);
    context.globalAlpha = sigma === 1 ? 1 : 0.6;
    context.stroke();
  }
  context.globalAlpha = 1;
}

function drawMean(context, plane, theme, mu) {
  context.beginPath();
  context.arc(plane.X(mu[0]), plane.Y(mu[1]), plane.small ? 2.5 : 3.5, 0, 2 * Math.PI);
  Object.assign(context, { strokeStyle: theme.paper, fillStyle: theme.mu, lineWidth: 2 });
  context.stroke();
  context.fill();
}

/** The posterior's mean: a cross of ink. */
function drawCross(context, plane, theme, mean) {
  const x = plane.X(mean[0]), y = plane.Y(mean[1]), reach = plane.small ? 4 : 6;
  for (const [colour, width] of [[theme.paper, 5], [theme.ink, 2]]) {
    context.beginPath();
    context.moveTo(x - reach, y);
    context.lineTo(x + reach, y);
    context.moveTo(x, y - reach);
    context.lineTo(x, y + reach);
    Object.assign(context, { strokeStyle: colour, lineWidth: width });
    context.stroke();
  }
}

/** The square of the closer look. */
function drawBox(context, plane, theme, { x, y, r }) {
  const side = 2 * r * plane.scale;
  Object.assign(context, { strokeStyle: theme.muted, lineWidth: 1 });
  context.strokeRect(plane.X(x - r), plane.Y(y + r), side, side);
}
