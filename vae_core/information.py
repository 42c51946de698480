"""What the KL term pays for: telling images apart, and codes that do not lie as the prior does.

Source: M. Hoffman, M. Johnson, *ELBO surgery* (2016).
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import torch
from torch import Tensor

from vae_core.objectives import kl_to_prior

DRAWS: Final = 4  # codes per image


class Split(NamedTuple):
    """The mean KL term in two parts, in nats per example; their sum is its closed form."""

    mutual_information: float  # I(x; z): what a code tells about which image it came from
    kl_aggregate: float  # KL(q(z) || p(z)), q(z) the mixture of all posteriors
    standard_error: float  # of either part


@torch.no_grad()
def split_kl(mu: Tensor, std: Tensor, draws: int = DRAWS, seed: int = 0) -> Split:
    """Return mean KL(q(z given x) || p(z)) = I(x; z) + KL(q(z) || p(z)) for posteriors
    N(mu, std²); mu, std (n, k), std > 0.

    x is one of these n images, each as likely, so I(x; z) is at most log n. Monte Carlo over
    `draws` >= 2 codes of every image. The draws estimate both parts; the one they know better is
    kept and the other is what it leaves of the mean KL.
    """
    if draws < 2:
        raise ValueError(f"draws: found {draws}, expected 2 or more: one has no error to report")
    if not bool((std > 0).all()):
        raise ValueError("std: found 0, expected more: a code that is a point has no density")
    mu, std = mu.double(), std.double()
    generator = torch.Generator().manual_seed(seed)
    prior = torch.zeros(1, mu.shape[1]).double(), torch.ones(1, mu.shape[1]).double()
    told, unlike = [], []  # log q(z given x) - log q(z), log q(z) - log p(z)
    for _ in range(draws):
        z = mu + std * torch.randn(mu.shape, generator=generator, dtype=torch.float64)
        given_each = log_densities(z, mu, std)  # (n, n): row i is a code of image i
        aggregate = given_each.logsumexp(1) - math.log(len(mu))
        told.append(given_each.diagonal() - aggregate)
        unlike.append(aggregate - log_densities(z, *prior)[:, 0])
    total = kl_to_prior(mu, 2 * std.log()).mean().item()
    information, its_error = _mean_over_strata(torch.stack(told))
    excess, error = _mean_over_strata(torch.stack(unlike))
    if its_error < error:
        return Split(information, total - information, its_error)
    return Split(total - excess, excess, error)


def log_densities(z: Tensor, mu: Tensor, std: Tensor) -> Tensor:
    """Return log N(z_i; mu_j, std_j²) for every pair, (m, n), in nats; z (m, k), mu, std (n, k).

    A log density is linear in z², z and 1, so one matrix product does it. Hand over float64:
    squares of codes are large beside what they leave.
    """
    tau = std.square().reciprocal()
    constant = -0.5 * mu.square() * tau - std.log() - 0.5 * math.log(2 * math.pi)
    coefficients = torch.cat([-0.5 * tau, mu * tau, constant.sum(1, keepdim=True)], 1)
    return torch.cat([z.square(), z, torch.ones_like(z[:, :1])], 1) @ coefficients.T


def _mean_over_strata(values: Tensor) -> tuple[float, float]:
    """Return the mean of values (draws, n) and its standard error, every image drawn as often."""
    error = (values.var(0).mean() / values.numel()).sqrt()
    return values.mean().item(), error.item()
