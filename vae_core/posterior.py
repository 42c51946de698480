"""The exact posterior p(z given x) of a decoder with a plane of codes: Bayes on a grid.

Numerator and denominator of Bayes' rule at every point of a regular grid over the whole plane; the
denominator, log p(x), is the evidence. The grid is never local to a q: it would miss what q misses.
In more than a few dimensions no grid can do this; here it says how far the bound is from the truth.
Everything is float64 and in nats per example. Gaussian likelihood only: the Bernoulli of grey
pixels is a score, not a density.

Sources: C. Bishop, *Pattern Recognition and Machine Learning* (2006), section 2.3.3 (the linear
case); C. Cremer, X. Li, D. Duvenaud, *Inference Suboptimality in Variational Autoencoders* (2018).
"""

from __future__ import annotations

import dataclasses
import math
from functools import cached_property
from typing import Final, NamedTuple, Protocol

import numpy as np
import torch
from torch import Tensor

from vae_core.config import RunConfig
from vae_core.objectives import kl_to_prior_full, negative_log_likelihood

HALF: Final = 4.5  # half the plane's side, in standard deviations of the prior
SIDE: Final = 81  # points per axis of the first grid; a finer one keeps its points: 161, 321
FINEST: Final = 321
TOLERANCE: Final = 0.01  # nats: how far the evidence may be off
NODES: Final = 24  # per axis, for expectations under q


class PosteriorError(ValueError):
    """A posterior that cannot be stated; the message is one sentence that says why."""


class Decoder(Protocol):
    """Whatever turns codes (m, 2) into outputs (m, d)."""

    def decode(self, z: Tensor) -> Tensor:
        """Return the means of p(x given z), (m, d)."""


@dataclasses.dataclass(frozen=True, eq=False)
class Grid:
    """Points in rows over the square [-half, half]², both ends included, and their decodings."""

    network: Decoder
    side: int = SIDE  # points per axis
    half: float = HALF

    @property
    def spacing(self) -> float:
        """Distance of neighbours."""
        return 2 * self.half / (self.side - 1)

    @cached_property
    def points(self) -> Tensor:
        """The codes (side², 2); the second coordinate runs fastest."""
        axis = torch.linspace(-self.half, self.half, self.side, dtype=torch.float64)
        return torch.cartesian_prod(axis, axis)

    @cached_property
    def output(self) -> Tensor:
        """The decoder's means f(z) (side², d)."""
        with torch.no_grad():
            return self.network.decode(self.points)

    @cached_property
    def finer(self) -> Grid:
        """The grid of half the spacing."""
        return Grid(self.network, 2 * self.side - 1, self.half)


@dataclasses.dataclass(frozen=True, eq=False)
class Posterior:
    """p(z given x) of n images on a grid; if beta is not 1, q_beta ∝ p(z) p(x given z)^(1/beta).

    error (n,): how far, in nats, the constant moves when only every other row and column of the
    grid is used, at its worst. border (n,): share of the mass on the outermost points.
    """

    grid: Grid
    beta: float
    log_constant: Tensor  # (n,) log p(x); log Z_beta if beta is not 1
    error: Tensor
    log_mass: Tensor  # (n, side²) log of the mass of each point's cell; masses sum to 1

    @property
    def log_evidence(self) -> Tensor:
        """log p(x) (n,): a density in d dimensions, so it may be positive."""
        if self.beta != 1:
            raise PosteriorError(
                f"beta: found {self.beta:g}, expected 1: the constant of a tempered likelihood is "
                "log Z_beta, not the evidence"
            )
        return self.log_constant

    @cached_property
    def mean(self) -> Tensor:
        """E[z given x] (n, 2)."""
        return self.log_mass.exp() @ self.grid.points

    @cached_property
    def covariance(self) -> Tensor:
        """Cov[z given x] (n, 2, 2)."""
        away = self.grid.points - self.mean.unsqueeze(1)  # (n, side², 2)
        return away.mT @ (self.log_mass.exp().unsqueeze(2) * away)

    @cached_property
    def border(self) -> Tensor:
        """Share of the mass on the outermost points (n,)."""
        edge = self.grid.points.abs().amax(1) > self.grid.half - self.grid.spacing / 2
        return self.log_mass[:, edge].exp().sum(1)

    @property
    def outside(self) -> Tensor:
        """About the share of the mass beyond the plane (n,), taking it to fall off there as the
        prior does: as much as the density at the edge times a length of 1 / half.
        """
        beyond = self.border / (self.grid.spacing * self.grid.half)
        return beyond / (1 + beyond)


def log_joint(grid: Grid, x: Tensor, config: RunConfig, beta: float = 1.0) -> Tensor:
    """Return log p(z) + log p(x given z) / beta at every point of the grid, (n, side²); x (n, d).

    The likelihood is N(x; f(z), c I) with the c of `config`. Raises `PosteriorError` where the
    likelihood is no density or codes do not make a plane.
    """
    if config.likelihood != "gaussian":
        raise PosteriorError(
            f"likelihood: found {config.likelihood!r}, expected 'gaussian': on grey pixels the "
            "Bernoulli's is a score, not a density, and has no posterior"
        )
    if config.latent_dim != 2:
        raise PosteriorError(
            f"latent_dim: found {config.latent_dim}, expected 2: the grid covers a plane"
        )
    images, f = x.double(), grid.output
    log_likelihood = torch.stack(
        [-negative_log_likelihood(f, image.expand_as(f), config) for image in images]
    )
    log_prior = -0.5 * grid.points.square().sum(1) - math.log(2 * math.pi)
    return log_prior + log_likelihood / beta


def posterior_on(grid: Grid, x: Tensor, config: RunConfig, beta: float = 1.0) -> Posterior:
    """Return the posteriors of images x (n, d) on this grid, however large their error is."""
    joint = log_joint(grid, x, config, beta)
    log_cell = 2 * math.log(grid.spacing)
    constant = joint.logsumexp(1) + log_cell
    table = joint.view(-1, grid.side, grid.side)
    quarters = [  # the four grids of twice the spacing that make up this one
        table[:, row::2, column::2].flatten(1).logsumexp(1) + log_cell + math.log(4)
        for row in (0, 1)
        for column in (0, 1)
    ]
    error = (torch.stack(quarters) - constant).abs().amax(0)
    return Posterior(grid, beta, constant, error, joint + log_cell - constant.unsqueeze(1))


def exact_posterior(
    grid: Grid, x: Tensor, config: RunConfig, beta: float = 1.0, tolerance: float = TOLERANCE
) -> Posterior:
    """Return the posteriors of images x (n, d), refining the grid until each error is within
    `tolerance` nats, and as little lies outside.

    Raises `PosteriorError` if that cannot be reached, as for c near 0, or the plane is too small.
    """
    found = posterior_on(grid, x, config, beta)
    while True:
        if bool((found.outside > tolerance).any()):
            raise PosteriorError(
                f"x: about {found.outside.max().item():.1%} of a posterior's mass lies over the "
                f"edge of the plane, expected at most {tolerance:.1%}: this image is too unlike "
                f"the decoder's; leave it out, or take a wider grid than half = {found.grid.half:g}"
            )
        if bool((found.error <= tolerance).all()):
            return found
        if found.grid.side >= FINEST:
            raise PosteriorError(
                f"c: found {config.c:g}: this posterior is too narrow for a grid of {FINEST} by "
                f"{FINEST} points, whose error is {found.error.max().item():.2g} nats, expected at "
                f"most {tolerance:g}; take a larger c or a larger tolerance"
            )
        found = posterior_on(found.grid.finer, x, config, beta)


class LinearPosterior(NamedTuple):
    """The posterior N(mean, covariance) of a linear decoder, in closed form."""

    mean: Tensor  # (n, k)
    covariance: Tensor  # (k, k), the same for every image
    log_evidence: Tensor  # (n,) nats


def linear_gaussian(w: Tensor, b: Tensor, c: float, x: Tensor) -> LinearPosterior:
    """Return the posterior for x = w z + b + noise, z ~ N(0, I), noise ~ N(0, c I).

    w (d, k), b (d,), x (n, d). Then z given x is N(S w'(x - b) / c, S) with S = (I + w'w / c)⁻¹,
    and x is N(b, w w' + c I), whose determinant is c^d / det S.
    """
    d, k = w.shape
    s = torch.linalg.inv(torch.eye(k, dtype=w.dtype) + w.T @ w / c)
    away = x - b
    mean = away @ w @ s / c
    mahalanobis = (away.square().sum(1) - (mean * (away @ w)).sum(1)) / c
    log_det = d * math.log(c) - torch.logdet(s)
    return LinearPosterior(mean, s, -0.5 * (d * math.log(2 * math.pi) + log_det + mahalanobis))


class Gaussian(NamedTuple):
    """q of n images: N(mean, factor factor'); mean (n, 2), factor (n, 2, 2) lower triangular."""

    mean: Tensor
    factor: Tensor

    @property
    def covariance(self) -> Tensor:
        """(n, 2, 2)."""
        return self.factor @ self.factor.mT

    def log_density(self, z: Tensor) -> Tensor:
        """Return log q(z) (n, m) at codes z (m, 2)."""
        away = (z - self.mean.unsqueeze(1)).mT  # (n, 2, m)
        eps: Tensor = torch.linalg.solve_triangular(self.factor, away, upper=False)
        log_det = self.factor.diagonal(dim1=1, dim2=2).log().sum(1, keepdim=True)
        return -0.5 * eps.square().sum(1) - log_det - math.log(2 * math.pi)


class Bound(NamedTuple):
    """The ELBO of n images and its two terms, (n,) each, in nats."""

    recon: Tensor  # E_q[-log p(x given z)]
    kl: Tensor  # KL(q || p(z))

    @property
    def elbo(self) -> Tensor:
        """-(recon + kl) (n,): at most log p(x)."""
        return -(self.recon + self.kl)


def bound(network: Decoder, x: Tensor, q: Gaussian, config: RunConfig, nodes: int = NODES) -> Bound:
    """Return the ELBO of images x (n, d), each with its q: Gauss-Hermite quadrature with `nodes`
    per axis for the first term, the closed form for the second.
    """
    eps, weight = gauss_hermite(nodes)
    z = q.mean.unsqueeze(1) + eps @ q.factor.mT  # (n, nodes², 2)
    each = x.double().repeat_interleave(len(eps), 0)
    recon = negative_log_likelihood(network.decode(z.flatten(0, 1)), each, config)
    return Bound(recon.view(len(x), -1) @ weight, kl_to_prior_full(q.mean, q.factor))


def gauss_hermite(nodes: int) -> tuple[Tensor, Tensor]:
    """Return points (nodes², 2) and weights (nodes²,) for expectations under N(0, I)."""
    points, weights = np.polynomial.hermite_e.hermegauss(nodes)
    eps, weight = torch.from_numpy(points), torch.from_numpy(weights / weights.sum())
    return torch.cartesian_prod(eps, eps), torch.cartesian_prod(weight, weight).prod(1)


def gap_on_grid(q: Gaussian, posterior: Posterior) -> Tensor:
    """Return KL(q || p(z given x)) per image (n,), in nats, by a sum over the grid: it does not
    know of the ELBO, so that ELBO + gap = log p(x) can be checked.

    Raises `PosteriorError` where the grid does not hold q: it leaves the plane or is too narrow.
    """
    grid = posterior.grid
    log_q = q.log_density(grid.points) + 2 * math.log(grid.spacing)  # log mass of each cell
    mass = log_q.exp()
    off = (mass.sum(1) - 1).abs().max().item()
    if off > 1e-3:
        raise PosteriorError(
            f"q does not fit the grid: its mass there is off by {off:.2g}, expected at most 0.001; "
            "it leaves the plane or is too narrow: take a wider or a finer grid"
        )
    return (mass * (log_q - posterior.log_mass)).sum(1)
