// ---- cloud.js: what the encoder answers to one image, and draws from it ---------------------------
// The pad says which image x it is (shared/bus.js). Everything here belongs to one x under one model:
// another of either begins a new cloud, and every count with it.

const SEED = 1;              // of the draws: the same ε for every cloud, so that clouds can be compared
const DOTS = 2000;           // draws shown on the map, the latest; all are counted
const HAIR = 4;              // CSS pixels: an ellipse smaller than this cannot be seen
const EXPECTED = [1 - Math.exp(-1 / 2), 1 - Math.exp(-2)];   // of a plane's Gaussian inside 1σ, 2σ
// Gauss–Hermite: means over ε ~ N(0, 1), exact for polynomials of degree 13.
const NODES = [-3.750439717725742, -2.366759410734541, -1.154405394739968, 0,
  1.154405394739968, 2.366759410734541, 3.750439717725742];
const WEIGHTS = [5.48268855972e-4, 0.030757123967586, 0.240123178605013, 16 / 35,
  0.240123178605013, 0.030757123967586, 5.48268855972e-4];

class InputCloud {
  /** facts: {likelihood, c}; x (pixels,) in [0, 1]. */
  constructor(network, facts, x) {
    Object.assign(this, { network, facts, x, ...network.encode(x) });
    this.variational = network.variational;
    this.kl = this.variational ? klToPrior(this.mu, this.std) : null;
    this.floor = facts.likelihood === "bernoulli" ? entropyFloor(x) : null;
    this.normal = normalDraws(SEED);
    Object.assign(this, { draws: [], inside: [0, 0], sum: 0, squares: 0 });
  }

  get count() { return this.draws.length / 2; }

  /** Code number `k` from the end, [x, y]; undefined if there are fewer. */
  latest(k = 0) {
    const at = this.draws.length - 2 * (k + 1);
    return at < 0 ? undefined : [this.draws[at], this.draws[at + 1]];
  }

  /** Draw `many` codes z = μ + σ ε; count those inside 1σ and 2σ and what it costs to decode them. */
  draw(many) {
    for (let left = many; left > 0; left -= BATCH) {
      const size = Math.min(BATCH, left), codes = new Float32Array(2 * size);
      for (let k = 0; k < size; k++) {
        const eps = [this.normal(), this.normal()], radius = Math.hypot(...eps);
        [1, 2].forEach((sigma, place) => { if (radius <= sigma) this.inside[place] += 1; });
        for (const axis of [0, 1]) codes[2 * k + axis] = this.mu[axis] + this.std[axis] * eps[axis];
      }
      this.draws.push(...codes);
      const losses = this.losses(codes, size);
      for (const loss of losses) {
        this.sum += loss;
        this.squares += loss * loss;
      }
    }
  }

  /** −log p(x|z) of `count` ≤ BATCH codes, in nats. */
  losses(codes, count) {
    const output = this.network.outputs(codes, count), { pixels } = this.network;
    return Array.from({ length: count }, (_, k) =>
      negativeLogLikelihoodOfOutput(output, this.x, this.facts, k * pixels));
  }

  lossAt(z) { return this.losses(Float32Array.from(z), 1)[0]; }

  /** Mean over the draws and its standard error (null for fewer than two); at μ while there are none. */
  recon() {
    const n = this.count;
    if (!n) return { mean: this.lossAt(this.mu), error: null };
    const mean = this.sum / n, variance = Math.max(0, this.squares - n * mean * mean) / (n - 1);
    return { mean, error: n > 1 ? Math.sqrt(variance / n) : null };
  }

  /** −∂/∂μ of both terms of the loss, nats per unit: {recon, kl}. The first by ∂/∂μ E[L] = E[L ε] / σ. */
  pulls(beta) {
    this.reconPull ??= this.pullOfRecon();
    return { recon: this.reconPull, kl: Array.from(this.mu, (centre) => -beta * centre) };
  }

  pullOfRecon() {
    const pull = [0, 0], many = NODES.length, codes = new Float32Array(2 * many);
    for (let i = 0; i < many; i++) {
      for (let j = 0; j < many; j++) {
        codes[2 * j] = this.mu[0] + this.std[0] * NODES[i];
        codes[2 * j + 1] = this.mu[1] + this.std[1] * NODES[j];
      }
      this.losses(codes, many).forEach((loss, j) => {
        const share = WEIGHTS[i] * WEIGHTS[j] * loss;
        pull[0] -= share * NODES[i] / this.std[0];
        pull[1] -= share * NODES[j] / this.std[1];
      });
    }
    return pull;
  }
}

/** The cloud of the image from the pad, 1σ and 2σ to scale; on the decoded plane its outlines only. */
function drawCloud(context, plane, theme, { mu, std }, { fill, bold }) {
  const x = plane.X(mu[0]), y = plane.Y(mu[1]);
  context.strokeStyle = context.fillStyle = theme.q;
  for (const [sigma, width, alpha] of [[2, 1.25, 0.08], [1, bold ? 3.5 : 2.25, 0.14]]) {
    context.beginPath();
    context.ellipse(x, y, sigma * std[0] * plane.scale, sigma * std[1] * plane.scale, 0, 0, 2 * Math.PI);
    context.globalAlpha = fill ? alpha : 0;
    context.fill();
    context.globalAlpha = 1;
    context.lineWidth = width;
    context.stroke();
  }
  if (fill) nameSigmas(context, plane, theme, x, y, std);
  if (isTiny(plane, std)) drawFinder(context, x, y);
}

function drawCentre(context, plane, theme, mu) {
  context.beginPath();
  context.arc(plane.X(mu[0]), plane.Y(mu[1]), plane.small ? 2.5 : 3.5, 0, 2 * Math.PI);
  context.strokeStyle = theme.paper;
  context.lineWidth = 2;
  context.stroke();
  context.fillStyle = theme.mu;
  context.fill();
}

const isTiny = (plane, std) => Math.max(...std) * plane.scale < HAIR;

/** A ring says where a cloud is that is too small to see. */
function drawFinder(context, x, y) {
  context.lineWidth = 1.5;
  context.setLineDash([2, 3]);
  context.beginPath();
  context.arc(x, y, 15, 0, 2 * Math.PI);
  context.stroke();
  context.setLineDash([]);
}

function nameSigmas(context, plane, theme, x, y, std) {
  if (plane.small || std[1] * plane.scale < 9) return;
  context.font = `600 11px ${theme.sans}`;
  context.textAlign = "center";
  context.textBaseline = "bottom";
  for (const sigma of [1, 2]) {
    haloText(context, theme, `${sigma}σ`, x, y - sigma * std[1] * plane.scale - 1, theme.q, 3);
  }
}

/** Draws as small dots on a rim of paper, so many that squares must do. */
function drawDraws(context, plane, theme, draws) {
  const side = plane.small ? 2 : 3, from = Math.max(0, draws.length - 2 * DOTS);
  for (const [colour, size] of [[theme.paper, side + 1.5], [theme.z, side]]) {
    context.fillStyle = colour;
    for (let at = from; at < draws.length; at += 2) {
      context.fillRect(plane.X(draws[at]) - size / 2, plane.Y(draws[at + 1]) - size / 2, size, size);
    }
  }
}

/** From the centre to the drawn code: z = μ + σ ε. */
function drawStep(context, plane, theme, mu, z) {
  context.strokeStyle = theme.z;
  context.lineWidth = 1.5;
  context.beginPath();
  context.moveTo(plane.X(mu[0]), plane.Y(mu[1]));
  context.lineTo(plane.X(z[0]), plane.Y(z[1]));
  context.stroke();
}

/** Both pulls on μ as arrows, to one scale: the longer one takes a sixth of the square. */
function drawPulls(context, plane, theme, mu, { recon, kl }) {
  const longest = Math.max(Math.hypot(...recon), Math.hypot(...kl), 1e-9);
  const x = plane.X(mu[0]), y = plane.Y(mu[1]), unit = plane.size / 6 / longest;
  for (const [pull, colour, name] of [[recon, theme.recon, "recon"], [kl, theme.kl, "KL"]]) {
    const dx = pull[0] * unit, dy = -pull[1] * unit, length = Math.hypot(dx, dy);
    if (length < 3) continue;
    const [ux, uy] = [dx / length, dy / length], tip = [x + dx, y + dy];
    for (const [style, width] of [[theme.paper, 6], [colour, 2.5]]) {
      context.strokeStyle = style;
      context.lineWidth = width;
      context.beginPath();
      context.moveTo(x, y);
      context.lineTo(...tip);
      for (const side of [1, -1]) {
        context.moveTo(...tip);
        context.lineTo(tip[0] - 8 * ux + side * 5 * uy, tip[1] - 8 * uy - side * 5 * ux);
      }
      context.stroke();
    }
    context.font = `600 ${plane.small ? 11 : 13}px ${theme.sans}`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    haloText(context, theme, name, tip[0] + 18 * ux, tip[1] + 12 * uy, colour);
  }
}
