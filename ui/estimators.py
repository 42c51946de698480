"""Chapter 9: two estimators of the same slope, and what one draw is worth beside many."""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
import streamlit as st

from ui import link
from ui.page import caption, plain, prose, try_this
from ui.payloads import grey, halves, network_header
from ui.prose import words
from ui.shipped import shipped
from ui.widgets import pack, renewed
from ui.widgets.estimators import committed, estimators
from vae_core.checkpoints import CheckpointError

MODEL: Final = "digits-vae-gaussian-c0.1"
ROW: Final = 26  # a training image, a 4: r has two valleys along its line
FUNCTIONS: Final = ("decoder", "parabola", "cosine")
FREQUENCIES: Final = (0.5, 8.0)  # of the wave, radians per unit of z
MEANS: Final = 2.5  # no mean lies further from 0
WIDTHS: Final = (0.05, 0.8)  # of q, standard deviations


class Estimators(NamedTuple):
    """What the figure shows."""

    r: str = "decoder"  # what is averaged
    mean: float = 0.4  # of q
    std: float = 0.3
    omega: float = 1.5  # of the wave
    of: str = "mu"  # what the slope is taken in: mu or std
    baseline: bool = False  # whether the score function subtracts a constant from r


OPENING: Final = Estimators()


def estimators_figure() -> None:
    """Draw both estimators, and what to do with them."""
    state = st.session_state.setdefault("estimators_state", _linked())
    _write_link(state)
    with st.container(key="figure_estimators"):
        try:
            payload = _payload(link.opened("estimators", state))
            estimators(payload, key="estimators", on_change=_remember)
        except CheckpointError as error:
            st.warning(plain(str(error)))
    caption("estimators", "estimators")
    try_this("estimators", "try_estimators")
    prose("estimators", "batch")


@lru_cache(maxsize=16)
def _payload(state: Estimators) -> bytes:
    model = shipped(MODEL)
    data = model.data
    decoder = {name: w for name, w in halves(model.weights).items() if name.startswith("decoder.")}
    tensors: dict[str, np.ndarray] = {f"model/{name}": array for name, array in decoder.items()}
    tensors["x"] = grey(data.x_train[ROW], data.levels)
    header = {
        "id": model.sha256[:16],
        **network_header(model.config),
        "shape": data.image_shape,
        "levels": data.levels,
        "second": model.mu[ROW, 1],
        "omega": FREQUENCIES,
        "bounds": {"mean": MEANS, "std": WIDTHS},
        "start": (OPENING.mean, OPENING.std),
        "state": {
            "r": state.r,
            "q": (state.mean, state.std),
            "omega": state.omega,
            "of": state.of,
            "baseline": state.baseline,
        },
        "words": words("estimators", "estimators_words"),
    }
    return pack(tensors, header)


def _remember() -> None:
    found, old = committed("estimators"), st.session_state["estimators_state"]
    mean, std = found.q or (None, None)
    parts = {
        "r": found.r,
        "mean": mean,
        "std": std,
        "omega": found.omega,
        "of": found.of,
        "baseline": found.baseline,
    }
    st.session_state["estimators_state"] = renewed(old, parts, _possible)


def _linked() -> Estimators:
    """Return the state as the link has it; nonsense is ignored."""
    asked = st.query_params
    q = link.numbers("slope_q", 2) or [OPENING.mean, OPENING.std]
    omega = link.numbers("slope_w", 1) or [OPENING.omega]
    linked = Estimators(
        asked.get("slope_r", OPENING.r),
        q[0],
        q[1],
        omega[0],
        asked.get("slope_in", OPENING.of),
        asked.get("slope_b") == "1",
    )
    return linked if _possible(linked) else OPENING


def _write_link(state: Estimators) -> None:
    same_q = (state.mean, state.std) == (OPENING.mean, OPENING.std)
    link.write({
        "slope_r": state.r if state.r != OPENING.r else "",
        "slope_q": "" if same_q else link.joined([state.mean, state.std]),
        "slope_w": link.joined([state.omega]) if state.omega != OPENING.omega else "",
        "slope_in": state.of if state.of != OPENING.of else "",
        "slope_b": "1" if state.baseline else "",
    })  # fmt: skip


def _possible(state: Estimators) -> bool:
    """Whether the widget can show it."""
    named = state.r in FUNCTIONS and state.of in ("mu", "std")
    (narrow, wide), (slow, fast) = WIDTHS, FREQUENCIES
    placed = abs(state.mean) <= MEANS and narrow <= state.std <= wide
    return named and placed and slow <= state.omega <= fast
