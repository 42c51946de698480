"""How long do the measures of a finished run take?

Digits, β = 1, the default network, trained once: each measure on what a worker hands to it, and all
of them together, which is what a run waits for between its last epoch and its end. One thread,
medians over rounds.

    python -m benchmarks.measures        writes content/measures.json, the five-seed table of
                                         chapter 6: about three minutes on one core
"""

from __future__ import annotations

import dataclasses
import json
import platform
import re
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from statistics import median
from typing import Any

import torch

from benchmarks.report import Figure, spread
from benchmarks.server import ROOT
from vae_core import RunConfig, load_dataset
from vae_core import regularity as r
from vae_core.information import split_kl
from vae_core.neighbourhoods import kept_neighbourhoods
from vae_core.networks import Autoencoder
from vae_core.training import Snapshot, train

QUESTION = "How long do the measures of a finished run take?"
ROUNDS = 7
MOST = 300  # milliseconds for one measure

COMMAND = "python -m benchmarks.measures"
TABLE = ROOT / "content" / "measures.json"
SEEDS = range(5)
ELSEWHERE = ("trustworthiness", "neighbour_continuity")  # in content/depth.json, of chapter 4
BETAS = {"digits": (0, 0.01, 0.1, 0.3, 1, 3, 10, 30), "shapes": (0, 0.1, 1, 4, 100)}


def measure() -> list[Figure]:
    """Time each measure."""
    data, config = load_dataset("digits"), RunConfig(dataset="digits")
    *_, last = train(config, data)
    figures = []
    for what, work in measures_of(last).items():
        taken = milliseconds(work)
        figures.append(Figure(what, median(taken), "ms", at_most=MOST, note=spread(taken)))
    taken = milliseconds(lambda: r.measures(config, last.weights, data))
    return [*figures, Figure("all of them", median(taken), "ms", at_most=500, note=spread(taken))]


@torch.no_grad()
def measures_of(last: Snapshot) -> dict[str, Callable[[], object]]:
    """Return each measure by its name, with all it needs."""
    data, config = last.data, last.config
    network = Autoencoder(config, data.x_train.shape[1]).load(last.weights)
    x, generator = torch.from_numpy(data.x_train), torch.Generator().manual_seed(0)
    mu, std = torch.from_numpy(last.mu), torch.from_numpy(last.std)
    codes = mu + std * torch.randn(mu.shape, generator=generator)
    normal = torch.randn(r.SAMPLES, config.latent_dim, generator=generator)
    real, drawn = x[: r.SAMPLES], torch.sigmoid(network.decode(normal))
    axes = r.principal_axes(x)
    return {
        "precision and coverage": lambda: r.precision_and_coverage(real @ axes, drawn @ axes),
        "MMD²": lambda: r.mmd2(codes[: r.SAMPLES], normal),
        "continuity step": lambda: r.continuity_steps(network, config, codes, real, generator),
        "split of the KL term": lambda: split_kl(mu, std),
        "trustworthiness and continuity": lambda: kept_neighbourhoods(real, mu[: r.SAMPLES]),
    }


@torch.no_grad()
def milliseconds(work: Callable[[], object]) -> list[float]:
    """Return how long each round took, after one that does not count."""
    work()
    taken = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        work()
        taken.append(1000 * (time.perf_counter() - begun))
    return taken


def row(dataset: str, model: str, beta: float) -> dict[str, Any]:
    """Train a model once per seed with its default settings and measure each."""
    data, found = load_dataset(dataset), []
    for seed in SEEDS:
        config = RunConfig(dataset=dataset, model=model, beta=beta, seed=seed)
        *_, last = train(config, data)
        found.append(dataclasses.asdict(r.measures(config, last.weights, data)))
    names = [name for name in found[0] if name not in ELSEWHERE]
    values = {name: [four_digits(one[name]) for one in found] for name in names}
    return {"model": model, "beta": beta if model == "vae" else None, "values": values}


def four_digits(value: float | int | None) -> float | int | None:
    """Return a measure as a table keeps it: four significant digits of a real number."""
    return float(f"{value:.4g}") if isinstance(value, float) else value


def main() -> None:
    """Make the table: every value of every seed, so that whoever reads it can check the rest."""
    torch.set_num_threads(1)
    table: dict[str, Any] = {
        "command": COMMAND,
        "versions": {"python": platform.python_version()}
        | {name: version(name) for name in ("torch", "numpy")},
        "seeds": list(SEEDS),
    }
    for dataset, betas in BETAS.items():
        table[dataset] = []
        for model, beta in [("ae", 1.0), *(("vae", float(beta)) for beta in betas)]:
            print(dataset, model, beta, file=sys.stderr, flush=True)
            table[dataset].append(row(dataset, model, beta))
    TABLE.write_text(written(table), encoding="utf-8")


def written(table: dict[str, Any]) -> str:
    """Return JSON with the five values of a measure on one line."""

    def on_one_line(found: re.Match[str]) -> str:
        return "[" + ", ".join(value.strip() for value in found[1].split(",")) + "]"

    return re.sub(r"\[([^\[\]{}]*)\]", on_one_line, json.dumps(table, indent=1)) + "\n"


if __name__ == "__main__":
    main()
