"""What do more layers, and more numbers per code, do for an autoencoder?

    python -m benchmarks.depth        writes content/depth.json, the table of chapter 4: about
                                      seven minutes on one core

Digits, five seeds of every cell; each run with the defaults of its model but for its hidden layers
and its number of latent dimensions.
"""

from __future__ import annotations

import platform
import sys
from importlib.metadata import version
from typing import Any

import torch

from benchmarks.measures import four_digits, written
from benchmarks.server import ROOT
from vae_core import RunConfig, load_dataset
from vae_core.neighbourhoods import NEIGHBOURS
from vae_core.regularity import SAMPLES, measures
from vae_core.training import train

COMMAND = "python -m benchmarks.depth"
TABLE = ROOT / "content" / "depth.json"
SEEDS = range(5)
HIDDEN: tuple[tuple[int, ...], ...] = (
    (), (128,), (128, 64), (128, 64, 32), (128, 96, 64, 32),
)  # fmt: skip
LATENT_DIMS = (1, 2, 3, 4, 8, 16)
MEASURES = ("val_sse", "trustworthiness", "neighbour_continuity")


def cell(hidden: tuple[int, ...], latent_dim: int) -> dict[str, Any]:
    """Return what each of the seeds measures with these layers and so many numbers per code."""
    found = [measured(hidden, latent_dim, seed) for seed in SEEDS]
    values = {name: [one[name] for one in found] for name in MEASURES}
    return {"hidden": list(hidden), "latent_dim": latent_dim, "values": values}


def measured(hidden: tuple[int, ...], latent_dim: int, seed: int) -> dict[str, Any]:
    """Return what one of them measures."""
    data = load_dataset("digits")
    config = RunConfig(
        dataset="digits", model="ae" if hidden else "linear", hidden=hidden,
        latent_dim=latent_dim, seed=seed,
    )  # fmt: skip
    *_, last = train(config, data)
    found = measures(config, last.weights, data)
    return {name: four_digits(getattr(found, name)) for name in MEASURES}


def main() -> None:
    """Make the table: every value of every seed, so that whoever reads it can check the rest."""
    torch.set_num_threads(1)
    cells, n = [], len(load_dataset("digits").x_train)
    for hidden in HIDDEN:
        for latent_dim in LATENT_DIMS:
            print(hidden, latent_dim, file=sys.stderr, flush=True)
            cells.append(cell(hidden, latent_dim))
    table: dict[str, Any] = {
        "command": COMMAND,
        "versions": {"python": platform.python_version()}
        | {name: version(name) for name in ("torch", "numpy")},
        "dataset": "digits",
        "seeds": list(SEEDS),
        "images": min(SAMPLES, n),  # whose neighbours are compared
        "neighbours": NEIGHBOURS,
        "cells": cells,
    }
    TABLE.write_text(written(table), encoding="utf-8")


if __name__ == "__main__":
    main()
