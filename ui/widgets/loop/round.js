// ---- round.js: the loop itself, on four weights ---------------------------------------------------
// weights [a₁, a₂, b₁, b₂]: the encoder's two, then the decoder's two. A point is [x₁, x₂].

/** One point there and back again: the code z, the answer x_hat, and the gradient of this point's loss. */
function onePass([a1, a2, b1, b2], [x1, x2]) {
  const z = a1 * x1 + a2 * x2;                          // encode
  const x_hat = [b1 * z, b2 * z];                       // decode
  const delta = [x_hat[0] - x1, x_hat[1] - x2];         // compare
  const loss = delta[0] ** 2 + delta[1] ** 2;
  const dz = 2 * (delta[0] * b1 + delta[1] * b2);       // back-propagate: to the code through b …
  const gradient = [dz * x1, dz * x2, 2 * delta[0] * z, 2 * delta[1] * z];   // … and to each weight
  return { z, x_hat, delta, loss, dz, gradient };
}

/** One round: every point is fed; loss and gradient are means over the points; the weights take one step. */
function oneRound(weights, points, rate) {
  const gradient = [0, 0, 0, 0];
  let loss = 0;
  for (const point of points) {
    const pass = onePass(weights, point);
    loss += pass.loss / points.length;
    pass.gradient.forEach((slope, k) => { gradient[k] += slope / points.length; });
  }
  return { loss, gradient, weights: weights.map((weight, k) => weight - rate * gradient[k]) };   // update
}

const MOST_ROUNDS = 2000;
const STILL_BELOW = 1e-5;       // no entry of the mean gradient is larger: the weights stand still
const DIVERGED_ABOVE = 1000;    // a loss this large is not waited for

/** The rounds from one start at one learning rate, made as far as they are asked for. */
class Descent {
  constructor(points, start, rate) {
    Object.assign(this, { points, rate, weights: [start], rounds: [] });
    this.end = MOST_ROUNDS;   // after so many updates there is no further
    this.diverged = false;
  }

  /** After `n` updates, or as many as there are: {n, weights, loss, gradient, still}. */
  after(n) {
    while (this.rounds.length <= Math.min(n, this.end)) this.advance();
    const at = Math.min(n, this.end), { loss, gradient } = this.rounds[at];
    const still = gradient.every((slope) => Math.abs(slope) < STILL_BELOW);
    return { n: at, weights: this.weights[at], loss, gradient, still };
  }

  advance() {
    const n = this.rounds.length, round = oneRound(this.weights[n], this.points, this.rate);
    this.rounds.push(round);
    this.weights.push(round.weights);
    if (round.loss < DIVERGED_ABOVE) return;
    this.diverged = true;
    this.end = n;
  }

  /** After how many updates the weights stand still or there is no further. */
  rest() {
    let n = 0;
    while (n < this.end && !this.after(n).still) n += 1;
    return Math.min(n, this.end);
  }
}
