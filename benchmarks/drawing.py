"""Where to draw: what a decoder makes of codes drawn three ways.

Autoencoders of the digits with the default settings, one per seed. Codes are drawn from N(0, I),
from the box around the codes (uniformly) and from the Gaussian with the codes' own mean and
covariance, decoded, and held against real digits: precision and coverage of 1000 draws against the
first 1000 training images, whose codes make the box and the Gaussian.

    python -m benchmarks.drawing         writes content/drawing.json, what stands beside each row
                                         of draws in chapter 4: about 15 seconds on one core
"""

from __future__ import annotations

import platform
import sys
from importlib.metadata import version
from typing import Any

import torch

from benchmarks.measures import written
from benchmarks.server import ROOT
from vae_core import RunConfig, load_dataset
from vae_core import regularity as r
from vae_core.networks import Autoencoder
from vae_core.objectives import likelihood_mean
from vae_core.training import Snapshot, train

COMMAND = "python -m benchmarks.drawing"
TABLE = ROOT / "content" / "drawing.json"
SEEDS = range(5)
IMAGES = DRAWS = 1000
WAYS = ("prior", "box", "fitted")


def draw(way: str, codes: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Return DRAWS codes (DRAWS, k); what is known of where to draw is `codes` (n, k)."""
    k = codes.shape[1]
    if way == "box":
        low, high = codes.min(0).values, codes.max(0).values
        return low + (high - low) * torch.rand(DRAWS, k, generator=generator)
    eps = torch.randn(DRAWS, k, generator=generator)
    if way == "prior":
        return eps
    mean, a = r.fitted_gaussian(codes)
    return mean + eps @ a.T


@torch.no_grad()
def completeness(last: Snapshot, seed: int = 0) -> dict[str, tuple[float, float]]:
    """Return precision and coverage of each way to draw; `seed` fixes the draws."""
    config, x = last.config, torch.from_numpy(last.data.x_train)
    network = Autoencoder(config, x.shape[1]).load(last.weights)
    axes, codes = r.principal_axes(x), torch.from_numpy(last.mu)[:IMAGES]
    generator = torch.Generator().manual_seed(seed)
    found = {}
    for way in WAYS:
        drawn = likelihood_mean(network.decode(draw(way, codes, generator)), config)
        found[way] = r.precision_and_coverage(x[:IMAGES] @ axes, drawn @ axes)
    return found


def main() -> None:
    """Make the table: both measures of every way and seed."""
    torch.set_num_threads(1)
    data = load_dataset("digits")
    values: dict[str, dict[str, list[float]]] = {
        way: {"precision": [], "coverage": []} for way in WAYS
    }
    for seed in SEEDS:
        print("seed", seed, file=sys.stderr, flush=True)
        *_, last = train(RunConfig(dataset="digits", model="ae", seed=seed), data)
        for way, pair in completeness(last).items():
            for measure, value in zip(values[way].values(), pair, strict=True):
                measure.append(round(value, 4))
    table: dict[str, Any] = {
        "command": COMMAND,
        "versions": {"python": platform.python_version()}
        | {name: version(name) for name in ("torch", "numpy")},
        "seeds": list(SEEDS),
        "images": IMAGES,
        "draws": DRAWS,
        "values": values,
    }
    TABLE.write_text(written(table), encoding="utf-8")


if __name__ == "__main__":
    main()
