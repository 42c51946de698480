// ---- bound.js: the ELBO of a Gaussian q over codes (x, y) ------------------------------------------
// q = {mu: [2], cov: [[2], [2]]}. Expectations under q by Gauss and Hermite's rule: deterministic, and
// without the grid of posterior.js, so that ELBO + gap = log p(x) can be measured. In nats.

const NODES = 16;             // per axis
const LEAST_WEIGHT = 1e-7;    // of a node that is worth decoding

/** The ELBO of a Gaussian q, by decoding at Gauss and Hermite's nodes: it knows nothing of the grid. */
function elboOf(network, x, q, c, count = NODES) {
  const { z, weights } = nodesOf(q, count), facts = { likelihood: "gaussian", c };
  let expected = 0;
  for (let from = 0; from < weights.length; from += BATCH) {
    const many = Math.min(BATCH, weights.length - from);
    const output = network.decodeMany(z.subarray(2 * from, 2 * (from + many)), many);
    for (let k = 0; k < many; k++) {
      expected -= weights[from + k] * negativeLogLikelihoodOfOutput(output, x, facts, k * x.length);
    }
  }
  const klPrior = fullKlToPrior(q);
  return { expected, klPrior, elbo: expected - klPrior };
}

/** Nodes z (n, 2) and weights (n,) that integrate against q: μ + L ξ, L its Cholesky factor. */
function nodesOf({ mu, cov: [[a, b], [, d]] }, count = NODES) {
  const { xi, weights } = planeRule(count), l = Math.sqrt(a), m = b / l, n = Math.sqrt(d - m * m);
  const z = new Float32Array(xi.length);
  for (let k = 0; k < xi.length; k += 2) {
    z[k] = mu[0] + l * xi[k];
    z[k + 1] = mu[1] + m * xi[k] + n * xi[k + 1];
  }
  return { z, weights };
}

const PLANE_RULES = new Map();

/** Nodes ξ (n, 2) and weights (n,) that integrate against N(0, I); corners that weigh nothing are left out. */
function planeRule(count) {
  if (PLANE_RULES.has(count)) return PLANE_RULES.get(count);
  const { nodes, weights: one } = hermiteRule(count), xi = [], weights = [];
  for (let i = 0; i < count; i++) for (let j = 0; j < count; j++) {
    if (one[i] * one[j] < LEAST_WEIGHT) continue;
    xi.push(nodes[i], nodes[j]);
    weights.push(one[i] * one[j]);
  }
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  PLANE_RULES.set(count, { xi, weights: weights.map((weight) => weight / total) });
  return PLANE_RULES.get(count);
}

/** Nodes and weights (count,) that integrate against N(0, 1): zeros of a Hermite polynomial, bisected. */
function hermiteRule(count) {
  const nodes = [], end = Math.sqrt(4 * count + 2), dx = 0.05;
  for (let low = -end; low < end; low += dx) {
    let left = low, right = low + dx;
    const sign = Math.sign(hermite(count, left)[0]);
    if (sign === Math.sign(hermite(count, right)[0])) continue;
    for (let k = 0; k < 60; k++) {
      const middle = (left + right) / 2;
      if (Math.sign(hermite(count, middle)[0]) === sign) left = middle; else right = middle;
    }
    nodes.push((left + right) / 2);
  }
  return { nodes, weights: nodes.map((x) => 1 / (count * hermite(count, x)[1] ** 2)) };
}

/** The normalised Hermite polynomials of degree `count` and `count` − 1 at x. */
function hermite(count, x) {
  let before = 0, now = 1;
  for (let k = 0; k < count; k++) [before, now] = [now, (x * now - Math.sqrt(k) * before) / Math.sqrt(k + 1)];
  return [now, before];
}
