"""Chapter 7's generative process, played: z from the prior, f(z), then x around it."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

import streamlit as st

from ui import link
from ui.page import caption, plain, try_this
from ui.payloads import halves, network_header
from ui.prose import words
from ui.shipped import shipped
from ui.widgets import pack
from ui.widgets.process import committed, process
from vae_core.checkpoints import CheckpointError

MODEL: Final = "digits-vae-gaussian-c0.1"
RANGE: Final = (0.001, 1.0)  # of c
OPENING: Final = ((0.85, -0.9), 1, 0.1, 2)  # z, seed of the noise, c, seed of the first pair
MOST_DRAWS: Final = 10**6
_PLANE: Final = 10.0  # no z that can be drawn or put lies further out

_State = tuple[tuple[float, float], int, float, int]


def process_figure() -> None:
    """Draw the process and its graphical model, and what to do with them."""
    saved = st.session_state.setdefault("process_state", _linked())
    _write_link(saved)
    with st.container(key="figure_process"):
        try:
            payload = _payload(link.opened("process", saved))
        except CheckpointError as error:
            st.warning(plain(str(error)))
            return
        process(payload, key="process", on_change=_remember)
    caption("process", "process")
    try_this("process", "try_process")


@lru_cache(maxsize=8)
def _payload(state: _State) -> bytes:
    model = shipped(MODEL)
    weights = {name: w for name, w in model.weights.items() if name.startswith("decoder.")}
    header = {
        "id": model.sha256[:16],
        **network_header(model.config),
        "shape": model.data.image_shape,
        "range": RANGE,
        "state": dict(zip(("z", "seed", "c", "first"), state, strict=True)),
        "words": words("process", "process_words"),
    }
    return pack({f"model/{name}": w for name, w in halves(weights).items()}, header)


def _remember() -> None:
    state, old = committed("process"), st.session_state["process_state"]
    found = (state.z, state.seed, state.c, state.first)
    now = tuple(before if new is None else new for new, before in zip(found, old, strict=True))
    st.session_state["process_state"] = _possible(now) or old


def _linked() -> _State:
    """Return the state as the link has it; nonsense is ignored."""
    z, c = link.numbers("process_z", 2), link.numbers("process_c", 1)
    seeds = link.rows("process_draws", 2, MOST_DRAWS)
    start_z, start_seed, start_c, start_first = OPENING
    seed, first = seeds or (start_seed, start_first)
    state = (tuple(z) if z else start_z, seed, c[0] if c else start_c, first)
    return _possible(state) or OPENING


def _possible(state: tuple[Any, ...]) -> _State | None:
    """Return `state`, rounded as the figure rounds, if it can be shown, else None."""
    z, seed, c, first = state
    inside = all(abs(value) <= _PLANE for value in z)
    drawn = 0 < seed < MOST_DRAWS and 0 < first < MOST_DRAWS
    if not inside or not drawn or not RANGE[0] <= c <= RANGE[1]:
        return None
    return (round(z[0], 3), round(z[1], 3)), seed, float(f"{c:.3g}"), first


def _write_link(state: _State) -> None:
    z, seed, c, first = state
    start_z, start_seed, start_c, start_first = OPENING
    drawn = (seed, first) != (start_seed, start_first)
    link.write({
        "process_z": link.joined(list(z)) if z != start_z else "",
        "process_draws": f"{seed},{first}" if drawn else "",
        "process_c": link.joined([c]) if c != start_c else "",
    })  # fmt: skip
