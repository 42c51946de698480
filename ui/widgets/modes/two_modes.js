// ---- two_modes.js: z ~ N(0, 1), x ~ N(z², c): the posterior, and both directions of KL ------------
// z² is all that x can tell: the sign of z is lost, and the posterior has a bump for each. Everything in
// nats; q = {mean, std} is a Gaussian.

const GRID_HALF = 6, GRID_STEP = 0.0025;   // of z: the prior has 2e-9 of its mass outside

const decode = (z) => z * z;   // f

/** log p(x, z) = log p(x|z) + log p(z) */
function logJoint(z, { x, c }) {
  return -((x - decode(z)) ** 2) / (2 * c) - Math.log(2 * Math.PI * c) / 2 - (z * z + Math.log(2 * Math.PI)) / 2;
}

/** Bayes' rule on a grid over z: p(z|x) with its evidence log p(x), its moments and its entropy. */
function exactPosterior(facts) {
  const n = Math.round(2 * GRID_HALF / GRID_STEP) + 1, logs = new Float64Array(n);
  for (let i = 0; i < n; i++) logs[i] = logJoint(i * GRID_STEP - GRID_HALF, facts);
  const most = Math.max(...logs);
  const sum = logs.reduce((total, log) => total + Math.exp(log - most), 0);
  const logEvidence = most + Math.log(sum * GRID_STEP);
  let mean = 0, square = 0, entropy = 0;
  for (let i = 0; i < n; i++) {
    const z = i * GRID_STEP - GRID_HALF, log = logs[i] - logEvidence, mass = Math.exp(log) * GRID_STEP;
    mean += mass * z;
    square += mass * z * z;
    entropy -= mass * log;
  }
  const density = (z) => Math.exp(logJoint(z, facts) - logEvidence);
  return { ...facts, density, logEvidence, mean, std: Math.sqrt(square - mean * mean), entropy, modes: modesOf(facts) };
}

/** Where the posterior is highest: −z + 2z (x − z²)/c is 0 there. */
function modesOf({ x, c }) {
  const square = x - c / 2;
  return square > 0 ? [-Math.sqrt(square), Math.sqrt(square)] : [0];
}

/** KL(q ‖ p(z|x)): a mean over q, exact by q's moments E z² and E z⁴. */
function klFromQ({ mean: m, std: s }, { x, c, logEvidence }) {
  const square = m * m + s * s, fourth = m ** 4 + 6 * m * m * s * s + 3 * s ** 4;
  const likelihood = -(x * x - 2 * x * square + fourth) / (2 * c) - Math.log(2 * Math.PI * c) / 2;
  const prior = -(square + Math.log(2 * Math.PI)) / 2, entropy = Math.log(2 * Math.PI * Math.E * s * s) / 2;
  return logEvidence - (entropy + prior + likelihood);   // log p(x) − ELBO
}

/** KL(p(z|x) ‖ q): a mean over the posterior, which only the grid can take. */
function klFromPosterior({ mean: m, std: s }, { mean, std, entropy }) {
  return Math.log(2 * Math.PI * s * s) / 2 + (std * std + (mean - m) ** 2) / (2 * s * s) - entropy;
}

/** Slopes of KL(q ‖ p(z|x)) along q's mean and along log std. */
function slopesOf({ mean: m, std: s }, { x, c }) {
  return [m + (2 * m ** 3 + 6 * m * s * s - 2 * x * m) / c, s * s - 1 + (6 * m * m * s * s + 6 * s ** 4 - 2 * x * s * s) / c];
}

const FIT_RATE = 0.1, FLAT = 1e-4, MOST_STEPS = 2000;

/** One step downhill from q, halved until KL(q ‖ p(z|x)) falls; null where there is no further. */
function oneStep(q, posterior, bounds) {
  const [byMean, byLog] = slopesOf(q, posterior), now = klFromQ(q, posterior);
  if (Math.max(Math.abs(byMean * q.std), Math.abs(byLog)) < FLAT) return null;
  for (let rate = FIT_RATE; rate > 1e-7; rate /= 2) {
    const mean = q.mean - rate * q.std * q.std * byMean;   // a mean's step is measured in q's own width
    const next = withinBounds({ mean, std: q.std * Math.exp(-rate * byLog) }, bounds);
    if (klFromQ(next, posterior) < now) return next;
  }
  return null;
}

/** Downhill from q until it is flat: the nearest valley, which need not be the deepest. */
function restFrom(q, posterior, bounds) {
  for (let k = 0; k < MOST_STEPS; k++) {
    const next = oneStep(q, posterior, bounds);
    if (!next) break;
    q = next;
  }
  return q;
}
