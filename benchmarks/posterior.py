"""What do exact posteriors cost, and how far from them is an encoder?

The shipped VAE of the digits with a Gaussian likelihood, c = 0.1. One thread, medians over rounds
of the work for one image: its posterior where the plane is decoded already and where it is not,
and with it the fit of a best q.

    python -m benchmarks.posterior       writes content/posterior.json, the gaps of chapter 8: about
                                         two minutes on one core
"""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable
from importlib.metadata import version
from statistics import median
from typing import Any

import torch
from torch import Tensor

from benchmarks.measures import milliseconds, written
from benchmarks.report import Figure, spread
from benchmarks.server import ROOT
from vae_core import load_dataset
from vae_core.amortisation import amortisation
from vae_core.checkpoints import Checkpoint, load_checkpoint
from vae_core.networks import Autoencoder
from vae_core.posterior import Grid, exact_posterior

QUESTION = "What do exact posteriors cost, and how far from them is an encoder?"
MOST = 300  # milliseconds for one image

COMMAND = "python -m benchmarks.posterior"
TABLE = ROOT / "content" / "posterior.json"
MODEL = "digits-vae-gaussian-c0.1"
TRAINING_IMAGES = 500  # the first


def measure() -> list[Figure]:
    """Time the work for one image."""
    figures = []
    for what, work in work_for_one_image().items():
        taken = milliseconds(work)
        figures.append(Figure(what, median(taken), "ms", at_most=MOST, note=spread(taken)))
    return figures


def work_for_one_image() -> dict[str, Callable[[], object]]:
    """Return each piece of work by its name, with all it needs; the last is a worker's job."""
    checkpoint, image = shipped(), images("validation")[:1]
    config, weights = checkpoint.config, checkpoint.weights
    network = Autoencoder(config, image.shape[1]).load(weights).double().requires_grad_(False)
    decoded = Grid(network)

    def fit() -> object:
        with torch.enable_grad():  # `milliseconds` turns gradients off
            return amortisation(config, weights, image)

    return {
        "posterior, plane decoded": lambda: exact_posterior(decoded, image, config),
        "posterior, plane not decoded": lambda: exact_posterior(Grid(network), image, config),
        "posterior, both best q": fit,
    }


def shipped() -> Checkpoint:
    """Return the model whose posteriors these are."""
    return load_checkpoint(ROOT / "models" / f"{MODEL}.safetensors")


def images(split: str) -> Tensor:
    """Return the images of "validation", or the first of "training"."""
    data = load_dataset("digits")
    return torch.from_numpy(
        data.x_val if split == "validation" else data.x_train[:TRAINING_IMAGES]
    ).double()


def gaps(split: str) -> dict[str, Any]:
    """Return, in nats and in order of the images, log p(x) and how far each q's ELBO is below."""
    found = amortisation(shipped().config, shipped().weights, images(split))
    elbos = {q: getattr(found, q) for q in ("encoder", "moved", "diagonal", "full")}
    return {
        "n": len(found.error),
        "error": float(f"{found.error.max().item():.2g}"),
        "log_evidence": rounded(found.log_evidence),
        "gaps": {q: rounded(found.log_evidence - elbo) for q, elbo in elbos.items()},
    }


def rounded(values: Tensor) -> list[float]:
    """Return values to a thousandth of a nat."""
    return [round(value, 3) for value in values.tolist()]


def seconds_per_point() -> float:
    """Return how long a point of a grid takes: its decoding and its likelihood of one image."""
    network = Autoencoder(shipped().config, 64).load(shipped().weights).double()
    image = images("validation")[:1]
    side = 161
    taken = milliseconds(lambda: exact_posterior(Grid(network, side), image, shipped().config))
    return median(taken) / 1000 / side**2


def main() -> None:
    """Make the table: the gaps of every image, so that whoever reads it can check the rest."""
    torch.set_num_threads(1)
    table: dict[str, Any] = {
        "command": COMMAND,
        "versions": {"python": platform.python_version()}
        | {name: version(name) for name in ("torch", "numpy")},
        "model": MODEL,
        "seconds_per_point": float(f"{seconds_per_point():.2g}"),
    }
    for split in ("validation", "training"):
        print(split, file=sys.stderr, flush=True)
        table[split] = gaps(split)
    TABLE.write_text(written(table), encoding="utf-8")


if __name__ == "__main__":
    main()
