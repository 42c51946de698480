"""Three images at a time for *Be the encoder*: a VAE trained on them alone, and the best clouds.

`scripts/train_models.py` writes what `study` returns into models/three-images.json.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import torch
from torch import Tensor

from vae_core import Dataset, RunConfig, load_dataset
from vae_core.best_response import best_clouds, best_loss
from vae_core.training import encode, train

COPIES: Final = 64  # of each image in a training batch, so that a step averages over many draws
SETS: Final = {  # classes of digits
    "three-unlike": (0, 1, 7),
    "three-alike": (3, 8, 5),
    "three-twins": (4, 4, 9),
}
VAE: Final = RunConfig(
    dataset="digits", hidden=(32,), activation="tanh", epochs=2000, batch_size=3 * COPIES,
    lr=5e-3, schedule="cosine",
)  # fmt: skip


def study(name: str, classes: tuple[int, ...]) -> dict[str, Any]:
    """Return, for the digits most typical of `classes`, a trained VAE's clouds and the best found.

    JSON values: rows of digits' x_train, their classes, and for "vae" and "best" mu, std (n, 2)
    and the loss in nats per image.
    """
    data = load_dataset("digits")
    rows = _typical(data, classes)
    x = torch.from_numpy(data.x_train[rows]).double()
    vae = trained_clouds(x, data.image_shape, VAE)
    return {
        "command": f"python scripts/train_models.py {name}",
        "classes": list(classes), "rows": rows, "config": VAE.to_dict(),
        "vae": _report(vae, x), "best": _report(best_clouds(x), x),
    }  # fmt: skip


def trained_clouds(x: Tensor, shape: tuple[int, int], config: RunConfig) -> tuple[Tensor, Tensor]:
    """Return mu, std (n, 2) of an ordinary VAE trained on the images x (n, d) and nothing else."""
    images = x.numpy().astype(np.float32)
    many = np.repeat(images, COPIES, 0)
    labels = np.repeat(np.arange(len(x)), COPIES)
    names = tuple("ABC"[: len(x)])
    data = Dataset("digits", many, labels, images, labels[::COPIES], shape, names)
    *_, last = train(config, data)
    mu, std = encode(config, last.weights, images)
    return torch.from_numpy(mu).double(), torch.from_numpy(std).double()


def _typical(data: Dataset, classes: tuple[int, ...]) -> list[int]:
    """Return a row of x_train per class: nearest to its mean; a class's second time, the next."""
    rows: list[int] = []
    for digit in classes:
        own = np.flatnonzero(data.y_train == digit)
        away = np.square(data.x_train[own] - data.x_train[own].mean(0)).sum(1)
        nearest = (int(row) for row in own[np.argsort(away, kind="stable")])
        rows.append(next(row for row in nearest if row not in rows))
    return rows


def _report(clouds: tuple[Tensor, Tensor], x: Tensor) -> dict[str, Any]:
    """Return clouds, rounded to what the page draws, and their loss as rounded."""
    mu, std = (torch.round(part, decimals=3) for part in clouds)
    loss = float(best_loss(mu, std, x).loss)
    return {"mu": mu.tolist(), "std": std.tolist(), "loss": round(loss, 4)}
