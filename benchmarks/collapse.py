"""At which noise c does a VAE give its directions up, and does the linear theory foresee it?

    python -m benchmarks.collapse     writes content/collapse.json, the table of chapter 11: about
                                      seven minutes on one core

Digits. Linear: a VAE of eight latent dimensions per c and seed, on its loss averaged over all
draws, and linear autoencoders beside it; at some c also trained on single draws. Deep: the default
network with a Gaussian likelihood, once from scratch at each c, and once raised: trained at the
smallest c, then trained on at the next, and so forth, in small steps. Near the collapse a second
lot from scratch takes the same small steps, by which it can be told what the raising does.
"""

from __future__ import annotations

import platform
import sys
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

import numpy as np
import torch

from benchmarks.measures import four_digits, written
from benchmarks.server import ROOT
from vae_core import RunConfig, load_dataset
from vae_core.linear_vae import Linear, train_linear_ae, train_linear_vae
from vae_core.regularity import active_units
from vae_core.spectrum import predicted, spectrum
from vae_core.training import Snapshot, train

COMMAND = "python -m benchmarks.collapse"
TABLE = ROOT / "content" / "collapse.json"
SEEDS = range(3)
LATENT_DIM = 8  # of the linear networks
STOPS = [round(0.6 * (1 / 0.6) ** (i / 8), 3) for i in range(-28, 9)]  # of c, evenly in log c
SAMPLED = (0.1, 0.297, 0.6)  # c of linear VAEs trained on single draws
DEEP = (0.1, 0.297, 0.495, 0.563, 0.6, 0.64, 0.682, 0.727)  # c of the deep networks
NEAR = DEEP[3:7]  # the collapse
SMALL_STEPS: dict[str, Any] = {"lr": 1e-3, "schedule": "cosine"}  # the default: 3e-3, constant


def linear_row(c: float) -> dict[str, Any]:
    """Return what linear VAEs of every seed learn at this c, the widest direction first."""
    x = load_dataset("digits").x_train
    found = [train_linear_vae(x, c, LATENT_DIM, seed) for seed in SEEDS]
    return {
        "c": c,
        "singular": [five_places(one.lengths) for one in found],
        "kl": [five_places(one.kl) for one in found],
        "angle": [angle(one, c) for one in found],
    }


def angle(one: Linear, c: float) -> float | None:
    """Return the largest angle between a surviving column and its principal axis, in degrees."""
    x = load_dataset("digits").x_train
    best = predicted(x, c, LATENT_DIM)
    alive = one.angles(best.axes)[best.singular > 0]
    return round(float(alive.max()), 3) if len(alive) else None


def sampled_row(c: float) -> dict[str, Any]:
    """Return the same of one linear VAE whose loss draws one code per image and step."""
    one = train_linear_vae(load_dataset("digits").x_train, c, LATENT_DIM, sampled=True)
    return {"c": c, "singular": five_places(one.lengths), "angle": angle(one, c)}


def autoencoder(seed: int) -> list[float]:
    """Return the angles in degrees between a linear autoencoder's columns and the nearest axes."""
    x = load_dataset("digits").x_train
    one, (_, axes) = train_linear_ae(x, LATENT_DIM, seed), spectrum(x)
    cosines = np.abs(axes[:LATENT_DIM] @ one.W / one.lengths).max(0)
    return [round(float(value), 1) for value in np.degrees(np.arccos(cosines))]


def five_places(values: np.ndarray) -> list[float]:
    """Return numbers as this table keeps them: one digit more than is compared."""
    return [round(float(value), 5) + 0.0 for value in values]  # no −0


def deep(
    c: float, seed: int, start: Mapping[str, np.ndarray] | None = None, **settings: Any
) -> Snapshot:
    """Train the default network with a Gaussian likelihood of variance c, from `start` on."""
    print("deep", c, seed, settings, file=sys.stderr, flush=True)
    config = RunConfig(dataset="digits", likelihood="gaussian", c=c, seed=seed, **settings)
    *_, last = train(config, load_dataset("digits"), start=start)
    return last


def raised(first: Snapshot) -> list[Snapshot]:
    """Return one network per c of `DEEP`: `first`, then each trained on from the one before."""
    found = [first]
    for c in DEEP[1:]:
        found.append(deep(c, first.config.seed, found[-1].weights, **SMALL_STEPS))
    return found


def deep_rows(lots: list[list[Snapshot]]) -> list[dict[str, Any]]:
    """Return what the networks of every seed (a lot each, one per c) measure, by c."""
    rows = []
    for lasts in zip(*lots, strict=True):
        values = {
            "active_units": [active_units(torch.from_numpy(last.mu)) for last in lasts],
            "val_recon": [four_digits(last.val_recon) for last in lasts],
            "val_kl": [round(last.val_kl or 0, 4) for last in lasts],
        }
        rows.append({"c": lasts[0].config.c, "values": values})
    return rows


def main() -> None:
    """Make the table: every value of every seed, so that whoever reads it can check the rest."""
    torch.set_num_threads(1)
    variances, _ = spectrum(load_dataset("digits").x_train)
    rows = []
    for c in STOPS:
        print("linear", c, file=sys.stderr, flush=True)
        rows.append(linear_row(c))
    scratch = [[deep(c, seed) for c in DEEP] for seed in SEEDS]
    table: dict[str, Any] = {
        "command": COMMAND,
        "versions": {"python": platform.python_version()}
        | {name: version(name) for name in ("torch", "numpy")},
        "dataset": "digits",
        "seeds": list(SEEDS),
        "latent_dim": LATENT_DIM,
        "variances": five_places(variances[:LATENT_DIM]),
        "linear": rows,
        "sampled": [sampled_row(c) for c in SAMPLED],
        "autoencoder_angles": [autoencoder(seed) for seed in SEEDS],
        "scratch": deep_rows(scratch),
        "raised": deep_rows([raised(lot[0]) for lot in scratch]),
        "scratch_small_steps": deep_rows(
            [[deep(c, seed, **SMALL_STEPS) for c in NEAR] for seed in SEEDS]
        ),
    }
    TABLE.write_text(written(table), encoding="utf-8")


if __name__ == "__main__":
    main()
