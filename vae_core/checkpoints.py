"""Checkpoints: one safetensors file with the weights as tensors and the configuration as
metadata. Needs no torch.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import load, save

from vae_core.config import RunConfig, checked_range


class CheckpointError(ValueError):
    """A checkpoint that cannot be used; the message is one sentence with what was found and
    what to do.
    """


@dataclasses.dataclass(frozen=True, eq=False)
class Checkpoint:
    """A trained network: its settings and its weights (name -> float32 array, torch's layout)."""

    config: RunConfig
    weights: dict[str, np.ndarray]


@dataclasses.dataclass(frozen=True, eq=False)
class Family(Checkpoint):
    """One network for every β in `trained`; `shown`, within it, is where it is good enough to be
    shown. Weights are the VAE's of `config`, its beta idle, and each layer's `film` (4, out).
    """

    trained: tuple[float, float]
    shown: tuple[float, float]


def checkpoint_bytes(
    weights: Mapping[str, np.ndarray], config: RunConfig, **metadata: Any
) -> bytes:
    """Return the bytes of a checkpoint; arrays keep their type, `metadata` is kept as JSON."""
    arrays = {name: np.ascontiguousarray(array) for name, array in weights.items()}
    values = {"config": config.to_dict(), **metadata}
    return save(arrays, metadata={name: json.dumps(value) for name, value in values.items()})


def save_checkpoint(
    path: str | Path, weights: Mapping[str, np.ndarray], config: RunConfig, **metadata: Any
) -> str:
    """Write a checkpoint and return its sha256. The file appears whole or not at all."""
    content = checkpoint_bytes(weights, config, **metadata)
    partial = Path(path).with_name(Path(path).name + ".part")
    partial.write_bytes(content)
    partial.replace(path)
    return hashlib.sha256(content).hexdigest()


def load_checkpoint(path: str | Path, sha256: str | None = None) -> Checkpoint:
    """Read a checkpoint; float16 weights come back as float32 with the same values.

    Raises `CheckpointError` if the file is missing, is no checkpoint, or does not have the `sha256`
    expected: a flipped bit would load silently otherwise.
    """
    config, weights, _ = _read(Path(path), sha256)
    _check_weights(Path(path).name, config, weights)
    return Checkpoint(config, weights)


def load_family(path: str | Path, sha256: str | None = None) -> Family:
    """Read a family, made by `rate_family.train_family`; otherwise as `load_checkpoint`."""
    name = Path(path).name
    config, weights, metadata = _read(Path(path), sha256)
    try:
        ranges = json.loads(metadata["family"])
        trained, shown = (checked_range(key, ranges[key]) for key in ("trained", "shown"))
        if config.model != "vae":
            raise ValueError(f"model is {config.model}, expected vae")
        if config.architecture != "dense":
            raise ValueError(f"architecture is {config.architecture}, expected dense")
        if not trained[0] <= shown[0] < shown[1] <= trained[1]:
            raise ValueError(f"shown is {shown}, expected a part of trained, {trained}")
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise CheckpointError(f"{name} is not a network for every β ({error})") from error
    _check_weights(name, config, weights, film=True)
    return Family(config, weights, trained, shown)


def _read(
    path: Path, sha256: str | None
) -> tuple[RunConfig, dict[str, np.ndarray], dict[str, str]]:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise CheckpointError(
            f"{path} cannot be read ({error.strerror}); expected a .safetensors file"
        ) from error
    if sha256 is not None and hashlib.sha256(content).hexdigest() != sha256:
        raise CheckpointError(
            f"{path.name} is damaged: its sha256 is not the one expected; run `make models`"
        )
    try:
        with safe_open(path, framework="numpy") as file:
            metadata = file.metadata() or {}
        weights = {name: array.astype(np.float32) for name, array in load(content).items()}
        config = RunConfig.from_dict(json.loads(metadata["config"]))
    except (SafetensorError, KeyError, TypeError, ValueError, RecursionError) as error:
        reason = f"{path.name} is not a checkpoint of this project ({error})"
        raise CheckpointError(reason) from error
    return config, weights, metadata


def _check_weights(
    name: str, config: RunConfig, weights: Mapping[str, np.ndarray], film: bool = False
) -> None:
    expected = weight_shapes(config, pixels(config, weights), film)
    found = {weight: array.shape for weight, array in weights.items()}
    wrong = sorted(
        weight for weight in found | expected if found.get(weight) != expected.get(weight)
    )
    if wrong:
        raise CheckpointError(
            f"{name} does not hold the network it describes: {wrong[0]} is "
            f"{found.get(wrong[0], 'missing')}, expected {expected.get(wrong[0], 'no such weight')}"
        )
    if not all(np.isfinite(array).all() for array in weights.values()):
        raise CheckpointError(f"{name} is damaged: it holds weights that are no finite numbers")


def pixels(config: RunConfig, weights: Mapping[str, np.ndarray]) -> int:
    """Return the number of pixels d that a network's weights decode to; 0 if they do not say."""
    conv = config.architecture == "conv"
    bias = weights.get(f"decoder.{0 if conv else len(config.hidden)}.bias", np.empty(0))
    return bias.size // config.hidden[-1] * 4 ** len(config.hidden) if conv else bias.size


def weight_shapes(config: RunConfig, d: int, film: bool = False) -> dict[str, tuple[int, ...]]:
    """Return the shape of every weight of a network for images of d pixels, with or without
    `film`.
    """
    conv = config.architecture == "conv"
    widths, k = config.hidden, config.latent_dim
    channels, units = (1, widths[-1] * d // 4 ** len(widths)) if conv else (d, (d, *widths)[-1])
    square = (4, 4) if conv else ()
    layers: dict[str, tuple[int, ...]] = {
        f"encoder.{i}": (outputs, inputs, *square)
        for i, (inputs, outputs) in enumerate(pairwise([channels, *widths]))
    }
    layers |= dict.fromkeys(("mu", "logvar") if config.model == "vae" else ("mu",), (k, units))
    layers["decoder.0"] = (units, k)
    for i, (inputs, outputs) in enumerate(pairwise([*reversed(widths), channels]), 1):
        layers[f"decoder.{i}"] = (inputs, outputs, *square) if conv else (outputs, inputs)
    shapes: dict[str, tuple[int, ...]] = {}
    for layer, shape in layers.items():
        transposed = conv and layer.startswith("decoder") and layer != "decoder.0"
        outputs = shape[1] if transposed else shape[0]
        shapes |= {f"{layer}.weight": shape, f"{layer}.bias": (outputs,)}
        shapes |= {f"{layer}.film": (4, outputs)} if film else {}
    return shapes
