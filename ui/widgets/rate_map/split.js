// ---- split.js: the two things the KL term pays for -----------------------------------------------
// mean KL(q(z|x) ‖ p) = I(x; z) + KL(q(z) ‖ p), q(z) the mixture of every code's q(z|x). The left side
// has a closed form. Draws of q(z) estimate both parts, the means of log q(z|x) − log q(z) and of
// log q(z) − log p(z); the one they know better is kept and the other is the rest, so the two add up,
// as in vae_core/information.py. Draws are stratified: one per code, in an order that is spread evenly
// over the codes wherever it stops, with the same eps at every β.

const COARSE_DRAWS = 40;   // while β moves
const NEGLIGIBLE = -40;    // exponents below add nothing: a draw's own code is above

class KlSplit {
  constructor(count) {
    const draw = normalDraws(1);
    this.eps = Float64Array.from({ length: 2 * count }, draw);
    this.order = evenOrder(count);
    this.code = new Float64Array(5 * count);   // of each code: μ, 1/σ (two each), −log σ₁σ₂
    Object.assign(this, { count, draws: 0 });
  }

  /** Begin again for these codes, (n, 2) each. */
  start(mu, std) {
    Object.assign(this, { mu, std, draws: 0, told: new Mean(), unlike: new Mean() });
    const { code, count } = this;
    let kl = 0;
    for (let row = 0; row < count; row++) {
      let logs = 0;
      for (let k = 0; k < 2; k++) {
        const m = mu[2 * row + k], s = std[2 * row + k];
        code[5 * row + k] = m;
        code[5 * row + 2 + k] = 1 / s;
        logs -= Math.log(s);
        kl += 0.5 * (m * m + s * s - 1) - Math.log(s);
      }
      code[5 * row + 4] = logs;
    }
    this.kl = kl / count;
  }

  /** Take draws until there are `many` of them, or until `deadline`. True when all are taken. */
  run(many, deadline = Infinity) {
    const goal = Math.min(many, this.count);
    while (this.draws < goal && performance.now() < deadline) this.draw(this.order[this.draws++]);
    return this.draws === this.count;
  }

  /** One z of q(z|x) of this row. All log densities lack the same −log 2π. */
  draw(row) {
    const { code, count, eps } = this, u = eps[2 * row], v = eps[2 * row + 1];
    const x = this.mu[2 * row] + this.std[2 * row] * u, y = this.mu[2 * row + 1] + this.std[2 * row + 1] * v;
    let density = 0;
    for (let i = 0; i < 5 * count; i += 5) {
      const a = (x - code[i]) * code[i + 2], b = (y - code[i + 1]) * code[i + 3];
      const exponent = code[i + 4] - 0.5 * (a * a + b * b);
      if (exponent > NEGLIGIBLE) density += Math.exp(exponent);
    }
    const mixture = Math.log(density / count);
    this.told.add(code[5 * row + 4] - 0.5 * (u * u + v * v) - mixture);
    this.unlike.add(mixture + 0.5 * (x * x + y * y));
  }

  /** In nats; error: the standard error of both parts. */
  get result() {
    const { draws, kl, told, unlike } = this, error = Math.min(told.error, unlike.error);
    const information = error === told.error ? told.mean : kl - unlike.mean;
    return { kl, information, aggregate: kl - information, error, draws };
  }
}

class Mean {
  constructor() { this.count = this.sum = this.squares = 0; }

  add(value) {
    this.count += 1;
    this.sum += value;
    this.squares += value * value;
  }

  get mean() { return this.sum / this.count; }

  get error() {
    const variance = Math.max(0, this.squares / this.count - this.mean ** 2);
    return Math.sqrt(variance / Math.max(1, this.count - 1));
  }
}

/** Every row once; any beginning of the order is spread evenly over 0 … count − 1. */
function evenOrder(count) {
  const gcd = (a, b) => (b ? gcd(b, a % b) : a);
  let step = Math.max(1, Math.round(0.618034 * count));
  while (gcd(step, count) !== 1) step++;
  return Int32Array.from({ length: count }, (_, k) => (k * step) % count);
}
