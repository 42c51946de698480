"""Chapter 4's walk through gaps: the straight way between two codes of an autoencoder."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

import numpy as np
import streamlit as st

from ui import link
from ui.distances import image_distances
from ui.page import caption, plain, try_this
from ui.payloads import grey, halves, network_header
from ui.prose import section
from ui.shipped import builtin_data, shipped
from ui.widgets import pack
from ui.widgets.gap_walk import committed, gap_walk
from vae_core.checkpoints import CheckpointError

MODEL: Final = "digits-ae"
PAIRS: Final = {"gap": (541, 1191), "crowd": (1168, 1231)}  # a 3 and a 5; a 2 and a 6
START: Final = 0.1  # where the handle stands at first
_FAR: Final = 100.0  # no place on this map lies further out


def gaps_figure() -> None:
    """Draw the map, the way over it and what is decoded on it."""
    saved = st.session_state.setdefault("gaps_state", _linked())
    _write_link(saved)
    opened = link.opened("gaps", (tuple(saved["pair"]), saved["at"], saved["z"]))
    with st.container(key="figure_gaps"):
        try:
            gap_walk(_payload(*opened), key="gaps", on_change=_remember)
        except CheckpointError as error:
            st.warning(plain(str(error)))
    caption("gaps", "gaps")
    try_this("gaps", "try_gaps")


@lru_cache(maxsize=8)
def _payload(pair: tuple[int, int], at: float, z: tuple[float, float] | None) -> bytes:
    model = shipped(MODEL)
    data, (unit, held) = model.data, image_distances()
    tensors = {f"model/{name}": array for name, array in halves(model.weights).items()}
    tensors |= {
        "mu": model.mu,
        "x": grey(data.x_train, data.levels),
        "y": data.y_train.astype(np.uint8),
    }
    header = {
        "id": model.sha256[:16],
        **network_header(model.config),
        "levels": data.levels,
        "shape": data.image_shape,
        "classes": data.classes,
        "unit": unit,
        "held": held,
        "presets": [(section("gaps", f"pair_{name}"), rows) for name, rows in PAIRS.items()],
        "same": section("gaps", "same"),
        "state": {"pair": pair, "at": at, "z": z},
    }
    return pack(tensors, header)


def _remember() -> None:
    state, old = committed("gaps"), st.session_state["gaps_state"]
    pair = state.pair if state.pair and max(state.pair) < _count() else old["pair"]
    st.session_state["gaps_state"] = {
        "pair": list(pair),
        "at": old["at"] if state.at is None else state.at,
        "z": state.z,
    }


def _count() -> int:
    return len(builtin_data("digits").x_train)


def _linked() -> dict[str, Any]:
    """Return the pair, the handle's place and a free probe as the link has them; nonsense is
    ignored.
    """
    at, z = link.numbers("gap_at", 1, bound=1), link.numbers("gap_z", 2, bound=_FAR)
    return {
        "pair": link.rows("gap", 2, _count()) or list(PAIRS["gap"]),
        "at": at[0] if at and at[0] >= 0 else START,
        "z": (z[0], z[1]) if z else None,
    }


def _write_link(state: dict[str, Any]) -> None:
    link.write({
        "gap": "" if tuple(state["pair"]) == PAIRS["gap"] else link.joined(state["pair"]),
        "gap_at": "" if state["at"] == START else link.joined([state["at"]]),
        "gap_z": link.joined(list(state["z"])) if state["z"] else "",
    })  # fmt: skip
