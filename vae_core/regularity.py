"""How regular a latent space is: completeness, prior match, continuity, active units.

Sources: T. Kynkäänniemi et al., *Improved precision and recall metric* (2019); M. Naeem et al.,
*Reliable fidelity and diversity metrics* (2020); I. Tolstikhin et al., *Wasserstein auto-encoders*
(2018). The continuity step is a finite difference of the decoder, like perceptual path length; its
normalisation is this project's own.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import cast

import numpy as np
import torch
from torch import Tensor

from vae_core.config import RunConfig
from vae_core.data import Dataset
from vae_core.networks import Autoencoder
from vae_core.objectives import (
    kl_to_prior,
    likelihood_mean,
    negative_log_likelihood,
    squared_error,
)
from vae_core.training import VALIDATION_DRAWS

SAMPLES = 1000  # real images, and decoded draws, compared at most
NEIGHBOURS = 5
STEP = 0.1  # length of a continuity step, in standard deviations of the codes


@dataclasses.dataclass(frozen=True)
class Evaluation:
    """Measures of one trained network; losses in nats per example.

    val_kl is None for ae and linear. val_sse: squared error summed over pixels at sampled codes.
    precision, coverage: shares in [0, 1]. mmd2: unbiased, so it may be slightly negative.
    step_mean, step_p99: change of the image per step, as a share of the mean distance between two
    training images. active_units: latent dimensions whose mean code has a variance above .01.
    """

    val_recon: float
    val_kl: float | None
    val_sse: float
    precision: float
    coverage: float
    mmd2: float
    step_mean: float
    step_p99: float
    active_units: int


@torch.no_grad()
def evaluate(
    config: RunConfig, weights: Mapping[str, np.ndarray], data: Dataset, seed: int = 0
) -> Evaluation:
    """Measure a network on its data; `seed` fixes the draws, so the same weights give the same
    figures.
    """
    generator = torch.Generator().manual_seed(seed)
    network = Autoencoder(config, data.x_train.shape[1]).load(weights)
    x, k = torch.from_numpy(data.x_train), config.latent_dim
    mu, logvar = network.encode(x)
    codes = network.reparameterize(mu, logvar, generator)
    real = x[torch.randperm(len(x), generator=generator)[:SAMPLES]]
    drawn = likelihood_mean(network.decode(torch.randn(SAMPLES, k, generator=generator)), config)
    subset = codes[torch.randperm(len(codes), generator=generator)[:SAMPLES]]
    basis = principal_axes(x)
    precision, coverage = precision_and_coverage(real @ basis, drawn @ basis)
    steps = continuity_steps(network, config, codes, real, generator)
    return Evaluation(
        *_validation(network, config, torch.from_numpy(data.x_val)),
        precision=precision,
        coverage=coverage,
        mmd2=mmd2(subset, torch.randn(len(subset), k, generator=generator)),
        step_mean=float(steps.mean()),
        step_p99=float(steps.quantile(0.99)),
        active_units=active_units(mu),
    )


def principal_axes(x: Tensor, most: int = 30) -> Tensor:
    """Return the first min(d, most) principal axes of x (n, d) as columns; raw pixels favour
    blur.
    """
    centred = (x - x.mean(0)).double()
    _, vectors = torch.linalg.eigh(centred.T @ centred / len(x))
    return cast("Tensor", vectors.flip(1)[:, :most].float())


def precision_and_coverage(
    real: Tensor, drawn: Tensor, neighbours: int = NEIGHBOURS
) -> tuple[float, float]:
    """Return the share of drawn (m, d) in some real image's ball, of real (n, d) whose ball
    holds one.

    A ball's radius is the distance from a real image to its `neighbours`-th nearest other real
    image.
    """
    k = min(neighbours, len(real) - 1)
    radii = distances(real, real).kthvalue(k + 1, dim=1).values  # the nearest is the image itself
    inside = distances(real, drawn) < radii[:, None]  # (n, m)
    return inside.any(0).float().mean().item(), inside.any(1).float().mean().item()


def mmd2(a: Tensor, b: Tensor) -> float:
    """Return the unbiased MMD² of samples a (n, k) and b (m, k) under the kernel 2k / (2k + d²)."""
    scale = 2.0 * a.shape[1]

    def kernel(p: Tensor, q: Tensor) -> Tensor:
        return torch.reciprocal(1 + distances(p, q).square() / scale)

    def mean_of_pairs(p: Tensor) -> Tensor:
        matrix = kernel(p, p)
        return (matrix.sum() - matrix.diagonal().sum()) / (len(p) * (len(p) - 1))

    return (mean_of_pairs(a) + mean_of_pairs(b) - 2 * kernel(a, b).mean()).item()


def continuity_steps(
    network: Autoencoder, config: RunConfig, codes: Tensor, real: Tensor, generator: torch.Generator
) -> Tensor:
    """Return ||f(z) - f(z + step A u)|| / E||x - x'|| for SAMPLES draws of z under the codes'
    own Gaussian.

    u is a random unit vector, A A' the covariance of `codes` (n, k); E runs over pairs of different
    `real` images.
    """
    k = codes.shape[1]
    covariance = torch.cov(codes.T.double()).reshape(k, k)
    ridge = 1e-8 + 1e-12 * covariance.trace()  # codes may all lie on a line, however long
    a = torch.linalg.cholesky(covariance + ridge * torch.eye(k)).float()
    z = codes.mean(0) + torch.randn(SAMPLES, k, generator=generator) @ a.T
    u = torch.nn.functional.normalize(torch.randn(SAMPLES, k, generator=generator), dim=1)
    here, there = (
        likelihood_mean(network.decode(point), config) for point in (z, z + STEP * u @ a.T)
    )
    between = distances(real, real).sum() / (len(real) * (len(real) - 1))
    return torch.as_tensor(torch.linalg.vector_norm(here - there, dim=1) / between)


def active_units(mu: Tensor) -> int:
    """Return the number of latent dimensions of mu (n, k) whose variance over the data exceeds
    .01.
    """
    return int((mu.var(0, correction=0) > 0.01).sum())


def distances(a: Tensor, b: Tensor) -> Tensor:
    """Return Euclidean distances (n, m) by differences: the faster matrix form rounds near zero."""
    return torch.cdist(a, b, compute_mode="donot_use_mm_for_euclid_dist")


def _validation(
    network: Autoencoder, config: RunConfig, x: Tensor
) -> tuple[float, float | None, float]:
    generator = torch.Generator().manual_seed(0)
    mu, logvar = network.encode(x)
    recon, sse = [], []
    for _ in range(VALIDATION_DRAWS if logvar is not None else 1):
        output = network.decode(network.reparameterize(mu, logvar, generator))
        recon.append(negative_log_likelihood(output, x, config).mean().item())
        sse.append(squared_error(likelihood_mean(output, config), x).mean().item())
    kl = None if logvar is None else kl_to_prior(mu, logvar).mean().item()
    return float(np.mean(recon)), kl, float(np.mean(sse))
