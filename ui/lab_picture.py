"""A network as the lab shows it: a keyframe of a run, or a shipped model."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping
from functools import cached_property, lru_cache
from typing import Any, Final

import numpy as np
from safetensors.numpy import load

from engine import Run
from ui.kept import Kept
from ui.maps import header_of, images_of
from ui.payloads import grey
from ui.shipped import builtin_data, shipped
from vae_core import RunConfig

_FEW: Final = 8  # numbers per code: with more, the codes of every image are too many to send


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
    aside: int | None = None  # how many images `losses` is about

    @cached_property
    def data(self) -> str:
        """Content id of the images: what tells them, or the rows of a table, from others."""
        return content_id(self.images)

    @property
    def bytes(self) -> int:
        """What the arrays take in memory."""
        own = (self.mu, self.std, self.losses, self.all_mu, self.all_y)
        return sum(array.nbytes for array in (*own, *self.weights.values()) if array is not None)


def content_id(images: Mapping[str, Any]) -> str:
    """Return a hash of images and classes, or of a table's rows and columns."""
    digest = hashlib.sha256(images["x"].tobytes() + images["y"].tobytes())
    digest.update(repr((tuple(images["image_shape"]), images.get("table"))).encode())
    return digest.hexdigest()[:16]


@lru_cache(maxsize=8)
def shipped_picture(name: str) -> Picture:
    """Return a shipped model; raise `CheckpointError` if its files are damaged."""
    model = shipped(name)
    data = builtin_data(model.config.dataset)
    images = {
        "x": grey(data.x_train, data.levels), "y": data.y_train.astype(np.uint8),
        "image_shape": data.image_shape, "classes": data.classes, "levels": data.levels,
        "table": None,
    }  # fmt: skip
    return Picture(
        model.sha256[:16], model.config, model.weights, model.mu, model.std, images,
        losses=model.losses, aside=len(data.x_val),
    )  # fmt: skip


def picture_of(
    config: RunConfig, run: Run, epoch: int, live: bool, images: Mapping[str, Any]
) -> Picture:
    """Return a keyframe of a run on these images; raise `RecordingError` if its files are gone."""
    tensors = load(run.keyframe(epoch))
    weights = {name: array for name, array in tensors.items() if name not in ("mu", "std")}
    final, few = {} if live else _final(run), config.latent_dim <= _FEW
    return Picture(
        f"{run.id}-{epoch}", config, weights, tensors["mu"], tensors["std"],
        {"table": None, **images}, live, final.get("losses"),
        final.get("mu") if few else None, final.get("y") if few else None, final.get("n_val"),
    )  # fmt: skip


def shared_picture(config: RunConfig, run: Run, epoch: int, live: bool) -> Picture:
    """Return `picture_of`, kept for all sessions that show this run."""
    key = (run.id, epoch, live)
    return _PICTURES.get(key, lambda: picture_of(config, run, epoch, live, images_of(run)))


def _final(run: Run) -> Mapping[str, Any]:
    content = run.final()
    return {**load(content), **header_of(content)} if content else {}


_PICTURES: Final = Kept[Picture](256 * 2**20, lambda picture: picture.bytes)
