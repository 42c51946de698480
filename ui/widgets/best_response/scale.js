// ---- scale.js: the same arrangement at every size ------------------------------------------------
// size = √ of the mean of μ² + σ² over images and dimensions. Scaling means and widths together leaves
// recon as it is, and with two dimensions KL = size² − 2 log size + a constant: least at size 1.

const SMALLEST = -3, LARGEST = 1.8;   // log of a size
const HIGHEST = 20;                   // nats at the top of the picture
const CURVE = { side: 10, top: 10, bottom: 14 };   // CSS pixels; a thumb's radius at the sides

function sizeOf(clouds) {
  const squares = clouds.flatMap(({ mu, std }) => [...mu, ...std]).reduce((sum, v) => sum + v * v, 0);
  return Math.sqrt(squares / (2 * clouds.length));
}

const scaled = (clouds, factor) => clouds.map(({ mu, std }) => ({
  mu: mu.map((value) => factor * value), std: std.map((value) => factor * value),
}));

/** Arrangement `from` on its way to `to`; widths move by ratio. */
const mixClouds = (from, to, k) => from.map(({ mu, std }, i) => ({
  mu: mu.map((value, d) => mix(value, to[i].mu[d], k)),
  std: std.map((value, d) => Math.exp(mix(Math.log(value), Math.log(to[i].std[d]), k))),
}));

/** KL and recon over size, and where the clouds are now. */
function drawScale(canvas, theme, { size, kl, recon }) {
  const ratio = window.devicePixelRatio || 1, { clientWidth: width, clientHeight: height } = canvas;
  if (canvas.width !== Math.round(width * ratio)) canvas.width = Math.round(width * ratio);
  if (canvas.height !== Math.round(height * ratio)) canvas.height = Math.round(height * ratio);
  const context = canvas.getContext("2d"), room = width - 2 * CURVE.side;
  const X = (at) => CURVE.side + room * placeOf(at);
  const Y = (nats) => height - CURVE.bottom - (height - CURVE.top - CURVE.bottom) * nats / HIGHEST;
  const rest = kl - size * size + 2 * Math.log(size), klAt = (at) => at * at - 2 * Math.log(at) + rest;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  const line = (colour, dash, thick, nats) => {
    context.strokeStyle = colour;
    context.setLineDash(dash);
    context.lineWidth = thick;
    context.beginPath();
    for (let x = 0; x <= room; x += 2) {
      const at = Math.exp(SMALLEST + (LARGEST - SMALLEST) * x / room);
      context.lineTo(CURVE.side + x, Y(nats(at)));
    }
    context.stroke();
    context.setLineDash([]);
  };
  for (const nats of [0, 10]) line(theme.hairline, [], 1, () => nats);
  context.font = `400 11px ${theme.sans}`;
  Object.assign(context, { textAlign: "right", textBaseline: "bottom", fillStyle: theme.muted });
  context.fillText("10 nats", X(0.9), Y(10) - 2);
  line(theme.recon, [6, 4], 2, () => recon);
  line(theme.kl, [], 2, klAt);
  drawLeast(context, theme, X(1), Y(klAt(1)), height);
  nameLines(context, theme, X(0.065), Y(klAt(0.065)), Y(recon));
  for (const [colour, nats] of [[theme.recon, recon], [theme.kl, kl]]) {
    dot(context, theme, X(clampSize(size)), Math.max(6, Y(nats)), colour);
  }
}

const clampSize = (size) => Math.min(Math.exp(LARGEST), Math.max(Math.exp(SMALLEST), size));

/** The least KL: a ring, and a line down to the handle's own mark. */
function drawLeast(context, theme, x, y, height) {
  context.strokeStyle = theme.muted;
  context.lineWidth = 1;
  context.setLineDash([2, 3]);
  context.beginPath();
  context.moveTo(x, Math.min(y, height));
  context.lineTo(x, height);
  context.stroke();
  context.setLineDash([]);
  context.beginPath();
  context.arc(x, y, 4, 0, 2 * Math.PI);
  context.fillStyle = theme.paper;
  context.strokeStyle = theme.kl;
  context.lineWidth = 1.5;
  context.fill();
  context.stroke();
}

/** The upper line is named above itself, the lower one below. */
function nameLines(context, theme, x, kl, recon) {
  context.font = `500 13px ${theme.sans}`;
  context.textAlign = "left";
  for (const [word, colour, y, other] of [["KL", theme.kl, kl, recon], ["recon", theme.recon, recon, kl]]) {
    const above = y < other;
    context.textBaseline = above ? "bottom" : "top";
    haloText(context, theme, word, x, Math.max(13, y + (above ? -4 : 4)), colour);
  }
}

/** Where on its track, as a share, the handle stands at this size. */
const placeOf = (size) => (Math.log(size) - SMALLEST) / (LARGEST - SMALLEST);

function dot(context, theme, x, y, colour) {
  context.beginPath();
  context.arc(x, y, 5, 0, 2 * Math.PI);
  context.fillStyle = colour;
  context.strokeStyle = theme.paper;
  context.lineWidth = 3;
  context.stroke();
  context.fill();
}
