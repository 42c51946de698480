"""Chapter 8's lock on f: the linear decoder x = w z, direction by direction, in closed form."""

from __future__ import annotations

from dataclasses import asdict
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ui import link
from ui.page import caption, try_this
from ui.prose import words
from ui.shipped import builtin_data
from ui.widgets import pack, renewed
from ui.widgets.lock import committed, lock

VARIANCES: Final = (0.03, 0.05, 0.07, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 1.0)  # stops of c
DIRECTIONS: Final = (1, 3, 10)  # principal directions of the digits that are offered
MOST: Final = 1.6  # of w²: the naive rule picks at most 2 · 0.69 − 0.03


class Lock(NamedTuple):
    """What the figure shows: a direction (from 0), the variance of the noise, and w²."""

    direction: int = 0
    c: float = 0.1
    square: float = 0.15


OPENING: Final = Lock()


def lock_figure() -> None:
    """Draw what each rule picks, and what to do with it."""
    state = st.session_state.setdefault("lock_state", _linked())
    link.write({"lock": link.joined([float(part) for part in state]) if state != OPENING else ""})
    with st.container(key="figure_lock"):
        lock(_payload(link.opened("lock", state)), key="lock", on_change=_remember)
    caption("lock", "lock")
    try_this("lock", "try_lock")


@lru_cache(maxsize=16)
def _payload(state: Lock) -> bytes:
    header = {
        "id": "lock",
        "directions": DIRECTIONS,
        "variances": VARIANCES,
        "most": MOST,
        "state": state._asdict(),
        "words": words("lock", "lock_words"),
    }
    return pack({"along": along()}, header)


@lru_cache(maxsize=1)
def along() -> NDArray[np.float32]:
    """Return the digits along their principal directions: centred coordinates (directions, 1500).

    Pixels are from 0 to 1. The variance of a row, with 1/N, is λ of its direction.
    """
    x = builtin_data("digits").x_train.astype(np.float64)
    centred = x - x.mean(0)
    _, axes = np.linalg.eigh(centred.T @ centred / len(x))  # ascending
    chosen = axes[:, [-which for which in DIRECTIONS]]
    return np.asarray((centred @ chosen).T, np.float32)


def _remember() -> None:
    found, old = committed("lock"), st.session_state["lock_state"]
    st.session_state["lock_state"] = renewed(old, asdict(found), _possible)


def _linked() -> Lock:
    """Return the state as the link has it; nonsense is ignored."""
    values = link.numbers("lock", 3)
    if not values or values[0] != int(values[0]):
        return OPENING
    linked = Lock(int(values[0]), values[1], values[2])
    return linked if _possible(linked) else OPENING


def _possible(state: Lock) -> bool:
    """Whether the widget can show it."""
    known = 0 <= state.direction < len(DIRECTIONS) and state.c in VARIANCES
    return known and 0 <= state.square <= MOST
