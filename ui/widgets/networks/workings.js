// ---- workings.js: a part's numbers, written out as they were computed --------------------------------

const figure = (value) => formatNumber(value, 3);
const term = (value) => `${value < 0 ? MINUS : "+"} ${figure(Math.abs(value))}`;   // as it follows another
const ofBoth = (write) => [0, 1].map((i) => write(i, lowered(i + 1)));

/** Forwards: part → lines. `unit` counts from 0, k is its name. */
const WORKINGS = {
  x: ({ x }, unit, k) => [`x${k} = ${figure(x[unit])}`],
  mu: ({ mu }) => ofBoth((i, k) => `μ${k} = ${figure(mu[i])}`),
  logvar: ({ logvar }) => ofBoth((i, k) => `log σ${k}² = ${figure(logvar[i])}`),
  std: ({ logvar, std }) => ofBoth((i, k) => `σ${k} = exp(½ · ${figure(logvar[i])}) = ${figure(std[i])}`),
  eps: ({ eps }) => ofBoth((i, k) => `ε${k} = ${figure(eps[i])}`),
  z: ({ mu, std, eps, z }) => ofBoth((i, k) =>
    `z${k} = ${figure(mu[i])} + ${figure(std[i])} · ${figure(eps[i])} = ${figure(z[i])}`),
  x_hat: ({ x, x_hat }, unit, k) => [`x̂${k} = ${figure(x_hat[unit])}`, `x${k} = ${figure(x[unit])}`],
  error: ({ squares, C, error }, unit, k, { nats }) => [
    `‖x − x̂‖² = ${figure(squares)}`, `C = 1/(2c) = ${formatNumber(C, 1)}`, `C ‖x − x̂‖² = ${figure(error)} ${nats}`],
  kl_mu: ({ mu, kl_mu }, unit, k, { nats }) => [
    `½ (${figure(mu[0] ** 2)} + ${figure(mu[1] ** 2)}) = ${figure(kl_mu)} ${nats}`],
  kl_std: ({ std, logvar, kl_std }, unit, k, { nats }) => [
    ...ofBoth((i, k) => `σ${k}² − log σ${k}² − 1 = ${figure(std[i] ** 2)} ${term(-logvar[i])} − 1`), `half their sum: ${figure(kl_std)} ${nats}`],
  loss: ({ error, kl_mu, kl_std, loss, constant }, unit, k, { nats, negative }) => [
    `${figure(error)} + ${figure(kl_mu)} + ${figure(kl_std)} = ${figure(loss)} ${nats}`,
    `${negative} = ${figure(loss)} ${term(constant)} = ${figure(loss + constant)} ${nats}`],
};

/** Backwards, where a slope arrives: what reconstruction and KL send, and their sum. */
const SLOPES = {
  mu: ({ mu_recon, mu_kl, mu }) => ofBoth((i, k) =>
    `∂loss/∂μ${k} = ${figure(mu_recon[i])} ${term(mu_kl[i])} = ${figure(mu[i])}`),
  logvar: ({ logvar_recon, logvar_kl, logvar }) => ofBoth((i, k) =>
    `∂loss/∂log σ${k}² = ${figure(logvar_recon[i])} ${term(logvar_kl[i])} = ${figure(logvar[i])}`),
  z: ({ z }) => ofBoth((i, k) => `∂loss/∂z${k} = ${figure(z[i])}`),
  x_hat: ({ x_hat }, unit, k) => [`∂loss/∂x̂${k} = ${figure(x_hat[unit])}`],
};

/** Backwards, a part that no slope reaches keeps its values. */
function linesOf(part, unit, values, slopes, words) {
  const k = lowered(unit + 1), back = slopes && part in slopes;
  const table = back ? SLOPES : WORKINGS, from = back ? slopes : values;
  if (table[part]) return table[part](from, unit, k, words);
  return [fill(back ? words.slope : words.value, { unit: unit + 1, value: figure(from[part][unit]) })];   // a hidden layer
}
