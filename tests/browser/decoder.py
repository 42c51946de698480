"""What a shipped model's decoder should answer, in torch."""

from __future__ import annotations

import numpy as np
import torch

from ui.shipped import shipped
from vae_core.networks import Autoencoder
from vae_core.objectives import likelihood_mean


@torch.no_grad()
def decode(file: str, z: np.ndarray) -> torch.Tensor:
    """The images (n, d) in [0, 1] that the model of a file decodes codes z (n, 2) to."""
    model = shipped(file)
    network = Autoencoder(model.config, model.data.x_train.shape[1]).load(model.weights)
    return likelihood_mean(
        network.decode(torch.from_numpy(np.asarray(z, np.float32))), model.config
    )
