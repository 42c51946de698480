"""The network: encoder, two heads, decoder. One class for the linear autoencoder, the
autoencoder and the VAE.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Final, cast

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from vae_core.config import RunConfig

LOGVAR_LIMIT: Final = 10.0  # log σ² stays within ±10: wide enough for use, too narrow to overflow
_ACTIVATIONS: Final[dict[str, Callable[[Tensor], Tensor]]] = {
    "relu": F.relu,
    "elu": F.elu,
    "tanh": torch.tanh,
}


class Autoencoder(nn.Module):
    """x (n, d) -> mu, logvar (n, latent_dim) -> z (n, latent_dim) -> output (n, d).

    The encoder's layers are shared by the heads mu and logvar; only a VAE has a logvar head. The
    decoder mirrors the encoder. `model="linear"` has no hidden layers.
    """

    def __init__(self, config: RunConfig, d: int, kind: type[nn.Linear] = nn.Linear) -> None:
        """Build layers of `kind` with uninitialised weights: follow with `initialise` or `load`."""
        super().__init__()
        widths, k = config.hidden, config.latent_dim
        self.activation = _ACTIVATIONS[config.activation]
        self.encoder = nn.ModuleList(_layers([d, *widths], kind))
        self.mu = _layer(widths[-1] if widths else d, k, kind)
        self.decoder = nn.ModuleList(_layers([k, *reversed(widths), d], kind))
        self.logvar = _layer(widths[-1], k, kind) if config.model == "vae" else None

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor | None]:
        """Return mu and logvar, (n, latent_dim) each; logvar is None for an autoencoder."""
        for layer in self.encoder:
            x = self.activation(layer(x))
        mu = self.mu(x)
        if self.logvar is None:
            return mu, None
        return mu, self.logvar(x).clamp(-LOGVAR_LIMIT, LOGVAR_LIMIT)

    @staticmethod
    def reparameterize(mu: Tensor, logvar: Tensor | None, generator: torch.Generator) -> Tensor:
        """Return z = mu + std * eps, eps ~ N(0, I) from `generator`; mu itself for an
        autoencoder.
        """
        if logvar is None:
            return mu
        return mu + torch.exp(0.5 * logvar) * torch.randn(mu.shape, generator=generator)

    def decode(self, z: Tensor) -> Tensor:
        """Return the output (n, d): logits under a Bernoulli likelihood, the mean under a
        gaussian.
        """
        for layer in list(self.decoder)[:-1]:
            z = self.activation(layer(z))
        return cast("Tensor", self.output(z))

    @property
    def output(self) -> nn.Linear:
        """The decoder's last layer."""
        return cast("nn.Linear", self.decoder[-1])

    def initialise(self, generator: torch.Generator) -> Autoencoder:
        """Draw initial weights: He for hidden layers, 1/sqrt(inputs) for outputs, biases zero.

        The logvar head is drawn last, so an autoencoder and a VAE of one seed share every
        weight they have in common. A linear decoder starts as small as its encoder: from larger
        weights Adam needs many times the steps. Returns self.
        """
        *decoder, output = self.decoder
        for layer in (*self.encoder, *decoder):
            _fill(layer, math.sqrt(6 / layer.in_features), generator)
        for head in (self.mu, output, self.logvar):
            if isinstance(head, nn.Linear):
                inputs = head.in_features if len(self.encoder) else self.mu.in_features
                _fill(head, math.sqrt(1 / inputs), generator)
        return self

    def load(self, weights: Mapping[str, np.ndarray]) -> Autoencoder:
        """Take the arrays of `weights_of`; names and shapes must match. Returns self."""
        self.load_state_dict(
            {name: torch.from_numpy(np.array(array)) for name, array in weights.items()}
        )
        return self


def weights_of(network: Autoencoder) -> dict[str, np.ndarray]:
    """Return a float32 copy of every weight by name: encoder.0.weight (out, in),
    encoder.0.bias, …
    """
    return {name: tensor.detach().numpy().copy() for name, tensor in network.state_dict().items()}


def _layer(inputs: int, outputs: int, kind: type[nn.Linear]) -> nn.Linear:
    with torch.device("meta"):  # no memory, no draw from the global generator that threads share
        layer = kind(inputs, outputs)
    return layer.to_empty(device="cpu")


def _layers(widths: list[int], kind: type[nn.Linear]) -> list[nn.Linear]:
    return [_layer(inputs, outputs, kind) for inputs, outputs in pairwise(widths)]


@torch.no_grad()
def _fill(layer: nn.Linear, bound: float, generator: torch.Generator) -> None:
    layer.weight.uniform_(-bound, bound, generator=generator)
    layer.bias.zero_()
