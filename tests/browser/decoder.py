"""What a shipped model's decoder should answer, in torch."""

from __future__ import annotations

from functools import cache

import numpy as np
import torch

from ui.shipped import shipped
from vae_core.networks import Autoencoder
from vae_core.objectives import likelihood_mean


@cache
def _network(file: str) -> Autoencoder:
    model = shipped(file)
    return Autoencoder(model.config, model.data.x_train.shape[1]).load(model.weights)


@torch.no_grad()
def decode(file: str, z: np.ndarray) -> torch.Tensor:
    """The images (n, d) in [0, 1] that the model of a file decodes codes z (n, 2) to."""
    output = _network(file).decode(torch.from_numpy(np.asarray(z, np.float32)))
    return likelihood_mean(output, shipped(file).config)
