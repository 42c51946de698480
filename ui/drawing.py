"""Chapter 4's decoder as a generator: codes drawn in three ways, and what they come near."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import streamlit as st

from ui import link
from ui.distances import distances
from ui.evidence import Interval, interval
from ui.page import caption, plain, try_this
from ui.payloads import grey, halves, network_header
from ui.prose import section
from ui.shipped import shipped
from ui.widgets import pack
from ui.widgets.drawing import committed, drawing
from vae_core.checkpoints import CheckpointError

MODEL: Final = "digits-ae"
TABLE: Final = Path(__file__).parents[1] / "content" / "drawing.json"
WAYS: Final = ("prior", "box", "fitted")
IMAGES: Final = 1000  # real images, the first of the training images; draws of each way at most
NEIGHBOURS: Final = 5  # a real image's ball reaches to its fifth nearest other one
AXES: Final = 30  # principal components along which distances are taken
FIRST: Final = 24  # draws of each way at first
_SEEDS: Final = 1000
_FAR: Final = 100.0  # no place on this map lies further out


def drawing_figure() -> None:
    """Draw the map of an autoencoder's codes and three rows of decoded draws."""
    saved = st.session_state.setdefault("drawing_state", _linked())
    _write_link(saved)
    opened = link.opened("drawing", (saved["z"], saved["way"], saved["seed"], saved["count"]))
    with st.container(key="figure_drawing"):
        try:
            drawing(_payload(*opened), key="drawing", on_change=_remember)
        except CheckpointError as error:
            st.warning(plain(str(error)))
    caption("drawing", "drawing")
    try_this("drawing", "try_drawing")


@lru_cache(maxsize=8)
def _payload(z: tuple[float, float] | None, way: str, seed: int, count: int) -> bytes:
    model = shipped(MODEL)
    data = model.data
    tensors = {f"model/{name}": array for name, array in halves(model.weights).items()}
    axes, reach = balls()
    tensors |= {
        "mu": model.mu[:IMAGES],
        "x": grey(data.x_train[:IMAGES], data.levels),
        "y": data.y_train[:IMAGES].astype(np.uint8),
        "axes": axes,
        "radii": reach,
    }
    header = {
        "id": model.sha256[:16],
        **network_header(model.config),
        "levels": data.levels,
        "shape": data.image_shape,
        "classes": data.classes,
        "images": IMAGES,
        "most": IMAGES,
        "ways": [
            {
                "way": name,
                "name": section("drawing", f"name_{name}"),
                "note": section("drawing", f"note_{name}"),
                "recorded": recorded(name),
            }
            for name in WAYS
        ],
        "state": {"z": z, "way": way, "seed": seed, "count": count},
    }
    return pack(tensors, header)


@lru_cache(maxsize=1)
def balls() -> tuple[np.ndarray, np.ndarray]:
    """Return the axes (d, AXES) of the training images, and how far the balls reach, (IMAGES,)."""
    x = shipped(MODEL).data.x_train
    axes = principal_axes(x)
    return axes, radii(x[:IMAGES], axes)


@lru_cache(maxsize=1)
def _table() -> dict[str, Any]:
    table: dict[str, Any] = json.loads(TABLE.read_text(encoding="utf-8"))
    return table


def recorded(way: str) -> dict[str, Interval | None]:
    """Return coverage and precision of one way to draw over five autoencoders."""
    values = _table()["values"][way]
    return {measure: interval(values[measure]) for measure in ("coverage", "precision")}


def principal_axes(x: np.ndarray) -> np.ndarray:
    """Return the first min(d, AXES) principal axes of images x (n, d) as columns, float64."""
    centred = x.astype(np.float64) - x.mean(0, dtype=np.float64)
    _, vectors = np.linalg.eigh(centred.T @ centred / len(x))
    return np.asarray(vectors[:, ::-1][:, :AXES])


def radii(x: np.ndarray, axes: np.ndarray) -> np.ndarray:
    """Return how far each ball of images x (n, d) reaches along `axes`, (n,)."""
    places = x.astype(np.float64) @ axes
    return np.asarray(np.sort(distances(places, places), axis=1)[:, NEIGHBOURS])


def _remember() -> None:
    state, old = committed("drawing"), st.session_state["drawing_state"]
    st.session_state["drawing_state"] = {
        "z": state.z or old["z"],
        "way": state.way if state.way in WAYS else old["way"],
        "seed": state.seed if _is_within(state.seed, 1, _SEEDS) else old["seed"],
        "count": state.count if _is_within(state.count, FIRST, IMAGES) else old["count"],
    }


def _is_within(value: int | None, low: int, high: int) -> bool:
    return value is not None and low <= value <= high


def _linked() -> dict[str, Any]:
    """Return probe, way and draws as the link has them; nonsense is ignored."""
    z, draws = link.numbers("draw_z", 2, bound=_FAR), link.rows("draws", 2, below=_SEEDS + 1)
    way = st.query_params.get("draw")
    seed, count = draws or (1, FIRST)
    usable = _is_within(seed, 1, _SEEDS) and _is_within(count, FIRST, IMAGES)
    return {
        "z": (z[0], z[1]) if z else None,
        "way": way if way in WAYS else WAYS[0],
        "seed": seed if usable else 1,
        "count": count if usable else FIRST,
    }


def _write_link(state: dict[str, Any]) -> None:
    draws = [state["seed"], state["count"]]
    link.write({
        "draw_z": link.joined(list(state["z"])) if state["z"] and any(state["z"]) else "",
        "draw": state["way"] if state["way"] != WAYS[0] else "",
        "draws": link.joined(draws) if draws != [1, FIRST] else "",
    })  # fmt: skip
