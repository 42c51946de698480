"""One network for every β: each layer has a gate and a bias that follow log β, so that a handle
can move through all the trade-offs between reconstruction and KL.

Sources: E. Perez et al., *FiLM: Visual Reasoning with a General Conditioning Layer* (2018); J. Bae
et al., *Multi-Rate VAE: Train Once, Get the Full Rate-Distortion Curve* (2023), whose gates these
are. The biases are this project's own.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final, cast

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from vae_core.config import ConfigError, RunConfig, checked_range
from vae_core.data import Dataset
from vae_core.networks import Autoencoder, weights_of
from vae_core.objectives import loss_per_rate
from vae_core.training import cosine, generator, initialise

Range = tuple[float, float]  # of β, both ends included
FILM_PACE: Final = 3  # film starts from zero and has every β to tell apart: larger steps pay


class FilmLayer(nn.Linear):
    """2σ(aη + b) ⊙ (W h) + bias + cη + dη², with a, b, c, d the rows of `film` (4, out).

    `eta` is log β scaled to [-1, 1]: one for all rows of h, or one each (n, 1). While `film` is
    zero this is W h + bias.
    """

    def __init__(self, inputs: int, outputs: int) -> None:
        """Build the layer with uninitialised weights."""
        super().__init__(inputs, outputs)
        self.film = nn.Parameter(torch.empty(4, outputs))
        self.eta = torch.zeros(1)

    def forward(self, h: Tensor) -> Tensor:
        """Return the layer's output (n, out) for h (n, in)."""
        a, b, c, d = self.film.unbind()
        gate = 2 * torch.sigmoid(self.eta * a + b)
        return gate * F.linear(h, self.weight) + self.bias + self.eta * c + self.eta.square() * d


class RateFamily(Autoencoder):
    """A VAE whose every layer is a `FilmLayer`: `at(eta)` first, then encode and decode."""

    def __init__(self, config: RunConfig, d: int) -> None:
        """Build the layers with uninitialised weights: follow with `initialise` or `load`."""
        super().__init__(config, d, kind=FilmLayer)
        self.layers = [layer for layer in self.modules() if isinstance(layer, FilmLayer)]

    def groups(self) -> tuple[list[nn.Parameter], list[nn.Parameter]]:
        """Return the ordinary network's parameters, and what follows β."""
        named = list(self.named_parameters())
        ordinary = [p for name, p in named if not name.endswith("film")]
        return ordinary, [layer.film for layer in self.layers]

    def at(self, eta: Tensor) -> RateFamily:
        """Set η for what follows: one for all examples, or (n, 1). Returns self."""
        for layer in self.layers:
            layer.eta = eta
        return self

    def initialise(self, generator: torch.Generator) -> RateFamily:
        """Draw an ordinary VAE's initial weights; β makes no difference yet. Returns self."""
        super().initialise(generator)
        for layer in self.layers:
            nn.init.zeros_(layer.film)
        return self


def train_family(config: RunConfig, trained: Range, data: Dataset) -> dict[str, np.ndarray]:
    """Train one network for every β in `trained` and return its weights, `<layer>.film` included.

    Each image of a batch has its own β, log-uniform and spread over the whole range within the
    batch; everything else is as in `train`, and `config.beta` is idle. Raises `ConfigError` for a
    range that is none or a model without KL.
    """
    torch.set_num_threads(1)  # as in `train`
    _check(config)
    low, high = (math.log(beta) for beta in checked_range("trained", trained))
    x_train = torch.from_numpy(data.x_train)
    family = RateFamily(config, x_train.shape[1])
    initialise(family, config, torch.from_numpy(data.x_train.mean(0)))
    order, noise = generator(config, 1), generator(config, 2)
    size = cast("int", config.batch_size)
    steps = config.epochs * math.ceil(len(x_train) / size)
    optimizer = torch.optim.Adam(
        [{"params": group} for group in family.groups()],
        lr=config.lr, betas=(0.9, config.beta2), fused=True,
    )  # fmt: skip
    for epoch in range(config.epochs):
        batches = torch.split(torch.randperm(len(x_train), generator=order), size)
        for step, rows in enumerate(batches, epoch * len(batches)):
            pace = cosine(step / steps) if config.schedule == "cosine" else 1.0
            for group, factor in zip(optimizer.param_groups, (1, FILM_PACE), strict=True):
                group["lr"] = factor * config.lr * pace
            x, eta = x_train[rows], spread(len(rows), noise)
            beta = torch.exp(low + (high - low) * (eta + 1) / 2)[:, 0]
            mu, logvar = family.at(eta).encode(x)
            output = family.decode(family.reparameterize(mu, logvar, noise))
            loss = loss_per_rate(output, x, mu, cast("Tensor", logvar), beta, config)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
    return weights_of(family)


def _check(config: RunConfig) -> None:
    if config.model != "vae":
        raise ConfigError(f"model: found {config.model!r}, expected 'vae': it alone has a β")
    if config.architecture != "dense":
        raise ConfigError(
            f"architecture: found {config.architecture!r}, expected 'dense': only dense layers "
            "can follow β"
        )


def spread(n: int, generator: torch.Generator) -> Tensor:
    """Return n draws of η (n, 1) in random order, one from each n-th part of [-1, 1]."""
    part = torch.randperm(n, generator=generator) + torch.rand(n, generator=generator)
    return (2 * part / n - 1)[:, None]


def scaled(beta: float, trained: Range) -> float:
    """Return η, log β scaled so that the ends of `trained` are -1 and 1.

    Raises `ConfigError` if β lies outside.
    """
    low, high = checked_range("trained", trained)
    if not low <= beta <= high:
        raise ConfigError(f"beta: found {beta:g}, expected {low:g} to {high:g}, as it was trained")
    return (2 * math.log(beta) - math.log(low) - math.log(high)) / math.log(high / low)


def fold(weights: Mapping[str, np.ndarray], beta: float, trained: Range) -> dict[str, np.ndarray]:
    """Return the ordinary VAE that a family is at one β: weights for `Autoencoder.load`.

    The gates scale the rows of each layer's weight. Raises `ConfigError` if β lies outside
    `trained`.
    """
    eta, folded = scaled(beta, trained), {}
    for layer in (name.removesuffix(".film") for name in weights if name.endswith(".film")):
        a, b, c, d = weights[f"{layer}.film"].astype(np.float64)
        gate = 2 / (1 + np.exp(-(a * eta + b)))
        folded[f"{layer}.weight"] = gate[:, None] * weights[f"{layer}.weight"]
        folded[f"{layer}.bias"] = weights[f"{layer}.bias"] + c * eta + d * eta**2
    return {name: array.astype(np.float32) for name, array in folded.items()}
