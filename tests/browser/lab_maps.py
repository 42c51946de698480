"""The lab's maps without the lab: a page whose networks and codes the tests can compute again.

Four maps: a shipped VAE of two numbers; seeded networks of five numbers and of one, whose codes
are their own encodings of the same digits; a table of three columns. `?live` shows a network of
MNIST's size that trains, and a large set.
"""

import sys
from itertools import pairwise
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

import numpy as np
import streamlit as st

from ui.lab_map import lab_map_figure
from ui.lab_picture import Picture
from ui.page import LOOK
from ui.payloads import grey
from ui.shipped import builtin_data, shipped
from vae_core import RunConfig

HIDDEN, SHOWN = (16, 8), 300
LOSSES = 44 + 4 * np.linspace(0, 1, 101) ** 2  # made up: nats
TABLE = {"names": ("length", "width", "a name that is too long for its column"),
         "low": (4.0, -1.0, 0.0), "high": (8.0, 1.0, 1000.0)}  # fmt: skip


def digits() -> dict:
    data = builtin_data("digits")
    return {
        "x": grey(data.x_train, data.levels)[:SHOWN],
        "y": data.y_train[:SHOWN].astype(np.uint8),
        "image_shape": data.image_shape,
        "classes": data.classes,
        "levels": data.levels,
        "table": None,
    }


def seeded(seed: int, d: int, k: int, hidden: tuple[int, ...] = HIDDEN) -> dict[str, np.ndarray]:
    draw = np.random.default_rng(seed)
    weights = {}

    def layer(name, inputs, outputs, strength=1.0):
        size = strength * np.sqrt(2 / inputs)
        weights[f"{name}.weight"] = (size * draw.normal(size=(outputs, inputs))).astype(np.float32)
        weights[f"{name}.bias"] = (0.1 * draw.normal(size=outputs)).astype(np.float32)

    for side, widths in (("encoder", [d, *hidden]), ("decoder", [k, *hidden[::-1], d])):
        for i, (inputs, outputs) in enumerate(pairwise(widths)):
            layer(f"{side}.{i}", inputs, outputs)
    layer("mu", hidden[-1], k, 0.5)
    layer("logvar", hidden[-1], k, 0.5)
    return weights


def forward(weights: dict, name: str, h: np.ndarray, last: bool = False) -> np.ndarray:
    """Layers name.0, name.1 … in double precision, ReLU between them and, but for `last`, after."""
    count = sum(key.startswith(f"{name}.") and key.endswith("weight") for key in weights)
    for i in range(count):
        h = h @ weights[f"{name}.{i}.weight"].astype(float).T + weights[f"{name}.{i}.bias"]
        h = h if last and i == count - 1 else np.maximum(h, 0)
    return h


def encode(weights: dict, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    h = forward(weights, "encoder", x.astype(float))
    mu, logvar = (h @ weights[f"{n}.weight"].T + weights[f"{n}.bias"] for n in ("mu", "logvar"))
    return mu, np.exp(logvar / 2)


def decode(weights: dict, z: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-forward(weights, "decoder", z, last=True)))


def picture(
    seed: int, k: int, images: dict, losses: np.ndarray | None = None,
    hidden: tuple[int, ...] = HIDDEN, **rest: object,
) -> Picture:  # fmt: skip
    x = images["x"] / images["levels"]
    weights = seeded(seed, x.shape[1], k, hidden)
    mu, std = encode(weights, x)
    config = RunConfig(latent_dim=k, hidden=hidden, activation="relu", beta=0.5)
    return Picture(
        f"seeded-{seed}", config, weights, mu.astype(np.float32), std.astype(np.float32),
        images, losses=losses, **rest,
    )  # fmt: skip


def table() -> dict:
    draw = np.random.default_rng(7)
    x = draw.integers(0, 256, (90, 3)).astype(np.uint8)
    y = (np.arange(90) % 3).astype(np.uint8)
    names = ("one", "two", "three")
    facts = {"image_shape": (1, 3), "classes": names, "levels": 255, "table": TABLE}
    return {"x": x, "y": y, **facts}


def large(count: int) -> dict:
    draw = np.random.default_rng(8)
    x, y = draw.integers(0, 256, (count, 784)).astype(np.uint8), np.arange(count) % 10
    facts = {"image_shape": (28, 28), "classes": tuple("0123456789"), "levels": 255, "table": None}
    return {"x": x, "y": y.astype(np.uint8), **facts}


def four() -> list[tuple[str, Picture]]:
    vae = shipped("digits-vae-beta1")
    two = Picture(
        vae.sha256[:16], vae.config, vae.weights, vae.mu[:SHOWN], vae.std[:SHOWN], digits()
    )
    return [
        ("Two numbers", two),
        ("Five numbers", picture(5, 5, digits(), LOSSES)),
        ("One number", picture(1, 1, digits(), LOSSES)),
        ("A table", picture(3, 2, table(), LOSSES)),
    ]


def training() -> list[tuple[str, Picture]]:
    draw = np.random.default_rng(9)
    codes = draw.normal(size=(9000, 2)).astype(np.float16)
    y = (np.arange(9000) % 10).astype(np.uint8)
    live = picture(11, 2, large(200), hidden=(256, 128), live=True)
    done = picture(12, 2, large(200), LOSSES, all_mu=codes, all_y=y)
    return [("Live", live), ("Large", done)]


if __name__ == "__main__":
    st.set_page_config(layout="wide")
    st.html(LOOK)
    pictures = training() if "live" in st.query_params else four()
    for slot, (column, (name, shown)) in enumerate(
        zip(st.columns(len(pictures)), pictures, strict=True)
    ):
        with column:
            lab_map_figure(slot, name, "done", shown)
