// ---- kl.js: both directions of KL between a diagonal Gaussian q and the prior --------------------
// Pieces per dimension, in nats; they add up to the KL term of that dimension.

const DIRECTIONS = {
  qp: {
    heads: ["½ μ²", "+ ½ σ²", "− log σ", "− ½"],
    pieces: (mu, std) => klTerms(mu, std).map(({ mean, spread, log }) => [mean, spread, log, -0.5]),
    draw: (eps, mu, std) => eps.map((value, k) => mu[k] + std[k] * value),
    sign: 1,
  },
  pq: {
    heads: ["½ μ²/σ²", "+ ½ 1/σ²", "+ log σ", "− ½"],
    pieces: (mu, std) => mu.map((centre, k) => {
      const precision = 1 / (std[k] * std[k]);
      return [centre * centre * precision / 2, precision / 2, Math.log(std[k]), -0.5];
    }),
    draw: (eps) => eps,
    sign: -1,
  },
};

const total = (values) => values.reduce((sum, value) => sum + value, 0);

/** KL in nats: the closed form. */
const closedForm = (way, { mu, std }) => total(DIRECTIONS[way].pieces(mu, std).map(total));

/** log q(z) − log p(z); log 2π stands in both. */
function logRatio(z, mu, std) {
  return total(z.map((value, k) => {
    const away = (value - mu[k]) / std[k];
    return (value * value - away * away) / 2 - Math.log(std[k]);
  }));
}

/** Mean over draws and its standard error, in nats. eps: standard normal draws, two by two. */
function sampledKl(way, eps, { mu, std }) {
  const { draw, sign } = DIRECTIONS[way], draws = eps.map((each) => draw(each, mu, std));
  const values = draws.map((z) => sign * logRatio(z, mu, std));
  const mean = total(values) / values.length;
  const variance = total(values.map((value) => (value - mean) ** 2)) / (values.length - 1);
  return { draws, mean, error: Math.sqrt(variance / values.length) };
}
