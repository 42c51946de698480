"""How many of 32 numbers does a VAE use, and what does KL warm-up change?

    python -m benchmarks.units        writes content/units.json, the table of chapter 10: about ten
                                      minutes on one core

Digits, 32 latent dimensions, five seeds of every setting: the default network, and the same with
ReLU in place of ELU, at four β, each with warm-ups of several lengths.
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
from vae_core.regularity import active_units
from vae_core.training import train

COMMAND = "python -m benchmarks.units"
TABLE = ROOT / "content" / "units.json"
SEEDS = range(5)
LATENT_DIM = 32
ACTIVATIONS = ("elu", "relu")  # elu is the default
BETAS = (0.1, 0.3, 1.0, 3.0)
WARMUPS = (0, 10, 30, 60, 100)  # epochs, of 130
MEASURES = ("active_units", "val_recon", "val_kl")


def row(activation: str, beta: float, warmup: int) -> dict[str, Any]:
    """Return what each of the seeds measures with these settings."""
    found = [measured(activation, beta, warmup, seed) for seed in SEEDS]
    values = {name: [one[name] for one in found] for name in MEASURES}
    return {"activation": activation, "beta": beta, "warmup": warmup, "values": values}


def measured(activation: str, beta: float, warmup: int, seed: int) -> dict[str, Any]:
    """Return what one of them measures."""
    config = RunConfig(
        dataset="digits", latent_dim=LATENT_DIM, activation=activation, beta=beta, warmup=warmup,
        seed=seed,
    )  # fmt: skip
    *_, last = train(config, load_dataset("digits"))
    return {
        "active_units": active_units(torch.from_numpy(last.mu)),
        "val_recon": four_digits(last.val_recon),
        "val_kl": four_digits(last.val_kl),
    }


def main() -> None:
    """Make the table: every value of every seed, so that whoever reads it can check the rest."""
    torch.set_num_threads(1)
    rows = []
    for activation in ACTIVATIONS:
        for beta in BETAS:
            for warmup in WARMUPS:
                print(activation, beta, warmup, file=sys.stderr, flush=True)
                rows.append(row(activation, beta, warmup))
    table: dict[str, Any] = {
        "command": COMMAND,
        "versions": {"python": platform.python_version()}
        | {name: version(name) for name in ("torch", "numpy")},
        "dataset": "digits",
        "latent_dim": LATENT_DIM,
        "seeds": list(SEEDS),
        "rows": rows,
    }
    TABLE.write_text(written(table), encoding="utf-8")


if __name__ == "__main__":
    main()
