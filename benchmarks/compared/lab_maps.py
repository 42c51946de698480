"""Maps of the lab without training: networks of MNIST's size, seeded weights, 1 800 codes each;
`?codes=60000` shows one map of so many. What is drawn and computed does not depend on the values.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

import numpy as np
import streamlit as st

from ui.lab_map import lab_map_figure
from ui.lab_picture import Picture
from ui.page import LOOK
from vae_core import RunConfig

SHOWN, SIDE = 1800, 28


def untrained(seed: int, codes: int, live: bool = False, latent_dim: int = 2) -> Picture:
    """Return a network with He's first weights, and codes in ten clusters."""
    draw = np.random.default_rng(seed)
    config = RunConfig(dataset="mnist", latent_dim=latent_dim)
    weights: dict[str, np.ndarray] = {}

    def layer(name: str, inputs: int, outputs: int) -> None:
        spread = np.sqrt(2 / inputs)
        weights[f"{name}.weight"] = (spread * draw.normal(size=(outputs, inputs))).astype("f4")
        weights[f"{name}.bias"] = np.zeros(outputs, np.float32)

    down = [SIDE * SIDE, *config.hidden]
    up = [latent_dim, *reversed(config.hidden), SIDE * SIDE]
    for i in range(len(down) - 1):
        layer(f"encoder.{i}", down[i], down[i + 1])
    for i in range(len(up) - 1):
        layer(f"decoder.{i}", up[i], up[i + 1])
    layer("mu", down[-1], latent_dim)
    layer("logvar", down[-1], latent_dim)
    y = draw.integers(0, 10, codes).astype(np.uint8)
    mu = draw.normal(size=(10, latent_dim))[y] + 0.35 * draw.normal(size=(codes, latent_dim))
    n = min(codes, SHOWN)
    images = {
        "x": np.zeros((n, SIDE * SIDE), np.uint8),
        "y": y[:n],
        "image_shape": (SIDE, SIDE),
        "classes": tuple("0123456789"),
        "levels": 255,
        "table": None,
    }
    many = codes > SHOWN
    return Picture(
        f"untrained-{seed}-{codes}", config, weights, mu[:n].astype(np.float32),
        np.full((n, latent_dim), 0.1, np.float32), images, live,
        all_mu=mu.astype(np.float16) if many else None, all_y=y if many else None,
    )  # fmt: skip


if __name__ == "__main__":
    st.set_page_config(layout="wide")
    st.html(LOOK)
    codes = int(st.query_params.get("codes", SHOWN))
    columns = st.columns(1 if codes > SHOWN else 4)
    for slot, column in enumerate(columns):
        with column:
            lab_map_figure(slot, f"Run {slot + 1}", "", untrained(slot, codes))
