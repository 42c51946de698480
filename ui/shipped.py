"""The shipped models as the pages need them: read from models/, checked against the manifest."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from safetensors.numpy import load

from vae_core import Dataset, RunConfig, load_dataset
from vae_core.checkpoints import CheckpointError, Family, load_checkpoint, load_family

MODELS: Final = Path(__file__).parents[1] / "models"


@dataclasses.dataclass(frozen=True, eq=False)
class Shipped:
    """A shipped model, the codes of its training images, mu and std (n, k), and the percentiles
    0 … 100 of recon at the mean code + beta KL over the images kept aside, losses (101,); float32.
    """

    name: str
    config: RunConfig
    weights: dict[str, np.ndarray]
    mu: np.ndarray
    std: np.ndarray
    losses: np.ndarray
    sha256: str

    @property
    def data(self) -> Dataset:
        """The data set it was trained on."""
        return builtin_data(self.config.dataset)


@lru_cache(maxsize=2)
def builtin_data(name: str) -> Dataset:
    """Return digits or shapes, loaded once for all sessions; read-only."""
    data = load_dataset(name)
    for array in (data.x_train, data.y_train, data.x_val, data.y_val):
        array.setflags(write=False)
    return data


@lru_cache(maxsize=2)
def manifest(file: str = "manifest.json") -> dict[str, Any]:
    """Return models/manifest.json; raise `CheckpointError` if it is missing or damaged."""
    try:
        text = (MODELS / file).read_text(encoding="utf-8")
        entries: dict[str, Any] = json.loads(text)
    except (OSError, ValueError) as error:
        raise CheckpointError(f"models/{file} is missing or damaged; run `make models`") from error
    return entries


@lru_cache(maxsize=32)
def shipped(name: str) -> Shipped:
    """Return a shipped model; raise `CheckpointError` if its files are damaged."""
    entry = manifest().get(name)
    if entry is None:
        raise CheckpointError(f"models/manifest.json does not list {name}; run `make models`")
    checkpoint = load_checkpoint(MODELS / f"{name}.safetensors", entry["sha256"])
    codes = MODELS / f"{name}.codes.safetensors"
    content = codes.read_bytes() if codes.is_file() else b""
    if hashlib.sha256(content).hexdigest() != entry["codes_sha256"]:
        raise CheckpointError(f"{codes.name} is damaged or missing; run `make models`")
    tensors = load(content)
    return Shipped(
        name, checkpoint.config, checkpoint.weights, tensors["mu"], tensors["std"],
        tensors["losses"], entry["sha256"],
    )  # fmt: skip


class Point(NamedTuple):
    """One network at one β: its losses on the validation images, in nats per image."""

    beta: float
    val_recon: float
    val_kl: float

    @property
    def loss(self) -> float:
        """val_recon + beta * val_kl."""
        return self.val_recon + self.beta * self.val_kl


@dataclasses.dataclass(frozen=True, eq=False)
class ShippedFamily:
    """A network for every β, and its measured losses on the validation images.

    curve: ascending β over the range shown; individual: ordinary VAEs of the same size and steps,
    each trained for one β, the last one beyond what is shown.
    """

    name: str
    family: Family
    curve: list[Point]
    individual: list[Point]
    sha256: str

    @property
    def data(self) -> Dataset:
        """The data set it was trained on."""
        return builtin_data(self.family.config.dataset)


@lru_cache(maxsize=2)
def shipped_family(dataset: str) -> ShippedFamily:
    """Return the family of digits or shapes; raise `CheckpointError` if its file is damaged."""
    name = f"{dataset}-family"
    entry = manifest("families.json").get(name)
    if entry is None:
        raise CheckpointError(f"models/families.json does not list {name}; run `make models`")
    family = load_family(MODELS / f"{name}.safetensors", entry["sha256"])
    curve, individual = (
        [Point(**point) for point in entry[points]] for points in ("curve", "individual")
    )
    return ShippedFamily(name, family, curve, individual, entry["sha256"])


def nearest(config: RunConfig) -> str | None:
    """Return the shipped model most like `config`: same data, model and numbers per code, the same
    likelihood if there is one, the closest β, c and warm-up; or None.
    """
    needed = ("dataset", "model", "latent_dim")
    same = {
        name: RunConfig.from_dict(entry["config"])
        for name, entry in manifest().items()
        if all(entry["config"][key] == getattr(config, key) for key in needed)
    }

    def unlike(name: str) -> tuple[bool, float, float, int]:
        other = same[name]
        betas, variances = (_log(other.beta), _log(config.beta)), (_log(other.c), _log(config.c))
        return (
            other.likelihood != config.likelihood,
            abs(betas[0] - betas[1]),
            abs(variances[0] - variances[1]),
            abs(other.warmup - config.warmup),
        )

    return min(same, key=unlike, default=None)


def _log(beta: float) -> float:
    return math.log(beta + 0.02)  # 0 is as far from .2 as .2 is from 2.2
