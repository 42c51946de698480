"""A network as the lab shows it: a keyframe of a run, or a shipped model."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from vae_core import RunConfig


@dataclasses.dataclass(frozen=True, eq=False)
class Picture:
    """A network with the codes of the n ≤ 2000 training images that are shown beside it.

    mu, std (n, k). images: x (n, d) of 0 to levels (uint8; float32 in [0, 1] of a table), y (n,),
    image_shape, classes, levels and table of the same rows. losses (101,): percentiles 0 … 100 of
    recon at the mean code + beta KL over the images kept aside, in nats, None while it trains.
    all_mu (N, k) float16 and all_y (N,): every training image, once the run is done and N > n.
    """

    id: str  # content id of the weights
    config: RunConfig
    weights: dict[str, np.ndarray]
    mu: np.ndarray
    std: np.ndarray
    images: dict[str, Any]
    live: bool = False  # it still trains: what is sent is kept small
    losses: np.ndarray | None = None
    all_mu: np.ndarray | None = None
    all_y: np.ndarray | None = None
