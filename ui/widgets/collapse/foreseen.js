// ---- foreseen.js: what the eigenvalues alone say of a linear VAE -----------------------------------

/**
 * What a linear VAE with noise of variance c learns of each direction: the decoder's length |w| along it
 * and its KL in nats. A direction survives if its variance λ is larger than c.
 */
function foreseen(variances, c) {
  return variances.map((lambda) => (lambda > c
    ? { survives: true, singular: Math.sqrt(lambda - c), kl: 0.5 * Math.log(lambda / c) }
    : { survives: false, singular: 0, kl: 0 }));
}

/** The image at z = `step` along one direction, 0 along the others: the mean and so much of the axis. */
function decodedAlong(mean, axis, singular, step) {
  return mean.map((pixel, i) => pixel + step * singular * axis[i]);
}
