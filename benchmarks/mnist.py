"""How good is MNIST after 15 epochs?

The official 10 000 test images, nine in ten to learn from and the rest to be judged by, with
mnist's default network and settings: 15 epochs, two latent dimensions. −ELBO is recon + KL at
β = 1 on the images kept aside, the median of three seeds.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from statistics import median

from benchmarks.report import Figure, NotMeasured, spread
from benchmarks.server import ROOT
from vae_core import RunConfig, load_dataset
from vae_core.training import train

QUESTION = "How good is MNIST after 15 epochs?"
SEEDS = range(3)
IMAGES = "t10k-images-idx3-ubyte"


def measure() -> list[Figure]:
    """Train once per seed."""
    data = load_dataset("mnist", folder())
    scores, seconds = [], []
    for seed in SEEDS:
        begun = time.perf_counter()
        *_, last = train(RunConfig(dataset="mnist", epochs=15, seed=seed), data)
        seconds.append(time.perf_counter() - begun)
        assert last.val_kl is not None
        scores.append((last.val_recon + last.val_kl, last.val_recon, last.val_kl))
    total, recon, kl = zip(*scores, strict=True)
    note = f"{spread(total)}; {len(data.x_train)} images, {len(data.x_val)} kept aside"
    return [
        Figure("−ELBO", median(total), "nats", at_most=150, note=note),
        Figure("its recon", median(recon), "nats", note=spread(recon)),
        Figure("its KL", median(kl), "nats", note=spread(kl)),
        Figure("training", median(seconds), "s", note=f"{last.step} steps, judged every epoch"),
    ]


def folder() -> Path:
    """Return where MNIST's test images lie: `VAE_DATA`, else beside the repository."""
    homes = [ROOT.parent / "shared" / "data"]
    if os.environ.get("VAE_DATA"):
        homes.insert(0, Path(os.environ["VAE_DATA"]))
    for home in homes:
        if any((home / "mnist").glob(f"{IMAGES}*")):
            return home / "mnist"
    raise NotMeasured(
        f"MNIST's test images ({IMAGES}.gz and its labels) are not here: put them into a folder "
        "`mnist` and name the folder that holds it in VAE_DATA."
    )
