"""Chapter 6's film strips: the straight way between two images in two models."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

import numpy as np
import streamlit as st

from ui import link
from ui.distances import mean_distance
from ui.page import caption, plain
from ui.payloads import grey, halves, network_header
from ui.prose import section
from ui.shipped import Shipped, builtin_data, shipped
from ui.widgets import pack
from ui.widgets.film_strips import committed, film_strips
from vae_core.checkpoints import CheckpointError

MODELS: Final = {"ae": "digits-ae", "vae": "digits-vae-beta1"}
PAIRS: Final = {"near": (532, 1463), "far": (7, 785)}  # a 3 and a 9; a 9 and a 6
_START: Final = 0.5  # where the handle stands at first


def strips_figure() -> None:
    """Draw the two strips, their handle and what to do with them."""
    saved = st.session_state.setdefault("strips_state", _linked())
    _write_link(saved)
    opened = link.opened("strips", (tuple(saved["pair"]), saved["at"]))
    with st.container(key="figure_strips"):
        try:
            film_strips(_payload(*opened), key="strips", on_change=_remember)
        except CheckpointError as error:
            st.warning(plain(str(error)))
    caption("strips", "strips")


@lru_cache(maxsize=8)
def _payload(pair: tuple[int, int], at: float) -> bytes:
    data = builtin_data("digits")
    tensors: dict[str, np.ndarray] = {
        "y": data.y_train.astype(np.uint8),
        "x": grey(data.x_train, data.levels),
    }
    films = []
    for name, file in MODELS.items():
        model = shipped(file)
        tensors |= _film(name, model)
        films.append({
            "name": name,
            "id": model.sha256[:16],
            **network_header(model.config),
            "twin": name,
            "title": section("strips", f"title_{name}"),
            "note": section("strips", f"note_{name}"),
        })  # fmt: skip
    header = {
        "id": "-".join(film["id"] for film in films),
        "levels": data.levels,
        "shape": data.image_shape,
        "classes": data.classes,
        "unit": mean_distance(data.x_train),  # of a change
        "films": films,
        "presets": [(section("strips", f"pair_{name}"), rows) for name, rows in PAIRS.items()],
        "state": {"pair": pair, "at": at},
    }
    return pack(tensors, header)


def _film(name: str, model: Shipped) -> dict[str, np.ndarray]:
    decoder = {key: w for key, w in model.weights.items() if key.startswith("decoder.")}
    tensors = {f"{name}/{key}": array for key, array in halves(decoder).items()}
    tensors[f"{name}/mu"] = model.mu
    if model.config.model == "vae":
        tensors[f"{name}/std"] = model.std
    return tensors


def _remember() -> None:
    state = committed("strips")
    old = st.session_state["strips_state"]
    count = len(builtin_data("digits").x_train)
    pair = state.pair if state.pair and max(state.pair) < count else old["pair"]
    st.session_state["strips_state"] = {
        "pair": list(pair),
        "at": old["at"] if state.at is None else state.at,
    }


def _linked() -> dict[str, Any]:
    """Return the pair and the handle's place as the link has them; nonsense is ignored."""
    at = link.numbers("at", 1, bound=1)
    return {
        "pair": link.rows("pair", 2, len(builtin_data("digits").x_train)) or list(PAIRS["near"]),
        "at": at[0] if at and at[0] >= 0 else _START,
    }


def _write_link(state: dict[str, Any]) -> None:
    link.write({
        "pair": "" if tuple(state["pair"]) == PAIRS["near"] else link.joined(state["pair"]),
        "at": "" if state["at"] == _START else link.joined([state["at"]]),
    })  # fmt: skip
