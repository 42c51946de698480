"""How regular a latent space is: completeness, prior match, continuity, active units.

What its codes keep of the images' neighbourhoods has a file of its own, neighbourhoods.py.

Sources: T. Kynkäänniemi et al., *Improved precision and recall metric* (2019); M. Naeem et al.,
*Reliable fidelity and diversity metrics* (2020); I. Tolstikhin et al., *Wasserstein auto-encoders*
(2018); active units: Y. Burda et al., *Importance weighted autoencoders* (2016). The
continuity step is a finite difference of the decoder, like perceptual path length; its
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
from vae_core.information import Split, split_kl
from vae_core.neighbourhoods import Kept, kept_neighbourhoods
from vae_core.networks import Autoencoder
from vae_core.objectives import (
    kl_to_prior,
    likelihood_mean,
    negative_log_likelihood,
    squared_error,
)
from vae_core.training import VALIDATION_DRAWS, encode_parts, parts

SAMPLES = 1000  # real images, and decoded draws, compared at most
NEIGHBOURS = 5
MOST_POSTERIORS = 2000  # in the mixture whose KL term is split; all of them on digits and shapes
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


@dataclasses.dataclass(frozen=True)
class Measures(Evaluation):
    """What `evaluate` measures, and what the Gaussian of the codes and the KL term add to it.

    precision_fitted, coverage_fitted: of draws from the codes' own Gaussian in place of N(0, I).
    step_own: the mean step as a share of the mean distance between two decodings of such draws;
    every linear decoder of two numbers has .1/√π = .056; None where all decodings are one image.
    mutual_information, kl_aggregate, split_error: of `split_kl`, over at most MOST_POSTERIORS
    training images; None for ae and linear.
    trustworthiness, neighbour_continuity: of `kept_neighbourhoods`, between at most SAMPLES
    training images and their codes mu; None for fewer than three images.
    """

    precision_fitted: float
    coverage_fitted: float
    step_own: float | None
    mutual_information: float | None
    kl_aggregate: float | None
    split_error: float | None
    trustworthiness: float | None
    neighbour_continuity: float | None


def evaluate(
    config: RunConfig, weights: Mapping[str, np.ndarray], data: Dataset, seed: int = 0
) -> Evaluation:
    """Measure a network on its data; `seed` fixes the draws, so the same weights give the same
    figures.
    """
    return _evaluate(_Sampled(config, weights, data, seed))


@torch.no_grad()
def measures(
    config: RunConfig, weights: Mapping[str, np.ndarray], data: Dataset, seed: int = 0
) -> Measures:
    """Measure a network as `evaluate` does, with the same draws, and further."""
    sampled = _Sampled(config, weights, data, seed)
    evaluation = _evaluate(sampled)
    mean, a = fitted_gaussian(sampled.codes)
    drawn = sampled.decode(mean + sampled.normal() @ a.T)
    precision, coverage = sampled.completeness(drawn)
    between, spread = mean_distance(sampled.real), mean_distance(drawn)
    information, excess, error = sampled.split() or (None, None, None)
    trustworthiness, neighbour_continuity = sampled.kept() or (None, None)
    return Measures(
        **dataclasses.asdict(evaluation),
        precision_fitted=precision,
        coverage_fitted=coverage,
        step_own=evaluation.step_mean * between / spread if spread > 0 else None,
        mutual_information=information,
        kl_aggregate=excess,
        split_error=error,
        trustworthiness=trustworthiness,
        neighbour_continuity=neighbour_continuity,
    )


class _Sampled:
    """A network, its codes and the real images it is compared with, drawn from one seed."""

    @torch.no_grad()
    def __init__(
        self, config: RunConfig, weights: Mapping[str, np.ndarray], data: Dataset, seed: int
    ) -> None:
        self.config, self.data = config, data
        self.generator = torch.Generator().manual_seed(seed)
        self.network = Autoencoder(config, data.image_shape).load(weights)
        x = torch.from_numpy(data.x_train)
        self.mu, self.logvar = encode_parts(self.network, x)
        self.codes = self.network.reparameterize(self.mu, self.logvar, self.generator)
        self.real = self.some(x, SAMPLES)
        self.axes = principal_axes(x)

    def some(self, rows: Tensor, most: int) -> Tensor:
        """Return at most so many of the rows, in an order of its own."""
        return rows[torch.randperm(len(rows), generator=self.generator)[:most]]

    def normal(self, n: int = SAMPLES) -> Tensor:
        """Return n draws of N(0, I), (n, latent_dim)."""
        return torch.randn(n, self.config.latent_dim, generator=self.generator)

    def decode(self, z: Tensor) -> Tensor:
        """Return the images x_hat (n, d) of codes."""
        return likelihood_mean(self.network.decode(z), self.config)

    def completeness(self, drawn: Tensor) -> tuple[float, float]:
        """Return precision and coverage of decoded images (n, d)."""
        return precision_and_coverage(self.real @ self.axes, drawn @ self.axes)

    def split(self) -> Split | None:
        """Return the parts of the mean KL term, None without a posterior."""
        if self.logvar is None:
            return None
        posteriors = self.some(torch.cat([self.mu, self.logvar], 1), MOST_POSTERIORS)
        mu, logvar = posteriors.chunk(2, dim=1)
        return split_kl(mu, torch.exp(0.5 * logvar))

    def kept(self) -> Kept | None:
        """Return what the codes keep of the neighbourhoods of the same images for any network."""
        x = torch.from_numpy(self.data.x_train)
        rows = torch.randperm(len(x), generator=torch.Generator().manual_seed(0))[:SAMPLES]
        return kept_neighbourhoods(x[rows], self.mu[rows]) if len(rows) > 2 else None


@torch.no_grad()
def _evaluate(sampled: _Sampled) -> Evaluation:
    network, config, codes = sampled.network, sampled.config, sampled.codes
    drawn = sampled.decode(sampled.normal())
    subset = sampled.some(codes, SAMPLES)
    precision, coverage = sampled.completeness(drawn)
    steps = continuity_steps(network, config, codes, sampled.real, sampled.generator)
    return Evaluation(
        *_validation(network, config, torch.from_numpy(sampled.data.x_val)),
        precision=precision,
        coverage=coverage,
        mmd2=mmd2(subset, sampled.normal(len(subset))),
        step_mean=float(steps.mean()),
        step_p99=float(steps.quantile(0.99)),
        active_units=active_units(sampled.mu),
    )


def principal_axes(x: Tensor, most: int = 30) -> Tensor:
    """Return the first min(d, most) principal axes of x (n, d) as columns; raw pixels favour
    blur.
    """
    mean, covariance = x.mean(0), torch.zeros(x.shape[1], x.shape[1], dtype=torch.float64)
    for part in torch.split(x, 4096):  # MNIST whole in float64 would be 376 MB
        centred = (part - mean).double()
        covariance += centred.T @ centred / len(x)
    _, vectors = torch.linalg.eigh(covariance)
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
    mean, a = fitted_gaussian(codes)
    z = mean + torch.randn(SAMPLES, k, generator=generator) @ a.T
    u = torch.nn.functional.normalize(torch.randn(SAMPLES, k, generator=generator), dim=1)
    here, there = (
        likelihood_mean(network.decode(point), config) for point in (z, z + STEP * u @ a.T)
    )
    return torch.as_tensor(torch.linalg.vector_norm(here - there, dim=1) / mean_distance(real))


def fitted_gaussian(codes: Tensor) -> tuple[Tensor, Tensor]:
    """Return the mean (k,) of codes (n, k) and a root A (k, k) of their covariance A A'."""
    k = codes.shape[1]
    covariance = torch.cov(codes.T.double()).reshape(k, k)
    ridge = 1e-8 + 1e-12 * covariance.trace()  # codes may all lie on a line, however long
    return codes.mean(0), torch.linalg.cholesky(covariance + ridge * torch.eye(k)).float()


def mean_distance(x: Tensor) -> float:
    """Return the mean distance between two different rows of x (n, d)."""
    centred = x - x.mean(0)  # so that the fast matrix form is exact enough for a mean
    pairs = torch.cdist(centred, centred, compute_mode="use_mm_for_euclid_dist")
    return (pairs.sum() - pairs.diagonal().sum()).item() / (len(x) * (len(x) - 1))


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
    mu, logvar = encode_parts(network, x)
    recon, sse = [], []
    for _ in range(VALIDATION_DRAWS if logvar is not None else 1):
        z = network.reparameterize(mu, logvar, generator)
        output = torch.cat([network.decode(some) for (some,) in parts(z)])
        recon.append(negative_log_likelihood(output, x, config).mean().item())
        sse.append(squared_error(likelihood_mean(output, config), x).mean().item())
    kl = None if logvar is None else kl_to_prior(mu, logvar).mean().item()
    return float(np.mean(recon)), kl, float(np.mean(sse))
