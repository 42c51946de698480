"""What an encoder loses by answering every image with one function, and a q by its shape.

For one image and a decoder that stays as it is, the ELBO falls short of log p(x) by the gap
KL(q || p(z given x)). A best q found for this image alone leaves the gap of its shape; what the
encoder's q loses beyond that is the price of amortisation.

Source: C. Cremer, X. Li, D. Duvenaud, *Inference Suboptimality in Variational Autoencoders* (2018).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

import numpy as np
import torch
from torch import Tensor

from vae_core.config import RunConfig
from vae_core.networks import Autoencoder
from vae_core.posterior import Decoder, Gaussian, Grid, Posterior, bound, exact_posterior

FIT_NODES: Final = 12  # per axis, while q is fitted; what is found is judged with twice as many
FIT_STEPS: Final = 100  # of L-BFGS at most; some twenty are usual
AT_ONCE: Final = 50  # images whose posteriors are held at a time


class Amortisation(NamedTuple):
    """Of n images, (n,) each, in nats: log p(x), how far it may be off, and the ELBO of four q.

    diagonal and full are the best q found for each image alone, with independent coordinates and
    with any covariance; moved has the encoder's widths and the best diagonal q's mean.
    """

    log_evidence: Tensor
    error: Tensor
    encoder: Tensor
    moved: Tensor
    diagonal: Tensor
    full: Tensor


def amortisation(config: RunConfig, weights: Mapping[str, np.ndarray], x: Tensor) -> Amortisation:
    """Return how far the encoder's q of each image x (n, d) is from log p(x), and how near another
    Gaussian comes. Raises `PosteriorError` as `exact_posterior` does.
    """
    network = Autoencoder(config, x.shape[1]).load(weights).double().requires_grad_(False)
    grid, x = Grid(network), x.double()
    parts = []
    for some in torch.split(x, AT_ONCE):
        posterior, q = exact_posterior(grid, some, config), encoder_q(network, some)
        diagonal, full = (
            best_gaussian(network, some, q, posterior, config, full) for full in (False, True)
        )
        each = (q, Gaussian(diagonal.mean, q.factor), diagonal, full)
        elbos = [bound(network, some, one, config).elbo for one in each]
        parts.append(Amortisation(posterior.log_evidence, posterior.error, *elbos))
    return Amortisation(*(torch.cat(part) for part in zip(*parts, strict=True)))


def encoder_q(network: Autoencoder, x: Tensor) -> Gaussian:
    """Return the encoder's q of images x (n, d)."""
    mu, logvar = network.encode(x)
    if logvar is None:
        raise ValueError(
            "model: found an autoencoder, expected a vae: its code is a point, not a q"
        )
    return Gaussian(mu, torch.diag_embed(torch.exp(0.5 * logvar)))


def best_gaussian(
    network: Decoder, x: Tensor, q: Gaussian, posterior: Posterior, config: RunConfig, full: bool
) -> Gaussian:
    """Return for each image x (n, d) the q of the highest ELBO found, with any covariance if
    `full`, else diagonal.

    It is sought twice, from `q` and from the posterior's own mean and covariance, and the better
    one kept: a posterior with two modes has two best places.
    """
    starts = (q, Gaussian(posterior.mean, torch.linalg.cholesky(posterior.covariance)))
    found = [
        [_climb(network, x[i : i + 1], _only(start, i), config, full) for i in range(len(x))]
        for start in starts
    ]
    first, second = (Gaussian(*map(torch.cat, zip(*each, strict=True))) for each in found)
    better = bound(network, x, second, config).elbo > bound(network, x, first, config).elbo
    chosen = better[:, None]
    return Gaussian(
        torch.where(chosen, second.mean, first.mean),
        torch.where(chosen[:, None], second.factor, first.factor),
    )


def _only(q: Gaussian, i: int) -> Gaussian:
    return Gaussian(q.mean[i : i + 1], q.factor[i : i + 1])


def _climb(network: Decoder, x: Tensor, q: Gaussian, config: RunConfig, full: bool) -> Gaussian:
    """Raise the ELBO of one image by L-BFGS, from `q`, at the same nodes throughout."""
    std = q.factor if full else q.covariance.sqrt()
    values = [q.mean, std.diagonal(dim1=1, dim2=2).log(), q.factor[:, 1, 0]]
    parameters = [value.clone().requires_grad_() for value in values]
    optimizer = torch.optim.LBFGS(
        parameters if full else parameters[:2], max_iter=FIT_STEPS, line_search_fn="strong_wolfe"
    )

    def current() -> Gaussian:
        mean, log_diagonal, below = parameters
        factor = torch.diag_embed(log_diagonal.exp())
        if full:
            factor = factor + below[:, None, None] * torch.tensor([[0.0, 0], [1, 0]])
        return Gaussian(mean, factor)

    def loss() -> Tensor:
        optimizer.zero_grad()
        value = -bound(network, x, current(), config, FIT_NODES).elbo.sum()
        value.backward()  # type: ignore[no-untyped-call]
        return value

    optimizer.step(loss)  # type: ignore[no-untyped-call]
    return Gaussian(*(part.detach() for part in current()))
