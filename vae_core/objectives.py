"""What is minimised, in nats per example. The only place that reduces over pixels and dimensions.

Source: D. Kingma, M. Welling, *Auto-Encoding Variational Bayes* (2014), section 2.3 and appendix B.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from vae_core.config import RunConfig


class Terms(NamedTuple):
    """Both terms of the loss, batch means in nats per example; kl is None without a posterior."""

    recon: Tensor
    kl: Tensor | None

    def loss(self, beta: float) -> Tensor:
        """Return recon + beta * kl (recon alone without a posterior)."""
        return self.recon if self.kl is None else self.recon + beta * self.kl


def terms(output: Tensor, x: Tensor, mu: Tensor, logvar: Tensor | None, config: RunConfig) -> Terms:
    """Return the reconstruction and KL terms of a batch.

    output (n, d): the decoder's, before its mean is taken; x (n, d); mu, logvar (n, latent_dim),
    logvar None for an autoencoder.
    """
    recon = negative_log_likelihood(output, x, config).mean()
    return Terms(recon, None if logvar is None else kl_to_prior(mu, logvar).mean())


def loss_per_rate(
    output: Tensor, x: Tensor, mu: Tensor, logvar: Tensor, beta: Tensor, config: RunConfig
) -> Tensor:
    """Return the batch mean of recon + beta * kl where each example has its own beta (n,)."""
    recon, kl = negative_log_likelihood(output, x, config), kl_to_prior(mu, logvar)
    return (recon + beta * kl).mean()


def negative_log_likelihood(output: Tensor, x: Tensor, config: RunConfig) -> Tensor:
    """Return -log p(x given z) per example (n,), in nats, summed over the d pixels.

    Bernoulli: `output` holds the logits; on grey pixels this is a score, not a density. Gaussian:
    `output` is the mean and the result -log N(x; output, c I) in full, so it may be negative.
    """
    if config.likelihood == "bernoulli":
        return F.binary_cross_entropy_with_logits(output, x, reduction="none").sum(1)
    normaliser = 0.5 * x.shape[1] * math.log(2 * math.pi * config.c)
    return squared_error(output, x) / (2 * config.c) + normaliser


def likelihood_mean(output: Tensor, config: RunConfig) -> Tensor:
    """Return x_hat (n, d), the mean of p(x given z): the sigmoid of logits, or the gaussian
    mean.
    """
    return torch.sigmoid(output) if config.likelihood == "bernoulli" else output


def likelihood_output(mean: Tensor, config: RunConfig) -> Tensor:
    """Return the decoder output whose likelihood has this mean, kept .01 away from 0 and 1."""
    return torch.logit(mean, eps=0.01) if config.likelihood == "bernoulli" else mean


def squared_error(x_hat: Tensor, x: Tensor) -> Tensor:
    """Return the squared error per example (n,), summed over pixels, in squared grey levels."""
    return (x_hat - x).square().sum(1)


def kl_to_prior(mu: Tensor, logvar: Tensor) -> Tensor:
    """Return KL(N(mu, exp(logvar)) || N(0, I)) per example (n,), in nats, summed over
    dimensions.
    """
    return 0.5 * (mu.square() + logvar.exp() - logvar - 1).sum(1)


def kl_to_prior_full(mean: Tensor, factor: Tensor) -> Tensor:
    """Return KL(N(mean, S) || N(0, I)) = (tr S + mean'mean - k - log det S) / 2 per example (n,),
    in nats; mean (n, k), factor (n, k, k) lower triangular with S = factor factor'.
    """
    diagonal = factor.diagonal(dim1=-2, dim2=-1)
    trace = factor.square().sum((-2, -1))
    return 0.5 * (trace + mean.square().sum(1) - mean.shape[1]) - diagonal.log().sum(1)
