"""The network: encoder, two heads, decoder. One class for the linear autoencoder, the
autoencoder and the VAE, dense or convolutional.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import partial
from itertools import pairwise
from typing import Any, Final, TypeVar, cast

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from vae_core.config import RunConfig
from vae_core.cost import Shape, check_images

LOGVAR_LIMIT: Final = 10.0  # log σ² stays within ±10: wide enough for use, too narrow to overflow
_ACTIVATIONS: Final[dict[str, Callable[[Tensor], Tensor]]] = {
    "relu": F.relu,
    "elu": F.elu,
    "tanh": torch.tanh,
}
_HALVE: Final = partial(nn.Conv2d, kernel_size=4, stride=2, padding=1)  # both sides of an image
_DOUBLE: Final = partial(nn.ConvTranspose2d, kernel_size=4, stride=2, padding=1)
Layer = TypeVar("Layer", bound=nn.Module)


class Autoencoder(nn.Module):
    """x (n, d) -> mu, logvar (n, latent_dim) -> z (n, latent_dim) -> output (n, d).

    The encoder's layers are shared by the heads mu and logvar; only a VAE has a logvar head. The
    decoder mirrors the encoder. `model="linear"` has no hidden layers. `architecture="conv"` makes
    every layer a convolution but the heads and the decoder's first.
    """

    def __init__(self, config: RunConfig, shape: Shape, kind: type[nn.Linear] = nn.Linear) -> None:
        """Build layers with uninitialised weights: follow with `initialise` or `load`.

        `shape` of an image is (rows, columns); d alone will do for dense layers, which are of
        `kind`. Raises `ConfigError` for images that the convolutions cannot halve.
        """
        super().__init__()
        check_images(config, shape)
        widths, k = config.hidden, config.latent_dim
        self.activation = _ACTIVATIONS[config.activation]
        self.image, self.coarse = _ends(config, shape)
        channels, units = self.image[0], math.prod(self.coarse)
        down, up = (_HALVE, _DOUBLE) if config.architecture == "conv" else (kind, kind)
        self.encoder = nn.ModuleList(_layers([channels, *widths], down))
        self.mu = _layer(units, k, kind)
        self.decoder = nn.ModuleList(
            [_layer(k, units, kind), *_layers([*reversed(widths), channels], up)]
        )
        self.logvar = _layer(units, k, kind) if config.model == "vae" else None

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor | None]:
        """Return mu and logvar, (n, latent_dim) each; logvar is None for an autoencoder."""
        x = x.view(len(x), *self.image)  # (n, d), or (n, 1, rows, columns)
        for layer in self.encoder:
            x = self.activation(layer(x))
        x = x.flatten(1)  # (n, units)
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
        first, *layers = self.decoder
        h = first(z).view(len(z), *self.coarse)  # (n, units), or (n, channels, rows, columns)
        for layer in layers:
            h = layer(self.activation(h))
        return cast("Tensor", h.flatten(1))

    @property
    def output(self) -> nn.Module:
        """The decoder's last layer; its bias is (d,), or (1,) of a convolution."""
        return self.decoder[-1]

    def initialise(self, generator: torch.Generator) -> Autoencoder:
        """Draw initial weights: He for hidden layers, 1/sqrt(inputs) for outputs, biases zero.

        The logvar head is drawn last, so an autoencoder and a VAE of one seed share every
        weight they have in common. A linear decoder starts as small as its encoder: from larger
        weights Adam needs many times the steps. Returns self.
        """
        *decoder, output = self.decoder
        for layer in (*self.encoder, *decoder):
            _fill(layer, math.sqrt(6 / _inputs(layer)), generator)
        for head in (self.mu, output, self.logvar):
            if head is not None:
                inputs = _inputs(head if len(self.encoder) else self.mu)
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


def _ends(config: RunConfig, shape: Shape) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the shapes, channels first, of an image and of the encoder's last hidden layer."""
    if config.architecture == "conv":
        rows, columns = cast("tuple[int, int]", shape)
        halvings = len(config.hidden)
        return (1, rows, columns), (config.hidden[-1], rows >> halvings, columns >> halvings)
    d = int(np.prod(shape))
    return (d,), (config.hidden[-1] if config.hidden else d,)


def _layer(inputs: int, outputs: int, kind: Callable[[int, int], Layer]) -> Layer:
    with torch.device("meta"):  # no memory, no draw from the global generator that threads share
        layer = kind(inputs, outputs)
    return layer.to_empty(device="cpu")


def _layers(widths: list[int], kind: Callable[[int, int], Layer]) -> list[Layer]:
    return [_layer(inputs, outputs, kind) for inputs, outputs in pairwise(widths)]


def _inputs(layer: Any) -> int:
    """Return how many numbers each output of a layer is a weighted sum of."""
    if isinstance(layer, nn.ConvTranspose2d):  # a pixel meets 2 x 2 of the 4 x 4 weights
        return layer.weight[:, 0].numel() // 4
    return cast("int", layer.weight[0].numel())


@torch.no_grad()
def _fill(layer: Any, bound: float, generator: torch.Generator) -> None:
    layer.weight.uniform_(-bound, bound, generator=generator)
    layer.bias.zero_()
