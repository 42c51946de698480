// ---- passes.js: the graph's numbers, there and back ------------------------------------------------
// Values and slopes are kept by the name of their part: x · e1 e2 e3 (encoder) · mu logvar std · eps · z ·
// d1 d2 d3 (decoder) · x_hat · then the terms of the loss, in nats. Every value is network.js's own.

/** One image x and one throw eps of the dice, all the way to the loss. facts: {likelihood, c}. */
function forwardPass(network, x, eps, facts) {
  const { mu, std } = network.encode(x);                        // μ = g(x), σ = h(x)
  const z = mu.map((centre, k) => centre + std[k] * eps[k]);    // the dice come from outside
  const x_hat = network.decode(z);                              // x̂ = f(z)
  const constant = gaussianConstant(x.length, facts.c);
  const recon = negativeLogLikelihood(x_hat, x, facts) - constant;   // C ‖x − x̂‖²
  const kl = klTerms(mu, std);
  const kl_mu = kl.reduce((sum, { mean }) => sum + mean, 0);
  const kl_std = kl.reduce((sum, { total, mean }) => sum + total - mean, 0);
  const C = 1 / (2 * facts.c), loss = recon + kl_mu + kl_std;
  return {
    ...layersOf(network), x, mu, std, eps, z, x_hat,
    C, squares: recon / C, error: recon, kl_mu, kl_std, kl: kl_mu + kl_std, loss, constant,
  };
}

/** What the layers of a network that has just run still hold. */
function layersOf({ mean, logvar, decoder, latent }) {
  const hidden = (stack, letter) => stack.layers.slice(0, -1).map(({ outputs }, k) =>
    [`${letter}${k + 1}`, stack.scratch[k].slice(0, outputs)]);
  const heads = logvar.scratch.at(-1).slice(0, latent).map((raw) => Math.min(LOGVAR_LIMIT, Math.max(-LOGVAR_LIMIT, raw)));
  return { ...Object.fromEntries([...hidden(mean, "e"), ...hidden(decoder, "d")]), logvar: heads };
}

/**
 * How the loss changes with every part. Back from the loss through f to z; from z to μ and log σ² only if
 * the dice are outside: a draw inside the graph lets no gradient through. KL reaches μ and log σ² anyway.
 */
function backwardPass(back, { x, z, mu, logvar, std, eps }, inside) {
  const z_slope = back.decoder.run(Float32Array.from(z), 1, x).slice(0, z.length);
  const mu_recon = z_slope.map((slope) => (inside ? 0 : slope));
  const logvar_recon = z_slope.map((slope, k) => (inside ? 0 : slope * eps[k] * std[k] / 2));
  const mu_kl = mu, logvar_kl = std.map((width) => (width * width - 1) / 2);
  const sum = (a, b) => a.map((value, k) => value + b[k]);
  const free = (slopes) => slopes.map((slope, k) => (Math.abs(logvar[k]) < LOGVAR_LIMIT ? slope : 0));
  const mu_slope = sum(mu_recon, mu_kl), logvar_slope = sum(logvar_recon, logvar_kl);
  back.mean.run(mu_slope, 1);                 // back through the shared layers: what comes
  back.logvar.run(free(logvar_slope), 1);     // from the two heads adds up
  return {
    ...slopesOf(back), z: z_slope, mu: mu_slope, logvar: logvar_slope,
    mu_recon, mu_kl, logvar_recon, logvar_kl,
  };
}

/** The slopes at the layers, before their activations, and at the mean x̂. */
function slopesOf({ decoder, mean, logvar }) {
  const slopes = { x_hat: decoder.error.slice(0, mean.stack.inputs) };
  for (let k = 1; k < mean.back.length; k++) {
    const width = mean.back[k].outputs, other = logvar.scratch[k];
    slopes[`e${k}`] = mean.scratch[k].slice(0, width).map((slope, i) => slope + other[i]);
  }
  for (let k = 1; k < decoder.backward.back.length; k++) {
    slopes[`d${k}`] = decoder.backward.scratch[k].slice(0, decoder.backward.back[k].outputs);
  }
  return slopes;
}

/** What runs a network backwards: the decoder's gradient, and both heads with the layers they share. */
function makeBack(network, facts) {
  return {
    decoder: new Gradient(network, facts),
    mean: new Backward(network.mean, facts.activation),
    logvar: new Backward(network.logvar, facts.activation),
  };
}
